"""Candidates come in with ticket and identity number."""

from __future__ import annotations

import pytest

from examsite.access import people
from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.access.scope import institution_scope
from tests.conftest import START
from tests.factories import make_enrolment, make_institution, make_sitting

IDENTITY = "000000199001011234"


@pytest.fixture
def enrolment(site):
    with site.writing() as session:
        return make_enrolment(session, make_sitting(session), identity=IDENTITY)


def sign_in(browser, ticket, identity=IDENTITY):
    return browser.get("/registration/sign-in").submit("进入考试", ticket=ticket, identity=identity)


def test_ticket_and_identity_number_open_the_candidates_side_alone(site, enrolment):
    browser = site.browse()
    page = sign_in(browser, enrolment.ticket)
    assert page.status == 200
    assert page.url == "/exam/"
    for url in ("/admin/people", "/bank/", "/plans/", "/account/password"):
        assert browser.get(url).status == 403


def test_both_are_read_as_people_type_them(site, enrolment):
    ticket = f" {enrolment.ticket[:4]} {enrolment.ticket[4:].lower()} "
    assert sign_in(site.browse(), ticket, "000000 19900101 1234").url == "/exam/"


@pytest.mark.parametrize(
    ("ticket", "identity"),
    [("", IDENTITY), ("no-such-ticket", IDENTITY), (None, "000000199001019999"), (None, "")],
)
def test_a_wrong_ticket_and_a_wrong_number_get_the_same_answer(site, enrolment, ticket, identity):
    page = sign_in(site.browse(), enrolment.ticket if ticket is None else ticket, identity)
    assert page.status == 422
    assert page.url.startswith("/registration/sign-in")
    if ticket != "" and identity != "":
        assert "登录信息不正确" in page.text


def test_a_ticket_of_one_and_the_number_of_another_do_not_fit(site):
    with site.writing() as session:
        sitting = make_sitting(session)
        one = make_enrolment(session, sitting, identity=IDENTITY)
        make_enrolment(session, sitting, identity="000000199001015678")
    assert sign_in(site.browse(), one.ticket, "000000199001015678").status == 422


def test_a_withdrawn_ticket_opens_nothing(site, enrolment):
    with site.writing() as session:
        session.get_one(type(enrolment), enrolment.id).withdrawn_at = site.now
    assert sign_in(site.browse(), enrolment.ticket).status == 422


def test_a_closed_account_opens_nothing(site, enrolment):
    with site.writing() as session:
        session.get_one(Person, enrolment.person_id).is_active = False
    assert sign_in(site.browse(), enrolment.ticket).status == 422


def test_five_failures_lock_a_ticket_for_a_minute_and_no_other(site):
    with site.writing() as session:
        sitting = make_sitting(session)
        one = make_enrolment(session, sitting, identity=IDENTITY)
        other = make_enrolment(session, sitting, identity="000000199001015678")
    browser = site.browse()
    for _try in range(5):
        assert sign_in(browser, one.ticket, "000000199001019999").status == 422
    page = sign_in(browser, one.ticket)
    assert page.status == 429
    assert page.response.headers["Retry-After"] == "60"
    assert "请在 60 秒后再试" in page.text
    assert sign_in(site.browse(), other.ticket, "000000199001015678").url == "/exam/"
    site.clock.advance(minutes=1)
    assert sign_in(browser, one.ticket).url == "/exam/"


def test_a_hall_behind_one_address_signs_in_at_once(site):
    with site.writing() as session:
        sitting = make_sitting(session)
        enrolments = [make_enrolment(session, sitting, identity=f"00000019900101{n:04}") for n in range(70)]
    for number, one in enumerate(enrolments):
        assert sign_in(site.browse(), one.ticket, f"00000019900101{number:04}").url == "/exam/"


def test_the_newest_sign_in_is_the_only_one(site, enrolment):
    first, second = site.browse(), site.browse()
    sign_in(first, enrolment.ticket)
    sign_in(second, enrolment.ticket)
    assert first.get("/exam/").url.startswith("/account/sign-in")
    assert second.get("/exam/").url == "/exam/"


def test_a_candidate_is_not_signed_out_for_thinking(site, enrolment):
    browser = site.browse()
    sign_in(browser, enrolment.ticket)
    site.clock.advance(minutes=90)
    assert browser.get("/exam/").url == "/exam/"


def test_the_candidates_first_page_is_their_examinations(site, enrolment):
    browser = site.browse()
    sign_in(browser, enrolment.ticket)
    assert browser.get("/").url == "/exam/"


def test_who_is_signed_out_by_a_second_sign_in_reads_why(site, enrolment):
    first, second = site.browse(), site.browse()
    sign_in(first, enrolment.ticket)
    sign_in(second, enrolment.ticket)
    page = first.get("/exam/")
    assert "您已在另一台电脑用准考证号登录，本机的登录因此结束" in page.text
    assert "您已在另一台电脑" not in site.browse().get("/exam/").text


def test_staff_who_sit_an_examination_lose_their_sign_in_as_staff_and_read_why(site, enrolment):
    """Nobody sits while signed in to the office's side on another machine."""
    with site.writing() as session:
        person = session.get_one(Person, enrolment.person_id)
        scope = institution_scope(make_institution(session).id)
        people.grant(session, person, Role.STAFF, scope, actor=None, now=START)
    office = site.browse_as(person)
    assert office.get("/plans/").status == 200
    seat = site.browse()
    sign_in(seat, enrolment.ticket)
    assert seat.get("/plans/").status == 403
    assert "您已在另一台电脑用准考证号登录" in office.get("/plans/").text


def test_whoever_is_signed_in_as_staff_is_told_to_sign_out_first(site, enrolment):
    with site.writing() as session:
        person = session.get_one(Person, enrolment.person_id)
        scope = institution_scope(make_institution(session).id)
        people.grant(session, person, Role.STAFF, scope, actor=None, now=START)
    office = site.browse_as(person)
    assert "请先退出登录" in office.get("/registration/sign-in").text
    assert office.get("/plans/").status == 200
