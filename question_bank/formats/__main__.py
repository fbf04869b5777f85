"""Read files from the command line: `python -m question_bank.formats read FILE [--rules] [--bank NAME] [--json]`.

Exit code 0: no errors; 1: rows have errors (counts and problems are printed all the same); 2: the file can't be read.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from question_bank.formats import reading, rules
from question_bank.formats.imports import Import, Outcome, derived_ids
from question_bank.formats.limits import DEFAULT_LIMITS, Unreadable
from question_bank.problems import Problem, has_errors
from question_bank.questions.kinds import Kind

OK, FAULTY, UNREADABLE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m question_bank.formats", description="读取题库和组题规则文件。"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    read = commands.add_parser("read", help="读取文件，列出数量和问题")
    read.add_argument("file", type=Path, help=".xlsx 或 .csv 文件")
    read.add_argument("--rules", action="store_true", help="按组题规则（蓝图、细目表）读取")
    read.add_argument("--bank", help="文件没有题库名称时所用的名称")
    read.add_argument("--json", action="store_true", help="以 JSON 输出")
    read.set_defaults(run=_read)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except Unreadable as error:
        print(f"{options.file}：{error.problem}".replace("\n", " "), file=sys.stderr)
        return UNREADABLE


def _read(options: argparse.Namespace) -> int:
    data = _bytes(options.file)
    if options.rules:
        found = rules.read(options.file.name, data, bank=options.bank)
        report, problems = _about_rules(found), found.problems
    else:
        imported = reading.read(options.file.name, data, bank=options.bank, new_ids=derived_ids)
        report, problems = _about_questions(imported), imported.problems
    if options.json:
        document = {**report, "problems": [problem.as_dict() for problem in problems]}
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        _print(report, problems)
    return FAULTY if has_errors(problems) else OK


def _bytes(path: Path) -> bytes:
    """The file's bytes; never more than the limit and one."""
    try:
        with path.open("rb") as stream:
            return stream.read(DEFAULT_LIMITS.file_bytes + 1)
    except FileNotFoundError as error:
        raise Unreadable("file-missing", "没有这个文件。请检查路径。") from error
    except OSError as error:
        raise Unreadable("file-unopened", f"打不开文件（{error.strerror}）。请检查路径和权限。") from error


def _about_questions(imported: Import) -> dict[str, Any]:
    return {
        "file": imported.name,
        "digest": imported.digest,
        "accepted": imported.count(Outcome.ACCEPTED),
        "refused": imported.count(Outcome.REFUSED),
        "skipped": imported.count(Outcome.SKIPPED),
        "banks": dict(sorted(imported.by_bank().items())),
        "kinds": {
            kind.value: imported.by_kind()[kind.value] for kind in Kind if imported.by_kind()[kind.value]
        },
        "difficulties": dict(sorted(imported.by_difficulty().items())),
    }


def _about_rules(found: rules.RuleImport) -> dict[str, Any]:
    return {
        "file": found.name,
        "digest": found.digest,
        "outlines": [
            {
                "name": one.name,
                "areas": len(list(one.walk())),
                "leaves": len(one.leaves),
                "points": len(one.points),
            }
            for one in found.outlines
        ],
        "specifications": [
            {
                "name": one.name,
                "bank": one.bank,
                "questions": one.count,
                "total": str(one.total),
                "sections": {
                    section.kind.value: [section.count, str(section.points)] for section in one.sections
                },
            }
            for one in found.specifications
        ],
        "supplies": len(found.supplies),
    }


def _print(report: dict[str, Any], problems: Sequence[Problem]) -> None:
    for name, value in report.items():
        lines = value if isinstance(value, list) else [value]
        for line in lines:
            shown = (
                "  ".join(f"{key or '（空）'}={one}" for key, one in line.items())
                if isinstance(line, dict)
                else line
            )
            print(f"{name}: {shown}")
    for problem in problems:
        print(f"{problem.severity.value} {problem.code}: {problem}")


if __name__ == "__main__":
    sys.exit(main())
