"""What tests stand on: a site on each database, its clock in the test's hands, browsers, and people signed in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import settings
from sqlalchemy import text
from sqlalchemy.orm import Session

from examsite import schema
from examsite.access import login
from examsite.access.models import Person
from examsite.app import create_app
from examsite.config import Config, Environment
from examsite.db import Base, Database, make_engine
from examsite.translations.__main__ import compile_all
from tests.browse import Browse
from tests.postgres import NoPostgres, fresh_database, running_postgres, share_one_server

START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)  # 09:00 in Changchun
FIELD_KEY = b"k" * 32


@dataclass
class Clock:
    """The site's time, set by the test."""

    instant: datetime = START

    def __call__(self) -> datetime:
        return self.instant

    def set(self, instant: datetime) -> None:
        self.instant = instant

    def advance(self, **parts: float) -> datetime:
        """Move on by a timedelta's parts: advance(minutes=5)."""
        self.instant += timedelta(**parts)
        return self.instant


@dataclass
class Site:
    """One running site: application, database, clock."""

    app: Flask
    clock: Clock
    dialect: str
    browsers: list[Browse] = field(default_factory=list)

    @property
    def database(self) -> Database:
        return self.app.extensions["examsite-database"]  # type: ignore[no-any-return]

    @property
    def now(self) -> datetime:
        return self.clock()

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction inside the application's context, as a command has."""
        with self.app.app_context(), self.database.writing() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with self.app.app_context(), self.database.reading() as session:
            yield session

    def browse(self) -> Browse:
        """A fresh browser, nobody signed in."""
        browser = Browse(self.app)
        self.browsers.append(browser)
        return browser

    def browse_as(self, person: Person, *, as_candidate: bool = False) -> Browse:
        """A fresh browser in which this person has signed in (without the cost of the password)."""
        browser = self.browse()
        with self.writing() as session:
            token = login.start(session, person, as_candidate=as_candidate, address="127.0.0.1", now=self.now)
        with browser.client.session_transaction() as cookie:
            cookie["_user_id"] = token
            cookie["_fresh"] = True
        return browser

    def run(self, *arguments: str) -> str:
        """A command line of the site; its output.  Fails the test on a non-zero exit."""
        outcome = self.app.test_cli_runner().invoke(args=list(arguments))
        assert outcome.exit_code == 0, outcome.output
        return outcome.output


def pytest_configure(config: pytest.Config) -> None:
    # How long an example takes is the machine's business: benchmarks measure, tests don't.
    settings.register_profile("house", deadline=None)
    settings.load_profile("house")
    compile_all()
    share_one_server(config)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """Where nothing may be skipped, a skip is a failure."""
    if (
        os.environ.get("EXAMSITE_NO_SKIPS")
        and call.excinfo
        and call.excinfo.errisinstance(pytest.skip.Exception)
    ):
        call.excinfo = pytest.ExceptionInfo.from_exception(
            AssertionError(f"skipped, and nothing may be: {call.excinfo.value}").with_traceback(
                call.excinfo.tb
            )
        )


def test_config(url: str) -> Config:
    return Config(url, "t" * 40, FIELD_KEY, Environment.TEST, plain_http=True)


test_config.__test__ = False  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "empty.db"
    engine = make_engine(f"sqlite:///{path}")
    schema.upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def _sqlite_app(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path) -> Flask:
    path = tmp_path_factory.mktemp("sqlite") / "site.db"
    shutil.copy(_sqlite_template, path)
    app = create_app(test_config(f"sqlite:///{path}"), clock_of_site=Clock())
    app.extensions["test-path"] = path
    return app


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL for the run; skips where there is none."""
    with ExitStack() as stack:
        try:
            url = stack.enter_context(running_postgres())
        except NoPostgres as reason:
            pytest.skip(f"no PostgreSQL: {reason}")
        yield url


@pytest.fixture(scope="session")
def _postgres_app(postgres_server: str) -> Iterator[Flask]:
    with fresh_database(postgres_server) as url:
        engine = make_engine(url)
        schema.upgrade(engine)
        engine.dispose()
        app = create_app(test_config(url), clock_of_site=Clock())
        yield app
        app.extensions["examsite-database"].dispose()


def _fresh_sqlite(request: pytest.FixtureRequest) -> Site:
    app: Flask = request.getfixturevalue("_sqlite_app")
    template: Path = request.getfixturevalue("_sqlite_template")
    app.extensions["examsite-database"].dispose()
    path: Path = app.extensions["test-path"]
    for leftover in (path.with_name("site.db-wal"), path.with_name("site.db-shm")):
        leftover.unlink(missing_ok=True)
    shutil.copy(template, path)
    return _site(app, "sqlite")


def _fresh_postgres(request: pytest.FixtureRequest) -> Site:
    app: Flask = request.getfixturevalue("_postgres_app")
    names = ", ".join(table.name for table in Base.metadata.sorted_tables if table.name != "audit_head")
    database: Database = app.extensions["examsite-database"]
    with database.engine.begin() as connection:
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
        connection.execute(text("UPDATE audit_head SET sequence = 0, hash = :zero"), {"zero": "0" * 64})
    return _site(app, "postgresql")


def _site(app: Flask, dialect: str) -> Site:
    clock = Clock()
    app.extensions["examsite-clock"] = clock
    return Site(app, clock, dialect)


def fresh_site(request: pytest.FixtureRequest, dialect: str) -> Site:
    """An empty site on this database; the one before on the same database is gone."""
    return _fresh_sqlite(request) if dialect == "sqlite" else _fresh_postgres(request)


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest) -> Site:
    """An empty site, once on each database."""
    return fresh_site(request, request.param)


@pytest.fixture
def sqlite_site(request: pytest.FixtureRequest) -> Site:
    """An empty site on SQLite alone, for what has nothing to do with the database."""
    return _fresh_sqlite(request)


@pytest.fixture
def postgres_site(request: pytest.FixtureRequest) -> Site:
    """An empty site on PostgreSQL alone, for what only it has."""
    return _fresh_postgres(request)
