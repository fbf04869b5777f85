"""What changed between two versions of a question: in the words of its texts, option by option, and in the key.

Chinese is compared sign by sign, words and numbers in other scripts as wholes.  Options are aligned by what they say,
not by where they stand: an option that only moved was not changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from question_bank.questions.model import Key, Option, Question, letter

#: Below this likeness two options are one taken away and one put in, rather than one reworded.
ALIKE = 0.4
#: Texts of more pieces than this are compared line by line: the comparison's cost grows with the square.
MOST_PIECES = 4_000
_PIECES = re.compile(r"[A-Za-z0-9_]+(?:\.[0-9]+)?|\s+|.", re.DOTALL)


class Change(StrEnum):
    """What happened to a stretch of text or to an option."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of text on one side."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A text before and after, each in stretches that join to the whole text."""

    name: str
    before: tuple[Stretch, ...]
    after: tuple[Stretch, ...]

    @property
    def is_same(self) -> bool:
        return all(stretch.change is Change.SAME for stretch in (*self.before, *self.after))


@dataclass(frozen=True, slots=True)
class ComparedOption:
    """An option before and after.  Letters say where it stood; "" = it is not on that side."""

    change: Change
    letter_before: str
    letter_after: str
    text: Compared

    @property
    def has_moved(self) -> bool:
        return bool(self.letter_before and self.letter_after and self.letter_before != self.letter_after)


@dataclass(frozen=True, slots=True)
class Difference:
    """Two versions compared: texts that either has, by the name of their field, options, and parts with theirs."""

    texts: tuple[Compared, ...]
    options: tuple[ComparedOption, ...]
    parts: tuple[tuple[str, Difference], ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed, the order of options included."""
        return (
            all(text.is_same for text in self.texts)
            and all(one.change is Change.SAME and not one.has_moved for one in self.options)
            and all(part.is_empty for _name, part in self.parts)
        )


def difference(before: Question, after: Question) -> Difference:
    """What candidates and the bank see differently, the key apart."""
    fields = (
        ("kind", before.kind.label, after.kind.label),
        ("material", before.material, after.material),
        ("stem", before.stem, after.stem),
        ("point", before.point, after.point),
        ("difficulty", _said(before.difficulty), _said(after.difficulty)),
        ("consistency", _said(before.consistency), _said(after.consistency)),
        ("sources", "\n".join(before.sources), "\n".join(after.sources)),
        ("picture", before.picture, after.picture),
        ("stimulus", before.stimulus, after.stimulus),
        ("tags", "、".join(before.tags), "、".join(after.tags)),
    )
    parts = []
    for place in range(max(len(before.parts), len(after.parts))):
        one = before.parts[place] if place < len(before.parts) else None
        other = after.parts[place] if place < len(after.parts) else None
        texts = _texts(
            (
                ("kind", one.kind.label if one else "", other.kind.label if other else ""),
                ("stem", one.stem if one else "", other.stem if other else ""),
                ("share", str(one.share) if one else "", str(other.share) if other else ""),
            )
        )
        options = compared_options(one.options if one else (), other.options if other else ())
        parts.append((str(place + 1), Difference(texts, options)))
    return Difference(_texts(fields), compared_options(before.options, after.options), tuple(parts))


def key_difference(
    before: Question, key_before: Key, after: Question, key_after: Key
) -> tuple[Compared, ...]:
    """What is right differently, in words: right options by what they say, wherever they stand."""
    texts = list(_texts(_key_fields("", before.options, key_before, after.options, key_after)))
    for place in range(max(len(key_before.parts), len(key_after.parts))):
        one = key_before.parts[place] if place < len(key_before.parts) else Key()
        other = key_after.parts[place] if place < len(key_after.parts) else Key()
        options_before = before.parts[place].options if place < len(before.parts) else ()
        options_after = after.parts[place].options if place < len(after.parts) else ()
        texts.extend(_texts(_key_fields(f"{place + 1}.", options_before, one, options_after, other)))
    return tuple(texts)


def compared_options(before: Sequence[Option], after: Sequence[Option]) -> tuple[ComparedOption, ...]:
    """Options aligned: equal ones first, then those of one identity, then the most alike; in the order of `after`,
    what was taken away last.
    """
    left, right = dict(enumerate(before)), dict(enumerate(after))
    pairs: list[tuple[int | None, int | None]] = []

    def pair(one: int, other: int) -> None:
        pairs.append((one, other))
        del left[one], right[other]

    # First by what they say, then by who they are.
    for said in ("content", "id"):
        for other in list(right):
            found = [one for one in left if getattr(left[one], said) == getattr(right[other], said)]
            if found:
                # Where several say the same, the one that stands where it stood.
                pair(other if other in found else found[0], other)
    likeness = sorted(
        ((-_ratio(left[one].content, right[other].content), one, other) for one in left for other in right),
    )
    for negative, one, other in likeness:
        if -negative >= ALIKE and one in left and other in right:
            pair(one, other)
    pairs.extend((None, other) for other in right)
    pairs.sort(key=lambda found: found[1] if found[1] is not None else len(after))
    pairs.extend((one, None) for one in left)
    return tuple(_compared_option(before, after, one, other) for one, other in pairs)


def compared(name: str, before: str, after: str) -> Compared:
    """Two texts, sign by sign where they are not very long."""
    if before == after:
        whole = (Stretch(Change.SAME, before),) if before else ()
        return Compared(name, whole, whole)
    one, other = _PIECES.findall(before), _PIECES.findall(after)
    if max(len(one), len(other)) > MOST_PIECES:
        one, other = before.splitlines(keepends=True), after.splitlines(keepends=True)
    left: list[Stretch] = []
    right: list[Stretch] = []
    for act, a, b, c, d in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if act == "equal":
            left.append(Stretch(Change.SAME, "".join(one[a:b])))
            right.append(Stretch(Change.SAME, "".join(other[c:d])))
            continue
        if b > a:
            left.append(Stretch(Change.REMOVED, "".join(one[a:b])))
        if d > c:
            right.append(Stretch(Change.ADDED, "".join(other[c:d])))
    return Compared(name, tuple(left), tuple(right))


def _compared_option(
    before: Sequence[Option], after: Sequence[Option], one: int | None, other: int | None
) -> ComparedOption:
    text = compared(
        "option",
        before[one].content if one is not None else "",
        after[other].content if other is not None else "",
    )
    if one is None:
        change = Change.ADDED
    elif other is None:
        change = Change.REMOVED
    else:
        change = Change.SAME if text.is_same else Change.CHANGED
    return ComparedOption(
        change,
        letter(one) if one is not None else "",
        letter(other) if other is not None else "",
        text,
    )


def _texts(fields: Sequence[tuple[str, str, str]]) -> tuple[Compared, ...]:
    """The fields that either side has."""
    return tuple(compared(name, one, other) for name, one, other in fields if one or other)


def _key_fields(
    prefix: str, options_before: Sequence[Option], one: Key, options_after: Sequence[Option], other: Key
) -> list[tuple[str, str, str]]:
    return [
        (f"{prefix}right", _right(options_before, one), _right(options_after, other)),
        (f"{prefix}model_answer", one.model_answer, other.model_answer),
        (f"{prefix}explanation", one.explanation, other.explanation),
    ]


def _right(options: Sequence[Option], key: Key) -> str:
    """The right response in words, one thing a line."""
    if key.options:
        return "\n".join(sorted(option.content for option in options if option.id in key.options))
    if key.truth is not None:
        return "正确" if key.truth else "错误"
    if key.quantity is not None:
        quantity = key.quantity
        tolerance = f" ± {quantity.tolerance}{'（相对）' if quantity.relative else ''}"
        units = "".join(f"\n{name} = {factor} {quantity.unit}" for name, factor in quantity.units)
        return f"{quantity.value} {quantity.unit}{tolerance}{units}".strip()
    blanks = [" | ".join(accepted) for accepted in key.blanks]
    order = [f"任意顺序：{'、'.join(str(place + 1) for place in group)}" for group in key.any_order]
    return "\n".join([*blanks, *order])


def _said(number: int | None) -> str:
    return "" if number is None else str(number)


def _ratio(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one[:500], other[:500], autojunk=False)
    return matcher.ratio()
