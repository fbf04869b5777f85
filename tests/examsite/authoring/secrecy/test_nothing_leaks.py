"""A person with a narrow duty walks over every page of the bank and finds nothing of what is not theirs.

Pages are taken from the application, so a new one is walked over without being named here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.authoring.models import Bank, VersionStatus
from examsite.authoring.secrecy.models import Undertaking
from tests.conftest import Site
from tests.examsite.authoring.secrecy.test_people import Guarded, acts, make_guarded
from tests.factories import make_person, make_question

#: Nobody has this one.
NOWHERE = 999_999
#: Words of what lies elsewhere: stems, keys, IDs.
HIDDEN = ("那里", "绝密")


def pages(site: Site) -> Iterator[tuple[str, str]]:
    """(endpoint, rule) of every page of the stage."""
    for rule in site.app.url_map.iter_rules():
        if rule.endpoint.startswith("authoring.") and "GET" in (rule.methods or set()):
            yield rule.endpoint, rule.rule


def addresses(rule: str, values: dict[str, Any]) -> str | None:
    names = re.findall(r"<(?:\w+:)?(\w+)>", rule)
    if any(name not in values for name in names):
        return None
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(values[match[1]]), rule)


def plain(html: str) -> str:
    """A page without the address that was asked for and the token of its forms."""
    html = re.sub(r"((?:versions|review)(?:/|%2F))\d+", r"\1N", html)
    return re.sub(r'name="csrf_token" value="[^"]+"', "", html)


def walked(
    site: Site, person: Person, one: Guarded, version_id: int, **query: str
) -> Iterator[tuple[str, str, int]]:
    """(endpoint, text, status) of every page that these objects give an address."""
    with site.reading() as session:
        signature = session.scalars(select(Undertaking.id).where(Undertaking.person_id == person.id)).first()
    values = {"bank_id": one.bank.id, "version_id": version_id, "undertaking_id": signature}
    client = site.browse_as(person).client
    for endpoint, rule in pages(site):
        address = addresses(rule, values)
        if address is not None:
            answer = client.get(address, query_string=query)
            yield endpoint, answer.get_data(as_text=True), answer.status_code


@pytest.mark.parametrize("who", ["writer", "reviewer"])
@pytest.mark.parametrize(
    "query",
    [
        {},
        {"q": "那里"},
        {"q": "ID-那里"},
        {"area": "B"},
        {"area": "B-A-001", "status": "approved"},
        {"status": "approved", "page": "9"},
    ],
)
def test_no_page_shows_what_lies_in_another_area(sqlite_site: Site, who: str, query: dict[str, str]) -> None:
    site = sqlite_site
    one = make_guarded(site)
    person: Person = getattr(one, who)
    ids = {str(version.id) for version in (one.there, one.waiting_there)}
    reached = set()
    for version in (one.here, one.waiting):
        for endpoint, html, status in walked(site, person, one, version.id, **query):
            assert status < 500, endpoint
            if status == 200:
                reached.add(endpoint)
            shown = html
            for word in query.values():  # what was asked for stands in the fields of the form
                shown = shown.replace(f'value="{word}"', "")
            leaks = HIDDEN if who == "writer" else HIDDEN[:1]  # a reviewer sees the key of what they judge
            assert not [word for word in leaks if word in shown.replace("=" + query.get("q", "?"), "")], (
                endpoint
            )
            assert not ids & set(re.findall(r"/bank/(?:versions|review)/(\d+)", html)), endpoint
    assert {"authoring.banks", "authoring.bank", "authoring.questions", "authoring.version"} <= reached


def test_counts_are_of_what_one_sees(sqlite_site: Site) -> None:
    site = sqlite_site
    one = make_guarded(site)
    browser = site.browse_as(one.writer)
    table = [[cell.text for cell in tr.iter("td")] for tr in browser.get("/bank/").find_all("tr")]
    assert {count for line in table for count in line if count and count.strip().isdigit()} <= {"0", "1", "2"}
    bank = browser.get(f"/bank/{one.bank.id}")
    totals = [tr for tr in bank.find_all("tr") if "简答题" in "".join(tr.itertext())]
    assert "".join(totals[0].itertext()).endswith("2"), "two of four"
    assert "2 道试题" in browser.get(f"/bank/{one.bank.id}/questions").text
    everything = site.browse_as(one.manager).get(f"/bank/{one.bank.id}")
    totals = [tr for tr in everything.find_all("tr") if "简答题" in "".join(tr.itertext())]
    assert "".join(totals[0].itertext()).endswith("4"), "whoever runs the bank sees its counts"


def test_what_does_not_exist_and_what_is_not_yours_look_the_same(site: Site) -> None:
    one = make_guarded(site)
    client = site.browse_as(one.writer).client
    for _endpoint, rule in pages(site):
        if "version_id" not in rule:
            continue
        answers = []
        for version_id in (one.there.id, NOWHERE):
            answer = client.get(addresses(rule, {"version_id": version_id}) or "")
            answers.append((answer.status_code, plain(answer.get_data(as_text=True))))
        assert answers[0] == answers[1], rule
        assert answers[0][0] in (403, 404)


def test_no_post_tells_whether_a_version_exists_elsewhere(site: Site) -> None:
    one = make_guarded(site)
    browser = site.browse_as(one.writer)
    token = browser.get("/profile").find_all("input", name="csrf_token")[0].get("value")
    for rule in site.app.url_map.iter_rules():
        if not rule.endpoint.startswith("authoring.") or "POST" not in (rule.methods or set()):
            continue
        if "version_id" not in rule.arguments or set(rule.arguments) != {"version_id"}:
            continue
        answers = []
        for version_id in (one.there.id, NOWHERE):
            address = addresses(rule.rule, {"version_id": version_id}) or ""
            answer = browser.client.post(
                address, data={"csrf_token": token, "reason": "样例", "comment": "样例"}
            )
            answers.append((answer.status_code, plain(answer.get_data(as_text=True))))
        assert answers[0] == answers[1], rule


def test_every_page_with_a_question_carries_the_watermark_and_leaves_a_record(sqlite_site: Site) -> None:
    """Whoever adds a page that shows questions meets this test."""
    site = sqlite_site
    one = make_guarded(site)
    shown = set()
    for person, version in ((one.author, one.here), (one.manager, one.here), (one.reviewer, one.waiting)):
        before = len(acts(site, "question.view")) + len(acts(site, "key.view"))
        for endpoint, html, status in walked(site, person, one, version.id):
            looks = len(acts(site, "question.view")) + len(acts(site, "key.view"))
            if status == 200 and "样题。" in html:
                shown.add(endpoint)
                assert '<svg class="watermark" aria-hidden="true"' in html, endpoint
                assert person.name in html[html.index("watermark") :], endpoint
                # What waits for review was never what papers may hold; with its key it is on the record all the same.
                if re.search("(?<!待审)[这那]里样题。", html):
                    assert looks > before, endpoint
            before = looks
    assert {"authoring.questions", "authoring.version", "authoring.revise", "authoring.review"} <= shown


def test_what_reviewers_wrote_is_read_by_whoever_may_see_the_key(site: Site) -> None:
    """A comment can say what is right."""
    one = make_guarded(site)
    with site.writing() as session:
        bank = session.get_one(Bank, one.bank.id)
        returned = make_question(session, bank, author=one.author, status=VersionStatus.RETURNED)
    address = f"/bank/versions/{returned.id}"
    assert "样例意见" in site.browse_as(one.author).get(address).text
    assert "样例意见" not in site.browse_as(one.writer).get(address).text


def test_a_manager_who_is_not_named_deals_with_numbers_alone(site: Site) -> None:
    """The role alone lets name people and give tasks, not read."""
    one = make_guarded(site)
    with site.writing() as session:
        other = make_person(session, Role.BANK_MANAGER)
    browser = site.browse_as(other)
    board = browser.get(f"/bank/{one.bank.id}/reviews")
    assert board.status == 200
    assert "样题。" not in board.text
    assert "样题。" not in browser.get(f"/bank/{one.bank.id}/questions").text
    assert "待审这里样题。" in site.browse_as(one.manager).get(f"/bank/{one.bank.id}/reviews").text
