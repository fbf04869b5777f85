"""Every route × every role × one's own and somebody else's object.

Routes are taken from the application, so a new one is walked over without being named here; its parameters stand in
`tests/world.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from examsite.access.permissions import ROLES, Permission, Role
from examsite.audit import AuditHead, AuditRecord
from examsite.pages import NAVIGATION
from tests.browse import Browse
from tests.conftest import Site
from tests.world import Estate, make_estate

#: Files that say nothing: everybody fetches them.
STATIC = {"static", "scripts", "bootstrap.static"}
#: What strangers may open.  A new name here is a decision.
PUBLIC = {
    "accounts.sign_in",
    "accounts.take_sign_in",
    "home.about",
    "home.health",
    "home.index",
    "home.language",
    "registration.sign_in",
    "registration.take_sign_in",
}
#: Views that the attempt's lease opens: only what the exam page calls again and again.
LEASED = {"sitting.save_answers", "sitting.pulse", "sitting.hand_in", "sitting.save_settings"}
#: Views open to whoever is signed in: nothing but one's own.
SIGNED_IN = {
    "accounts.change_password",
    "accounts.password",
    "accounts.sign_out",
    "home.choose_language",
    "home.end_other_logins",
    "home.profile",
}
#: Parameters that name no object of an institution.
NO_OBJECT = {"code", "filename", "number", "room_number"}
#: Pages fetched by GET that show keys: that somebody looked is recorded, and nothing else is written.
KEYS_SHOWN = {
    "analysis.item",
    "authoring.difference_page",
    "authoring.import_findings",
    "authoring.import_preview",
    "authoring.review",
    "authoring.review_queue",
    "authoring.revise",
    "authoring.version",
    "results.key_change",
    "results.key_changes",
}
#: Pages fetched by GET that show vetted questions: that somebody looked is recorded as well.
QUESTIONS_SHOWN = {
    "authoring.confirmation",
    "authoring.questions",
    "authoring.reviews",
    "authoring.saved_version",
    "authoring.stimuli",
    "authoring.version",
}
#: Signing out would end the walk.
LAST = {"accounts.sign_out"}
#: After these their object is gone, nobody's, or closed to all but named people.
ENDS_ITS_OBJECT = {
    "admin.revoke_role",
    "authoring.discard_outline",
    "authoring.end_duty",
    "authoring.remove_filter",
    "authoring.remove_textbook",
    "authoring.restrict_bank",
    "registration.delete_room",
}
#: Its own object answers 404 on purpose: why.
HIDDEN_FROM_ITS_OWN = {
    "analysis.items": "the run of this world waits for its result",
    "analysis.item": "the run of this world waits for its result",
    "planning.preview_rules": "the stored file of this world holds no rules",
    "planning.confirm_rules": "the stored file of this world holds no rules",
    "planning.choose_papers": "it names its papers in the form, which the walk leaves empty",
    "planning.paper_picture": "no question on the paper of this world shows a picture",
    "sitting.picture": "no question on the paper of this world shows a picture",
    "sitting.receipt": "there is none before handing in",
}


@dataclass(frozen=True)
class Route:
    """One address with one method."""

    endpoint: str
    method: str
    rule: Rule
    guard: Any

    @property
    def objects(self) -> set[str]:
        return set(self.rule.arguments) - NO_OBJECT

    def may(self, role: Role) -> bool:
        """Whether the guard lets this role pass."""
        return not isinstance(self.guard, frozenset) or bool(self.guard & ROLES[role])


def routes(app: Flask) -> list[Route]:
    return [
        Route(rule.endpoint, method, rule, getattr(app.view_functions[rule.endpoint], "guard", None))
        for rule in app.url_map.iter_rules()
        if rule.endpoint not in STATIC
        for method in sorted((rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"})
    ]


def address(app: Flask, route: Route, values: dict[str, Any]) -> str:
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        wanted = {name: values[name] for name in route.rule.arguments}
        return adapter.build(route.endpoint, wanted, method=route.method)


# ---- what can be read off the routes


def test_no_view_is_silent_about_who_may_come_in(sqlite_site):
    silent = [route.endpoint for route in routes(sqlite_site.app) if route.guard is None]
    assert silent == []


def test_the_public_the_leased_and_the_merely_signed_in_are_exactly_these(sqlite_site):
    found: dict[Any, set[str]] = {}
    for route in routes(sqlite_site.app):
        found.setdefault(route.guard, set()).add(route.endpoint)
    assert found["public"] == PUBLIC
    assert found["lease"] == LEASED
    assert found["signed in"] == SIGNED_IN


def test_every_guard_is_one_that_is_known(sqlite_site):
    for route in routes(sqlite_site.app):
        known = route.guard in ("public", "lease", "signed in")
        assert known or (route.guard and route.guard <= set(Permission)), route


def test_get_and_post_are_different_views(sqlite_site):
    """So that a title, a guard and a transaction belong to one of them."""
    methods: dict[str, set[str]] = {}
    for route in routes(sqlite_site.app):
        methods.setdefault(route.endpoint, set()).add(route.method)
    assert {e: m for e, m in methods.items() if len(m) > 1} == {}
    assert {m for s in methods.values() for m in s} <= {"GET", "POST"}


def test_every_entry_of_the_navigation_leads_somewhere_its_reader_may_go(sqlite_site):
    guards = {route.endpoint: route.guard for route in routes(sqlite_site.app)}
    present = [entry for entry in NAVIGATION if entry.endpoint in guards]
    assert len(present) >= 5
    for entry in present:
        assert set(entry.permissions) <= guards[entry.endpoint], entry.endpoint


# ---- walking


@dataclass
class Walker:
    """A signed-in browser without the page checks, and the token its forms carry."""

    site: Site
    browser: Browse
    token: str

    def ask(self, route: Route, values: dict[str, Any], **headers: str) -> TestResponse:
        url = address(self.site.app, route, values)
        if route.method == "GET":
            return self.browser.client.get(url, headers=headers)
        return self.browser.client.post(url, headers={"X-CSRFToken": self.token, **headers})


def walker(site: Site, estate: Estate, role: Role) -> Walker:
    person = estate.people[role]
    browser = site.browse_as(person, as_candidate=role is Role.CANDIDATE)
    html = browser.client.get("/profile").get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert token, html[:300]
    return Walker(site, browser, token.group(1))


def in_order(site: Site, estate: Estate) -> Iterator[Route]:
    """Every route whose objects are made: GET before POST, so that pages are seen before their objects change."""
    known = [
        r for r in routes(site.app) if r.rule.arguments <= estate.values.keys() and r.endpoint not in LAST
    ]
    yield from sorted(
        known, key=lambda route: (route.method, route.endpoint in ENDS_ITS_OBJECT, route.endpoint)
    )


def head(site: Site) -> int:
    with site.reading() as session:
        return session.get_one(AuditHead, 1).sequence


def acts_after(site: Site, sequence: int) -> list[str]:
    with site.reading() as session:
        query = select(AuditRecord.act).where(AuditRecord.sequence > sequence)
        return list(session.scalars(query))


def make_world(site: Site) -> tuple[Estate, Estate]:
    with site.writing() as session:
        return make_estate(session, "甲机构"), make_estate(session, "乙机构")


def test_every_parameter_of_a_route_has_an_object_in_the_world(sqlite_site):
    here, _there = make_world(sqlite_site)
    unknown = {
        (route.endpoint, name)
        for route in routes(sqlite_site.app)
        for name in route.rule.arguments
        if name not in here.values
    }
    assert unknown == set(), "make these in tests/world.py"


def test_strangers_are_sent_to_sign_in_and_learn_nothing(site):
    here, _there = make_world(site)
    browser = site.browse()
    for route in in_order(site, here):
        if route.guard in ("public", "lease"):
            continue
        url = address(site.app, route, here.values)
        if route.method == "GET":
            answer = browser.client.get(url)
            assert answer.status_code == 302, (route.endpoint, answer.status_code)
            assert answer.headers["Location"].startswith("/account/sign-in"), route.endpoint
            answer = browser.client.get(url, headers={"Accept": "application/json"})
            assert answer.status_code == 401, route.endpoint
        # A form that a stranger posts has no token of ours; nothing at all is asked of it before that.
        assert browser.client.post(url).status_code in (400, 405), route.endpoint


def test_a_stranger_with_a_form_token_is_still_a_stranger(sqlite_site):
    site = sqlite_site
    here, _there = make_world(site)
    browser = site.browse()
    html = browser.client.get("/account/sign-in").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', html)
    assert token
    before = head(site)
    for route in in_order(site, here):
        if route.method == "POST" and route.guard not in ("public", "lease"):
            url = address(site.app, route, here.values)
            answer = browser.client.post(url, headers={"X-CSRFToken": token.group(1)})
            assert answer.status_code == 302, route.endpoint
            assert answer.headers["Location"].startswith("/account/sign-in"), route.endpoint
    assert head(site) == before


def test_a_form_without_its_token_is_refused_whoever_sends_it(sqlite_site):
    site = sqlite_site
    here, _there = make_world(site)
    for role in Role:
        walk = walker(site, here, role)
        before = head(site)
        for route in in_order(site, here):
            # The lease takes the token's place where it is needed: another site cannot know or send it.
            if route.method == "POST" and route.guard != "lease":
                answer = walk.browser.client.post(address(site.app, route, here.values))
                assert answer.status_code == 400, (role, route.endpoint, answer.status_code)
        assert head(site) == before


@pytest.mark.slow
def test_no_role_passes_a_guard_that_is_not_for_it(sqlite_site):
    site = sqlite_site
    here, _there = make_world(site)
    for role in Role:
        walk = walker(site, here, role)
        before = head(site)
        for route in in_order(site, here):
            if not route.may(role):
                answer = walk.ask(route, here.values)
                assert answer.status_code == 403, (role, route.endpoint, answer.status_code)
        assert head(site) == before


@pytest.mark.slow
def test_nobody_reaches_an_object_of_another_institution(site):
    """404, as if it did not exist, and nothing is written; also where the path's first object is one's own."""
    here, there = make_world(site)
    for role in Role:
        walk = walker(site, here, role)
        for route in in_order(site, here):
            if not route.objects or route.guard == "lease" or not route.may(role):
                continue
            for foreign in _mixtures(route, here, there):
                before = head(site)
                answer = walk.ask(route, foreign)
                assert answer.status_code == 404, (role, route.endpoint, answer.status_code, foreign)
                assert head(site) == before, (role, route.endpoint)


def _mixtures(route: Route, here: Estate, there: Estate) -> list[dict[str, Any]]:
    """All objects foreign; and, where there are several, each of them foreign beside one's own."""
    mixtures = [there.values]
    # A digest is no object: whoever knows it has the file.
    several = sorted(route.objects - {"digest"})
    if len(several) > 1:
        mixtures += [{**here.values, name: there.values[name]} for name in several]
    return mixtures


def test_a_lease_that_is_not_held_opens_nothing(site):
    here, there = make_world(site)
    walk = walker(site, here, Role.CANDIDATE)
    for route in in_order(site, here):
        if route.guard == "lease":
            for values in (here.values, there.values):
                before = head(site)
                answer = walk.ask(route, values, Accept="application/json")
                if route.method == "GET":
                    # Whoever has no lease is told the time, as on every waiting page, and nothing else.
                    assert set(answer.get_json()) == {"server_time", "lease_live"}
                    assert answer.get_json()["lease_live"] is False
                else:
                    assert 400 <= answer.status_code < 500, (route.endpoint, answer.status_code)
                assert head(site) == before


@pytest.mark.slow
def test_no_route_breaks_and_every_one_is_reached_with_ones_own_objects(site):
    """The other half of the walk over foreign objects: a 404 there means nothing unless one's own are found."""
    here, _there = make_world(site)
    reached: set[str] = set()
    for role in Role:
        walk = walker(site, here, role)
        for route in in_order(site, here):
            if route.method != "GET":
                continue
            before = head(site)
            answer = walk.ask(route, here.values)
            assert answer.status_code < 500, (role, route.endpoint, answer.status_code)
            if answer.status_code not in (403, 404):
                reached.add(route.endpoint)
            written = acts_after(site, before)
            allowed = {"key.view"} if route.endpoint in KEYS_SHOWN else set()
            allowed |= {"question.view"} if route.endpoint in QUESTIONS_SHOWN else set()
            assert set(written) <= allowed, f"GET {route.endpoint} wrote {written}"
    walkers = {role: walker(site, here, role) for role in Role}
    for route in in_order(site, here):
        if route.method == "POST":
            for role in Role:
                answer = walkers[role].ask(route, here.values)
                assert answer.status_code < 500, (role, route.endpoint, answer.status_code)
                if answer.status_code not in (403, 404):
                    reached.add(route.endpoint)
                if "/account/sign-in" in answer.headers.get("Location", ""):
                    walkers[role] = walker(site, here, role)
    everything = {route.endpoint for route in routes(site.app)} - LAST - LEASED - set(HIDDEN_FROM_ITS_OWN)
    assert everything - reached == set()


@pytest.mark.parametrize("number", [0, 2**31, 10**12, 10**30])
def test_a_number_that_no_row_has_is_no_page(site, number):
    """PostgreSQL's integers end at 2³¹, SQLite's at 2⁶³: neither may break a page."""
    here, _there = make_world(site)
    for role in (Role.WRITER, Role.REVIEWER, Role.STAFF, Role.SYSTEM_ADMINISTRATOR):
        walk = walker(site, here, role)
        for route in in_order(site, here):
            numbered = [name for name in route.objects if isinstance(here.values[name], int)]
            if route.method == "GET" and numbered and route.may(role):
                # By hand: building the address would refuse a number that its rule does not take.
                values = {**here.values, **dict.fromkeys(numbered, number)}
                url = re.sub(r"<(?:int:)?(\w+)>", lambda match, v=values: str(v[match[1]]), route.rule.rule)
                assert walk.browser.client.get(url).status_code == 404, url


@pytest.mark.parametrize(
    "url", ["/exam/a%00b/wait", "/admin/people?search=%00", "/bank/?search=%00", "/language/%00", "/%00"]
)
def test_a_null_character_is_refused_everywhere(site, url):
    """PostgreSQL's texts cannot hold one."""
    here, _there = make_world(site)
    for role in (Role.CANDIDATE, Role.SYSTEM_ADMINISTRATOR, Role.WRITER):
        assert walker(site, here, role).browser.client.get(url).status_code == 400


def test_a_null_character_in_a_form_is_refused(site):
    page = site.browse().get("/account/sign-in").submit("登录", username="a\0b", password="x")
    assert page.status == 400
