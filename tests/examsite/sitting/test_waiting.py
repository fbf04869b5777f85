"""Before the start: the candidate confirms their data, practises, and the page knows when the paper opens."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from examsite.access.models import Person
from examsite.planning.models import PaperSet, Sitting, SpecificationRow
from examsite.registration.models import Enrolment, Room
from examsite.sitting.models import Answer, IdentityConfirmation
from tests.browse import Browse
from tests.conftest import Site
from tests.examsite.sitting.arrange import OPENS, attempt_of, candidate, make_running_sitting, sit_down


def waiting(site: Site, sitting: Sitting, seat: int = 1) -> tuple[Browse, str]:
    browse = site.browse_as(candidate(site, sitting, seat), as_candidate=True)
    return browse, f"/exam/{attempt_of(site, sitting, seat)}"


def arranged(site: Site, **rules: object) -> Sitting:
    with site.writing() as session:
        return make_running_sitting(session, **rules)  # type: ignore[arg-type]


def seated(site: Site, sitting: Sitting) -> None:
    """The candidate gets a room, an employer and a masked identity."""
    with site.writing() as session:
        room = Room(sitting_id=sitting.id, number=3, name="机房", rows=5, columns=6)
        session.add(room)
        session.flush()
        enrolment = session.scalars(select(Enrolment).where(Enrolment.sitting_id == sitting.id)).one()
        enrolment.room_id, enrolment.seat = room.id, "03-07"
        person = session.get_one(Person, enrolment.person_id)
        person.employer, person.identity_masked = "样例保安公司", "1101**********1234"


def test_the_candidate_sees_and_confirms_their_data(site: Site) -> None:
    sitting = arranged(site)
    browse, path = waiting(site, sitting)
    seated(site, sitting)
    page = browse.get(f"{path}/wait")
    for shown in ("样例保安公司", "1101**********1234", "03 机房", "03-07", "照片以准考证为准", "待确认"):
        assert shown in page.text
    page = page.submit("确认无误")
    assert "确认无误" not in page.text
    assert "已于" in page.text
    with site.reading() as session:
        [kept] = session.scalars(select(IdentityConfirmation))
        assert kept.shown["employer"] == "样例保安公司"
        assert kept.at == site.now


def test_confirming_twice_is_one_confirmation(site: Site) -> None:
    sitting = arranged(site)
    browse, path = waiting(site, sitting)
    page = browse.get(f"{path}/wait")
    page.submit("确认无误")
    page.submit("确认无误")
    with site.reading() as session:
        assert len(session.scalars(select(IdentityConfirmation)).all()) == 1


def test_data_that_change_are_asked_for_again(site: Site) -> None:
    sitting = arranged(site)
    browse, path = waiting(site, sitting)
    before = browse.get(f"{path}/wait")
    before.submit("确认无误")
    seated(site, sitting)
    assert before.submit("确认无误").status == 422  # what that page showed is not what holds now
    page = browse.get(f"{path}/wait")
    assert "待确认" in page.text
    assert "已于" in page.submit("确认无误").text


def test_nobody_confirms_for_another(site: Site) -> None:
    sitting = arranged(site, candidates=2)
    browse, path = waiting(site, sitting)
    page = browse.get(f"{path}/wait")
    shown = page.form("确认无误").find(".//input[@name='shown']")
    assert shown is not None
    other = attempt_of(site, sitting, 2)
    token = page.form("确认无误").find(".//input[@name='csrf_token']")
    assert token is not None
    body = {"csrf_token": str(token.get("value")), "shown": str(shown.get("value"))}
    assert browse.post(f"/exam/{other}/confirm", body).status == 404


def test_practice_has_a_question_of_every_kind_on_the_paper_and_keeps_nothing(site: Site) -> None:
    sitting = arranged(site)
    with site.writing() as session:
        papers = session.get_one(PaperSet, sitting.paper_set_id)
        rule = session.get_one(SpecificationRow, papers.specification_id)
        rule.document = {"sections": [{"kind": kind, "count": 1, "points": "1"} for kind in "CTBE"]}
    browse, path = waiting(site, sitting)
    page = browse.get(f"{path}/wait")
    kinds = [element.get("data-kind") for tag in ("fieldset", "section") for element in page.find_all(tag)]
    assert sorted(filter(None, kinds)) == sorted("CTBE")
    site.clock.set(OPENS)
    desk = sit_down(site, sitting)
    with site.reading() as session:
        assert session.scalars(select(Answer).where(Answer.attempt_id == desk.id)).all() == []


def test_the_page_learns_that_the_start_was_put_off(site: Site) -> None:
    sitting = arranged(site)
    browse, path = waiting(site, sitting)
    before = browse.get(f"{path}/standing").json
    assert before["phase"] == "not_open"
    with site.writing() as session:
        session.get_one(Sitting, sitting.id).opens_at = OPENS + timedelta(minutes=10)
    after = browse.get(f"{path}/standing").json
    assert after["opens"] - before["opens"] == 600_000


def test_who_is_refused_stays_on_the_waiting_page_and_reads_why(site: Site) -> None:
    sitting = arranged(site)
    with site.writing() as session:
        session.get_one(Sitting, sitting.id).status = "planned"
    site.clock.set(OPENS)
    browse, path = waiting(site, sitting)
    page = browse.get(f"{path}/wait").submit("进入试卷")
    assert page.status == 409
    assert page.heading == sitting.title
    assert "尚未就绪" in page.text
    with site.writing() as session:
        session.get_one(Sitting, sitting.id).status = "ready"
    assert page.submit("进入试卷").status == 200
