"""The database: one engine an application, `reading()` and `writing()`, and the column types that both databases keep.

`reading()` throws changes away.  `writing()` refuses GET and HEAD and commits before the response leaves.  Actions
never commit.  Rows loaded stay readable after the block; relations are `lazy="raise"`, so a page can't query by accident.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from decimal import Decimal
from threading import Lock, local
from typing import Any, ClassVar, cast

from flask import current_app, has_request_context, request
from sqlalchemy import JSON, DateTime, Integer, MetaData, Numeric, TypeDecorator, create_engine, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.orm import DeclarativeBase, Session

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


#: Made once: json.dumps would make another for every document.
_JSON = json.JSONEncoder(ensure_ascii=False)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept in UTC.  SQLite has no time zones, so naive values are refused here for both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Points(TypeDecorator[Decimal]):
    """Points as exact `Decimal` with two places: NUMERIC(7,2) on PostgreSQL, hundredths as an integer on SQLite."""

    impl = Numeric(7, 2)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else Numeric(7, 2))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return int(value * 100)  # exact: points have at most two places

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None or dialect.name != "sqlite":
            return cast("Decimal | None", value)
        return Decimal(value) / 100


Document = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Base(DeclarativeBase):
    """All tables.  Each stage declares its own in its `models.py`."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar = {
        datetime: Instant,
        Decimal: Points,
        dict[str, Any]: Document,
        list[Any]: Document,
    }


class WriteInReading(RuntimeError):
    """A GET or HEAD tried to write."""


class NestedWriting(RuntimeError):
    """A thread that writes to SQLite began to write once more: it would wait for itself."""


class Database:
    """The engine of one application."""

    def __init__(self, url: str, **options: Any) -> None:
        self.engine = make_engine(url, **options)
        # SQLite lets one writer in and makes the others poll; threads of one process queue here instead.
        self._has_one_writer = url.startswith("sqlite")
        self._one_writer: AbstractContextManager[Any] = Lock() if self._has_one_writer else nullcontext()
        self._of_thread = local()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session whose changes are thrown away."""
        connection = self.engine.connect().execution_options(postgresql_readonly=True)
        with connection, Session(connection, expire_on_commit=False, autoflush=False) as session:
            try:
                yield session
            finally:
                # A rollback expires every row that the session still holds; let them go first, as they are.
                session.expunge_all()
                session.rollback()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that commits at the end of the block, or not at all.  Raises NestedWriting inside of another one (SQLite)."""
        with (
            self._alone_in_thread(),
            self._one_writer,
            self.engine.connect().execution_options(examsite_writing=True) as connection,
            Session(connection, expire_on_commit=False) as session,
        ):
            yield session
            session.commit()

    @contextmanager
    def _alone_in_thread(self) -> Iterator[None]:
        if self._has_one_writer and getattr(self._of_thread, "is_writing", False):
            raise NestedWriting("a transaction that writes is open in this thread already")
        self._of_thread.is_writing = True
        try:
            yield
        finally:
            self._of_thread.is_writing = False

    def dispose(self) -> None:
        self.engine.dispose()


def make_engine(url: str, **options: Any) -> Engine:
    """An engine with the settings that the promises need (SQLite: foreign keys, WAL, FULL, BEGIN IMMEDIATE to write)."""
    options.setdefault("json_serializer", _JSON.encode)
    if url.startswith("sqlite"):
        engine = create_engine(url, **options)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    options.setdefault("pool_size", 16)
    options.setdefault("max_overflow", 4)
    options.setdefault("pool_pre_ping", True)
    return create_engine(url, **options)


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL", "busy_timeout=15000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A write that begins as a read can fail at its first write; taking the lock first makes it wait instead.
    writing_now = connection.get_execution_options().get("examsite_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing_now else "BEGIN")


def database() -> Database:
    """The database of the current application."""
    return current_app.extensions["examsite-database"]  # type: ignore[no-any-return]


@contextmanager
def reading() -> Iterator[Session]:
    """A session of the current application whose changes are thrown away."""
    with database().reading() as session:
        yield session


@contextmanager
def writing() -> Iterator[Session]:
    """A session of the current application, committed at the end.  Raises WriteInReading on GET and HEAD."""
    if has_request_context() and request.method in ("GET", "HEAD"):
        raise WriteInReading(f"{request.method} {request.path} may not write")
    with database().writing() as session:
        yield session
