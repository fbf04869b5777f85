"""Verbs of paper answer sheets: begin, enter (twice, blind), settle differences, void.

What two persons agree on, or a third look settled, is stored through the same statements as answers from a page, with new
revisions, so that log, receipt and scoring are the same.  A question that is empty on the paper keeps what was typed at the
machine before.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from examsite import audit
from examsite.audit import Actor
from examsite.errors import Broken, Invalid, Refused
from examsite.pages import moment
from examsite.planning.models import Paper, Sitting, SittingStatus
from examsite.registration.models import Enrolment
from examsite.sitting.closing import close
from examsite.sitting.models import Attempt, AttemptEvent
from examsite.sitting.presenting import presented_paper
from examsite.sitting.queries import answers, attempt_id
from examsite.sitting.records import Outcome, Record, Sorted
from examsite.sitting.storing import store
from examsite.sitting.transcription import queries
from examsite.sitting.transcription.models import PaperEntry, PaperScript, PaperSettlement, ScriptStatus
from examsite.sitting.transcription.reading import differences
from question_bank.rules.timing import Phase

#: What `Attempt.closed_by` says of answers that came from paper.
BY_PAPER = "paper"
CODE_DIGITS = 8

Responses = Mapping[int, dict[str, Any]]


class EnteredTwice(Refused):
    """Nobody types the same sheet in twice: the second look would not be another person's."""

    code = "own-work"


class StillAnswering(Refused):
    """The candidate may still answer at the machine."""

    code = "still-answering"


def begin(
    session: Session,
    sitting: Sitting,
    enrolment: Enrolment,
    *,
    number: int,
    code: str,
    reason: str,
    actor: Actor,
    now: datetime,
) -> PaperScript:
    """Say on which paper a candidate wrote.  code: the check code at the foot of the paper.  Raises Refused, Invalid."""
    if sitting.status != SittingStatus.READY or sitting.paper_set_id is None or now < sitting.opens_at:
        raise Refused("本场考试尚未开始，没有可录入的纸笔答卷。")
    session.flush()
    session.refresh(enrolment, ["seat"], with_for_update=True)
    attempt = queries.attempt_of(session, enrolment.id)
    _refuse_while_answering(sitting, enrolment, attempt, now=now)
    paper = session.scalars(
        select(Paper).where(Paper.set_id == sitting.paper_set_id, Paper.number == number)
    ).one_or_none()
    if paper is None:
        raise Invalid(f"本场试卷中没有第 {number} 号卷。请核对试卷页脚的卷号（横线后的数字）。")
    if paper.content_hash[:CODE_DIGITS] != code.strip().lower():
        raise Invalid("卷号与校验码不符。请核对试卷页脚右侧的 8 位校验码。")
    if attempt is not None and attempt.paper_id != paper.id:
        raise Invalid("该考生机考使用的是另一份试卷，纸笔作答必须使用同一份。请核对卷号。")
    row = PaperScript(
        enrolment_id=enrolment.id,
        paper_id=paper.id,
        reason=reason,
        status=ScriptStatus.ENTERING.value,
        opened_by_id=actor.id,
        opened_at=now,
    )
    session.add(row)
    try:
        session.flush()
    except IntegrityError as error:
        raise Refused("该考生的纸笔答卷已在录入中。请返回名单查看。") from error
    audit.record(
        session,
        "paper-script.begin",
        of=row,
        actor=actor,
        now=now,
        enrolment=enrolment.id,
        paper=paper.id,
        reason=reason,
    )
    return row


def enter(
    session: Session, script: PaperScript, found: Responses, *, actor: Actor, now: datetime
) -> list[int]:
    """Keep what one person read from the sheet; the second entry is compared, and stored where both say the same.

    The positions at which the two differ; [] after the first.  Raises EnteredTwice, Refused.
    """
    _locked(session, script, ScriptStatus.ENTERING)
    before = queries.entries(session, script.id)
    if any(entry.person_id == actor.id for entry in before):
        raise EnteredTwice("您已录入过这份答卷，第二遍须由另一人录入。")
    entry = PaperEntry(
        script_id=script.id,
        place=len(before) + 1,
        person_id=actor.id,
        responses=_as_text(found),
        entered_at=now,
    )
    session.add(entry)
    session.flush()
    # Not what was entered: the record of acts can be read while the second person types.
    audit.record(session, "paper-script.enter", of=script, actor=actor, now=now, place=entry.place)
    if not before:
        return []
    differ = differences(presented_paper(session, script.paper_id), before[0].responses, entry.responses)
    if differ:
        script.status = ScriptStatus.DIFFERING.value
        audit.record(session, "paper-script.differ", of=script, actor=actor, now=now, positions=differ)
    else:
        _store(session, script, before[0].responses, actor=actor, now=now)
    return differ


def settle(
    session: Session, script: PaperScript, found: Responses, *, reason: str, actor: Actor, now: datetime
) -> None:
    """Say what stands on the sheet where the two entries differ, after looking again; then everything is stored.

    found: by position, those without anything left out.  Raises Refused.
    """
    _locked(session, script, ScriptStatus.DIFFERING)
    one, other = queries.entries(session, script.id)
    differ = differences(presented_paper(session, script.paper_id), one.responses, other.responses)
    settled = {p: response for p, response in _as_text(found).items() if int(p) in differ}
    session.add(
        PaperSettlement(
            script_id=script.id, responses=settled, reason=reason, settled_by_id=actor.id, settled_at=now
        )
    )
    audit.record(
        session, "paper-script.settle", of=script, actor=actor, now=now, positions=differ, reason=reason
    )
    agreed = {p: response for p, response in one.responses.items() if int(p) not in differ}
    _store(session, script, {**agreed, **settled}, actor=actor, now=now)


def void(session: Session, script: PaperScript, *, reason: str, actor: Actor, now: datetime) -> None:
    """Take back a sheet that was begun by mistake (a wrong number, another candidate).  Raises Refused once stored."""
    session.flush()
    session.refresh(script, ["status"], with_for_update=True)
    if script.status in (ScriptStatus.STORED, ScriptStatus.VOID):
        raise Refused("这份答卷已入库或已作废，不能再作废。")
    script.status = ScriptStatus.VOID.value
    audit.record(session, "paper-script.void", of=script, actor=actor, now=now, reason=reason)


def _store(
    session: Session, script: PaperScript, agreed: Mapping[str, Any], *, actor: Actor, now: datetime
) -> None:
    """Make the agreed responses the attempt's answers, close it, and give the receipt."""
    enrolment = session.get_one(Enrolment, script.enrolment_id)
    sitting = session.get_one(Sitting, enrolment.sitting_id)
    attempt = _attempt(session, script, enrolment, sitting)
    _refuse_while_answering(sitting, enrolment, attempt, now=now)
    earlier = {
        "closed_at": attempt.closed_at.isoformat() if attempt.closed_at else None,
        "closed_by": attempt.closed_by,
        "receipt": attempt.receipt,
    }
    held = answers(session, attempt.id)
    records, superseded = [], []
    highest = max([attempt.revision, *(answer.revision for answer in held.values())])
    for position in sorted(map(int, agreed)):
        before = held.get(position)
        response = agreed[str(position)]
        if before is not None and before.response == response:
            continue
        if before is not None and before.response is not None:
            superseded.append(position)
        highest += 1
        records.append(Record(position, highest, response, before.marked if before else False, now))
    outcome = Outcome(attempt, now, Phase.CLOSED, True)
    store(session.connection(), [Sorted(attempt, outcome, now, counting=records)])
    if outcome.refused or len(outcome.acknowledged) != len(records):
        raise Broken(f"answers from paper were not taken: {outcome.refused}")
    # Written past the session: what it holds of these rows is of before.
    for answer in held.values():
        session.expire(answer)
    session.refresh(attempt)
    attempt.lease, attempt.leased_login_id = None, None
    close(session, attempt, by=BY_PAPER, now=now, actor=actor)
    script.status, script.stored_at, script.receipt = ScriptStatus.STORED.value, now, attempt.receipt
    detail = {"script": script.id, "answers": len(agreed), "superseded": superseded, "before": earlier}
    session.add(AttemptEvent(attempt_id=attempt.id, at=now, kind="transcribed", detail=detail))
    audit.record(
        session,
        "paper-script.store",
        of=script,
        actor=actor,
        now=now,
        attempt=attempt.id,
        receipt=attempt.receipt,
        **detail,
    )


def _attempt(session: Session, script: PaperScript, enrolment: Enrolment, sitting: Sitting) -> Attempt:
    query = select(Attempt).where(Attempt.enrolment_id == enrolment.id).with_for_update()
    attempt = session.scalars(query).one_or_none()
    if attempt is None:
        attempt = Attempt(
            id=attempt_id(enrolment.id),
            enrolment_id=enrolment.id,
            paper_id=script.paper_id,
            started_at=sitting.opens_at,
            settings={},
        )
        session.add(attempt)
        session.flush()
        session.refresh(attempt)
    elif attempt.paper_id != script.paper_id:
        raise Refused("该考生此间在机器上打开了另一份试卷。请作废本次录入，核对后重新开始。")
    return attempt


def _refuse_while_answering(
    sitting: Sitting, enrolment: Enrolment, attempt: Attempt | None, *, now: datetime
) -> None:
    until = queries.still_answers(sitting, enrolment, attempt, now=now)
    if until is not None:
        raise StillAnswering(
            f"该考生的机考尚未结束（至 {moment(until)}）。请等时间结束，或由监考员强制交卷后再录入。"
        )


def _locked(session: Session, script: PaperScript, wanted: ScriptStatus) -> None:
    session.flush()
    session.refresh(script, ["status"], with_for_update=True)
    if script.status != wanted:
        raise Refused("这份答卷的状态已经改变。请刷新页面查看。")


def _as_text(found: Responses) -> dict[str, Any]:
    return {str(position): response for position, response in sorted(found.items())}
