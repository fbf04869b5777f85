"""QTI 1.2: multiple choice, true/false, fill in the blank and essay of `questestinterop`; the rest is kept apart."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from decimal import Decimal

from lxml import etree

from question_bank.formats import drafting, xml_parts
from question_bank.formats.drafting import Asked
from question_bank.formats.gathering import Gathering, Item
from question_bank.formats.html import from_html
from question_bank.formats.html_elements import plain_name
from question_bank.formats.imports import LONGEST_RAW
from question_bank.formats.media import Media
from question_bank.formats.metadata import Metadata, decimal
from question_bank.formats.moodle.questions import one_blank
from question_bank.formats.qti.names import attribute, children, descendants, text_of
from question_bank.formats.rich import formatted
from question_bank.formats.unsupported import Unsupported
from question_bank.questions.model import BLANK_MARK, Quantity

_ASKING = ("responselid", "responsestr", "responsenum", "responsexy", "responsegrp")
_MOST = 1_000


def read_all(gathering: Gathering, path: str, root: etree._Element) -> None:
    """Every item of a file of QTI 1.2."""
    for section in list(descendants(root, "assessment", "section"))[:_MOST]:
        part = gathering.item(path, "试卷的一部分", attribute(section, "ident"))
        part.title = attribute(section, "title")
        gathering.skip(part, "section-left-out", "试卷的这一部分未导入，其中的试题已逐题读取。")
    for element in descendants(root, "item"):
        item = gathering.item(path, "QTI 1.2 试题", " ".join(attribute(element, "ident").split()))
        item.title = attribute(element, "title")
        gathering.media.base = posixpath.dirname(path)
        try:
            asked = _Item12(element, item, gathering.media, gathering.option_ids(item)).asked()
        except Unsupported as reason:
            item.raw = xml_parts.source(element, LONGEST_RAW)
            gathering.quarantine(item, reason)
            continue
        gathering.accept(item, asked.as_question(), asked.key)


class _Item12:
    def __init__(self, element: etree._Element, item: Item, media: Media, option_ids: Iterator[str]) -> None:
        self._element, self._item, self._media, self._option_ids = element, item, media, option_ids
        self._texts: list[str] = []
        self._responses: list[etree._Element] = []

    def asked(self) -> Asked:
        presentation = next(children(self._element, "presentation"), None)
        if presentation is None:
            raise Unsupported("body-missing", "试题没有正文（presentation）。")
        self._walk(presentation, 0)
        stem = "\n".join(text for text in self._texts if text)
        explanation = self._explanation()
        if not self._responses:
            raise Unsupported("nothing-asked", "内容没有作答处，是说明文字，不是试题。")
        names = {plain_name(response) for response in self._responses}
        if names == {"responselid"} and len(self._responses) == 1:
            return self._choice(self._responses[0], stem, explanation)
        if names <= {"responsestr", "responsenum"}:
            return self._entered(stem, explanation)
        raise Unsupported(
            "interaction-not-held", "本系统没有这种作答方式（多个选择、点选坐标等）。原文已保留。"
        )

    def _walk(self, element: etree._Element, depth: int) -> None:
        if depth > 30:
            raise Unsupported("html-too-deep", "内容嵌套过深。请在原系统中简化后重新导出。")
        for one in element:
            name = plain_name(one)
            if name == "material":
                self._texts.append(self._material(one))
            elif name in _ASKING:
                self._responses.append(one)
                self._texts.extend(self._material(material) for material in children(one, "material"))
                if (
                    name in ("responsestr", "responsenum")
                    and next(descendants(one, "renderfib"), None) is not None
                ):
                    self._texts.append(BLANK_MARK)
                for choice in descendants(one, "renderhotspot", "renderslider", "renderextension"):
                    raise Unsupported(
                        "interaction-not-held", f"本系统没有这种作答方式（{plain_name(choice)}）。"
                    )
            elif name in ("flow", "flowmat"):
                self._walk(one, depth + 1)

    def _material(self, material: etree._Element) -> str:
        """The text of a material: plain, HTML, or a picture."""
        pieces: list[str] = []
        for one in material.iter():
            name = plain_name(one)
            if name in ("mattext", "matemtext"):
                text = "".join(map(str, one.itertext()))
                is_html = "html" in attribute(one, "texttype")
                fragment = from_html(text, self._media) if is_html else formatted(text, "moodle", self._media)
                pieces.append(self._item.text(fragment))
            elif name == "matimage":
                pieces.append(self._media.reference(attribute(one, "uri"), attribute(one, "label")))
            elif name in ("mataudio", "matvideo", "matapplet", "matapplication", "matextension"):
                raise Unsupported("content-refused", "内容含有音频、视频或程序，不能导入。请在原系统中去掉。")
        return "\n".join(piece for piece in pieces if piece)

    def _choice(self, response: etree._Element, stem: str, explanation: str) -> Asked:
        labels = list(descendants(response, "responselabel"))
        if len(labels) > _MOST:
            raise Unsupported("too-many-options", f"有 {len(labels)} 个选项，过多。请减少选项。")
        several = attribute(response, "rcardinality", "Single").lower() != "single"
        identifiers = [attribute(label, "ident") for label in labels]
        contents = [
            "\n".join(self._material(one) for one in descendants(label, "material")) for label in labels
        ]
        right = [
            value for value in self._right(attribute(response, "ident"), several) if value in identifiers
        ]
        if not several and len(right) > 1:
            raise Unsupported("several-right-in-single", "单选题有几个选项都得满分，不能导入。请改为多选题。")
        places = [identifiers.index(value) for value in right]
        return drafting.choice(
            self._item,
            stem,
            contents,
            places,
            Metadata(),
            self._option_ids,
            several=several,
            explanation=explanation,
        )

    def _entered(self, stem: str, explanation: str) -> Asked:
        accepted = [self._right(attribute(one, "ident"), False) for one in self._responses]
        if len(self._responses) == 1 and not accepted[0]:
            text = stem.removesuffix(BLANK_MARK).strip() if stem.count(BLANK_MARK) == 1 else stem
            return drafting.written(self._item, text, self._solution(), Metadata(), explanation)
        if len(self._responses) == 1 and plain_name(self._responses[0]) == "responsenum":
            value = decimal(accepted[0][0])
            if value is not None and len(accepted[0]) == 1:
                return drafting.number(self._item, stem, Quantity(value), Metadata(), explanation)
        joined = stem.replace(f"\n{BLANK_MARK}", BLANK_MARK)
        if len(self._responses) == 1:
            joined = one_blank(self._item, joined)
        return drafting.blanks(self._item, joined, accepted, Metadata(), explanation)

    def _right(self, response: str, several: bool) -> list[str]:
        """The values that conditions with a positive score ask of a response, negated ones left out."""
        found: list[str] = []
        best = Decimal(0)
        for condition in list(descendants(self._element, "respcondition"))[:_MOST]:
            points = max(
                (decimal(text_of(one)) or Decimal(0) for one in children(condition, "setvar")),
                default=Decimal(0),
            )
            if points <= 0:
                continue
            values = [
                text_of(equal)
                for equal in descendants(condition, "varequal")
                if attribute(equal, "respident") == response and not _is_negated(equal, condition)
            ]
            if several and found and values:
                found.extend(values)
            elif points > best:
                if found:
                    self._item.note("partial-credit", "部分得分的设定未保留：本题按全对得分导入。")
                found, best = values or found, points if values else best
            elif points == best:
                found.extend(values)
            elif values:
                self._item.note("partial-credit", "部分得分的设定未保留：本题按全对得分导入。")
        return list(dict.fromkeys(found))

    def _explanation(self) -> str:
        texts: list[str] = []
        for feedback in descendants(self._element, "itemfeedback"):
            if next(descendants(feedback, "solution"), None) is None:
                texts.extend(self._material(one) for one in descendants(feedback, "material"))
        return "\n".join(dict.fromkeys(text for text in texts if text))

    def _solution(self) -> str:
        return "\n".join(
            self._material(one)
            for solution in descendants(self._element, "solution")
            for one in descendants(solution, "material")
        )


def _is_negated(element: etree._Element, until: etree._Element) -> bool:
    parent = element.getparent()
    while parent is not None and parent is not until:
        if plain_name(parent) == "not":
            return True
        parent = parent.getparent()
    return False
