"""`flask --app wsgi …`: what an operator does at a terminal."""

from __future__ import annotations

import base64
import secrets
import sys
import time

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from examsite import audit, clock, jobs, schema
from examsite.db import database

schema_commands = AppGroup("schema", help="The database's schema.")
audit_commands = AppGroup("audit", help="The hash-chained record of acts.")
jobs_commands = AppGroup("jobs", help="Slow work.")
keys_commands = AppGroup("keys", help="Secrets of the site.")


def register(app: Flask) -> None:
    """Give the application its commands."""
    for group in (schema_commands, audit_commands, jobs_commands, keys_commands):
        app.cli.add_command(group)


@schema_commands.command("upgrade")
def upgrade_schema() -> None:
    """Run the migrations that this database has not seen."""
    schema.upgrade(database().engine)
    click.echo("the schema is up to date")


@schema_commands.command("new")
@click.argument("message")
def new_migration(message: str) -> None:
    """Write a migration from the difference between the models and the database."""
    schema.new_migration(database().engine, message)


@schema_commands.command("downgrade")
@click.option("--to", default="-1", show_default=True)
def downgrade_schema(to: str) -> None:
    """Take back the last step."""
    schema.downgrade(database().engine, to)


@audit_commands.command("verify")
def verify_audit() -> None:
    """Walk the whole record; exit status 1 where it was tampered with."""
    with database().reading() as session:
        verdict = audit.verify(session)
    if verdict.broken_at is not None:
        click.echo(f"BROKEN: {verdict.reason}; {verdict.records} records before it are whole", err=True)
        sys.exit(1)
    click.echo(f"{verdict.records} records, unbroken; head {verdict.head}")


@jobs_commands.command("work")
@click.option("--once", is_flag=True, help="Do what is due, then stop.")
@click.option("--pause", default=1.0, show_default=True, help="Seconds between looks at an empty queue.")
def work(once: bool, pause: float) -> None:
    """Do slow work and close what the clock has ended, until stopped."""
    here = current_app._get_current_object()  # type: ignore[attr-defined]
    while True:
        now = clock.now()
        for sweep in here.extensions.get("examsite-sweeps", ()):
            sweep(database(), now)
        if jobs.work_one(database(), now=now):
            continue
        if once:
            return
        time.sleep(pause)


@keys_commands.command("new")
def new_keys() -> None:
    """Print fresh secrets for the environment of a new site."""
    click.echo(f"EXAMSITE_SECRET_KEY={secrets.token_urlsafe(48)}")
    click.echo(f"EXAMSITE_FIELD_KEY={base64.b64encode(secrets.token_bytes(32)).decode()}")
