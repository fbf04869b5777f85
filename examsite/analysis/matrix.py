"""From scripts to a response matrix: a row a person who sat, a column a version that machines score."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from examsite.results.scripts import Keyed, Script
from question_bank.psychometrics.options import NOT_PRESENTED, OMITTED, Choices
from question_bank.psychometrics.responses import ResponseMatrix
from question_bank.questions.kinds import Kind
from question_bank.questions.model import letter
from question_bank.questions.parts import is_machine_scored
from question_bank.questions.present import is_answered

#: Labels of answers that are no options.
TRUE, FALSE, RIGHT, PARTLY, WRONG = "true", "false", "right", "partly", "wrong"


@dataclass(frozen=True, eq=False)
class Gathered:
    """What the statistics look at.

    responses: points; NaN = not on this person's paper, 0 = wrong or omitted.  An item whose points differ between
        papers is put on the scale of its highest.  choices, key: letters in the author's order; for 判断 true/false,
        for 填空 how much was right.  versions: the columns.
    written: versions left out because people mark them.  absent: enrolled persons who did not sit.
    """

    responses: ResponseMatrix
    choices: Choices
    key: tuple[str, ...]
    versions: tuple[Keyed, ...]
    written: tuple[int, ...]
    absent: int

    @property
    def digest(self) -> str:
        """SHA-256 over the columns, the points and the choices."""
        sums = hashlib.sha256(repr((self.responses.items, self.key, self.choices.labels)).encode())
        sums.update(self.responses.scores.tobytes())
        sums.update(self.responses.maximum.tobytes())
        sums.update(self.choices.codes.tobytes())
        return sums.hexdigest()


class NothingToAnalyse(ValueError):
    """Nobody sat, or no question is scored by machine."""


def gather(found: Sequence[Script]) -> Gathered:
    """The matrix of these scripts.  Raises NothingToAnalyse."""
    sat = [script for script in found if script.was_sat and script.paper is not None]
    keyed: dict[int, Keyed] = {}
    maximum: dict[int, Decimal] = {}
    for script in sat:
        assert script.paper is not None
        for place in script.paper.places:
            version_id = place.keyed.version_id
            keyed[version_id] = place.keyed
            maximum[version_id] = max(place.points, maximum.get(version_id, Decimal(0)))
    waiting = {
        place.keyed.version_id
        for script in sat
        if script.paper is not None
        for place, earned in zip(script.paper.places, script.earned, strict=True)
        if earned is None
    }
    written = tuple(
        sorted(i for i, one in keyed.items() if i in waiting or not is_machine_scored(one.question))
    )
    columns = [i for i in sorted(keyed) if i not in set(written)]
    if not sat or not columns:
        raise NothingToAnalyse
    column_of = {version_id: column for column, version_id in enumerate(columns)}
    scores = np.full((len(sat), len(columns)), np.nan)
    codes = np.full((len(sat), len(columns)), NOT_PRESENTED, dtype=np.int32)
    labels: dict[str, int] = {}
    for row, script in enumerate(sat):
        assert script.paper is not None
        for position, (place, earned) in enumerate(
            zip(script.paper.places, script.earned, strict=True), start=1
        ):
            column = column_of.get(place.keyed.version_id)
            if column is None:
                continue
            assert earned is not None, "what waits for a marker is no column"
            highest = maximum[place.keyed.version_id]
            scores[row, column] = float(earned * highest / place.points)
            label = label_of(place.keyed, script.response(position), earned, place.points)
            codes[row, column] = OMITTED if label is None else labels.setdefault(label, len(labels))
    items = tuple(str(version_id) for version_id in columns)
    return Gathered(
        ResponseMatrix(scores, items, np.array([float(maximum[i]) for i in columns])),
        Choices(codes, tuple(labels), items),
        tuple(key_of(keyed[i]) for i in columns),
        tuple(keyed[i] for i in columns),
        written,
        len(found) - len(sat),
    )


def label_of(keyed: Keyed, response: dict[str, Any] | None, earned: Decimal, points: Decimal) -> str | None:
    """What the person answered, in one word; None = omitted."""
    if not is_answered(response):
        return None
    assert response is not None
    kind = keyed.question.kind
    if kind.has_options:
        return _letters(keyed, response["options"])
    if kind is Kind.JUDGEMENT:
        return TRUE if response["truth"] else FALSE
    return RIGHT if earned == points else PARTLY if earned else WRONG


def key_of(keyed: Keyed) -> str:
    """The label of the right answer."""
    kind = keyed.question.kind
    if kind.has_options:
        return _letters(keyed, keyed.key.options)
    if kind is Kind.JUDGEMENT:
        return TRUE if keyed.key.truth else FALSE
    return RIGHT


def _letters(keyed: Keyed, option_ids: Any) -> str:
    chosen = set(option_ids)
    return "".join(letter(n) for n, option in enumerate(keyed.question.options) if option.id in chosen)
