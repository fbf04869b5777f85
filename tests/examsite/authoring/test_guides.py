"""The guides for writers and reviewers, through the door."""

from __future__ import annotations

import re

import pytest

from examsite.access.permissions import Role
from question_bank.questions.kinds import Kind
from tests.browse import text_of
from tests.conftest import Site
from tests.factories import make_bank, make_person

GUIDES = ["/bank/guide/writers", "/bank/guide/reviewers"]
CHINESE = re.compile("[\u4e00-\u9fff]")


def test_the_guides_are_found_from_the_list_of_banks(site: Site) -> None:
    with site.writing() as session:
        make_bank(session)
        writer = make_person(session, Role.WRITER)
    banks = site.browse_as(writer).get("/bank/")
    assert banks.follow("命题指南").heading == "命题指南"
    assert banks.follow("审题指南").follow("命题指南").heading == "命题指南"


def test_an_empty_list_of_banks_leads_to_the_guides_too(site: Site) -> None:
    with site.writing() as session:
        reviewer = make_person(session, Role.REVIEWER)
    assert site.browse_as(reviewer).get("/bank/").follow("审题指南").heading == "审题指南"


def test_writers_find_a_good_and_a_bad_example_of_every_kind(sqlite_site: Site) -> None:
    with sqlite_site.writing() as session:
        writer = make_person(session, Role.WRITER)
    page = sqlite_site.browse_as(writer).get("/bank/guide/writers")
    assert [text_of(heading) for heading in page.find_all("h3")] == [
        f"{kind.label}（{kind.value}）" for kind in Kind
    ]
    for sort in ("example-good", "example-bad"):
        assert len(page.find_all("div", class_=sort)) == len(Kind), sort


def test_reviewers_find_the_four_opinions_the_three_stages_and_the_rules(sqlite_site: Site) -> None:
    with sqlite_site.writing() as session:
        reviewer = make_person(session, Role.REVIEWER)
    page = sqlite_site.browse_as(reviewer).get("/bank/guide/reviewers")
    rows = [text_of(row) for row in page.find_all("tr")]
    for opinion in ("A 采用", "B 修改后采用", "C 退回修改", "D 不采用"):
        letter, name = opinion.split()
        assert any(row.replace(" ", "").startswith(letter + name) for row in rows), opinion
    for word in ("初审", "复审", "终审", "一致性", "回避", "保密", "安戈夫"):
        assert word in page.text, word


@pytest.mark.parametrize("url", GUIDES)
def test_each_link_on_a_guide_leads_somewhere_on_it(sqlite_site: Site, url: str) -> None:
    with sqlite_site.writing() as session:
        writer = make_person(session, Role.WRITER)
    page = sqlite_site.browse_as(writer).get(url)
    (contents,) = page.find_all("nav", class_="guide-contents")
    wanted = [anchor.get("href", "").removeprefix("#") for anchor in contents.iter() if anchor.get("href")]
    assert len(wanted) >= 7
    assert wanted == [heading.get("id") for heading in page.find_all("h2")]


@pytest.mark.parametrize("url", GUIDES)
def test_the_english_guide_says_it_in_as_many_sections(sqlite_site: Site, url: str) -> None:
    with sqlite_site.writing() as session:
        writer = make_person(session, Role.WRITER)
    browser = sqlite_site.browse_as(writer)
    chinese = browser.get(url)
    browser.client.get("/language/en")
    english = browser.get(url)
    assert not CHINESE.search(english.heading)
    for tag in ("h2", "h3", "tr"):
        assert len(english.find_all(tag)) == len(chinese.find_all(tag)), tag


@pytest.mark.parametrize("url", GUIDES)
def test_who_may_see_no_bank_may_not_read_the_guides(site: Site, url: str) -> None:
    with site.writing() as session:
        auditor = make_person(session, Role.AUDIT_ADMINISTRATOR)
    assert site.browse_as(auditor).get(url).status == 403
    assert site.browse().client.get(url).status_code == 302
