"""Need to know, undertakings, exports by two persons, keys sealed at rest.

Keys, files that people sent and the hashes beside questions are converted in place, so the step needs the field key as
soon as there is one of these rows.  What was there before can lie in the free space of the database's files and in
older backups: afterwards run `VACUUM` (SQLite) or `VACUUM FULL` (PostgreSQL), and guard or destroy old backups.

Revision ID: 0006
Revises: 0005
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from examsite.db import Document, Instant
from examsite.encryption import keys_of_migrations, keyed_digest, seal_bytes, unseal_bytes
from examsite.schema import freeze, thawed
from question_bank.questions.model import content_hash, key_from_document, question_from_document

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

CHUNK = 1000
#: Columns that turn from documents into sealed bytes: table, the key of its rows, column, whether it may be empty.
DOCUMENTS = (("question_keys", "version_id", "document", False), ("analysis_runs", "id", "result", True))
KEYS = sa.table("question_keys", sa.column("version_id"), sa.column("document", Document))
VERSIONS = sa.table(
    "question_versions", sa.column("id"), sa.column("document", Document), sa.column("content_hash")
)
FILES = sa.table("stored_files", sa.column("digest"), sa.column("content", sa.LargeBinary))


def upgrade() -> None:
    _make_tables()
    if op.get_bind().dialect.name == "sqlite":
        op.execute("PRAGMA secure_delete=ON")
    with thawed(op.get_bind(), "question_keys", "question_versions", "stored_files"):
        for table, identity, column, optional in DOCUMENTS:
            _change(table, identity, column, optional, Document, sa.LargeBinary(), _sealed_document)
        _each(VERSIONS, "id", "content_hash", lambda _place, plain: _fingerprint(plain))
        _each(FILES, "digest", "content", _seal)


def downgrade() -> None:
    op.drop_table("bank_exports")
    op.drop_table("undertakings")
    with thawed(op.get_bind(), "question_keys", "question_versions", "stored_files"):
        _each(FILES, "digest", "content", _unseal)
        for table, identity, column, optional in DOCUMENTS:
            _change(table, identity, column, optional, sa.LargeBinary(), Document, _open_document)
        _restore_hashes()


def _make_tables() -> None:
    op.create_table(
        "undertakings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("text_version", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("name_typed", sa.String(length=80), nullable=False),
        sa.Column("address", sa.String(length=60), nullable=False),
        sa.Column("signed_at", Instant(), nullable=False),
        sa.Column("valid_until", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=op.f("fk_undertakings_person_id_persons")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name=op.f("fk_undertakings_institution_id_institutions")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_undertakings")),
    )
    op.create_index(op.f("ix_undertakings_person_id"), "undertakings", ["person_id"])
    op.create_index(op.f("ix_undertakings_institution_id"), "undertakings", ["institution_id"])
    freeze(op, "undertakings")
    op.create_table(
        "bank_exports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bank_id", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("filters", Document, nullable=False),
        sa.Column("versions", Document, nullable=False),
        sa.Column("format", sa.String(length=20), nullable=False),
        sa.Column("with_keys", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=False),
        sa.Column("requested_at", Instant(), nullable=False),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("open_until", Instant(), nullable=True),
        sa.Column("fetched", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.CheckConstraint("answered_by_id <> requested_by_id", name=op.f("ck_bank_exports_two_persons")),
        sa.CheckConstraint("fetched BETWEEN 0 AND 3", name=op.f("ck_bank_exports_fetched")),
        sa.ForeignKeyConstraint(["bank_id"], ["banks.id"], name=op.f("fk_bank_exports_bank_id_banks")),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["persons.id"], name=op.f("fk_bank_exports_requested_by_id_persons")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["persons.id"], name=op.f("fk_bank_exports_answered_by_id_persons")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_exports")),
    )
    op.create_index(op.f("ix_bank_exports_bank_id"), "bank_exports", ["bank_id"])
    asked = ("bank_id", "filters", "versions", "format", "with_keys", "reason", "requested_by_id", "requested_at")
    freeze(op, "bank_exports", asked)


Convert = Callable[[str, Any], Any]


def _change(table: str, identity: str, column: str, optional: bool, old: Any, new: Any, convert: Convert) -> None:
    """Give a column another type, each row converted."""
    op.add_column(table, sa.Column("other", new, nullable=True))
    both = sa.table(table, sa.column(identity), sa.column(column, old), sa.column("other", new))
    _each(both, identity, column, convert, into="other")
    with op.batch_alter_table(table) as batch:
        batch.drop_column(column)
    with op.batch_alter_table(table) as batch:
        batch.alter_column("other", new_column_name=column, existing_type=new, nullable=optional)


def _each(
    table: sa.TableClause, identity: str, column: str, convert: Convert, *, into: str = ""
) -> None:
    """Convert a column row by row; `convert` is told the place that a sealed value is bound to."""
    key, target = table.c[identity], into or column
    statement = (
        sa.update(table).where(key == sa.bindparam("row")).values({target: sa.bindparam("value", type_=table.c[target].type)})
    )
    query = sa.select(key, table.c[column]).where(table.c[column].is_not(None))
    for rows in _chunks(query, key):
        values = [
            {"row": row, "value": convert(f"{table.name}.{column}:{row}", value)} for row, value in rows
        ]
        op.get_bind().execute(statement, values)


def _restore_hashes() -> None:
    """Plain hashes can only be worked out again from questions and keys."""
    query = sa.select(VERSIONS.c.id, VERSIONS.c.document, KEYS.c.document).join_from(
        VERSIONS, KEYS, KEYS.c.version_id == VERSIONS.c.id
    )
    statement = sa.update(VERSIONS).where(VERSIONS.c.id == sa.bindparam("row")).values(content_hash=sa.bindparam("value"))
    for rows in _chunks(query, VERSIONS.c.id):
        values = [
            {"row": i, "value": content_hash(question_from_document(question), key_from_document(key))}
            for i, question, key in rows
        ]
        op.get_bind().execute(statement, values)


def _chunks(query: sa.Select[Any], key: Any) -> Iterator[list[Any]]:
    """The rows of a query in the order of their key, some at a time: rows may change meanwhile."""
    last = None
    while True:
        part = query if last is None else query.where(key > last)
        rows = list(op.get_bind().execute(part.order_by(key).limit(CHUNK)))
        if not rows:
            return
        yield rows
        last = rows[-1][0]


def _sealed_document(place: str, document: Any) -> bytes:
    return _seal(place, json.dumps(document, ensure_ascii=False).encode())


def _open_document(place: str, sealed: bytes) -> Any:
    return json.loads(_unseal(place, sealed))


def _seal(place: str, plain: bytes) -> bytes:
    return seal_bytes(bytes(plain), bound_to=place, key=keys_of_migrations()[0])


def _unseal(place: str, sealed: bytes) -> bytes:
    return unseal_bytes(bytes(sealed), bound_to=place, key=keys_of_migrations()[0])


def _fingerprint(plain: str) -> str:
    return keyed_digest(plain, key=keys_of_migrations()[1])
