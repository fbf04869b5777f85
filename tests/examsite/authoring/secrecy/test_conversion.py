"""What stood in the tables before keys were sealed is sealed by the migration, and comes back as it was."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError

from examsite import schema
from examsite.db import make_engine
from examsite.encryption import Unreadable, keyed_digest, unseal_bytes
from examsite.registry.models import InstitutionKind
from question_bank.questions.kinds import Kind
from question_bank.questions.model import content_hash, key_as_document, question_as_document
from tests.conftest import FIELD_KEY
from tests.factories import question_of
from tests.postgres import fresh_database

AT = "2026-11-24 01:00:00"
FILE = b"PK a workbook with keys"
DIGEST = hashlib.sha256(FILE).hexdigest()
QUESTION, KEY = question_of(Kind.SINGLE, stem="样题（ ）。")
#: A table's row before: everything that its key needs.
ROWS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("institutions", {"id": 1, "name": "样例认定中心", "kind": InstitutionKind.ORGANISATION.value, "created_at": AT}),
    ("persons", {"id": 1, "name": "样例人员", "identity_masked": "", "employer": "", "is_active": True, "created_at": AT}),
    (
        "banks",
        {
            "id": 1, "institution_id": 1, "name": "样题库", "standard_code": "x", "standard_edition": "x", "level": 3,
            "is_sample": True, "created_at": AT,
        },
    ),
    ("questions", {"id": 1, "bank_id": 1, "created_at": AT}),
    (
        "question_versions",
        {
            "id": 1, "question_id": 1, "bank_id": 1, "number": 1, "status": "draft", "kind": "B", "point": "A-A-001",
            "stem": QUESTION.stem, "document": json.dumps(question_as_document(QUESTION)),
            "content_hash": content_hash(QUESTION, KEY), "author_id": 1, "created_at": AT,
        },
    ),
    ("question_keys", {"version_id": 1, "document": json.dumps(key_as_document(KEY))}),
    ("stored_files", {"digest": DIGEST, "size": len(FILE), "content": FILE, "stored_at": AT}),
)  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def before(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    """A database of the step before, with a question, its key and a file."""
    monkeypatch.setenv("EXAMSITE_FIELD_KEY", base64.b64encode(FIELD_KEY).decode())
    if request.param == "sqlite":
        engine = make_engine(f"sqlite:///{tmp_path}/old.db")
        try:
            _fill(engine)
            yield engine
        finally:
            engine.dispose()
        return
    with fresh_database(request.getfixturevalue("postgres_server")) as url:
        engine = make_engine(url)
        try:
            _fill(engine)
            yield engine
        finally:
            engine.dispose()


def _fill(engine: Engine) -> None:
    schema.upgrade(engine)
    schema.downgrade(engine, "0005")
    with engine.connect().execution_options(examsite_writing=True) as connection, connection.begin():
        for table, values in ROWS:
            columns, places = ", ".join(values), ", ".join(f":{name}" for name in values)
            connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({places})"), values)


def cell(engine: Engine, table: str, column: str) -> Any:
    with engine.connect() as connection:
        return connection.execute(text(f"SELECT {column} FROM {table}")).scalar_one()


def as_document(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def test_what_stood_there_is_sealed_in_its_place(before: Engine) -> None:
    schema.upgrade(before)
    sealed = bytes(cell(before, "question_keys", "document"))
    assert json.loads(
        unseal_bytes(sealed, bound_to="question_keys.document:1", key=FIELD_KEY)
    ) == key_as_document(KEY)
    content = bytes(cell(before, "stored_files", "content"))
    assert unseal_bytes(content, bound_to=f"stored_files.content:{DIGEST}", key=FIELD_KEY) == FILE
    expected = keyed_digest(
        content_hash(QUESTION, KEY), key=hmac.digest(FIELD_KEY, b"examsite:fingerprint", "sha256")
    )
    assert cell(before, "question_versions", "content_hash") == expected


@pytest.mark.parametrize(
    ("table", "column"),
    [("question_keys", "document"), ("question_versions", "content_hash"), ("stored_files", "content")],
)
def test_what_was_frozen_is_frozen_again(before: Engine, table: str, column: str) -> None:
    schema.upgrade(before)
    with (
        pytest.raises(DatabaseError, match=f"{table} is frozen"),
        before.connect().execution_options(examsite_writing=True) as connection,
        connection.begin(),
    ):
        connection.execute(text(f"UPDATE {table} SET {column} = NULL"))


def test_going_back_gives_what_was_there(before: Engine) -> None:
    schema.upgrade(before)
    schema.downgrade(before, "0005")
    assert as_document(cell(before, "question_keys", "document")) == key_as_document(KEY)
    assert cell(before, "question_versions", "content_hash") == content_hash(QUESTION, KEY)
    assert bytes(cell(before, "stored_files", "content")) == FILE


def test_without_the_field_key_nothing_is_converted(before: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXAMSITE_FIELD_KEY")
    with pytest.raises(Unreadable, match="EXAMSITE_FIELD_KEY"):
        schema.upgrade(before)
    assert as_document(cell(before, "question_keys", "document")) == key_as_document(KEY)


@pytest.mark.parametrize(
    "before", ["sqlite"], indirect=True
)  # PostgreSQL needs VACUUM FULL, as the step says
def test_the_old_bytes_do_not_lie_in_the_files_free_space(before: Engine, tmp_path: Path) -> None:
    schema.upgrade(before)
    with before.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    assert FILE not in (tmp_path / "old.db").read_bytes()
