"""The fairness of a specification tried out, or of papers that were drawn: figures, and lights that say what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from examsite.authoring.balance import KeyBalance, key_balance
from examsite.authoring.queries import questions
from examsite.planning import papers as drawing
from examsite.planning import reproduction
from examsite.planning.models import PaperMode, PaperSet, SpecificationRow
from question_bank.assembly.fairness import Fairness, fairness_of
from question_bank.assembly.features import Source
from question_bank.assembly.pool import Pool
from question_bank.assembly.select import Drawn
from question_bank.assembly.specification import Specification
from question_bank.questions.model import Question

#: Where right options stand is counted on so many papers.
_MOST_LOOKED_AT = 1_000


@dataclass(frozen=True, slots=True)
class Outlook:
    """figures, balance (None where too few questions) and the specification they are of."""

    fairness: Fairness
    balance: KeyBalance | None
    specification: Specification


@dataclass(frozen=True, slots=True)
class Light:
    """tone: success, warning or danger.  reason: what was found; advice: what to do, "" where nothing."""

    title: str
    tone: str
    reason: str
    advice: str = ""


def tried_out(session: Session, row: SpecificationRow, papers: int, *, now: datetime) -> Outlook:
    """The outlook of papers that a specification would give now, approved or not; nothing is stored.

    The seed follows from the specification, so the figures stay until it or the bank changes; no papers are ever drawn
    from it.  Raises CannotDraw.
    """
    ingredients = drawing.ingredients_of(session, row, now=now)
    order = drawing.Order(PaperMode.FIXED, papers, 0, f"fairness {row.content_hash}")
    drawn = drawing.deal(ingredients, order)
    return _outlook(session, drawn, ingredients.pool, ingredients.specification, order.seed)


def of_papers(session: Session, papers: PaperSet) -> Outlook | None:
    """The outlook of papers that were drawn, drawn again for it; None where they can't be drawn again."""
    again = reproduction.drawn_again(session, papers.id)
    if again.drawn is None:
        return None
    return _outlook(session, again.drawn, again.pool, again.specification, f"fairness {papers.id}")


def _outlook(session: Session, drawn: Drawn, pool: Pool, specification: Specification, seed: str) -> Outlook:
    looked_at = [
        [(int(place.question_id), place.option_order) for place in paper.questions]
        for paper in islice(drawn.papers, _MOST_LOOKED_AT)
    ]
    shown = questions(session, sorted({int(name) for name in _used(drawn)}))
    characters = {str(version): _length(question) for version, question in shown.items()}
    fairness = fairness_of(drawn, pool, float(specification.parallel.cut), characters, seed)
    return Outlook(fairness, key_balance(session, looked_at), specification)


def _used(drawn: Drawn) -> set[str]:
    return {place.question_id for paper in drawn.papers for place in paper.questions}


def _length(question: Question) -> int:
    texts = [question.material, question.stem, *(option.content for option in question.options)]
    for part in question.parts:
        texts += [part.stem, *(option.content for option in part.options)]
    return sum(len(text) for text in texts)


# ---- lights


def lights(outlook: Outlook) -> list[Light]:
    """What the figures mean, the most important first."""
    return [
        _score(outlook),
        _difficulty(outlook.fairness),
        _keys(outlook.balance),
        _overlap(outlook.fairness),
        _exposure(outlook.fairness),
        _points(outlook.fairness),
        _reading(outlook.fairness),
    ]


def basis_of(sources: Mapping[str, int]) -> str:
    """On what knowledge of the questions the expected scores rest, in words."""
    names = {
        Source.CALIBRATION: _("calibrated"),
        Source.FACILITY: _("share right in earlier sittings"),
        Source.CODE: _("difficulty code, by the shares right of its questions"),
        Source.NOMINAL: _("difficulty code alone"),
    }
    total = sum(sources.values()) or 1
    return "；".join(f"{names[Source(name)]} {100 * n / total:.0f}%" for name, n in sources.items() if n)


def _tone(value: float, good: float, fair: float) -> str:
    return "success" if value <= good else "warning" if value <= fair else "danger"


def _score(outlook: Outlook) -> Light:
    fairness, tolerance = outlook.fairness, float(outlook.specification.parallel.tolerance)
    tone = _tone(fairness.expected.width, tolerance, 2 * tolerance)
    known = fairness.sources.get(Source.CALIBRATION, 0) + fairness.sources.get(Source.FACILITY, 0)
    reason = _(
        "By what the bank knows, a candidate at %(cut)s points is expected to get between %(low)s and %(high)s: "
        "%(width)s points apart. In truth papers may differ by about %(true)s points more (standard deviation).",
        cut=f"{fairness.cut:g}",
        low=f"{fairness.expected.lowest:.2f}",
        high=f"{fairness.expected.highest:.2f}",
        width=f"{fairness.expected.width:.2f}",
        true=f"{fairness.true_sd:.2f}",
    )
    if tone != "success":
        advice = _("Draw fewer papers, ask for shares of difficulty, or add questions.")
        return Light(_("Equally hard"), tone, reason, advice)
    if 2 * known < sum(fairness.sources.values()):
        advice = _(
            "Fewer than half of the questions have data. After a sitting, have its items analysed: "
            "then papers are made equal in what candidates really got right."
        )
        return Light(_("Equally hard"), "warning", reason, advice)
    return Light(_("Equally hard"), tone, reason)


def _difficulty(fairness: Fairness) -> Light:
    title, spread = _("Difficulty codes"), fairness.difficulty
    if spread is None:
        advice = _("Give the questions difficulty codes: without them papers can't be compared.")
        return Light(title, "warning", _("There are papers without any difficulty code."), advice)
    reason = _(
        "The mean code of papers lies between %(low)s and %(high)s.",
        low=f"{spread.lowest:.2f}",
        high=f"{spread.highest:.2f}",
    )
    tone = _tone(spread.width, 0.10, 0.30)
    advice = _("Ask for shares of difficulty in the specification: every paper then has the same mix.")
    return Light(title, tone, reason, "" if tone == "success" else advice)


def _keys(balance: KeyBalance | None) -> Light:
    title = _("Places of right options")
    if balance is None or not sum((*balance.positions, *balance.truths)):
        return Light(
            title, "success", _("Papers hold no or too few questions of which places could be counted.")
        )
    found, tone, advice = [], "success", ""
    if total := sum(balance.positions):
        share = max(balance.positions) / total
        found.append(_("The most frequent place has %(share)s of the right options.", share=f"{share:.0%}"))
        if share > 1 / len(balance.positions) + 0.05:
            tone, advice = (
                "warning",
                _("Let the questions' options be shuffled, or look for questions with few options."),
            )
    if total := sum(balance.truths):
        share = balance.truths[0] / total
        found.append(_("Of true-or-false statements %(share)s are right.", share=f"{share:.0%}"))
        if not 0.35 <= share <= 0.65:
            tone = "warning"
            advice = (
                _("Write more wrong statements, so that guessing one side doesn't pay.")
                if share > 0.65
                else _("Write more right statements, so that guessing one side doesn't pay.")
            )
    return Light(title, tone, " ".join(found), advice)


def _overlap(fairness: Fairness) -> Light:
    title = _("Neighbours")
    if not fairness.neighbours:
        reason = _("There is one paper only, so neighbours have the same.")
        return Light(title, "danger", reason, _("Draw at least four papers, better one for each candidate."))
    most = max(fairness.neighbours)
    reason = _(
        "In a room of 30 seats dealt out by seat, neighbours share at most %(most)d of %(questions)d questions; "
        "any two papers at most %(all)d.",
        most=most,
        questions=fairness.questions,
        all=max(fairness.overlaps),
    )
    tone = _tone(most / fairness.questions, 0.10, 0.25)
    advice = _(
        "Add questions where the bank is short, draw fewer different papers, or lower the limit on what two papers share."
    )
    return Light(title, tone, reason, "" if tone == "success" else advice)


def _exposure(fairness: Fairness) -> Light:
    least = max(fairness.exposure_bound, 1 / fairness.papers)
    reason = _(
        "The most used question stands on %(most)s of the papers; the bank allows %(least)s at best. "
        "%(used)d of %(available)d questions are used.",
        most=f"{fairness.exposure:.1%}",
        least=f"{least:.1%}",
        used=fairness.used,
        available=fairness.available,
    )
    tone = _tone(fairness.exposure, max(1.10 * least, least + 1.01 / fairness.papers), max(2 * least, 0.2))
    if tone == "success" and least > 0.5:
        tone = "warning"
    advice = _("Add questions to the areas that are short: the coverage page names them.")
    return Light(_("Exposure"), tone, reason, "" if tone == "success" else advice)


def _points(fairness: Fairness) -> Light:
    most = int(fairness.doubled.highest)
    if not most:
        return Light(_("Points asked twice"), "success", _("No paper asks a point twice."))
    reason = _("A paper asks up to %(count)d questions on points that it asks already.", count=most)
    tone = "warning" if most <= fairness.questions / 10 else "danger"
    return Light(_("Points asked twice"), tone, reason, _("Write questions for points that have none yet."))


def _reading(fairness: Fairness) -> Light:
    spread = fairness.characters
    reason = _(
        "Papers have %(low)d to %(high)d characters: about %(minutes)d minutes to read the longest once (an estimate).",
        low=int(spread.lowest),
        high=int(spread.highest),
        minutes=round(fairness.minutes),
    )
    tone = _tone(spread.width / max(spread.mean, 1), 0.15, 0.30)
    advice = _("Shorten the longest questions, or fix material questions so that every paper has as many.")
    return Light(_("Reading load"), tone, reason, "" if tone == "success" else advice)
