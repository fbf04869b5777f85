"""Papers drawn from a calibrated bank of 5,000 questions: how quickly, how parallel, how near to the best possible load.

The reference draws at random by kind, as the simplest systems do.  Every paper is looked at by the independent verifier,
and any fault fails the benchmark.  Bounds on exposure and overlap are computed in the run, for this bank.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from fractions import Fraction
from importlib.metadata import version
from typing import TypeVar

import numpy as np

from question_bank.assembly.features import EXPECTED, UNITS
from question_bank.assembly.impossible import Impossible
from question_bank.assembly.order import Order
from question_bank.assembly.paper import Paper
from question_bank.assembly.parallel import figures
from question_bank.assembly.plan import plan_as_document
from question_bank.assembly.pool import Pool, make_pool
from question_bank.assembly.prepare import Prepared, prepare, restore
from question_bank.assembly.select import Drawn, blocks_of, deal, draw, hands_of_block
from question_bank.assembly.solo import WalkIns
from question_bank.assembly.specification import Specification
from question_bank.assembly.streams import permutation
from question_bank.assembly.verify import verify_all
from tests.question_bank.assembly.factories import make_calibrated_bank, make_specification

QUESTIONS, ENEMIES = 5_000, 100
SEED = "benchmark"
MIX = ((1, 10), (2, 20), (3, 40), (4, 20), (5, 10))
FIRST, FIXED, WALK_INS = 256, 20, 20

T = TypeVar("T")
Line = dict[str, float | int | None]


def timed(work: Callable[[], T]) -> tuple[T, Line]:
    """What it gives, with its seconds by the clock and of the processor (the machine is shared)."""
    begin, used = time.perf_counter(), time.process_time()
    result = work()
    return result, {"seconds": time.perf_counter() - begin, "cpu": time.process_time() - used}


def machine() -> str:
    """The machine and the versions, in one line."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy"))
    return f"{os.cpu_count()} cores (one used), Python {platform.python_version()}, {packages}"


def random_by_kind(prepared: Prepared, papers: int) -> np.ndarray:
    """The reference: so many of each kind, any of them."""
    kinds = np.array([question.kind.value for question in prepared.supply.questions])
    hands = []
    for number in range(papers):
        order = permutation(len(kinds), SEED, "random", number)
        hands.append(
            np.concatenate(
                [order[kinds[order] == s.kind.value][: s.count] for s in prepared.specification.sections]
            )
        )
    return np.stack(hands)


def faulty(papers: Iterable[Paper], pool: Pool, specification: Specification) -> int:
    """How many papers the verifier finds fault with."""
    return len({problem.message.split("：")[0] for problem in verify_all(papers, pool, specification)})


def quality(drawn: Drawn) -> Line:
    """How parallel, and the load beside its bounds."""
    found = figures(drawn)
    overlap = found.overlap_mean or 0.0
    line: Line = {
        "expected_sd": found.expected.sd,
        "expected_range": found.expected.width,
        "exposure": found.exposure,
        "exposure_bound": found.exposure_bound,
        "exposure_ratio": found.exposure / found.exposure_bound,
        "overlap": overlap,
        "overlap_bound": found.overlap_bound,
        "overlap_ratio": overlap / found.overlap_bound if found.overlap_bound else None,
        "overlap_most": found.overlap_most,
    }
    if found.information:
        line["information_sd_percent"] = 100 * found.information.sd / found.information.mean
        line["information_range_percent"] = 100 * found.information.width / found.information.mean
    return line


def run(papers: int) -> dict[str, Line]:
    """Everything measured, by name; SystemExit where a paper is wrong."""
    pool = make_calibrated_bank(QUESTIONS, seed=1, enemies=ENEMIES, uneven=0.3)
    specification = make_specification(difficulty=tuple((code, Fraction(part)) for code, part in MIX))
    lines: dict[str, Line] = {}

    prepared, lines["plan"] = timed(
        lambda: prepare(pool, specification, papers=papers, unique=True, seed=SEED)
    )
    hands, line = timed(lambda: random_by_kind(prepared, papers))
    expected = prepared.plan.features.values[:, EXPECTED][hands].sum(axis=1) / UNITS[EXPECTED]
    order = Order(prepared.supply, specification, SEED)
    sample = (order.paper(number + 1, hands[number]) for number in range(200))
    lines = {
        "random by kind": line
        | {
            "expected_sd": float(expected.std()),
            "expected_range": float(np.ptp(expected)),
            "faulty_of_200": faulty(sample, pool, specification),
        }
    } | lines

    drawn, line = timed(lambda: deal(prepared, SEED))
    lines[f"{papers:,} unique papers"] = line | quality(drawn)
    made, lines["their questions and options in order, hashed"] = timed(lambda: drawn.papers[:10_000])
    bad, line = timed(lambda: faulty(made, pool, specification))
    lines["the verifier"] = line | {"papers": len(made), "faulty": bad}
    if bad or len({paper.hash for paper in made}) < len(made):
        raise SystemExit(f"{bad} of {len(made)} papers have faults, or some are alike")

    document = json.loads(json.dumps(plan_as_document(prepared.plan)))
    restored, lines["the stored plan read"] = timed(
        lambda: restore(document, pool, specification, None, seed=SEED)
    )
    last = (papers - 1) // 1_000
    block, lines[f"block {last + 1} by itself"] = timed(
        lambda: hands_of_block(restored, blocks_of(restored, SEED), last)
    )
    if not np.array_equal(block, drawn.hands[last * 1_000 :]):
        raise SystemExit("a block by itself is another one than among all")

    small = prepare(pool, specification, papers=FIRST, unique=True, seed=SEED)
    first, lines[f"first paper of a sitting ({FIRST} at once)"] = timed(lambda: first_paper(small))
    walk_ins, lines["walk-ins made ready"] = timed(lambda: WalkIns(restored, SEED))
    each = []
    for number in range(papers + 1, papers + 1 + WALK_INS):
        paper, line = timed(lambda number=number: walk_ins.paper(number, pool))  # type: ignore[misc]
        each.append((paper, line))
    lines["a walk-in paper, median"] = {
        name: statistics.median(float(line[name] or 0) for _, line in each) for name in ("seconds", "cpu")
    }
    if faulty([first, *(paper for paper, _ in each)], pool, specification):
        raise SystemExit("a first or a walk-in paper has faults")

    few, lines[f"plan of {FIXED} fixed papers"] = timed(
        lambda: prepare(pool, specification, papers=FIXED, unique=False, seed=SEED)
    )
    fixed, line = timed(lambda: deal(few, SEED))
    lines[f"{FIXED} disjoint fixed papers"] = line | quality(fixed)
    if faulty(fixed.papers, pool, specification) or figures(fixed).overlap_most:
        raise SystemExit("fixed papers have faults, or questions in common")

    poor = make_pool(question for question in pool.questions if not question.point.startswith("B-E-A"))
    problems, lines["an impossible specification explained"] = timed(lambda: reasons(poor, specification))
    if not problems:
        raise SystemExit("the impossible specification was not explained")
    lines["all of it"] = {"peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}
    return lines


def first_paper(prepared: Prepared) -> Paper:
    """Paper 1 of a plan that is dealt in blocks, with all else that its block needs."""
    hands = hands_of_block(prepared, blocks_of(prepared, SEED), 0)
    if hands is None:
        raise SystemExit("the first block could not be dealt")
    return Order(prepared.supply, prepared.specification, SEED).paper(1, hands[0])


def reasons(pool: Pool, specification: Specification) -> int:
    """How many problems are named where no paper can be drawn; 0 where one can."""
    try:
        draw(pool, specification, papers=1, unique=False, seed=SEED)
    except Impossible as impossible:
        return len(impossible.problems)
    return 0


def main() -> None:
    """Run everything, print a table or JSON; fails where a paper is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.papers")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--papers", type=int, default=10_000, metavar="N", help="unique papers")
    options = parser.parse_args()
    lines = run(options.papers)
    if options.json:
        result = {
            "benchmark": "papers",
            "machine": machine(),
            "questions": QUESTIONS,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        print(json.dumps(result | lines, indent=2, ensure_ascii=False))
        return
    print(f"{machine()}; {QUESTIONS:,} questions, 90 a paper")
    for name, line in lines.items():
        print(name)
        print("    " + "   ".join(f"{what} {value:.4g}" for what, value in line.items() if value is not None))


if __name__ == "__main__":
    main()
