"""Pictures of an imported file: encoded when it is read, kept by the bank when it is confirmed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from sqlalchemy.orm import Session

from examsite.audit import Actor
from examsite.authoring.pictures.actions import NotAPicture, encode, keep_encoded
from question_bank.formats.imports import Import, Outcome
from question_bank.formats.pictures import named_by, renamed
from question_bank.problems import Place, Problem


def with_encoded_pictures(read: Import) -> Import:
    """The import with its pictures as the bank would keep them; rows with a picture that it refuses are refused.

    Done while reading, so that the preview knows unchanged questions again and nothing is left to fail at the end.
    """
    if not read.pictures:
        return read
    encoded: dict[str, bytes] = {}
    refused: dict[str, str] = {}
    for digest, content in read.pictures:
        try:
            encoded[digest] = encode(content).content
        except NotAPicture as fault:
            refused[digest] = str(fault.message)
    names = {old: sha256(content).hexdigest() for old, content in encoded.items()}
    faults = {
        (draft.sheet, draft.row): refused[digest]
        for draft in read.drafts
        for digest in named_by(draft)
        if digest in refused
    }
    return replace(
        read,
        pictures=tuple({names[old]: content for old, content in encoded.items()}.items()),
        drafts=tuple(
            renamed(draft, names) for draft in read.drafts if (draft.sheet, draft.row) not in faults
        ),
        fates=tuple(
            replace(fate, outcome=Outcome.REFUSED, codes=(*fate.codes, "picture-refused"))
            if (fate.sheet, fate.row) in faults
            else fate
            for fate in read.fates
        ),
        problems=(
            *read.problems,
            *(Problem(Place(*place), "picture-refused", sentence) for place, sentence in faults.items()),
        ),
    )


def keep_pictures(session: Session, bank_id: int, read: Import, *, actor: Actor, now: datetime) -> None:
    """Keep the pictures that the drafts name."""
    wanted = {digest for draft in read.drafts for digest in named_by(draft)}
    for digest, content in read.pictures:
        if digest in wanted:
            keep_encoded(session, bank_id, content, actor=actor, now=now)
