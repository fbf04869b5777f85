"""Look at a standard: `python -m question_bank.standards check [CODE EDITION | FILE] [--json]`, and `show`.

check: 0 without errors, 1 with.  Without arguments every standard that comes with the package.  2: bad usage or file.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from question_bank.problems import has_errors
from question_bank.standards.check import check
from question_bank.standards.loading import BadStandard, editions, load, load_file
from question_bank.standards.model import Standard, standard_as_document


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    parser = _Parser(prog="question_bank.standards", description="职业标准：检查与查看")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, text in (("check", "检查职业标准的数据"), ("show", "显示职业标准")):
        command = commands.add_parser(name, help=text)
        command.add_argument("which", nargs="*", metavar="CODE EDITION | FILE")
        command.add_argument("--json", action="store_true", help="输出 JSON")
    options = parser.parse_args(arguments)
    try:
        standards = _named(options.which)
    except (BadStandard, LookupError, OSError) as error:
        sys.stderr.write(f"{error}\n".replace("\n", " ").rstrip() + "\n")
        return 2
    if options.command == "show":
        _show(standards, as_json=options.json)
        return 0
    problems = [(standard, problem) for standard in standards for problem in check(standard)]
    if options.json:
        found = [{"standard": f"{s.code} {s.edition}", **problem.as_dict()} for s, problem in problems]
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        for standard, problem in problems:
            print(f"{standard.code} {standard.edition} {problem.severity.value} {problem.code}: {problem}")
        for standard in standards:
            if not has_errors(check(standard)):
                print(f"{standard.code} {standard.edition} 无错误")
    return 1 if has_errors([problem for _, problem in problems]) else 0


def _named(which: Sequence[str]) -> list[Standard]:
    if not which:
        return [load(code, edition) for code, edition in editions()]
    if len(which) == 1:
        return [load_file(Path(which[0]))]
    if len(which) == 2:
        return [load(which[0], which[1])]
    raise LookupError("请给出 CODE EDITION，或一个文件")


def _show(standards: Sequence[Standard], *, as_json: bool) -> None:
    if as_json:
        documents = [standard_as_document(standard) for standard in standards]
        print(json.dumps(documents[0] if len(documents) == 1 else documents, ensure_ascii=False, indent=2))
        return
    for standard in standards:
        print(f"{standard.name}（{standard.code}，{standard.edition}年版）")
        for level in standard.levels:
            subjects = "、".join(
                f"{rule.subject.label} {rule.total.value} 分 {rule.pass_mark.value} 分合格"
                for rule in level.subjects
            )
            print(f"  {level.label}/{level.title}：{subjects}")
        print(f"  权重：{standard.weights_note or len(standard.weights)}")
        for rules in standard.rule_sets:
            print(f"  {rules.name}（{rules.effective or '生效日期未知'}）")
            for condition in rules.conditions:
                print(f"    {condition.code} {condition.text}")
        print(f"  未核实：{len(standard.unverified)} 个数值")


if __name__ == "__main__":
    sys.exit(main())
