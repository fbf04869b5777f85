"""A client that goes through the door as a person does, and checks every page it fetches.

A page fails its test when it is not valid HTML, repeats an id, has an unlabelled field, a posting form without CSRF
token, no or more than one h1, or a title that a page of another endpoint has.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
from flask import Flask
from werkzeug.test import TestResponse

#: Titles met in this run, with the endpoint that first had them.
_TITLES: dict[str, str] = {}
_FIELDS = {"input", "select", "textarea"}
_UNLABELLED_TYPES = {"hidden", "submit", "button", "reset", "image"}


class BadPage(AssertionError):
    """A page that a person or a browser would stumble over."""


@dataclass
class Page:
    """One answer.  `form(…)` finds a form; `submit` fills and posts it as a browser would."""

    browse: Browse
    response: TestResponse
    url: str
    document: Element | None = None

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def text(self) -> str:
        """What a person reads, white space folded."""
        assert self.document is not None, f"{self.url} is not a page: {self.response.data[:200]!r}"
        return re.sub(r"\s+", " ", " ".join(_texts(self.document))).strip()

    @property
    def json(self) -> Any:
        return self.response.get_json()

    @property
    def title(self) -> str:
        return text_of(self.find_all("title")[0])

    @property
    def heading(self) -> str:
        return text_of(self.find_all("h1")[0])

    def find_all(self, tag: str, **attributes: str) -> list[Element]:
        """Every element of this tag with these attributes (class_ matches one of the classes)."""
        assert self.document is not None
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [e for e in self.document.iter(tag) if all(_has(e, n, v) for n, v in wanted.items())]

    def link(self, text: str) -> str:
        """The address of the link with this text."""
        for anchor in self.find_all("a"):
            if text in text_of(anchor) or text == anchor.get("aria-label"):
                return anchor.get("href", "")
        raise AssertionError(
            f"no link {text!r} on {self.url}; links: {[text_of(a) for a in self.find_all('a')]}"
        )

    def follow(self, text: str) -> Page:
        return self.browse.get(self.link(text))

    def form(self, button: str) -> Element:
        """The form that has a button of this text."""
        for form in self.find_all("form"):
            if any(button in _button_text(b) for b in _buttons(form)):
                return form
        raise AssertionError(f"no form with button {button!r} on {self.url}; page says: {self.text[:600]}")

    def submit(self, button: str, /, _files: dict[str, Any] | None = None, **values: Any) -> Page:
        """Fill the form that this button belongs to and press it.  A value may be a list; None leaves a field out."""
        form = self.form(button)
        data: dict[str, Any] = form_values(form)
        for name in values:
            if name not in {e.get("name") for e in form.iter() if e.tag in _FIELDS or e.tag == "button"}:
                raise AssertionError(
                    f"the form {button!r} on {self.url} has no field {name!r}: {sorted(data)}"
                )
        data.update(values)
        elsewhere = ""
        for pressed in _buttons(form):
            if button in _button_text(pressed):
                elsewhere = pressed.get("formaction", elsewhere)
                if pressed.get("name"):
                    data[pressed.get("name", "")] = pressed.get("value", "")
        data = {name: value for name, value in data.items() if value is not None}
        data.update(_files or {})
        target = elsewhere or form.get("action") or self.url
        if form.get("method", "get").lower() == "get":
            return self.browse.get(target, query=data)
        return self.browse.post(target, data)


@dataclass
class Browse:
    """One browser: cookies, and the pages it has seen."""

    app: Flask
    client: Any = None
    seen: list[Page] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = self.app.test_client()

    def get(
        self, url: str, *, query: dict[str, Any] | None = None, headers: dict[str, str] | None = None
    ) -> Page:
        """Go to a page, following redirects."""
        return self._page(
            self.client.get(url, query_string=query, headers=headers, follow_redirects=True), url
        )

    def post(self, url: str, data: dict[str, Any]) -> Page:
        """Post a form, following redirects."""
        response = self.client.post(url, data=data, follow_redirects=True, content_type="multipart/form-data")
        return self._page(response, url)

    def post_json(self, url: str, value: Any, headers: dict[str, str] | None = None) -> Page:
        """Post JSON, as our scripts do."""
        return self._page(self.client.post(url, json=value, headers=headers), url)

    def _page(self, response: TestResponse, asked: str) -> Page:
        request = response.request
        url = request.path + (f"?{request.query_string.decode()}" if request.query_string else "") or asked
        page = Page(self, response, url)
        self.seen.append(page)
        if page.status == 500:
            raise BadPage(f"{url} broke; the log above says how")
        if response.mimetype == "text/html":
            page.document = parse(response.get_data(as_text=True), url)
            check(page, _endpoint(self.app, request.path, request.method))
        return page


def parse(html: str, url: str = "") -> Element:
    """The document; BadPage where a strict HTML5 parser objects."""
    parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
    document = parser.parse(html)
    # The strict parser knows nothing of elements inside SVG in templates; its other objections are real.
    errors = [e for e in parser.errors if e[1] not in {"non-void-element-with-trailing-solidus"}]
    if errors:
        (line, column), code, detail = errors[0]
        around = html.splitlines()[line - 1][max(0, column - 120) : column + 40]
        raise BadPage(f"{url}: not valid HTML: {code} {detail} in line {line}: …{around}…")
    return document


def check(page: Page, endpoint: str) -> None:
    """Everything that must hold of every page."""
    document = page.document
    assert document is not None

    def fault(message: str) -> None:
        raise BadPage(f"{page.url}: {message}")

    ids = [e.get("id") for e in document.iter() if e.get("id") is not None]
    if repeated := {i for i in ids if ids.count(i) > 1}:
        fault(f"repeated ids {sorted(filter(None, repeated))}")
    if len(page.find_all("h1")) != 1:
        fault(f"{len(page.find_all('h1'))} h1 headings")
    if not (page.find_all("html")[0].get("lang") or ""):
        fault("no language")
    for leak in ("<built-in", "<bound method", "<function", " object at 0x", "Undefined"):
        if leak in page.text:
            fault(f"a thing of the code on the page: {leak}")
    labelled = {label.get("for") for label in page.find_all("label")}
    inside_labels = {id(e) for label in page.find_all("label") for e in label.iter()}
    for element in document.iter():
        if element.tag in _FIELDS and element.get("type") not in _UNLABELLED_TYPES:
            named = element.get("aria-label") or element.get("aria-labelledby")
            if not (named or element.get("id") in labelled or id(element) in inside_labels):
                fault(f"unlabelled field {element.get('name')!r}")
        for reference in ("aria-labelledby", "aria-describedby", "aria-controls"):
            for target in (element.get(reference) or "").split():
                if target not in ids:
                    fault(f"{reference} names {target!r}, which is not on the page")
        for attribute in ("src", "href", "action"):
            address = element.get(attribute) or ""
            if element.tag != "a" and (
                address.startswith("//") or urlsplit(address).scheme in ("http", "https")
            ):
                fault(f"{element.tag} reaches another host: {address}")
        if element.get("style") or any(str(name).startswith("on") for name in element.attrib):
            fault(f"inline style or script on {element.tag}")
        if element.tag == "script" and not element.get("src") and element.get("type") != "application/json":
            fault("inline script")
    for form in page.find_all("form"):
        if form.get("method", "get").lower() == "post":
            names = {e.get("name") for e in form.iter("input")}
            if "csrf_token" not in names:
                fault(f"form without CSRF token: {form.get('action')}")
    title = text_of(page.find_all("title")[0]) if page.find_all("title") else ""
    if not title:
        fault("no title")
    if page.status < 400 and endpoint:
        other = _TITLES.setdefault(title, endpoint)
        if other != endpoint:
            fault(f"title {title!r} is also that of {other}")


def form_values(form: Element) -> dict[str, Any]:
    """What a browser would send of an untouched form."""
    values: dict[str, Any] = {}

    def put(name: str, value: str) -> None:
        if name in values:
            before = values[name]
            values[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            values[name] = value

    for element in form.iter():
        name = element.get("name")
        if not name or "disabled" in element.attrib:
            continue
        if element.tag == "input":
            kind = element.get("type", "text")
            if kind in ("checkbox", "radio"):
                if "checked" in element.attrib:
                    put(name, element.get("value", "on"))
            elif kind not in ("submit", "button", "file", "image", "reset"):
                put(name, element.get("value", ""))
        elif element.tag == "textarea":
            put(name, "".join(element.itertext()).removeprefix("\n"))
        elif element.tag == "select":
            options = list(element.iter("option"))
            chosen = [o for o in options if "selected" in o.attrib]
            if not chosen and "multiple" not in element.attrib:
                chosen = options[:1]
            for option in chosen:
                put(name, option.get("value", text_of(option)))
    return values


def text_of(element: Element) -> str:
    """The text inside an element, white space folded."""
    return re.sub(r"\s+", " ", "".join(element.itertext())).strip()


def data_block(page: Page, id_: str) -> Any:
    """The JSON of a data block on the page."""
    return json.loads("".join(page.find_all("script", id=id_)[0].itertext()))


def _texts(element: Element) -> list[str]:
    if element.tag in ("script", "style", "template"):
        return []
    parts = [element.text or ""]
    for child in element:
        parts.extend(_texts(child))
        parts.append(child.tail or "")
    return parts


def _buttons(form: Element) -> list[Element]:
    return [e for e in form.iter() if e.tag == "button" or (e.tag == "input" and e.get("type") == "submit")]


def _button_text(button: Element) -> str:
    return button.get("value", "") if button.tag == "input" else text_of(button)


def _has(element: Element, name: str, value: str) -> bool:
    if name == "class":
        return value in (element.get("class") or "").split()
    return element.get(name) == value


def _endpoint(app: Flask, path: str, method: str) -> str:
    adapter = app.url_map.bind("localhost")
    try:
        endpoint, _ = adapter.match(path, method=method)
    except Exception:
        return ""
    # POST and GET of one page may be two endpoints; the title speaks for the page that is shown.
    return str(endpoint) if method == "GET" else ""
