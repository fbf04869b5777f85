"""What somebody orders from the printer: which papers of a set, as papers, answer sheets or keys."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import segno
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from examsite.errors import Invalid
from examsite.planning.models import Paper, PaperSet, Plan, Sitting, SittingStatus
from examsite.planning.printing import typesetting
from examsite.planning.printing.contents import Sheet, answer_sheet_as_data, code_of, paper_as_data
from examsite.planning.printing.loading import LoadedPaper
from examsite.planning.sealing.seal import seal_of
from question_bank.questions.kinds import MultiplePolicy

#: In one file.
MOST = 200
_LEVELS = ("", "一级", "二级", "三级", "四级", "五级")
_RANGE = re.compile(r"(\d{1,6})(?:\s*[-－—~～至]\s*(\d{1,6}))?")


class Product(StrEnum):
    """试卷, 答题卡, or 参考答案及评分标准."""

    PAPER = "paper"
    SHEET = "sheet"
    KEYS = "keys"


def read_numbers(text: str, most: int) -> tuple[int, ...]:
    """Numbers of papers as people write them ("1-3, 7"), in order; all where nothing is written.

    most: how many papers the set has.  Raises Invalid, saying what can't be read.
    """
    found: set[int] = set()
    for piece in filter(None, re.split(r"[,，、;；\s]+", re.sub(r"\s*([-－—~～至])\s*", r"\1", text))):
        match = _RANGE.fullmatch(piece)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= last <= most:
            raise Invalid(
                _(
                    "“%(piece)s” names no paper of this set. Write numbers from 1 to %(most)d, like 1-3, 7.",
                    piece=piece[:20],
                    most=most,
                )
            )
        found.update(range(first, last + 1))
    return tuple(sorted(found)) or tuple(range(1, most + 1))


def count_of(session: Session, set_id: int) -> int:
    """How many papers a set has."""
    return session.scalar(select(func.count()).where(Paper.set_id == set_id)) or 0


def sheet_of(session: Session, papers: PaperSet) -> Sheet:
    """What all papers of this set say above and below: the plan's name, level, minutes where the sittings agree, the seal."""
    plan = session.get_one(Plan, papers.plan_id)
    minutes = session.scalars(
        select(Sitting.allowed_minutes)
        .where(Sitting.paper_set_id == papers.id, Sitting.status != SittingStatus.CANCELLED)
        .distinct()
    ).all()
    sealed = seal_of(session, papers.id)
    return Sheet(
        papers.id,
        plan.name,
        _LEVELS[plan.level],
        minutes[0] if len(minutes) == 1 else None,
        MultiplePolicy(papers.multiple),
        sealed.seal[:16] if sealed else "",
    )


def papers_pdf(sheet: Sheet, papers: Sequence[LoadedPaper], pictures: dict[str, bytes]) -> bytes:
    """试卷 of these papers in one file, each on leaves of its own."""
    data = [paper_as_data(sheet, paper) for paper in papers]
    return typesetting.pdf("paper", {"name": f"{sheet.title} 试卷", "papers": data}, pictures)


def answer_sheets_pdf(sheet: Sheet, papers: Sequence[LoadedPaper]) -> bytes:
    """答题卡 of these papers in one file, each with the square code that names its paper."""
    data: list[dict[str, Any]] = []
    squares: dict[str, bytes] = {}
    for paper in papers:
        name = f"square-{paper.number}"
        squares[name] = _square(code_of(sheet, paper))
        data.append({**answer_sheet_as_data(sheet, paper), "square": name})
    return typesetting.pdf("sheet", {"name": f"{sheet.title} 答题卡", "papers": data}, squares)


def keys_pdf(sheet: Sheet, data: list[dict[str, Any]], pictures: dict[str, bytes], note: str) -> bytes:
    """参考答案及评分标准.  note: for whom and when it was printed."""
    document = {"name": f"{sheet.title} 参考答案及评分标准", "papers": data, "note": note}
    return typesetting.pdf("keys", document, pictures)


def _square(text: str) -> bytes:
    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=1, xmldecl=False)
    return out.getvalue()
