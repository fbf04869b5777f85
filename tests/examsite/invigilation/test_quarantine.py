"""Late answers are admitted or refused once, with a reason; an outbox file is looked at before it is carried in."""

from __future__ import annotations

import io
import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from examsite.clock import as_milliseconds
from examsite.sitting.models import QuarantinedAnswer, QuarantineDecision
from question_bank.questions.model import canonical_hash
from tests.examsite.invigilation.watching import invigilator, make_watched, staff_of
from tests.examsite.sitting.arrange import OPENS, sit_down

TRUTH = 4


@pytest.fixture
def late(site):
    """A sitting of ninety minutes that is over; one answer arrived after the grace, made five minutes before the end."""
    sitting = make_watched(site, candidates=1)
    site.clock.set(OPENS)
    desk = sit_down(site, sitting)
    site.clock.set(OPENS + timedelta(minutes=80))
    desk.send(desk.record(TRUTH, {"truth": True}))
    made = OPENS + timedelta(minutes=85)
    site.clock.set(OPENS + timedelta(minutes=95))
    reply = desk.send(desk.record(TRUTH, {"truth": False}, made_at=made)).json
    assert reply["quarantined"]
    return sitting, desk


def page_of(sitting):
    return f"/invigilation/sittings/{sitting.id}/quarantine"


def kept(site):
    with site.reading() as session:
        return list(session.scalars(select(QuarantinedAnswer.id)))


def outbox(desk, *records, **changes):
    """The file that a page saves."""
    body = {
        "format": "examsite-outbox-1",
        "attempt": desk.id,
        "saved_at": as_milliseconds(desk.site.now),
        "records": list(records),
        "digest": canonical_hash(list(records)),
    } | changes
    return {"file": (io.BytesIO(json.dumps(body).encode()), "outbox.json")}


def test_a_late_answer_is_shown_with_its_evidence_and_counts_once_it_is_admitted(site, late):
    sitting, desk = late
    _person, browse = invigilator(site, sitting)
    page = browse.get(page_of(sitting))
    assert "10:35:00" in page.text
    assert "10:45:00" in page.text
    page = page.submit("准予计入勾选的作答", answer=[str(i) for i in kept(site)], reason="样例:断网,台账可证")
    assert "1 条作答已计入" in page.text
    assert desk.held()[TRUTH][1] == {"truth": False}
    assert "没有待处理的迟到作答" in page.text
    assert "样例:断网,台账可证" in page.text


def test_a_refused_answer_never_counts(site, late):
    sitting, desk = late
    _person, browse = invigilator(site, sitting)
    page = browse.get(page_of(sitting))
    page = page.submit("不予计入勾选的作答", answer=[str(i) for i in kept(site)], reason="样例:无断网记录")
    assert "1 条作答不计入" in page.text
    assert desk.held()[TRUTH][1] == {"truth": True}


def test_a_decision_needs_a_reason_and_a_tick_and_is_made_once(site, late):
    sitting, _desk = late
    _person, browse = invigilator(site, sitting)
    _other, second = invigilator(site, sitting, name="样例监考员乙")
    page = browse.get(page_of(sitting))
    assert page.submit("准予计入勾选的作答", answer=[str(i) for i in kept(site)], reason="").status == 422
    assert page.submit("准予计入勾选的作答", reason="样例原因").status == 422
    seen = second.get(page_of(sitting))
    page.submit("准予计入勾选的作答", answer=[str(i) for i in kept(site)], reason="样例原因")
    assert (
        seen.submit("不予计入勾选的作答", answer=[str(i) for i in kept(site)], reason="样例原因").status
        == 422
    )
    with site.reading() as session:
        assert session.scalars(select(QuarantineDecision)).one().is_admitted


def test_nothing_of_the_question_or_its_key_stands_on_the_page(site, late):
    sitting, _desk = late
    _person, browse = invigilator(site, sitting)
    text = browse.get(page_of(sitting)).text
    assert "样题" not in text
    assert "样例解析" not in text


def test_another_institution_and_another_room_find_nothing(site, late):
    sitting, _desk = late
    assert staff_of(site, "样例外机构")[1].get(page_of(sitting)).status == 404


def test_an_outbox_is_looked_at_then_carried_in_and_twice_changes_nothing(site):
    sitting = make_watched(site, candidates=1)
    site.clock.set(OPENS)
    desk = sit_down(site, sitting)
    _person, browse = invigilator(site, sitting)
    records = [desk.record(TRUTH, {"truth": True}), desk.record(1, {"options": [desk.options(1)[0]]})]
    site.clock.advance(minutes=2)
    look = browse.get(page_of(sitting)).submit("查看文件", _files=outbox(desk, *records))
    assert look.status == 200
    assert "修改次数 2" in look.text
    assert desk.held() == {}
    done = look.submit("导入")
    assert "2 条计入" in done.text
    assert set(desk.held()) == {TRUTH, 1}
    assert "2 条计入" in look.submit("导入").text
    assert set(desk.held()) == {TRUTH, 1}


def test_an_outbox_that_comes_after_the_end_waits_for_a_person(site, late):
    sitting, desk = late
    _person, browse = invigilator(site, sitting)
    made = OPENS + timedelta(minutes=70)
    record = desk.record(5, {"blanks": ["样例"]}, made_at=made)
    look = browse.get(page_of(sitting)).submit("查看文件", _files=outbox(desk, record))
    page = look.submit("导入")
    assert "1 条在下面等待您决定" in page.text
    assert "文件导入" in page.text


def test_a_file_that_was_changed_or_belongs_to_another_sitting_is_refused(site, late):
    sitting, desk = late
    other = make_watched(site, candidates=1)
    _person, browse = invigilator(site, sitting)
    _far, elsewhere = invigilator(site, other, name="样例监考员乙")
    record = desk.record(TRUTH, {"truth": True})
    changed = outbox(desk, record, digest="0" * 64)
    assert browse.get(page_of(sitting)).submit("查看文件", _files=changed).status == 422
    strange = elsewhere.get(page_of(other)).submit("查看文件", _files=outbox(desk, record))
    assert strange.status == 422
    assert "不属于本场考生" in strange.text
    assert browse.get(page_of(sitting)).submit("查看文件", _files={}).status == 422
