"""The sample bank: what the workbooks hold is what the tables say, and every question has its source."""

from __future__ import annotations

from collections import Counter

from question_bank.assembly.specification import check as check_specification
from question_bank.formats.reading import read
from question_bank.formats.rules import read as read_rules
from question_bank.outlines.tree import check as check_outline
from question_bank.questions.kinds import Kind
from question_bank.questions.model import content_hash
from question_bank.samples import build


def test_the_committed_workbooks_are_those_of_the_tables() -> None:
    assert build.BANK_FILE.read_bytes() == build.bank_workbook()
    assert build.RULES_FILE.read_bytes() == build.rules_workbook()


def test_our_own_importer_reads_every_question_as_written() -> None:
    imported = read(build.BANK_FILE.name, build.BANK_FILE.read_bytes(), outline=build.outline())
    assert [problem for problem in imported.problems if problem.is_error] == []
    written = {draft.external_id: content_hash(draft.question, draft.key) for draft in build.drafts()}
    got = {draft.external_id: content_hash(draft.question, draft.key) for draft in imported.drafts}
    assert got == written


def test_the_rules_are_sound_and_say_that_they_are_unverified() -> None:
    rules = read_rules(build.RULES_FILE.name, build.RULES_FILE.read_bytes())
    (outline,), (specification,) = rules.outlines, rules.specifications
    assert check_outline(outline) == []
    assert check_specification(specification) == []
    assert not outline.verified
    assert not specification.verified
    assert "样题" in outline.name


def test_there_is_enough_of_everything() -> None:
    kinds = Counter(draft.question.kind for draft in build.drafts())
    assert len(build.outline().points) >= 100
    assert sum(kinds.values()) >= 300
    assert {Kind.SINGLE, Kind.MULTIPLE, Kind.JUDGEMENT, Kind.BLANK, Kind.CASE} <= set(kinds)
    unused = {point.code for point in build.outline().points} - {
        draft.question.point for draft in build.drafts()
    }
    assert unused == set()


def test_every_question_cites_what_it_rests_on() -> None:
    for draft in build.drafts():
        assert draft.question.sources, draft.external_id


def test_keys_are_spread_over_the_letters() -> None:
    letters = Counter(next(iter(d.key.options)) for d in build.drafts() if d.question.kind is Kind.SINGLE)
    assert set(letters) == set("ABCD")
    assert max(letters.values()) - min(letters.values()) <= 0.1 * sum(letters.values())
