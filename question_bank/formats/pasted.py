"""A whole question that somebody pastes as text, split into its parts: stem, lettered options, 答案, 解析, 依据, 难度, 认定点.

The text comes from a word processor or a chat; nothing of it is thrown away: what belongs to no field stays in the stem.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from question_bank.formats import answers, codes
from question_bank.formats.cells import code_of
from question_bank.questions.kinds import Kind

_LABELS = {
    "answer": r"(?:正确|标准|参考)?答案(?:要点)?",
    "explanation": r"(?:答案)?解析|分析|说明",
    "source": r"依据|出处|来源|参考依据|法规依据",
    "difficulty": r"难度(?:系数|等级)?",
    "point": r"认定点|鉴定点|知识点|考点",
}
_LABEL = re.compile(
    r"^[ \t　]*[【\[（(]?(?:"
    + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _LABELS.items())
    + r")(?:[】\])）][ \t　]*[:：]?|[ \t　]*[:：])[ \t　]*"
)
_OPTION = re.compile(r"(?:(?<=[\s　])|^)[（(【]?([A-HＡ-Ｈ])[)）】]?[ \t　]*[.．、:：)）][ \t　]*")
_BRACKETED_OPTION = re.compile(r"(?:(?<=[\s　])|^)[（(]([A-HＡ-Ｈ])[)）][ \t　]*")
_NUMBER = re.compile(r"^[ \t　]*(?:第?\d{1,4}[题、.．)）][ \t　]*(?!\d))")
_KIND = re.compile(
    r"^[ \t　]*[【\[（(](单选|多选|判断|填空|简答|计算|论述|案例分析|综合)题?[】\])）][ \t　]*"
)
#: The answer inside the brackets of the stem: 应当（ B ）。
_ANSWER_IN_STEM = re.compile(
    r"[（(][ \t　]*([A-HＡ-Ｈ](?:[ \t　,，、]*[A-HＡ-Ｈ])*|√|×|对|错|正确|错误)[ \t　]*[)）]"
)


@dataclass(frozen=True, slots=True)
class Pasted:
    """The parts of a pasted question; "" or empty where the text has none.  answer: as written, for this kind to read."""

    stem: str
    options: tuple[str, ...] = ()
    answer: str = ""
    explanation: str = ""
    sources: tuple[str, ...] = ()
    difficulty: int | None = None
    point: str = ""


def looks_whole(text: str) -> bool:
    """Whether a text is more than a stem: it has lettered options from A, or an answer line."""
    found = split(text)
    return len(found.options) >= 2 or bool(found.answer)


def split(text: str, kind: Kind | None = None) -> Pasted:
    """The parts of the text.  kind: as which it is read; without options or 判断 the stem keeps what stands in brackets."""
    parts: dict[str, list[str]] = {"body": []}
    current = "body"
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        found = _LABEL.match(line)
        # "答案：B  解析：…" in one line is two parts.
        while found:
            current = found.lastgroup or "body"
            line = line[found.end() :]
            inner = re.search(
                r"[ \t　；;]+(?=[【\[]?(?:解析|依据|出处|难度|认定点|知识点)[】\]]?[ \t　]*[:：】\]])", line
            )
            piece = line[: inner.start()] if inner else line
            parts.setdefault(current, []).append(piece)
            if not inner:
                break
            line = line[inner.end() :]
            found = _LABEL.match(line)
        else:
            parts.setdefault(current, []).append(line)
    body = "\n".join(parts["body"]).strip()
    body = _NUMBER.sub("", _KIND.sub("", _NUMBER.sub("", body)))
    stem, options = _options(body)
    answer = "\n".join(parts.get("answer", [])).strip()
    if not answer and (kind is None or kind.has_options or kind is Kind.JUDGEMENT):
        stem, answer = _answer_in(stem, bool(options))
    difficulty = "".join(parts.get("difficulty", [])).strip()
    return Pasted(
        stem,
        options,
        answer,
        "\n".join(parts.get("explanation", [])).strip(),
        tuple(line.strip() for line in parts.get("source", []) if line.strip()),
        codes.difficulty_of(difficulty) if difficulty else None,
        code_of("".join(parts.get("point", [])).strip().split(" ")[0]) if parts.get("point") else "",
    )


def _options(body: str) -> tuple[str, tuple[str, ...]]:
    """The stem, and the options that stand behind it as A, B, C … without a gap."""
    for pattern in (_OPTION, _BRACKETED_OPTION):
        marks: list[re.Match[str]] = []
        for found in pattern.finditer(body):
            place = (ord(found[1]) - ord("A")) % (ord("Ａ") - ord("A"))
            if place == len(marks):
                marks.append(found)
        if len(marks) >= 2:
            ends = [found.start() for found in marks[1:]] + [len(body)]
            contents = tuple(
                body[found.end() : end].strip().rstrip("；;") for found, end in zip(marks, ends, strict=True)
            )
            return body[: marks[0].start()].strip(), contents
    return body, ()


def _answer_in(stem: str, has_options: bool) -> tuple[str, str]:
    found = list(_ANSWER_IN_STEM.finditer(stem))
    if len(found) != 1:
        return stem, ""
    written = found[0][1]
    if (answers.letters_of(written) is not None) != has_options:
        return stem, ""
    before, after = stem[: found[0].start()], stem[found[0].end() :]
    if has_options:
        return f"{before}（ ）{after}", written
    return (before + after).strip(), written
