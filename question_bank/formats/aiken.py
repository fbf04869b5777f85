"""Aiken: a line of text, lines `A. option`, a line `ANSWER: A`.  It holds 单选 only, and nothing beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from question_bank.formats import drafting
from question_bank.formats.export import Written
from question_bank.formats.gathering import Gathering
from question_bank.formats.imports import Import, OptionIds, derived_ids, random_ids
from question_bank.formats.limits import DEFAULT_LIMITS, MIB, Limits
from question_bank.formats.marks import PICTURE
from question_bank.formats.metadata import Metadata
from question_bank.formats.plain_text import lines_of
from question_bank.formats.returns import examined
from question_bank.formats.unsupported import Unsupported
from question_bank.formats.xml_parts import writable
from question_bank.outlines.tree import Outline
from question_bank.problems import Place, Problem, Severity
from question_bank.questions.kinds import Kind
from question_bank.questions.markup import has_formula, literal
from question_bank.questions.model import Draft, Key, Question, letter

_OPTION = re.compile(r"\s*([A-Za-z])[.)）．、]\s*(.*)")
_ANSWER = re.compile(r"\s*ANSWER\s*[:：]\s*(.*)", re.IGNORECASE)
_LETTERS = re.compile(r"[A-Za-z]")
_OWN_LIMITS = Limits(file_bytes=1024 * MIB, rows=1_000_000)


def recognises(name: str, data: bytes) -> bool:
    """Whether a text has a line `ANSWER: X`."""
    return re.search(rb"(?m)^[ \t]*ANSWER[ \t]*(?::|\xef\xbc\x9a)[ \t]*[A-Z]\s*$", data[:200_000]) is not None


def read(
    name: str,
    data: bytes,
    *,
    bank: str | None = None,
    outline: Outline | None = None,
    limits: Limits = DEFAULT_LIMITS,
    new_ids: OptionIds = random_ids,
) -> Import:
    """The questions of an Aiken file.  Raises Unreadable where it is no text."""
    lines = lines_of(name, data, limits)
    gathering = Gathering(name, data, bank=bank, outline=outline, limits=limits, new_ids=new_ids)
    gathered: list[str] = []
    for line in lines:
        if line.strip():
            gathered.append(line)
        if _ANSWER.match(line):
            _question(gathering, name, gathered)
            gathered = []
    if gathered:
        _question(gathering, name, gathered)
    return gathering.close()


def _question(gathering: Gathering, name: str, lines: list[str]) -> None:
    item = gathering.item(name, "单选题", raw="\n".join(lines))
    stem: list[str] = []
    options: list[str] = []
    answer = ""
    for line in lines:
        if match := _ANSWER.match(line):
            answer = match[1].strip()
        elif (
            (match := _OPTION.match(line))
            and ord(match[1].upper()) - 65 == len(options)
            and (stem or options)
        ):
            options.append(match[2].strip())
        elif options:
            options[-1] = f"{options[-1]}\n{line.strip()}"
        else:
            stem.append(line.strip())
    item.title = " ".join(stem)
    try:
        if not answer or not options:
            raise Unsupported(
                "aiken-incomplete", "缺少选项或 ANSWER 行。请按“题干、A. 选项、ANSWER: A”书写。"
            )
        place = ord(answer.upper()) - 65 if _LETTERS.fullmatch(answer) else -1
        if not 0 <= place < len(options):
            raise Unsupported("answer-without-option", f"没有选项 {answer[:20]}。请改正 ANSWER 行。")
        asked = drafting.choice(
            item,
            literal("\n".join(stem)),
            [literal(option) for option in options],
            [place],
            Metadata(),
            gathering.option_ids(item),
            several=False,
        )
    except Unsupported as reason:
        gathering.quarantine(item, reason)
        return
    gathering.accept(item, asked.as_question(), asked.key)


def write(drafts: Sequence[Draft], pictures: Mapping[str, bytes]) -> Written:
    """Aiken of the 单选 among these drafts.  What is not written, or left out of one, is said in the problems."""
    pieces: list[str] = []
    lost: list[Problem] = []
    for number, draft in enumerate(drafts, start=1):
        if why_not(draft):
            continue
        if _without(draft) != draft:
            message = f"试题 {draft.external_id or number}：Aiken 只存题干、选项和答案，其余（编号、认定点、解析等）未写入。"
            lost.append(Problem(Place(None, number), "not-held", message, Severity.WARNING))
        options = draft.question.options
        right = next(letter(place) for place, one in enumerate(options) if one.id in draft.key.options)
        listed = "".join(f"{letter(place)}. {_bare(one.content)}\n" for place, one in enumerate(options))
        pieces.append(f"{_bare(draft.question.stem)}\n{listed}ANSWER: {right}\n\n")
    data = writable("".join(pieces)).encode() or b"\n"
    written = examined(
        data,
        drafts,
        lambda made: read("aiken.txt", made, limits=_OWN_LIMITS, new_ids=derived_ids),
        held=why_not,
        reduced=_without,
    )
    return Written(written.data, (*lost, *written.problems))


def why_not(draft: Draft) -> str:
    """Why Aiken can't hold this draft; "" where it can."""
    question = draft.question
    if question.kind is not Kind.SINGLE or len(draft.key.options) != 1:
        return f"Aiken 只能存单选题，不能存{question.kind.label}。"
    texts = (question.stem, *(one.content for one in question.options))
    if any(PICTURE.search(text) for text in texts):
        return "Aiken 不能存放图片。"
    if any(has_formula(text) for text in texts):
        return "Aiken 不能存放公式。"
    lines = [line for text in texts for line in text.split("\n")]
    if not all(line.strip() for line in lines):
        return "Aiken 不能存放空行。"
    if any(_ANSWER.match(line) or _OPTION.match(line) for line in lines):
        return "有一行像 Aiken 的选项或答案行。请改写，或改用其他格式。"
    return ""


def _bare(text: str) -> str:
    """The text without the escapes of our markup, of which Aiken knows nothing."""
    return text.replace(r"\$", "$")


def _without(draft: Draft) -> Draft:
    question = Question(draft.question.kind, draft.question.stem, draft.question.options)
    return replace(
        draft, question=question, key=Key(options=draft.key.options), bank="", external_id="", notes=()
    )
