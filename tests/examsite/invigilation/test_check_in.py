"""Candidates arrive: found by seat, ticket or name; document and face looked at; late ones by the limit."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from examsite.audit import AuditRecord
from examsite.invigilation.check_in.models import CheckIn
from examsite.registration.models import Enrolment
from tests.examsite.invigilation.watching import enrolments_of, invigilator, make_watched
from tests.examsite.sitting.arrange import sit_down


def let_in(browse, enrolment_id, **values):
    ticks = {"document": "y", "face": "y", **values}
    return browse.get(f"/invigilation/enrolments/{enrolment_id}/check-in").submit("准予入场", **ticks)


def test_a_candidate_is_found_by_seat_ticket_or_name(site):
    sitting = make_watched(site, rooms=(2, 1))
    _person, browse = invigilator(site, sitting)
    with site.reading() as session:
        row = session.get_one(Enrolment, enrolments_of(site, sitting)[1])
        ticket, seat = row.ticket, row.seat
    for wanted in (ticket, seat, ticket[-4:]):
        page = browse.get(f"/invigilation/sittings/{sitting.id}/check-in?q={wanted}")
        assert ticket in page.text, wanted
    assert "没有找到" in browse.get(f"/invigilation/sittings/{sitting.id}/check-in?q=样例无此人").text


def test_both_looks_are_needed(site):
    sitting = make_watched(site)
    _person, browse = invigilator(site, sitting)
    id_ = enrolments_of(site, sitting)[0]
    page = browse.get(f"/invigilation/enrolments/{id_}/check-in").submit("准予入场", document="y")
    assert page.status == 422
    assert "请核对人像后勾选" in page.text
    page = let_in(browse, id_)
    assert "已签到，座位 1" in page.text
    with site.reading() as session:
        check = session.scalars(select(CheckIn)).one()
        assert (check.enrolment_id, check.is_late, check.checked_by_id) == (id_, False, _person.id)
        acts = session.scalars(
            select(AuditRecord.act).where(AuditRecord.act == "invigilation.check-in")
        ).all()
    assert len(acts) == 1


def test_nobody_is_checked_in_twice(site):
    sitting = make_watched(site)
    _person, browse = invigilator(site, sitting)
    id_ = enrolments_of(site, sitting)[0]
    page = browse.get(f"/invigilation/enrolments/{id_}/check-in")
    let_in(browse, id_)
    answer = page.submit("准予入场", document="y", face="y")
    assert answer.status == 409


def test_who_comes_late_is_noted_and_refused_after_the_limit(site):
    sitting = make_watched(site, late_limit_minutes=30)
    person, _browse = invigilator(site, sitting)
    first, second, _third = enrolments_of(site, sitting)
    site.clock.set(sitting.opens_at + timedelta(minutes=20))
    browse = site.browse_as(person)
    assert "最晚入场" in browse.get(f"/invigilation/enrolments/{first}/check-in").text
    let_in(browse, first)
    with site.reading() as session:
        assert session.scalars(select(CheckIn.is_late)).one()
    site.clock.set(sitting.opens_at + timedelta(minutes=31))
    page = let_in(site.browse_as(person), second)
    assert page.status == 409
    assert "已超过迟到时限" in page.text


def test_a_check_in_is_taken_back_with_a_reason_and_can_be_made_again(site):
    sitting = make_watched(site)
    _person, browse = invigilator(site, sitting)
    id_ = enrolments_of(site, sitting)[0]
    let_in(browse, id_)
    page = browse.get(f"/invigilation/enrolments/{id_}/check-in/undo")
    assert page.submit("撤销签到", reason="").status == 422
    page = page.submit("撤销签到", reason="样例：看错了人")
    assert "样例：看错了人" in page.text
    let_in(browse, id_)
    with site.reading() as session:
        rows = session.scalars(select(CheckIn).order_by(CheckIn.id)).all()
        assert [row.undone_at is None for row in rows] == [False, True]


def test_after_the_paper_was_opened_the_check_in_stays(site):
    sitting = make_watched(site)
    _person, browse = invigilator(site, sitting)
    id_ = enrolments_of(site, sitting)[0]
    let_in(browse, id_)
    page = browse.get(f"/invigilation/enrolments/{id_}/check-in/undo")
    site.clock.set(sitting.opens_at)
    sit_down(site, sitting)
    assert page.submit("撤销签到", reason="样例").status == 409


def test_the_list_is_of_those_still_to_come(site):
    sitting = make_watched(site)
    _person, browse = invigilator(site, sitting)
    first = enrolments_of(site, sitting)[0]
    page = let_in(browse, first)
    assert f"/invigilation/enrolments/{first}/check-in" not in str(page.response.get_data(as_text=True))
    assert "已签到 1 / 3" in page.text
