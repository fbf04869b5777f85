"""The entrance: network and Safe Exam Browser as evidence or as a condition; nobody is kept out silently."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.planning.entrance import Entrance, set_entrance
from examsite.planning.models import SignalPolicy, Sitting
from examsite.registration.models import Enrolment, Room
from examsite.sitting.entrance import (
    BROWSER_KEY_HEADER,
    CONFIG_KEY_HEADER,
    NETWORK,
    SEB_BROWSER,
    SEB_CONFIG,
    SEB_MISSING,
    Facts,
    check,
    facts_of,
)
from examsite.sitting.models import Attempt, AttemptEvent, EntranceRefusal
from examsite.sitting.queries import attempt_id
from tests.browse import Browse
from tests.conftest import Site
from tests.factories import make_enrolment, make_person, make_room, make_sitting

KEY, OTHER_KEY = "a1" * 32, "b2" * 32
URL = "http://localhost/exam/x/open"


def hashed(url: str, key: str = KEY) -> str:
    return hashlib.sha256((url + key).encode()).hexdigest()


def asking(**values: object) -> Sitting:
    """A sitting that asks this of machines, without a database."""
    given = {
        "network_policy": "off",
        "networks": [],
        "seb_policy": "off",
        "seb_config_keys": [KEY],
        "seb_browser_keys": [],
    }
    return Sitting(**{**given, **values})


@pytest.mark.parametrize(
    ("address", "networks", "is_inside"),
    [
        ("10.1.2.3", ["10.1.2.0/24"], True),
        ("10.1.3.3", ["10.1.2.0/24"], False),
        ("10.1.3.3", ["10.1.2.0/24", "10.1.3.3/32"], True),
        ("::ffff:10.1.2.3", ["10.1.2.0/24"], True),
        ("fd00::1", ["fd00::/8"], True),
        ("fd00::1", ["10.0.0.0/8"], False),
        ("nonsense", ["0.0.0.0/0"], False),
        ("", ["0.0.0.0/0"], False),
        ("192.0.2.1", [], True),
    ],
)
def test_an_address_is_inside_its_networks_or_not(address: str, networks: list[str], is_inside: bool) -> None:
    signals = check(asking(network_policy="required", networks=networks), None, Facts(address, URL))
    assert signals.refused == (() if is_inside else (NETWORK,))


def test_the_rooms_addresses_go_before_the_sittings() -> None:
    sitting = asking(network_policy="required", networks=["10.0.0.0/8"])
    room = Room(networks=["192.0.2.0/24"])
    assert check(sitting, room, Facts("192.0.2.9", URL)).refused == ()
    assert check(sitting, room, Facts("10.0.0.9", URL)).refused == (NETWORK,)
    assert check(sitting, Room(networks=[]), Facts("10.0.0.9", URL)).refused == ()


def test_what_is_recorded_refuses_nobody_and_what_is_off_is_not_looked_at() -> None:
    recorded = check(
        asking(network_policy="recorded", networks=["10.0.0.0/8"]), None, Facts("192.0.2.1", URL)
    )
    assert (recorded.reasons, recorded.refused) == ((NETWORK,), ())
    off = check(asking(networks=["10.0.0.0/8"]), None, Facts("192.0.2.1", URL))
    assert (off.reasons, off.refused) == ((), ())


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (Facts("", URL), SEB_MISSING),
        (Facts("", URL, hashed(URL)), None),
        (Facts("", URL, hashed(URL, OTHER_KEY)), SEB_CONFIG),
        (Facts("", URL, hashed("http://localhost/exam/y/open")), SEB_CONFIG),
        (Facts("", URL, hashlib.sha256(URL.encode()).hexdigest()), SEB_CONFIG),
        (Facts("", URL, KEY), SEB_CONFIG),
        (Facts("", URL, "钥匙"), SEB_CONFIG),
        (Facts("", URL, page_url="http://localhost/w", page_config_hash=hashed("http://localhost/w")), None),
        (Facts("", URL, page_url="http://localhost/w", page_config_hash=hashed(URL)), SEB_CONFIG),
    ],
)
def test_the_config_key_must_fit_the_address_of_the_request(facts: Facts, reason: str | None) -> None:
    assert check(asking(seb_policy="required"), None, facts).refused == ((reason,) if reason else ())


def test_a_browser_exam_key_must_fit_as_well_where_one_is_asked_for() -> None:
    sitting = asking(seb_policy="required", seb_browser_keys=[OTHER_KEY])
    config = hashed(URL)
    assert check(sitting, None, Facts("", URL, config)).refused == (SEB_BROWSER,)
    assert check(sitting, None, Facts("", URL, config, hashed(URL, OTHER_KEY))).refused == ()


@pytest.mark.parametrize("posted", ["", "[]", "{", '"x"', "null", '{"url": 5}', "x" * 5000])
def test_nonsense_from_the_page_counts_as_nothing(posted: str) -> None:
    facts = facts_of(address="", url=URL, headers={}, posted=posted, page_urls=("http://localhost/w",))
    assert (facts.page_url, facts.page_config_hash) == ("", "")


# ---- through the door


def hall(site: Site, asked: Entrance, **room: object) -> tuple[Sitting, str, Browse]:
    """A sitting that has opened and asks this of machines, and its candidate on the waiting page."""
    with site.writing() as session:
        sitting = make_sitting(session)
        make_room(session, sitting, rows=1, columns=1, **room)
        row = make_enrolment(session, sitting)
        staff = session.get_one(Person, sitting.created_by_id)
        set_entrance(session, sitting, asked, actor=staff, now=sitting.opens_at - timedelta(hours=1))
        person = session.get_one(Person, row.person_id)
    site.clock.set(sitting.opens_at + timedelta(minutes=1))
    with site.app.app_context():
        return sitting, attempt_id(row.id), site.browse_as(person, as_candidate=True)


def events(site: Site) -> list[dict[str, object]]:
    with site.reading() as session:
        return list(session.scalars(select(AttemptEvent.detail).where(AttemptEvent.kind == "entrance")))


def test_a_machine_outside_the_network_is_told_why_and_the_invigilator_sees_it(site: Site) -> None:
    required = Entrance(network=SignalPolicy.REQUIRED, networks=("10.0.0.0/8",))
    sitting, attempt, candidate = hall(site, required)
    page = candidate.get(f"/exam/{attempt}/wait").submit("进入")
    assert page.status == 409
    assert "本机的网络地址（127.0.0.1）不在本场考试允许的范围内" in page.text
    with site.reading() as session:
        assert session.get(Attempt, attempt) is None
        refusal = session.scalars(select(EntranceRefusal)).one()
    assert refusal.reasons == ["network"]
    with site.writing() as session:
        staff = make_person(session, Role.STAFF)
    seen = site.browse_as(staff).get(f"/invigilation/sittings/{sitting.id}/refusals")
    assert "网络地址不在允许范围" in seen.text
    assert "127.0.0.1" in seen.text


def test_lifting_the_rule_lets_the_candidate_in_at_once(site: Site) -> None:
    required = Entrance(network=SignalPolicy.REQUIRED, networks=("10.0.0.0/8",))
    sitting, attempt, candidate = hall(site, required)
    page = candidate.get(f"/exam/{attempt}/wait").submit("进入")
    with site.writing() as session:
        staff = make_person(session, Role.STAFF)
    form = site.browse_as(staff).get(f"/plans/sittings/{sitting.id}/entrance")
    assert form.submit("保存入场限制", network="recorded").status == 200
    assert page.submit("进入").status == 200
    assert events(site)[0]["reasons"] == ["network"]


def test_safe_exam_browser_opens_the_paper_by_its_header_or_by_what_its_page_says(site: Site) -> None:
    required = Entrance(seb=SignalPolicy.REQUIRED, config_keys=(KEY,))
    _sitting, attempt, candidate = hall(site, required)
    wait = candidate.get(f"/exam/{attempt}/wait")
    refused = wait.submit("进入")
    assert refused.status == 409
    assert "Safe Exam Browser" in refused.text
    url = f"http://localhost/exam/{attempt}/wait"
    said = json.dumps({"url": url, "config_key": hashed(url), "version": "3.7"})
    assert wait.submit("进入", seb=said).status == 200
    assert events(site)[-1]["seb_from"] == "page"
    token = wait.form("进入").find("input").get("value")
    answer = candidate.client.post(
        f"/exam/{attempt}/open",
        data={"csrf_token": token},
        headers={CONFIG_KEY_HEADER: hashed(f"http://localhost/exam/{attempt}/open"), BROWSER_KEY_HEADER: "x"},
    )
    assert answer.status_code == 303
    assert events(site)[-1]["seb_from"] == "header"


def test_a_sitting_that_looks_at_nothing_keeps_nothing(site: Site) -> None:
    _sitting, attempt, candidate = hall(site, Entrance())
    assert candidate.get(f"/exam/{attempt}/wait").submit("进入").status == 200
    assert events(site) == []


def test_keys_and_networks_are_checked_where_they_are_typed(site: Site) -> None:
    with site.writing() as session:
        sitting = make_sitting(session)
        staff = make_person(session, Role.STAFF)
    form = site.browse_as(staff).get(f"/plans/sittings/{sitting.id}/entrance")
    refused = form.submit("保存入场限制", config_keys="abc", networks="300.1.1.1", browser_keys="g" * 64)
    assert refused.status == 422
    assert "“abc”不是密钥：共 3 位" in refused.text
    assert "“300.1.1.1”不是网段或地址" in refused.text
    assert "请至少填写一个配置密钥" in form.submit("保存入场限制", seb="required").text
    assert form.submit("保存入场限制", seb="recorded", config_keys=f"{KEY.upper()}\n{KEY}").status == 200
    with site.reading() as session:
        assert session.get_one(Sitting, sitting.id).seb_config_keys == [KEY]


def test_a_room_with_a_code_asks_for_it_once_ticket_and_identity_fit(site: Site) -> None:
    identity = "000000199001019999"
    with site.writing() as session:
        sitting = make_sitting(session)
        room = make_room(session, sitting, rows=1, columns=1, code="Ab12")
        row = make_enrolment(session, sitting, identity=identity)
        session.get_one(Enrolment, row.id).room_id = room.id
    browse = site.browse()
    page = browse.get("/registration/sign-in")
    assert "口令" not in page.text
    assert "口令" not in page.submit("进入", ticket=row.ticket, identity="000000199001018888").text
    asked = page.submit("进入", ticket=row.ticket, identity=identity)
    assert asked.status == 422
    assert "您所在的考场设有口令" in asked.text
    wrong = asked.submit("进入", room_code="zz99")
    assert wrong.status == 422
    assert "口令与您的考场不符" in wrong.text
    assert wrong.submit("进入", room_code="ab12").url.startswith("/exam")
