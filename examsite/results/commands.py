"""`flask results …`: proving scores and decisions again at a terminal."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click
from flask.cli import AppGroup

from examsite.db import database
from examsite.planning.models import Sitting
from examsite.results.proving import Difference, recheck

results_commands = AppGroup("results", help="Scores and decisions.")


@results_commands.command("recheck")
@click.option("--sitting", "sitting_id", type=int, help="Only this sitting.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def recheck_results(sitting_id: int | None, as_json: bool) -> None:
    """Score all stored answers again and decide again; exit status 1 where anything differs."""
    with database().reading() as session:
        if sitting_id is not None and session.get(Sitting, sitting_id) is None:
            click.echo(f"there is no sitting {sitting_id}", err=True)
            sys.exit(2)
        proof = recheck(session, None if sitting_id is None else [sitting_id])
    if as_json:
        click.echo(json.dumps(asdict(proof), ensure_ascii=False, indent=1))
    else:
        for difference in proof.differences:
            click.echo(_sentence(difference))
        click.echo(
            f"{proof.scores} scores of {proof.sittings} sittings proved again: "
            f"{len(proof.differences)} differences"
        )
    if proof.differences:
        sys.exit(1)


def _sentence(one: Difference) -> str:
    who = f" candidate {one.ticket}" if one.ticket else ""
    return f"sitting {one.sitting_id}{who}: {one.what}: stored {one.stored or '-'}, found {one.found or '-'}"
