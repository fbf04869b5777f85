"""What a response earns: exact points, by machine, for the kinds that need no marker.

Only scoring, analysis and the bank's own pages may import this module; `tests/test_architecture.py` holds the list.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from decimal import Decimal

from question_bank.questions.kinds import Kind, MultiplePolicy
from question_bank.questions.model import Key, Part, Question
from question_bank.questions.parts import part_points
from question_bank.questions.present import is_answered
from question_bank.questions.quantities import is_right

_SPACE = re.compile(r"\s+")


class NeedsMarker(ValueError):
    """A person has to mark this kind; only an unanswered question scores (zero) by machine."""


def score(
    question: Question,
    key: Key,
    response: object,
    points: Decimal,
    policy: MultiplePolicy = MultiplePolicy.EXACT,
) -> Decimal:
    """The points that this response earns, from 0 to `points`.

    单选: all or nothing.  多选: all for the exact set; what an incomplete one earns says `policy`.  判断: all or nothing.
    填空: points in equal parts, a blank each, compared after `normalised`; in a group of `any_order` each accepted answer
    counts once, wherever it stands.  计算 with a number: all or nothing, by `quantities.is_right`.  案例 and 综合 with
    parts: the sum of their parts.  Sums are rounded down to half points so that they stay exact.
    An unanswered question earns 0 whatever its kind.  Raises NeedsMarker where an answered text needs a person.
    """
    earned = part_scores(question, key, response, points, policy)
    if any(one is None for one in earned):
        raise NeedsMarker(question.kind.label)
    return sum((one for one in earned if one is not None), Decimal(0))


def part_scores(
    question: Question,
    key: Key,
    response: object,
    points: Decimal,
    policy: MultiplePolicy = MultiplePolicy.EXACT,
) -> tuple[Decimal | None, ...]:
    """What each part earns, in order; None where a person has to mark it.  A question without parts is one part."""
    if not question.parts:
        return (_scored(question, key, response, points, policy),)
    if not is_answered(response):
        return (Decimal(0),) * len(question.parts)
    assert isinstance(response, dict)
    worth = part_points(question.parts, points)
    return tuple(
        _scored(part, part_key, given, part_worth, policy)
        for part, part_key, given, part_worth in zip(
            question.parts, key.parts, response["parts"], worth, strict=True
        )
    )


def _scored(
    question: Question | Part, key: Key, response: object, points: Decimal, policy: MultiplePolicy
) -> Decimal | None:
    if not is_answered(response):
        return Decimal(0)
    assert isinstance(response, dict)
    if question.kind.has_options:
        chosen = frozenset(response["options"])
        if chosen == key.options:
            return points
        return _incomplete(question.kind, chosen, key.options, points, policy)
    if question.kind is Kind.JUDGEMENT:
        return points if response["truth"] is key.truth else Decimal(0)
    if question.kind is Kind.BLANK:
        right = _right_blanks(key, response["blanks"])
        return points if right == len(key.blanks) else _share(points, right, len(key.blanks))
    if question.kind is Kind.CALCULATION and question.numeric and key.quantity is not None:
        return points if is_right(key.quantity, response["number"]) else Decimal(0)
    return None


def _incomplete(
    kind: Kind, chosen: frozenset[str], right: frozenset[str], points: Decimal, policy: MultiplePolicy
) -> Decimal:
    if kind is not Kind.MULTIPLE or policy is MultiplePolicy.EXACT or not chosen < right:
        return Decimal(0)
    if policy is MultiplePolicy.HALF:
        return _share(points, 1, 2)
    return _share(points, len(chosen), len(right))


def _share(points: Decimal, count: int, whole: int) -> Decimal:
    """count/whole of the points, rounded down to half points."""
    return (points * count / whole * 2).quantize(Decimal(1), rounding="ROUND_FLOOR") / 2


def _right_blanks(key: Key, texts: Sequence[str]) -> int:
    """How many blanks are right, at best, where the order inside a group does not matter."""
    given = [normalised(text) for text in texts]
    accepted = [{normalised(one) for one in answers} for answers in key.blanks]
    if len(given) != len(accepted):
        raise ValueError("blanks of response and key differ in number")
    free: set[int] = set()
    groups = []
    for group in key.any_order:
        places = {place for place in group if 0 <= place < len(given)} - free
        groups.append(sorted(places))
        free |= places
    right = sum(given[place] in accepted[place] for place in range(len(given)) if place not in free)
    return right + sum(_best(given, accepted, group) for group in groups)


def _best(given: Sequence[str], accepted: Sequence[set[str]], group: Sequence[int]) -> int:
    """The most blanks of a group that can be right with each key's answer used once (a bipartite matching)."""
    taken: dict[int, int] = {}  # place in the key → place in the response

    def find(blank: int, tried: set[int]) -> bool:
        for place in group:
            if place in tried or given[blank] not in accepted[place]:
                continue
            tried.add(place)
            if place not in taken or find(taken[place], tried):
                taken[place] = blank
                return True
        return False

    return sum(find(blank, set()) for blank in group)


def normalised(text: str) -> str:
    """Text as blanks are compared: full width folded to half, case folded, all white space removed, end mark cut."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _SPACE.sub("", folded).rstrip("。.;,")
