"""Acts on many questions at once: each says who may, what it asks for, which versions it leaves out and why, and does it.

A further act is one entry in `ACTS`: the page offers it, previews it and runs it like the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as lazy
from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.access.permissions import Permission
from examsite.access.scope import SignedIn
from examsite.audit import Actor
from examsite.authoring import actions, policy
from examsite.authoring.catalogue import actions as catalogue
from examsite.authoring.catalogue import tagging
from examsite.authoring.catalogue.models import QuestionTag
from examsite.authoring.models import VETTED, Bank, QuestionVersion, VersionStatus
from examsite.authoring.writing.readiness import findings_of
from examsite.errors import Invalid

CHUNK = 500
#: Acts that go version by version take at most so many; tags are given by the thousand.
MOST_ONE_BY_ONE = 1_000
MOST = 100_000


class AnswerMissing(Invalid):
    """The act asks for something that was not said."""

    code = "answer-missing"


@dataclass(frozen=True, slots=True)
class Row:
    """A version as acts look at it."""

    id: int
    question_id: int
    external_id: str
    stem: str
    status: str
    is_newest: bool
    author_id: int


@dataclass(frozen=True, slots=True)
class Sorted:
    """Whom an act takes, and whom it leaves out for which reason (a sentence)."""

    taken: list[Row] = field(default_factory=list)
    left: dict[str, list[Row]] = field(default_factory=dict)

    def leave(self, row: Row, reason: str) -> None:
        self.left.setdefault(reason, []).append(row)


@dataclass(frozen=True, slots=True)
class Request:
    """One act asked for.  answers: what the act asks for, by name ("reason", "tag")."""

    session: Session
    bank: Bank
    person: SignedIn
    answers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Act:
    """One act.  asks: names of what the person has to say.  promise: what will happen, in words, before the number.

    do: changes the versions taken, in the transaction of the request.
    """

    code: str
    label: Any
    promise: Any
    may: Callable[[SignedIn, Bank], bool]
    sort: Callable[[Request, Sequence[Row]], Sorted]
    do: Callable[[Request, Sequence[Row], Actor, datetime], None]
    asks: tuple[str, ...] = ()
    most: int = MOST_ONE_BY_ONE


def rows(session: Session, version_ids: Sequence[int]) -> list[Row]:
    """These versions as acts look at them, in the order given."""
    found: dict[int, Row] = {}
    V = QuestionVersion
    for start in range(0, len(version_ids), CHUNK):
        part = session.execute(
            select(
                V.id,
                V.question_id,
                V.external_id,
                V.stem,
                V.status,
                V.is_newest,
                V.author_id,
            ).where(V.id.in_(version_ids[start : start + CHUNK]))
        )
        found.update({row.id: Row(**row._mapping) for row in part})
    return [found[one] for one in dict.fromkeys(version_ids) if one in found]


def check_answers(act: Act, answers: dict[str, str]) -> None:
    """Raises AnswerMissing where the act asks for what was not said."""
    missing = {
        "reason": _("Give the reason: it stays in the record."),
        "tag": _("Name the industry."),
    }
    for name in act.asks:
        if not answers.get(name, "").strip():
            raise AnswerMissing(missing[name], field=name)


# ---- submit


def _sort_drafts(request: Request, found: Sequence[Row]) -> Sorted:
    result = Sorted()
    for row in found:
        if row.status != VersionStatus.DRAFT:
            result.leave(row, _("It is not a draft."))
        elif row.author_id != request.person.id:
            result.leave(row, _("Somebody else wrote it, and submits it."))
        elif not row.is_newest:
            result.leave(row, _("There is a newer version of it."))
        else:
            result.taken.append(row)
    drafts, result.taken[:] = list(result.taken), []
    findings = findings_of(request.session, [row.id for row in drafts])
    for row in drafts:
        fault = next((one for one in findings.get(row.id, ()) if one.is_error), None)
        if fault is None:
            result.taken.append(row)
        else:
            result.leave(row, fault.message)
    return result


def _submit(request: Request, taken: Sequence[Row], actor: Actor, now: datetime) -> None:
    for version in _locked(request.session, taken):
        actions.submit(request.session, version, actor=actor, now=now)


# ---- retire


def _sort_usable(request: Request, found: Sequence[Row]) -> Sorted:
    result = Sorted()
    for row in found:
        if row.status in VETTED:
            result.taken.append(row)
        else:
            result.leave(row, _("It is not approved, so it stands on no paper anyway."))
    return result


def _retire(request: Request, taken: Sequence[Row], actor: Actor, now: datetime) -> None:
    for version in _locked(request.session, taken):
        actions.retire(request.session, version, request.answers["reason"], actor=actor, now=now)


# ---- industry tags


def _sort_untagged(request: Request, found: Sequence[Row]) -> Sorted:
    held = _tagged(request)
    result = Sorted()
    seen: set[int] = set()
    for row in found:
        if row.question_id in held:
            result.leave(row, _("It has this tag already."))
        elif row.question_id in seen:
            result.leave(row, _("Another version of it is in the choice: tags belong to the question."))
        else:
            result.taken.append(row)
        seen.add(row.question_id)
    return result


def _sort_tagged(request: Request, found: Sequence[Row]) -> Sorted:
    held = _tagged(request)
    result = Sorted()
    seen: set[int] = set()
    for row in found:
        if row.question_id not in held:
            result.leave(row, _("It does not have this tag."))
        elif row.question_id in seen:
            result.leave(row, _("Another version of it is in the choice: tags belong to the question."))
        else:
            result.taken.append(row)
        seen.add(row.question_id)
    return result


def _tagged(request: Request) -> set[int]:
    tag = tagging.clean(request.answers.get("tag", ""))
    return set(
        request.session.scalars(
            select(QuestionTag.question_id).where(
                QuestionTag.bank_id == request.bank.id, QuestionTag.tag == tag
            )
        )
    )


def _add_tag(request: Request, taken: Sequence[Row], actor: Actor, now: datetime) -> None:
    questions = [row.question_id for row in taken]
    catalogue.add_tag(request.session, request.bank, questions, request.answers["tag"], actor=actor, now=now)


def _remove_tag(request: Request, taken: Sequence[Row], actor: Actor, now: datetime) -> None:
    questions = [row.question_id for row in taken]
    catalogue.remove_tag(
        request.session, request.bank, questions, request.answers["tag"], actor=actor, now=now
    )


def _locked(session: Session, taken: Sequence[Row]) -> list[QuestionVersion]:
    """The versions, locked in the order of their numbers, so that two acts never wait for each other in a ring."""
    ids = sorted(row.id for row in taken)
    versions: list[QuestionVersion] = []
    for start in range(0, len(ids), CHUNK):
        versions.extend(
            session.scalars(
                select(QuestionVersion)
                .where(QuestionVersion.id.in_(ids[start : start + CHUNK]))
                .order_by(QuestionVersion.id)
                .with_for_update()
            )
        )
    return versions


def may_tag(person: SignedIn, bank: Bank) -> bool:
    """Tags and enemies are said by those who write in the bank or run it."""
    return policy.may_write(person, bank) or person.may_in(Permission.MANAGE_BANK, bank.institution_id)


ACTS: dict[str, Act] = {
    act.code: act
    for act in (
        Act(
            "submit",
            lazy("Submit my drafts for review"),
            lazy("These go to the reviewers"),
            policy.may_write,
            _sort_drafts,
            _submit,
        ),
        Act(
            "retire",
            lazy("Retire"),
            lazy("These leave papers to come"),
            policy.may_review,
            _sort_usable,
            _retire,
            asks=("reason",),
        ),
        Act(
            "tag",
            lazy("Add an industry tag"),
            lazy("These get the tag"),
            may_tag,
            _sort_untagged,
            _add_tag,
            asks=("tag",),
            most=MOST,
        ),
        Act(
            "untag",
            lazy("Take an industry tag away"),
            lazy("These lose the tag"),
            may_tag,
            _sort_tagged,
            _remove_tag,
            asks=("tag",),
            most=MOST,
        ),
    )
}
