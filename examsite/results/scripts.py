"""Scripts (答卷): each candidate's paper, stored answers and what every answer earned, worked out from the rows.

Collecting, proving again and item analysis all read scripts, so there is one way from rows to points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.authoring.keys import keys as keys_of
from examsite.authoring.keys import keys_as_written
from examsite.authoring.models import QuestionVersion
from examsite.authoring.secrecy.fingerprints import fingerprint, fingerprint_of_key
from examsite.authoring.versions import chunks
from examsite.invigilation.conduct.queries import cancelled
from examsite.planning.models import Paper, PaperSet
from examsite.registration.models import Enrolment
from examsite.sitting.closing import receipt_hash
from examsite.sitting.models import Answer, Attempt
from examsite.sitting.queries import attempts_of
from question_bank.questions.kinds import MultiplePolicy
from question_bank.questions.model import (
    Key,
    Question,
    canonical_hash,
    key_as_document,
    question_from_document,
)
from question_bank.questions.scoring import NeedsMarker, score


@dataclass(frozen=True, slots=True)
class Keyed:
    """A version with its key in force.  key_hash: 16 digits that name the key and tell nobody what it is.

    is_intact: question and key as written are those whose hash was stored then; corrections stand apart from them.
    """

    version_id: int
    question: Question
    key: Key
    key_hash: str
    is_intact: bool

    @property
    def plain_key_hash(self) -> str:
        """What scores of the first schema hold: the first 16 digits of the SHA-256 of the key's document."""
        return canonical_hash(key_as_document(self.key))[:16]


@dataclass(frozen=True, slots=True)
class Place:
    """One position of a paper."""

    keyed: Keyed
    points: Decimal


@dataclass(frozen=True, slots=True)
class FrozenPaper:
    """A paper with its keys.  document_hash: of what is stored now; content_hash: what was stored when it was drawn.

    multiple: what an incomplete response to a 多选题 earns, as frozen with the set.
    """

    id: int
    content_hash: str
    document_hash: str
    places: tuple[Place, ...]
    multiple: MultiplePolicy

    @property
    def total(self) -> Decimal:
        return sum((place.points for place in self.places), Decimal(0))


@dataclass(frozen=True, slots=True)
class Held:
    """One stored answer."""

    revision: int
    response: dict[str, Any] | None


@dataclass(frozen=True)
class Script:
    """One enrolled candidate's script.  attempt, paper: None where the candidate never opened it.

    cancelled_by: ids of the signed records of misconduct that take the result away, whatever was answered.
    """

    enrolment: Enrolment
    attempt: Attempt | None
    paper: FrozenPaper | None
    held: dict[int, Held]
    cancelled_by: tuple[int, ...] = ()

    @property
    def was_sat(self) -> bool:
        return self.attempt is not None and self.attempt.started_at is not None

    @cached_property
    def earned(self) -> tuple[Decimal | None, ...]:
        """Points by position; None where a person has to mark the answer.  Raises Unscorable."""
        if self.paper is None:
            return ()
        return tuple(
            self._points(position, place) for position, place in enumerate(self.paper.places, start=1)
        )

    @property
    def awaits_marker(self) -> int:
        """How many answers wait for a marker."""
        return sum(points is None for points in self.earned)

    @property
    def value(self) -> Decimal | None:
        """Exact sum of the points that machines gave; None where the subject was not sat."""
        if not self.was_sat:
            return None
        return sum((points for points in self.earned if points is not None), Decimal(0))

    @property
    def digest(self) -> str:
        """The hash over the answers that the candidate's receipt prints."""
        assert self.attempt is not None
        return receipt_hash(self.attempt.id, self.held)

    def response(self, position: int) -> dict[str, Any] | None:
        held = self.held.get(position)
        return held.response if held else None

    def _points(self, position: int, place: Place) -> Decimal | None:
        keyed = place.keyed
        assert self.paper is not None
        try:
            return score(
                keyed.question, keyed.key, self.response(position), place.points, self.paper.multiple
            )
        except NeedsMarker:
            return None
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Unscorable(position) from error


class Unscorable(Exception):
    """A stored answer does not have the shape of its question: the row was changed from outside."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


def scripts(
    session: Session,
    sitting_id: int,
    *,
    at: datetime | None = None,
    instead: Mapping[int, Key] | None = None,
) -> list[Script]:
    """The script of everyone in a sitting, in the order of enrolment.  Few statements, however many candidates.

    at: with the keys in force at this instant (None = now).  instead: keys to try in place of these versions' own.
    """
    rows = attempts_of(session, sitting_id)
    paper_ids = {attempt.paper_id for _, attempt in rows if attempt is not None}
    papers = _papers(session, paper_ids, at, instead or {})
    held = _answers(session, sitting_id)
    taken_away = cancelled(session, sitting_id)
    return [
        Script(
            enrolment,
            attempt,
            papers[attempt.paper_id] if attempt else None,
            held.get(attempt.id, {}) if attempt else {},
            tuple(taken_away.get(enrolment.id, ())),
        )
        for enrolment, attempt in rows
    ]


def _answers(session: Session, sitting_id: int) -> dict[str, dict[int, Held]]:
    rows = session.execute(
        select(Answer.attempt_id, Answer.position, Answer.revision, Answer.response)
        .join(Attempt, Attempt.id == Answer.attempt_id)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .where(Enrolment.sitting_id == sitting_id)
    )
    found: dict[str, dict[int, Held]] = {}
    for attempt_id, position, revision, response in rows:
        found.setdefault(attempt_id, {})[position] = Held(revision, response)
    return found


def _papers(
    session: Session, paper_ids: set[int], at: datetime | None, instead: Mapping[int, Key]
) -> dict[int, FrozenPaper]:
    rows = [
        row
        for part in chunks(sorted(paper_ids), 500)
        for row in session.execute(
            select(Paper.id, Paper.content_hash, Paper.document, PaperSet.multiple)
            .join(PaperSet, PaperSet.id == Paper.set_id)
            .where(Paper.id.in_(part))
        )
    ]
    versions = {entry["version"] for row in rows for entry in row.document["questions"]}
    keyed = keyed_versions(session, sorted(versions), at, instead)
    return {
        row.id: FrozenPaper(
            row.id,
            row.content_hash,
            canonical_hash(row.document),
            tuple(
                Place(keyed[entry["version"]], Decimal(entry["points"]))
                for entry in row.document["questions"]
            ),
            MultiplePolicy(row.multiple),
        )
        for row in rows
    }


def keyed_versions(
    session: Session,
    version_ids: Sequence[int],
    at: datetime | None = None,
    instead: Mapping[int, Key] | None = None,
) -> dict[int, Keyed]:
    """These versions with their keys, each compared with the fingerprint that was stored when it was written."""
    keys = keys_of(session, version_ids, at=at) | dict(instead or {})
    written = keys_as_written(session, version_ids)
    found: dict[int, Keyed] = {}
    for part in chunks(version_ids, 5000):
        rows = session.execute(
            select(QuestionVersion.id, QuestionVersion.document, QuestionVersion.content_hash).where(
                QuestionVersion.id.in_(part)
            )
        )
        for row in rows:
            question, key = question_from_document(row.document), keys[row.id]
            found[row.id] = Keyed(
                row.id,
                question,
                key,
                fingerprint_of_key(key),
                fingerprint(question, written[row.id]) == row.content_hash,
            )
    return found
