"""What specifications demand further is on every paper exactly, the verifier sees it missing, or words say why it can't be."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from question_bank.assembly.paper import PaperQuestion, make_paper
from question_bank.assembly.pool import Pool, make_pool
from question_bank.assembly.requirements import (
    ExposureLimit,
    ImportanceRange,
    IndustryRule,
    Parallel,
    StimulusRule,
)
from question_bank.assembly.select import Impossible, draw
from question_bank.assembly.specification import Specification
from question_bank.assembly.verify import verify, verify_all
from question_bank.outlines.tree import Importance
from question_bank.questions.kinds import Kind
from tests.question_bank.assembly.factories import make_bank, make_specification

X, Y, Z = Importance


def furnished(size: int = 1500) -> Pool:
    """A bank with industries, recent sittings, exposures and stimuli of two questions."""
    chance = random.Random(5)
    bank = make_bank(size)
    questions = [
        replace(
            question,
            industries=frozenset(chance.choice([(), (), (), ("物业",), ("校园",), ("物业", "校园")])),
            sittings_ago=chance.choice([None, None, None, 1, 2, 3]),
            exposure=chance.choice([0, 0, 0, 100, 300]),
            stimulus=f"材料{number // 2}" if number < 40 else "",
        )
        for number, question in enumerate(bank.questions)
    ]
    return make_pool(questions)


BANK = furnished()
KNOWN = {question.id: question for question in BANK.questions}
SINGLES = [question for question in BANK.questions if question.kind is Kind.SINGLE]
ANCHORS = tuple(sorted(question.id for question in SINGLES if question.sittings_ago == 1)[:3])
FULL = replace(
    make_specification(),
    importance=(
        ImportanceRange(X, Fraction(60), Fraction(70)),
        ImportanceRange(Z, Fraction(5), Fraction(5)),
    ),
    industries=IndustryRule(("物业",), Fraction(10), Fraction(20)),
    anchors=ANCHORS,
    exclude_sittings=2,
    exposure_limit=ExposureLimit(Fraction(20), 180),
    overlap_limit=20,
    max_per_point=2,
    stimulus=StimulusRule(True, 0, 0),
)
PAPERS = draw(BANK, FULL, papers=4, unique=False, seed="further").papers


def codes(questions: list[PaperQuestion], specification: Specification = FULL) -> set[str]:
    return {problem.code for problem in verify(make_paper(1, tuple(questions)), BANK, specification)}


def test_everything_demanded_together_is_kept_on_every_paper():
    assert verify_all(PAPERS, BANK, FULL) == []
    for paper in PAPERS:
        cards = [KNOWN[place.question_id] for place in paper.questions]
        free = [card for card in cards if card.id not in ANCHORS]
        counts = Counter(card.importance for card in cards)
        assert 54 <= counts[X] <= 63
        assert counts[Z] in (4, 5)
        assert 9 <= sum("物业" in card.industries for card in cards) <= 18
        assert set(ANCHORS) <= {card.id for card in cards}
        assert all(card.sittings_ago in (None, 3) for card in free)
        assert all(card.exposure <= 200 for card in free)
        assert not any(card.stimulus for card in free)
        assert max(Counter(card.point for card in cards).values()) <= 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"importance": Z}, "importance-count"),
        ({"industries": frozenset({"医院"})}, "industry-foreign"),
        ({"industries": frozenset({"物业"})}, "industry-count"),
        ({"sittings_ago": 2}, "used-recently"),
        ({"exposure": 201}, "over-exposed"),
        ({"point": None}, "point-limit"),
        ({"stimulus": "材料0"}, "stimulus-unwanted"),
    ],
)
def test_every_mutation_of_a_good_paper_is_found(changes, code):
    """Attributes of questions on a good paper are changed until they break the rule; the verifier says which."""
    paper = PAPERS[0]
    free = [place.question_id for place in paper.questions if place.question_id not in ANCHORS]
    if changes == {"point": None}:
        # Questions of one area and kind all come to lie on one point.
        area = Counter(KNOWN[name].area for name in free).most_common(1)[0][0]
        changes = {"point": f"{area}-001"}
        free = [name for name in free if KNOWN[name].area == area]
    touched = set(free[:25])
    pool = make_pool(
        replace(question, **changes) if question.id in touched else question for question in BANK.questions
    )
    assert {problem.code for problem in verify(paper, pool, FULL)} == {code}


def test_a_missing_anchor_is_found():
    anchor = next(place for place in PAPERS[0].questions if place.question_id == ANCHORS[0])
    rest = [place for place in PAPERS[0].questions if place != anchor]
    assert "anchor-missing" in codes(rest)


def test_an_anchor_may_be_what_no_other_question_may():
    assert all(KNOWN[name].sittings_ago == 1 for name in ANCHORS)
    without = replace(FULL, anchors=())
    assert "used-recently" in codes(list(PAPERS[0].questions), without)


def test_papers_that_share_too_much_are_found():
    specification = replace(FULL, overlap_limit=3)
    assert {problem.code for problem in verify_all(PAPERS[:1] * 2, BANK, specification)} == {"overlap-limit"}


def test_half_a_stimulus_set_is_found():
    specification = replace(make_specification(), stimulus=StimulusRule(True, 1, 1))
    paper = draw(BANK, specification, papers=1, unique=False, seed="sets").papers[0]
    assert verify(paper, BANK, specification) == []
    names = [place.question_id for place in paper.questions if KNOWN[place.question_id].stimulus]
    assert len(names) == 2
    half = make_pool(
        replace(question, stimulus="") if question.id == names[0] else question for question in BANK.questions
    )
    # The set has one question less in that bank, so it is whole; another question in the bank makes it half.
    other = next(q.id for q in BANK.questions if q.id not in {p.question_id for p in paper.questions})
    more = make_pool(
        replace(question, stimulus=KNOWN[names[1]].stimulus) if question.id == other else question
        for question in half.questions
    )
    assert {p.code for p in verify(paper, more, specification)} == {"stimulus-incomplete"}
    assert {
        p.code for p in verify(paper, BANK, replace(specification, stimulus=StimulusRule(True, 2, 3)))
    } == {"stimulus-count"}


@pytest.mark.parametrize(
    ("demands", "sentence"),
    [
        ({"importance": (ImportanceRange(Z, Fraction(100), Fraction(100)),)}, "重要程度Z 缺"),
        ({"industries": IndustryRule(("物业",), Fraction(0)), "exclude_sittings": 3}, "最近场次用过"),
        ({"industries": IndustryRule(("医院",), Fraction(10))}, "行业题缺 9 题（需 9，可用 0）"),
        ({"anchors": ("nowhere",)}, "固定题 nowhere 不在可用试题之内"),
        ({"overlap_limit": 0}, "相同题数上限 0 达不到"),
        ({"exposure_limit": ExposureLimit(Fraction(1, 100), 30), "exclude_sittings": 3}, "曝光超过上限"),
        ({"stimulus": StimulusRule(True, 60, None)}, "材料题"),
        ({"max_per_point": 1}, "认定点的题数上限达不到"),
        ({"parallel": Parallel(Decimal(60), True, Decimal(0))}, "预期得分最多相差"),
    ],
)
def test_what_can_not_be_met_is_said_in_words_and_figures(demands, sentence):
    small = make_pool(BANK.questions[:260])
    bank = BANK if "importance" in demands or "医院" in str(demands) else small
    if "parallel" in demands:
        bank = make_pool(replace(q, facility=400 + 37 * n % 550) for n, q in enumerate(BANK.questions))
    with pytest.raises(Impossible) as refusal:
        draw(bank, replace(make_specification(), **demands), papers=7, unique=False, seed="s")
    assert sentence in str(refusal.value)


def test_importance_comes_from_the_outline_where_questions_do_not_say_it():
    from tests.question_bank.assembly.factories import make_shares, outline_of

    pool = make_pool(
        replace(question, importance=None, point=f"{question.area}-001") for question in BANK.questions
    )
    outline = outline_of(make_shares())
    specification = replace(
        make_specification(), importance=(ImportanceRange(X, Fraction(100), Fraction(100)),)
    )
    paper = draw(pool, specification, outline, papers=1, unique=False, seed="s").papers[0]
    assert verify(paper, pool, specification, outline) == []
    assert {problem.code for problem in verify(paper, pool, specification)} == {"importance-count"}
