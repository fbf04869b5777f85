"""Correcting a wrong key after the version was used: proposed by one person, approved by another, frozen, superseding.

What it does to scores is the results stage's: it shows who would change before, and scores anew after, the approval.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal, InvalidOperation

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from examsite import audit
from examsite.audit import Actor
from examsite.authoring.keys import keys, seal_correction
from examsite.authoring.models import QuestionVersion
from examsite.authoring.vetting.errors import CommentNeeded, NoKey, SamePerson
from examsite.authoring.vetting.models import CorrectionStatus, KeyCorrection
from examsite.errors import Refused
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Key, Option, Part, Quantity, Question, question_from_document


def propose(
    session: Session, version: QuestionVersion, key: Key, reason: str, *, actor: Actor, now: datetime
) -> KeyCorrection:
    """Ask that this key take the place of the one in force.

    Raises CommentNeeded without a reason, NoKey where it is no key of the question, Refused where nothing would change
    or another proposal is open.
    """
    if not reason.strip():
        raise CommentNeeded(_("Please say why the key is wrong and what shows it."))
    session.execute(select(QuestionVersion.id).where(QuestionVersion.id == version.id).with_for_update())
    if found := faults(question_from_document(version.document), key):
        raise NoKey(" ".join(found.values()), faults=found)
    if keys(session, [version.id])[version.id] == key:
        raise Refused(_("This is the key already in force. Nothing was proposed."))
    before = session.scalars(
        select(KeyCorrection.status)
        .where(KeyCorrection.version_id == version.id)
        .order_by(KeyCorrection.number)
    ).all()
    if CorrectionStatus.PROPOSED in before:
        raise Refused(_("A change of this key already waits for a second person. It must be decided first."))
    row = KeyCorrection(
        version_id=version.id,
        number=len(before) + 1,
        document=seal_correction(version.id, key),
        reason=reason.strip(),
        proposed_by_id=actor.id,
        proposed_at=now,
        status=CorrectionStatus.PROPOSED.value,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        "key.propose",
        of=row,
        actor=actor,
        now=now,
        version=version.id,
        number=row.number,
        reason=row.reason,
    )
    return row


def decide(
    session: Session, row: KeyCorrection, status: CorrectionStatus, note: str, *, actor: Actor, now: datetime
) -> None:
    """Approve or refuse what another person proposed.  Raises CommentNeeded, SamePerson, Refused where it is decided."""
    if not note.strip():
        raise CommentNeeded(_("Please give the reason for your decision."))
    session.refresh(row, ["status"], with_for_update=True)
    if row.status != CorrectionStatus.PROPOSED:
        raise Refused(_("This change was decided already. Reload the page to see how."))
    if row.proposed_by_id == actor.id:
        raise SamePerson(_("You proposed this change yourself. Another person has to decide it."))
    row.status, row.decided_by_id, row.decided_at, row.note = status.value, actor.id, now, note.strip()
    session.flush()
    act = "key.approve" if status is CorrectionStatus.APPROVED else "key.refuse"
    audit.record(
        session, act, of=row, actor=actor, now=now, version=row.version_id, number=row.number, note=row.note
    )


def key_from_form(question: Question, sent: MultiDict[str, str], old: Key) -> Key:
    """The key that a form describes; what it does not name (quantities' units, groups) stays as in the old key.

    Fields of a question without parts have no prefix, those of part n (from 0) begin with "p<n>-": options (ids),
    truth ("true" or "false"), blank-<n> (accepted texts, one a line), model_answer, value.
    """
    if not question.parts:
        return _leaf(question.kind, question.options, question.blanks, question.numeric, sent, old, "")
    parts = tuple(
        _leaf(part.kind, part.options, part.blanks, part.numeric, sent, old_part, f"p{n}-")
        for n, (part, old_part) in enumerate(zip(question.parts, old.parts, strict=True))
    )
    return replace(old, parts=parts)


def faults(question: Question, key: Key) -> dict[str, str]:
    """What is wrong with a key of this question, by field as in `key_from_form`; empty where it fits."""
    if not question.parts:
        return _faults_of(question, key, "")
    if len(key.parts) != len(question.parts):
        return {"": _("The key has to have a part for each part of the question.")}
    found: dict[str, str] = {}
    for n, (part, part_key) in enumerate(zip(question.parts, key.parts, strict=True)):
        found |= _faults_of(part, part_key, f"p{n}-")
    return found


def _faults_of(one: Question | Part, key: Key, prefix: str) -> dict[str, str]:
    known = {option.id for option in one.options}
    if one.kind.has_options:
        if not key.options <= known:
            return {f"{prefix}options": _("The key names an option that the question does not have.")}
        if one.kind is Kind.SINGLE and len(key.options) != 1:
            return {f"{prefix}options": _("Choose exactly one right option.")}
        if one.kind is Kind.MULTIPLE and len(key.options) < 2:
            return {f"{prefix}options": _("Choose at least two right options.")}
    elif one.kind is Kind.JUDGEMENT and key.truth is None:
        return {f"{prefix}truth": _("Choose whether the statement is true or false.")}
    elif one.kind is Kind.BLANK:
        bare = [n for n in range(one.blanks) if n >= len(key.blanks) or not any(key.blanks[n])]
        return {f"{prefix}blank-{n}": _("Give at least one accepted text for each blank.") for n in bare}
    elif one.numeric and key.quantity is None:
        return {f"{prefix}value": _("Give the right number.")}
    return {}


def _leaf(
    kind: Kind,
    options: tuple[Option, ...],
    blanks: int,
    numeric: bool,
    sent: MultiDict[str, str],
    old: Key,
    prefix: str,
) -> Key:
    if kind.has_options:
        chosen = set(sent.getlist(f"{prefix}options"))
        return replace(old, options=frozenset(option.id for option in options if option.id in chosen))
    if kind is Kind.JUDGEMENT:
        truth = {"true": True, "false": False}.get(sent.get(f"{prefix}truth", ""))
        return replace(old, truth=truth)
    if kind is Kind.BLANK:
        lines = [sent.get(f"{prefix}blank-{n}", "").splitlines() for n in range(blanks)]
        return replace(old, blanks=tuple(tuple(t.strip() for t in one if t.strip()) for one in lines))
    if numeric:
        return replace(old, quantity=_quantity(sent.get(f"{prefix}value", ""), old))
    return replace(old, model_answer=sent.get(f"{prefix}model_answer", "").strip()[:20_000])


def _quantity(text: str, old: Key) -> Quantity | None:
    """The number with the old tolerance and units; None where it is no number."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    if not value.is_finite():
        return None
    return replace(old.quantity, value=value) if old.quantity else Quantity(value)
