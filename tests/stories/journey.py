"""What several journeys share: a cast, a sitting that stands ready, and a candidate who comes in and answers.

Candidates come through the door of candidates, with ticket and identity number; what they answer travels as the
paper's page sends it.  `Line` holds the key that only the test can see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from xml.etree.ElementTree import Element

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.authoring import queries
from examsite.authoring.models import QuestionVersion
from examsite.clock import as_milliseconds
from examsite.planning.models import Paper, PaperMode, Sitting
from examsite.sitting.models import Answer, Attempt
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Key, Question, question_from_document
from tests.browse import Browse, Page, data_block, text_of
from tests.conftest import START, Site
from tests.factories import make_enrolment, make_paper_set, make_person, make_sitting

OPENS = START + timedelta(hours=1)
CLOSES = OPENS + timedelta(hours=2)


@dataclass(frozen=True)
class Ticket:
    """What a candidate brings: number of the ticket and of the identity card."""

    name: str
    number: str
    identity: str


@dataclass(frozen=True)
class Ready:
    """A sitting that stands ready, its candidates, and two members of staff who are not the same person."""

    sitting: Sitting
    tickets: list[Ticket]
    staff: Person
    colleague: Person


def make_ready_sitting(session: Session, *names: str, papers: int = 1) -> Ready:
    """A sitting of twenty questions and 100 points with these candidates; they share so many papers."""
    paper_set = make_paper_set(session, mode=PaperMode.FIXED, count=papers)
    sitting = make_sitting(session, paper_set=paper_set, opens_at=OPENS, closes_at=CLOSES)
    tickets = []
    for number, name in enumerate(names, start=1):
        identity = f"000000190001{number:02}0000"  # no such region, no such check digit
        row = make_enrolment(session, sitting, name=name, identity=identity)
        tickets.append(Ticket(name, row.ticket, identity))
    staff = make_person(session, Role.STAFF, name="样例考务甲")
    colleague = make_person(session, Role.STAFF, name="样例考务乙")
    return Ready(sitting, tickets, staff, colleague)


def come_in(site: Site, ticket: Ticket) -> Page:
    """Sign in with the ticket at a machine of one's own; the page of one's examinations."""
    return (
        site.browse()
        .get("/registration/sign-in")
        .submit("进入考试", ticket=ticket.number, identity=ticket.identity)
    )


@dataclass
class Desk:
    """A candidate at a machine with the paper open: what the page knows, and the revisions that it has sent."""

    site: Site
    page: Page
    data: dict[str, Any]
    sent: dict[int, int] = field(default_factory=dict)
    revision: int = 0

    @property
    def browse(self) -> Browse:
        return self.page.browse

    @property
    def attempt(self) -> str:
        return str(self.data["attempt"])

    @property
    def positions(self) -> list[int]:
        return [one["position"] for one in self.data["positions"]]

    def answer(self, responses: Mapping[int, dict[str, Any] | None]) -> Page:
        """Send these responses, by position, in one batch."""
        made_at = as_milliseconds(self.site.now)
        records = []
        for position, response in responses.items():
            self.revision += 1
            records.append(
                {
                    "position": position,
                    "revision": self.revision,
                    "response": response,
                    "marked": False,
                    "made_at": made_at,
                }
            )
        reply = self.browse.post_json(
            self.data["urls"]["answers"], {"lease": self.data["lease"], "records": records}
        )
        if reply.status == 200:
            self.sent |= {one["position"]: one["revision"] for one in reply.json["acknowledged"]}
        return reply

    def hand_in(self) -> Page:
        """Hand in as the page does: it declares the revision of every answer that it holds."""
        body = {"lease": self.data["lease"], "held": self.sent, "records": [], "by": "candidate"}
        return self.browse.post_json(self.data["urls"]["hand_in"], body)

    def receipt(self) -> Page:
        return self.browse.get(self.data["urls"]["receipt"])


def sit_down(site: Site, examinations: Page) -> Desk:
    """From the page of one's examinations through the waiting page to the paper."""
    waiting = examinations.browse.get(_only_card(examinations))
    [button] = [
        text_of(one) for form in waiting.find_all("form", data_open="") for one in form.iter("button")
    ]
    page = waiting.submit(button)
    data = data_block(page, "paper-data")
    held = {int(position): one["revision"] for position, one in data["answers"].items()}
    return Desk(site, page, data, held, data["revision"])


def _only_card(examinations: Page) -> str:
    [card] = examinations.find_all("li", class_="card")
    [link] = card.iter("a")
    return link.get("href", "")


@dataclass(frozen=True)
class Line:
    """One question of a paper with its key."""

    position: int
    version: int
    points: Decimal
    question: Question
    key: Key

    def response(self, *, right: bool) -> dict[str, Any]:
        """A response that is right, or one that is wrong and well-formed."""
        kind = self.question.kind
        if kind.has_options:
            wrong = [one.id for one in self.question.options if one.id not in self.key.options][:1]
            return {"options": sorted(self.key.options) if right else wrong}
        if kind is Kind.JUDGEMENT:
            return {"truth": self.key.truth is right}
        assert kind is Kind.BLANK
        return {"blanks": [accepted[0] if right else "样例错答" for accepted in self.key.blanks]}


def lines_of(site: Site, attempt: str) -> list[Line]:
    """The paper of an attempt with the keys, in order: what the test knows and the candidate does not."""
    with site.reading() as session:
        paper_id = session.get_one(Attempt, attempt).paper_id
        placed = session.get_one(Paper, paper_id).document["questions"]
        ids = [one["version"] for one in placed]
        found = {
            row.id: row for row in session.scalars(select(QuestionVersion).where(QuestionVersion.id.in_(ids)))
        }
        keys = queries.keys(session, ids)
        return [
            Line(
                position,
                one["version"],
                Decimal(one["points"]),
                question_from_document(found[one["version"]].document),
                keys[one["version"]],
            )
            for position, one in enumerate(placed, start=1)
        ]


def answer_paper(desk: Desk, right: Sequence[bool | None]) -> list[Line]:
    """Answer from the first question on, right or wrong or (None) not at all; the rest stays empty."""
    lines = lines_of(desk.site, desk.attempt)
    told = {
        line.position: line.response(right=is_right)
        for line, is_right in zip(lines, right, strict=False)
        if is_right is not None
    }
    assert len(desk.answer(told).json["acknowledged"]) == len(told)
    return lines


def stored_answers(site: Site, attempt: str) -> dict[int, Answer]:
    """What the database holds of an attempt, by position."""
    with site.reading() as session:
        rows = session.scalars(select(Answer).where(Answer.attempt_id == attempt))
        return {row.position: row for row in rows}


def rows_of(page: Page, caption: str) -> dict[str, list[str]]:
    """The rows of the table with this caption: the first cell → the others."""
    for table in page.find_all("table"):
        if any(caption == text_of(one) for one in table.iter("caption")):
            cells = [[text_of(cell) for cell in row if cell.tag in ("td", "th")] for row in _body(table)]
            return {row[0]: row[1:] for row in cells}
    captions = [text_of(one) for one in page.find_all("caption")]
    raise AssertionError(f"no table {caption!r} on {page.url}; tables: {captions}")


def _body(table: Element) -> Iterator[Element]:
    for body in table.iter("tbody"):
        yield from body.iter("tr")
