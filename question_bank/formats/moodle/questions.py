"""One `<question>` of Moodle XML as something asked; what a draft can't hold raises Unsupported."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from lxml import etree

from question_bank.formats import drafting
from question_bank.formats.answers import marked_blanks
from question_bank.formats.drafting import Asked
from question_bank.formats.gathering import Item
from question_bank.formats.html import Fragment
from question_bank.formats.media import Media, decoded
from question_bank.formats.metadata import Metadata, decimal
from question_bank.formats.moodle import cloze
from question_bank.formats.rich import as_html, formatted, with_material
from question_bank.formats.soundness import MOST_ACCEPTED, MOST_OPTIONS
from question_bank.formats.unsupported import Unsupported
from question_bank.questions.model import BLANK_MARK, Quantity

_FORMATS = {"html": "html", "moodle_auto_format": "moodle", "plain_text": "plain", "markdown": "markdown"}
_NOT_HELD = {
    "matching": "匹配题", "match": "匹配题", "randomsamatch": "随机匹配题", "ordering": "排序题", "ddwtos": "拖放填空",
    "gapselect": "下拉填空", "ddimageortext": "拖放到图片", "ddmarker": "拖放标记", "calculated": "随机参数计算题",
    "calculatedmulti": "随机参数选择题", "calculatedsimple": "随机参数计算题", "description": "说明文字",
    "random": "随机抽题", "missingtype": "未知题型",
}  # fmt: skip
_COMBINED = ("correctfeedback", "partiallycorrectfeedback", "incorrectfeedback")
_STOCK_FEEDBACK = re.compile(
    r"(<p>)?\s*(Your answer is (partially )?(correct|incorrect)\.?|您?你?的?答案?回答?(部分)?(正确|错误|不正确)。?)?\s*(</p>)?"
)
_PARTIAL = "部分得分或扣分的设定未保留：本题按全对得分导入。"
_FULL = Decimal(100)


@dataclass(slots=True)
class Reading:
    """What a reader of a type is given."""

    element: etree._Element
    item: Item
    media: Media
    said: Metadata
    option_ids: Iterator[str]
    material: str = ""

    def rich(self, node: etree._Element | None) -> str:
        """A text with its pictures."""
        if node is None:
            return ""
        self.media.inside(_files(node))
        text = node.findtext("text") or ""
        return self.item.text(formatted(text, self.how(node), self.media))

    def how(self, node: etree._Element) -> str:
        return _FORMATS.get(node.get("format", "html"), "html")

    def stem(self, opened: str | None = None) -> str:
        """The question's text; its material is kept aside.  opened: its HTML, where it was changed already."""
        node = self.element.find("questiontext")
        if node is None:
            return ""
        how = self.how(node)
        text = node.findtext("text") or ""
        self.media.inside(_files(node))
        if how == "plain" and opened is None:
            return self.item.text(formatted(text, how, self.media))
        material, stem = with_material(opened if opened is not None else as_html(text, how), self.media)
        if how == "moodle" and opened is None and not material.text:
            stem = formatted(text, how, self.media)
        self.material = self.item.text(material)
        return self.item.text(stem)

    def answers(self, most: int) -> list[tuple[Decimal, etree._Element]]:
        """(fraction in per cent, element) of each answer."""
        found = self.element.findall("answer")
        if len(found) > most:
            raise Unsupported("too-many-answers", f"有 {len(found)} 个答案，超过上限 {most} 个。请减少。")
        return [(decimal(answer.get("fraction", "0")) or Decimal(0), answer) for answer in found]

    def explanation(self, said_of: list[tuple[str, etree._Element]]) -> str:
        """解析: the general feedback, then what is fed back to single answers.  said_of: (answer's text, element)."""
        lines = [self.rich(self.element.find("generalfeedback"))]
        for text, answer in said_of:
            if feedback := self.rich(answer.find("feedback")):
                lines.append(f"{text[:60]}：{feedback}")
        for name in _COMBINED:
            node = self.element.find(name)
            if node is not None and not _STOCK_FEEDBACK.fullmatch((node.findtext("text") or "").strip()):
                self.item.note("combined-feedback-left-out", "按得分给出的总反馈未保留。")
        if self.element.find("hint") is not None:
            self.item.note("hints-left-out", "多次尝试的提示未保留。")
        return "\n".join(line for line in lines if line)


def asked(reading: Reading) -> Asked:
    """The question of this element.  Raises Unsupported with the reason."""
    kind = reading.element.get("type", "")
    read = _READERS.get(kind)
    if read is None:
        name = _NOT_HELD.get(kind, f"题型 {kind[:40] or '（空）'}")
        raise Unsupported("type-not-held", f"本系统没有“{name}”。原文已保留，可改编为其他题型。")
    return read(reading)


def _multichoice(reading: Reading) -> Asked:
    is_single = (reading.element.findtext("single") or "true").strip().lower() in ("true", "1")
    answers = reading.answers(MOST_OPTIONS)
    stem = reading.stem()
    contents = [reading.rich(answer) for _, answer in answers]
    fractions = [fraction for fraction, _ in answers]
    if is_single:
        right = [place for place, fraction in enumerate(fractions) if fraction >= _FULL]
        if len(right) > 1:
            raise Unsupported("several-right-in-single", "单选题有几个选项都得满分，不能导入。请改为多选题。")
        if any(fraction not in (0, _FULL) for fraction in fractions):
            reading.item.note("partial-credit", _PARTIAL)
    else:
        right = [place for place, fraction in enumerate(fractions) if fraction > 0]
        total = sum((fractions[place] for place in right), Decimal(0))
        if right and abs(total - _FULL) > 1:
            raise Unsupported("fractions-unclear", f"正确选项的分值合计 {total}%，不能确定哪些选项算全对。")
        if len({round(fractions[place]) for place in right}) > 1 or any(
            fraction <= 0 and fraction != -_FULL for fraction in fractions
        ):
            reading.item.note("partial-credit", _PARTIAL)
    explanation = reading.explanation(
        [(content, answer) for content, (_, answer) in zip(contents, answers, strict=True)]
    )
    return drafting.choice(
        reading.item,
        stem,
        contents,
        right,
        reading.said,
        reading.option_ids,
        several=not is_single,
        explanation=explanation,
    )


def _truefalse(reading: Reading) -> Asked:
    answers = reading.answers(MOST_OPTIONS)
    texts = [((answer.findtext("text") or "").strip().lower(), fraction) for fraction, answer in answers]
    right = [text for text, fraction in texts if fraction >= _FULL]
    if len(right) != 1 or right[0] not in ("true", "false"):
        raise Unsupported("truth-unclear", "判断题没有唯一的正确答案。")
    named = [
        ("正确" if text == "true" else "错误", answer)
        for (text, _), (_, answer) in zip(texts, answers, strict=True)
    ]
    explanation = reading.explanation(named)
    return drafting.judgement(reading.item, reading.stem(), right[0] == "true", reading.said, explanation)


def _shortanswer(reading: Reading) -> Asked:
    accepted: list[str] = []
    answers = reading.answers(MOST_ACCEPTED)
    for fraction, answer in answers:
        text = (answer.findtext("text") or "").strip()
        if fraction >= _FULL:
            if re.search(r"(?<!\\)\*", text):
                raise Unsupported("wildcard", "答案含有通配符 *，不能导入。请列出全部写法。")
            accepted.append(text.replace("\\*", "*"))
        elif fraction > 0:
            reading.item.note("partial-credit", "部分得分的答案未导入，只保留满分答案。")
    if (reading.element.findtext("usecase") or "0").strip() == "1":
        reading.item.note("case-sensitive", "原题区分大小写，本系统的填空题按本系统的规则判分。")
    explanation = reading.explanation([(answer.findtext("text") or "", answer) for _, answer in answers])
    stem = one_blank(reading.item, reading.stem())
    return drafting.blanks(reading.item, stem, [accepted], reading.said, explanation)


def one_blank(item: Item, stem: str) -> str:
    """The stem with exactly one blank: its own, however drawn, or one at its end."""
    if stem.count(BLANK_MARK) == 1:
        return stem
    marked = marked_blanks(stem)
    if marked.count(BLANK_MARK) == 1:
        return marked
    if marked.count(BLANK_MARK) > 1:
        raise Unsupported("blank-count-differs", "题干有几个空，但只有一个答案。请改为每空一个答案。")
    item.note("blank-added", "题干没有空位，已在末尾补一个空。")
    return f"{stem}{BLANK_MARK}" if stem else ""


def _cloze(reading: Reading) -> Asked:
    node = reading.element.find("questiontext")
    text = "" if node is None else as_html(node.findtext("text") or "", reading.how(node))
    opened, accepted = cloze.opened(text, reading.item)
    explanation = reading.explanation([])
    return drafting.blanks(reading.item, reading.stem(opened), accepted, reading.said, explanation)


def _numerical(reading: Reading) -> Asked:
    answers = reading.answers(MOST_ACCEPTED)
    right = [answer for fraction, answer in answers if fraction >= _FULL]
    if any(0 < fraction < _FULL for fraction, _ in answers):
        reading.item.note("partial-credit", "部分得分的数值未导入，只保留满分数值。")
    if len(right) != 1:
        raise Unsupported("several-numbers", f"计算题有 {len(right)} 个满分数值，只能有一个。")
    value = decimal(right[0].findtext("text") or "")
    tolerance = decimal((right[0].findtext("tolerance") or "0").strip() or "0")
    if value is None or tolerance is None or tolerance < 0:
        raise Unsupported("number-unreadable", "数值或误差无法识别。请改正。")
    unit, units = "", []
    for node in reading.element.findall("units/unit")[:MOST_ACCEPTED]:
        name = (node.findtext("unit_name") or "").strip()
        multiplier = decimal(node.findtext("multiplier") or "")
        if not name or multiplier is None or multiplier <= 0:
            raise Unsupported("number-unreadable", "单位的换算系数无法识别。请改正。")
        if multiplier == 1 and not unit:
            unit = name
        else:
            units.append((name, (1 / multiplier).normalize()))
    grading = (reading.element.findtext("unitgradingtype") or "0").strip()
    penalty = decimal((reading.element.findtext("unitpenalty") or "0").strip())
    if grading not in ("", "0") and penalty is not None and penalty < 1:
        reading.item.note("partial-credit", "单位写错只扣部分分的设定未保留：缺单位算错。")
    quantity = Quantity(
        value, tolerance, unit=unit, units=tuple(units), unit_required=bool(unit) and grading not in ("", "0")
    )
    explanation = reading.explanation([(answer.findtext("text") or "", answer) for _, answer in answers])
    return drafting.number(reading.item, reading.stem(), quantity, reading.said, explanation)


def _essay(reading: Reading) -> Asked:
    required = (reading.element.findtext("attachmentsrequired") or "0").strip()
    if required not in ("", "0"):
        raise Unsupported("attachments-required", "题目要求上传附件，本系统不支持。")
    if (reading.element.findtext("attachments") or "0").strip() not in ("", "0"):
        reading.item.note("attachments-left-out", "允许上传附件的设定未保留。")
    if reading.rich(reading.element.find("responsetemplate")):
        reading.item.note("template-left-out", "作答模板未保留。")
    model_answer = reading.rich(reading.element.find("graderinfo"))
    explanation = reading.explanation([])
    return drafting.written(reading.item, reading.stem(), model_answer, reading.said, explanation)


def _files(node: etree._Element) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for file in node.findall("file"):
        if file.get("encoding", "base64") != "base64":
            continue
        found[f"{file.get('path', '/').strip('/')}/{file.get('name', '')}".lstrip("/")] = decoded(
            file.text or ""
        )
    return found


def rest(reading: Reading) -> Fragment:
    """What is written beside the answer of any type: a model answer."""
    return Fragment(reading.rich(reading.element.find("graderinfo")))


_READERS: dict[str, Callable[[Reading], Asked]] = {
    "multichoice": _multichoice,
    "truefalse": _truefalse,
    "shortanswer": _shortanswer,
    "cloze": _cloze,
    "multianswer": _cloze,
    "numerical": _numerical,
    "essay": _essay,
}
