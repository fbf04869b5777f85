"""`flask papers …`: what an operator does with papers at a terminal."""

from __future__ import annotations

import sys

import click
from flask.cli import AppGroup

from examsite import clock
from examsite.db import database
from examsite.planning import reproduction
from examsite.planning.models import PaperSet
from examsite.planning.sealing import seal as sealing

#: What the column holds; as in addresses.
LARGEST_ID = 2**31 - 1

papers_commands = AppGroup("papers", help="Papers that were drawn.")


@papers_commands.command("reproduce")
@click.argument("set_id", type=click.IntRange(1, LARGEST_ID))
def reproduce(set_id: int) -> None:
    """Draw the papers of SET_ID again from their seed and compare every hash; exit status 1 where one differs."""
    with database().reading() as session:
        try:
            outcome = reproduction.reproduce(session, set_id)
        except LookupError:
            raise click.ClickException(f"there is no set of papers {set_id}") from None
        except reproduction.OtherEngine as error:
            raise click.ClickException(str(error)) from None
    with database().writing() as session:
        papers = session.get_one(PaperSet, set_id)
        reproduction.record_reproduction(session, papers, outcome, actor=None, now=clock.now())
    if not outcome.is_exact:
        numbers = ", ".join(map(str, outcome.different[:20])) or "none"
        pool = "the same pool" if outcome.is_same_pool else "ANOTHER POOL"
        click.echo(f"DIFFERENT: {pool}; papers that differ: {numbers}", err=True)
        sys.exit(1)
    click.echo(f"{outcome.papers} papers drawn again, every hash the same")


@papers_commands.command("verify-seal")
@click.argument("set_id", type=click.IntRange(1, LARGEST_ID))
def verify_seal(set_id: int) -> None:
    """Work the seal of SET_ID out again from the stored papers; exit status 1 where anything differs."""
    with database().writing() as session:
        papers = session.get(PaperSet, set_id)
        proof = sealing.prove(session, papers) if papers is not None else None
        if papers is None or proof is None:
            raise click.ClickException(f"there is no sealed set of papers {set_id}")
        sealing.record_proof(session, papers, proof, actor=None, now=clock.now())
    if not proof.holds:
        numbers = ", ".join(map(str, proof.different[:20])) or "none"
        what = ", ".join(proof.facts) or "nothing else"
        click.echo(f"BROKEN: papers that differ: {numbers}; besides them: {what}", err=True)
        click.echo(f"sealed {proof.seal}\nfound  {proof.found}", err=True)
        sys.exit(1)
    click.echo(f"the seal holds over {proof.papers} papers: {proof.seal}")
