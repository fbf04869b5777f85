"""Numbers, material, parts and pictures on the candidate's page."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

import pytest

from examsite.authoring.pictures import actions as pictures
from examsite.planning.models import Plan, Sitting
from question_bank.questions.kinds import Kind, MultiplePolicy
from tests.browse import text_of
from tests.conftest import START, Site
from tests.examsite.sitting.arrange import OPENS, Desk, attempt_of, candidate, make_running_sitting, sit_down
from tests.factories import (
    compound_question,
    make_bank,
    make_person,
    numeric_question,
    picture_bytes,
    question_of,
)

#: What stands in the keys of these questions and nowhere else.
IN_THE_KEY = ("样例解析", "样例参考答案", "东门", "西门", "12500", "quantity", "tolerance", "any_order")


def arranged(site: Site, *, candidates: int = 1, **more: Any) -> tuple[Sitting, str]:
    """A paper of a 综合题 with a picture, a number and two choices; the digest of the picture."""
    with site.writing() as session:
        bank = make_bank(session)
        digest = pictures.keep(session, bank.id, picture_bytes(), actor=make_person(session), now=START)
        made = [
            compound_question(picture=digest),
            numeric_question(),
            question_of(Kind.MULTIPLE),
            question_of(),
        ]
        sitting = make_running_sitting(session, candidates=candidates, papers=1, made=made, **more)
    site.clock.set(OPENS)
    return sitting, digest


def inputs(desk: Desk, name: str) -> list[Element]:
    return [e for tag in ("input", "textarea") for e in desk.page.find_all(tag, name=name)]


def full(desk: Desk) -> list[Any]:
    """A response to every part of the compound question."""
    first, second = ([e.get("value") for e in inputs(desk, f"q1-p{place}")] for place in (0, 1))
    return [
        {"options": first[:1]},
        {"options": second[1:]},
        {"truth": True},
        {"blanks": ["南门", ""]},
        {"number": "7 次"},
        {"text": "因为"},
    ]


def test_material_stands_beside_parts_that_have_fields_of_their_own(site: Site) -> None:
    sitting, digest = arranged(site)
    desk = sit_down(site, sitting)
    [material] = desk.page.find_all("details", class_="material")
    assert [e.tag.rpartition("}")[2] for e in material.iter() if "math" in e.tag] == ["math"]
    assert [text_of(cell) for cell in material.iter("td")] == ["样例白天", "2", "样例夜间", "4"]
    [image] = material.iter("img")
    assert image.get("src") == f"/exam/{desk.id}/pictures/{digest}"
    assert image.get("alt") == "样例平面图"
    shapes = [
        e.get("data-shape")
        for tag in ("fieldset", "section")
        for e in desk.page.find_all(tag)
        if e.get("data-part")
    ]
    assert sorted(shapes) == ["blanks", "number", "options", "options", "text", "truth"]
    assert [e.get("type") for e in inputs(desk, "q1-p1")] == ["checkbox"] * 3
    assert len(inputs(desk, "q1-p3-b0") + inputs(desk, "q1-p3-b1")) == 2
    assert [e.get("aria-describedby") for e in inputs(desk, "q2")] == ["a2-hint"]


def test_responses_of_new_shapes_are_saved_and_come_back(site: Site) -> None:
    sitting, _digest = arranged(site)
    desk = sit_down(site, sitting)
    parts = full(desk)
    reply = desk.send(desk.record(1, {"parts": parts}), desk.record(2, {"number": "12.5 kW"}))
    assert len(reply.json["acknowledged"]) == 2
    again = sit_down(site, sitting, browse=desk.browse)
    assert again.data["answers"]["1"]["response"] == {"parts": parts}
    assert again.data["answers"]["2"]["response"] == {"number": "12.5 kW"}
    checked = [e.get("name") for e in again.page.find_all("input") if "checked" in e.attrib]
    assert checked == ["q1-p0", "q1-p1", "q1-p1", "q1-p2"]
    assert [e.get("value") for e in inputs(again, "q1-p4") + inputs(again, "q2")] == ["7 次", "12.5 kW"]
    assert [text_of(e) for e in inputs(again, "q1-p5")] == ["因为"]


@pytest.mark.parametrize(
    ("position", "response"),
    [
        (1, {"parts": []}),
        (1, {"text": "整题"}),
        (1, {"parts": [None, None, None, None, {"text": "7"}, None]}),
        (1, {"parts": [{"options": ["ffffffff"]}, None, None, None, None, None]}),
        (2, {"text": "12.5"}),
        (2, {"number": "9" * 101}),
    ],
)
def test_other_shapes_are_refused_and_nothing_is_stored(site: Site, position: int, response: Any) -> None:
    sitting, _digest = arranged(site)
    desk = sit_down(site, sitting)
    reply = desk.send(desk.record(position, response))
    assert [one["code"] for one in reply.json["refused"]] == ["wrong-shape"]
    assert desk.held() == {}


def test_without_javascript_the_form_saves_parts_and_numbers(site: Site) -> None:
    sitting, _digest = arranged(site)
    desk = sit_down(site, sitting)
    parts = full(desk)
    saved = desk.page.submit(
        "保存",
        **{
            "q1-p0": parts[0]["options"],
            "q1-p1": parts[1]["options"],
            "q1-p2": "true",
            "q1-p3-b0": "南门",
            "q1-p4": "7 次",
            "q2": "3",
        },
    )
    assert saved.status == 200
    assert desk.held()[1][1] == {"parts": [*parts[:5], None]}
    assert desk.held()[2][1] == {"number": "3"}
    cleared = saved.submit("保存", **dict.fromkeys(("q1-p0", "q1-p1", "q1-p2", "q1-p3-b0", "q1-p4")))
    assert cleared.status == 200
    assert desk.held()[1][1] is None


def test_a_question_with_one_answered_part_counts_as_answered(site: Site) -> None:
    sitting, _digest = arranged(site)
    desk = sit_down(site, sitting)
    desk.send(desk.record(1, {"parts": [None, None, {"truth": False}, None, None, None]}))
    page = desk.browse.get(f"/exam/{desk.id}/finish")
    assert "还有 3 题未答" in page.text


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        (MultiplePolicy.EXACT, "少选、错选、不选均不得分"),
        (MultiplePolicy.HALF, "少选且无错选得一半分"),
        (MultiplePolicy.SHARE, "按选对的比例得分"),
    ],
)
def test_the_rule_of_multiple_choice_stands_above_the_questions(
    site: Site, policy: MultiplePolicy, words: str
) -> None:
    sitting, _digest = arranged(site, multiple=policy)
    desk = sit_down(site, sitting)
    rules = [text_of(e) for e in desk.page.find_all("p", class_="part-rule")]
    assert len(rules) == 2  # above the 综合题, which has one inside, and above the 多选题
    assert all(words in rule for rule in rules)


def test_nothing_the_candidate_receives_holds_key_material(site: Site) -> None:
    sitting, _digest = arranged(site)
    desk = sit_down(site, sitting)
    desk.send(desk.record(1, {"parts": full(desk)}), desk.record(2, {"number": "1"}))
    desk.browse.get(f"/exam/{desk.id}/paper")
    desk.browse.get(f"/exam/{desk.id}/finish")
    desk.hand_in({1: 1, 2: 2})
    desk.browse.get(f"/exam/{desk.id}/receipt")
    assert len(desk.browse.seen) >= 6
    for page in desk.browse.seen:
        text = page.response.get_data(as_text=True)
        assert [word for word in IN_THE_KEY if word in text] == [], page.url


# ---- pictures


def address(desk: Desk, digest: str) -> str:
    return f"/exam/{desk.id}/pictures/{digest}"


def test_a_picture_of_ones_own_paper_is_shown(site: Site) -> None:
    sitting, digest = arranged(site)
    desk = sit_down(site, sitting)
    answer = desk.browse.client.get(address(desk, digest))
    assert (answer.status_code, answer.content_type) == (200, "image/png")
    assert answer.headers["Cache-Control"] == "private, max-age=86400, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_pictures_that_are_not_on_the_paper_stay_hidden(site: Site) -> None:
    sitting, _digest = arranged(site)
    desk = sit_down(site, sitting)
    with site.writing() as session:
        bank_id = session.get_one(Plan, sitting.plan_id).bank_id
        other = pictures.keep(
            session, bank_id, picture_bytes((1, 2, 3)), actor=make_person(session), now=START
        )
    assert desk.browse.client.get(address(desk, other)).status_code == 404
    assert desk.browse.client.get(address(desk, "0" * 64)).status_code == 404


def test_nobody_sees_a_picture_through_the_attempt_of_somebody_else(site: Site) -> None:
    sitting, digest = arranged(site, candidates=2)
    desk, other = sit_down(site, sitting, 1), sit_down(site, sitting, 2)
    assert other.browse.client.get(address(other, digest)).status_code == 200
    assert other.browse.client.get(address(desk, digest)).status_code == 404


def test_a_picture_is_shown_only_while_and_where_the_paper_may_be_seen(site: Site) -> None:
    sitting, digest = arranged(site)
    waiting = site.browse_as(candidate(site, sitting), as_candidate=True)
    before = f"/exam/{attempt_of(site, sitting)}/pictures/{digest}"
    assert waiting.client.get(before).status_code == 404
    desk = sit_down(site, sitting, browse=waiting)
    site.clock.advance(minutes=89)
    assert desk.browse.client.get(address(desk, digest)).status_code == 200
    with desk.browse.client.session_transaction() as cookie:
        lease = cookie.pop("lease")
    assert desk.browse.client.get(address(desk, digest)).status_code == 404  # the paper is open elsewhere
    with desk.browse.client.session_transaction() as cookie:
        cookie["lease"] = lease
    site.clock.advance(minutes=2)
    assert desk.browse.client.get(address(desk, digest)).status_code == 404


def test_a_paper_handed_in_shows_no_pictures(site: Site) -> None:
    sitting, digest = arranged(site)
    desk = sit_down(site, sitting)
    desk.hand_in()
    assert desk.attempt().closed_at is not None
    assert desk.browse.client.get(address(desk, digest)).status_code == 404
