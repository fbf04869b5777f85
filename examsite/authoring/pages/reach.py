"""Loading what an address names, or 404: nobody learns whether something exists outside their reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.guard import current_person
from examsite.access.scope import SignedIn
from examsite.authoring import actions, policy, queries, search
from examsite.authoring.models import Bank, ImportBatch, OutlineRow, QuestionVersion
from examsite.authoring.vetting import actions as vetting
from examsite.db import database
from examsite.errors import NotYours

Policy = Callable[[SignedIn, Bank], bool]


def bank_in_reach(session: Session, bank_id: int, may: Policy = policy.may_see) -> Bank:
    """The bank, where the person may."""
    bank = queries.bank(session, bank_id)
    if bank is None or not may(current_person(), bank):
        raise NotYours()
    return bank


def batch_in_reach(
    session: Session, batch_id: int, may: Policy = policy.may_write
) -> tuple[ImportBatch, Bank]:
    """The import and its bank, where the person may."""
    batch = queries.batch(session, batch_id)
    if batch is None:
        raise NotYours()
    return batch, bank_in_reach(session, batch.bank_id, may)


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
    """The version and its bank, where the person may."""
    version = search.version(session, version_id)
    if version is None:
        raise NotYours()
    return version, bank_in_reach(session, version.bank_id, may)


def note_look(of: str, **detail: Any) -> None:
    """Put on the record that this person looks at keys.

    Not `writing()`: a page with keys is fetched by GET, and the look counts all the same.
    """
    with database().writing() as session:
        actions.note_keys_seen(session, of, actor=current_person(), now=clock.now(), **detail)


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
