"""Papers of 100 questions as PDF, one and thirty in a file, beside bare typst that sets the same texts as paragraphs.

Both run in a process of their own, as the site prints, with the same fonts and the same texts.
Checked: the file is a PDF, holds as many pages as its papers need at least, and twice the same data give the same bytes.
"""

from __future__ import annotations

import argparse
import itertools
import json
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from benchmarks.serving import machine
from examsite.planning.printing import contents, typesetting
from examsite.planning.printing.loading import LoadedPaper
from question_bank.questions.kinds import Kind, MultiplePolicy
from question_bank.questions.model import Question, make_options
from question_bank.questions.present import present

SIZES = (1, 30)
SHEET = contents.Sheet(1, "样例认定计划", "三级", 90, MultiplePolicy.EXACT)
_runs = itertools.count(1)

BARE = """
#set document(date: none)
#set page(paper: "a4", margin: 2cm)
#set text(font: "Noto Serif SC", size: 10.5pt, lang: "zh", region: "cn")
#for paper in json("data.json") { for line in paper { par(text(line)) }; pagebreak(weak: true) }
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--times", type=int, default=5)
    options = arguments.parse_args()
    found: dict[str, Any] = {"machine": machine(), "printing": []}
    for size in SIZES:
        bare, ours, sheets = (_median(one, size, options.times) for one in (_bare, _ours, _sheets))
        found["printing"].append(
            {"papers": size, "bare_ms": bare, "paper_ms": ours, "sheet_ms": sheets, "ratio": ours / bare}
        )
    if options.json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
        return
    print(found["machine"])
    for row in found["printing"]:
        print(
            f"{row['papers']:3} papers: bare typst {row['bare_ms']:7.1f} ms, papers {row['paper_ms']:7.1f} ms "
            f"({row['ratio']:.2f} of bare), answer sheets {row['sheet_ms']:7.1f} ms"
        )


def _median(work: Callable[[list[LoadedPaper]], bytes], size: int, times: int) -> float:
    taken = []
    for _time in range(times):
        run = next(_runs)
        papers = [_paper(number, run) for number in range(1, size + 1)]
        start = time.perf_counter()
        made = work(papers)
        taken.append(1000 * (time.perf_counter() - start))
        assert made.startswith(b"%PDF")
        counts = [int(count) for count in re.findall(rb"/Count (\d+)", made)]
        assert max(counts, default=0) >= size, "pages are missing"
        assert made == work(papers), "the same papers gave other bytes"
    return statistics.median(taken)


def _ours(papers: list[LoadedPaper]) -> bytes:
    return typesetting.pdf("paper", _data(papers))


def _sheets(papers: list[LoadedPaper]) -> bytes:
    square = (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="5" height="5"/></svg>'
    )
    data = [{**contents.answer_sheet_as_data(SHEET, paper), "square": "square"} for paper in papers]
    return typesetting.pdf("sheet", {"name": "样例", "papers": data}, {"square": square})


def _bare(papers: list[LoadedPaper]) -> bytes:
    lines = [
        [
            line
            for question in paper.questions
            for line in (f"{question.position}. {question.stem}", *(o.content for o in question.options))
        ]
        for paper in papers
    ]
    files = {"main": BARE, "data.json": json.dumps(lines, ensure_ascii=False)}
    return typesetting.pressed(files, "pdf")[0]


def _data(papers: list[LoadedPaper]) -> dict[str, Any]:
    return {"name": "样例", "papers": [contents.paper_as_data(SHEET, paper) for paper in papers]}


def _paper(number: int, run: int) -> LoadedPaper:
    """A hundred questions: 60 单选, 20 多选, 20 判断, with texts of this paper and run alone."""
    kinds = [Kind.SINGLE] * 60 + [Kind.MULTIPLE] * 20 + [Kind.JUDGEMENT] * 20
    questions = []
    for place, kind in enumerate(kinds, start=1):
        stem = f"样例题干{run}之{number}之{place}：治安保卫重点单位应当设置与治安保卫任务相适应的治安保卫机构，下列说法（ ）。"
        options = (
            make_options([f"样例选项{run}之{number}之{place}之{n}" for n in range(1, 5)])
            if kind.has_options
            else ()
        )
        question = replace(Question(kind, stem), options=options)
        questions.append(present(question, position=place, points=Decimal(1)))
    return LoadedPaper(number, f"{run:032d}{number:032d}", tuple(range(100)), tuple(questions))


if __name__ == "__main__":
    main()
