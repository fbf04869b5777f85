"""The key of a row, by kind: the right options, the truth, the accepted texts; and what is wrong with them."""

from __future__ import annotations

from question_bank.formats import answers
from question_bank.formats.row import OPTION_FIELDS, Row
from question_bank.questions.kinds import Kind
from question_bank.questions.model import BLANK_MARK


def choice(one: Row, kind: Kind, contents: list[str], letters: str) -> tuple[list[str], list[int]]:
    """The options as they enter the bank, and which of them are right.  letters: the columns that hold an option."""
    if len(letters) < 2:
        one.error(
            OPTION_FIELDS[0],
            "too-few-options",
            f"{kind.label}只有 {len(letters)} 个选项。请至少填写两个选项。",
        )
    elif letters != "ABCDEFGH"[: len(letters)]:
        one.warn(
            OPTION_FIELDS[len(letters) - 1],
            "option-gap",
            f"选项不连续（{'、'.join(letters)}），导入后依次排为 A 起。",
        )
    options = [content for content in contents if content]
    if len(set(options)) < len(options):
        place = next(place for place, content in enumerate(options) if content in options[:place])
        field = OPTION_FIELDS[ord(letters[place]) - 65]
        one.error(field, "option-repeated", f"选项 {letters[place]} 与前面的选项相同。请改正选项。")
    text = one.text("answer")
    if not text:
        one.error("answer", "answer-missing", "没有正确答案。请填写答案字母，如 A 或 A,B。")
        return options, []
    chosen = answers.letters_of(text)
    if chosen is None and text in contents:
        chosen = chr(65 + contents.index(text))
    if chosen is None:
        one.error(
            "answer", "answer-not-understood", f"看不懂答案“{text[:20]}”。请填写答案字母，如 A 或 A,B。"
        )
        return options, []
    distinct = set(chosen)
    if not distinct.issubset(letters):
        missing = sorted(distinct.difference(letters))
        span = f"{letters[0]}–{letters[-1]}" if letters else "已有选项"
        one.error(
            "answer",
            "answer-without-option",
            f"没有选项 {'、'.join(missing)}。请改为 {span}，或补上选项 {'、'.join(missing)}。",
        )
        return options, []
    if len(distinct) != len(chosen):
        one.warn("answer", "answer-repeated", f"答案“{text[:20]}”中有重复字母，已合并。")
    if kind is Kind.SINGLE and len(distinct) > 1:
        one.error(
            "answer",
            "single-with-several-answers",
            f"单选题有 {len(distinct)} 个答案。请只留一个，或把题型改为 G（多选题）。",
        )
    if kind is Kind.MULTIPLE and len(distinct) < 2:
        one.error(
            "answer",
            "multiple-with-one-answer",
            "多选题只有一个答案。请补上其余答案，或把题型改为 B（单选题）。",
        )
    return options, [letters.index(letter) for letter in distinct]


def truth(one: Row, contents: list[str]) -> bool | None:
    """正确 or 错误, also by the letter of one of two options; None where that is not clear."""
    text = one.text("answer")
    meanings = [answers.truth_of(content) if content else None for content in contents]
    given = [meaning for content, meaning in zip(contents, meanings, strict=True) if content]
    if given and sorted(map(str, given)) != ["False", "True"]:
        one.error(
            OPTION_FIELDS[0],
            "judgement-options",
            "判断题的选项只能是“正确”和“错误”。请清空选项，或改正题型。",
        )
        return None
    if not text:
        one.error("answer", "answer-missing", "没有正确答案。请填写“正确”或“错误”。")
        return None
    if (
        given
        and (letter := answers.letters_of(text))
        and len(letter) == 1
        and ord(letter) - 65 < len(contents)
    ):
        by_letter = meanings[ord(letter) - 65]
        if by_letter is not None:
            return by_letter
    meaning = answers.truth_of(text)
    if meaning is None:
        one.error("answer", "answer-not-understood", f"看不懂判断题答案“{text[:20]}”。请填写“正确”或“错误”。")
    return meaning


def blanks(one: Row, stem: str) -> tuple[tuple[str, ...], ...]:
    """What each blank of the stem accepts; empty where the answers don't fit the blanks."""
    count = stem.count(BLANK_MARK)
    text = one.text("answer")
    if not count:
        one.error("stem", "blank-missing", "填空题的题干里没有空位。请用 ____ 标出每个空。")
    elif not text:
        one.error("answer", "answer-missing", "没有正确答案。请按空位顺序填写，用“、”分隔。")
    else:
        accepted = answers.blanks_of(text, count)
        if accepted is None:
            one.error(
                "answer",
                "blank-count-differs",
                f"题干有 {count} 个空，答案份数与之不符。请用“、”把 {count} 个答案分开。",
            )
            return ()
        if answers.has_plain_slash(text):
            one.warn(
                "answer",
                "slash-kept",
                "答案中字母或数字之间的“/”按原文保留。如表示两种写法都对，请改用“|”。",
            )
        return accepted
    return ()
