"""The body of an item, taken apart: texts, what is asked between them, and where our own parts begin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from question_bank.formats.html_elements import plain_name
from question_bank.formats.qti.names import attribute, descendants
from question_bank.formats.rich import MATERIAL_CLASS
from question_bank.formats.unsupported import Unsupported

#: Classes under which our own writer marks what QTI has no element for.
PART_CLASS = "examsite-part"
ANSWER_CLASS = "examsite-answer"

INLINE = frozenset({"textentryinteraction", "inlinechoiceinteraction"})
BLOCK = frozenset({"choiceinteraction", "extendedtextinteraction"})
NOT_HELD = {
    "matchinteraction": "匹配题", "orderinteraction": "排序题", "associateinteraction": "配对题",
    "gapmatchinteraction": "拖放填空", "graphicgapmatchinteraction": "图上填空", "hottextinteraction": "热点文字题",
    "hotspotinteraction": "图上点选题", "selectpointinteraction": "图上定点题", "graphicorderinteraction": "图上排序题",
    "graphicassociateinteraction": "图上配对题", "positionobjectinteraction": "拖放定位题", "sliderinteraction": "滑块题",
    "drawinginteraction": "绘图题", "uploadinteraction": "上传题", "mediainteraction": "媒体题",
    "endattemptinteraction": "提示按钮", "custominteraction": "自定义交互", "portablecustominteraction": "自定义交互",
}  # fmt: skip
_WRAPPERS = frozenset({"div", "section", "contentbody", "article", "blockquote", "main", "fieldset"})
_MOST_INTERACTIONS = 50


@dataclass(slots=True)
class Chunk:
    """A stretch of the body: its texts, the interactions in it, and the model answer beside it."""

    texts: list[etree._Element] = field(default_factory=list)
    interactions: list[etree._Element] = field(default_factory=list)
    rubrics: list[etree._Element] = field(default_factory=list)

    @property
    def has_blanks(self) -> bool:
        return any(plain_name(one) in INLINE for one in self.interactions)

    @property
    def asks_block(self) -> bool:
        return any(plain_name(one) in BLOCK for one in self.interactions)


@dataclass(slots=True)
class Body:
    """stem: what stands before all parts, or all there is where nothing is divided."""

    material: list[etree._Element]
    stem: Chunk
    parts: list[Chunk]


def taken_apart(body: etree._Element) -> Body:
    """The body's material, stem and parts.  Raises Unsupported for an interaction that no draft can hold."""
    for element in descendants(body, *NOT_HELD):
        raise Unsupported(
            "interaction-not-held", f"本系统没有“{NOT_HELD[plain_name(element)]}”。原文已保留。"
        )
    if sum(1 for _ in descendants(body, *INLINE, *BLOCK)) > _MOST_INTERACTIONS:
        raise Unsupported("too-many-answers", f"作答处超过 {_MOST_INTERACTIONS} 个。请拆分。")
    material: list[etree._Element] = []
    whole, parts = Chunk(), []
    order: list[etree._Element] = []
    for element in _blocks(body, 0):
        classes = attribute(element, "class").split()
        if MATERIAL_CLASS in classes:
            material.append(element)
        elif PART_CLASS in classes:
            part = Chunk()
            for inner in _blocks(element, 0):
                _add(part, inner)
            parts.append(part)
        else:
            order.append(element)
            _add(whole, element)
    if not parts and (len(_block_interactions(whole)) > 1 or (whole.asks_block and whole.has_blanks)):
        stem, parts = _divided(order)
        return Body(material, stem, parts)
    return Body(material, whole, parts)


def _block_interactions(chunk: Chunk) -> list[etree._Element]:
    return [one for one in chunk.interactions if plain_name(one) in BLOCK]


def _blocks(element: etree._Element, depth: int) -> Iterator[etree._Element]:
    """The blocks of a body; wrappers around interactions are opened, loose text gets a paragraph."""
    if depth > 30:
        raise Unsupported("html-too-deep", "内容嵌套过深。请在原系统中简化后重新导出。")
    if (element.text or "").strip():
        yield _paragraph(element.text or "")
    for one in element:
        if not plain_name(one):
            continue
        classes = attribute(one, "class").split()
        is_ours = MATERIAL_CLASS in classes or PART_CLASS in classes
        if plain_name(one) in _WRAPPERS and not is_ours and _asks_in_blocks(one):
            yield from _blocks(one, depth + 1)
        else:
            yield one
        if (one.tail or "").strip():
            yield _paragraph(one.tail or "")


def _asks_in_blocks(element: etree._Element) -> bool:
    return next(descendants(element, *BLOCK), None) is not None


def _paragraph(text: str) -> etree._Element:
    made = etree.Element("p")
    made.text = text
    return made


def _add(chunk: Chunk, element: etree._Element) -> None:
    name = plain_name(element)
    if name in BLOCK:
        chunk.interactions.append(element)
    elif name == "rubricblock":
        is_for_candidate = "candidate" in attribute(element, "view", "candidate").split()
        (chunk.texts if is_for_candidate else chunk.rubrics).append(element)
    else:
        inside = list(descendants(element, *INLINE, *BLOCK))
        if any(plain_name(one) in BLOCK for one in inside):
            raise Unsupported("interaction-inside-text", "选择或问答出现在段落或表格之中，不能导入。")
        chunk.interactions.extend(inside)
        if ANSWER_CLASS not in attribute(element, "class").split():
            chunk.texts.append(element)


def _divided(elements: list[etree._Element]) -> tuple[Chunk, list[Chunk]]:
    """Stem and parts of an item with several interactions: each takes the texts before it.

    The first takes its last paragraph only, or none where it has a prompt: what is above belongs to all.
    """
    stem, waiting = Chunk(), Chunk()
    parts: list[Chunk] = []
    for element in elements:
        _add(waiting, element)
        if not waiting.interactions:
            continue
        if not parts:
            is_prompted = next(descendants(element, "prompt"), None) is not None
            kept = 0 if is_prompted else 1
            cut = len(waiting.texts) - kept
            stem.texts, waiting.texts = waiting.texts[:cut], waiting.texts[cut:]
        parts.append(waiting)
        waiting = Chunk()
    if parts:
        parts[-1].texts.extend(waiting.texts)
        parts[-1].rubrics.extend(waiting.rubrics)
    return stem, parts
