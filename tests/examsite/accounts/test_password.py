"""One's own password."""

import pytest

from examsite.access.permissions import Role
from tests.factories import PASSWORD, make_person

NEW = "Another-2027-word"


@pytest.fixture
def writer(site):
    with site.writing() as session:
        return make_person(session, Role.WRITER, name="王样例", username="wang", password=PASSWORD)


def change(browser, old=PASSWORD, new=NEW, again=None):
    return browser.get("/account/password").submit(
        "确认修改", old=old, new=new, again=new if again is None else again
    )


def sign_in(site, password):
    return site.browse().get("/account/sign-in").submit("登录", username="wang", password=password)


def test_a_changed_password_replaces_the_old_one(site, writer):
    page = change(site.browse_as(writer))
    assert "密码已修改" in page.text
    assert sign_in(site, PASSWORD).status == 422
    assert sign_in(site, NEW).url == "/"


def test_a_change_signs_the_other_browsers_out_and_keeps_this_one(site, writer):
    here, elsewhere = site.browse_as(writer), site.browse_as(writer)
    change(here)
    assert here.get("/profile").url == "/profile"
    assert elsewhere.get("/profile").url.startswith("/account/sign-in")


@pytest.mark.parametrize(
    ("new", "sentence"),
    [
        ("Short-1", "至少使用 10 个字符"),
        ("onlysmallletters", "至少三类"),
        ("My-name-is-WANG-1", "不得包含本人姓名或用户名"),
        ("Is-王样例-2026-x", "不得包含本人姓名或用户名"),
        (PASSWORD, "不得与当前密码相同"),
    ],
)
def test_a_weak_password_is_refused_with_what_to_mend(site, writer, new, sentence):
    page = change(site.browse_as(writer), new=new)
    assert page.status == 422
    assert sentence in page.text
    assert sign_in(site, PASSWORD).url == "/"


def test_two_different_new_passwords_are_refused(site, writer):
    page = change(site.browse_as(writer), again="Other-2027-word")
    assert page.status == 422
    assert "两次输入的新密码不一致" in page.text


def test_the_present_password_is_asked_for_and_cannot_be_tried_out(site, writer):
    browser = site.browse_as(writer)
    for _try in range(5):
        page = change(browser, old="wrong")
        assert page.status == 422
        assert "当前密码不正确" in page.text
    assert change(browser).status == 429
    assert sign_in(site, PASSWORD).status == 429


def test_a_ticket_has_no_password(site):
    with site.writing() as session:
        candidate = make_person(session, Role.CANDIDATE)
    assert site.browse_as(candidate, as_candidate=True).get("/account/password").status == 403
