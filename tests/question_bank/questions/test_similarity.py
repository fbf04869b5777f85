"""Near-duplicate stems: what is near, what is not, and how quickly a large bank is asked."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from question_bank.questions.similarity import SHORT, StemIndex, near_duplicates, normalised, similarity

STEM = "单位内部治安保卫工作应当贯彻预防为主、单位负责、突出重点、保障安全的（ ）。"
CHARACTERS = "保卫管理员单位内部治安消防门禁巡逻值守应急预案演练重点部位视频监控报警系统人员车辆检查记录制度责任安全防范"

texts = st.text(st.sampled_from(CHARACTERS + "（），。 _Ａa1１"), max_size=60)


@pytest.mark.parametrize(
    "other",
    [
        "单位内部治安保卫工作应当贯彻预防为主、单位负责、突出重点、保障安全的____。",
        "单位内部治安保卫工作应当贯彻“预防为主，单位负责，突出重点，保障安全”的方针是（　　）",
        "企业事业单位内部治安保卫工作应当贯彻预防为主、单位负责、突出重点、保障安全的（ ）。",
    ],
)
def test_the_same_sentence_with_small_changes_is_near(other: str) -> None:
    assert [name for name, _value in near_duplicates(STEM, [("一", other)])] == ["一"]


@pytest.mark.parametrize(
    "other",
    [
        "治安保卫重点单位应当确定本单位的治安保卫重要部位，并按照有关标准设置必要的技术防范设施（ ）。",
        "保卫管理员在巡逻中发现火情，首先应当（ ）。",
        "安全",
        "",
    ],
)
def test_another_sentence_is_not(other: str) -> None:
    assert near_duplicates(STEM, [("一", other)]) == []


def test_width_case_punctuation_blanks_and_pictures_do_not_count() -> None:
    assert normalised("ＧＢ／Ｔ 28181 规定：____。") == normalised("gb/t28181规定（  ）")
    digest = "a" * 64
    assert normalised(f"看图![门禁](picture:{digest})回答") == "看图门禁回答"


def test_short_stems_are_near_only_where_they_are_the_same() -> None:
    found = near_duplicates("什么是门禁？", [(1, "什么是门禁"), (2, "什么是门岗？"), (3, "什么是门禁系统？")])
    assert found == [(1, 1.0)]
    assert len(normalised("什么是门禁？")) < SHORT


def test_the_nearest_comes_first_and_a_limit_cuts_the_rest() -> None:
    others = [
        (1, STEM.replace("保障安全的", "保障单位和全体员工安全的")),
        (2, STEM),
        (3, STEM.replace("贯彻", "坚持")),
    ]
    found = near_duplicates(STEM, others)
    assert [name for name, _value in found] == [2, 3, 1]
    assert StemIndex(others).near(STEM, limit=1) == [(2, 1.0)]


def test_stems_that_are_added_later_are_found() -> None:
    index: StemIndex[int] = StemIndex([(0, STEM)])
    for number in range(1, 40):
        index.add([(number, f"第{number}号岗位的值守人员在交接班时应当记录的事项是（ ）。")])
    assert len(index) == 40
    assert index.near(STEM) == [(0, 1.0)]
    assert index.near("第7号岗位的值守人员在交接班时应当记录的事项是（ ）。")[0] == (7, 1.0)


@given(texts, texts)
def test_similarity_is_symmetric_and_between_0_and_1(one: str, other: str) -> None:
    value = similarity(one, other)
    assert value == similarity(other, one)
    assert 0 <= value <= 1


@given(texts)
def test_a_stem_is_as_near_as_can_be_to_itself(stem: str) -> None:
    assert similarity(stem, stem) == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(texts, max_size=12), texts, st.sampled_from([0.3, 0.5, 0.75, 1.0]))
def test_the_index_finds_exactly_what_comparing_each_finds(
    stems: list[str], wanted: str, threshold: float
) -> None:
    expected = {
        place: similarity(wanted, stem)
        for place, stem in enumerate(stems)
        if normalised(wanted) and similarity(wanted, stem) >= threshold
    }
    found = dict(StemIndex(enumerate(stems)).near(wanted, threshold))
    assert found == pytest.approx(expected)


def test_a_threshold_outside_its_range_is_refused() -> None:
    with pytest.raises(ValueError, match="threshold"):
        StemIndex([(1, STEM)]).near(STEM, 0)


def test_one_stem_against_a_hundred_thousand_takes_less_than_a_third_of_a_second() -> None:
    draw = random.Random(5)
    stems = ["".join(draw.choices(CHARACTERS, k=draw.randint(15, 45))) for _place in range(100_000)]
    index = StemIndex(enumerate(stems))
    wanted = stems[77_777][:-1] + "岗"
    times = []
    for _turn in range(3):
        start = time.perf_counter()
        found = index.near(wanted)
        times.append(time.perf_counter() - start)
    assert found[0][0] == 77_777
    assert min(times) < 0.3
