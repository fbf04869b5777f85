"""Style and types are clean, and nothing is committed that others wrote, that calls home, or that names a machine."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

PAGES = {".html", ".jinja", ".j2", ".xml", ".svg", ".css", ".js", ".mjs", ".json", ".webmanifest"}
THIRD_PARTY_NAMES = re.compile(
    r"[.-]min\.(js|css|mjs)$|\.(js|css)\.map$|\.(woff2?|ttf|otf|eot|whl|jar)$"
    r"|(^|/)(node_modules|vendor|bower_components|third_party)/"
)
THIRD_PARTY_BANNER = re.compile(
    r"/\*!|@license|@preserve|[#@] sourceMappingURL="
)  # what build tools leave in
LONGEST_LINE = 500  # characters; minified code has lines far longer, what people write has not
NAMESPACES = ("www.w3.org",)  # names of XML vocabularies, which no browser fetches
WITH_SCHEME = re.compile(r"\b(?:https?|wss?|ftp)://([^/\s\"'<>)`]+)", re.IGNORECASE)
WITHOUT_SCHEME = re.compile(r"""(?:["'=]|url\(|@import)\s*//([\w-]+(?:\.[\w-]+)+)""", re.IGNORECASE)
MACHINE_PATH = re.compile(r"(?<![\w.~$}<>-])/(?:work|tmp|root|home|Users|private/var)/[\w.-]")
INDEX_OPTION = re.compile(
    r"^\s*(?:-i|-f|--(?:extra-)?index-url|--find-links|--trusted-host)\b|://", re.MULTILINE
)


def _committed() -> list[Path]:
    """Every file under version control; of an unpacked archive, every file that is not made by running it."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listing.returncode == 0:
        paths = [ROOT / name for name in listing.stdout.split("\0") if name]
    else:
        made = {
            ".venv",
            "instance",
            "__pycache__",
            ".mypy_cache",
            ".ruff_cache",
            ".pytest_cache",
            ".hypothesis",
        }
        paths = [path for path in ROOT.rglob("*") if not made.intersection(path.relative_to(ROOT).parts)]
    return [path for path in paths if path.is_file()]


def _text(path: Path) -> str:
    """The file's text; empty where it is no text, such as a workbook or a picture."""
    content = path.read_bytes()
    return "" if b"\0" in content[:8000] else content.decode("utf-8", errors="replace")


def external_hosts(text: str) -> list[str]:
    """The hosts that a page, style sheet or script names, apart from XML namespaces."""
    hosts = WITH_SCHEME.findall(text) + WITHOUT_SCHEME.findall(text)
    return [host for host in hosts if host not in NAMESPACES]


def written_by_others(name: str, text: str) -> bool:
    """Whether a script or style sheet looks like a library: by its name, its banner, or lines that nobody types."""
    if THIRD_PARTY_NAMES.search(name):
        return True
    if not name.endswith((".js", ".mjs", ".css")):
        return False
    return bool(THIRD_PARTY_BANNER.search(text)) or max(map(len, text.splitlines()), default=0) > LONGEST_LINE


def _lint_commands() -> dict[str, list[str]]:
    spec = spec_from_loader("run", SourceFileLoader("run", str(ROOT / "run")))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    commands: dict[str, list[str]] = module.LINT
    return commands


@pytest.mark.parametrize("check", ["style", "format", "types"])
def test_the_code_is_clean(check: str):
    outcome = subprocess.run(
        [sys.executable, "-m", *_lint_commands()[check]], cwd=ROOT, capture_output=True, text=True
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_every_lint_command_is_tested():
    assert set(_lint_commands()) == {"style", "format", "types"}


def test_no_code_of_others_is_committed():
    names = [path.relative_to(ROOT).as_posix() for path in _committed()]
    assert [name for name in names if written_by_others(name, _text(ROOT / name))] == []


def test_no_page_style_or_script_names_another_host():
    found = {
        path.relative_to(ROOT).as_posix(): hosts
        for path in _committed()
        if path.suffix in PAGES and (hosts := external_hosts(_text(path)))
    }
    assert found == {}


def test_no_committed_text_names_a_path_of_one_machine():
    found = {
        path.relative_to(ROOT).as_posix(): match.group()
        for path in _committed()
        if (match := MACHINE_PATH.search(_text(path)))
    }
    assert found == {}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_requirements_are_pinned_with_hashes_and_name_no_index(name: str):
    text = (ROOT / name).read_text()
    assert INDEX_OPTION.search(text) is None
    requirements = [block for block in re.split(r"\n(?=\S)", text) if not block.startswith("#")]
    assert len(requirements) > 10
    assert [block for block in requirements if "==" not in block or "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in"])
def test_every_requirement_asked_for_is_pinned(name: str):
    asked = [line for line in (ROOT / name).read_text().splitlines() if line and line[0] not in "#-"]
    pinned = (ROOT / name.replace(".in", ".txt")).read_text()
    missing = [
        line for line in asked if not re.search(rf"^{re.escape(line.split('[')[0])}==", pinned, re.MULTILINE)
    ]
    assert missing == [], "run ./run lock"


# --- the detectors above find what they are for


@pytest.mark.parametrize(
    "text",
    [
        '<script src="https://cdn.example.com/a.js">',
        "<img src='//cdn.example.com/a.png'>",
        "@import url(//fonts.example.com/css);",
        "fetch(`http://api.example.com/`)",
        "new WebSocket('wss://live.example.com/')",
        '<form action="HTTPS://EXAMPLE.COM/">',
    ],
)
def test_a_foreign_host_is_found(text: str):
    assert len(external_hosts(text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        '<svg xmlns="http://www.w3.org/2000/svg">',
        'import "/static/js/start.js"; // see outbox.js',
        '<a href="/plans/1">',
    ],
)
def test_what_stays_at_home_is_no_foreign_host(text: str):
    assert external_hosts(text) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("static/js/chart.min.js", ""),
        ("static/vendor/chart.js", ""),
        ("static/fonts/sans.woff2", ""),
        ("static/js/chart.js", "/*! Chart 4.4.0 */"),
        ("static/css/base.css", "a{}\n/*# sourceMappingURL=base.css.map */"),
        ("static/js/chart.js", "x" * 501),
    ],
)
def test_code_of_others_is_recognised(name: str, text: str):
    assert written_by_others(name, text)


def test_our_own_code_is_not_taken_for_that_of_others():
    assert not written_by_others(
        "static/js/modules/countdown.js", "/* Shows the server's time. */\nexport {};\n"
    )


@pytest.mark.parametrize("folder", ["work", "tmp", "root", "home"])
def test_a_path_of_one_machine_is_found(folder: str):
    assert MACHINE_PATH.search(f"see '/{folder}/somebody/project'")


@pytest.mark.parametrize("text", ["instance/tmp/x", "GET /sittings/home/1", "https://example.org/work/1"])
def test_other_paths_are_no_path_of_one_machine(text: str):
    assert MACHINE_PATH.search(text) is None
