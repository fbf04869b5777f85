"""What the readers of exchange formats share: each piece of content gets a number and a fate, drafts are checked alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from question_bank.formats.cells import control_character
from question_bank.formats.html import Fragment
from question_bank.formats.imports import (
    LONGEST_RAW,
    Fate,
    Import,
    OptionIds,
    Outcome,
    Quarantined,
    Table,
    digest_of,
)
from question_bank.formats.limits import Limits, Unreadable
from question_bank.formats.marks import PICTURE
from question_bank.formats.media import Media
from question_bank.formats.soundness import faults
from question_bank.formats.texts import texts_of
from question_bank.formats.unsupported import Unsupported
from question_bank.outlines.tree import Outline, area_code
from question_bank.problems import Place, Problem, Severity
from question_bank.questions.model import Draft, Key, Question

TITLES = ("题库名称", "类型", "ID", "内容")
_COLUMNS = (("bank", 0), ("kind", 1), ("external_id", 2), ("stem", 3))
_NOT_WORD = re.compile(r"[\W_]+")
_LEFT_OUT = {
    "emphasis": "粗体、斜体、颜色等文字格式未保留，文字已保留。",
    "link": "链接地址未保留，文字已保留。",
    "list": "列表已改为逐行文字。",
    "cell-lines": "表格单元格内的换行已改为空格。",
    "cell-spans": "合并的表格单元格已拆开。",
}


@dataclass(slots=True)
class Item:
    """One piece of content while it is read.  kind: what it is in its own format, for people."""

    sheet: str
    row: int
    kind: str
    external_id: str = ""
    raw: str = ""
    bank: str = ""
    title: str = ""
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note(self, code: str, message: str) -> None:
        """Something was read otherwise than it stood: said on the draft and in the report."""
        if message not in self.notes:
            self.notes.append(message)
            self.warn(code, message)

    def warn(self, code: str, message: str) -> None:
        self.problems.append(Problem(Place(self.sheet, self.row), code, message, Severity.WARNING))

    def error(self, code: str, message: str) -> None:
        self.problems.append(Problem(Place(self.sheet, self.row), code, message))

    def text(self, fragment: Fragment) -> str:
        """The fragment's text; what was left out of it is noted."""
        for name in sorted(fragment.left_out):
            self.note(f"{name}-left-out", _LEFT_OUT[name])
        return fragment.text


class Gathering:
    """An import in the making."""

    def __init__(
        self,
        name: str,
        data: bytes,
        *,
        bank: str | None,
        outline: Outline | None,
        limits: Limits,
        new_ids: OptionIds,
    ) -> None:
        self.media = Media()
        self.limits = limits
        self._name, self._digest = name, digest_of(data)
        self._bank, self._new_ids = bank or "", new_ids
        self._points = frozenset(point.code for point in outline.points) if outline else frozenset()
        self._areas = frozenset(area.code for area in outline.walk()) if outline else None
        self._rows = 0
        self._drafts: list[Draft] = []
        self._fates: list[Fate] = []
        self._problems: list[Problem] = []
        self._quarantined: list[Quarantined] = []
        self._ids: dict[tuple[str, str], str] = {}
        self._stems: dict[tuple[str, str], str] = {}

    def item(self, sheet: str, kind: str, external_id: str = "", raw: str = "") -> Item:
        """The next piece of content.  Raises Unreadable above the limit of rows."""
        self._rows += 1
        if self._rows > self.limits.rows:
            raise Unreadable("too-many-rows", f"内容超过 {self.limits.rows} 项。请拆分成几个文件后分别上传。")
        return Item(sheet, self._rows, kind, external_id, raw)

    def option_ids(self, item: Item) -> Iterator[str]:
        """Option ids for one question."""
        new_id = self._new_ids(f"{item.bank}\x1f{item.external_id or f'{item.sheet}!{item.row}'}")
        while True:
            yield new_id()

    def accept(self, item: Item, question: Question, key: Key) -> None:
        """Check what was read as every format's drafts are checked; it becomes a draft, or is refused with the reason."""
        bank = item.bank or self._bank
        for code, message in faults(question, key):
            item.error(code, message)
        if question.kind.value in "DUWE" and not (question.numeric or question.parts or key.model_answer):
            item.warn("model-answer-missing", "没有参考答案。请在导入后补上评分用的参考答案。")
        texts = list(texts_of(question, key))
        if character := control_character("\n".join([*texts, bank, item.external_id])):
            item.error("control-character", f"文字含有不可见的控制字符 {character}。请删去后重新导入。")
        self._check_point(item, question.point)
        self._check_id(item, bank)
        if any(problem.is_error for problem in item.problems):
            self._close(item, Outcome.REFUSED, bank, question.stem)
            return
        folded = unicodedata.normalize("NFKC", _NOT_WORD.sub("", question.stem)).casefold()
        where = f"{item.sheet}!{item.row}"
        first = self._stems.setdefault((bank, folded), where)
        if first != where and folded:
            item.warn("stem-repeated", f"题干与 {first} 相同（不计标点和空格）。请确认不是重复的题。")
        draft = Draft(question, key, bank, item.external_id, item.sheet, item.row, tuple(item.notes))
        self._drafts.append(draft)
        self._close(item, Outcome.ACCEPTED, bank, question.stem)

    def quarantine(self, item: Item, reason: Unsupported) -> None:
        """Keep what a draft can't hold, with the reason."""
        message = f"{item.kind}已隔离：{reason.message}"
        item.warn(reason.code, message)
        self._quarantined.append(
            Quarantined(
                item.sheet,
                item.row,
                visible(item.external_id),
                reason.code,
                message,
                visible(item.raw[:LONGEST_RAW]),
            )
        )
        self._close(item, Outcome.QUARANTINED, item.bank or self._bank, item.title)

    def skip(self, item: Item, code: str, message: str) -> None:
        """Content that is no question: what became of it is said."""
        item.problems.append(Problem(Place(item.sheet, item.row), code, message, Severity.WARNING))
        self._close(item, Outcome.SKIPPED, item.bank, item.title)

    def used(self, item: Item) -> None:
        """Content that is no question and that found its place: nothing needs to be said."""
        self._close(item, Outcome.SKIPPED, item.bank, item.title)

    def warn(self, code: str, message: str, sheet: str | None = None) -> None:
        """A warning about the file as a whole, or about one of its parts."""
        self._problems.append(Problem(Place(sheet), code, message, Severity.WARNING))

    def close(self) -> Import:
        """The import."""
        if not self._drafts and not self._quarantined and not any(p.is_error for p in self._problems):
            self.warn("no-rows", "文件中没有可导入的试题。请检查导出的内容。")
        if any(not draft.bank for draft in self._drafts):
            self.warn("bank-missing", "有试题没有题库名称。请在导入时选定或填写题库名称。")
        if missing := sum(not draft.question.point for draft in self._drafts):
            self.warn("points-missing", f"有 {missing} 道试题没有认定点代码。请在导入后补上。")
        named = {
            match[2]
            for draft in self._drafts
            for text in texts_of(draft.question, draft.key)
            if "picture:" in text
            for match in PICTURE.finditer(text)
        }
        self.media.keep_only(named)
        sheets = dict.fromkeys(fate.sheet for fate in self._fates)
        return Import(
            self._name,
            tuple(self._drafts),
            tuple(self._fates),
            (*self._problems,),
            self._digest,
            tuple(dict.fromkeys(draft.bank for draft in self._drafts if draft.bank)),
            tuple(Table(sheet, 0, TITLES, _COLUMNS) for sheet in sheets),
            tuple(self._quarantined),
            tuple(self.media.found.items()),
        )

    def _check_point(self, item: Item, point: str) -> None:
        if not point or self._areas is None or point in self._points:
            return
        area = area_code(point)
        if area not in self._areas:
            item.error("area-not-in-outline", f"细目表中没有鉴定范围 {area}。请改正代码，或先补充细目表。")
        elif self._points:
            item.error("point-not-in-outline", f"细目表中没有认定点 {point}。请改正代码，或先补充细目表。")

    def _check_id(self, item: Item, bank: str) -> None:
        if item.external_id:
            where = f"{item.sheet}!{item.row}"
            first = self._ids.setdefault((bank, item.external_id), where)
            if first != where:
                item.error(
                    "id-repeated", f"ID {item.external_id[:60]} 在本题库中已用于 {first}。请改用新的 ID。"
                )

    def _close(self, item: Item, outcome: Outcome, bank: str, text: str) -> None:
        shown = " ".join(text.split())[:200]
        cells = tuple(map(visible, (bank, item.kind, item.external_id, shown)))
        codes = tuple(problem.code for problem in item.problems)
        self._fates.append(Fate(item.sheet, item.row, outcome, visible(item.external_id), codes, cells))
        self._problems.extend(replace(problem, message=visible(problem.message)) for problem in item.problems)


def visible(text: str) -> str:
    """Control characters as their pictures, so that a text can be shown and stored."""
    return "".join(
        chr(0x2400 + ord(character))
        if character < " " and character not in "\n\t"
        else "\u2421"
        if character == "\x7f"
        else "\ufffd"
        if character in "\ufffe\uffff" or "\ud800" <= character <= "\udfff"
        else character
        for character in text
    )
