"""A workbook of 16,000 rows: read, staged for its preview, and committed, on both databases, beside a bare read of it.

Every step runs in a fresh process, so that its peak memory is its own.  Afterwards everything that was committed is
looked for in the database and compared with the file.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter
from flask import Flask
from python_calamine import CalamineWorkbook
from sqlalchemy import func, select

from benchmarks.serving import ROOT, databases, machine
from examsite import files, schema
from examsite.access.models import Person
from examsite.app import create_app
from examsite.authoring import imports
from examsite.authoring.imports import Take
from examsite.authoring.models import Bank, ImportBatch, QuestionKey, QuestionRow, QuestionVersion
from examsite.authoring.reading import read_workbook
from examsite.authoring.reports import from_document
from examsite.authoring.secrecy.fingerprints import fingerprint
from examsite.config import Config
from examsite.db import Database, make_engine
from question_bank.formats.reading import read
from question_bank.formats.workbook import COLUMNS
from tests.factories import make_bank, make_person

ROWS = 16_000
BANK = "样题库（三级）理论"
NAME = "题库.xlsx"
#: Reading alone is quick and wavers, so of both reads the least of several counts.
READ_RUNS = 5


def workbook(rows: int) -> bytes:
    """So many distinct questions in the 17 columns: 单选, 多选 and 判断 in turn, on 300 points."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = book.add_worksheet("题库模板")
    sheet.write_row(0, 0, [column.title for column in COLUMNS])
    for number in range(rows):
        kind = ("B（单选题）", "G（多选题）", "C（判断题）")[number % 3]
        point, serial = f"A-B-C-{number % 300 + 1:03}", f"{number // 300 + 1:03}"
        options = ["", "", "", "", ""]
        if kind[0] != "C":
            options = [f"第{number}题的选项{letter}，关于巡逻和守护" for letter in "ABCD"] + [""]
        answer = {"B": "A", "G": "A,C", "C": "正确"}[kind[0]]
        stem = f"关于第{number}号重点部位的安全防范措施，下列说法中正确的是（ ）。"
        texts = [
            BANK,
            f"{kind[0]}-{point}-{serial}",
            str(number + 1),
            point,
            kind,
            serial,
            stem,
            *options,
            "",
        ]
        texts += [
            answer,
            "3（中等）",
            "4（高）",
            f"第{number}题的解析。\n依据：样例依据第{number % 20 + 1}条",
        ]
        sheet.write_row(number + 1, 0, texts)
    book.close()
    return stream.getvalue()


# --- the steps, each run in a process of its own


def bare(content: bytes, _app: Flask | None) -> None:
    """The least: calamine's read of the sheet, without any check."""
    CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def drafts(content: bytes, _app: Flask | None) -> None:
    """Checked drafts with every row's fate."""
    assert len(read(NAME, content).drafts) == ROWS


def preview(content: bytes, app: Flask | None) -> None:
    """Read, staged in a transaction, and the report that the page shows taken from the database again."""
    assert app is not None
    database: Database = app.extensions["examsite-database"]
    with app.app_context():
        file = read_workbook(NAME, content, None)
        with database.writing() as session:
            actor = session.scalars(select(Person)).first()
            bank = session.scalars(select(Bank)).first()
            assert actor is not None
            assert bank is not None
            imports.stage(session, bank, content, file, actor=actor, now=datetime.now(UTC))
        with database.reading() as session:
            report = session.scalars(select(ImportBatch.report)).one()
            assert len(from_document(report).rows) == ROWS


def commit(_content: bytes, app: Flask | None) -> None:
    """The stored file read again and every row put into the bank, in one transaction."""
    assert app is not None
    database: Database = app.extensions["examsite-database"]
    with app.app_context():
        with database.reading() as session:
            batch = session.scalars(select(ImportBatch)).one()
            file = read_workbook(batch.file_name, files.content_of(session, batch.file_digest), None)
        with database.writing() as session:
            actor = session.scalars(select(Person)).first()
            batch = session.scalars(select(ImportBatch)).one()
            assert actor is not None
            now = datetime.now(UTC)
            counts = imports.confirm(session, batch, file, BANK, Take.ALL_OR_NOTHING, actor=actor, now=now)
        assert counts["new"] == ROWS


STEPS: dict[str, Callable[[bytes, Flask | None], None]] = {
    "bare": bare,
    "drafts": drafts,
    "preview": preview,
    "commit": commit,
}


def opened(url: str) -> tuple[Flask, Database]:
    """The application on a database."""
    environment = {
        "EXAMSITE_DATABASE_URL": url,
        "EXAMSITE_SECRET_KEY": "b" * 48,
        "EXAMSITE_FIELD_KEY": base64.b64encode(b"k" * 32).decode(),
        "EXAMSITE_ENVIRONMENT": "demo",
    }
    app = create_app(Config.from_environment(environment))
    return app, app.extensions["examsite-database"]


def run_step(name: str, file: Path, url: str) -> None:
    """Run one step here and print its seconds and this process's peak memory."""
    content = file.read_bytes()
    # What the application needs to start is not what is measured.
    app = opened(url)[0] if url else None
    seconds = []
    for _ in range(READ_RUNS if name in ("bare", "drafts") else 1):
        begin = time.perf_counter()
        STEPS[name](content, app)
        seconds.append(time.perf_counter() - begin)
    status = Path("/proc/self/status").read_text()
    peak = next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:"))
    print(json.dumps({"seconds": min(seconds), "peak_mib": peak}))


# --- the whole


def measured(name: str, file: Path, url: str = "") -> dict[str, float]:
    """One step in a fresh process: {"seconds", "peak_mib"}."""
    command = [sys.executable, "-m", "benchmarks.imports", "--step", name, "--file", str(file), "--url", url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"the step {name} failed:\n{done.stderr[-2000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def prepare(url: str) -> None:
    """An empty site with one bank and one author."""
    engine = make_engine(url)
    schema.upgrade(engine)
    engine.dispose()
    app, database = opened(url)
    with app.app_context(), database.writing() as session:
        make_bank(session, BANK)
        make_person(session)
    database.dispose()


def check(url: str, content: bytes) -> None:
    """Everything that stands in the file is in the bank, once, with its key."""
    app, database = opened(url)
    with app.app_context(), database.reading() as session:
        expected = sorted(fingerprint(draft.question, draft.key) for draft in read(NAME, content).drafts)
        landed = sorted(session.scalars(select(QuestionVersion.content_hash)).all())
        keys = session.scalar(select(func.count()).select_from(QuestionKey))
        ids = session.scalar(select(func.count(func.distinct(QuestionRow.external_id))))
    database.dispose()
    if landed != expected or keys != ROWS or ids != ROWS:
        raise SystemExit(f"what landed is not the file: {len(landed)} versions, {keys} keys, {ids} IDs")


def main() -> None:
    """Run everything, print a table or JSON; fails where what landed is not what the file holds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.imports")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--url", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        run_step(options.step, options.file, options.url)
        return
    result: dict[str, object] = {
        "benchmark": "imports",
        "machine": machine(),
        "rows": ROWS,
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    lines: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder, databases() as urls:
        file = Path(folder, NAME)
        content = workbook(ROWS)
        file.write_bytes(content)
        lines["bare calamine read"] = measured("bare", file)
        lines["drafts"] = measured("drafts", file)
        for database, url in urls.items():
            prepare(url)
            lines[f"preview, {database}"] = measured("preview", file, url)
            lines[f"commit, {database}"] = measured("commit", file, url)
            check(url, content)
    least = lines["bare calamine read"]["seconds"]
    for figures in lines.values():
        figures["ratio"] = figures["seconds"] / least
    result |= lines
    if options.json:
        print(json.dumps(result, indent=2, ensure_ascii=False))
        return
    print(f"{machine()}; {ROWS} rows, {len(content) / 1e6:.1f} MB")
    for name, figures in lines.items():
        print(
            f"{name:24} {figures['seconds']:6.2f} s   {figures['ratio']:5.1f} × bare   {figures['peak_mib']:5.0f} MiB"
        )


if __name__ == "__main__":
    main()
