"""Read Moodle XML: every `<question>` gets a number and a fate, categories become banks."""

from __future__ import annotations

import re
from dataclasses import replace

from lxml import etree

from question_bank.formats import xml_parts
from question_bank.formats.containers import check_size
from question_bank.formats.gathering import Gathering
from question_bank.formats.imports import LONGEST_RAW, Import, OptionIds, random_ids
from question_bank.formats.limits import DEFAULT_LIMITS, Limits, Unreadable
from question_bank.formats.metadata import Metadata, from_tags
from question_bank.formats.moodle.questions import Reading, asked
from question_bank.formats.unsupported import Unsupported
from question_bank.formats.xml_parts import local_name
from question_bank.outlines.tree import Outline

_CONTEXT = re.compile(r"\$\w+\$")
_SLASH = re.compile(r"(?<!/)/(?!/)")
_DEFAULT = re.compile(r"(?:Default for )(.+)|(.+)(?:的默认类别|的默认分类|默认类别)")
_NAMES = {
    "multichoice": "选择题", "truefalse": "判断题", "shortanswer": "填空题", "cloze": "完形填空",
    "multianswer": "完形填空", "numerical": "数值题", "essay": "论述题", "description": "说明文字", "matching": "匹配题",
}  # fmt: skip


def read(
    name: str,
    data: bytes,
    *,
    bank: str | None = None,
    outline: Outline | None = None,
    limits: Limits = DEFAULT_LIMITS,
    new_ids: OptionIds = random_ids,
) -> Import:
    """The questions of a Moodle XML file.  Raises Unreadable where it is none, broken or harmful."""
    check_size(data, limits)
    root = xml_parts.parse(name, data)
    if local_name(root) != "quiz":
        raise Unreadable("not-moodle", "这不是 Moodle 题库导出的 XML（根元素不是 quiz）。请检查文件。")
    gathering = Gathering(name, data, bank=bank, outline=outline, limits=limits, new_ids=new_ids)
    own_bank = ""
    own_tags: tuple[str, ...] = ()
    for element in root:
        if local_name(element) != "question":
            gathering.skip(
                gathering.item(name, local_name(element)[:40]), "content-unknown", "不是试题，已跳过。"
            )
            continue
        if element.get("type") == "category":
            own_bank, own_tags = _category(gathering, name, element)
            continue
        _question(gathering, name, element, own_bank, own_tags)
    return gathering.close()


def _category(gathering: Gathering, name: str, element: etree._Element) -> tuple[str, tuple[str, ...]]:
    path = (element.findtext("category/text") or "").strip()
    item = gathering.item(name, "分类")
    item.title = path
    gathering.used(item)
    return category(path)


def category(path: str) -> tuple[str, tuple[str, ...]]:
    """(题库名称, tags) of a category's path: its first own part, and those below it."""
    parts = [part.replace("//", "/").strip() for part in _SLASH.split(path)]
    if parts and _CONTEXT.fullmatch(parts[0]):
        parts = parts[1:]
    if parts and parts[0] == "top":
        parts = parts[1:]
    parts = [part for part in parts if part]
    if not parts:
        return "", ()
    default = _DEFAULT.fullmatch(parts[0])
    return (default[1] or default[2]) if default else parts[0], tuple(parts[1:])


def category_of(bank: str) -> str:
    """The path of the category for a bank."""
    return f"$course$/top/{bank.replace('/', '//')}" if bank else "$course$/top"


def _question(
    gathering: Gathering, name: str, element: etree._Element, bank: str, tags: tuple[str, ...]
) -> None:
    kind = element.get("type", "")
    said = _said(element, tags)
    external_id = " ".join((element.findtext("idnumber") or "").split())
    item = gathering.item(name, _NAMES.get(kind, f"题型 {kind[:30]}"), external_id)
    item.bank = bank
    item.title = element.findtext("name/text") or ""
    reading = Reading(element, item, gathering.media, said, gathering.option_ids(item))
    try:
        found = asked(reading)
        model_answer = reading.rich(element.find("graderinfo"))
    except Unsupported as reason:
        item.raw = xml_parts.source(element, LONGEST_RAW)
        gathering.quarantine(item, reason)
        return
    question = said.filed(found.as_question(reading.material))
    gathering.accept(item, question, replace(found.key, model_answer=model_answer))


def _said(element: etree._Element, tags: tuple[str, ...]) -> Metadata:
    own = [node.findtext("text") or "" for node in element.findall("tags/tag")[:200]]
    said = from_tags(own)
    return replace(said, tags=tuple(dict.fromkeys([*said.tags, *tags])))
