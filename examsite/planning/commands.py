"""`flask papers …`: what an operator does with papers at a terminal."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup

from examsite import clock
from examsite.db import database
from examsite.planning import reproduction
from examsite.planning.models import PaperSet

papers_commands = AppGroup("papers", help="Papers that were drawn.")


@papers_commands.command("reproduce")
@click.argument("set_id", type=int)
def reproduce(set_id: int) -> None:
    """Draw the papers of SET_ID again from their seed and compare every hash; exit status 1 where one differs."""
    with database().reading() as session:
        try:
            outcome = reproduction.reproduce(session, set_id)
        except LookupError:
            raise click.ClickException(f"there is no set of papers {set_id}") from None
    with database().writing() as session:
        papers = session.get_one(PaperSet, set_id)
        reproduction.record_reproduction(session, papers, outcome, actor=None, now=clock.now())
    if not outcome.is_exact:
        numbers = ", ".join(map(str, outcome.different[:20])) or "none"
        pool = "the same pool" if outcome.is_same_pool else "ANOTHER POOL"
        click.echo(f"DIFFERENT: {pool}; papers that differ: {numbers}", err=True)
        sys.exit(1)
    click.echo(f"{outcome.papers} papers drawn again, every hash the same")
