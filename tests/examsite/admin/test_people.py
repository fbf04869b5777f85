"""Accounts as administrators keep them."""

import re

import pytest
from sqlalchemy import select

from examsite.access.models import Grant, Person
from examsite.access.permissions import ADMINISTRATORS, ROLES, Permission, Role
from examsite.access.scope import EVERYTHING, institution_scope
from examsite.audit import AuditRecord
from tests.factories import PASSWORD, make_institution, make_person


@pytest.fixture
def system(site):
    with site.writing() as session:
        return make_person(session, Role.SYSTEM_ADMINISTRATOR, name="系统管理员样例")


@pytest.fixture
def security(site):
    with site.writing() as session:
        return make_person(session, Role.SECURITY_ADMINISTRATOR, name="安全管理员样例")


def administrator_of(session, institution, role=Role.SYSTEM_ADMINISTRATOR):
    """An administrator whose grant reaches this institution alone."""
    person = make_person(session)
    session.add(
        Grant(
            person_id=person.id,
            role=role.value,
            scope=institution_scope(institution.id),
            granted_by_id=None,
            granted_at=person.created_at,
        )
    )
    session.flush()
    return person


def shown_password(page):
    return "".join(page.find_all("code", id="password")[0].itertext())


def roles_of(site, person_id):
    with site.reading() as session:
        return {(g.role, g.scope) for g in session.scalars(select(Grant).where(Grant.person_id == person_id))}


def acts(site):
    with site.reading() as session:
        return list(session.scalars(select(AuditRecord.act).order_by(AuditRecord.sequence)))


def test_a_new_account_signs_in_with_the_password_shown_once(site, system):
    with site.writing() as session:
        institution = make_institution(session)
    page = site.browse_as(system).get("/admin/people/new")
    page = page.submit(
        "建立账号", name="命题样例", username="ming.ti", role="writer", scope=f"institution:{institution.id}"
    )
    password = shown_password(page)
    assert len(password) == 16
    first = site.browse().get("/account/sign-in").submit("登录", username="ming.ti", password=password)
    assert first.url == "/"
    sheet = page.follow("我已记下")
    assert sheet.heading == "命题样例"
    assert "命题人员" in sheet.text
    assert password not in sheet.text
    with site.reading() as session:
        stored = session.scalars(select(Person).where(Person.username == "ming.ti")).one()
        details = " ".join(str(row.detail) for row in session.scalars(select(AuditRecord)))
    assert password not in stored.password_hash + details


def test_no_account_is_made_for_a_candidate(site, system):
    page = site.browse_as(system).get("/admin/people/new")
    offered = [option.get("value") for option in page.find_all("select", name="role")[0].iter("option")]
    assert "candidate" not in offered
    assert "writer" in offered
    refused = page.browse.post(
        "/admin/people/new",
        {
            "csrf_token": page.find_all("input", name="csrf_token")[0].get("value"),
            "name": "考生样例",
            "username": "kao.sheng",
            "role": "candidate",
            "scope": EVERYTHING,
        },
    )
    assert refused.status == 422


@pytest.mark.parametrize("username", ["ming.ti", "MING.TI"])
def test_a_username_is_given_once_in_whatever_letter_case(site, system, username):
    with site.writing() as session:
        make_person(session, username="ming.ti")
    page = site.browse_as(system).get("/admin/people/new")
    page = page.submit("建立账号", name="命题样例", username=username, role="writer", scope=EVERYTHING)
    assert page.status == 422
    assert "已被使用" in page.text
    assert page.find_all("input", name="name")[0].get("value") == "命题样例"


@pytest.mark.parametrize("username", ["ab", "有 空格", "-first", "a" * 41])
def test_a_username_that_cannot_be_typed_everywhere_is_refused(site, system, username):
    page = site.browse_as(system).get("/admin/people/new")
    page = page.submit("建立账号", name="命题样例", username=username, role="writer", scope=EVERYTHING)
    assert page.status == 422
    assert "3 至 40 个字母" in page.text


def test_the_province_acts_everywhere_or_not_at_all(site, system):
    with site.writing() as session:
        institution = make_institution(session)
    page = site.browse_as(system).get("/admin/people/new")
    page = page.submit(
        "建立账号", name="省级样例", username="sheng", role="province", scope=f"institution:{institution.id}"
    )
    assert page.status == 422
    assert "省级管理人员的范围为全部" in page.text
    with site.reading() as session:
        assert session.scalars(select(Person).where(Person.username == "sheng")).one_or_none() is None


def test_a_role_is_granted_and_taken_back(site, system):
    with site.writing() as session:
        institution = make_institution(session)
        person = make_person(session, Role.WRITER, institution=institution)
    scope = f"institution:{institution.id}"
    page = site.browse_as(system).get(f"/admin/people/{person.id}")
    page = page.submit("确认授予", role="reviewer", scope=scope)
    assert "角色已授予" in page.text
    assert roles_of(site, person.id) == {("writer", scope), ("reviewer", scope)}
    page = page.submit("撤销“命题人员”")
    assert "角色已撤销" in page.text
    assert roles_of(site, person.id) == {("reviewer", scope)}
    assert acts(site)[-3:] == ["login.start", "role.grant", "role.revoke"]


@pytest.mark.parametrize("held", sorted(ADMINISTRATORS))
@pytest.mark.parametrize("added", sorted(Role))
def test_an_administrator_holds_no_second_role(sqlite_site, held, added):
    site = sqlite_site
    with site.writing() as session:
        system = make_person(session, Role.SYSTEM_ADMINISTRATOR)
        person = make_person(session, held)
    page = site.browse_as(system).get(f"/admin/people/{person.id}")
    page = page.submit("确认授予", role=added.value, scope=EVERYTHING)
    if held is not added:
        assert page.status == 409
        assert "互斥" in page.text
    assert roles_of(site, person.id) == {(held.value, EVERYTHING)}


def test_no_administrator_sees_a_question_or_a_score():
    forbidden = {p for p in Permission if re.search("QUESTION|KEY|SCORE|BANK|PAPER|ANALYSIS", p.name)}
    assert len(forbidden) > 8
    for role in ADMINISTRATORS:
        assert not ROLES[role] & forbidden


@pytest.mark.parametrize("act", ["roles", "deactivate", "activate"])
def test_nobody_administers_their_own_account(site, system, act):
    browser = site.browse_as(system)
    page = browser.get(f"/admin/people/{system.id}")
    assert "不得管理本人的账号" in page.text
    assert len(page.find_all("form", action=f"/admin/people/{system.id}/{act}")) == 0
    token = page.find_all("input", name="csrf_token")[0].get("value")
    data = {"csrf_token": token, "role": "writer", "scope": EVERYTHING}
    assert browser.post(f"/admin/people/{system.id}/{act}", data).status == 409
    assert roles_of(site, system.id) == {("system_administrator", EVERYTHING)}


@pytest.mark.parametrize("act", ["unlock", "logins/end", "password"])
def test_the_security_administrator_does_not_help_themselves(site, security, act):
    browser = site.browse_as(security)
    token = browser.get(f"/admin/people/{security.id}").find_all("input", name="csrf_token")[0].get("value")
    assert browser.post(f"/admin/people/{security.id}/{act}", {"csrf_token": token}).status == 409


def test_a_closed_account_is_out_at_once_and_may_be_opened_again(site, system):
    with site.writing() as session:
        person = make_person(session, Role.WRITER, username="wang", password=PASSWORD)
    theirs = site.browse_as(person)
    page = site.browse_as(system).get(f"/admin/people/{person.id}").submit("停用账号")
    assert "已停用" in page.text
    assert theirs.get("/profile").url.startswith("/account/sign-in")
    page.submit("恢复账号")
    assert theirs.get("/profile").url.startswith("/account/sign-in")
    again = site.browse().get("/account/sign-in").submit("登录", username="wang", password=PASSWORD)
    assert again.url == "/"


def test_the_security_administrator_unlocks_staff(site, security):
    with site.writing() as session:
        person = make_person(session, Role.WRITER, username="Wang", password=PASSWORD)
    browser = site.browse()
    for _try in range(5):
        browser.get("/account/sign-in").submit("登录", username="Wang", password="wrong")
    page = site.browse_as(security).get(f"/admin/people/{person.id}")
    assert "已锁定" in page.text
    page = page.submit("解除锁定")
    assert "已锁定" not in page.text
    assert browser.get("/account/sign-in").submit("登录", username="Wang", password=PASSWORD).url == "/"


def test_a_reset_password_ends_the_old_one_and_every_login(site, security):
    with site.writing() as session:
        person = make_person(session, Role.WRITER, username="wang", password=PASSWORD)
    theirs = site.browse_as(person)
    page = site.browse_as(security).get(f"/admin/people/{person.id}").submit("重置密码")
    password = shown_password(page)
    assert theirs.get("/profile").url.startswith("/account/sign-in")
    browser = site.browse()
    assert browser.get("/account/sign-in").submit("登录", username="wang", password=PASSWORD).status == 422
    assert browser.get("/account/sign-in").submit("登录", username="wang", password=password).url == "/"


def test_logins_of_another_can_be_ended(site, security):
    with site.writing() as session:
        person = make_person(session, Role.WRITER)
    theirs = site.browse_as(person)
    site.browse_as(security).get(f"/admin/people/{person.id}").submit("强制退出")
    assert theirs.get("/profile").url.startswith("/account/sign-in")


def test_neither_administrator_does_the_work_of_the_other(site, system, security):
    with site.writing() as session:
        person = make_person(session, Role.WRITER)
    url = f"/admin/people/{person.id}"
    for administrator, forbidden in (
        (system, ["unlock", "logins/end", "password"]),
        (security, ["roles", "deactivate", "activate"]),
    ):
        browser = site.browse_as(administrator)
        page = browser.get(url)
        token = page.find_all("input", name="csrf_token")[0].get("value")
        for act in forbidden:
            assert page.find_all("form", action=f"{url}/{act}") == []
            assert browser.post(f"{url}/{act}", {"csrf_token": token}).status == 403
    assert site.browse_as(security).get("/admin/people/new").status == 403


def test_an_administrator_of_one_institution_reaches_nobody_elsewhere(site):
    with site.writing() as session:
        here, there = make_institution(session, "甲机构"), make_institution(session, "乙机构")
        administrator = administrator_of(session, here)
        mine = make_person(session, Role.WRITER, name="甲机构命题", institution=here)
        theirs = make_person(session, Role.WRITER, name="乙机构命题", institution=there)
        both = make_person(session, Role.WRITER, name="两机构命题", institution=here)
        session.add(
            Grant(
                person_id=both.id,
                role="reviewer",
                scope=institution_scope(there.id),
                granted_by_id=None,
                granted_at=both.created_at,
            )
        )
        province = make_person(session, Role.PROVINCE, name="省级样例")
    browser = site.browse_as(administrator)
    page = browser.get("/admin/people")
    assert "甲机构命题" in page.text
    for person in (theirs, both, province):
        assert person.name not in page.text
        assert browser.get(f"/admin/people/{person.id}").status == 404
    page = browser.get(f"/admin/people/{mine.id}")
    offered = [o.get("value") for o in page.find_all("select", name="scope")[0].iter("option")]
    assert offered == [f"institution:{here.id}"]
    token = page.find_all("input", name="csrf_token")[0].get("value")
    for scope in (EVERYTHING, f"institution:{there.id}"):
        data = {"csrf_token": token, "role": "reviewer", "scope": scope}
        assert browser.post(f"/admin/people/{mine.id}/roles", data).status == 422
    assert roles_of(site, mine.id) == {("writer", f"institution:{here.id}")}


def test_a_grant_of_another_person_cannot_be_taken_back_through_this_one(site, system):
    with site.writing() as session:
        one = make_person(session, Role.WRITER)
        other = make_person(session, Role.REVIEWER)
    with site.reading() as session:
        foreign = session.scalars(select(Grant.id).where(Grant.person_id == other.id)).one()
    browser = site.browse_as(system)
    token = browser.get(f"/admin/people/{one.id}").find_all("input", name="csrf_token")[0].get("value")
    assert browser.post(f"/admin/people/{one.id}/roles/{foreign}/revoke", {"csrf_token": token}).status == 404


def test_people_are_found_by_name_username_and_role(site, system):
    with site.writing() as session:
        make_person(session, Role.WRITER, name="张样例", username="zhang")
        make_person(session, Role.REVIEWER, name="李样例", username="li_100%")
    browser = site.browse_as(system)
    cases = [
        ({"search": "张样"}, {"张样例"}),
        ({"search": "ZHA"}, {"张样例"}),
        ({"search": "%"}, {"李样例"}),
        ({"role": "reviewer"}, {"李样例"}),
        ({"search": "张", "role": "reviewer"}, set()),
    ]
    for query, names in cases:
        page = browser.get("/admin/people", query=query)
        assert {name for name in ("张样例", "李样例") if name in page.text} == names, query
    assert "没有符合条件的人员" in page.text


def test_a_long_list_is_cut_into_pages(site, system):
    with site.writing() as session:
        for number in range(60):
            make_person(session, name=f"样例{number:03}")
    page = site.browse_as(system).get("/admin/people")
    assert len(page.find_all("tbody")[0].findall("tr")) == 50
    assert "共 61 条" in page.text
    second = page.follow("下一页")
    assert len(second.find_all("tbody")[0].findall("tr")) == 11
    assert site.browse_as(system).get("/admin/people?page=99").status == 200


def test_the_table_of_roles_is_all_chinese(site, security):
    page = site.browse_as(security).get("/admin/roles")
    cells = ["".join(c.itertext()) for row in page.find_all("tbody")[0] for c in row.iter("th")]
    assert len(cells) == len(Permission)
    assert not [cell for cell in cells if re.search("[a-z]", cell)]
    heads = ["".join(c.itertext()) for c in page.find_all("thead")[0].iter("th")]
    assert len(heads) == len(Role) + 1
    assert not [cell for cell in heads if re.search("[a-z]", cell)]


def test_a_new_site_gets_its_first_administrator_at_the_command_line(site, monkeypatch):
    monkeypatch.setenv("EXAMSITE_NEW_PASSWORD", "Fresh-start-2026")
    said = site.run(
        "people", "create", "root.admin", "--name", "首任管理员", "--role", "system_administrator"
    )
    assert "root.admin" in said
    page = (
        site.browse()
        .get("/account/sign-in")
        .submit("登录", username="root.admin", password="Fresh-start-2026")
    )
    assert "首任管理员" in page.heading


@pytest.mark.parametrize(
    ("arguments", "password", "said"),
    [
        (["a.b", "--name", "甲", "--role", "writer"], "weak", "too-short"),
        (["taken", "--name", "甲", "--role", "writer"], "Fresh-start-2026", "taken"),
        (["a.b", "--name", "甲", "--role", "writer", "--scope", "institution:99"], "Fresh-start-2026", "no institution:99"),
        (["a.b", "--name", "甲", "--role", "writer", "--scope", "here"], "Fresh-start-2026", "scope"),
    ],
)  # fmt: skip
def test_the_command_line_refuses_a_bad_account_in_one_line(site, monkeypatch, arguments, password, said):
    with site.writing() as session:
        make_person(session, username="taken")
    monkeypatch.setenv("EXAMSITE_NEW_PASSWORD", password)
    outcome = site.app.test_cli_runner().invoke(args=["people", "create", *arguments])
    assert outcome.exit_code == 1
    assert said in outcome.output
    assert outcome.output.count("\n") == 1
