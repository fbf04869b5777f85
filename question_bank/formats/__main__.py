"""Files of questions from the command line.

    python -m question_bank.formats read FILE [--rules] [--bank NAME] [--json]
    python -m question_bank.formats convert FILE --to CODE OUT [--bank NAME] [--json]

Exit code 0: no errors; 1: rows have errors, or questions come back changed from what was written (everything is
printed all the same); 2: a file can't be read or written, in one line on standard error.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from question_bank.formats import reading, rules
from question_bank.formats.conversion import Converted, convert
from question_bank.formats.imports import Import, Outcome, derived_ids
from question_bank.formats.limits import DEFAULT_LIMITS, Unreadable
from question_bank.formats.registry import FORMATS, extensions, recognise
from question_bank.problems import Problem, has_errors
from question_bank.questions.kinds import Kind

OK, FAULTY, UNREADABLE = 0, 1, 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        # One line like any other bad input; the usage is there for who asks with --help.
        self.exit(UNREADABLE, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code."""
    parser = _Parser(
        prog="python -m question_bank.formats", description="读取和转换题库文件，读取组题规则文件。"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    read = commands.add_parser("read", help="读取文件，列出数量和问题")
    read.add_argument("file", type=Path, help=f"题库文件（{'、'.join(extensions())}）")
    read.add_argument("--rules", action="store_true", help="按组题规则（蓝图、细目表）读取")
    read.add_argument("--bank", help="文件没有题库名称时所用的名称")
    read.add_argument("--json", action="store_true", help="以 JSON 输出")
    read.set_defaults(run=_read)
    change = commands.add_parser("convert", help="转换为另一种格式，写出后读回核对")
    change.add_argument("file", type=Path, help="要转换的题库文件")
    codes = [one.code for one in FORMATS if one.write is not None]
    change.add_argument("--to", required=True, metavar="CODE", help="、".join(codes))
    change.add_argument("out", type=Path, metavar="OUT", help="写出的文件")
    change.add_argument("--bank", help="文件没有题库名称时所用的名称")
    change.add_argument("--json", action="store_true", help="以 JSON 输出")
    change.set_defaults(run=_convert)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except Unreadable as error:
        print(f"{options.file}：{error.problem}".replace("\n", " "), file=sys.stderr)
        return UNREADABLE
    except _Unwritable as error:
        print(f"{options.out}：{error}", file=sys.stderr)
        return UNREADABLE


class _Unwritable(Exception):
    """The file to write can't be written; its text says why."""


def _read(options: argparse.Namespace) -> int:
    data = _bytes(options.file)
    if options.rules:
        found = rules.read(options.file.name, data, bank=options.bank)
        report, problems = _about_rules(found), found.problems
    else:
        imported = reading.read(options.file.name, data, bank=options.bank, new_ids=derived_ids)
        report = {**_about_questions(imported), "format": recognise(options.file.name, data).code}
        problems = imported.problems
    _show(report, problems, options)
    return FAULTY if has_errors(problems) else OK


def _convert(options: argparse.Namespace) -> int:
    writers = {one.code: one for one in FORMATS if one.write is not None}
    if options.to not in writers:
        raise _Unwritable(f"没有可写出的格式 {options.to}。可选：{'、'.join(writers)}。")
    if options.out.exists() and options.file.exists() and options.out.samefile(options.file):
        raise _Unwritable("与要转换的文件是同一个文件。请换一个文件名。")
    data = _bytes(options.file)
    imported = reading.read(options.file.name, data, bank=options.bank, new_ids=derived_ids)
    converted = convert(imported, writers[options.to])
    try:
        options.out.write_bytes(converted.data)
    except OSError as error:
        raise _Unwritable(f"写不出文件（{error.strerror}）。请检查路径和权限。") from error
    report = {
        **_about_questions(imported),
        "format": recognise(options.file.name, data).code,
        **_about_conversion(converted, imported, options),
    }
    problems = (*imported.problems, *converted.problems)
    _show(report, problems, options)
    return FAULTY if has_errors(problems) or converted.differing else OK


def _show(report: dict[str, Any], problems: Sequence[Problem], options: argparse.Namespace) -> None:
    if options.json:
        document = {**report, "problems": [problem.as_dict() for problem in problems]}
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        _print(report, problems)


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
        "quarantined": imported.count(Outcome.QUARANTINED),
        "banks": dict(sorted(imported.by_bank().items())),
        "kinds": {
            kind.value: imported.by_kind()[kind.value] for kind in Kind if imported.by_kind()[kind.value]
        },
        "difficulties": dict(sorted(imported.by_difficulty().items())),
    }


def _about_conversion(converted: Converted, imported: Import, options: argparse.Namespace) -> dict[str, Any]:
    return {
        "to": options.to,
        "out": str(options.out),
        "written": len(imported.drafts),
        "returned_equal": len(imported.drafts) - len(converted.differing),
        "returned_without_bank_or_id": converted.unnamed,
        "differing": [
            {"sheet": one.sheet, "row": one.row, "bank": one.bank, "id": one.external_id}
            for one in converted.differing
        ],
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
