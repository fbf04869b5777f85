"""The bank's list at 100,000 questions on both databases: its pages and searches, beside the bare SQL of the same rows.

Three things are timed in turn: the statements alone on the driver's connection, the list's own search, and the whole page
through Flask's test client, with the record of who looked at what.  Totals and rows of each are compared with what plain
Python finds among all versions.
"""

from __future__ import annotations

import argparse
import html
import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, true

from benchmarks.imports import opened
from benchmarks.large_bank import RARE, make_large_bank
from benchmarks.serving import databases, machine
from examsite import schema
from examsite.access import login
from examsite.access.models import Person
from examsite.audit import AuditRecord
from examsite.authoring.catalogue import search
from examsite.authoring.catalogue.filters import from_arguments
from examsite.authoring.catalogue.queries import tags_of_bank
from examsite.authoring.models import QuestionVersion
from examsite.authoring.secrecy.actions import note_questions_seen
from examsite.db import Database, make_engine

QUESTIONS = 100_000
SIZE = search.PAGE_SIZE
HELD = ("approved", "confirmed", "suspended")


class Row(NamedTuple):
    """A version as the check looks at it."""

    id: int
    external_id: str
    point: str
    kind: str
    difficulty: int | None
    status: str
    is_newest: bool
    stem: str
    flags: str
    people: int
    industries: frozenset[str]


#: The list's own order.
ORDER = "v.point, v.external_id, v.id"


@dataclass(frozen=True)
class Case:
    """One list: its address, the same in SQL (":name" for values), and the same in Python.

    one_pass: the statement reads the rows themselves, so it counts while it finds.  order: in SQL; key: the same in Python,
    ahead of the list's own order.
    """

    name: str
    arguments: dict[str, str]
    page: int
    where: str
    matches: Callable[[Row], bool]
    values: dict[str, Any] = field(default_factory=dict)
    one_pass: bool = False
    order: str = ORDER
    key: Callable[[Row], Any] | None = None


def _point_in(area: str) -> Callable[[Row], bool]:
    return lambda row: row.point == area or row.point.startswith(f"{area}-")


CASES = (
    Case("page 1", {}, 1, "", lambda row: True),
    Case("page 2,000", {}, 2_000, "", lambda row: True),
    Case("page 1,000", {}, 1_000, "", lambda row: True),
    Case(
        "search 枪支",
        {"q": "枪支"},
        1,
        "AND (v.stem LIKE :word OR v.external_id LIKE :word)",
        lambda row: "枪支" in row.stem,
        {"word": "%枪支%"},
        one_pass=True,
    ),
    Case(
        f"search {RARE} (20 hits)",
        {"q": RARE},
        1,
        "AND (v.stem LIKE :word OR v.external_id LIKE :word)",
        lambda row: RARE in row.stem,
        {"word": f"%{RARE}%"},
        one_pass=True,
    ),
    Case(
        "code prefix B-C",
        {"area": "B-C"},
        1,
        "AND (v.point = :area OR v.point LIKE :below)",
        _point_in("B-C"),
        {"area": "B-C", "below": "B-C-%"},
    ),
    Case(
        "kind, difficulty, status, area, flag",
        {"area": "A", "kind": "B", "difficulty": "3", "status": "approved", "alarm": "too_hard"},
        1,
        "AND (v.point = :area OR v.point LIKE :below) AND v.kind = 'B' AND v.difficulty = 3 AND v.status = 'approved' "
        "AND v.flags LIKE '% too_hard %'",
        lambda row: (
            _point_in("A")(row)
            and (row.kind, row.difficulty, row.status) == ("B", 3, "approved")
            and " too_hard " in row.flags
        ),
        {"area": "A", "below": "A-%"},
    ),
    Case(
        "word and filters",
        {"q": "消防设施 检查", "kind": "G", "status": "approved"},
        1,
        "AND v.stem LIKE :one AND v.stem LIKE :two AND v.kind = 'G' AND v.status = 'approved'",
        lambda row: (
            "消防设施" in row.stem and "检查" in row.stem and (row.kind, row.status) == ("G", "approved")
        ),
        {"one": "%消防设施%", "two": "%检查%"},
        one_pass=True,
    ),
    Case(
        "industry 银行金融",
        {"industry": "银行金融"},
        1,
        "AND v.question_id IN (SELECT t.question_id FROM question_tags t WHERE t.bank_id = :bank AND t.tag = :tag)",
        lambda row: "银行金融" in row.industries,
        {"tag": "银行金融"},
        one_pass=True,
    ),
    Case(
        "most seen first",
        {"sort": "-people"},
        1,
        "",
        lambda row: True,
        order=f"v.people DESC, {ORDER}",
        key=lambda row: -row.people,
    ),
)


@dataclass(frozen=True)
class Expected:
    """What plain Python finds."""

    total: int
    ids: list[int]


def expect(rows: Sequence[Row], case: Case) -> Expected:
    """Total and ids of the page, `rows` being every version of the bank in the list's order."""
    current = "status" in case.arguments
    found = [row for row in rows if (current or row.is_newest or row.status in HELD) and case.matches(row)]
    if case.key is not None:
        found.sort(key=case.key)
    return Expected(len(found), [row.id for row in found[(case.page - 1) * SIZE : case.page * SIZE]])


COLUMNS = (
    "v.id, v.external_id, v.number, v.status, v.kind, v.point, v.difficulty, v.stem, p.name, v.created_at, v.people, "
    "v.proportion_right, v.discrimination, v.flags, v.has_source"
)


class Bare:
    """The statements of one case on the driver's own connection."""

    def __init__(self, database: Database, bank_id: int, case: Case) -> None:
        self.connection = database.engine.raw_connection()
        is_postgres = database.engine.dialect.name == "postgresql"
        held = f"(v.is_newest OR v.status IN {HELD})" if "status" not in case.arguments else "1 = 1"
        where = f"FROM question_versions v WHERE v.bank_id = :bank AND {held} {case.where}"
        start = (case.page - 1) * SIZE
        total = ", count(*) OVER () AS total" if case.one_pass else ""
        # Find the ids first, then read their rows: the quickest of what one would write by hand.
        rows = (
            f"SELECT {COLUMNS}{', found.total' * case.one_pass} FROM (SELECT v.id{total} {where} "
            f"ORDER BY {case.order} LIMIT {SIZE} OFFSET {start}) found JOIN question_versions v ON v.id = found.id "
            f"JOIN persons p ON p.id = v.author_id ORDER BY {case.order}"
        )
        statements = [rows] if case.one_pass else [f"SELECT count(*) {where}", rows]
        if is_postgres:
            statements = [re.sub(r":(\w+)", r"%(\1)s", one.replace("%", "%%")) for one in statements]
        self.statements, self.case = statements, case
        self.values = case.values | {"bank": bank_id}

    def __call__(self) -> tuple[int, list[int]]:
        cursor = self.connection.cursor()
        total = 0
        for statement in self.statements:
            cursor.execute(statement, self.values)
            rows = cursor.fetchall()
            if len(rows) == 1 and len(rows[0]) == 1:
                total = rows[0][0]
        if self.case.one_pass:
            total = rows[0][-1] if rows else 0
        cursor.close()
        self.connection.rollback()
        return total, [row[0] for row in rows]

    def close(self) -> None:
        self.connection.close()


def listed(app: Flask, bank_id: int, case: Case) -> Callable[[], tuple[int, list[int]]]:
    """The list's own search in a session, without a page."""
    database: Database = app.extensions["examsite-database"]
    filters = from_arguments(case.arguments)
    assert filters.as_arguments() == case.arguments

    def run() -> tuple[int, list[int]]:
        with database.reading() as session:
            found = search.find(session, bank_id, filters, case.page, sight=true())
        return found.total, [line.id for line in found.lines]

    return run


_LINK = re.compile(r'href="/bank/versions/(\d+)"')
_TOTAL = re.compile(r"共\s*([\d,]+)\s*道试题")


def paged(client: FlaskClient, bank_id: int, case: Case) -> Callable[[], tuple[int, list[int]]]:
    """The whole page, signed in, as a person gets it."""
    query: dict[str, Any] = case.arguments | {"page": case.page}

    def run() -> tuple[int, list[int]]:
        answer = client.get(f"/bank/{bank_id}/questions", query_string=query)
        assert answer.status_code == 200, answer.status
        text = html.unescape(answer.text)
        total = _TOTAL.search(text)
        assert total is not None, "the page says how many there are"
        return int(total[1].replace(",", "")), list(map(int, dict.fromkeys(_LINK.findall(text))))

    return run


def timed(
    runs: dict[str, Callable[[], tuple[int, list[int]]]], expected: Expected, seconds: float
) -> dict[str, list[float]]:
    """Milliseconds of each, taken in turn so that the machine's moods fall on all alike; every answer is checked."""
    taken: dict[str, list[float]] = {name: [] for name in runs}
    end, warm = time.perf_counter() + seconds, True
    while warm or time.perf_counter() < end or len(taken["page"]) < 5:
        for name, run in runs.items():
            begin = time.perf_counter()
            total, ids = run()
            spent = (time.perf_counter() - begin) * 1000
            if (total, ids) != (expected.total, expected.ids):
                raise SystemExit(
                    f"{name} found {total} ({ids[:3]}…) where there are {expected.total} ({expected.ids[:3]}…)"
                )
            if not warm:
                taken[name].append(spent)
        warm = False
    return taken


def at(taken: Sequence[float], part: float) -> float:
    """The value below which this part of all lies."""
    ordered = sorted(taken)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def record_alone(app: Flask, bank_id: int, versions: Sequence[int], seconds: float) -> dict[str, float]:
    """What the record of one look costs by itself: a transaction of its own, durable."""
    database: Database = app.extensions["examsite-database"]
    taken = []
    with app.app_context():
        with database.reading() as session:
            person = session.scalars(select(Person)).first()
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            begin = time.perf_counter()
            with database.writing() as session:
                assert person is not None
                of = f"banks:{bank_id}"
                note_questions_seen(session, of, versions, actor=person, now=datetime.now(UTC))
            taken.append((time.perf_counter() - begin) * 1000)
    return {"p50": at(taken, 0.5), "p95": at(taken, 0.95)}


def prepare(url: str, count: int) -> tuple[Flask, int, FlaskClient, list[Row]]:
    """A site with the bank, somebody signed in to it, and every version in the list's order."""
    engine = make_engine(url)
    schema.upgrade(engine)
    engine.dispose()
    app, database = opened(url)
    with app.app_context(), database.writing() as session:
        bank, writer = make_large_bank(session, count)
        token = login.start(session, writer, as_candidate=False, address="127.0.0.1", now=datetime.now(UTC))
    # What each database's own housekeeping does in the night after an import.
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(
            "VACUUM (ANALYZE)" if database.engine.dialect.name == "postgresql" else "ANALYZE"
        )
    with database.reading() as session:
        V = QuestionVersion
        query = select(
            V.id,
            V.external_id,
            V.point,
            V.kind,
            V.difficulty,
            V.status,
            V.is_newest,
            V.stem,
            V.flags,
            V.people,
            V.question_id,
        )
        tags = tags_of_bank(session, bank.id)
        rows = [
            Row(*row[:-1], frozenset(tags.get(row.question_id, ())))
            for row in session.execute(query.where(V.bank_id == bank.id))
        ]
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = token, True
    return (
        app,
        bank.id,
        client,
        sorted(rows, key=lambda row: (row.point, row.external_id, row.id)),
    )


def measure(url: str, count: int, seconds: float) -> dict[str, dict[str, float]]:
    """Every case on one database, in milliseconds."""
    app, bank_id, client, rows = prepare(url, count)
    database: Database = app.extensions["examsite-database"]
    result: dict[str, dict[str, float]] = {}
    looks = 0
    for case in CASES:
        expected = expect(rows, case)
        bare = Bare(database, bank_id, case)
        with app.app_context():
            search_alone = listed(app, bank_id, case)
        runs = {"bare": bare, "find": search_alone, "page": paged(client, bank_id, case)}
        taken = timed(runs, expected, seconds)
        bare.close()
        statuses = {row.id: row.status for row in rows}
        looks += any(statuses[one] == "approved" for one in expected.ids) * (len(taken["page"]) + 1)
        figures = {
            f"{name}_{label}": at(found, part)
            for name, found in taken.items()
            for label, part in (("p50", 0.5), ("p95", 0.95))
        }
        figures["total"] = expected.total
        figures["find_ratio"] = figures["find_p50"] / figures["bare_p50"]
        figures["page_ratio"] = figures["page_p50"] / figures["bare_p50"]
        result[case.name] = figures
    with database.reading() as session:
        noted = session.scalar(
            select(func.count()).select_from(AuditRecord).where(AuditRecord.act == "question.view")
        )
    if noted != looks:
        raise SystemExit(f"{looks} pages of vetted questions were seen, {noted} are on the record")
    result["the record of a look alone"] = record_alone(
        app, bank_id, [row.id for row in rows[:SIZE]], seconds
    )
    database.dispose()
    return result


def main() -> None:
    """Build, check and measure on both databases; a wrong total or row fails."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lists")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=4.0, help="for each list")
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    result: dict[str, Any] = {
        "benchmark": "lists",
        "machine": machine(),
        "questions": options.questions,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if not options.json:
        print(f"{machine()}; {options.questions} questions; ms")
    with databases() as urls:
        for database, url in urls.items():
            if options.only not in (None, database):
                continue
            result[database] = measure(url, options.questions, options.seconds)
            if not options.json:
                _print(database, result[database])
    if options.json:
        print(json.dumps(result, indent=2, ensure_ascii=False))


def _print(database: str, figures: dict[str, dict[str, float]]) -> None:
    print(f"\n{database:42} {'found':>7}  {'bare p50/p95':>15}  {'search p50/p95':>22}  {'page p50/p95':>20}")
    for name, one in figures.items():
        if "total" not in one:
            print(f"{name:42} {one['p50']:7.1f} /{one['p95']:6.1f}")
            continue
        print(
            f"{name:42} {one['total']:7.0f}  {one['bare_p50']:7.1f} /{one['bare_p95']:6.1f}  "
            f"{one['find_p50']:7.1f} /{one['find_p95']:6.1f} {one['find_ratio']:4.1f} ×  "
            f"{one['page_p50']:7.1f} /{one['page_p95']:6.1f} {one['page_ratio']:4.1f} ×"
        )


if __name__ == "__main__":
    main()
