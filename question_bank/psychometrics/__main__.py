"""python -m question_bank.psychometrics: item analysis of a CSV file of responses."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from question_bank.psychometrics.presentation import as_json, as_text
from question_bank.psychometrics.reading import UnreadableTable, read_choices, read_responses
from question_bank.psychometrics.report import analyse_items

BAD_INPUT = 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        # One line like any other bad input; the usage is there for who asks with --help.
        self.exit(BAD_INPUT, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0, or 2 after one line on standard error about what is wrong with the input."""
    options = _parser().parse_args(arguments)
    try:
        text: str = options.run(options)
    except UnreadableTable as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    sys.stdout.write(text)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="question_bank.psychometrics", description="考试数据的统计分析。")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    _add_items(commands)
    return parser


def _add_items(commands: "argparse._SubParsersAction[_Parser]") -> None:
    command = commands.add_parser(
        "items", help="题目分析：难度、区分度、选项、信度", description=_items.__doc__
    )
    command.add_argument(
        "responses",
        type=Path,
        metavar="RESPONSES.csv",
        help="首行题目名，每行一名考生；空格子=没有抽到这道题",
    )
    known = command.add_mutually_exclusive_group()
    known.add_argument(
        "--key", type=Path, metavar="KEY.csv", help="答案；作答为选项字母时必须给出(“-”表示未答)"
    )
    known.add_argument("--maximum", type=Path, metavar="MAXIMUM.csv", help="每题满分；不给则取实得最高分")
    command.add_argument("--json", action="store_true", help="输出 JSON")
    command.set_defaults(run=_items)


def _items(options: argparse.Namespace) -> str:
    """Difficulty, discrimination, options and reliability of one sitting."""
    if options.key is None:
        analysis = analyse_items(read_responses(options.responses, options.maximum))
    else:
        choices, key, persons = read_choices(options.responses, options.key)
        analysis = analyse_items(choices.score(key, persons), choices, key)
    if options.json:
        return json.dumps(as_json(analysis), ensure_ascii=False, allow_nan=False, indent=1) + "\n"
    return as_text(analysis)


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    try:
        status = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader (head, less) has seen enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    sys.exit(status)
