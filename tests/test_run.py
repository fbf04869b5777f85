"""What `./run` says and does before and around the application: each obstacle is one clear line, never a traceback."""

from __future__ import annotations

import http.client
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

_LOAD = """
import os, sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader

def load():
    spec = spec_from_loader("run", SourceFileLoader("run", sys.argv[1]))
    module = module_from_spec(spec)
    sys.dont_write_bytecode = True
    spec.loader.exec_module(module)
    return module
"""
"""Opens ./run as a module, for tests that must change the world between its loading and its running."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project folder that holds `run` and no environment yet."""
    shutil.copy(ROOT / "run", tmp_path / "run")
    for name in ("requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server


def test_run_alone_explains_itself():
    outcome = _run(ROOT)
    assert outcome.returncode == 0
    for command in ("demo", "test", "lint", "bench", "lock", "setup"):
        assert f"./run {command}" in outcome.stdout


def test_an_unknown_command_is_named(folder: Path):
    assert "frobnicate" in _complaint(_run(folder, "frobnicate"))


def test_a_busy_port_is_named_with_the_way_out(folder: Path, listening: socket.socket):
    port = listening.getsockname()[1]
    complaint = _complaint(_run(folder, "demo", "--port", str(port)))
    assert str(port) in complaint
    assert "--port" in complaint
    assert not (folder / ".venv").exists()


@pytest.mark.parametrize("port", ["0", "70000"])
def test_a_number_that_is_no_port_is_refused(folder: Path, port: str):
    assert f"{port} is not a port" in _complaint(_run(folder, "demo", "--port", port))


@pytest.mark.parametrize("options", [("--port", "many"), ("--colour",), ("now",)])
def test_an_option_that_nobody_knows_is_named_in_one_line(folder: Path, options: tuple[str, ...]):
    assert options[-1] in _complaint(_run(folder, "demo", *options))
    assert not (folder / ".venv").exists()


def test_an_address_of_another_machine_is_refused(folder: Path):
    assert "192.0.2.1" in _complaint(_run(folder, "demo", "--host", "192.0.2.1"))


def test_a_folder_that_cannot_be_written_is_named():
    # Not under tmp_path, which an unprivileged user could not even enter.
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(ROOT / "run", name)
        for requirements in ROOT.glob("requirements*.txt"):
            shutil.copy(requirements, name)
        os.chmod(name, 0o555)
        become_nobody = """
run = load()
if os.geteuid() == 0:  # root may write anywhere
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
sys.exit(run.main(["setup"]))
"""
        complaint = _complaint(_python(_LOAD + become_nobody, Path(name, "run")))
        assert name in complaint
        assert "cannot be written" in complaint
        os.chmod(name, 0o755)


def test_something_else_in_the_place_of_the_environment_is_named(folder: Path):
    (folder / ".venv").write_text("not a folder")
    assert ".venv" in _complaint(_run(folder, "setup"))


def test_a_python_without_venv_is_told_which_package_to_install(folder: Path):
    without_venv = _LOAD + 'sys.modules["ensurepip"] = None; sys.exit(load().main(["setup"]))'
    assert "apt install python3-venv" in _complaint(_python(without_venv, folder / "run"))


def test_an_old_python_is_refused(folder: Path):
    old = _LOAD + "sys.version_info = (3, 9, 2); load()"
    assert "3.11" in _complaint(_python(old, folder / "run", PATH=""))


def test_an_old_python_hands_over_to_a_newer_one(folder: Path):
    newer = folder / "python3.12"
    newer.write_text('#!/bin/sh\necho "took over $1"\n')
    newer.chmod(0o755)
    old = _LOAD + "sys.version_info = (3, 9, 2); load()"
    outcome = _python(old, folder / "run", PATH=str(folder))
    assert outcome.stdout == f"took over {folder / 'run'}\n"


def test_a_package_index_out_of_reach_is_said_in_one_line(folder: Path):
    unreachable = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": os.devnull}
    complaint = _complaint(_run(folder, "setup", **unreachable))
    assert "network" in complaint
    assert "pip.log" in complaint
    assert not list((folder / ".venv").glob("installed-*"))


@pytest.mark.slow
def test_the_demonstration_starts_answers_and_stops(tmp_path: Path):
    checkout = _copy_of_the_project(tmp_path)
    port = _free_port()
    demo = subprocess.Popen(
        ["./run", "demo", "--port", str(port)],
        cwd=checkout,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    assert demo.stdout is not None
    said: list[str] = []
    try:
        for line in demo.stdout:
            said.append(line)
            if f"http://127.0.0.1:{port}/" in line:
                break
        else:
            pytest.fail("".join(said))
        assert _status(port, "/healthz") == 200
        keys = checkout / "instance" / "demo" / "secrets.json"
        assert stat.S_IMODE(keys.stat().st_mode) == 0o600
        assert not any(secret in "".join(said) for secret in keys.read_text().split('"') if len(secret) > 30)
        assert "already" in _complaint(_run(checkout, "demo", "--port", str(_free_port())))
    finally:
        demo.send_signal(signal.SIGTERM)
        rest = demo.communicate(timeout=120)[0]
    assert demo.returncode == 0, rest
    with pytest.raises(ConnectionRefusedError):
        _status(port, "/healthz")


def _run(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "run", *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def _python(code: str, run: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, str(run)],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


def _complaint(outcome: subprocess.CompletedProcess[str]) -> str:
    """The one line that a failed command leaves on standard error."""
    lines = outcome.stderr.splitlines()
    assert outcome.returncode == 1, outcome
    assert len(lines) == 1, outcome.stderr
    assert lines[0].startswith("./run: ")
    return lines[0]


def _copy_of_the_project(folder: Path) -> Path:
    """The working tree as it is, with the packages of the Python that runs the tests, and data of its own."""
    copy = folder / "project"
    local = shutil.ignore_patterns(
        ".git", ".venv", "instance", "tests", ".*_cache", "__pycache__", ".hypothesis"
    )
    shutil.copytree(ROOT, copy, ignore=local)
    venv = copy / ".venv"
    venv.mkdir()
    shutil.copy(Path(sys.prefix, "pyvenv.cfg"), venv)
    for name in ("bin", "lib"):
        (venv / name).symlink_to(Path(sys.prefix, name))
    stamp = "run = load(); run.stamp_file(run.PRODUCTION).write_text(run.fingerprint(run.PRODUCTION))"
    _python(_LOAD + stamp, copy / "run").check_returncode()
    return copy


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _status(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()
