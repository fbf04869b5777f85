"""From a frozen paper to what a candidate sees: presented questions, kept in memory because they never change."""

from __future__ import annotations

from collections import OrderedDict
from decimal import Decimal
from itertools import groupby
from threading import Lock
from typing import Generic, TypeVar

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.authoring.models import QuestionVersion
from examsite.planning.models import Paper
from question_bank.questions.kinds import Kind, MultiplePolicy
from question_bank.questions.model import Question, question_from_document
from question_bank.questions.present import PresentedQuestion, present

Value = TypeVar("Value")
Section = tuple[Kind, str, tuple[PresentedQuestion, ...]]

_NUMERALS = "零一二三四五六七八九十"


class Recent(Generic[Value]):
    """The values asked for most recently, by key; safe between threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: OrderedDict[tuple[int, str], Value] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[int, str]) -> Value | None:
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
            return None

    def put(self, key: tuple[int, str], value: Value) -> None:
        with self._lock:
            self._held[key] = value
            while len(self._held) > self._most:
                self._held.popitem(last=False)


# Keys carry the content's hash: a number alone may come to mean something else after a restore.
_questions: Recent[Question] = Recent(50_000)
_papers: Recent[tuple[PresentedQuestion, ...]] = Recent(4_000)


def presented_paper(session: Session, paper_id: int) -> tuple[PresentedQuestion, ...]:
    """Every question of this paper, in order."""
    return paper_of(session, paper_id, content_hash_of(session, paper_id))


def content_hash_of(session: Session, paper_id: int) -> str:
    """What names the content of this paper."""
    return session.scalars(select(Paper.content_hash).where(Paper.id == paper_id)).one()


def paper_of(session: Session, paper_id: int, content_hash: str) -> tuple[PresentedQuestion, ...]:
    """The same where the paper's hash is known: no statement at all once the paper was seen."""
    held = _papers.get((paper_id, content_hash))
    if held is None:
        document = session.scalars(select(Paper.document).where(Paper.id == paper_id)).one()
        entries = document["questions"]
        questions = _load(session, {entry["version"]: entry["options"] for entry in entries})
        held = tuple(
            present(
                questions[entry["version"]],
                position=position,
                points=Decimal(entry["points"]),
                order=entry["options"],
            )
            for position, entry in enumerate(entries, start=1)
        )
        _papers.put((paper_id, content_hash), held)
    return held


def _load(session: Session, options: dict[int, list[str]]) -> dict[int, Question]:
    """These versions, each with the ids of its options as the paper names them."""
    rows = session.execute(
        select(QuestionVersion.id, QuestionVersion.content_hash).where(QuestionVersion.id.in_(options))
    )
    # The content's hash is the same under other option ids, so the ids are part of the key.
    keys = {i: (i, " ".join([content_hash, *sorted(options[i])])) for i, content_hash in rows}
    found = {i: held for i, key in keys.items() if (held := _questions.get(key)) is not None}
    absent = [i for i in keys if i not in found]
    if absent:
        documents = session.execute(
            select(QuestionVersion.id, QuestionVersion.document).where(QuestionVersion.id.in_(absent))
        )
        for version_id, document in documents:
            found[version_id] = question_from_document(document)
            _questions.put(keys[version_id], found[version_id])
    return found


def sections(questions: tuple[PresentedQuestion, ...]) -> list[Section]:
    """The paper's parts, a kind each, with their headings: 一、单选题（60 题，每题 1 分，共 60 分）."""
    parts = []
    for number, (kind, group) in enumerate(groupby(questions, key=lambda q: q.kind), start=1):
        inside = tuple(group)
        total = sum((q.points for q in inside), Decimal(0))
        each = {q.points for q in inside}
        values = {
            "numeral": _NUMERALS[number],
            "number": number,
            "kind": kind.label,
            "english": kind.english.capitalize(),
            "count": len(inside),
            "total": plain(total),
        }
        if len(each) == 1:
            title = _(
                "%(number)s. %(english)s (%(count)s questions, %(each)s points each, %(total)s points)",
                each=plain(each.pop()),
                **values,
            )
        else:
            title = _("%(number)s. %(english)s (%(count)s questions, %(total)s points)", **values)
        parts.append((kind, title, inside))
    return parts


def multiple_rule(multiple: str | None) -> str:
    """What candidates read of an incomplete response to a 多选题, by the rule frozen with their papers."""
    rule = MultiplePolicy(multiple) if multiple else MultiplePolicy.EXACT
    return {
        MultiplePolicy.EXACT: str(
            _("Points are earned by exactly the right options; missing or wrong ones earn nothing.")
        ),
        MultiplePolicy.HALF: str(
            _("With options missing and none wrong: half the points. With a wrong one: nothing.")
        ),
        MultiplePolicy.SHARE: str(
            _(
                "With options missing and none wrong: the share of the right options, rounded down to half points. "
                "With a wrong one: nothing."
            )
        ),
    }[rule]


def plain(points: Decimal) -> str:
    """Points without needless zeros: 1, 0.5, 60."""
    text = f"{points:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
