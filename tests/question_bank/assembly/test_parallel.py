"""Papers are equally hard, the load is near its bounds, and both are functions of the stored plan."""

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog

from question_bank.assembly.features import EXPECTED, UNITS, Source
from question_bank.assembly.impossible import Impossible
from question_bank.assembly.parallel import figures
from question_bank.assembly.plan import ENGINE, Dealing, plan_as_document
from question_bank.assembly.pool import make_pool
from question_bank.assembly.prepare import prepare, restore
from question_bank.assembly.requirements import StimulusRule
from question_bank.assembly.select import blocks_of, deal, draw, hands_of_block
from question_bank.assembly.solo import WalkIns, walk_in
from question_bank.assembly.verify import verify, verify_all
from tests.question_bank.assembly.factories import make_bank, make_calibrated_bank, make_specification

MIX = tuple((code, Fraction(percent)) for code, percent in ((1, 10), (2, 20), (3, 40), (4, 20), (5, 10)))
SPECIFICATION = make_specification(difficulty=MIX)
POOL = make_calibrated_bank(3_000, enemies=60)
SEED = "parallel"

#: SHA-256 of the hands of block 1 of 1,250 papers, as the program below makes them.  It changes only with ENGINE.
BLOCK = "5afc93a5ed3d99d2c11635fa2ade1487042b31a47fc1c188122e7ca4ce3f1041"

PROGRAM = f"""
import hashlib
from fractions import Fraction
from question_bank.assembly.prepare import prepare
from question_bank.assembly.requirements import StimulusRule
from question_bank.assembly.select import blocks_of, hands_of_block
from tests.question_bank.assembly.factories import make_calibrated_bank, make_specification
mix = tuple((code, Fraction(percent)) for code, percent in ((1, 10), (2, 20), (3, 40), (4, 20), (5, 10)))
plan = prepare(make_calibrated_bank(3_000, enemies=60), make_specification(difficulty=mix), papers=1250, unique=True, seed={SEED!r})
print(hashlib.sha256(hands_of_block(plan, blocks_of(plan, {SEED!r}), 1).tobytes()).hexdigest())
"""


@pytest.fixture(scope="module")
def prepared():
    return prepare(POOL, SPECIFICATION, papers=1_250, unique=True, seed=SEED)


@pytest.fixture(scope="module")
def drawn(prepared):
    return deal(prepared, SEED)


def test_every_one_of_many_papers_passes_the_verifier(drawn):
    assert drawn.plan.dealing is Dealing.BLOCKS
    assert verify_all(drawn.papers[::5], POOL, SPECIFICATION) == []
    assert len({hand.tobytes() for hand in drawn.hands}) == 1_250


def test_papers_agree_in_expected_score_and_information(drawn):
    values = np.array([_expected(question, drawn.plan.features.cut / 1000) for question in _questions(POOL)])
    known = {question.id: value for question, value in zip(_questions(POOL), values, strict=True)}
    scores = [sum(known[place.question_id] for place in paper.questions) for paper in drawn.papers[::5]]
    assert np.std(scores) <= 0.03
    assert np.ptp(scores) <= 0.3
    found = figures(drawn)
    assert found.expected.mean == pytest.approx(np.mean(scores), abs=0.01)
    assert found.expected.mean == pytest.approx(60, abs=0.5)
    assert found.information.sd <= 0.005 * found.information.mean
    assert found.information.width <= 0.05 * found.information.mean


def test_no_question_is_used_much_more_than_it_must_be(prepared, drawn):
    bound = _lowest_exposure(prepared)
    found = figures(drawn)
    assert found.exposure_bound == pytest.approx(bound, rel=1e-6)
    assert bound <= found.exposure <= 1.10 * bound


def test_papers_have_hardly_more_in_common_than_they_must(prepared, drawn):
    """The bound worked out in another way: with every tangent at once instead of cut by cut."""
    found = figures(drawn)
    asked = np.array([np.bincount(drawn.hands.ravel(), minlength=len(prepared.supply.questions))])
    mean = float((asked * (asked - 1)).sum()) / (1_250 * 1_249)
    assert found.overlap_mean == pytest.approx(mean)
    assert _least_overlap(prepared) <= mean * (1 + 1e-9)
    assert found.overlap_bound == pytest.approx(_least_overlap(prepared), rel=0.01)
    assert mean <= 1.02 * found.overlap_bound


def test_a_block_is_the_same_by_itself_and_from_the_stored_plan(prepared, drawn):
    document = json.loads(json.dumps(plan_as_document(prepared.plan)))
    restored = restore(document, POOL, SPECIFICATION, None, seed=SEED)
    assert restored.plan.digest == prepared.plan.digest
    block = hands_of_block(restored, blocks_of(restored, SEED), 1)
    assert np.array_equal(block, drawn.hands[1_000:])


def test_a_block_equals_the_stored_one_in_a_fresh_process():
    result = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == BLOCK


def test_the_plan_of_something_else_is_refused(prepared):
    document = plan_as_document(prepared.plan)
    assert document["engine"] == ENGINE
    with pytest.raises(ValueError, match="engine"):
        restore({**document, "engine": "deal-1"}, POOL, SPECIFICATION, None, seed=SEED)
    with pytest.raises(ValueError, match="seed"):
        restore(document, POOL, SPECIFICATION, None, seed="another")
    with pytest.raises(ValueError, match="pool"):
        restore(document, make_pool(POOL.questions[1:]), SPECIFICATION, None, seed=SEED)


def test_exchanging_changes_no_count_and_no_use(prepared):
    blocks = blocks_of(prepared, SEED)
    dealt = blocks._deal  # the hands before they are exchanged
    tables = blocks.tables[np.arange(1_000) % len(blocks.tables)]
    exchange = blocks.block(0)
    before = dealt(tables, exchange.layout, blocks.asked_before(0), 0)
    after = exchange.slots
    assert np.array_equal(before >= 0, after >= 0)
    cells = blocks.ground.cell
    assert np.array_equal(cells[before[before >= 0]], cells[after[after >= 0]])
    assert np.array_equal(np.bincount(before[before >= 0]), np.bincount(after[after >= 0]))
    assert not np.array_equal(before, after)
    assert not exchange.is_forbidden()


def test_uses_within_a_cell_differ_by_one_and_make_up_for_earlier_ones():
    chosen = {question.id for question in POOL.questions[::7]}
    pool = make_pool(replace(q, uses=3 if q.id in chosen else 0) for q in POOL.questions)
    prepared = prepare(pool, SPECIFICATION, papers=1_000, unique=True, seed=SEED)
    drawn = deal(prepared, SEED)
    supply = prepared.supply
    uses = np.bincount(drawn.hands.ravel(), minlength=len(supply.questions))
    together = uses + np.array([question.uses for question in supply.questions])
    most = int(1_000 * drawn.plan.load.limit * 1.05)
    for cell in range(len(supply.cells)):
        here = np.flatnonzero(np.array(supply.cell_of) == cell)
        if len(here) and uses[here].max() < most and uses[here].min() > 0:
            assert np.ptp(together[here]) <= 1


def test_fixed_papers_are_as_parallel():
    found = figures(draw(POOL, SPECIFICATION, papers=8, unique=False, seed=SEED))
    assert found.overlap_most == 0
    assert found.expected.width <= 0.3


def test_without_any_calibration_difficulty_codes_are_made_equal_and_it_is_said():
    pool = make_bank(1_500)
    drawn = draw(pool, make_specification(), papers=8, unique=False, seed=SEED)
    found = figures(drawn)
    assert found.sources == {Source.NOMINAL.value: 1_500}
    assert found.information is None
    assert found.expected.width <= 0.3


def test_a_facility_comes_before_the_code_and_the_code_takes_the_mean_of_what_is_known():
    pool = make_pool(
        replace(q, facility=700 if q.difficulty == 3 else 500) if n % 2 else q
        for n, q in enumerate(make_bank(1_500).questions)
    )
    plan = prepare(pool, make_specification(), papers=2, unique=False, seed=SEED).plan
    assert set(plan.features.sources) == {Source.FACILITY.value, Source.CODE.value}
    supply = prepare(pool, make_specification(), papers=2, unique=False, seed=SEED).supply
    worth = {"B": 1, "G": 2, "C": 1}
    for place, question in enumerate(supply.questions[:200]):
        per_point = plan.features.values[place, EXPECTED] / UNITS[EXPECTED] / worth[question.kind.value]
        assert per_point == pytest.approx(0.7 if question.difficulty == 3 else 0.5, abs=1e-3)


def test_anchors_stand_on_every_paper_and_on_no_figure_of_load():
    anchors = tuple(question.id for question in POOL.questions[10:400:80])
    specification = replace(SPECIFICATION, anchors=anchors)
    for papers, unique in ((3, False), (230, True)):
        drawn = draw(POOL, specification, papers=papers, unique=unique, seed=SEED)
        assert all(set(anchors) <= {place.question_id for place in paper.questions} for paper in drawn.papers)
        assert verify_all(drawn.papers[:40], POOL, specification) == []
        assert figures(drawn).exposure < 0.5


def test_anchors_that_are_unknown_or_enemies_are_refused():
    first, second = POOL.questions[10], POOL.questions[90]
    with pytest.raises(Impossible, match="strange"):
        draw(POOL, replace(SPECIFICATION, anchors=("strange",)), papers=1, unique=False, seed=SEED)
    hostile = make_pool(
        replace(q, enemies=frozenset({second.id})) if q.id == first.id else q for q in POOL.questions
    )
    specification = replace(SPECIFICATION, anchors=(first.id, second.id))
    with pytest.raises(Impossible, match="互斥"):
        draw(hostile, specification, papers=1, unique=False, seed=SEED)


@pytest.mark.parametrize("papers", [4, 240])
def test_no_two_papers_share_more_than_the_limit(papers):
    limit = 0 if papers == 4 else 13
    specification = replace(SPECIFICATION, overlap_limit=limit)
    free = figures(draw(POOL, SPECIFICATION, papers=papers, unique=True, seed=SEED))
    drawn = draw(POOL, specification, papers=papers, unique=True, seed=SEED)
    sets = [frozenset(place.question_id for place in paper.questions) for paper in drawn.papers]
    most = max(len(one & other) for one, other in combinations(sets, 2))
    assert most <= limit
    assert most == figures(drawn).overlap_most
    assert papers == 4 or free.overlap_most > limit
    assert verify_all(drawn.papers[:40], POOL, specification) == []
    assert figures(drawn).expected.width <= 0.5


def test_a_limit_on_what_papers_share_that_cannot_be_held_is_explained():
    narrow = make_calibrated_bank(400)
    with pytest.raises(Impossible, match="两卷相同题数上限 3 达不到"):
        draw(narrow, replace(make_specification(), overlap_limit=3), papers=20, unique=True, seed=SEED)
    with pytest.raises(Impossible, match="不超过 1000 套"):
        draw(POOL, replace(SPECIFICATION, overlap_limit=9), papers=1_001, unique=True, seed=SEED)


def test_at_most_so_many_questions_a_point_where_the_specification_says_so():
    specification = replace(make_specification(), max_per_point=1)
    pool = make_calibrated_bank(2_500, uneven=0.2)
    known = {question.id: question.point for question in pool.questions}
    for papers, unique in ((5, False), (220, True)):
        drawn = draw(pool, specification, papers=papers, unique=unique, seed=SEED)
        for paper in drawn.papers:
            points = Counter(known[place.question_id] for place in paper.questions)
            assert max(points.values()) == 1


def test_sets_of_one_stimulus_come_whole_and_as_many_as_asked_or_not_at_all():
    names = iter(range(1_000))
    sets = {}
    for area in ("A-A-A", "B-A-A", "B-G-A"):
        inside = [q.id for q in POOL.questions if q.point.startswith(area + "-") and q.kind.value == "B"]
        for start in (0, 3):
            sets |= dict.fromkeys(inside[start : start + 2], f"case {next(names)}")
    pool = make_pool(replace(q, stimulus=sets.get(q.id, "")) for q in POOL.questions)
    for least in (0, 2):
        specification = replace(SPECIFICATION, stimulus=StimulusRule(True, least))
        drawn = draw(pool, specification, papers=5, unique=True, seed=SEED)
        assert verify_all(drawn.papers, pool, specification) == []
        for paper in drawn.papers:
            held = Counter(sets.get(place.question_id) for place in paper.questions)
            del held[None]
            assert set(held.values()) <= {2}
            assert len(held) == least
    with pytest.raises(Impossible, match="材料题"):
        draw(pool, replace(SPECIFICATION, stimulus=StimulusRule(True, 7)), papers=1, unique=True, seed=SEED)


def test_a_walk_in_gets_a_paper_of_their_own_that_is_as_hard(prepared, drawn):
    papers = [WalkIns(prepared, SEED).paper(number, POOL) for number in (1_251, 1_252)]
    assert papers[0].hash != papers[1].hash
    assert walk_in(prepared, POOL, SEED, 1_251) == papers[0]
    cut = drawn.plan.features.cut / 1000
    known = {question.id: _expected(question, cut) for question in _questions(POOL)}
    for paper in papers:
        assert verify(paper, POOL, SPECIFICATION) == []
        score = sum(known[place.question_id] for place in paper.questions)
        assert score == pytest.approx(figures(drawn).expected.mean, abs=0.15)
    with pytest.raises(ValueError, match="one of the 1250"):
        walk_in(prepared, POOL, SEED, 1_250)


def _questions(pool):
    return list(pool.questions)


def _expected(question, ability):
    slope, place, guess = (part / 1000 for part in question.irt)
    right = guess + (1 - guess) / (1 + np.exp(-slope * (ability - place)))
    return {"B": 1, "G": 2, "C": 1}[question.kind.value] * right


def _lowest_exposure(prepared):
    margins, have = prepared.basis.margins, np.array(prepared.dealt.counts, dtype=float)
    size = len(have)
    result = linprog(
        np.concatenate([np.zeros(size), [1.0]]),
        A_ub=np.hstack([np.eye(size), -have[:, None]]),
        b_ub=np.zeros(size),
        A_eq=np.hstack([margins.matrix, np.zeros((len(margins.rows), 1))]),
        b_eq=margins.lower,
    )
    return float(result.fun)


def _least_overlap(prepared):
    """The least mean overlap of papers under the exposure limit, from all lines that bound the overlap of a cell."""
    margins, have = prepared.basis.margins, np.array(prepared.dealt.counts, dtype=float)
    papers, limit = prepared.plan.papers, prepared.plan.load.limit
    used = np.flatnonzero(have)
    size = len(used)
    rows, right = [], []
    for lap in range(int(papers * limit) + 1):
        slope = 2 * lap * papers
        rows.append(np.hstack([np.eye(size) * slope, -np.eye(size)]))
        right.append(have[used] * lap * (lap + 1))
    scale = papers * (papers - 1)
    result = linprog(
        np.concatenate([np.zeros(size), np.ones(size)]),
        A_ub=np.vstack(rows) / scale,
        b_ub=np.concatenate(right) / scale,
        A_eq=np.hstack([margins.matrix[:, used], np.zeros((len(margins.rows), size))]),
        b_eq=margins.lower,
        bounds=[(0, n * limit) for n in have[used]] + [(0, None)] * size,
    )
    return float(result.fun) / scale
