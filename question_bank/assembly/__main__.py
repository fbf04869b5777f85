"""Draw papers from files: python -m question_bank.assembly --bank BANK.xlsx --rules RULES.xlsx --papers N [--unique] --seed S

Writes one JSON document.  Options are named by their letters in the bank's file and say nothing of what is right.
Exit status: 0; 1 where the rules are faulty or the bank can't meet them, one problem a line on standard error;
2 for bad usage or an unreadable file, one line.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from question_bank.assembly.features import Source
from question_bank.assembly.paper import paper_as_document
from question_bank.assembly.plan import Preference
from question_bank.assembly.pool import Pool, PoolQuestion, make_pool
from question_bank.assembly.select import Drawn, Impossible, draw
from question_bank.assembly.specification import Specification, completed
from question_bank.assembly.verify import verify_all
from question_bank.formats.limits import Unreadable
from question_bank.formats.reading import read
from question_bank.formats.rules import RuleImport
from question_bank.formats.rules import read as read_rules
from question_bank.outlines.tree import Outline
from question_bank.problems import NOWHERE, Problem, has_errors
from question_bank.questions.model import Draft, content_hash, letter

_SOURCES = {
    Source.CALIBRATION.value: "标定参数",
    Source.FACILITY.value: "实测通过率",
    Source.CODE.value: "同难度代码的平均通过率",
    Source.NOMINAL.value: "难度代码的约定值",
}
IMPOSSIBLE = 1
BAD_INPUT = 2


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        # One line like any other bad input; the usage is there for who asks with --help.
        self.exit(BAD_INPUT, f"{self.prog}: {message}\n")


class _BadInput(Exception):
    """One sentence about a file or an option."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status."""
    options = _parser().parse_args(arguments)
    try:
        document = _drawn(options)
        text = json.dumps(document, ensure_ascii=False, indent=1) + "\n"
        if options.json == "-":
            sys.stdout.write(text)
        else:
            Path(options.json).write_text(text, encoding="utf-8")
            print(_summary(document["proof"]["parallel"]))
    except Impossible as impossible:
        for problem in impossible.problems:
            print(str(problem).replace("\n", " "), file=sys.stderr)
        return IMPOSSIBLE
    except FileNotFoundError as error:
        print(f"{error.filename}：没有这个文件。请检查路径。", file=sys.stderr)
        return 2
    except (_BadInput, Unreadable, OSError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return BAD_INPUT
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="question_bank.assembly", description="按组题规则从题库抽取试卷。")
    parser.add_argument("--bank", type=Path, required=True, metavar="BANK.xlsx", help="题库工作簿")
    parser.add_argument("--rules", type=Path, required=True, metavar="RULES.xlsx", help="组题规则工作簿")
    parser.add_argument("--name", metavar="题库名称", help="规则文件含多个题库时，选其中一个")
    parser.add_argument("--papers", type=_positive, default=1, metavar="N", help="份数")
    parser.add_argument("--unique", action="store_true", help="每份试题各不相同（一人一卷）")
    parser.add_argument("--seed", required=True, metavar="S", help="随机种子；同一种子抽出同样的试卷")
    parser.add_argument(
        "--preference",
        type=Preference,
        choices=list(Preference),
        default=Preference.LEVELLED,
        help="levelled：均匀使用；core-first：每卷先 X 后 Y 再 Z",
    )
    parser.add_argument("--json", default="-", metavar="OUT.json", help="输出文件；- 为标准输出")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 100_000:
        raise argparse.ArgumentTypeError(f"份数应为 1–100000 的整数，而不是 {text}")
    return int(text)


def _drawn(options: argparse.Namespace) -> dict[str, Any]:
    rules = read_rules(options.rules.name, options.rules.read_bytes())
    if has_errors(rules.problems):
        raise Impossible([problem for problem in rules.problems if problem.is_error])
    specification, outline = _chosen(rules, options.name)
    bank = read(options.bank.name, options.bank.read_bytes())
    pool = _pool(bank.drafts, specification)
    drawn = draw(
        pool,
        specification,
        outline,
        papers=options.papers,
        unique=options.unique,
        seed=options.seed,
        preference=options.preference,
    )
    faults = verify_all(drawn.papers, pool, completed(specification, outline))
    # The verifier is independent; a paper that it refuses doesn't leave this program.
    if faults:
        raise Impossible(faults)
    refused = sum(problem.is_error for problem in bank.problems)
    return _document(drawn, options.seed, bank.digest, rules.digest, refused)


def _document(drawn: Drawn, seed: str, bank: str, rules: str, refused: int) -> dict[str, Any]:
    plan = drawn.plan
    return {
        "engine": plan.engine,
        "seed": seed,
        "seed_commitment": plan.seed_commitment,
        "bank_digest": bank,
        "rules_digest": rules,
        "pool_digest": plan.pool_digest,
        "specification_digest": plan.specification_digest,
        "plan_digest": plan.digest,
        "unique": plan.unique,
        "preference": plan.preference.value,
        "verified": drawn.proof.verified,
        "bank_problems": refused,
        "papers": [paper_as_document(paper) for paper in drawn.papers],
        "proof": drawn.proof.as_document(),
    }


def _summary(figures: dict[str, Any]) -> str:
    """How parallel the papers are and how near their load is to the least possible, in one line."""
    expected = figures["expected"]
    parts = [
        f"{figures['papers']} 套",
        f"及格线处预期得分 {expected['mean']:.2f}，标准差 {expected['sd']:.3f}，极差 {expected['width']:.2f}",
        f"单题最大曝光 {figures['exposure']:.2%}（下限 {figures['exposure_bound']:.2%}）",
    ]
    if figures["overlap_mean"] is not None:
        parts.append(
            f"两卷平均相同 {figures['overlap_mean']:.2f} 题（下限 {figures['overlap_bound']:.2f}），最多 {figures['overlap_most']} 题"
        )
    sources = "、".join(f"{_SOURCES[name]} {count} 题" for name, count in figures["sources"].items())
    return "；".join([*parts, f"依据：{sources}"]) + "。"


def _chosen(rules: RuleImport, name: str | None) -> tuple[Specification, Outline | None]:
    """The specification asked for, and the outline that belongs to it."""
    found = [one for one in rules.specifications if name is None or name in (one.bank, one.name)]
    if len(found) != 1:
        names = "、".join(one.bank or one.name for one in rules.specifications) or "无"
        raise _BadInput(f"请用 --name 指明一个题库；规则文件中有：{names}")
    specification = found[0]
    outlines = [
        one
        for one in rules.outlines
        if len(rules.outlines) == 1 or one.name in (specification.bank, specification.name)
    ]
    return specification, outlines[0] if len(outlines) == 1 else None


def _pool(drafts: Sequence[Draft], specification: Specification) -> Pool:
    """The cards of the drafts that belong to the specification's bank; all where it names none."""
    wanted = [draft for draft in drafts if not specification.bank or draft.bank in ("", specification.bank)]
    if not wanted:
        banks = "、".join(sorted({draft.bank for draft in drafts})) or "无"
        message = f"题库文件中没有“{specification.bank}”的试题；其中的题库：{banks}"
        raise Impossible([Problem(NOWHERE, "bank-empty", message)])
    repeated = any(n > 1 for n in Counter(draft.external_id for draft in wanted).values())
    return make_pool(
        PoolQuestion(
            # Where the file's own numbers don't tell questions apart, their places do.
            f"{draft.sheet}!{draft.row}" if repeated else draft.external_id,
            draft.question.point,
            draft.question.kind,
            draft.question.difficulty,
            None,
            tuple(letter(place) for place in range(len(draft.question.options))),
            content_hash(draft.question, draft.key),
        )
        for draft in wanted
    )


if __name__ == "__main__":
    sys.exit(main())
