"""Pictures of an imported file: kept by the bank when the file is confirmed, and named in the drafts as they are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from examsite import files
from examsite.audit import Actor
from question_bank.formats.imports import Import
from question_bank.formats.pictures import named_by, renamed

#: Keeps one picture of a bank and says by which digest it is found: `(session, bank_id, content, *, actor, now)`.
Keep = Callable[..., str]


def as_it_is(session: Session, bank_id: int, content: bytes, *, actor: Actor, now: datetime) -> str:
    """Keep the bytes as they came in the file."""
    return files.keep(session, content, now=now).digest


def with_kept_pictures(
    session: Session, bank_id: int, read: Import, *, actor: Actor, now: datetime, keep: Keep = as_it_is
) -> Import:
    """Keep the pictures that these drafts name; the import with the drafts naming them as they are kept.

    Raises what `keep` raises for bytes that it refuses.
    """
    if not read.pictures:
        return read
    found = dict(read.pictures)
    wanted = dict.fromkeys(digest for draft in read.drafts for digest in named_by(draft) if digest in found)
    names = {digest: keep(session, bank_id, found[digest], actor=actor, now=now) for digest in wanted}
    changed = {old: new for old, new in names.items() if old != new}
    if not changed:
        return read
    return replace(read, drafts=tuple(renamed(draft, changed) for draft in read.drafts))
