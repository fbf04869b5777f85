"""What a writer should mend in a question before other people read it.

Errors keep a question from review: it could not be answered or scored.  Warnings are doubts of the craft: a person decides.
Sources: writing rules of the trade (判断 is one complete declarative sentence; 选择 is a complete statement with one best
answer; 多选 has at least two) and T. Haladyna, S. Downing & M. Rodriguez, "A review of multiple-choice item-writing
guidelines", Applied Measurement in Education 15 (2002).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from question_bank.problems import NOWHERE, Problem, Severity
from question_bank.questions import markup, wording
from question_bank.questions.kinds import Kind
from question_bank.questions.model import BLANK_MARK, Key, Option, Part, Question, letter
from question_bank.questions.similarity import near_duplicates, normalised

__all__ = ["Finding", "check", "near_duplicates", "part_kinds"]

#: A right option this many times as long as the longest wrong one, and so many characters longer, gives itself away.
MUCH_LONGER = 1.5
LONGER_BY = 6
#: Answers shorter than this stand in many stems by chance.
TELLING = 2
LONGEST_BLANK = 200


@dataclass(frozen=True, slots=True)
class Finding(Problem):
    """A problem of one field: stem, options, right (key of any kind), material, parts, point, difficulty, sources.

    part: which 小题 it is about, from 0; None = the question as a whole.
    """

    field: str = "stem"
    part: int | None = None


def check(question: Question, key: Key) -> list[Finding]:
    """Everything doubtful or wrong, in the order of the form: the question, its parts, what it is filed under."""
    found: list[Finding] = []
    if question.material:
        found += _markup(question.material, "material")
    if question.parts:
        found += _markup(question.stem, "stem")
        if not question.stem.strip() and not question.material.strip():
            found.append(_error("stem-empty", "题干和材料都是空的。请先写明案情或材料。"))
        found += _parts(question, key)
    else:
        found += _answerable(question, key)
    return found + _filing(question)


def part_kinds() -> tuple[Kind, ...]:
    """Kinds that a 小题 may have: those without parts of their own."""
    return tuple(kind for kind in Kind if kind not in (Kind.CASE, Kind.COMPOUND))


# ---- what is answered ----


def _answerable(one: Question | Part, key: Key) -> list[Finding]:
    found = _markup(one.stem, "stem")
    if not wording.words(one.stem):
        found.append(_error("stem-empty", "题干是空的。请填写题干。"))
    else:
        found += _stem(one)
    if one.kind.has_options:
        found += _choice(one.kind, one.stem, one.options, key)
    elif one.kind is Kind.JUDGEMENT:
        found += _judgement(one.stem, key)
    elif one.kind is Kind.BLANK:
        found += _blanks(one.stem, key)
    elif one.kind is Kind.CALCULATION and one.numeric:
        found += _number(key)
    elif not key.model_answer.strip():
        found.append(_error("answer-missing", "没有参考答案。请写出评分用的参考答案和评分要点。", "right"))
    if key.model_answer:
        found += _markup(key.model_answer, "right")
    return found


def _stem(one: Question | Part) -> list[Finding]:
    found = []
    if phrase := wording.double_negation(one.stem):
        found.append(
            _warn(
                "double-negation",
                f"题干有双重否定“{phrase}”，容易误读。请改成肯定的说法，或只留一处否定。",
            )
        )
    elif one.kind.has_options and (phrase := wording.negative_question(one.stem)):
        found.append(
            _warn(
                "negative-stem",
                f"这是反向提问（“{phrase}”）。能正面问就正面问；若要保留，请确认考生不会看漏“{phrase[0]}”。",
            )
        )
    return found


def _choice(kind: Kind, stem: str, options: Sequence[Option], key: Key) -> list[Finding]:
    found: list[Finding] = []
    for place, option in enumerate(options):
        found += _markup(option.content, "options", f"选项 {letter(place)}：")
    written = [option for option in options if option.content.strip()]
    if len(written) < len(options):
        empty = "、".join(letter(place) for place, option in enumerate(options) if not option.content.strip())
        found.append(_error("option-empty", f"选项 {empty} 是空的。请填写或删去。", "options"))
    if len(written) < 2:
        found.append(_error("options-too-few", "至少要有两个选项。请补上选项。", "options"))
    found += _same_options(options)
    for place, option in enumerate(options):
        if phrase := wording.about_all_options(option.content):
            found.append(
                _warn(
                    "option-about-options",
                    f"选项 {letter(place)}“{phrase}”说的是别的选项：选项会打乱次序，考生也容易猜中。请换成一个具体的选项。",
                    "options",
                )
            )
    found += _right_options(kind, options, key)
    right = [option for option in options if option.id in key.options]
    if kind is Kind.SINGLE and len(right) == 1:
        found += _telling(stem, options, right[0])
    return found


def _right_options(kind: Kind, options: Sequence[Option], key: Key) -> list[Finding]:
    known = {option.id for option in options}
    count = len(key.options & known)
    if key.options - known:
        return [_error("answer-without-option", "正确答案不在选项之中。请重新标出正确的选项。", "right")]
    if not count:
        return [_error("answer-missing", "没有标出正确答案。请在正确的选项旁标出。", "right")]
    if kind is Kind.SINGLE and count > 1:
        return [
            _error(
                "single-several-right",
                f"单选题只能有一个正确答案，现在标了 {count} 个。请只留一个，或改用多选题。",
                "right",
            )
        ]
    if kind is Kind.MULTIPLE and count < 2:
        return [_error("multiple-one-right", "多选题至少有两个正确答案。请补标，或改用单选题。", "right")]
    if kind is Kind.MULTIPLE and count == len(options):
        return [
            _warn(
                "multiple-all-right",
                "所有选项都是正确的，全选就能得分。请至少加一个有迷惑性的错误选项。",
                "right",
            )
        ]
    return []


def _same_options(options: Sequence[Option]) -> list[Finding]:
    places: dict[str, list[int]] = {}
    for place, option in enumerate(options):
        text = wording.folded(option.content)
        if text:
            places.setdefault(text, []).append(place)
    return [
        _error(
            "options-same",
            f"选项 {'、'.join(letter(place) for place in same)} 相同（不计标点、空格和全半角）。请改写其中一个。",
            "options",
        )
        for same in places.values()
        if len(same) > 1
    ]


def _telling(stem: str, options: Sequence[Option], right: Option) -> list[Finding]:
    """The right option can be found without knowing anything."""
    found = []
    others = [len(wording.words(o.content)) for o in options if o.id != right.id and o.content.strip()]
    size = len(wording.words(right.content))
    if others and size >= MUCH_LONGER * max(others) and size - max(others) >= LONGER_BY:
        found.append(
            _warn(
                "longest-option",
                f"正确选项（{size} 字）比其他选项（最长 {max(others)} 字）长得多，容易被猜中。请让各选项长短相近。",
                "options",
            )
        )
    answer = normalised(right.content)
    if (
        len(answer) > TELLING
        and answer in normalised(stem)
        and not any(normalised(o.content) in normalised(stem) for o in options if o.id != right.id)
    ):
        found.append(
            _warn("answer-in-stem", f"正确选项“{right.content[:20]}”在题干里出现了。请改写题干。", "stem")
        )
    return found


def _judgement(stem: str, key: Key) -> list[Finding]:
    found: list[Finding] = []
    if key.truth is None:
        found.append(_error("answer-missing", "没有标明对错。请选择正确或错误。", "right"))
    if wording.is_question(stem):
        found.append(
            _warn("judgement-question", "判断题应是一句完整的陈述，现在是问句。请改成陈述句，不要留括号。")
        )
    elif wording.holds_two_statements(stem):
        found.append(
            _warn("judgement-two-statements", "这道判断题有两个以上的论断，对错可能不一。请只留一个论断。")
        )
    if phrase := wording.absolute_word(stem):
        found.append(
            _warn(
                "absolute-word",
                f"“{phrase}”这样的绝对说法常被当作“错误”的记号。请确认依据原文确是如此，否则换一种说法。",
            )
        )
    return found


def _blanks(stem: str, key: Key) -> list[Finding]:
    count = stem.count(BLANK_MARK)
    if not count:
        return [_error("blank-missing", f"题干没有空位。请用四个下划线 {BLANK_MARK} 标出每个空。")]
    found: list[Finding] = []
    if len(key.blanks) != count:
        found.append(
            _error(
                "blanks-differ",
                f"题干有 {count} 个空，答案有 {len(key.blanks)} 个。请逐空填写答案。",
                "right",
            )
        )
    for place, accepted in enumerate(key.blanks, start=1):
        if not any(text.strip() for text in accepted):
            found.append(_error("blank-without-answer", f"第 {place} 空没有答案。请填写。", "right"))
        for text in accepted:
            if len(text) > LONGEST_BLANK:
                found.append(
                    _error(
                        "blank-too-long",
                        f"第 {place} 空的答案超过 {LONGEST_BLANK} 字，考生填不下。请缩短或改用简答题。",
                        "right",
                    )
                )
            elif len(normalised(text)) > TELLING and normalised(text) in normalised(stem):
                found.append(
                    _warn("answer-in-stem", f"第 {place} 空的答案“{text[:20]}”在题干里出现了。请改写题干。")
                )
    if stem.lstrip().startswith(BLANK_MARK):
        found.append(_warn("blank-first", "空位在句首，考生要读完全句才知道问什么。请把空位移到句中或句末。"))
    places = [place for group in key.any_order for place in group]
    if any(not 0 <= place < count for place in places) or len(set(places)) != len(places):
        found.append(
            _error(
                "order-groups-wrong",
                "可互换次序的空位编号不对：编号须在空位数之内，一个空只能在一组。",
                "right",
            )
        )
    if any(len(group) < 2 for group in key.any_order):
        found.append(_error("order-groups-wrong", "可互换次序的一组至少要有两个空。", "right"))
    return found


def _number(key: Key) -> list[Finding]:
    quantity = key.quantity
    if quantity is None:
        return [_error("quantity-missing", "数值作答的计算题没有标准数值。请填写数值和允许误差。", "right")]
    found: list[Finding] = []
    if quantity.tolerance < 0:
        found.append(_error("tolerance-negative", "允许误差不能是负数。请改正。", "right"))
    exponent = quantity.value.as_tuple().exponent
    if quantity.tolerance == 0 and isinstance(exponent, int) and exponent < 0:
        found.append(
            _warn(
                "tolerance-zero",
                f"标准数值 {quantity.value} 带小数而允许误差为 0：考生多保留一位就判错。请给出允许误差。",
                "right",
            )
        )
    if any(factor <= 0 for _unit, factor in quantity.units):
        found.append(_error("unit-factor", "其他单位的换算系数必须大于 0。请改正。", "right"))
    if quantity.unit_required and not quantity.unit:
        found.append(
            _error("unit-missing", "要求考生写单位，但没有给出单位。请填写单位或取消要求。", "right")
        )
    return found


# ---- parts and filing ----


def _parts(question: Question, key: Key) -> list[Finding]:
    found: list[Finding] = []
    if question.kind not in (Kind.CASE, Kind.COMPOUND):
        found.append(
            _error(
                "parts-not-allowed", f"{question.kind.label}不能有小题。请改用案例分析题或综合题。", "parts"
            )
        )
    if len(key.parts) != len(question.parts):
        return [
            *found,
            _error(
                "parts-differ",
                f"有 {len(question.parts)} 个小题，却有 {len(key.parts)} 个小题的答案。请逐题给出答案。",
                "parts",
            ),
        ]
    for place, (part, answer) in enumerate(zip(question.parts, key.parts, strict=True)):
        own: list[Finding] = []
        if part.kind not in part_kinds() or answer.parts:
            own.append(_error("part-nested", "小题不能再含小题。请把它拆成并列的小题。"))
        else:
            own += _answerable(part, answer)
        if part.share < 1:
            own.append(_error("part-share", "分值份额至少为 1。请改正。", "share"))
        found += [replace(one, part=place, message=f"第 {place + 1} 小题：{one.message}") for one in own]
    for before, after in pairwise(enumerate(wording.folded(part.stem) for part in question.parts)):
        if after[1] and before[1] == after[1]:
            found.append(
                replace(
                    _warn(
                        "parts-same",
                        f"第 {before[0] + 1} 与第 {after[0] + 1} 小题的题干相同。请改写其中一个。",
                    ),
                    part=after[0],
                )
            )
    return found


def _filing(question: Question) -> list[Finding]:
    found: list[Finding] = []
    if question.kind is Kind.COMPOUND and not question.parts:
        found.append(_warn("parts-missing", "综合题没有小题。请添加小题，或改用简答题、论述题。", "parts"))
    if not question.point.strip():
        found.append(_error("point-missing", "没有认定点。请选择试题对应的认定点。", "point"))
    if question.difficulty is None:
        found.append(_warn("difficulty-missing", "没有难度。请估计难度（1 很简单 … 5 很难）。", "difficulty"))
    if not any(source.strip() for source in question.sources):
        found.append(
            _warn("source-missing", "没有依据。请写明法规条款、标准条文或教材页码，一行一条。", "sources")
        )
    if question.stimulus and not question.material.strip():
        found.append(
            _warn("material-missing", "填了题组代码却没有共用材料。请填写材料，或删去题组代码。", "material")
        )
    return found


def _markup(text: str, field: str, before: str = "") -> list[Finding]:
    return [
        Finding(one.place, one.code, before + one.message, one.severity, field)
        for one in markup.problems(text)
    ]


def _error(code: str, message: str, field: str = "stem") -> Finding:
    return Finding(NOWHERE, code, message, Severity.ERROR, field)


def _warn(code: str, message: str, field: str = "stem") -> Finding:
    return Finding(NOWHERE, code, message, Severity.WARNING, field)
