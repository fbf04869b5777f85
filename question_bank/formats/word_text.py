"""The paragraphs and tables of a Word document as our texts: formulas, pictures and tables in the small markup.

What has no place in our texts (a text box, an object, a merged cell …) is named beside the text, never dropped.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from question_bank.formats import pictures
from question_bank.formats.containers import Archive
from question_bank.formats.formulas import NoLatex, omml_to_latex
from question_bank.formats.limits import Unreadable
from question_bank.formats.text_pieces import pipe_table, raised
from question_bank.problems import NOWHERE

SHEET = "正文"
_PARSER_OPTIONS: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "remove_comments": True,
    "remove_pis": True,
    "huge_tree": False,
}
_RELATIONS = "word/_rels/document.xml.rels"
_UNDERLINED_BLANK = "____"
_DEEPEST = 60
_MOST_CELLS, _MOST_COLUMNS = 5_000, 60

#: Elements and attributes of one part: a tree takes many times the room of its text.
_MOST_NODES = 2_000_000

#: Elements that hold what stands around them in the text, and those that show nothing.
_THROUGH = frozenset(
    {"hyperlink", "ins", "moveTo", "smartTag", "fldSimple", "sdt", "sdtContent", "customXml", "dir", "bdo"}
)
_NOTHING = frozenset(
    [
        "pPr",
        "rPr",
        "sdtPr",
        "sdtEndPr",
        "del",
        "moveFrom",
        "bookmarkStart",
        "bookmarkEnd",
        "proofErr",
        "permStart",
        "permEnd",
        "commentRangeStart",
        "commentRangeEnd",
        "commentReference",
        "lastRenderedPageBreak",
        "softHyphen",
        "fldChar",
        "instrText",
        "delText",
        "annotationRef",
        "moveFromRangeStart",
        "moveFromRangeEnd",
        "moveToRangeStart",
        "moveToRangeEnd",
        "customXmlPr",
        "smartTagPr",
        "fldData",
        "footnoteRef",
        "endnoteRef",
        "separator",
        "continuationSeparator",
        "pgNum",
        "sectPr",
    ]
)
_OBJECTS = {
    "object": "嵌入的对象（如旧版公式编辑器或 MathType 的公式）",
    "footnoteReference": "脚注",
    "endnoteReference": "尾注",
    "sym": "符号字体的字符",
    "altChunk": "嵌入的文档",
    "ptab": "对齐制表位",
    "contentPart": "墨迹",
}


@dataclass(slots=True)
class Block:
    """One paragraph or table of the body.  number: from 1.  faults: what our texts can't hold, each a sentence."""

    number: int
    text: str
    is_table: bool = False
    is_numbered: bool = False
    faults: list[str] = field(default_factory=list)
    hides: bool = False


class Body:
    """The blocks of a document, and the pictures that their texts name."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._targets = self._relations()
        self.pictures: dict[str, bytes] = {}

    def blocks(self) -> Iterator[Block]:
        """Every paragraph and table in order.  Raises Unreadable where the document's markup is broken."""
        root = _parsed(self._archive.parts.get("word/document.xml", b""))
        body = next((one for one in root if _local(one) == "body"), None)
        if body is None:
            raise _broken()
        for number, element in enumerate(_flat(body), start=1):
            block = Block(number, "")
            if _local(element) == "tbl":
                block.is_table = True
                block.text = _Reader(block, self).table(element)
            elif _local(element) == "p":
                block.is_numbered = any(_local(one) == "numPr" for one in element.iter())
                block.text = _Reader(block, self).paragraph(element).strip(" \t\u3000")
            else:
                block.faults.append(_unheld(_OBJECTS.get(_local(element), f"元素 {_local(element)}")))
            yield block

    def picture(self, relation: str) -> tuple[bytes, str]:
        """The bytes that a relation names, and what is wrong with them ("" = nothing)."""
        target = self._targets.get(relation)
        if target is None:
            return b"", "图片是外部链接，文件中没有它的内容。请把图片直接插入文档。"
        data = self._archive.media.get(target, b"")
        if not data:
            return b"", "图片缺少内容，或不是位图。请另存为 PNG 后重新插入。"
        return data, pictures.fault_of(data)

    def _relations(self) -> dict[str, str]:
        part = self._archive.parts.get(_RELATIONS)
        if part is None:
            return {}
        return {
            one.get("Id", ""): posixpath.normpath(posixpath.join("word", one.get("Target", ""))).lstrip("/")
            if not one.get("Target", "").startswith("/")
            else one.get("Target", "").lstrip("/")
            for one in _parsed(part)
            if one.get("TargetMode") != "External"
        }


class _Reader:
    """The text of one block."""

    def __init__(self, block: Block, body: Body) -> None:
        self.block, self.body = block, body
        self.in_cell = False

    def table(self, element: Any) -> str:
        """A table as lines of cells; "" with a fault where it has merged cells or a table in a cell."""
        rows: list[list[str]] = []
        for row in _flat(element, "tr"):
            cells = []
            for cell in _flat(row, "tc"):
                if any(_local(one) in ("gridSpan", "vMerge", "hMerge", "tbl") for one in cell.iter()):
                    self.fault(_unheld("有合并单元格或套表的表格"))
                self.in_cell = True
                lines = [self.paragraph(one).strip() for one in _flat(cell, "p")]
                self.in_cell = False
                cells.append(" ".join(line for line in lines if line).replace("\n", " "))
            rows.append(cells)
            if sum(map(len, rows)) > _MOST_CELLS or len(cells) > _MOST_COLUMNS:
                self.fault(_unheld("过大的表格"))
                return ""
        return pipe_table(rows)

    def paragraph(self, element: Any, depth: int = 0) -> str:
        """The text of a paragraph, or of anything that holds runs."""
        if depth > _DEEPEST:
            self.fault(_unheld("嵌套过深的内容"))
            return ""
        return "".join([self.inline(child, depth + 1) for child in element])

    def inline(self, element: Any, depth: int) -> str:
        name = _local(element)
        if name == "r":
            return self.run(element, depth)
        if name == "oMath":
            return self.formula([element], "$")
        if name == "oMathPara":
            return self.formula([one for one in element if _local(one) == "oMath"], "$$")
        if name in _THROUGH:
            return self.paragraph(element, depth)
        return self.piece(element, depth)

    def run(self, element: Any, depth: int) -> str:
        properties = next((one for one in element if _local(one) == "rPr"), ())
        marks = {_local(one): _val(one) for one in properties}
        if marks.get("vanish", "0") not in ("0", "false", "off"):
            self.block.hides = True
            return ""
        text = "".join([self.inline(child, depth + 1) for child in element if _local(child) != "rPr"])
        if (
            marks.get("u", "none") not in ("none", "0")
            and len(text) >= 2
            and not text.strip(" \u3000\t\u00a0")
        ):
            return _UNDERLINED_BLANK
        place = marks.get("vertAlign", "baseline")
        return raised(text, place) if place in ("superscript", "subscript") and text else text

    def piece(self, element: Any, depth: int) -> str:
        """What stands in a run."""
        name = _local(element)
        if name in _NOTHING or not name:
            return ""
        if name == "t":
            text = element.text or ""
            return text.replace("|", "\\|") if self.in_cell else text
        if name == "tab":
            return "\t"
        if name in ("br", "cr"):
            return "\n" if _val(element, "type") not in ("page", "column") else ""
        if name == "noBreakHyphen":
            return "-"
        if name in ("drawing", "pict"):
            return self.drawing(element)
        if name == "AlternateContent":
            chosen = next((one for one in element if _local(one) == "Choice"), None)
            return self.paragraph(chosen, depth) if chosen is not None else ""
        if name == "ruby":
            base = next((one for one in element if _local(one) == "rubyBase"), None)
            return self.paragraph(base, depth) if base is not None else ""
        what = _OBJECTS.get(name, f"元素 {name}")
        self.fault(_unheld(what))
        return f"〔{what}〕"

    def drawing(self, element: Any) -> str:
        """A picture by its digest; a chart, shape or text box is a fault."""
        names = {_local(one) for one in element.iter()}
        relations = [
            value
            for one in element.iter()
            if _local(one) in ("blip", "imagedata")
            for key, value in one.attrib.items()
            if key.rpartition("}")[2] in ("embed", "id", "link") and key.startswith("{")
        ]
        if not relations or names & {"txbx", "txbxContent", "wgp", "chart", "textbox"}:
            self.fault(_unheld("文本框、形状或图表"))
            return "〔文本框、形状或图表〕"
        properties = next((one for one in element.iter() if _local(one) == "docPr"), None)
        alternative = properties.get("descr", "") if properties is not None else ""
        texts = []
        for relation in dict.fromkeys(relations):
            data, fault = self.body.picture(relation)
            if fault:
                self.fault(fault)
                texts.append("〔图片〕")
                continue
            digest = pictures.digest_of(data)
            self.body.pictures[digest] = data
            texts.append(pictures.reference(digest, alternative))
        return "".join(texts)

    def formula(self, elements: list[Any], sign: str) -> str:
        made = []
        for element in elements:
            try:
                latex = omml_to_latex(element)
            except NoLatex as unsupported:
                self.fault(_unheld(unsupported.what))
                made.append("〔公式〕")
                continue
            if self.in_cell:
                latex = latex.replace("|", "\\vert ")
            if latex:
                made.append(f"{sign}{latex}{sign}")
        return "\n".join(made)

    def fault(self, sentence: str) -> None:
        if sentence not in self.block.faults:
            self.block.faults.append(sentence)


def _flat(element: Any, *names: str) -> Iterator[Any]:
    """The children, those in content controls and insertions among them; of these names if any is given."""
    stack = list(reversed(element))
    while stack:
        one = stack.pop()
        name = _local(one)
        if name in ("sdt", "sdtContent", "ins", "customXml", "moveTo"):
            stack.extend(reversed(one))
        elif name and name not in _NOTHING and (not names or name in names) and not name.endswith("Pr"):
            yield one


def _local(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _val(element: Any, attribute: str = "val") -> str:
    return next((v for k, v in element.attrib.items() if k.rpartition("}")[2] == attribute), "1")


def _unheld(what: str) -> str:
    return f"含有{what}，试题不能这样保存。请改为文字、图片或 Word 公式后重新上传。"


def _parsed(part: bytes) -> Any:
    if part.count(b"<") + part.count(b'="') + part.count(b"='") > _MOST_NODES:
        raise Unreadable("document-too-large", "文档内容过多。请拆分成几个文件后分别上传。")
    parse: Callable[..., Any] = etree.fromstring
    try:
        return parse(part, etree.XMLParser(**_PARSER_OPTIONS))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _broken() from error


def _broken() -> Unreadable:
    return Unreadable(
        "file-corrupt", "文档内容已损坏，无法读取。请在 Word 中打开并另存为 .docx 后再上传。", NOWHERE
    )
