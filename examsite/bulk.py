"""Many rows at once, in the quickest way that each database has: COPY on PostgreSQL, one prepared statement on SQLite."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, func, insert, select, text
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

from examsite.db import Base


def reserve_ids(session: Session, model: type[Base], count: int) -> list[int]:
    """So many unused values of the table's `id`, ascending.  In a writing transaction nobody else gets the same."""
    table = _table(model)
    if session.get_bind().dialect.name == "postgresql":
        # Only the names of our own tables stand in the statement.
        drawn = text(
            f"SELECT nextval(pg_get_serial_sequence('{table.name}', 'id')) FROM generate_series(1, :count)"
        )
        return sorted(session.scalars(drawn, {"count": count}))
    last = session.scalar(select(func.max(table.c.id))) or 0  # SQLite lets one writer in, and does the same
    return list(range(last + 1, last + 1 + count))


def insert_rows(session: Session, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all name the same columns; other columns take what the database gives them."""
    if not rows:
        return
    session.flush()
    table = _table(model)
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        connection.execute(insert(table), [dict(row) for row in rows])
        return
    names = list(rows[0])
    converters = [_converter(table, name, connection.dialect) for name in names]
    columns = ", ".join(f'"{name}"' for name in names)
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row([to_driver(row[name]) for name, to_driver in zip(names, converters, strict=True)])


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


def _converter(table: Table, name: str, dialect: Dialect) -> Callable[[Any], Any]:
    """From a value of Python to one that the driver knows, as the column's type has it."""
    processor = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
    return processor if processor is not None else _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
