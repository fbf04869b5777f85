"""Which questions of a bank say nearly the same as a stem, of those that the person may see."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from examsite.access.scope import SignedIn
from examsite.authoring.models import Bank, QuestionRow, QuestionVersion
from examsite.authoring.queries import is_current
from examsite.authoring.secrecy import need_to_know
from question_bank.questions.similarity import StemIndex, similarity

#: So many of the nearest are looked at before need to know and history take theirs out.
_LOOKED_AT = 60
#: So many of the newest versions are compared with what the index knows: a transaction that took its number early may commit
#: late, and a number that an undone import gave back may stand for another question.
_OVERLAP = 400


@dataclass(frozen=True, slots=True)
class Like:
    """A version whose stem is near.  likeness: from the threshold to 1."""

    version_id: int
    question_id: int
    label: str
    stem: str
    status: str
    likeness: float

    @property
    def percent(self) -> int:
        return int(self.likeness * 100)


@dataclass
class _BankIndex:
    """The stems of a bank in this process, by version; versions are never edited, so what is known stays true."""

    index: StemIndex[int] = field(default_factory=StemIndex)
    known: dict[int, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


_INDEXES: WeakKeyDictionary[Any, dict[int, _BankIndex]] = WeakKeyDictionary()
_GUARD = threading.Lock()


def alike(
    session: Session,
    bank: Bank,
    person: SignedIn,
    stem: str,
    *,
    except_question_id: int | None = None,
    limit: int = 5,
) -> list[Like]:
    """Current versions with a stem near to this one, the nearest first; never one that the person may not see."""
    near = index_of(session, bank.id).near(stem, limit=_LOOKED_AT)
    if not near:
        return []
    rows = session.execute(
        select(
            QuestionVersion.id,
            QuestionVersion.question_id,
            QuestionRow.external_id,
            QuestionVersion.stem,
            QuestionVersion.status,
        )
        .join(QuestionRow, QuestionRow.id == QuestionVersion.question_id)
        .where(
            QuestionVersion.id.in_([version_id for version_id, _value in near]),
            QuestionVersion.bank_id == bank.id,
            QuestionVersion.question_id != (except_question_id or 0),
            is_current(),
            need_to_know.visible(session, person, bank),
        )
    )
    found = [
        Like(
            row.id,
            row.question_id,
            row.external_id or f"#{row.question_id}",
            row.stem,
            row.status,
            similarity(stem, row.stem),
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (-one.likeness, one.version_id))[:limit]


def index_of(session: Session, bank_id: int) -> StemIndex[int]:
    """The index of a bank's stems by version id, with what was written since it was last asked for."""
    engine = session.get_bind().engine
    with _GUARD:
        held = _INDEXES.setdefault(engine, {}).setdefault(bank_id, _BankIndex())
    with held.lock:
        newest = max(held.known, default=0)
        recent = _rows(session, bank_id, since=_floor(held.known, newest))
        count = session.scalar(
            select(func.count()).select_from(QuestionVersion).where(QuestionVersion.bank_id == bank_id)
        )
        fresh = [(i, digest, stem) for i, digest, stem in recent if i not in held.known]
        moved = any(held.known.get(i, digest) != digest for i, digest, _stem in recent)
        if moved or len(held.known) + len(fresh) != count:
            held.index, held.known = StemIndex(), {}
            fresh = list(_rows(session, bank_id, since=0))
        held.index.add((i, stem) for i, _digest, stem in fresh)
        held.known.update((i, digest) for i, digest, _stem in fresh)
        return held.index


def _floor(known: dict[int, str], newest: int) -> int:
    return max(0, newest - _OVERLAP) if known else 0


def _rows(session: Session, bank_id: int, *, since: int) -> list[tuple[int, str, str]]:
    rows: Iterable[Any] = session.execute(
        select(QuestionVersion.id, QuestionVersion.content_hash, QuestionVersion.stem)
        .where(QuestionVersion.bank_id == bank_id, QuestionVersion.id > since)
        .order_by(QuestionVersion.id)
    )
    return [(row.id, row.content_hash, row.stem) for row in rows]
