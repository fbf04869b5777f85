"""The sample banks: what the workbooks hold is what the tables say, and every question keeps the writing rules."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from decimal import Decimal
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from question_bank.assembly.__main__ import main as assemble
from question_bank.assembly.specification import check as check_specification
from question_bank.formats.reading import read
from question_bank.formats.rules import read as read_rules
from question_bank.outlines.tree import area_code
from question_bank.outlines.tree import check as check_outline
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Draft, content_hash
from question_bank.samples import build

every_level = pytest.mark.parametrize("level", build.LEVELS)

#: Questions that a level is to have at least, and its kinds.
LEAST = {3: 500, 2: 120, 1: 80}
OBJECTIVE = {Kind.SINGLE, Kind.MULTIPLE, Kind.JUDGEMENT, Kind.BLANK}
KINDS = {
    3: OBJECTIVE | {Kind.SHORT, Kind.CASE},
    2: OBJECTIVE | {Kind.SHORT, Kind.CASE, Kind.ESSAY, Kind.CALCULATION},
    1: OBJECTIVE | {Kind.SHORT, Kind.CASE, Kind.ESSAY, Kind.CALCULATION},
}
#: By chance a quarter of the keys is the longest option.
MOST_LONGEST = 0.33


def singles(level: int) -> list[Draft]:
    return [draft for draft in build.drafts(level) if draft.question.kind is Kind.SINGLE]


def everything() -> Iterable[Draft]:
    return (draft for level in build.LEVELS for draft in build.drafts(level))


def letters(text: str) -> str:
    """A stem without punctuation, spaces and blanks: what two stems are compared by."""
    return re.sub(r"[\W_]+", "", text)


@every_level
def test_the_committed_workbooks_are_those_of_the_tables(level: int) -> None:
    assert build.bank_file(level).read_bytes() == build.bank_workbook(level)
    assert build.rules_file(level).read_bytes() == build.rules_workbook(level)


@every_level
def test_our_own_importer_reads_every_question_as_written(level: int) -> None:
    file = build.bank_file(level)
    imported = read(file.name, file.read_bytes(), outline=build.outline(level))
    assert list(imported.problems) == []
    written = {draft.external_id: content_hash(draft.question, draft.key) for draft in build.drafts(level)}
    got = {draft.external_id: content_hash(draft.question, draft.key) for draft in imported.drafts}
    assert got == written


@every_level
def test_the_rules_are_sound_and_say_that_they_are_unverified(level: int) -> None:
    file = build.rules_file(level)
    rules = read_rules(file.name, file.read_bytes())
    (outline,), (specification,) = rules.outlines, rules.specifications
    assert check_outline(outline) == []
    assert check_specification(specification) == []
    assert (outline, specification) == (build.outline(level), build.specification(level))
    assert not outline.verified
    assert not specification.verified
    assert "样题" in outline.name


@every_level
def test_papers_of_its_own_for_each_of_thirty_people_can_be_drawn(level: int, tmp_path: Path) -> None:
    out = tmp_path / "papers.json"
    files = ["--bank", str(build.bank_file(level)), "--rules", str(build.rules_file(level))]
    wishes = ["--papers", "30", "--unique", "--seed", f"sample-{level}", "--json", str(out)]
    assert assemble([*files, *wishes]) == 0
    papers = json.loads(out.read_text())["papers"]
    assert len({paper["hash"] for paper in papers}) == 30
    sections = {section.kind.value: section.count for section in build.specification(level).sections}
    kinds = {draft.external_id: draft.question.kind.value for draft in build.drafts(level)}
    for paper in papers:
        asked = Counter(kinds[question["id"]] for question in paper["questions"])
        assert asked == sections
        assert sum(Decimal(question["points"]) for question in paper["questions"]) == 100


@every_level
def test_there_is_enough_of_everything(level: int) -> None:
    drafts = build.drafts(level)
    assert len(drafts) >= LEAST[level]
    assert {draft.question.kind for draft in drafts} == KINDS[level]
    points = {point.code for point in build.outline(level).points}
    assert {draft.question.point for draft in drafts} == points


def test_all_levels_together_are_more_than_six_hundred_and_forty() -> None:
    assert sum(1 for _ in everything()) >= 640


@every_level
def test_every_area_with_a_weight_has_questions(level: int) -> None:
    asked = Counter(area_code(draft.question.point) for draft in build.drafts(level))
    lowest = [area for area in build.outline(level).walk() if not area.children]
    assert [area.code for area in lowest if area.weight and asked[area.code] < 4] == []


def test_every_question_cites_what_it_rests_on() -> None:
    for draft in everything():
        assert draft.question.sources, draft.external_id
        assert all(len(source) >= 4 for source in draft.question.sources), draft.external_id
        assert draft.question.difficulty in range(1, 6), draft.external_id
        assert draft.question.consistency in range(1, 6), draft.external_id


@every_level
def test_keys_are_spread_over_the_letters(level: int) -> None:
    counts = Counter(next(iter(draft.key.options)) for draft in singles(level))
    assert set(counts) == set("ABCD")
    assert max(counts.values()) - min(counts.values()) <= 0.1 * sum(counts.values())


@every_level
def test_the_longest_option_is_no_hint(level: int) -> None:
    longest = 0
    for draft in singles(level):
        lengths = {option.id: len(option.content) for option in draft.question.options}
        (right,) = draft.key.options
        longest += all(lengths[right] > n for other, n in lengths.items() if other != right)
    assert longest / len(singles(level)) <= MOST_LONGEST


@every_level
def test_statements_are_true_as_often_as_false(level: int) -> None:
    truths = [draft.key.truth for draft in build.drafts(level) if draft.question.kind is Kind.JUDGEMENT]
    assert 0.4 <= sum(map(bool, truths)) / len(truths) <= 0.6


def test_no_stem_stands_twice_in_any_bank() -> None:
    stems = Counter(letters(draft.question.stem) for draft in everything())
    assert [stem for stem, count in stems.items() if count > 1] == []


def test_no_two_stems_of_one_kind_are_nearly_the_same() -> None:
    drafts = sorted(everything(), key=lambda draft: draft.question.kind)
    grams = [_pairs(letters(draft.question.stem)) for draft in drafts]
    near = []
    for place, one in enumerate(drafts):
        for other in range(place + 1, len(drafts)):
            if drafts[other].question.kind is not one.question.kind:
                break
            shared = len(grams[place] & grams[other])
            if shared > 0.6 * min(len(grams[place]), len(grams[other])):
                texts = letters(one.question.stem), letters(drafts[other].question.stem)
                if SequenceMatcher(None, *texts, autojunk=False).ratio() > 0.85:
                    near.append(texts)
    # One sentence asks for the place of the compressions of the chest, another for their depth.
    assert len(near) <= 1, near


@every_level
def test_choices_keep_the_writing_rules(level: int) -> None:
    for draft in build.drafts(level):
        question, where = draft.question, draft.external_id
        contents = [option.content for option in question.options]
        if question.kind.has_options:
            assert question.stem.count("（ ）") == 1, where
            assert len(contents) == 4 or (question.kind is Kind.MULTIPLE and len(contents) == 5), where
            assert len(set(contents)) == len(contents), where
            assert not [
                text for text in contents if re.search(r"以上(都|均|各项|选项|答案)|都对|都错|皆是", text)
            ], where
        if question.kind is Kind.MULTIPLE:
            assert 2 <= len(draft.key.options) < len(contents), where
        if question.kind is Kind.JUDGEMENT:
            assert question.stem.endswith("。"), where
            assert "（ ）" not in question.stem, where
        if question.kind is Kind.BLANK:
            assert question.stem.count("____") == len(draft.key.blanks) > 0, where


@every_level
def test_written_questions_say_how_they_are_marked(level: int) -> None:
    for draft in build.drafts(level):
        if draft.question.kind not in OBJECTIVE:
            answer = draft.key.model_answer
            assert re.search(r"共\d+分|满分10分|每点\d分", answer), draft.external_id
        if draft.question.kind is Kind.CALCULATION:
            assert "误差" in draft.key.model_answer, draft.external_id
            assert "单位" in draft.key.model_answer, draft.external_id


@every_level
def test_the_points_of_the_parts_of_a_model_answer_add_up(level: int) -> None:
    for draft in build.drafts(level):
        answer = draft.key.model_answer
        total = re.search(r"（共(\d+)分）", answer)
        if draft.question.kind in (Kind.CASE, Kind.ESSAY, Kind.CALCULATION) and total:
            # A heading "1．（4分）" announces the points of its parts; only the parts are added.
            parts = answer.split("评分说明")[0]
            headed = re.sub(r"\d[．.]\s*（\d+分）", "", parts)
            headed = re.sub(r"(?<=[^；。，（）\d])（[2-9]分）(?=：)", "", headed)
            earned = [int(n) for n in re.findall(r"（(\d+)分）", headed)]
            assert sum(earned) == int(total[1]), (draft.external_id, earned)


def _pairs(text: str) -> frozenset[str]:
    return frozenset(text[place : place + 2] for place in range(len(text) - 1))
