"""What holds of every page: nothing from elsewhere, its headers, its Chinese, and the English beside it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from flask_babel import force_locale, gettext

from examsite.access.permissions import Permission, Role
from examsite.pages import CONTENT_SECURITY_POLICY, safe_next
from examsite.translations.__main__ import catalogues, missing
from tests.factories import make_person

ROOT = Path(__file__).resolve().parent.parent
TEMPLATES = sorted((ROOT / "examsite").rglob("*.html"))
STATIC = sorted(p for p in (ROOT / "static").rglob("*") if p.suffix in {".css", ".js", ".svg"})
#: A scheme, or an address that borrows the page's.  Names of XML vocabularies are fetched by nobody.
ELSEWHERE = re.compile(r"(?:https?|wss?|ftp):(?://|\\/\\/)(?!www\.w3\.org/)|[\"'(=]\s*//\w", re.IGNORECASE)
#: Places that the page fills in for the Chinese alone.
ONLY_IN_CHINESE = {
    "%(number)s. %(english)s (%(count)s questions, %(each)s points each, %(total)s points)": {
        "kind",
        "numeral",
    },
    "%(number)s. %(english)s (%(count)s questions, %(total)s points)": {"kind", "numeral"},
}
#: |safe only where the template itself, or a translation, wrote what is let through.
WRITTEN_BY_US = {
    "templates/components/icons.html": 1,
    "authoring/templates/authoring/import.html": 1,
    "authoring/templates/authoring/review_queue.html": 1,
}
PUBLIC = ["/", "/about", "/account/sign-in", "/registration/sign-in"]
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.mark.parametrize("path", [*TEMPLATES, *STATIC], ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_template_script_or_style_names_another_host(path):
    assert ELSEWHERE.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "text",
    ['src="//cdn.example/x.js"', "url(https://x.example)", "fetch('HTTP://x.example')", "ws://x.example"],
)
def test_another_host_would_be_found(text):
    assert ELSEWHERE.search(text)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_template_holds_inline_script_or_style_or_unescaped_text(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=|<style|\son[a-z]+\s*=\s*[\"']|javascript:", text, re.IGNORECASE)
    scripts = re.findall(r"<script\b[^>]*>", text)
    assert all("src=" in tag or 'type="application/json"' in tag for tag in scripts)
    name = path.relative_to(ROOT / "examsite").as_posix()
    assert len(re.findall(r"\|\s*safe\b", text)) <= WRITTEN_BY_US.get(name, 0)


@pytest.mark.parametrize("url", [*PUBLIC, "/no-such-page"])
def test_public_pages_are_valid_and_protected(site, url):
    page = site.browse().get(url)
    headers = page.response.headers
    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert page.find_all("html")[0].get("lang") == "zh-CN"


def test_errors_and_json_are_protected_too(site):
    for url in ("/healthz", "/account/sign-out", "/admin/audit"):
        answer = site.browse().client.get(url)
        assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY, url


def test_cookies_travel_over_encrypted_connections_only_in_production(tmp_path):
    from dataclasses import replace

    from examsite.app import create_app
    from tests.conftest import test_config as config_of_tests

    config = replace(config_of_tests(f"sqlite:///{tmp_path}/x.db"), plain_http=False)
    client = create_app(config).test_client()
    answer = client.get("/language/en", base_url="https://localhost")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"]


def test_static_files_are_kept_under_their_digest_and_no_longer(site):
    page = site.browse().get("/")
    sheets = [link.get("href") for link in page.find_all("link", rel="stylesheet")]
    own = next(href for href in sheets if href.startswith("/static/"))
    client = site.browse().client
    with client.get(own) as digested, client.get(own.partition("?")[0]) as plain:
        assert "immutable" in digested.headers["Cache-Control"]
        assert plain.headers["Cache-Control"] == "public, no-cache"


def test_every_sentence_has_its_chinese():
    assert missing() == []


def test_a_sentence_has_one_chinese():
    """Catalogues are merged, the later over the earlier: two translations of one sentence would depend on the order."""
    found: dict[object, dict[object, str]] = {}
    for path in catalogues():
        with path.open("rb") as source:
            for message in read_po(source, locale="zh"):
                if message.id:
                    found.setdefault(message.id, {})[message.string] = str(path.relative_to(ROOT))
    assert {key: texts for key, texts in found.items() if len(texts) > 1} == {}


def test_chinese_keeps_the_places_of_its_sentence():
    for path in catalogues():
        with path.open("rb") as source:
            for message in read_po(source, locale="zh"):
                ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
                texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
                wanted = set(re.findall(r"%\((\w+)\)[a-z.0-9+]*", str(ids[-1]))) | ONLY_IN_CHINESE.get(
                    ids[0], set()
                )
                for text in texts:
                    assert set(re.findall(r"%\((\w+)\)[a-z.0-9+]*", text)) <= wanted, (path, ids)


def test_permissions_have_their_chinese(sqlite_site):
    with sqlite_site.app.test_request_context(), force_locale("zh"):
        assert [p for p in Permission if not CHINESE.search(gettext(p.value))] == []


@pytest.mark.parametrize("url", PUBLIC)
def test_public_pages_speak_english_to_whoever_asks(site, url):
    browser = site.browse()
    browser.client.set_cookie("language", "en")
    page = browser.get(url)
    assert page.find_all("html")[0].get("lang") == "en"
    # The way back is named in its own language.
    assert CHINESE.sub("", page.text.replace("中文", "")) == page.text.replace("中文", "")


@pytest.mark.parametrize(
    ("role", "urls"),
    [
        (
            Role.SYSTEM_ADMINISTRATOR,
            ["/", "/admin/people", "/admin/people/new", "/admin/system", "/admin/roles"],
        ),
        (Role.AUDIT_ADMINISTRATOR, ["/", "/admin/audit", "/profile"]),
        (Role.WRITER, ["/", "/bank/", "/account/password"]),
        (Role.STAFF, ["/", "/plans/"]),
    ],
)
def test_staff_pages_speak_english_to_whoever_asks(site, role, urls):
    with site.writing() as session:
        person = make_person(session, role, name="Sample Person")
    browser = site.browse_as(person)
    browser.client.set_cookie("language", "en")
    for url in urls:
        page = browser.get(url)
        assert page.status == 200
        words = page.text.replace("中文", "").replace("样例认定中心", "")
        assert not CHINESE.search(words), (url, CHINESE.findall(words))


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/bank/?page=2", "/bank/?page=2"),
        ("https://x.example/", None),
        ("//x.example", None),
        ("/\\x.example", None),
        ("/\t/x.example", None),
        ("/a\r\nSet-Cookie: x", None),
        ("bank", None),
        ("", None),
        (None, None),
    ],
)
def test_only_a_path_of_this_site_is_gone_on_to(target, path):
    assert safe_next(target) == path
