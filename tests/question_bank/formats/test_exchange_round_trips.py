"""What is written reads back equal: drafts of every kind that each format holds, drawn by Hypothesis."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from question_bank.formats import aiken
from question_bank.formats.exchange_formats import EXCHANGE_FORMATS
from question_bank.formats.imports import derived_ids
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Key, Question
from tests.question_bank.formats.exchange import PICTURES, Draft, drafts, many, meaning, plain

FORMATS = {one.code: one for one in EXCHANGE_FORMATS}
#: What each format says that it can't hold, and nothing else may be missing.
NOT_HELD = {
    "moodle": lambda draft: bool(draft.question.parts),
    "gift": lambda draft: bool(draft.question.parts) or draft.question.blanks > 1,
    "qti21": lambda draft: False,
    "qti22": lambda draft: False,
    "qti30": lambda draft: False,
}
QUICK = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.parametrize("code", NOT_HELD)
@QUICK
@given(many())
def test_drafts_of_every_kind_come_back_equal(code, many_drafts):
    form = FORMATS[code]
    written = form.write(many_drafts, PICTURES)
    held = [draft for draft in many_drafts if not NOT_HELD[code](draft)]
    assert {problem.code for problem in written.problems} <= {"not-held"}
    assert len(written.problems) == len(many_drafts) - len(held)
    back = form.read(f"a.{form.extensions[0]}", written.data, new_ids=derived_ids)
    assert [meaning(draft) for draft in back.drafts] == [meaning(draft) for draft in held]
    assert back.quarantined == ()
    assert set(back.pictures) <= set(PICTURES.items())


@pytest.mark.parametrize("code", NOT_HELD)
@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_is_among_what_is_drawn(code, kind):
    """A single plain question of each kind, so that no kind is held by luck alone."""

    @settings(max_examples=3, deadline=None, derandomize=True)
    @given(drafts(kinds=(kind,), text=plain(), parts=False))
    def one(draft):
        written = FORMATS[code].write([draft], {})
        assert len(written.problems) == NOT_HELD[code](draft)

    one()


@QUICK
@given(
    st.lists(
        drafts(kinds=(Kind.SINGLE,), text=plain().filter(lambda text: "." not in text and ")" not in text)),
        min_size=1,
        max_size=3,
    )
)
def test_aiken_gives_back_stem_options_and_answer(many_drafts):
    bare = [
        Draft(Question(Kind.SINGLE, d.question.stem, d.question.options), Key(options=d.key.options))
        for d in many_drafts
    ]
    written = aiken.write(bare, {})
    assert written.problems == ()
    back = aiken.read("a.txt", written.data, new_ids=derived_ids)
    assert [meaning(draft) for draft in back.drafts] == [meaning(draft) for draft in bare]


@QUICK
@given(st.text(max_size=60), st.sampled_from(sorted(NOT_HELD)))
def test_any_text_at_all_comes_back_or_is_reported(text, code):
    draft = Draft(
        Question(Kind.SHORT, text, material=text), Key(model_answer=text, explanation=text), text, text
    )
    written = FORMATS[code].write([draft], {})
    back = FORMATS[code].read(f"a.{FORMATS[code].extensions[0]}", written.data, new_ids=derived_ids)
    is_equal = [meaning(one) for one in back.drafts] == [meaning(draft)]
    assert is_equal != bool(written.problems)


@pytest.mark.parametrize("code", NOT_HELD)
def test_nothing_at_all_is_a_file_of_nothing(code):
    written = FORMATS[code].write([], {})
    assert FORMATS[code].read(f"a.{FORMATS[code].extensions[0]}", written.data).drafts == ()


@pytest.mark.parametrize("code", NOT_HELD)
@QUICK
@given(many(text=plain()))
def test_a_file_is_recognised_as_what_was_written(code, many_drafts):
    form = FORMATS[code]
    data = form.write(many_drafts, {}).data
    suffix = form.extensions[0]
    found = [
        one.code
        for one in EXCHANGE_FORMATS
        if suffix in one.extensions and one.recognises(f"a.{suffix}", data)
    ]
    if any(not NOT_HELD[code](draft) for draft in many_drafts):
        assert found[0] == code
