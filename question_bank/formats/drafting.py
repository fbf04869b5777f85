"""From what a question of another system asks and takes as right, to a question and a key of one of our kinds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from question_bank.formats.answers import truth_of
from question_bank.formats.gathering import Item
from question_bank.formats.metadata import Metadata
from question_bank.formats.soundness import MOST_ACCEPTED, MOST_BLANKS, MOST_OPTIONS
from question_bank.formats.unsupported import Unsupported
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Key, Option, Part, Quantity, Question, make_options

_WRITTEN = frozenset({Kind.SHORT, Kind.CALCULATION, Kind.ESSAY, Kind.CASE, Kind.COMPOUND})


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing asked: its kind, what belongs to it, and its key."""

    kind: Kind
    stem: str
    key: Key
    options: tuple[Option, ...] = ()
    numeric: bool = False

    def as_part(self, share: int) -> Part:
        return Part(self.kind, self.stem, self.options, self.numeric, share)

    def as_question(self, material: str = "") -> Question:
        return Question(self.kind, self.stem, self.options, numeric=self.numeric, material=material)


def choice(
    item: Item,
    stem: str,
    contents: Sequence[str],
    right: Sequence[int],
    said: Metadata,
    new_ids: Iterator[str],
    *,
    several: bool,
    explanation: str = "",
) -> Asked:
    """单选, 多选, or 判断 where the two options are 正确 and 错误 and nothing says that it is a choice.

    right: places of the right options.  several: whether its system lets several be chosen.
    """
    if len(contents) > MOST_OPTIONS:
        raise Unsupported(
            "too-many-options", f"有 {len(contents)} 个选项，超过上限 {MOST_OPTIONS} 个。请减少选项。"
        )
    truths = [truth_of(content) for content in contents]
    if (
        said.kind in (None, Kind.JUDGEMENT)
        and not several
        and len(right) == 1
        and sorted(map(str, truths)) == ["False", "True"]
    ):
        return Asked(Kind.JUDGEMENT, stem, Key(truth=truths[right[0]], explanation=explanation))
    kind = Kind.MULTIPLE if several else Kind.SINGLE
    if several and len(right) == 1 and said.kind is not Kind.MULTIPLE:
        kind = Kind.SINGLE
        item.note("multiple-with-one-answer", "原题可多选，但只有一个正确选项，已作为单选题导入。")
    differs(item, said, frozenset({kind}))
    options = make_options(list(contents), lambda: next(new_ids))
    key = Key(options=frozenset(options[place].id for place in right), explanation=explanation)
    return Asked(kind, stem, key, options)


def judgement(item: Item, stem: str, truth: bool, said: Metadata, explanation: str = "") -> Asked:
    """判断."""
    differs(item, said, frozenset({Kind.JUDGEMENT}))
    return Asked(Kind.JUDGEMENT, stem, Key(truth=truth, explanation=explanation))


def blanks(
    item: Item, stem: str, accepted: Sequence[Sequence[str]], said: Metadata, explanation: str = ""
) -> Asked:
    """填空.  accepted: for each blank of the stem the texts that are right."""
    if len(accepted) > MOST_BLANKS or any(len(texts) > MOST_ACCEPTED for texts in accepted):
        raise Unsupported(
            "too-many-answers", f"空位超过 {MOST_BLANKS} 个，或一个空的答案超过 {MOST_ACCEPTED} 种。请拆分。"
        )
    differs(item, said, frozenset({Kind.BLANK}))
    texts = tuple(tuple(dict.fromkeys(one)) for one in accepted)
    key = Key(blanks=texts, explanation=explanation, any_order=said.order_for(len(texts)))
    return Asked(Kind.BLANK, stem, key)


def number(item: Item, stem: str, quantity: Quantity, said: Metadata, explanation: str = "") -> Asked:
    """计算 that is answered by a number."""
    differs(item, said, frozenset({Kind.CALCULATION}))
    key = Key(quantity=said.quantity_for(quantity), explanation=explanation)
    return Asked(Kind.CALCULATION, stem, key, numeric=True)


def written(item: Item, stem: str, model_answer: str, said: Metadata, explanation: str = "") -> Asked:
    """A text that people mark: of the kind that was said, else 简答."""
    differs(item, said, _WRITTEN)
    kind = said.kind if said.kind in _WRITTEN else Kind.SHORT
    return Asked(kind, stem, Key(model_answer=model_answer, explanation=explanation))


def differs(item: Item, said: Metadata, fitting: frozenset[Kind]) -> None:
    """Note where the kind that travelled beside the question is not one that its content can be."""
    if said.kind is not None and said.kind not in fitting:
        item.note("kind-differs", f"标注的题型“{said.kind.label}”与内容不符，已按内容确定题型。")


def decimal_text(number: Decimal) -> str:
    """The number without an exponent."""
    return format(number, "f")
