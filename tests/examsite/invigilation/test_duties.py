"""Who watches which sitting: staff give duties, and an invigilator sees only what they have a duty for."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from examsite.access.permissions import Role
from examsite.invigilation.duties.models import InvigilatorDuty
from tests.examsite.invigilation.watching import invigilator, make_watched, staff_of
from tests.factories import make_person


def test_staff_give_a_duty_and_the_invigilator_finds_the_sitting(site):
    sitting = make_watched(site, rooms=(2, 1))
    with site.writing() as session:
        person = make_person(session, Role.INVIGILATOR, name="样例监考甲")
    _staff, office = staff_of(site)
    page = office.get(f"/invigilation/sittings/{sitting.id}/duties")
    assert "尚未安排监考" in page.text
    page = page.submit("安排", person=str(person.id), room="0")
    assert "样例监考甲" in page.text
    mine = site.browse_as(person).get("/invigilation/")
    assert sitting.title in mine.text
    assert "全场" in mine.text


def test_without_a_duty_the_first_page_says_what_to_do(site):
    sitting = make_watched(site)
    with site.writing() as session:
        person = make_person(session, Role.INVIGILATOR)
    page = site.browse_as(person).get("/invigilation/")
    assert "今天没有要监考的场次" in page.text
    assert sitting.title not in page.text


def test_rooms_that_nobody_watches_are_named(site):
    sitting = make_watched(site, rooms=(2, 1))
    invigilator(site, sitting, 1)
    page = staff_of(site)[1].get(f"/invigilation/sittings/{sitting.id}/duties")
    assert "第02考场" in _warning(page)
    assert "第01考场" not in _warning(page)


def test_the_same_duty_is_not_given_twice(site):
    sitting = make_watched(site)
    person, _browse = invigilator(site, sitting)
    page = staff_of(site)[1].get(f"/invigilation/sittings/{sitting.id}/duties")
    page = page.submit("安排", person=str(person.id), room="0")
    assert page.status == 409
    assert "无需重复安排" in page.text


def test_a_withdrawn_duty_closes_the_sitting_and_stays_in_the_record(site):
    sitting = make_watched(site)
    person, browse = invigilator(site, sitting)
    office = staff_of(site)[1]
    page = office.get(f"/invigilation/sittings/{sitting.id}/duties").follow("撤销")
    assert page.submit("撤销安排", reason="").status == 422
    page.submit("撤销安排", reason="样例:临时生病")
    assert sitting.title not in browse.get("/invigilation/").text
    with site.reading() as session:
        duty = session.scalars(select(InvigilatorDuty)).one()
        assert duty.end_reason == "样例:临时生病"
        assert duty.person_id == person.id


def test_a_sitting_of_another_day_is_listed_apart(site):
    sitting = make_watched(site)
    _person, browse = invigilator(site, sitting)
    site.clock.set(sitting.opens_at - timedelta(days=3))
    page = browse.get("/invigilation/")
    assert "今天没有要监考的场次" in page.text
    assert sitting.title in page.text


def _warning(page):
    return next(
        " ".join(element.itertext())
        for element in page.find_all("div")
        if "message-warning" in element.get("class", "")
    )
