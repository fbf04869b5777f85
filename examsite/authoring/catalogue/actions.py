"""Verbs beside questions: uses noted, enemies said and ended, tags given and taken, filters saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from examsite import audit
from examsite.audit import Actor
from examsite.authoring.catalogue import tagging
from examsite.authoring.catalogue.models import EnemyPair, QuestionTag, SavedFilter, VersionUse
from examsite.authoring.models import Bank, QuestionRow, QuestionVersion
from examsite.errors import Invalid, Refused

CHUNK = 500
LONGEST_REASON = 1000
MOST_SAVED = 30


class NoReason(Invalid):
    """Two questions are enemies for a reason."""

    code = "reason-needed"


class NoTag(Invalid):
    """A tag has a name."""

    code = "tag-needed"


class NotAPair(Refused):
    """No two questions of one bank that are not enemies yet."""

    code = "not-a-pair"


class AlreadyEnded(Refused):
    """Somebody ended this before."""

    code = "already-ended"


class NameNeeded(Invalid):
    """A saved filter has a name of its own and narrows something."""

    code = "name-needed"


# ---- uses


def record_use(
    session: Session,
    source: str,
    counts: Mapping[int, int],
    *,
    papers: Mapping[int, int],
    at: datetime,
    title: str = "",
) -> None:
    """Note how many people were presented with each version, and on how many papers it stands.

    source: "paper_set:7" or "sitting:7"; the same source again replaces what it said.  counts, papers: by version id.
    """
    wanted = sorted(counts.keys() | papers.keys())
    before = _versions_of(session, source)
    session.execute(delete(VersionUse).where(VersionUse.source == source))
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        banks = {
            row.id: row.bank_id
            for row in session.execute(
                select(QuestionVersion.id, QuestionVersion.bank_id).where(QuestionVersion.id.in_(part))
            )
        }
        rows = [
            {
                "bank_id": banks[version_id],
                "version_id": version_id,
                "source": source,
                "title": title[:160],
                "papers": papers.get(version_id, 0),
                "people": counts.get(version_id, 0),
                "at": at,
            }
            for version_id in part
            if version_id in banks
        ]
        if rows:
            session.execute(insert(VersionUse), rows)
    _sum_up(session, sorted({*wanted, *before}))


def forget_use(session: Session, source: str) -> None:
    """Take back what a source said: its papers were thrown away before anybody saw them."""
    before = _versions_of(session, source)
    session.execute(delete(VersionUse).where(VersionUse.source == source))
    _sum_up(session, before)


def _versions_of(session: Session, source: str) -> list[int]:
    return list(session.scalars(select(VersionUse.version_id).where(VersionUse.source == source)))


def _sum_up(session: Session, version_ids: Sequence[int]) -> None:
    """Repeat the sums of uses on the versions, where lists sort and narrow by them."""

    def of_version(what: Any) -> Any:
        return (
            select(what)
            .where(VersionUse.version_id == QuestionVersion.id)
            .correlate(QuestionVersion)
            .scalar_subquery()
        )

    for start in range(0, len(version_ids), CHUNK):
        session.execute(
            update(QuestionVersion)
            .where(QuestionVersion.id.in_(version_ids[start : start + CHUNK]))
            .values(
                papers=of_version(func.coalesce(func.sum(VersionUse.papers), 0)),
                people=of_version(func.coalesce(func.sum(VersionUse.people), 0)),
                last_used_at=of_version(func.max(VersionUse.at)),
            )
            .execution_options(synchronize_session=False)
        )


# ---- enemies


def make_enemies(
    session: Session, one: QuestionRow, other: QuestionRow, reason: str, *, actor: Actor, now: datetime
) -> EnemyPair:
    """Keep two questions of a bank off one paper.  Raises NoReason, NotAPair."""
    reason = reason.strip()[:LONGEST_REASON]
    if not reason:
        raise NoReason(_("Say why these two questions may not stand on one paper."))
    if one.id == other.id or one.bank_id != other.bank_id:
        raise NotAPair(_("Name another question of the same bank."))
    session.execute(select(Bank.id).where(Bank.id == one.bank_id).with_for_update())
    first, second = sorted((one.id, other.id))
    live = select(EnemyPair.id).where(
        EnemyPair.one_id == first, EnemyPair.other_id == second, EnemyPair.ended_at.is_(None)
    )
    if session.scalar(live) is not None:
        raise NotAPair(_("These two questions are kept apart already."))
    pair = EnemyPair(
        bank_id=one.bank_id, one_id=first, other_id=second, reason=reason, said_by_id=actor.id, said_at=now
    )
    session.add(pair)
    session.flush()
    audit.record(
        session, "question.enemies", of=pair, actor=actor, now=now, questions=[first, second], reason=reason
    )
    return pair


def end_enemies(session: Session, pair: EnemyPair, *, actor: Actor, now: datetime) -> None:
    """Let the two stand on one paper again; that they were kept apart stays on the record.  Raises AlreadyEnded."""
    session.refresh(pair, ["ended_at"], with_for_update=True)
    if pair.ended_at is not None:
        raise AlreadyEnded(_("Somebody has let these two stand together already. Reload the page."))
    pair.ended_at, pair.ended_by_id = now, actor.id
    audit.record(
        session,
        "question.enemies_end",
        of=pair,
        actor=actor,
        now=now,
        questions=[pair.one_id, pair.other_id],
    )


# ---- industry tags


def add_tag(
    session: Session, bank: Bank, question_ids: Sequence[int], tag: str, *, actor: Actor, now: datetime
) -> int:
    """Say that these questions belong to an industry; how many did not before.  Raises NoTag."""
    tag = _tag(tag)
    added = tagging.add(session, bank.id, question_ids, tag)
    if added:
        audit.record(
            session, "question.tag", of=bank, actor=actor, now=now, tag=tag, questions=list(question_ids)
        )
    return added


def remove_tag(
    session: Session, bank: Bank, question_ids: Sequence[int], tag: str, *, actor: Actor, now: datetime
) -> None:
    """Say that these questions do not belong to an industry.  Raises NoTag."""
    tag = _tag(tag)
    held = session.scalar(
        select(func.count())
        .select_from(QuestionTag)
        .where(QuestionTag.bank_id == bank.id, QuestionTag.tag == tag)
    )
    tagging.remove(session, question_ids, tag)
    if held:
        audit.record(
            session, "question.untag", of=bank, actor=actor, now=now, tag=tag, questions=list(question_ids)
        )


def _tag(tag: str) -> str:
    tag = tagging.clean(tag)
    if not tag:
        raise NoTag(_("Name the industry."))
    return tag


# ---- saved filters


def save_filter(
    session: Session,
    bank: Bank,
    name: str,
    arguments: Mapping[str, Any],
    *,
    is_shared: bool,
    actor: Actor,
    now: datetime,
) -> SavedFilter:
    """Keep a list to come back to; the same name again replaces it.  Raises NameNeeded."""
    name = " ".join(name.split())[:40]
    if not name:
        raise NameNeeded(_("Give this list a name, so that you find it again."))
    if not arguments:
        raise NameNeeded(_("Narrow the list first; then save it under a name."))
    mine = select(SavedFilter).where(SavedFilter.bank_id == bank.id, SavedFilter.owner_id == actor.id)
    held = session.scalars(mine.where(SavedFilter.name == name)).one_or_none()
    if held is not None:
        held.arguments, held.is_shared, held.created_at = dict(arguments), is_shared, now
        return held
    if len(session.scalars(mine).all()) >= MOST_SAVED:
        raise NameNeeded(
            _("You have saved %(count)s lists of this bank. Remove one first.", count=MOST_SAVED)
        )
    made = SavedFilter(
        bank_id=bank.id,
        owner_id=actor.id,
        name=name,
        arguments=dict(arguments),
        is_shared=is_shared,
        created_at=now,
    )
    session.add(made)
    session.flush()
    return made


def remove_filter(session: Session, saved: SavedFilter) -> None:
    """Forget a saved list; nothing rests on it."""
    session.delete(saved)
