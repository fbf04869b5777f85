"""The statistics stand alone."""

import ast
import sys
from pathlib import Path

import question_bank.psychometrics

PACKAGE = Path(question_bank.psychometrics.__file__).parent
ALLOWED = sys.stdlib_module_names | {"numpy", "scipy"}


def imported_by(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            yield node.module


def test_psychometrics_imports_only_itself_the_standard_library_numpy_and_scipy():
    modules = sorted(PACKAGE.rglob("*.py"))
    assert len(modules) > 10
    foreign = {
        (path.name, name)
        for path in modules
        for name in imported_by(path)
        if name.split(".")[0] not in ALLOWED and not name.startswith("question_bank.psychometrics.")
    }
    assert foreign == set()
