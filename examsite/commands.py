"""`flask --app wsgi …`: what an operator does at a terminal."""

from __future__ import annotations

import base64
import re
import secrets
import sys
import time

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from examsite import audit, clock, encryption, jobs, rotation, schema
from examsite.access import passwords, people
from examsite.access.permissions import Role
from examsite.access.scope import EVERYTHING
from examsite.admin.queries import username_is_taken
from examsite.authoring.commands import bank_commands
from examsite.db import database
from examsite.demonstration.commands import demo_commands
from examsite.planning.commands import papers_commands
from examsite.registry.models import Institution
from examsite.rehearsal.commands import sitting_commands
from examsite.results.commands import results_commands

schema_commands = AppGroup("schema", help="The database's schema.")
audit_commands = AppGroup("audit", help="The hash-chained record of acts.")
jobs_commands = AppGroup("jobs", help="Slow work.")
keys_commands = AppGroup("keys", help="Secrets of the site.")
people_commands = AppGroup("people", help="Accounts of staff.")


def register(app: Flask) -> None:
    """Give the application its commands."""
    own = (schema_commands, audit_commands, jobs_commands, keys_commands, people_commands)
    for group in (*own, demo_commands, papers_commands, sitting_commands, bank_commands, results_commands):
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


@keys_commands.command("rotate")
@click.option(
    "--new-key",
    envvar="EXAMSITE_NEW_FIELD_KEY",
    required=True,
    help="32 bytes in base64, as `flask keys new` prints; better in the environment than on the command line.",
)
def rotate_field_key(new_key: str) -> None:
    """Exchange the field key, all or nothing.  Stop the site and its workers first; then set what this prints."""
    try:
        new = base64.b64decode(new_key, validate=True)
    except ValueError:
        new = b""
    if len(new) != 32:
        raise click.ClickException("the new key must be 32 bytes in base64; make one with `flask keys new`")
    kept = encryption.fingerprint_key()
    try:
        with database().writing() as session:
            counts = rotation.rotate(session.connection(), old=encryption.field_key(), new=new)
            audit.record(session, "keys.rotate", of="site", actor=None, now=clock.now(), **counts)
    except encryption.Unreadable as fault:
        raise click.ClickException(
            f"nothing was changed: {fault} can't be opened with the present key"
        ) from None
    click.echo(" ".join(f"{name}={count}" for name, count in counts.items()), err=True)
    click.echo(f"EXAMSITE_FIELD_KEY={new_key}")
    click.echo(f"EXAMSITE_FINGERPRINT_KEY={base64.b64encode(kept).decode()}")


@people_commands.command("create")
@click.argument("username")
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--scope", default=EVERYTHING, show_default=True, help="everything, or institution:<id>.")
@click.option(
    "--password", envvar="EXAMSITE_NEW_PASSWORD", prompt=True, hide_input=True, confirmation_prompt=True
)
def create_person(username: str, name: str, role: str, scope: str, password: str) -> None:
    """Make an account: how a new site gets its first administrator.  The password is asked for, or taken from EXAMSITE_NEW_PASSWORD."""
    weaknesses = passwords.weaknesses(password, name=name, username=username)
    if weaknesses:
        raise click.ClickException(f"the password is not strong enough: {', '.join(weaknesses)}")
    if not re.fullmatch(r"everything|institution:[1-9][0-9]*", scope):
        raise click.ClickException(f"a scope is everything or institution:<id>, not {scope!r}")
    now = clock.now()
    with database().writing() as session:
        if username_is_taken(session, username):
            raise click.ClickException(f"the username {username!r} is taken")
        if scope != EVERYTHING and session.get(Institution, int(scope.partition(":")[2])) is None:
            raise click.ClickException(f"there is no {scope}")
        person = people.create(session, name=name, username=username, password=password, actor=None, now=now)
        people.grant(session, person, Role(role), scope, actor=None, now=now)
    click.echo(f"{username} may sign in as {role}")
