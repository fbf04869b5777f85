"""What stands on a printed paper and on its answer sheet, as plain data for the templates.  In Chinese, as papers are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

from examsite.planning.printing.loading import LoadedPaper
from question_bank.assembly.paper import points_text
from question_bank.questions.kinds import Kind, MultiplePolicy
from question_bank.questions.model import letter
from question_bank.questions.present import PresentedPart, PresentedQuestion
from question_bank.questions.printed import blocks, inlines, width

NUMERALS = "零一二三四五六七八九十"
#: So many characters fit beside each other in one of four or one of two columns of options.
_NARROW, _HALF = 7.5, 18.0
#: Longer texts may be cut by the end of a page.
_LONG = 900

_INSTRUCTIONS = {
    Kind.SINGLE: "每题只有一个正确选项，请在答题卡上填涂对应的字母。",
    Kind.MULTIPLE: "每题有两个或两个以上正确选项，请在答题卡上填涂所有正确选项的字母。",
    Kind.JUDGEMENT: "正确的在答题卡上填涂“√”，错误的填涂“×”。",
    Kind.BLANK: "请将答案写在答题卡对应题号的横线上。",
    Kind.SHORT: "请在答题卡对应题号的位置简要作答。",
    Kind.CALCULATION: "请在答题卡对应题号的位置写出计算过程和结果，并注明单位。",
    Kind.ESSAY: "请在答题卡对应题号的位置作答，论述应有依据。",
    Kind.CASE: "请阅读材料，在答题卡对应题号的位置作答。",
    Kind.COMPOUND: "请阅读材料，在答题卡对应小题号的位置作答。",
}
MULTIPLE_RULES = {
    MultiplePolicy.EXACT: "错选、少选、多选均不得分。",
    MultiplePolicy.HALF: "错选、多选不得分；少选且无错选的，得一半分。",
    MultiplePolicy.SHARE: "错选、多选不得分；少选且无错选的，按选对的比例得分，不足半分的舍去。",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What all papers of a set have in common.  title: the plan's name.  level: 一级 …; seal: short, "" = none."""

    set_id: int
    title: str
    level: str
    minutes: int | None
    multiple: MultiplePolicy
    seal: str = ""


def paper_as_data(sheet: Sheet, paper: LoadedPaper) -> dict[str, Any]:
    """One paper: heading, and a section a kind with its items (materials and questions) in order."""
    total = sum((question.points for question in paper.questions), Decimal(0))
    return {
        **heading(sheet, paper),
        "total": points_text(total),
        "sections": [
            {
                "title": title,
                "instruction": _INSTRUCTIONS[kind] + (MULTIPLE_RULES[sheet.multiple] if has_multiple else ""),
                "items": _items(questions),
            }
            for kind, title, questions, has_multiple in sections(paper.questions)
        ],
    }


def answer_sheet_as_data(sheet: Sheet, paper: LoadedPaper) -> dict[str, Any]:
    """The answer sheet of one paper: by kind, what is filled in at each number."""
    return {
        **heading(sheet, paper),
        "sections": [
            {"title": title, "fields": [_field(question) for question in questions]}
            for _kind, title, questions, _multiple in sections(paper.questions)
        ],
    }


def code_of(sheet: Sheet, paper: LoadedPaper) -> str:
    """What the square code of an answer sheet says: set, paper and the first digits of the paper's hash."""
    return f"EXAM-{sheet.set_id}-{paper.number}-{paper.content_hash[:16]}"


def heading(sheet: Sheet, paper: LoadedPaper) -> dict[str, Any]:
    return {
        "title": sheet.title,
        "level": sheet.level,
        "minutes": sheet.minutes,
        "set": sheet.set_id,
        "number": paper.number,
        "code": paper.code,
        "seal": sheet.seal,
    }


def sections(
    questions: Sequence[PresentedQuestion],
) -> list[tuple[Kind, str, list[PresentedQuestion], bool]]:
    found = []
    for number, (kind, group) in enumerate(groupby(questions, key=lambda question: question.kind), start=1):
        inside = list(group)
        each = {question.points for question in inside}
        total = points_text(sum((question.points for question in inside), Decimal(0)))
        worth = f"每题 {points_text(each.pop())} 分，" if len(each) == 1 else ""
        title = f"{_numeral(number)}、{kind.label}（共 {len(inside)} 题，{worth}共 {total} 分）"
        found.append((kind, title, inside, any(question.has_multiple for question in inside)))
    return found


def _numeral(number: int) -> str:
    return NUMERALS[number] if number < len(NUMERALS) else str(number)


def _items(questions: Sequence[PresentedQuestion]) -> list[dict[str, Any]]:
    """Questions with the material that they share once before them."""
    items: list[dict[str, Any]] = []
    for material, group in groupby(questions, key=lambda question: question.material):
        inside = list(group)
        if material:
            first, last = inside[0].position, inside[-1].position
            which = f"第 {first} 题" if first == last else f"第 {first}～{last} 题"
            items.append({"material": blocks(material), "says": f"阅读材料，回答{which}"})
        items += [_question(question) for question in inside]
    return items


def _question(question: PresentedQuestion) -> dict[str, Any]:
    length = sum(map(len, question.texts)) - len(question.material)
    return {
        "n": question.position,
        "worth": points_text(question.points),
        **_asked(question),
        "parts": [
            {"n": part.number, "worth": points_text(part.points), **_asked(part)} for part in question.parts
        ],
        "long": length > _LONG,
    }


def _asked(asked: PresentedQuestion | PresentedPart) -> dict[str, Any]:
    options = [inlines(option.content) for option in asked.options]
    widest = max(map(width, options), default=0)
    columns = 4 if widest <= _NARROW and len(options) % 4 == 0 else 2 if widest <= _HALF else 1
    return {
        "stem": blocks(asked.stem.replace("（ ）", "（\u3000\u3000）")),
        "options": [[letter(place), option] for place, option in enumerate(options)],
        "columns": columns,
        "tall": any("$" in text for text in (asked.stem, *(option.content for option in asked.options))),
    }


def _field(question: PresentedQuestion) -> dict[str, Any]:
    return {
        "n": question.position,
        "worth": points_text(question.points),
        **_answered_by(question, question.shape),
        "parts": [
            {"n": part.number, "worth": points_text(part.points), **_answered_by(part, part.shape)}
            for part in question.parts
        ],
    }


def _answered_by(asked: PresentedQuestion | PresentedPart, shape: str) -> dict[str, Any]:
    """shape: options, truth, blanks, number, text or parts; letters to fill in; how many blanks or lines."""
    if shape == "options":
        return {"shape": shape, "letters": [letter(place) for place in range(len(asked.options))], "count": 0}
    if shape == "blanks":
        return {"shape": shape, "letters": [], "count": asked.blanks}
    lines = max(4, min(24, round(float(asked.points) * 1.6))) if shape == "text" else 1
    return {"shape": shape, "letters": ["√", "×"] if shape == "truth" else [], "count": lines}
