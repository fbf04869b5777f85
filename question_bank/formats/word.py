"""The 国标 item format in a Word document, read into drafts.

    A-B-A-001  B  3  5      鉴定点代码  题型  难度  一致性
    {A}题干                 over as many paragraphs as it takes, with tables, pictures and formulas
    （A）选项A … （E）选项E
    {B}答案

Paragraphs are counted through the document, tables as one each; that number is the row of every fate and problem.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from question_bank.formats import pictures
from question_bank.formats.cells import code_of, visible
from question_bank.formats.codes import kind_of
from question_bank.formats.containers import open_document_archive
from question_bank.formats.headings import Column
from question_bank.formats.imports import (
    LONGEST_RAW,
    Fate,
    Import,
    OptionIds,
    Outcome,
    Quarantined,
    Table,
    digest_of,
    random_ids,
)
from question_bank.formats.limits import DEFAULT_LIMITS, Limits, Unreadable
from question_bank.formats.row import OPTION_FIELDS
from question_bank.formats.rows import RowReader
from question_bank.formats.sheets import Sheet
from question_bank.formats.twin import with_outline_warning
from question_bank.formats.word_text import SHEET, Block, Body
from question_bank.outlines.tree import Outline
from question_bank.problems import NOWHERE, Place, Problem, Severity
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Draft

#: What an item consists of, as the preview names it.
COLUMNS = (
    Column("point", "鉴定点代码"),
    Column("kind", "题型"),
    Column("difficulty", "难度"),
    Column("consistency", "一致性"),
    Column("stem", "{A}题干"),
    *(Column(field_name, f"（{field_name[-1].upper()}）") for field_name in OPTION_FIELDS),
    Column("answer", "{B}答案"),
    Column("external_id", "ID"),
)
_INDEX = {column.field: index for index, column in enumerate(COLUMNS)}
_CODE = re.compile(r"(?:[A-Z]-){1,6}\d{1,4}(?:-\d{1,4})?")
_SIX_PARTS = re.compile(r"-\d{1,4}-\d{1,4}$")
_LONGEST_CODE_LINE = 80
_MARK = re.compile(r"\s*[{｛]\s*([ABＡＢ])\s*[}｝][ \t\u3000]*")
_OPTION = re.compile(r"\s*[（(]\s*([A-HＡ-Ｈ])\s*[)）][ \t\u3000]*")
_BARE_OPTION = re.compile(r"\s*([A-HＡ-Ｈ])\s*[.．、][ \t\u3000]*")
#: White space (as a whole) before a further option on the same line: a tab or at least two spaces.
_NEXT_OPTION = re.compile(r"(?<![ \t\u3000])([ \t\u3000]+)(?=[（(] ?[A-HＡ-Ｈ] ?[)）])")
_SECTION = re.compile(r"\s*[（(]?[一二三四五六七八九十]+[)）]?\s*[、.．]?\s*\S{1,8}题(?:\W.*)?$")


@dataclass(slots=True)
class _Item:
    """One item as it is gathered: the texts of its parts, and the blocks it stands in."""

    row: int
    code_line: list[str]
    kind: Kind | None
    parts: dict[str, list[str]] = field(default_factory=dict)
    at: str = "stem"
    letter: str = ""
    blocks: list[Block] = field(default_factory=list)

    def add(self, text: str) -> None:
        self.parts.setdefault(self.at, []).append(text)

    @property
    def faults(self) -> list[str]:
        return list(dict.fromkeys(fault for block in self.blocks for fault in block.faults))

    @property
    def raw(self) -> str:
        return visible("\n".join(block.text for block in self.blocks))[:LONGEST_RAW]

    def texts(self) -> list[str]:
        """What stands in each of the columns."""
        code, kind, difficulty, consistency = [*self.code_line, "", "", ""][:4]
        texts = [""] * len(COLUMNS)
        texts[_INDEX["external_id" if _SIX_PARTS.search(code) else "point"]] = code
        texts[_INDEX["kind"]] = kind
        texts[_INDEX["difficulty"]] = "" if difficulty == "-" else difficulty
        texts[_INDEX["consistency"]] = "" if consistency == "-" else consistency
        for name, lines in self.parts.items():
            texts[_INDEX[name]] = "\n".join(lines).strip()
        return texts


def read(
    name: str,
    data: bytes,
    *,
    bank: str | None = None,
    outline: Outline | None = None,
    limits: Limits = DEFAULT_LIMITS,
    new_ids: OptionIds = random_ids,
) -> Import:
    """Read a .docx of items in the 国标 format.  What stands outside of items is a skipped row.

    An item with something that a draft can't hold is quarantined with its text.  Arguments as `workbook.read`.
    Raises Unreadable where the file as a whole can't be opened.
    """
    body = Body(open_document_archive(name, data, limits))
    sheet = Sheet(SHEET, ())
    reader = RowReader(bank=bank or "", outline=outline, new_ids=new_ids)
    reader.begin(sheet, _INDEX)
    drafts: list[Draft] = []
    fates: list[Fate] = []
    problems: list[Problem] = []
    kept: list[Quarantined] = []
    text_bytes = 0
    for one in _items(body, limits):
        if isinstance(one, Block):
            fates.append(Fate(SHEET, one.number, Outcome.SKIPPED, "", ("not-an-item",), _cells(one)))
            continue
        text_bytes += sum(3 * len(block.text) for block in one.blocks)
        if text_bytes > limits.text_bytes:
            raise Unreadable("too-much-text", "文档文字过多。请拆分成几个文件后分别上传。")
        texts = one.texts()
        if one.faults:
            message = "".join(one.faults)
            fates.append(
                Fate(
                    SHEET, one.row, Outcome.QUARANTINED, "", ("content-not-held",), tuple(map(visible, texts))
                )
            )
            problems.append(Problem(Place(SHEET, one.row), "content-not-held", message))
            kept.append(Quarantined(SHEET, one.row, texts[-1], "content-not-held", message, one.raw))
            continue
        result = reader.read(one.row, texts, _about(one, texts), True)
        codes = tuple(problem.code for problem in result.problems)
        cells = tuple(map(visible, texts))
        fates.append(Fate(SHEET, one.row, result.outcome, visible(result.external_id), codes, cells))
        problems.extend(result.problems)
        if result.draft is not None:
            drafts.append(result.draft)
    problems.extend(_about_the_file(fates, drafts))
    named = pictures.named_in(text for draft in drafts for text in pictures.texts_of(draft))
    found = Import(
        name,
        tuple(drafts),
        tuple(fates),
        tuple(problems),
        digest_of(data),
        tuple(dict.fromkeys(draft.bank for draft in drafts if draft.bank)),
        (Table(SHEET, 0, tuple(column.title for column in COLUMNS), tuple(_INDEX.items())),),
        tuple(kept),
        tuple((digest, body.pictures[digest]) for digest in named if digest in body.pictures),
    )
    return with_outline_warning(found, outline) if drafts else found


def _items(body: Body, limits: Limits) -> Iterable[_Item | Block]:
    """Items, and the blocks with text that belong to none, in the order of the document."""
    current: _Item | None = None
    for block in body.blocks():
        if block.number > limits.rows:
            raise Unreadable("too-many-rows", f"超过 {limits.rows} 段。请拆分成几个文件后分别上传。")
        first, _, rest = block.text.partition("\n")
        code_line = None if block.is_table else _code_line(first)
        if code_line is not None:
            if current is not None:
                yield current
            kind = kind_of(code_line[1]) if len(code_line) > 1 else None
            current = _Item(block.number, code_line, kind, blocks=[block])
            for line in rest.split("\n") if rest else ():
                _take(current, line)
        elif current is None or _is_outside(current, block):
            if block.text or block.faults:
                if current is not None:
                    yield current
                    current = None
                yield block
        else:
            current.blocks.append(block)
            if block.is_table:
                current.add(block.text)
            else:
                _take(current, block.text)
    if current is not None:
        yield current


def _code_line(text: str) -> list[str] | None:
    """The words of a line that begins an item: a code, a kind, two numbers; None where it is no such line."""
    if not text or len(text) > _LONGEST_CODE_LINE:
        return None
    words = unicodedata.normalize("NFKC", text).split()
    if not 1 <= len(words) <= 4 or any(len(word) > 24 for word in words):
        return None
    code = code_of(words[0])
    return [code, *words[1:]] if _CODE.fullmatch(code) else None


def _is_outside(item: _Item, block: Block) -> bool:
    """Whether a block after an item's answer belongs to it no more: a heading, or anything after an objective answer."""
    if item.at != "answer":
        return False
    if block.is_table:
        return item.kind in (Kind.SINGLE, Kind.MULTIPLE, Kind.JUDGEMENT)
    if _MARK.match(block.text):
        return False
    if _SECTION.match(block.text):
        return True
    return item.kind in (Kind.SINGLE, Kind.MULTIPLE, Kind.JUDGEMENT) and any(item.parts.get("answer", ()))


def _take(item: _Item, text: str) -> None:
    """Add one paragraph to its part of the item."""
    mark = _MARK.match(text)
    if mark:
        item.at = "stem" if unicodedata.normalize("NFKC", mark[1]) == "A" else "answer"
        item.add(text[mark.end() :])
        return
    if item.at == "answer" or (item.kind is not None and not _may_have_options(item.kind)):
        item.add(text)
        return
    for piece in _options_in(text) if _OPTION.match(text) else (text,):
        option = _OPTION.match(piece) or (_BARE_OPTION.match(piece) if _comes_next(item, piece) else None)
        letter = unicodedata.normalize("NFKC", option[1]) if option else ""
        if option and letter > item.letter:
            item.letter, item.at = letter, f"option_{letter.lower()}"
            item.add(piece[option.end() :])
        else:
            item.add(piece)


def _options_in(line: str) -> list[str]:
    """The options that stand on one line, each with its letter."""
    pieces: list[str] = []
    start = 0
    for match in _NEXT_OPTION.finditer(line):
        if "\t" in match[1] or len(match[1]) > 1:
            pieces.append(line[start : match.start()])
            start = match.end()
    return [*pieces, line[start:]]


def _may_have_options(kind: Kind) -> bool:
    return kind.has_options or kind is Kind.JUDGEMENT


def _comes_next(item: _Item, text: str) -> bool:
    """Whether "A." or "A、" begins the option that is due."""
    due = chr(ord(item.letter) + 1) if item.letter else "A"
    match = _BARE_OPTION.match(text)
    return (
        match is not None
        and item.kind is not None
        and item.kind.has_options
        and unicodedata.normalize("NFKC", match[1]) == due
    )


def _about(item: _Item, texts: list[str]) -> list[Problem]:
    """What is to be said of an item before its texts are looked at."""
    found: list[Problem] = []
    place = Place(SHEET, item.row)
    lacks_options = (
        item.kind is not None
        and item.kind.has_options
        and not any(texts[_INDEX[name]] for name in OPTION_FIELDS)
    )
    if lacks_options and any(block.is_numbered for block in item.blocks):
        message = "选项用了 Word 的自动编号，读不到字母。请改为直接输入“（A）”“（B）”等。"
        found.append(Problem(place, "options-numbered-by-word", message))
    if any(block.hides for block in item.blocks):
        message = "含有隐藏文字，隐藏的部分未导入。请检查。"
        found.append(Problem(place, "hidden-text", message, Severity.WARNING))
    return found


def _cells(block: Block) -> tuple[str, ...]:
    """A block outside of items, shown where the stem stands."""
    cells = [""] * len(COLUMNS)
    cells[_INDEX["stem"]] = visible(block.text)[:LONGEST_RAW] or "".join(block.faults)
    return tuple(cells)


def _about_the_file(fates: list[Fate], drafts: list[Draft]) -> list[Problem]:
    if all(fate.outcome is Outcome.SKIPPED for fate in fates):
        message = (
            "文档里没有找到国标格式的试题：每题应以代码行开头，如“A-B-A-001  B  3  5”，然后是“{A}题干”“（A）选项”“{B}答案”。"
            "请对照格式检查。"
        )
        return [Problem(NOWHERE, "no-items", message)]
    if any(not draft.bank for draft in drafts):
        message = "试题没有题库名称。请在导入时选定或填写题库名称。"
        return [Problem(NOWHERE, "bank-missing", message, Severity.WARNING)]
    return []
