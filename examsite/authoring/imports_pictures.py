"""Pictures of an imported file: encoded when it is read, kept by the bank when it is confirmed, forgotten with its undoing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from examsite.audit import Actor
from examsite.authoring.keys import keys
from examsite.authoring.models import ImportBatch, QuestionVersion
from examsite.authoring.pictures.actions import NotAPicture, encode, keep_encoded
from examsite.authoring.pictures.models import BankPicture
from examsite.authoring.versions import chunks
from question_bank.formats.imports import Import, Outcome
from question_bank.formats.pictures import named_by, renamed
from question_bank.problems import Place, Problem
from question_bank.questions.model import Draft, Key, question_from_document


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


def forget_pictures(session: Session, batch: ImportBatch) -> int:
    """Take from the bank the pictures that came with a batch whose versions are gone; how many.

    A picture that came before stays, and one that a version written since names.  The file stays with the batch.
    """
    came = select(BankPicture.digest).where(
        BankPicture.bank_id == batch.bank_id,
        BankPicture.added_at == batch.ended_at,
        BankPicture.added_by_id == batch.ended_by_id,
    )
    digests = set(session.scalars(came))
    if not digests:
        return 0
    since = session.execute(
        select(QuestionVersion.id, QuestionVersion.document).where(
            QuestionVersion.bank_id == batch.bank_id, QuestionVersion.created_at >= batch.ended_at
        )
    ).all()
    for part in chunks(since, 500):
        answers = keys(session, [row.id for row in part])
        for row in part:
            digests.difference_update(
                named_by(Draft(question_from_document(row.document), answers.get(row.id) or Key()))
            )
    session.execute(
        delete(BankPicture).where(BankPicture.bank_id == batch.bank_id, BankPicture.digest.in_(digests))
    )
    return len(digests)
