"""What is joined from pieces is what the template says, to the letter."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from flask_babel import force_locale

from examsite.sitting.markup import paper_parts, question_markup
from examsite.sitting.models import Answer
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Key, Option, Question
from question_bank.questions.present import PresentedQuestion, present
from tests.conftest import Site
from tests.factories import compound_question, numeric_question

OPTIONS = tuple(Option(f"0000000{n}", f"<选项> & “{n}”") for n in range(4))


def asked(kind: Kind, **changes: object) -> PresentedQuestion:
    stem = "甲____，乙____。" if kind is Kind.BLANK else "下列说法正确的是（ ）<b>。"
    options = OPTIONS if kind.has_options else ()
    plain = PresentedQuestion(
        7, kind, stem, options, stem.count("____") if kind is Kind.BLANK else 0, Decimal("0.5")
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def template(site: Site, question: PresentedQuestion, held: object = None, pictures: object = None) -> str:
    module = site.app.jinja_env.get_template("sitting/question.html").make_module({})
    return str(module.question(question, held, pictures))  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "kind", [Kind.SINGLE, Kind.MULTIPLE, Kind.JUDGEMENT, Kind.BLANK, Kind.SHORT, Kind.CASE]
)
def test_joined_pieces_are_what_the_template_says(sqlite_site: Site, kind: Kind, language: str) -> None:
    with sqlite_site.app.test_request_context(), force_locale(language):
        for question in (
            asked(kind),
            asked(kind, position=93, points=Decimal(2)),
            asked(kind, position=8, options=asked(kind).options[::-1]),
        ):
            assert str(question_markup(question, None, language)) == template(sqlite_site, question)


def presented(made: tuple[Question, Key], position: int = 7) -> PresentedQuestion:
    return present(made[0], position=position, points=Decimal(12))


def test_material_parts_and_pictures_are_what_the_template_says(sqlite_site: Site) -> None:
    compound = compound_question(picture="a" * 64)
    with sqlite_site.app.test_request_context(), force_locale("zh"):
        for question in (
            presented(compound),
            presented(compound, 12),
            replace(presented(compound), points=Decimal(24)),
            present(compound[0], position=3, points=Decimal(3)),
            presented(numeric_question()),
            asked(Kind.SINGLE, material="材料\n\n| a | b |\n|---|---|\n| 1 | 2 |"),
            asked(Kind.MULTIPLE, options=(*OPTIONS[:3], Option("9", f"![图](picture:{'b' * 64}) $x^2$"))),
        ):
            for attempt in ("one", "two"):
                at = f"/exam/{attempt}/pictures/"
                joined = str(question_markup(question, None, "zh", at))
                assert joined == template(sqlite_site, question, None, lambda d, at=at: at + d)
        assert "\ue003" not in joined


def test_answered_parts_are_rendered_with_their_answers(sqlite_site: Site) -> None:
    question = presented(compound_question())
    first = question.parts[0].options[1].id
    parts = [
        {"options": [first]},
        None,
        {"truth": False},
        {"blanks": ["甲", "<乙>"]},
        {"number": '6 "次"'},
        None,
    ]
    held = Answer(response={"parts": parts}, marked=False)
    with sqlite_site.app.test_request_context(), force_locale("zh"):
        said = str(question_markup(question, held, "zh"))
    assert f'value="{first}" checked' in said
    assert 'name="q7-p2" value="false" checked' in said
    assert 'name="q7-p3-b1" value="&lt;乙&gt;"' in said
    assert 'name="q7-p4" value="6 &#34;次&#34;"' in said


def test_an_answered_or_marked_question_is_rendered_with_its_answer(sqlite_site: Site) -> None:
    question = asked(Kind.SINGLE)
    with sqlite_site.app.test_request_context(), force_locale("zh"):
        for held in (
            Answer(response={"options": [OPTIONS[2].id]}, marked=False),
            Answer(response=None, marked=True),
        ):
            said = str(question_markup(question, held, "zh"))
            assert said == template(sqlite_site, question, held)
            assert " checked" in said


def test_a_stem_with_a_stand_in_character_keeps_it(sqlite_site: Site) -> None:
    question = asked(Kind.SINGLE, stem="古怪的\ue000字符\ue001（ ）\ue002。")
    with sqlite_site.app.test_request_context(), force_locale("zh"):
        assert "古怪的\ue000字符\ue001" in question_markup(question, None, "zh")


def test_a_changed_option_under_the_same_id_is_shown_as_changed(sqlite_site: Site) -> None:
    with sqlite_site.app.test_request_context(), force_locale("zh"):
        question_markup(asked(Kind.SINGLE), None, "zh")
        changed = asked(Kind.SINGLE, options=(*OPTIONS[:3], Option(OPTIONS[3].id, "改过的选项")))
        assert "改过的选项" in question_markup(changed, None, "zh")


@pytest.mark.parametrize(
    ("kind", "response"),
    [
        (Kind.SINGLE, {"options": ["00000002"]}),
        (Kind.MULTIPLE, {"options": ["00000000", "00000003"]}),
        (Kind.JUDGEMENT, {"truth": False}),
        (Kind.BLANK, {"blanks": ["<甲>", "乙"]}),
        (Kind.SHORT, {"text": "答：<b>"}),
        (Kind.SINGLE, None),
    ],
)
def test_an_answered_question_of_a_kept_paper_is_what_the_template_says(
    sqlite_site: Site, kind: Kind, response: dict[str, object] | None
) -> None:
    question = asked(kind)
    held = Answer(position=question.position, response=response, marked=True)
    with sqlite_site.app.test_request_context(), force_locale("zh"):
        parts = paper_parts((1, f"{kind}"), (question,), "zh", multiple=None, pictures_at="/p/")
        said = parts.questions_with({question.position: held}, "zh", "/p/").decode()
        assert template(sqlite_site, question, held) in said
        assert ("is-answered is-marked" if response else ' is-marked"') in parts.sheet_with(
            {question.position: held}
        ).decode()
        # Nobody else sees it.
        assert template(sqlite_site, question) in parts.questions_with({}, "zh", "/p/").decode()
