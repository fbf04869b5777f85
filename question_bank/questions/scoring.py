"""What a response earns: exact points, by machine, for the kinds that need no marker.

Only scoring, analysis and the bank's own pages may import this module; `tests/test_architecture.py` holds the list.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

from question_bank.questions.kinds import Kind
from question_bank.questions.model import Key, Question
from question_bank.questions.present import is_answered

_SPACE = re.compile(r"\s+")


class NeedsMarker(ValueError):
    """A person has to mark this kind; only an unanswered question scores (zero) by machine."""


def score(question: Question, key: Key, response: object, points: Decimal) -> Decimal:
    """The points that this response earns, from 0 to `points`.

    单选, 多选: all or nothing, by exact set match.  判断: all or nothing.  填空: points in equal parts, a blank each,
    compared after `normalised`; the sum is rounded down to half points so that it stays exact.
    An unanswered question earns 0 whatever its kind.  Raises NeedsMarker for answered 简答, 计算, 论述, 案例, 综合.
    """
    if not is_answered(response):
        return Decimal(0)
    assert isinstance(response, dict)
    if question.kind.has_options:
        return points if set(response["options"]) == key.options else Decimal(0)
    if question.kind is Kind.JUDGEMENT:
        return points if response["truth"] is key.truth else Decimal(0)
    if question.kind is Kind.BLANK:
        right = sum(
            normalised(text) in {normalised(one) for one in accepted}
            for text, accepted in zip(response["blanks"], key.blanks, strict=True)
        )
        if right == len(key.blanks):
            return points
        return (points * right / len(key.blanks) * 2).quantize(Decimal(1), rounding="ROUND_FLOOR") / 2
    raise NeedsMarker(question.kind.label)


def normalised(text: str) -> str:
    """Text as blanks are compared: full width folded to half, case folded, all white space removed, end mark cut."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _SPACE.sub("", folded).rstrip("。.;,")
