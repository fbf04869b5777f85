"""`flask bank …`: a bank at a terminal."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite import clock
from examsite.access.models import Grant, Person
from examsite.access.permissions import ROLES, Permission
from examsite.access.scope import EVERYTHING, institution_scope
from examsite.authoring import imports, queries
from examsite.authoring.imports import Take
from examsite.authoring.models import Bank
from examsite.authoring.reading import read_workbook
from examsite.authoring.reports import from_document
from examsite.db import reading, writing
from examsite.errors import DomainError
from question_bank.formats.limits import Unreadable

bank_commands = AppGroup("bank", help="Question banks.")


@bank_commands.command("list")
def list_banks() -> None:
    """Every bank with its id and how many questions it has, by status."""
    with reading() as session:
        for line in queries.banks_within(session, None):
            counts = " ".join(f"{status}={count}" for status, count in sorted(line.counts.items()))
            click.echo(f"{line.bank.id}\t{line.bank.institution.name}\t{line.bank.name}\t{counts}")


@bank_commands.command("import")
@click.option("--bank", "bank_id", type=int, required=True, help="Id of the bank; see `flask bank list`.")
@click.option("--as", "username", required=True, help="Username of the writer who answers for the file.")
@click.option("--source", help="题库名称 to take where the file holds several.")
@click.option("--good-rows", is_flag=True, help="Leave rows with errors out, instead of importing nothing.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_workbook(bank_id: int, username: str, source: str | None, good_rows: bool, file: Path) -> None:
    """Import a workbook; its questions then wait for review.  Exit status 1 and one line where it is refused."""
    content = file.read_bytes()
    try:
        with reading() as session:
            found = queries.published_outline(session, bank_id)
        read = read_workbook(file.name, content, (found[0].content_hash, found[1]) if found else None)
        with writing() as session:
            bank = session.get(Bank, bank_id)
            if bank is None:
                sys.exit(_refuse(f"there is no bank {bank_id}; see `flask bank list`"))
            person = _writer(session, username, bank)
            if person is None:
                sys.exit(_refuse(f"{username} is not a writer of this bank's institution"))
            now = clock.now()
            batch = imports.stage(session, bank, content, read, actor=person, now=now)
            names = list(from_document(batch.report).counts)
            chosen = source if source is not None else (names[0] if len(names) == 1 else bank.name)
            take = Take.GOOD_ROWS if good_rows else Take.ALL_OR_NOTHING
            counts = imports.confirm(session, batch, read, chosen, take, actor=person, now=now)
    except Unreadable as fault:
        sys.exit(_refuse(str(fault.problem)))
    except DomainError as refusal:
        sys.exit(_refuse(refusal.message))
    click.echo(" ".join(f"{name}={count}" for name, count in counts.items()))


def _writer(session: Session, username: str, bank: Bank) -> Person | None:
    """The person of this username, where they may write questions of the bank's institution."""
    roles = [role.value for role, permissions in ROLES.items() if Permission.WRITE_QUESTIONS in permissions]
    return session.scalars(
        select(Person)
        .join(Grant, Grant.person_id == Person.id)
        .where(
            Person.username == username,
            Person.is_active,
            Grant.role.in_(roles),
            Grant.scope.in_((EVERYTHING, institution_scope(bank.institution_id))),
        )
        .limit(1)
    ).one_or_none()


def _refuse(sentence: str) -> int:
    click.echo(sentence, err=True)
    return 1
