"""Whether a question and its key, read from another system, fit together; the same codes as for rows of a workbook."""

from __future__ import annotations

from collections.abc import Iterator

from question_bank.questions.kinds import Kind
from question_bank.questions.model import Key, Part, Question

#: Letters A to Z are what a paper can print before options.
MOST_OPTIONS = 26
MOST_PARTS = 50
MOST_BLANKS = 50
MOST_ACCEPTED = 100


def faults(question: Question, key: Key) -> Iterator[tuple[str, str]]:
    """(code, sentence) for everything that keeps the question out."""
    if not question.stem.strip():
        yield "stem-missing", "题干为空。请填写题干。"
    if len(question.parts) != len(key.parts):
        yield "parts-differ", "小题与答案的数目不一致。请改正后重新导入。"
        return
    if question.parts:
        for number, (part, answer) in enumerate(zip(question.parts, key.parts, strict=True), start=1):
            if not part.stem.strip():
                yield "stem-missing", f"第 {number} 小题没有题干。请填写。"
            for code, sentence in _of_one(part, answer):
                yield code, f"第 {number} 小题：{sentence}"
        return
    yield from _of_one(question, key)


def _of_one(one: Question | Part, key: Key) -> Iterator[tuple[str, str]]:
    if one.kind.has_options:
        yield from _of_choice(one, key)
    elif one.kind is Kind.JUDGEMENT and key.truth is None:
        yield "answer-missing", "没有正确答案。请在原系统中设定“正确”或“错误”。"
    elif one.kind is Kind.BLANK:
        if not one.blanks:
            yield "blank-missing", "填空题的题干里没有空位。请用 ____ 标出每个空。"
        elif one.blanks != len(key.blanks):
            yield "blank-count-differs", f"题干有 {one.blanks} 个空，答案有 {len(key.blanks)} 份。请改正。"
        elif not all(accepted and all(text.strip() for text in accepted) for accepted in key.blanks):
            yield "answer-missing", "有空位没有正确答案。请补上。"
    elif one.numeric and key.quantity is None:
        yield "answer-missing", "没有数值答案。请补上。"


def _of_choice(one: Question | Part, key: Key) -> Iterator[tuple[str, str]]:
    contents = [option.content for option in one.options]
    if len(contents) < 2:
        yield "too-few-options", f"{one.kind.label}只有 {len(contents)} 个选项。请至少填写两个选项。"
    if len(set(contents)) != len(contents):
        yield "option-repeated", "有两个选项相同。请改正选项。"
    if any(not content.strip() for content in contents):
        yield "option-missing", "有选项是空的。请填写或删去。"
    if not key.options:
        yield "answer-missing", "没有正确答案。请在原系统中设定正确选项。"
    elif one.kind is Kind.SINGLE and len(key.options) > 1:
        yield "single-with-several-answers", f"单选题有 {len(key.options)} 个答案。请只留一个。"
    elif one.kind is Kind.MULTIPLE and len(key.options) < 2:
        yield "multiple-with-one-answer", "多选题只有一个答案。请补上其余答案，或改为单选题。"
