"""The names of QTI in its versions.  Reading: one name for all (`choiceinteraction`).  Writing: camel case or kebab-case."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from lxml import etree

from question_bank.formats.html_elements import plain_name
from question_bank.formats.xml_parts import writable

_UPPER = re.compile(r"(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Version:
    """One version as we write it."""

    code: str
    number: str
    namespace: str
    package: str
    package_schema: tuple[str, str]
    templates: str
    item_type: str
    stimulus_type: str
    is_kebab: bool = False

    def tag(self, name: str) -> str:
        """`choiceInteraction`, or `qti-choice-interaction` in 3.0."""
        return f"qti-{_UPPER.sub('-', name).lower()}" if self.is_kebab else name

    def attribute(self, name: str) -> str:
        return _UPPER.sub("-", name).lower() if self.is_kebab else name

    def element(self, name: str, attributes: dict[str, str], content: str = "") -> str:
        """An element of QTI; content is markup already."""
        tag = self.tag(name)
        said = "".join(
            f' {self.attribute(key)}="{escape(writable(value))}"' for key, value in attributes.items()
        )
        return f"<{tag}{said}>{content}</{tag}>" if content else f"<{tag}{said}/>"

    def template(self, name: str) -> str:
        """The address of a response processing template."""
        return f"{self.templates}{name}{'.xml' if self.is_kebab else ''}"


V21 = Version(
    "qti21",
    "2.1",
    "http://www.imsglobal.org/xsd/imsqti_v2p1",
    "http://www.imsglobal.org/xsd/imscp_v1p1",
    ("QTIv2.1 Package", "1.0"),
    "http://www.imsglobal.org/question/qti_v2p1/rptemplates/",
    "imsqti_item_xmlv2p1",
    "",
)
V22 = Version(
    "qti22",
    "2.2",
    "http://www.imsglobal.org/xsd/imsqti_v2p2",
    "http://www.imsglobal.org/xsd/imscp_v1p1",
    ("QTIv2.2 Package", "1.0.0"),
    "http://www.imsglobal.org/question/qti_v2p2/rptemplates/",
    "imsqti_item_xmlv2p2",
    "imsqti_stimulus_xmlv2p2",
)
V30 = Version(
    "qti30",
    "3.0",
    "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
    "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1",
    ("QTI Package", "3.0.0"),
    "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/",
    "imsqti_item_xmlv3p0",
    "imsqti_stimulus_xmlv3p0",
    is_kebab=True,
)


def attribute(element: etree._Element, name: str, default: str = "") -> str:
    """An attribute by its plain name (`responseidentifier`), however the version spells it."""
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2].replace("-", "").replace("_", "").lower() == name:
            return str(value)
    return default


def children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """The child elements of these plain names."""
    return (child for child in element if isinstance(child.tag, str) and plain_name(child) in names)


def child(element: etree._Element, name: str) -> etree._Element | None:
    """The first child element of this plain name."""
    return next(children(element, name), None)


def descendants(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """The elements below, and the element itself, of these plain names, in their order."""
    return (one for one in element.iter() if isinstance(one.tag, str) and plain_name(one) in names)


def text_of(element: etree._Element | None) -> str:
    """All text of an element, outer white space cut."""
    return "" if element is None else "".join(map(str, element.itertext())).strip()
