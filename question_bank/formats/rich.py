"""Texts in the text formats of Moodle (HTML, automatic, plain, Markdown), and material that stands above a stem."""

from __future__ import annotations

import re

from lxml import etree
from markdown_it import MarkdownIt

from question_bank.formats.html import Fragment, Hook, from_element, from_html, from_plain
from question_bank.formats.html_elements import parsed
from question_bank.formats.html_writing import PictureAddress, blocks
from question_bank.formats.media import Media
from question_bank.formats.unsupported import Unsupported
from question_bank.formats.xml_parts import local_name

#: The class of the element in which material travels.
MATERIAL_CLASS = "examsite-material"

_LOOKS_LIKE_HTML = re.compile(
    r"</?(?:p|br|b|i|u|em|strong|span|div|img|table|tr|td|th|ul|ol|li|sub|sup|math|a|script|iframe|object|style|h[1-6]|pre)"
    r"(?:\s[^<>]*)?/?>|&(?:#\d+|#x[0-9a-f]+|nbsp|lt|gt|amp|quot);",
    re.IGNORECASE,
)
_MARKDOWN = MarkdownIt("commonmark", {"html": True, "maxNesting": 20}).enable("table")
_LONGEST_MARKDOWN = 50_000


def formatted(text: str, how: str, media: Media, hook: Hook | None = None) -> Fragment:
    """A text of Moodle.  how: html, moodle (line breaks count, tags work), plain or markdown.

    Plain texts are taken as they stand; their dollars are dollars.
    """
    if how == "plain" or (how == "moodle" and not _LOOKS_LIKE_HTML.search(text)):
        return from_plain(text)
    return from_html(as_html(text, how), media, hook)


def as_html(text: str, how: str) -> str:
    """The text of Moodle as HTML."""
    if how == "markdown":
        if len(text) > _LONGEST_MARKDOWN:
            raise Unsupported("text-too-long", "文字过长。请拆分。")
        return str(_MARKDOWN.render(text))
    return re.sub(r"\r\n|\r|\n", "<br>", text.strip()) if how == "moodle" else text


def with_material(html: str, media: Media, hook: Hook | None = None) -> tuple[Fragment, Fragment]:
    """(material, stem) of HTML that may hold our material; material is empty where there is none."""
    if MATERIAL_CLASS not in html:
        return Fragment(""), from_html(html, media, hook)
    body = parsed(html)
    first = next((child for child in body if local_name(child) == "div"), None)
    if first is None or MATERIAL_CLASS not in first.get("class", "").split():
        return Fragment(""), from_element(body, media, hook)
    material = from_element(first, media)
    body.text = f"{body.text or ''}{first.tail or ''}"
    body.remove(first)
    return material, from_element(body, media, hook)


def material_html(material: str, picture: PictureAddress) -> str:
    """The material as HTML in an element of its own; "" where there is none."""
    return f'<div class="{MATERIAL_CLASS}">{blocks(material, picture)}</div>' if material else ""


def stripped(html: str) -> str:
    """HTML without its tags, entities resolved: for short answers, where nothing else can be meant."""
    if "<" not in html and "&" not in html:
        return html.strip()
    body: etree._Element = parsed(html)
    return "".join(map(str, body.itertext())).strip()
