"""Loading what an address names, or 404: nobody learns whether something exists outside their reach."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext as _
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import current_person
from examsite.access.scope import SignedIn
from examsite.authoring import actions, policy, queries, search
from examsite.authoring.catalogue.acts import Row
from examsite.authoring.catalogue.search import Line
from examsite.authoring.models import Bank, ImportBatch, OutlineRow, QuestionVersion
from examsite.authoring.secrecy import need_to_know, undertakings
from examsite.authoring.secrecy.actions import BEFORE_VETTING, note_questions_seen
from examsite.authoring.secrecy.models import DutyTask
from examsite.authoring.vetting import actions as vetting
from examsite.db import database
from examsite.errors import NotYours

Policy = Callable[[SignedIn, Bank], bool]
#: What these let a person do shows no question, so nothing has to be signed first.
_WITHOUT_QUESTIONS = (
    policy.may_see,
    policy.may_manage,
    policy.may_verify,
    policy.may_edit_outline,
    policy.may_export,
    policy.may_answer_export,
)


class UndertakingNeeded(Exception):
    """The person has to sign the undertaking before they see a question of this bank; the page is asked for again after."""

    def __init__(self, bank_id: int) -> None:
        super().__init__(bank_id)
        self.bank_id = bank_id


def bank_in_reach(session: Session, bank_id: int, may: Policy = policy.may_see) -> Bank:
    """The bank, where the person may: its counts and outlines.  Raises UndertakingNeeded before writing or judging."""
    bank = queries.bank(session, bank_id)
    if bank is not None:
        need_to_know.load(session, current_person(), bank)
    if bank is None or not may(current_person(), bank):
        raise NotYours()
    if may not in _WITHOUT_QUESTIONS:
        _signed(session, bank)
    return bank


def questions_in_reach(session: Session, bank_id: int) -> tuple[Bank, ColumnElement[bool]]:
    """The bank, and which of its versions the person may see.  Raises UndertakingNeeded."""
    bank = bank_in_reach(session, bank_id)
    _signed(session, bank)
    return bank, need_to_know.visible(session, current_person(), bank)


def batch_in_reach(
    session: Session, batch_id: int, may: Policy = policy.may_write
) -> tuple[ImportBatch, Bank]:
    """The import and its bank, where the person may."""
    batch = queries.batch(session, batch_id)
    if batch is None:
        raise NotYours()
    bank = bank_in_reach(session, batch.bank_id, may)
    if not policy.may_see_import(current_person(), bank, batch.uploaded_by_id):
        raise NotYours()
    return batch, bank


def outline_in_reach(
    session: Session, outline_id: int, may: Policy = policy.may_see
) -> tuple[OutlineRow, Bank]:
    """The outline and its bank, where the person may."""
    row = session.get(OutlineRow, outline_id)
    if row is None:
        raise NotYours()
    return row, bank_in_reach(session, row.bank_id, may)


def version_in_reach(
    session: Session, version_id: int, may: Policy = policy.may_see
) -> tuple[QuestionVersion, Bank]:
    """The version and its bank, where the person may see this version and may do this to it.  Raises UndertakingNeeded."""
    version = search.version(session, version_id)
    bank = queries.bank(session, version.bank_id) if version is not None else None
    person = current_person()
    if version is None or bank is None or not need_to_know.load_for(session, person, bank, version):
        raise NotYours()
    if not may(person, bank):
        raise NotYours()
    _signed(session, bank)
    return version, bank


def seen_of(bank: Bank, versions: list[QuestionVersion]) -> list[QuestionVersion]:
    """Of these versions of one question those that the person may see: a question may have come from another area."""
    held = bank.held
    return [one for one in versions if held is None or held.is_own or held.sees(one)]


def sees_in(bank: Bank) -> Callable[[QuestionVersion], bool]:
    """Whether the person sees the text of a version: a manager who is not named deals with its number alone."""
    held = bank.held
    return lambda version: held is None or held.sees(version)


def may_write_at(session: Session, bank: Bank, point: str) -> bool:
    """Whether this person is named to write at this point of the outline."""
    if not bank.is_restricted:
        return True
    if bank.held is None:
        need_to_know.load(session, current_person(), bank)
    return bool(bank.held.covers(DutyTask.WRITE, point))


def note_look(of: str, **detail: Any) -> None:
    """Put on the record that this person looks at keys.

    Not `writing()`: a page with keys is fetched by GET, and the look counts all the same.
    """
    with database().writing() as session:
        actions.note_keys_seen(session, of, actor=current_person(), now=clock.now(), **detail)


def note_questions(of: str, versions: Iterable[QuestionVersion | Line | Row], **detail: Any) -> None:
    """Put on the record that this person looks at questions that were vetted: one record a page, with their ids."""
    seen = [version.id for version in versions if version.status not in BEFORE_VETTING]
    if seen:
        with database().writing() as session:
            note_questions_seen(session, of, seen, actor=current_person(), now=clock.now(), **detail)


def note_opening(version_id: int) -> None:
    """When this reviewer first opened what they were asked to judge: written on GET for the same reason."""
    with database().writing() as session:
        vetting.note_opening(session, version_id, actor=current_person(), now=clock.now())


def whole(name: str, default: int = 1) -> int:
    """A whole number of the address, at least 1; the default where it is none."""
    text = request.args.get(name, "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 9 else default


def crumbs_to(bank: Bank, url: str, *more: tuple[Any, str | None]) -> list[tuple[Any, str | None]]:
    """The way here from the list of banks."""
    return [(_("Question banks"), url_for("authoring.banks")), (bank.name, url), *more]


def _signed(session: Session, bank: Bank) -> None:
    """Raises UndertakingNeeded unless the person signed for the bank's institution; asked once a request."""
    known: set[int] = g.setdefault("signed_for", set())
    if bank.institution_id in known:
        return
    grace = undertakings.GRACE if request.method == "POST" else timedelta(0)
    if not undertakings.has_signed(session, current_person().id, bank, grace=grace):
        raise UndertakingNeeded(bank.id)
    known.add(bank.institution_id)
