"""Drawn papers: exact, reproducible, spread out."""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from question_bank.assembly.explain import explain
from question_bank.assembly.paper import paper_as_document, paper_from_document
from question_bank.assembly.plan import Preference
from question_bank.assembly.pool import make_pool
from question_bank.assembly.select import Impossible, draw
from question_bank.assembly.specification import Section, Share
from question_bank.assembly.verify import verify, verify_all
from question_bank.outlines.tree import Importance
from question_bank.questions.kinds import Kind
from tests.question_bank.assembly.factories import (
    make_bank,
    make_question,
    make_shares,
    make_specification,
    outline_of,
)

BANK = make_bank(1500, enemies=40)
MIX = tuple((code, Fraction(percent)) for code, percent in ((1, 10), (2, 20), (3, 40), (4, 20), (5, 10)))
ONE_AREA = (Share("A", Fraction(100)),)
HUNDRED = (Section(Kind.SINGLE, 100, Decimal(1)),)
FIFTY = (Section(Kind.SINGLE, 50, Decimal(2)),)

#: Two papers of the bank above, drawn with the seed "reference".  They change only with ENGINE.
REFERENCE = [
    "088c9f12630202108c3015df0e0bf9027fcee8f7883faa52c953802f60d14d8d",
    "8d5e1158fa14ff51de51d81828cf4a275d8d8158a04c56531f77bfa09b677e1d",
]


def ids(paper):
    return [question.question_id for question in paper.questions]


def hashes(drawn):
    return [paper.hash for paper in drawn.papers]


def fixed(pool, specification, papers, seed="s", **rest):
    return draw(pool, specification, papers=papers, unique=False, seed=seed, **rest)


def unique(pool, specification, papers, seed="s", **rest):
    return draw(pool, specification, papers=papers, unique=True, seed=seed, **rest)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    size=st.integers(100, 900),
    bank=st.integers(0, 10**6),
    enemies=st.integers(0, 60),
    sections=st.sampled_from(
        [
            [(Kind.SINGLE, 60, "1"), (Kind.MULTIPLE, 10, "2"), (Kind.JUDGEMENT, 20, "1")],
            [(Kind.SINGLE, 80, "0.5"), (Kind.MULTIPLE, 20, "2"), (Kind.JUDGEMENT, 20, "1")],
            [(Kind.SINGLE, 30, "1"), (Kind.MULTIPLE, 20, "2.5"), (Kind.JUDGEMENT, 40, "0.5")],
            [(Kind.SINGLE, 40, "1.5"), (Kind.JUDGEMENT, 40, "1")],
        ]
    ),
    with_difficulty=st.booleans(),
    is_unique=st.booleans(),
    preference=st.sampled_from(list(Preference)),
    papers=st.integers(1, 6),
)
def test_every_paper_of_a_random_bank_passes_the_verifier_or_is_explained(
    size, bank, enemies, sections, with_difficulty, is_unique, preference, papers
):
    pool = make_bank(size, seed=bank, enemies=enemies)
    specification = make_specification(
        [Section(kind, count, Decimal(points)) for kind, count, points in sections],
        difficulty=MIX if with_difficulty else (),
    )
    problems = explain(pool, specification)
    try:
        drawn = draw(pool, specification, papers=papers, unique=is_unique, seed="s", preference=preference)
    except Impossible as impossible:
        refused = list(impossible.problems)
    else:
        refused = []
    if refused:
        beyond_counts = {"enemies-together", "papers-not-distinct"}
        assert refused == problems or {problem.code for problem in refused} <= beyond_counts
        return
    assert problems == []
    assert verify_all(drawn.papers, pool, specification) == []
    if is_unique:
        assert len({frozenset(ids(paper)) for paper in drawn.papers}) == papers


def test_the_same_seed_gives_the_same_papers_and_another_seed_others():
    first = unique(BANK, make_specification(), 5)
    assert hashes(first) == hashes(unique(BANK, make_specification(), 5))
    assert first.plan.digest == unique(BANK, make_specification(), 5).plan.digest
    assert not set(hashes(first)) & set(hashes(unique(BANK, make_specification(), 5, seed="t")))


def test_the_order_of_the_bank_does_not_matter():
    turned = make_pool(reversed(BANK.questions))
    assert turned.digest == BANK.digest
    assert hashes(fixed(turned, make_specification(), 2)) == hashes(fixed(BANK, make_specification(), 2))


def test_every_attribute_enters_the_digest_of_the_pool():
    one = BANK.questions[0]
    changes = {
        "point": "A-A-A-099",
        "kind": Kind.ESSAY,
        "difficulty": None,
        "importance": None,
        "options": ("x",),
        "content_hash": "other",
        "enemies": frozenset({"z"}),
        "uses": 7,
    }
    digests = {
        make_pool([replace(one, **{name: value}), *BANK.questions[1:]]).digest
        for name, value in changes.items()
    }
    assert len(digests | {BANK.digest}) == len(changes) + 1


def test_a_repeated_id_is_refused():
    with pytest.raises(ValueError, match="more than once"):
        make_pool([make_question("q"), make_question("q")])


def test_papers_equal_the_stored_reference_in_a_fresh_process():
    program = (
        "from tests.question_bank.assembly.factories import make_bank, make_specification\n"
        "from question_bank.assembly.select import draw\n"
        "drawn = draw(make_bank(1500, enemies=40), make_specification(), papers=2, unique=True, seed='reference')\n"
        "print([paper.hash for paper in drawn.papers])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == str(REFERENCE)


def test_a_paper_survives_its_document_and_a_changed_document_is_refused():
    paper = fixed(BANK, make_specification(), 1).papers[0]
    document = json.loads(json.dumps(paper_as_document(paper)))
    assert paper_from_document(document) == paper
    document["questions"][0]["id"] = "another"
    with pytest.raises(ValueError, match="hash"):
        paper_from_document(document)


def test_fixed_papers_are_disjoint_while_the_supply_lasts():
    drawn = fixed(make_bank(3000), make_specification(difficulty=MIX), 6)
    assert drawn.proof.greatest_overlap == 0
    assert drawn.proof.mean_overlap == 0
    everything = [name for paper in drawn.papers for name in ids(paper)]
    assert len(set(everything)) == 6 * 90


def test_a_bank_of_exactly_two_papers_gives_two_disjoint_papers():
    first, second = fixed(make_bank(2500), make_specification(), 2).papers
    used = set(ids(first)) | set(ids(second))
    pool = make_pool([question for question in make_bank(2500).questions if question.id in used])
    assert len(pool.questions) == 180
    assert fixed(pool, make_specification(), 2, seed="again").proof.greatest_overlap == 0


def test_use_is_levelled_where_papers_cannot_be_disjoint():
    pool = make_pool(make_question(f"q{n:03d}", f"A-{n:03d}") for n in range(150))
    drawn = unique(pool, make_specification(HUNDRED, ONE_AREA), 30)
    uses = Counter(name for paper in drawn.papers for name in ids(paper))
    assert set(uses.values()) == {20}
    assert drawn.proof.greatest_exposure == pytest.approx(20 / 30)


def test_unique_papers_are_all_different_even_from_a_bank_with_one_question_to_spare():
    pool = make_pool(make_question(f"q{n:03d}", f"A-{n:03d}") for n in range(101))
    drawn = unique(pool, make_specification(HUNDRED, ONE_AREA), 101)
    assert len({frozenset(ids(paper)) for paper in drawn.papers}) == 101
    with pytest.raises(Impossible, match="101"):
        unique(pool, make_specification(HUNDRED, ONE_AREA), 102)


def test_at_most_one_question_a_point_until_the_points_run_out():
    pool = make_pool(make_question(f"q{n:03d}", f"A-{n % 50:03d}") for n in range(400))
    paper = fixed(pool, make_specification(FIFTY, ONE_AREA), 1).papers[0]
    points = Counter(int(name[1:]) % 50 for name in ids(paper))
    assert set(points.values()) == {1}
    paper = fixed(pool, make_specification(HUNDRED, ONE_AREA), 1).papers[0]
    points = Counter(int(name[1:]) % 50 for name in ids(paper))
    assert set(points.values()) == {2}


def test_core_points_come_before_general_and_auxiliary_ones():
    def importance(n):
        return Importance.CORE if n < 30 else Importance.GENERAL if n < 60 else Importance.AUXILIARY

    pool = make_pool(make_question(f"q{n:03d}", f"A-{n:03d}", importance=importance(n)) for n in range(200))
    paper = fixed(pool, make_specification(FIFTY, ONE_AREA), 1).papers[0]
    tally = Counter(importance(int(name[1:])) for name in ids(paper))
    assert tally == {Importance.CORE: 30, Importance.GENERAL: 20}


def test_core_first_holds_on_every_paper_where_it_is_asked_for():
    pool = make_pool(
        make_question(f"q{n:03d}", f"A-{n:03d}", importance=Importance.CORE if n < 60 else Importance.GENERAL)
        for n in range(300)
    )
    drawn = unique(pool, make_specification(FIFTY, ONE_AREA), 8, preference=Preference.CORE_FIRST)
    assert all(int(name[1:]) < 60 for paper in drawn.papers for name in ids(paper))


def test_the_outline_gives_importance_where_questions_do_not():
    shares = (Share("A", Fraction(100), (Share("A-A", Fraction(50)), Share("A-B", Fraction(50)))),)
    pool = make_pool(
        make_question(f"{area}{n:03d}", f"A-{area}-{n:03d}") for area in "AB" for n in range(1, 60)
    )
    drawn = fixed(pool, make_specification(FIFTY, shares), 1, outline=outline_of(shares))
    assert {"A001", "B001"} <= set(ids(drawn.papers[0]))


def test_the_outline_gives_the_shares_where_the_specification_has_none():
    bare = make_specification(shares=())
    drawn = fixed(BANK, bare, 1, outline=outline_of(make_shares()))
    assert verify(drawn.papers[0], BANK, make_specification()) == []
    with pytest.raises(Impossible, match="没有知识点分布"):
        fixed(BANK, bare, 1)


def test_earlier_uses_are_taken_account_of():
    pool = make_pool(make_question(f"q{n:03d}", f"A-{n:03d}", uses=3 if n < 60 else 0) for n in range(160))
    paper = fixed(pool, make_specification(HUNDRED, ONE_AREA), 1).papers[0]
    assert all(int(name[1:]) >= 60 for name in ids(paper))


def test_questions_of_equal_content_never_stand_together():
    twins = [make_question(f"q{n:03d}", f"A-{n:03d}", content_hash=f"h{n // 2}") for n in range(200)]
    paper = fixed(make_pool(twins), make_specification(HUNDRED, ONE_AREA), 1).papers[0]
    assert len({int(name[1:]) // 2 for name in ids(paper)}) == 100


def test_enemies_never_stand_together_even_where_only_one_paper_avoids_them():
    """100 pairs of enemies, one of each pair wanted: the only papers are those with one of every pair."""
    pairs = [
        make_question(
            f"{side}{n:03d}", f"A-{n:03d}", enemies=frozenset({f"b{n:03d}"}) if side == "a" else frozenset()
        )
        for n in range(100)
        for side in "ab"
    ]
    pool = make_pool(pairs)
    for paper in unique(pool, make_specification(HUNDRED, ONE_AREA), 5).papers:
        assert sorted(name[1:] for name in ids(paper)) == [f"{n:03d}" for n in range(100)]
        assert verify(paper, pool, make_specification(HUNDRED, ONE_AREA)) == []


def test_enemies_that_cannot_be_kept_apart_are_named():
    questions = [make_question(f"q{n:03d}", f"A-{n:03d}") for n in range(100)]
    questions[7] = replace(questions[7], enemies=frozenset({"q042"}))
    with pytest.raises(Impossible, match="q007 与 q042"):
        fixed(make_pool(questions), make_specification(HUNDRED, ONE_AREA), 1)


def test_another_rounding_is_used_and_reported_where_the_largest_remainder_has_no_questions():
    shares = (Share("A", Fraction("49.6")), Share("B", Fraction("50.4")))
    pool = make_pool(
        [make_question(f"a{n:03d}", f"A-{n:03d}") for n in range(49)]
        + [make_question(f"b{n:03d}", f"B-{n:03d}") for n in range(60)]
    )
    drawn = fixed(pool, make_specification(HUNDRED, shares), 1)
    assert drawn.proof.rounding == "nearest feasible"
    assert [area.points for area in drawn.proof.areas] == ["49", "51"]
    assert verify(drawn.papers[0], pool, make_specification(HUNDRED, shares)) == []


def test_sections_follow_each_other_and_options_are_shuffled_but_judgement_has_none():
    drawn = unique(BANK, make_specification(), 4)
    known = {question.id: question for question in BANK.questions}
    orders = set()
    for paper in drawn.papers:
        kinds = [known[name].kind for name in ids(paper)]
        assert kinds == [Kind.SINGLE] * 60 + [Kind.MULTIPLE] * 10 + [Kind.JUDGEMENT] * 20
        assert ids(paper)[:60] != sorted(ids(paper)[:60])
        for question in paper.questions:
            options = known[question.question_id].options
            assert sorted(question.option_order) == sorted(options)
            if known[question.question_id].kind is Kind.SINGLE:
                orders.add(tuple(options.index(one) for one in question.option_order))
    assert len(orders) == 24


def test_the_proof_agrees_with_the_papers():
    drawn = unique(BANK, make_specification(difficulty=MIX), 7)
    proof = drawn.proof
    known = {question.id: question for question in BANK.questions}
    overlaps = [len(set(ids(a)) & set(ids(b))) for a, b in combinations(drawn.papers, 2)]
    assert proof.mean_overlap == pytest.approx(sum(overlaps) / len(overlaps))
    assert proof.greatest_overlap == max(overlaps)
    assert proof.total == "100"
    for area in proof.areas:
        got = [
            sum(q.points for q in paper.questions if known[q.question_id].point.startswith(area.code + "-"))
            for paper in drawn.papers
        ]
        assert (Decimal(area.least), Decimal(area.most)) == (min(got), max(got))
        assert area.least == area.points == area.most
    assert [(one.label, one.required, one.least, one.most) for one in proof.difficulty] == [
        (f"难度{code}", count, count, count) for code, count in ((1, 9), (2, 18), (3, 36), (4, 18), (5, 9))
    ]
    assert "A-A-A 2.5 → 3" in proof.roundings or "A-A-A 2.5 → 2" in proof.roundings
    assert proof.verified is False
    json.dumps(proof.as_document())


def test_a_verified_specification_is_said_to_be():
    assert fixed(BANK, make_specification(verified=True), 1).proof.verified is True


def test_fewer_than_one_paper_is_an_error():
    with pytest.raises(ValueError, match="at least one"):
        fixed(BANK, make_specification(), 0)
