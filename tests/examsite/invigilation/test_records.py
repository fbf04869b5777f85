"""考场情况记录单: it fills itself, is signed by each invigilator, and stays as it was signed."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from examsite.access.models import Person
from examsite.access.passwords import hash_password
from examsite.access.permissions import Role
from examsite.invigilation.conduct import actions as conduct
from examsite.invigilation.conduct.models import AbsenceMark, Misconduct
from examsite.invigilation.records.models import SittingRecord
from examsite.sitting.models import AttemptEvent
from question_bank.questions.model import canonical_hash
from tests.examsite.invigilation.watching import enrolments_of, invigilator, make_watched
from tests.examsite.sitting.arrange import sit_down
from tests.factories import make_person

PASSWORD = "Sample-2026-pass"


def on_duty(site, sitting, room, name):
    person, browse = invigilator(site, sitting, room, name=name)
    with site.writing() as session:
        session.get_one(Person, person.id).password_hash = hash_password(PASSWORD)
    return person, browse


def make_over(site, **more):
    """A sitting of one room whose three candidates handed in, were absent, and broke a rule."""
    sitting = make_watched(site, rooms=(2,), candidates=2, **more)
    one, _browse = on_duty(site, sitting, 1, "样例监考甲")
    ids = enrolments_of(site, sitting)
    site.clock.set(sitting.opens_at)
    with site.writing() as session:
        session.add(
            AbsenceMark(
                enrolment_id=ids[1], number=1, is_absent=True, marked_by_id=one.id, marked_at=site.now
            )
        )
        session.add(
            Misconduct(
                enrolment_id=ids[0],
                once="a" * 32,
                tier="",
                effect="warning",
                text="样例：交头接耳",
                occurred_at=site.now,
                recorded_by_id=one.id,
                recorded_at=site.now,
            )
        )
    desk = sit_down(site, sitting, "01-01")
    with site.writing() as session:
        session.add(
            AttemptEvent(
                attempt_id=desk.id,
                at=site.now,
                kind="extra-given",
                detail={"minutes": 5},
                note="样例：键盘故障",
            )
        )
    site.clock.advance(minutes=40)
    # Staff who do nothing for a quarter of an hour are signed out.
    return sitting, desk, site.browse_as(one)


def url(sitting, number=1):
    return f"/invigilation/sittings/{sitting.id}/records/{number}"


def sign(browse, sitting, name, password=PASSWORD):
    return browse.get(url(sitting)).submit("签名确认", name=name, password=password)


def test_the_record_fills_itself(site):
    sitting, desk, browse = make_over(site)
    assert desk.hand_in().status == 200
    text_ = browse.get(url(sitting)).text
    for part in ("应到 2 人，实到 1 人，缺考 1 人", "交头接耳", "键盘故障", "延长时间 300 秒", "样例监考甲"):
        assert part in text_, part


def test_the_record_of_both_rooms_tells_who_changed_seats(site):
    sitting = make_watched(site, rooms=(2, 3), candidates=5)
    _one, browse = on_duty(site, sitting, None, "样例监考甲")
    moved = enrolments_of(site, sitting)[0]
    browse.get(f"/invigilation/enrolments/{moved}").submit("换座位", seat="02-04", reason="样例：键盘故障")
    for number in (1, 2):
        record = browse.get(url(sitting, number)).text
        assert re.search("座位调整.*01-01 → 02-04，样例：键盘故障（样例监考甲）", record)


def test_it_is_not_signed_while_papers_are_open(site):
    sitting, _desk, browse = make_over(site)
    page = browse.get(url(sitting))
    assert "还有 1 份试卷未收" in page.text
    assert "签名确认" not in page.text


def test_each_invigilator_of_the_room_signs_what_they_read(site):
    sitting, desk, browse = make_over(site)
    _two, second = on_duty(site, sitting, 1, "样例监考乙")
    desk.hand_in()
    assert sign(browse, sitting, "样例监考乙").status == 422
    assert sign(browse, sitting, "样例监考甲", "wrong").status == 422
    page = sign(browse, sitting, "样例监考甲")
    assert "待签名： 样例监考乙" in page.text
    page = sign(second, sitting, "样例监考乙")
    assert "待签名" not in page.text
    with site.reading() as session:
        row = session.scalars(select(SittingRecord)).one()
        assert row.digest == canonical_hash(row.document)


def test_what_changed_since_it_was_read_is_not_signed(site):
    sitting, desk, browse = make_over(site)
    _two, second = on_duty(site, sitting, 1, "样例监考乙")
    desk.hand_in()
    page = browse.get(url(sitting))
    second.get(url(sitting)).submit("保存备注", remark="样例：空调噪声")
    answer = page.submit("签名确认", name="样例监考甲", password=PASSWORD)
    assert answer.status == 409
    assert "请重新核对后再签名" in answer.text


def test_who_is_not_on_duty_in_the_room_does_not_sign(site):
    sitting, desk, _browse = make_over(site)
    _person, other = on_duty(site, sitting, None, "样例巡考")
    desk.hand_in()
    assert "签名确认" not in other.get(url(sitting)).text


def test_a_signed_record_is_frozen_and_takes_supplements_only(site):
    sitting, desk, browse = make_over(site)
    desk.hand_in()
    remark = browse.get(url(sitting))
    page = sign(browse, sitting, "样例监考甲")
    assert remark.submit("保存备注", remark="样例：太晚").status == 409
    assert page.submit("添加", text="样例补充", reason="").status == 422
    page = page.submit("添加", text="样例补充", reason="样例：当时漏记")
    assert "样例补充" in page.text
    sheet = browse.get(f"{url(sitting)}/print")
    assert "样例补充" in sheet.text
    with pytest.raises(DBAPIError, match="frozen"), site.writing() as session:
        session.execute(text("UPDATE sitting_records SET digest = 'x'"))


def test_the_closing_page_names_what_is_open_until_all_is_settled(site):
    sitting, desk, browse = make_over(site)
    page = browse.get(f"/invigilation/sittings/{sitting.id}/closing")
    assert "尚未交卷" in page.text
    assert "情况记录单尚未由全部监考员签名" in page.text
    desk.hand_in()
    sign(browse, sitting, "样例监考甲")
    page = browse.get(f"/invigilation/sittings/{sitting.id}/closing")
    assert "违纪记录待见证人签字" in page.text
    with site.writing() as session:
        row = session.scalars(select(Misconduct)).one()
        conduct.sign(session, row, actor=make_person(session, Role.INVIGILATOR), now=site.now)
    assert "全部了结" in browse.get(f"/invigilation/sittings/{sitting.id}/closing").text
