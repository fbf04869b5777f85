"""A response matrix becomes an item-analysis page.

Twelve candidates answer the same paper; after the release the sitting is analysed.  What the pages show is what the
statistics say of the matrix that this test makes itself from the stored answers, and the bank has learned it.
"""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import select

from examsite.access.permissions import Role
from examsite.authoring.models import QuestionRow, QuestionVersion
from question_bank.psychometrics.classical import difficulty, discrimination
from question_bank.psychometrics.reliability import alpha
from question_bank.psychometrics.responses import ResponseMatrix
from tests.browse import Browse, Page
from tests.conftest import Site
from tests.factories import make_person
from tests.stories.journey import (
    CLOSES,
    OPENS,
    Desk,
    Line,
    Ready,
    answer_paper,
    come_in,
    lines_of,
    make_ready_sitting,
    rows_of,
    sit_down,
    stored_answers,
)

NAMES = [f"样例考生{number:02}" for number in range(1, 14)]
QUESTIONS = 20


def test_a_response_matrix_becomes_an_item_analysis_page(site: Site) -> None:
    ready = _ready(site)
    desks = _everybody_but_the_last_answers(site, ready)
    staff = _two_persons_release_the_scores(site, ready)

    page = staff.get("/analysis/").submit("分析")
    responses = _matrix(site, desks)
    lines, names = lines_of(site, desks[0].attempt), _names_in_the_bank(site)
    _the_page_says_what_the_statistics_say(page, responses, [names[line.version] for line in lines])
    _the_spreadsheet_says_it_to_the_last_digit(
        staff, page, responses, [names[line.version] for line in lines]
    )
    _the_bank_has_learned_it(site, responses, lines)
    assert "unbroken" in site.run("audit", "verify")


def _ready(site: Site) -> Ready:
    with site.writing() as session:
        return make_ready_sitting(session, *NAMES)


def _everybody_but_the_last_answers(site: Site, ready: Ready) -> list[Desk]:
    """The abler a candidate, the more questions are right; some are left out, the last candidate stays away."""
    site.clock.set(OPENS)
    chance = np.random.default_rng(2026)
    hardness = chance.normal(size=QUESTIONS)
    desks = []
    for ability, ticket in zip(np.linspace(-1.5, 2, len(NAMES) - 1), ready.tickets, strict=False):
        desk = sit_down(site, come_in(site, ticket))
        right = chance.random(QUESTIONS) < 1 / (1 + np.exp(-1.7 * (ability - hardness)))
        omitted = chance.random(QUESTIONS) < 0.05
        answer_paper(desk, [None if out else bool(good) for good, out in zip(right, omitted, strict=True)])
        desks.append(desk)
    site.clock.advance(minutes=45)
    for desk in desks:
        assert desk.hand_in().json["handed_in"] is True
    return desks


def _two_persons_release_the_scores(site: Site, ready: Ready) -> Browse:
    site.clock.set(CLOSES + timedelta(minutes=10))
    page = f"/results/sittings/{ready.sitting.id}"
    staff = site.browse_as(ready.staff)
    staff.get(page).submit("汇总成绩").submit("提交发布")
    assert "已发布" in site.browse_as(ready.colleague).get(page).submit("发布成绩").text
    return staff


def _matrix(site: Site, desks: list[Desk]) -> ResponseMatrix:
    """Points of every person who sat on every question, in the paper's order: all for the right answer, else none."""
    rows = []
    for desk in desks:
        held = stored_answers(site, desk.attempt)
        rows.append(
            [
                _points(line, held[line.position].response if line.position in held else None)
                for line in lines_of(site, desk.attempt)
            ]
        )
    scores = np.array(rows)
    assert scores.shape == (len(NAMES) - 1, QUESTIONS)
    return ResponseMatrix.from_scores(scores, maximum=[5] * QUESTIONS)


def _points(line: Line, response: dict[str, list[str]] | None) -> float:
    return float(line.points) if response == line.response(right=True) else 0.0


def _names_in_the_bank(site: Site) -> dict[int, str]:
    with site.reading() as session:
        query = select(QuestionVersion.id, QuestionRow.external_id).join(
            QuestionRow, QuestionRow.id == QuestionVersion.question_id
        )
        return {version: str(name) for version, name in session.execute(query)}


def _the_page_says_what_the_statistics_say(page: Page, responses: ResponseMatrix, names: list[str]) -> None:
    found = alpha(responses)
    assert found.alpha == pytest.approx(_alpha_by_hand(responses.scores), abs=1e-12)
    assert 0.3 < found.alpha < 1
    assert f"α 系数 {found.alpha:.3f}" in page.text
    assert f"测量标准误 {found.sem:.2f}" in page.text
    assert f"参考人数 {len(NAMES) - 1}" in page.text
    assert f"平均分 {responses.totals.mean():.2f}" in page.text
    shown = rows_of(page, f"共 {QUESTIONS} 道试题")
    assert set(shown) == set(names)
    p, r = difficulty(responses), discrimination(responses)
    assert np.ptp(p) > 0.3, "questions of one difficulty would show nothing"
    for column, name in enumerate(names):
        _point, _kind, persons, shown_p, shown_r, *_rest = shown[name]
        assert (persons, shown_p, shown_r) == (str(len(NAMES) - 1), f"{p[column]:.3f}", _figure(r[column]))


def _alpha_by_hand(scores: NDArray[np.float64]) -> float:
    items = scores.shape[1]
    of_items, of_totals = scores.var(axis=0, ddof=1).sum(), scores.sum(axis=1).var(ddof=1)
    return float(items / (items - 1) * (1 - of_items / of_totals))


def _figure(value: float) -> str:
    """As pages print a figure that may not exist."""
    return "–" if np.isnan(value) else f"{value:.3f}"


def _the_spreadsheet_says_it_to_the_last_digit(
    staff: Browse, page: Page, responses: ResponseMatrix, names: list[str]
) -> None:
    content = staff.get(page.link("CSV")).response.get_data(as_text=True).removeprefix("\ufeff")
    _head, *rows = csv.reader(io.StringIO(content))
    lines = {row[0]: row for row in rows}
    p, r = difficulty(responses), discrimination(responses)
    for column, name in enumerate(names):
        assert float(lines[name][5]) == pytest.approx(p[column], abs=1e-12)
        assert float(lines[name][6] or "nan") == pytest.approx(r[column], abs=1e-12, nan_ok=True)


def _the_bank_has_learned_it(site: Site, responses: ResponseMatrix, lines: list[Line]) -> None:
    with site.writing() as session:
        person = make_person(session, Role.WRITER)
    writer = site.browse_as(person)
    p, r = difficulty(responses), discrimination(responses)
    for line in lines[::7]:
        column = line.position - 1
        learned = rows_of(writer.get(f"/bank/versions/{line.version}"), "各场次统计")
        [(_sitting, (version, people, right, told, *_rest))] = learned.items()
        assert (version, people) == ("1", str(len(NAMES) - 1))
        assert right == f"{p[column]:.3f}"
        assert np.isnan(r[column]) or told == _figure(r[column])
