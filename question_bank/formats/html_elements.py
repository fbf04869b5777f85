"""HTML parsed, and the names of its elements and of QTI's, the same for all versions."""

from __future__ import annotations

from lxml import etree

from question_bank.formats.unsupported import Unsupported
from question_bank.formats.xml_parts import local_name

#: So long may one text be, in characters.
LONGEST = 100_000


def parsed(html: str) -> etree._Element:
    """The body of a fragment of HTML, read with entities, network and huge trees off."""
    if len(html) > 40 * LONGEST and "base64," not in html:
        raise Unsupported("text-too-long", "文字过长。请拆分。")
    parser = etree.HTMLParser(no_network=True, remove_comments=True, remove_pis=True, encoding="utf-8")
    try:
        root = etree.fromstring(f"<html><body>{html}</body></html>".encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unsupported("html-broken", "网页文字无法解析。请在原系统中重新录入。") from error
    body = next((child for child in root if local_name(child) == "body"), None) if root is not None else None
    if body is None:
        raise Unsupported("html-broken", "网页文字无法解析。请在原系统中重新录入。")
    return body


def plain_name(element: etree._Element) -> str:
    """The name without namespace, prefix, `qti-`, hyphens and underscores, in lower case: that of all versions of QTI and of HTML."""
    return plain_tag(local_name(element))


def plain_tag(name: str) -> str:
    """The plain name of a name without its prefix."""
    return name.lower().removeprefix("qti-").replace("-", "").replace("_", "")


def rows_of(table: etree._Element) -> list[etree._Element]:
    """The rows of a table, of its head, bodies and foot alike."""
    found: list[etree._Element] = []
    for child in table:
        if local_name(child) == "tr":
            found.append(child)
        elif local_name(child) in ("thead", "tbody", "tfoot"):
            found.extend(row for row in child if local_name(row) == "tr")
    return found
