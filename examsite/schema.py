"""Bringing a database to the present schema, and the triggers that keep facts frozen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.operations import Operations
from sqlalchemy import text
from sqlalchemy.engine import Connection, Engine

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def alembic_config(engine: Engine) -> AlembicConfig:
    """Alembic's settings for this engine; there is no .ini file."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine) -> None:
    """Run every migration that this database has not seen."""
    command.upgrade(alembic_config(engine), "head")


def new_migration(engine: Engine, message: str) -> None:
    """Write a migration from the difference between the models and this database, numbered after the last."""
    number = len(list((MIGRATIONS / "versions").glob("[0-9]*.py"))) + 1
    command.revision(alembic_config(engine), message=message, autogenerate=True, rev_id=f"{number:04d}")


def downgrade(engine: Engine, to: str = "-1") -> None:
    """Take back the last step, or all down to `to`."""
    command.downgrade(alembic_config(engine), to)


def freeze(op: Operations, table: str, columns: Sequence[str] = (), *, keep_rows: bool = True) -> None:
    """Refuse changes of these columns (all, where none are named), and deletions unless `keep_rows` is False.

    Called by migrations: the rule then holds when the code is wrong.
    """
    of = f" OF {', '.join(columns)}" if columns else ""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER frozen_update_{table} BEFORE UPDATE{of} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is frozen'); END"
        )
        if keep_rows:
            op.execute(
                f"CREATE TRIGGER frozen_delete_{table} BEFORE DELETE ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is frozen'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is frozen', TG_TABLE_NAME; END $$"
    )
    op.execute(
        f"CREATE TRIGGER frozen_update_{table} BEFORE UPDATE{of} ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    if keep_rows:
        op.execute(
            f"CREATE TRIGGER frozen_delete_{table} BEFORE DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


@contextmanager
def thawed(connection: Connection, *tables: str) -> Iterator[None]:
    """Lift the triggers of these tables for the block, and set them again as they were: for steps that convert rows."""
    if connection.dialect.name == "sqlite":
        query = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table")
        held = [tuple(row) for table in tables for row in connection.execute(query, {"table": table})]
        for name, _sql in held:
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        yield
        for _name, sql in held:
            connection.exec_driver_sql(sql)
        return
    for table in tables:
        connection.exec_driver_sql(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
    yield
    for table in tables:
        connection.exec_driver_sql(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
