"""Marking who did not come, recording who broke the rules, signing what a colleague recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from examsite import audit, files
from examsite.access.scope import SignedIn
from examsite.errors import Invalid, Refused
from examsite.invigilation.conduct import queries
from examsite.invigilation.conduct.evidence import Evidence
from examsite.invigilation.conduct.models import (
    AbsenceMark,
    Effect,
    Misconduct,
    MisconductEvidence,
    MisconductSignature,
)
from examsite.invigilation.conduct.tiers import tiers
from examsite.planning.models import Sitting
from examsite.registration.models import Enrolment
from examsite.sitting import giving, messages
from examsite.sitting.models import Attempt


class TooEarly(Refused):
    """Candidates may still come."""

    code = "too-early"


class NotAbsent(Refused):
    """There is no mark of absence to take back, or the candidate came."""

    code = "not-absent"


class ReasonNeeded(Invalid):
    """What is taken back is taken back for a reason."""

    code = "reason-needed"


class TierNeeded(Invalid):
    """A result is cancelled by a tier."""

    code = "tier-needed"


class NotYet(Invalid):
    """Nothing happened in the future."""

    code = "not-yet"


class Superseded(Refused):
    """A newer record stands in its place."""

    code = "superseded"


class OwnRecord(Refused):
    """The witness is another person than the recorder."""

    code = "own-record"


class Signed(Refused):
    """One witness is enough."""

    code = "signed"


# ---- absence


def absent_from(sitting: Sitting) -> datetime:
    """From when on nobody may come any more: the late limit, else the end of the sitting."""
    if sitting.late_limit_minutes is None:
        return sitting.closes_at
    return min(sitting.closes_at, sitting.opens_at + timedelta(minutes=sitting.late_limit_minutes))


def mark_absent(
    session: Session, sitting: Sitting, enrolment_ids: Sequence[int], *, actor: SignedIn, now: datetime
) -> int:
    """缺考 for those of these who really did not come; how many.  Who is marked already, or came meanwhile, is left out.

    Raises TooEarly.
    """
    if now <= absent_from(sitting):
        raise TooEarly(_("Candidates may still come in. Mark absence after the late limit."))
    wanted = set(enrolment_ids)
    missing = [one for one in queries.not_arrived(session, sitting.id) if one.id in wanted]
    marked = 0
    for enrolment in missing:
        marked += _mark(session, enrolment.id, True, "", actor, now)
    if marked:
        ids = [enrolment.id for enrolment in missing]
        audit.record(session, "absence.mark", of=sitting, actor=actor, now=now, enrolments=ids)
    return marked


def take_back_absence(
    session: Session, enrolment: Enrolment, reason: str, *, actor: SignedIn, now: datetime
) -> None:
    """The mark was a mistake.  The older mark stays in the record.  Raises ReasonNeeded, NotAbsent."""
    if not reason.strip():
        raise ReasonNeeded(_("Say why the mark of absence is taken back."))
    newest = queries.absence_of(session, enrolment.id)
    if newest is None or not newest.is_absent:
        raise NotAbsent(_("This candidate is not marked absent."))
    if not _mark(session, enrolment.id, False, reason.strip(), actor, now):
        raise NotAbsent(_("Somebody else changed this mark at the same moment. Open the page anew."))
    audit.record(session, "absence.take-back", of=enrolment, actor=actor, now=now, reason=reason.strip())


def _mark(
    session: Session, enrolment_id: int, is_absent: bool, reason: str, actor: SignedIn, now: datetime
) -> bool:
    """Whether the mark is new: of two who mark at the same moment one finds the other's."""
    newest = queries.absence_of(session, enrolment_id)
    row = AbsenceMark(
        enrolment_id=enrolment_id,
        number=newest.number + 1 if newest else 1,
        is_absent=is_absent,
        reason=reason,
        marked_by_id=actor.id,
        marked_at=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return False
    return True


# ---- misconduct


@dataclass(frozen=True, slots=True)
class Report:
    """What an invigilator says.  tier: "" = none.  message: what the candidate is told, "" = nothing."""

    tier: str
    effect: Effect
    text: str
    occurred_at: datetime
    message: str = ""
    evidence: tuple[Evidence, ...] = ()


def record_misconduct(
    session: Session,
    enrolment: Enrolment,
    report: Report,
    *,
    once: str,
    supersedes: Misconduct | None = None,
    actor: SignedIn,
    now: datetime,
) -> Misconduct:
    """Record it with its evidence, end the attempt where the effect says so, and tell the candidate.

    The same token again gives the record that the first call made.  A newer record keeps the evidence of the one that it
    supersedes.  Raises TierNeeded, NotYet, Superseded.
    """
    tier = tiers().get(report.tier) if report.tier else None
    if tier is None and (report.tier or report.effect is Effect.CANCEL):
        raise TierNeeded(_("A result is cancelled under a tier. Choose the tier."))
    if report.occurred_at > now:
        raise NotYet(_("This instant has not come yet."))
    row = Misconduct(
        enrolment_id=enrolment.id,
        once=once,
        tier=tier.code if tier else "",
        tier_text=tier.title if tier else "",
        effect=report.effect.value,
        text=report.text.strip(),
        occurred_at=report.occurred_at,
        is_withdrawn=False,
        recorded_by_id=actor.id,
        recorded_at=now,
        supersedes_id=supersedes.id if supersedes else None,
    )
    if (earlier := _added(session, row)) is not None:
        return earlier
    _keep_evidence(session, row, report.evidence, supersedes, now)
    _apply(session, enrolment, report, actor, now)
    audit.record(
        session,
        "misconduct.record",
        of=row,
        actor=actor,
        now=now,
        enrolment=enrolment.id,
        tier=row.tier,
        effect=row.effect,
        supersedes=row.supersedes_id,
        evidence=[one.digest for one in report.evidence],
    )
    return row


def withdraw_misconduct(
    session: Session, row: Misconduct, reason: str, *, once: str, actor: SignedIn, now: datetime
) -> Misconduct:
    """Take a record back; it stays, superseded.  An attempt that it ended stays closed.  Raises ReasonNeeded, Superseded."""
    if not reason.strip():
        raise ReasonNeeded(_("Say why the record is taken back."))
    taken = Misconduct(
        enrolment_id=row.enrolment_id,
        once=once,
        tier=row.tier,
        tier_text=row.tier_text,
        effect=row.effect,
        text=reason.strip(),
        occurred_at=row.occurred_at,
        is_withdrawn=True,
        recorded_by_id=actor.id,
        recorded_at=now,
        supersedes_id=row.id,
    )
    if (earlier := _added(session, taken)) is not None:
        return earlier
    audit.record(session, "misconduct.withdraw", of=taken, actor=actor, now=now, supersedes=row.id)
    return taken


def sign(session: Session, row: Misconduct, *, actor: SignedIn, now: datetime) -> None:
    """The second invigilator signs what the first recorded.  Raises OwnRecord, Superseded, Signed."""
    if row.recorded_by_id == actor.id:
        raise OwnRecord(_("You recorded this yourself. Another invigilator has to sign as witness."))
    if queries.is_superseded(session, row.id):
        raise Superseded(_("A newer record stands in the place of this one. Open the page anew."))
    if session.get(MisconductSignature, row.id) is not None:
        raise Signed(_("A witness has signed this already."))
    signature = MisconductSignature(
        misconduct_id=row.id, witness_id=actor.id, recorded_by_id=row.recorded_by_id, signed_at=now
    )
    try:
        with session.begin_nested():
            session.add(signature)
    except IntegrityError as error:
        raise Signed(_("A witness has signed this already.")) from error
    audit.record(session, "misconduct.sign", of=row, actor=actor, now=now, effect=row.effect)


def _added(session: Session, row: Misconduct) -> Misconduct | None:
    """None where the row is new; the earlier one where its form was sent twice.  Raises Superseded."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        earlier = session.scalars(select(Misconduct).where(Misconduct.once == row.once)).one_or_none()
        if earlier is None or earlier.recorded_by_id != row.recorded_by_id:
            raise Superseded(
                _("A newer record stands in the place of this one. Open the page anew.")
            ) from error
        return earlier
    return None


def _keep_evidence(
    session: Session,
    row: Misconduct,
    evidence: Sequence[Evidence],
    supersedes: Misconduct | None,
    now: datetime,
) -> None:
    held = {}
    for old in queries.evidence_of(session, [supersedes.id]) if supersedes else ():
        held[old.digest] = MisconductEvidence(
            misconduct_id=row.id, digest=old.digest, name=old.name, media_type=old.media_type, size=old.size
        )
    for one in evidence:
        kept = files.keep(session, one.content, now=now)
        held[kept.digest] = MisconductEvidence(
            misconduct_id=row.id,
            digest=kept.digest,
            name=one.name,
            media_type=one.media_type,
            size=kept.size,
        )
    session.add_all(held.values())


def _apply(session: Session, enrolment: Enrolment, report: Report, actor: SignedIn, now: datetime) -> None:
    """Tell the candidate, and end the attempt where the effect says so and it is still open."""
    ids = session.scalars(select(Attempt.id).where(Attempt.enrolment_id == enrolment.id)).all()
    attempts = giving.locked(session, ids) if ids else []
    for attempt in attempts:
        if report.message.strip():
            sitting = session.get_one(Sitting, enrolment.sitting_id)
            messages.send(
                session, sitting, attempt_id=attempt.id, text=report.message.strip(), actor=actor, now=now
            )
        if report.effect is not Effect.WARNING and attempt.closed_at is None:
            giving.force_hand_in(session, attempt, reason=report.text.strip(), actor=actor, now=now)
