"""The codes of the trade in all their spellings: 题型, 难度, 一致性, and IDs against 认定点代码."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from functools import lru_cache

from question_bank.formats.cells import code_of
from question_bank.questions.kinds import Kind

_BY_LETTER = {kind.value: kind for kind in Kind}
_KIND_NAMES: dict[str, Kind] = {
    **{kind.label: kind for kind in Kind},
    **{kind.label.removesuffix("题"): kind for kind in Kind},
    "单项选择题": Kind.SINGLE, "单项选择": Kind.SINGLE, "单选": Kind.SINGLE,
    "多项选择题": Kind.MULTIPLE, "多项选择": Kind.MULTIPLE, "多选": Kind.MULTIPLE,
    "是非题": Kind.JUDGEMENT, "判断": Kind.JUDGEMENT,
    "填空": Kind.BLANK,
    "问答题": Kind.SHORT, "简答": Kind.SHORT,
    "案例分析": Kind.CASE, "案例题": Kind.CASE, "案例": Kind.CASE,
    "综合": Kind.COMPOUND, "组合题": Kind.COMPOUND, "组合": Kind.COMPOUND, "综合(组合)题": Kind.COMPOUND,
}  # fmt: skip
_DIFFICULTY_NAMES = {
    "很简单": 1, "很易": 1, "很容易": 1, "简单": 2, "较易": 2, "较容易": 2, "容易": 2,
    "中等": 3, "适中": 3, "一般": 3, "困难": 4, "较难": 4, "很难": 5, "很困难": 5,
}  # fmt: skip
_CONSISTENCY_NAMES = {
    "很低": 1,
    "低": 2,
    "较低": 2,
    "中": 3,
    "中等": 3,
    "一般": 3,
    "高": 4,
    "较高": 4,
    "很高": 5,
}
_LABELLED_KIND = re.compile(r"([A-Z])[-.、:]?[(\[]?([^()\[\]]*(?:\([^()]*\))?[^()\[\]]*)[)\]]?$")
_LABELLED_NUMBER = re.compile(r"([1-5])(?:\.0)?级?[-.、:]?[(\[]?([^()\[\]]*)[)\]]?$")
_STANDARD_LEVELS = 3


@lru_cache(maxsize=512)
def kind_of(text: str) -> Kind | None:
    """题型 of "B（单选题）", "B", "单选题", "组合题"; None where unknown or where letter and name disagree."""
    folded = code_of(text)
    if named := _KIND_NAMES.get(folded):
        return named
    match = _LABELLED_KIND.match(folded)
    if match is None or match[1] not in _BY_LETTER:
        return None
    kind = _BY_LETTER[match[1]]
    return kind if not match[2] or _KIND_NAMES.get(match[2]) is kind else None


@lru_cache(maxsize=512)
def difficulty_of(text: str) -> int | None:
    """1–5 of "3（中等）", "3", "中等"; None where unknown."""
    return _scale(text, _DIFFICULTY_NAMES)


@lru_cache(maxsize=512)
def consistency_of(text: str) -> int | None:
    """1–5 of "4（高）", "4", "高"; None where unknown."""
    return _scale(text, _CONSISTENCY_NAMES)


def _scale(text: str, names: dict[str, int]) -> int | None:
    folded = code_of(text)
    if folded in names:
        return names[folded]
    match = _LABELLED_NUMBER.match(folded)
    return int(match[1]) if match else None


@dataclass(frozen=True, slots=True)
class Located:
    """What an ID and a 认定点代码 say together.  fault: "" or the code of a problem.  kind: of the ID, None if absent."""

    point: str
    kind: Kind | None
    fault: str = ""


def locate(identifier: str, code: str, known: Container[str] = ()) -> Located:
    """Bring an ID (five, six or nine parts, or free) and a 认定点代码 (full, "001" or blank) together.

    An ID is [[bank-level-subject-]kind-]areas-point-serial.  With the full code it is plain what is what; without it,
    `known` point codes decide, and else three levels are taken as the rule.  Both are in the form of `code_of`.
    """
    if quick := _in_step(identifier, code):
        return quick
    areas, number = _split(code)
    parts = identifier.split("-")
    structured = len(parts) >= 3 and parts[-1].isdigit() and parts[-2].isdigit() and _is_letter(parts[-3])
    if not structured:
        if number and areas:
            return Located(_point(areas, number), None)
        return Located("", None, "point-incomplete" if code or identifier else "point-missing")
    id_number = parts[-2]
    head = parts[:-2]
    letters = 0
    while letters < len(head) and _is_letter(head[-1 - letters]):
        letters += 1
    path = head[len(head) - letters :]
    if areas and not number:
        return _with_areas(path, areas, id_number)
    if number and int(number) != int(id_number):
        point = _point(areas, number) if areas else ""
        return Located(point, None, "id-point-differs")
    if areas:
        return _with_areas(path, areas, id_number)
    kind = _BY_LETTER.get(path[0])
    bare, short = _point(path, id_number), _point(path[1:], id_number)
    if kind and len(path) > 1 and short in known and bare not in known:
        return Located(short, kind)
    if bare in known or len(path) <= _STANDARD_LEVELS:
        return Located(bare, None)
    return Located(short, kind, "" if kind else "id-kind-differs")


def _in_step(identifier: str, code: str) -> Located | None:
    """Where the ID is a letter, the full code and a serial, as in nearly every row; None where it is otherwise."""
    head, _, serial = identifier.rpartition("-")
    if head[1:2] != "-" or head[2:] != code or not serial.isdigit():
        return None
    return _of_full_code(code, head[0])


@lru_cache(maxsize=4096)
def _of_full_code(code: str, kind_letter: str) -> Located | None:
    areas, number = _split(code)
    plain = number and areas and all(map(_is_letter, (kind_letter, *areas)))
    if not plain or code != "-".join((*areas, number)):
        return None
    kind = _BY_LETTER.get(kind_letter)
    return Located(_point(areas, number), kind, "" if kind else "id-kind-differs")


def _with_areas(path: list[str], areas: list[str], number: str) -> Located:
    point = _point(areas, number)
    rest = path[: len(path) - len(areas)]
    if path[len(path) - len(areas) :] != areas or len(path) < len(areas) or len(rest) > 1:
        return Located(point, None, "id-point-differs")
    if not rest:
        return Located(point, None)
    kind = _BY_LETTER.get(rest[0])
    return Located(point, kind, "" if kind else "id-kind-differs")


@lru_cache(maxsize=4096)
def _split(code: str) -> tuple[list[str], str]:
    parts = [part for part in code.split("-") if part]
    number = parts.pop() if parts and parts[-1].isdigit() else ""
    return parts, number


def _is_letter(part: str) -> bool:
    return len(part) == 1 and part.isalpha()


def _point(areas: list[str], number: str) -> str:
    return "-".join((*areas, number.zfill(3)))
