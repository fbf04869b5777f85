"""Exchanging the field key: everything sealed is opened with the old key and sealed with the new one, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import LargeBinary, bindparam, column, select, table, update
from sqlalchemy.engine import Connection

from examsite.access.people import IDENTITY_COLUMN
from examsite.encryption import blind_index, seal, seal_bytes, unseal, unseal_bytes
from examsite.schema import thawed

#: Sealed bytes: table, the key of its rows, column, and the column whose value each is bound to, as "table.column:value".
SEALED = (
    ("question_keys", "version_id", "document", "version_id"),
    ("key_corrections", "id", "document", "version_id"),
    ("stored_files", "digest", "content", "digest"),
    ("analysis_runs", "id", "result", "id"),
)
CHUNK = 500


def rotate(connection: Connection, *, old: bytes, new: bytes) -> dict[str, int]:
    """Seal everything anew; how many values by table.  Raises encryption.Unreadable where the old key is another one."""
    counts = {}
    with thawed(connection, *(name for name, *_columns in SEALED)):
        for name, key, column_name, bound in SEALED:
            place = f"{name}.{column_name}"

            def again(bound: Any, value: bytes, place: str = place) -> dict[str, Any]:
                bound_to = f"{place}:{bound}"
                plain = unseal_bytes(bytes(value), bound_to=bound_to, key=old)
                return {"value": seal_bytes(plain, bound_to=bound_to, key=new)}

            names = dict.fromkeys((key, bound))
            rows = table(name, *map(column, names), column(column_name, LargeBinary))
            statement = update(rows).values({column_name: bindparam("value", type_=LargeBinary())})
            counts[name] = _each(connection, rows, key, bound, column_name, statement, again)
    counts["persons"] = _people(connection, old, new)
    return counts


def _people(connection: Connection, old: bytes, new: bytes) -> int:
    def again(row: Any, value: str) -> dict[str, Any]:
        bound_to = f"{IDENTITY_COLUMN}:{row}"
        plain = unseal(value, bound_to=bound_to, key=old)
        return {
            "value": seal(plain, bound_to=bound_to, key=new),
            "index": blind_index(plain, column=IDENTITY_COLUMN, key=new),
        }

    rows = table("persons", column("id"), column("identity_sealed"), column("identity_index"))
    statement = update(rows).values(identity_sealed=bindparam("value"), identity_index=bindparam("index"))
    return _each(connection, rows, "id", "id", "identity_sealed", statement, again)


def _each(
    connection: Connection,
    rows: Any,
    key: str,
    bound: str,
    column_name: str,
    statement: Any,
    again: Callable[[Any, Any], dict[str, Any]],
) -> int:
    count = 0
    for part in _chunks(connection, rows, key, bound, column_name):
        values = [{"row": row, **again(bound_to, value)} for row, bound_to, value in part]
        connection.execute(statement.where(rows.c[key] == bindparam("row")), values)
        count += len(values)
    return count


def _chunks(connection: Connection, rows: Any, key: str, bound: str, column_name: str) -> Iterator[list[Any]]:
    """(key, what it is bound to, value) of every row that has a value, in order, some at a time: rows change meanwhile."""
    query = (
        select(rows.c[key], rows.c[bound].label("bound"), rows.c[column_name])
        .where(rows.c[column_name].is_not(None))
        .order_by(rows.c[key])
    )
    last = None
    while True:
        part = list(
            connection.execute((query if last is None else query.where(rows.c[key] > last)).limit(CHUNK))
        )
        if not part:
            return
        yield part
        last = part[-1][0]
