"""Coming in as staff, staying in, and going out."""

import re
import statistics
import time

import pytest
from sqlalchemy import func, select

from examsite.access.models import Login, SignInFailure
from examsite.access.permissions import Role
from examsite.audit import AuditRecord
from tests.factories import PASSWORD, make_person


@pytest.fixture
def writer(site):
    with site.writing() as session:
        return make_person(session, Role.WRITER, username="Wang", password=PASSWORD)


def sign_in(browser, username="Wang", password=PASSWORD, url="/account/sign-in"):
    return browser.get(url).submit("登录", username=username, password=password)


def test_the_right_password_opens_the_first_page(site, writer):
    page = sign_in(site.browse())
    assert (page.url, page.status) == ("/", 200)
    assert writer.name in page.heading


def test_spaces_around_a_username_are_forgiven(site, writer):
    assert sign_in(site.browse(), username=" Wang ").url == "/"


@pytest.mark.parametrize(("username", "password"), [("Wang", "wrong"), ("nobody", PASSWORD)])
def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(site, writer, username, password):
    page = sign_in(site.browse(), username, password)
    assert page.status == 422
    assert "登录信息不正确" in page.text
    # What was typed is kept; the password never is.
    assert page.find_all("input", name="username")[0].get("value") == username
    assert page.find_all("input", name="password")[0].get("value", "") == ""


def test_an_empty_form_names_both_fields(site):
    page = sign_in(site.browse(), "", "")
    assert page.status == 422
    assert "请输入用户名。" in page.text
    assert "请输入密码。" in page.text


def test_five_failures_lock_the_name_for_fifteen_minutes(site, writer):
    browser = site.browse()
    for _try in range(5):
        assert sign_in(browser, password="wrong").status == 422
    page = sign_in(browser)
    assert page.status == 429
    assert page.response.headers["Retry-After"] == "900"
    assert "请在 15 分钟后再试" in page.text
    site.clock.advance(minutes=14)
    page = sign_in(browser)
    assert page.status == 429
    assert "请在 60 秒后再试" in page.text
    site.clock.advance(minutes=1)
    assert sign_in(browser).url == "/"


def test_a_lockout_looks_at_the_name_in_any_letter_case(site, writer):
    browser = site.browse()
    for name in ("wang", "WANG", "Wang", " wAng", "wang "):
        sign_in(browser, name, "wrong")
    assert sign_in(browser).status == 429


def test_tries_while_locked_do_not_lengthen_the_lock(site, writer):
    browser = site.browse()
    for _try in range(5):
        sign_in(browser, password="wrong")
    site.clock.advance(minutes=10)
    assert sign_in(browser, password="wrong").status == 429
    site.clock.advance(minutes=5)
    assert sign_in(browser).url == "/"


def test_another_name_is_not_locked_with_it(site, writer):
    with site.writing() as session:
        make_person(session, Role.REVIEWER, username="li", password=PASSWORD)
    browser = site.browse()
    for _try in range(5):
        sign_in(browser, password="wrong")
    assert sign_in(browser, "li").url == "/"


def test_one_address_may_fail_sixty_times_in_ten_minutes_over_all_names(site, writer):
    with site.writing() as session:
        for number in range(60):
            session.add(SignInFailure(name=f"name{number}", address="127.0.0.1", at=site.now))
    assert sign_in(site.browse()).status == 429
    site.clock.advance(minutes=10, seconds=1)
    assert sign_in(site.browse()).url == "/"


def test_a_right_sign_in_clears_the_count(site, writer):
    for _round in range(2):
        for _try in range(4):
            sign_in(site.browse(), password="wrong")
        assert sign_in(site.browse()).url == "/"


def test_an_unknown_name_takes_as_long_as_a_wrong_password(sqlite_site):
    site = sqlite_site
    with site.writing() as session:
        make_person(session, Role.WRITER, username="Wang", password=PASSWORD)

    def seconds(username):
        browser = site.browse()
        page = browser.get("/account/sign-in")
        started = time.thread_time()
        page.submit("登录", username=username, password="wrong")
        return time.thread_time() - started

    known = statistics.median(seconds("Wang") for _try in range(4))
    unknown = statistics.median(seconds(f"nobody{number}") for number in range(4))
    # This thread's own work, so a busy machine changes nothing.  Without the decoy an unknown name would cost less than half.
    assert unknown > known * 0.6


def test_a_closed_account_opens_nothing(site):
    with site.writing() as session:
        make_person(session, Role.WRITER, username="Wang", password=PASSWORD, is_active=False)
    assert sign_in(site.browse()).status == 422


def test_a_person_without_a_password_cannot_come_in_by_one(site):
    with site.writing() as session:
        make_person(session, Role.CANDIDATE, username="Wang")
    assert sign_in(site.browse(), password="x").status == 422


def test_signing_in_goes_on_to_the_page_that_was_asked_for(site, writer):
    page = site.browse().get("/profile")
    assert page.url == "/account/sign-in?next=/profile"
    assert "请登录后继续" in page.text or "登录" in page.text
    assert page.submit("登录", username="Wang", password=PASSWORD).url == "/profile"


@pytest.mark.parametrize(
    "target", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "javascript:1"]
)
def test_signing_in_never_leads_to_another_host(site, writer, target):
    browser = site.browse()
    page = browser.get("/account/sign-in", query={"next": target})
    form = page.form("登录")
    data = {"username": "Wang", "password": PASSWORD}
    token = next(e.get("value") for e in form.iter("input") if e.get("name") == "csrf_token")
    for url in (form.get("action"), "/account/sign-in?next=" + target):
        answer = browser.client.post(url, data={**data, "csrf_token": token})
        assert answer.headers.get("Location") in ("/", None), url
        if answer.status_code == 303:
            break
    else:
        pytest.fail("not signed in")


def test_whoever_is_in_already_is_led_on(site, writer):
    browser = site.browse_as(writer)
    assert browser.get("/account/sign-in", query={"next": "/profile"}).url == "/profile"
    assert browser.get("/registration/sign-in").url == "/"


def test_what_was_planted_in_the_cookie_does_not_survive_signing_in(site, writer):
    browser = site.browse()
    page = browser.get("/account/sign-in")
    with browser.client.session_transaction() as cookie:
        cookie["planted"] = "by somebody else"
        before = cookie["csrf_token"]
    page.submit("登录", username="Wang", password=PASSWORD)
    with browser.client.session_transaction() as cookie:
        assert "planted" not in cookie
        assert cookie.get("csrf_token") != before


def test_the_cookie_holds_a_token_whose_hash_alone_is_kept(site, writer):
    browser = site.browse()
    sign_in(browser)
    with browser.client.session_transaction() as cookie:
        token = cookie["_user_id"]
    with site.reading() as session:
        row = session.scalars(select(Login).order_by(Login.id.desc()).limit(1)).one()
    assert token not in row.token_hash
    assert len(row.token_hash) == 64
    header = browser.seen[1].response.history[0].headers["Set-Cookie"]
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header


def test_signing_out_ends_the_login_itself_not_only_the_cookie(site, writer):
    browser = site.browse()
    page = sign_in(browser)
    with browser.client.session_transaction() as cookie:
        stolen = dict(cookie)
    page.submit("退出登录")
    thief = site.browse()
    with thief.client.session_transaction() as cookie:
        cookie.update(stolen)
    assert thief.get("/profile").url.startswith("/account/sign-in")


def test_staff_who_do_nothing_for_fifteen_minutes_are_out(site, writer):
    browser = site.browse_as(writer)
    for _step in range(3):
        site.clock.advance(minutes=14)
        assert browser.get("/profile").url == "/profile"
    site.clock.advance(minutes=15, seconds=1)
    assert browser.get("/profile").url.startswith("/account/sign-in")


def test_no_login_lives_longer_than_twelve_hours(site, writer):
    browser = site.browse_as(writer)
    for _step in range(12 * 6):
        site.clock.advance(minutes=10)
        assert browser.get("/profile").url == "/profile"
    site.clock.advance(minutes=1)
    assert browser.get("/profile").url.startswith("/account/sign-in")


def test_every_try_is_recorded_and_no_record_holds_what_was_typed(site, writer):
    browser = site.browse()
    sign_in(browser, "typed-by-mistake-password", "another-secret")
    sign_in(browser)
    with site.reading() as session:
        rows = session.scalars(select(AuditRecord).order_by(AuditRecord.sequence)).all()
        failures = session.scalar(select(func.count()).select_from(SignInFailure))
    assert [row.act for row in rows][-2:] == ["login.refused", "login.start"]
    assert not re.search("typed-by-mistake|another-secret", " ".join(str(row.detail) for row in rows))
    assert failures == 1


def test_a_sign_in_form_from_elsewhere_is_refused(site, writer):
    answer = site.browse().client.post("/account/sign-in", data={"username": "Wang", "password": PASSWORD})
    assert answer.status_code == 400


def test_a_page_from_before_the_sign_in_says_how_to_go_on(site):
    with site.writing() as session:
        make_person(session, Role.WRITER, username="Wang", password=PASSWORD)
    browser = site.browse()
    old = browser.get("/account/sign-in")
    sign_in(browser)
    refused = old.submit("登录", username="Wang", password=PASSWORD)
    assert refused.status == 400
    assert "未保存任何内容" in refused.text
    assert refused.follow("重新打开此页").status == 200


def test_a_button_without_a_page_of_its_own_leads_to_the_first_page(site):
    with site.writing() as session:
        make_person(session, Role.WRITER, username="Wang", password=PASSWORD)
    browser = site.browse()
    sign_in(browser)
    refused = browser.post("/account/sign-out", {})
    assert refused.status == 400
    assert refused.link("返回首页") == "/"
