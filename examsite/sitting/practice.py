"""Questions to practise with before the start: one of every kind on the paper, from no bank, saved nowhere."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from examsite.planning.models import Sitting, SpecificationRow
from examsite.sitting import queries
from question_bank.questions.kinds import PAPER_ORDER, Kind
from question_bank.questions.model import Option
from question_bank.questions.present import PresentedPart, PresentedQuestion

#: What a paper is taken to hold where its specification does not say.
_USUAL = (Kind.SINGLE, Kind.MULTIPLE, Kind.JUDGEMENT)


def kinds_of(session: Session, sitting: Sitting) -> list[Kind]:
    """The kinds that the sitting's papers hold, in their order: by the specification, no paper is opened for it."""
    papers = queries.paper_set_of(session, sitting)
    rule = session.get(SpecificationRow, papers.specification_id) if papers else None
    named = {str(section.get("kind")) for section in (rule.document.get("sections") or [])} if rule else set()
    return [kind for kind in PAPER_ORDER if kind.value in named] or list(_USUAL)


def questions(kinds: list[Kind]) -> list[PresentedQuestion]:
    """A practice question of each of these kinds, numbered from 1."""
    return [_question(kind, position) for position, kind in enumerate(kinds, start=1)]


def _question(kind: Kind, position: int) -> PresentedQuestion:
    if kind in (Kind.CASE, Kind.COMPOUND):
        return PresentedQuestion(
            position,
            kind,
            _("Read the material on the left (on a narrow screen above) and answer."),
            (),
            0,
            Decimal(3),
            material=_(
                "This is where the material of a case stands. It scrolls by itself and stays beside its questions. "
                "On Monday a shop opens at nine and closes at six. On Saturday it opens one hour later."
            ),
            parts=(
                PresentedPart(
                    1,
                    Kind.SINGLE,
                    _("When does the shop open on Saturday?"),
                    _options(_("at eight"), _("at nine"), _("at ten")),
                    0,
                    False,
                    Decimal(1),
                ),
                PresentedPart(
                    2, Kind.SHORT, _("Describe in one sentence how you found it."), (), 0, False, Decimal(2)
                ),
            ),
        )
    stems = {
        Kind.SINGLE: _("Which is the first month of the year?"),
        Kind.MULTIPLE: _("Which of these are seasons?"),
        Kind.JUDGEMENT: _("An hour has sixty minutes."),
        Kind.BLANK: _("A year has ____ months, and a week has ____ days."),
        Kind.SHORT: _("Type a sentence of your own, to try the input method of this machine."),
        Kind.CALCULATION: _("Enter the result as a number: 12 × 3 = ?"),
        Kind.ESSAY: _("Type a few lines of your own, to try the input method of this machine."),
    }
    choices = {
        Kind.SINGLE: _options(_("March"), _("January"), _("June"), _("December")),
        Kind.MULTIPLE: _options(_("Spring"), _("Tuesday"), _("Autumn"), _("Winter")),
    }
    return PresentedQuestion(
        position,
        kind,
        stems[kind],
        choices.get(kind, ()),
        2 if kind is Kind.BLANK else 0,
        Decimal(1),
        numeric=kind is Kind.CALCULATION,
    )


def _options(*texts: str) -> tuple[Option, ...]:
    return tuple(Option(f"try{place}", text) for place, text in enumerate(texts, start=1))
