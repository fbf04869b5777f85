"""Scores of numbers, of questions with parts, and of incomplete choices, through the door."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from examsite.analysis.matrix import gather
from examsite.results.models import SubjectScore
from examsite.results.scripts import scripts
from question_bank.questions.kinds import Kind, MultiplePolicy
from tests.conftest import Site
from tests.examsite.results.arrange import NOTHING, RIGHT, collected, sat
from tests.factories import compound_question, numeric_question, question_of

COMPOUND = compound_question(written=False)
#: 100 points: a number, a compound question that machines score whole, and two choices.
MIXED = ((numeric_question(), "20"), (COMPOUND, "50"), (Kind.MULTIPLE, "20"), (Kind.SINGLE, "10"))


def values(site: Site) -> list[Decimal | None]:
    with site.reading() as session:
        return list(session.scalars(select(SubjectScore.value).order_by(SubjectScore.enrolment_id)))


def inputs(site: Site) -> dict[str, Any]:
    with site.reading() as session:
        return session.scalars(select(SubjectScore.inputs)).first()  # type: ignore[return-value]


def recheck(site: Site) -> dict[str, Any]:
    outcome = site.app.test_cli_runner().invoke(args=["results", "recheck", "--json"])
    return json.loads(outcome.output)  # type: ignore[no-any-return]


def parts(**changes: Any) -> dict[str, Any]:
    _question, key = COMPOUND
    right = [
        {"options": sorted(key.parts[0].options)},
        {"options": sorted(key.parts[1].options)},
        {"truth": False},
        {"blanks": ["西门", "东门"]},
        {"number": "６ 次"},
    ]
    for place, response in changes.items():
        right[int(place[1:])] = response
    return {"parts": right}


def test_numbers_and_parts_are_scored_by_machine(site: Site) -> None:
    over = sat(
        site,
        [{"number": "12.5 kW"}, parts(), RIGHT, RIGHT],
        [{"number": "12.5"}, parts(p0=None, p4={"number": "7次"}), RIGHT, NOTHING],
        [{"number": "1.24×10^4 W"}, parts(p3={"blanks": ["东门", "东门"]}), NOTHING, NOTHING],
        parts=MIXED,
    )
    page = collected(site, over).get(f"/results/sittings/{over.sitting.id}")
    assert page.status == 200
    assert values(site) == [100, 50, 65]
    assert inputs(site)["earned"] == ["20", "50", "20", "10"]
    assert recheck(site)["differences"] == []


def test_item_analysis_takes_numbers_and_parts_and_leaves_out_what_people_mark(site: Site) -> None:
    written = compound_question()
    over = sat(
        site,
        [{"number": "12.5 kW"}, {"parts": [None, None, {"truth": False}, None, None, {"text": "样例作答"}]}],
        [{"number": "13 kW"}, None],
        parts=((numeric_question(), "50"), (written, "50")),
    )
    with site.reading() as session:
        gathered = gather(scripts(session, over.sitting.id))
    assert [one.version_id for one in gathered.versions] == [over.versions[0].id]
    assert gathered.written == (over.versions[1].id,)
    assert gathered.responses.scores.tolist() == [[50.0], [0.0]]


def test_an_answered_written_part_waits_for_a_person_and_an_empty_one_does_not(site: Site) -> None:
    question, key = compound_question()
    nothing = {"parts": [{"options": sorted(key.parts[0].options)}, None, None, None, None, None]}
    written = {"parts": [*nothing["parts"][:5], {"text": "样例作答"}]}
    over = sat(site, [nothing], [written], parts=(((question, key), "100"),))
    collected(site, over)
    with site.reading() as session:
        waiting = list(
            session.scalars(select(SubjectScore.awaits_marker).order_by(SubjectScore.enrolment_id))
        )
    assert waiting == [0, 1]
    assert values(site)[0] == Decimal("17")  # 200 half points in six parts: 17, 17, 16.5, …
    assert recheck(site)["differences"] == []


@pytest.mark.parametrize(
    ("policy", "earned"),
    [(MultiplePolicy.EXACT, "0"), (MultiplePolicy.HALF, "10"), (MultiplePolicy.SHARE, "10")],
)
def test_an_incomplete_choice_earns_what_the_papers_say(
    site: Site, policy: MultiplePolicy, earned: str
) -> None:
    made = question_of(Kind.MULTIPLE)
    incomplete = {"options": [made[0].options[0].id]}
    over = sat(site, [RIGHT, incomplete], parts=((Kind.SINGLE, "80"), (made, "20")), multiple=policy)
    collected(site, over)
    assert inputs(site)["earned"] == ["80", earned]
    assert inputs(site).get("multiple", "exact") == policy.value
    assert recheck(site)["differences"] == []
