"""A site under gunicorn with a sitting under way, as production serves it, and what is measured against it."""

from __future__ import annotations

import argparse
import base64
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path

from flask import Flask
from flask import session as cookie
from flask_wtf.csrf import generate_csrf
from sqlalchemy import select

from benchmarks.load import Client, Figures, drive, request
from examsite import schema
from examsite.access import login
from examsite.access.models import Person
from examsite.app import create_app
from examsite.config import Config
from examsite.db import make_engine
from examsite.registration.models import Enrolment
from examsite.sitting.queries import attempt_id
from tests.examsite.sitting.arrange import make_running_sitting
from tests.postgres import fresh_database, running_postgres

ROOT = Path(__file__).resolve().parent.parent
WIDTHS = (16, 64)
REFERENCE_RUNS = 5


@dataclass(frozen=True)
class Candidate:
    """Someone who can open the paper: attempt id, cookie and CSRF token."""

    attempt: str
    cookie: str
    csrf: str


@dataclass
class Served:
    """One site that answers at `address`."""

    address: tuple[str, int]
    app: Flask
    candidates: list[Candidate]

    @property
    def host(self) -> str:
        return f"{self.address[0]}:{self.address[1]}"


@contextmanager
def gunicorn(target: str, environment: dict[str, str] | None = None) -> Iterator[tuple[str, int]]:
    """Serve a WSGI application with the configuration that production uses."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "deploy" / "gunicorn.conf.py"), target]
    env = os.environ | (environment or {}) | {"EXAMSITE_BIND": f"127.0.0.1:{port}"}
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        _wait(port, process)
        yield "127.0.0.1", port
    finally:
        process.terminate()
        process.wait(timeout=30)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, *, seconds: float = 60) -> None:
    """Until something answers at this port."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                answer.read()
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    """Until every worker has loaded the application: twenty answers in a row within a tenth of a second each."""
    quick, deadline = 0, time.monotonic() + 60
    while quick < 20:
        if process.poll() is not None:
            assert process.stderr is not None
            raise SystemExit("gunicorn did not start: " + process.stderr.read().decode()[-2000:])
        if time.monotonic() > deadline:
            raise SystemExit("gunicorn does not answer")
        begin = time.perf_counter()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=20) as answer:
                answer.read()
        except urllib.error.HTTPError:
            pass  # the reference has no such page; that it answers is enough
        except OSError:
            quick = 0
            time.sleep(0.1)
            continue
        quick = quick + 1 if time.perf_counter() - begin < 0.1 else 0


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """A durable PostgreSQL (fsync on) and an SQLite file, both empty: name → URL."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_postgres(durable=True) as server,
        fresh_database(server) as url,
    ):
        yield {"postgresql": url, "sqlite": f"sqlite:///{folder}/site.db"}


@contextmanager
def site(url: str, *, candidates: int) -> Iterator[Served]:
    """A site with so many candidates in a sitting that is open now."""
    environment = environment_of(url)
    app, people = prepared(environment, candidates)
    app.extensions["examsite-database"].dispose()
    with gunicorn("wsgi:application", environment) as address:
        yield Served(address, app, people)
    app.extensions["examsite-database"].dispose()


def environment_of(url: str) -> dict[str, str]:
    """The settings of a site on this database."""
    return {
        "EXAMSITE_DATABASE_URL": url,
        "EXAMSITE_SECRET_KEY": "b" * 48,
        "EXAMSITE_FIELD_KEY": base64.b64encode(b"k" * 32).decode(),
        "EXAMSITE_ENVIRONMENT": "demo",
    }


def prepared(environment: dict[str, str], candidates: int) -> tuple[Flask, list[Candidate]]:
    """A site on an empty database with so many candidates in a sitting that is open now."""
    engine = make_engine(environment["EXAMSITE_DATABASE_URL"])
    schema.upgrade(engine)
    engine.dispose()
    app = create_app(Config.from_environment(environment))
    return app, _prepare(app, candidates)


def _prepare(app: Flask, count: int) -> list[Candidate]:
    now = datetime.now(UTC)
    people = []
    database = app.extensions["examsite-database"]
    with app.app_context(), database.writing() as session:
        sitting = make_running_sitting(
            session, candidates=count, papers=20, questions=100, opens_at=now - timedelta(minutes=5)
        )
        rows = session.execute(
            select(Enrolment, Person)
            .join(Person, Person.id == Enrolment.person_id)
            .where(Enrolment.sitting_id == sitting.id)
        ).all()
        for enrolment, person in rows:
            token = login.start(session, person, as_candidate=True, address="127.0.0.1", now=now)
            people.append((attempt_id(enrolment.id), token))
    return [Candidate(attempt, *_cookie_of(app, token)) for attempt, token in people]


def _cookie_of(app: Flask, token: str) -> tuple[str, str]:
    with app.test_request_context():
        csrf = generate_csrf()
        values = dict(cookie) | {"_user_id": token, "_fresh": True}
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
        return f"examsite={signer.dumps(values)}", csrf


def hello(width: int, seconds: float) -> Figures:
    """The reference: a Flask hello under the same server, the median of runs on fresh servers.

    How connections fall on the workers makes single runs differ by a factor of up to four.
    """

    def check(_number: int, status: int, body: bytes) -> None:
        assert (status, body) == (200, b"hello")

    runs = []
    for _ in range(REFERENCE_RUNS):
        with gunicorn("benchmarks.hello:application") as address:
            wire = request("GET", "/", host=f"{address[0]}:{address[1]}")
            clients = [Client(lambda _n, wire=wire: wire, check) for _ in range(width)]  # type: ignore[misc]
            runs.append(drive(address, clients, seconds=seconds / REFERENCE_RUNS))
    return sorted(runs, key=lambda figures: figures.per_second)[REFERENCE_RUNS // 2]


Measure = Callable[[Served, int, float], Figures]


def main(name: str, unit: str, measure: Measure, *, candidates: int) -> None:
    """Run one benchmark: the reference first, then each database, at each width; a wrong answer fails it."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=8.0)
    arguments = parser.parse_args()
    result: dict[str, object] = {
        "benchmark": name,
        "machine": machine(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    references = {width: hello(width, arguments.seconds * 1.25) for width in WIDTHS}
    result["reference: Flask hello"] = {width: asdict(figures) for width, figures in references.items()}
    if not arguments.json:
        print(machine())
        for width, figures in references.items():
            print(f"{'Flask hello':28} {width:4} clients {_line(figures)}")
    failed = False
    with databases() as urls:
        for database, url in urls.items():
            for width in WIDTHS:
                with site_again(database, url, width, candidates) as served:
                    figures = measure(served, width, arguments.seconds)
                ratio = figures.per_second / references[width].per_second
                result[f"{database} {width}"] = asdict(figures) | {"ratio": ratio}
                failed |= figures.errors > 0
                if not arguments.json:
                    print(
                        f"{name + ' on ' + database:28} {width:4} clients {_line(figures)}   {ratio:.2f} × hello"
                    )
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        print(f"({unit})")
    sys.exit(1 if failed else 0)


@contextmanager
def site_again(database: str, url: str, width: int, candidates: int) -> Iterator[Served]:
    """A fresh site for every measurement, so that one doesn't work on what another left."""
    if database == "sqlite":
        with site(url.replace("site.db", f"site-{width}.db"), candidates=candidates) as served:
            yield served
        return
    server = url.rpartition("/")[0] + "/postgres" + ("?" + url.partition("?")[2] if "?" in url else "")
    with fresh_database(server) as fresh, site(fresh, candidates=candidates) as served:
        yield served


def machine() -> str:
    """The machine and the versions, in one line."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("flask", "sqlalchemy", "psycopg", "gunicorn"))
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {packages}"


def _line(figures: Figures) -> str:
    return (
        f"{figures.per_second:8.0f} /s   p50 {figures.p50:6.1f} ms   p95 {figures.p95:6.1f} ms   "
        f"p99 {figures.p99:6.1f} ms   errors {figures.errors}"
    )


def get(served: Served, path: str, candidate: Candidate) -> bytes:
    """One page, for a benchmark's preparation."""
    ask = urllib.request.Request(f"http://{served.host}{path}", headers={"Cookie": candidate.cookie})
    with urllib.request.urlopen(ask, timeout=30) as answer:
        return bytes(answer.read())
