"""The door, each role's first page, the language, one's account, and whether the site is well."""

import pytest
from flask import Flask

from examsite.access.permissions import Role
from examsite.app import create_app
from tests.conftest import test_config as config_of_tests
from tests.factories import make_institution, make_person


def test_a_stranger_finds_two_ways_in(site):
    page = site.browse().get("/")
    assert page.link("考生入口") == "/registration/sign-in"
    assert page.link("工作人员登录") == "/account/sign-in"


@pytest.mark.parametrize(
    ("role", "labels"),
    [
        (Role.SYSTEM_ADMINISTRATOR, ["人员", "系统"]),
        (Role.SECURITY_ADMINISTRATOR, ["人员"]),
        (Role.AUDIT_ADMINISTRATOR, ["审计记录"]),
        (Role.INVIGILATOR, ["监考"]),
    ],
)
def test_the_first_page_has_a_card_for_each_thing_one_may_do(site, role, labels):
    with site.writing() as session:
        person = make_person(session, role)
    page = site.browse_as(person).get("/")
    cards = [anchor for item in page.find_all("li", class_="panel") for anchor in item.iter("a")]
    assert ["".join(card.itertext()) for card in cards] == labels
    if not labels:
        assert "暂无可办理的事项" in page.text


def test_every_card_has_its_sentence(site):
    with site.writing() as session:
        people = [make_person(session, role) for role in Role if role is not Role.CANDIDATE]
    for person in people:
        page = site.browse_as(person).get("/")
        for item in page.find_all("li", class_="panel"):
            assert any("".join(p.itertext()).strip() for p in item.iter("p"))


def test_the_language_is_kept_in_a_cookie_for_a_year(site):
    browser = site.browse()
    page = browser.get("/account/sign-in").follow("English")
    assert page.url == "/account/sign-in"
    assert page.heading == "Staff sign-in"
    cookie = page.response.history[0].headers["Set-Cookie"]
    assert "Max-Age=31536000" in cookie
    assert "SameSite=Lax" in cookie
    assert browser.get("/").find_all("html")[0].get("lang") == "en"
    assert page.follow("中文").heading == "工作人员登录"


def test_changing_the_language_never_leads_to_another_host(site):
    for target in ("https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example"):
        answer = site.browse().client.get("/language/en", query_string={"next": target})
        assert answer.headers["Location"] == "/"


def test_a_language_that_there_is_not_is_no_page(site):
    assert site.browse().get("/language/fr").status == 404


def test_the_site_is_well_while_its_database_answers(site):
    page = site.browse().get("/healthz")
    assert (page.status, page.json) == (200, {"status": "ok"})


def test_the_site_is_not_well_without_its_database(tmp_path):
    app: Flask = create_app(config_of_tests(f"sqlite:///{tmp_path}/missing/site.db"))
    answer = app.test_client().get("/healthz")
    assert answer.status_code == 503
    assert answer.get_json() == {"status": "failed", "database": "unreachable"}


def test_about_names_the_version_of_the_project(site):
    from pathlib import Path

    from examsite.version import VERSION

    assert f'version = "{VERSION}"' in Path("pyproject.toml").read_text()
    assert VERSION in site.browse().get("/about").text


def test_the_account_says_roles_and_where_they_hold_in_words(site):
    with site.writing() as session:
        person = make_person(
            session, Role.WRITER, Role.REVIEWER, institution=make_institution(session, "样例认定中心甲")
        )
    page = site.browse_as(person).get("/profile")
    for words in ("命题人员", "审题人员", "样例认定中心甲", person.username, "本机"):
        assert words in page.text


def test_the_language_of_the_account_goes_along_to_another_browser(site):
    with site.writing() as session:
        person = make_person(session, Role.WRITER)
    site.browse_as(person).get("/profile").submit("保存语言", language="en")
    assert site.browse_as(person).get("/profile").heading == "Your account"


def test_other_logins_can_be_ended(site):
    with site.writing() as session:
        person = make_person(session, Role.WRITER)
    here, there = site.browse_as(person), site.browse_as(person)
    page = here.get("/profile").submit("退出其他登录")
    assert "已退出其他 1 处登录" in page.text
    assert there.get("/profile").url.startswith("/account/sign-in")
    assert here.get("/profile").url == "/profile"
