"""Embedded answers (Cloze) of Moodle: `{1:SHORTANSWER:=right~%50%half#feedback}` in a text, and back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from question_bank.formats.gathering import Item
from question_bank.formats.metadata import decimal
from question_bank.formats.rich import stripped
from question_bank.formats.unsupported import Unsupported
from question_bank.questions.model import BLANK_MARK

_HEAD = re.compile(r"\{\s{0,9}\d{0,9}\s{0,9}:\s{0,9}([A-Z_]{2,24})\s{0,9}:")
_REST = re.compile(r"((?:\\.|[^\\}])*)\}", re.DOTALL)
_WEIGHT = re.compile(r"%(-?\d{1,3}(?:\.\d+)?)%|(=)")
_SHORT = frozenset({"SHORTANSWER", "SA", "MW", "SHORTANSWER_C", "SAC", "MWC"})
_NUMERICAL = frozenset({"NUMERICAL", "NM"})
_ESCAPED = re.compile(r'([}#~/"\\])')
_MOST = 50


def opened(html: str, item: Item) -> tuple[str, list[list[str]]]:
    """The HTML with a blank for each embedded answer, and the accepted texts of each.

    Raises Unsupported where a part is more than a text to be entered.
    """
    accepted: list[list[str]] = []
    pieces: list[str] = []
    end = 0
    while (head := _HEAD.search(html, end)) and (rest := _REST.match(html, head.end())):
        if len(accepted) >= _MOST:
            raise Unsupported("too-many-answers", f"空位超过 {_MOST} 个。请拆分。")
        pieces += [html[end : head.start()], BLANK_MARK]
        end = rest.end()
        accepted.append(_accepted(head[1], rest[1], item))
    if not accepted:
        raise Unsupported("cloze-empty", "完形填空中没有可识别的空位。")
    return "".join([*pieces, html[end:]]), accepted


def code(accepted: Sequence[str]) -> str:
    """The embedded answer, as HTML, that takes these texts."""
    answers = "~".join("=" + _ESCAPED.sub(r"\\\1", text.replace("*", "\\*")) for text in accepted)
    return escape(f"{{1:SHORTANSWER:{answers}}}", quote=False)


def _accepted(kind: str, body: str, item: Item) -> list[str]:
    if kind not in _SHORT | _NUMERICAL:
        raise Unsupported("cloze-part-not-held", f"完形填空含有选择类小题（{kind}），不能作为填空题导入。")
    if kind.endswith("C") and kind in _SHORT:
        item.note("case-sensitive", "原题区分大小写，本系统的填空题按本系统的规则判分。")
    found: list[str] = []
    for answer in _split(body, "~"):
        weight = _WEIGHT.match(answer.strip())
        text = answer.strip()[weight.end() if weight else 0 :]
        text, *feedback = _split(text, "#")
        if feedback and feedback[0].strip():
            item.note("feedback-left-out", "逐个答案的反馈未保留。")
        text = stripped(re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL))
        points = 0.0 if weight is None else 100.0 if weight[2] else float(weight[1])
        if points >= 100:
            if kind in _NUMERICAL:
                text, _, tolerance = text.partition(":")
                if (decimal(tolerance.strip() or "0") or 0) != 0 or decimal(tolerance.strip() or "0") is None:
                    raise Unsupported(
                        "cloze-part-not-held", "完形填空含有带误差的数值小题，不能作为填空题导入。"
                    )
                text = text.strip()
            if kind in _SHORT and re.search(r"(?<!\\)\*", text):
                raise Unsupported("wildcard", "答案含有通配符 *，不能导入。请列出全部写法。")
            found.append(text.replace("\\*", "*"))
        elif points > 0:
            item.note("partial-credit", "部分得分的答案未导入，只保留满分答案。")
    return found


def _split(text: str, mark: str) -> list[str]:
    """The parts between unescaped marks."""
    return list(re.findall(rf"((?:\\.|[^\\{mark}])*)(?:{mark}|$)", text, re.DOTALL))[:-1] or [""]
