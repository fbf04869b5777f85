r"""HTML of other systems as texts in our markup.

Paragraphs and `<br>` become line breaks, tables pipe tables, pictures `![words](picture:DIGEST)`, MathML and TeX
(`\(…\)`, `\[…\]`, `$$…$$`) formulas.  Emphasis and the like is dropped, its text kept, with a note.  What runs, plays or
asks is never dropped: it raises Unsupported.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from question_bank.formats import marks
from question_bank.formats.html_elements import LONGEST, parsed, plain_name, rows_of
from question_bank.formats.html_formulas import dollars, formula, lowered, raised
from question_bank.formats.media import Media
from question_bank.formats.unsupported import Unsupported
from question_bank.formats.xml_parts import local_name

#: Given an element, the text that stands for it; None = it is HTML like any other.
Hook = Callable[[etree._Element], str | None]

_DEEPEST = 100
_MOST_CELLS = 10_000

_REFUSED = {
    "script": "脚本", "style": "样式表", "iframe": "内嵌网页", "frame": "内嵌网页", "object": "内嵌对象",
    "embed": "内嵌对象", "applet": "小程序", "form": "表单", "input": "表单控件", "button": "按钮", "select": "表单控件",
    "textarea": "表单控件", "video": "视频", "audio": "音频", "canvas": "画布", "svg": "矢量图（SVG）",
    "feedbackinline": "随作答出现的文字", "feedbackblock": "随作答出现的文字", "printedvariable": "随机变量",
    "templateinline": "随机模板", "templateblock": "随机模板", "include": "外部内容", "hottext": "热点文字",
    "infocontrol": "提示控件", "positionobjectstage": "拖放图", "gap": "填入位置",
}  # fmt: skip
_LEFT_OUT = frozenset(
    {"head", "title", "meta", "link", "col", "colgroup", "rubricblock", "stylesheet", "noscript"}
)
_BLOCKS = frozenset({
    "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "dt", "dd", "li", "blockquote",
    "section", "article", "aside", "header", "footer", "main", "nav", "figure", "figcaption", "center",
    "address", "hr", "fieldset", "details", "summary", "pre", "body", "html", "prompt", "itembody",
    "stimulusbody", "contentbody", "caption", "thead", "tbody", "tfoot", "tr",
})  # fmt: skip
_LOOKS = frozenset({
    "em", "strong", "b", "i", "u", "s", "del", "strike", "mark", "small", "big", "font", "code", "kbd", "tt",
    "cite",
})  # fmt: skip
_TEX = re.compile(
    r"\\\(((?:[^\\]|\\[^()]){1,2000}?)\\\)|\\\[((?:[^\\]|\\[^\[\]]){1,2000}?)\\\]|\$\$([^$]{1,2000})\$\$",
    re.DOTALL,
)
_SPACES = re.compile(r"[ \t\r\n\f]+")
_WITH_TAGS = re.compile(r"<|&[#\w]{2,30};")


@dataclass(frozen=True, slots=True)
class Fragment:
    """A text in our markup, and the codes of what was left out on the way ("emphasis", "link", "list", "span")."""

    text: str
    left_out: frozenset[str] = frozenset()


def from_html(html: str, media: Media | None = None, hook: Hook | None = None) -> Fragment:
    """A fragment of HTML as text.  media: where its pictures are.  Raises Unsupported with the reason."""
    if not _WITH_TAGS.search(html):
        return _Reader(media or Media(), hook).whole(html)
    return from_element(parsed(html), media, hook)


def from_element(element: etree._Element, media: Media | None = None, hook: Hook | None = None) -> Fragment:
    """As `from_html`, from an element that is parsed already; its tail is not looked at."""
    reader = _Reader(media or Media(), hook)
    reader.inside(element, 0)
    return reader.fragment()


def from_plain(text: str) -> Fragment:
    r"""Plain text of another system, line by line as it stands: dollars mean dollars, `\(…\)` and the like TeX."""
    reader = _Reader(Media(), None)
    return reader.as_it_stands(text.replace("\r\n", "\n").replace("\r", "\n").strip())


class _Reader:
    """Text so far: pieces, each literal (its dollars mean dollars) or markup."""

    def __init__(self, media: Media, hook: Hook | None) -> None:
        self._media, self._hook = media, hook
        self._pieces: list[tuple[str, bool]] = []
        self._at_start = True
        self._space = False
        self._size = 0
        self._keeps_space = False
        self._left_out: set[str] = set()

    def whole(self, text: str) -> Fragment:
        self._words(text)
        return self.fragment()

    def as_it_stands(self, text: str) -> Fragment:
        self._keeps_space = True
        return self.whole(text)

    def fragment(self) -> Fragment:
        """What was gathered, dollars escaped only where they would otherwise start a formula."""
        meant = [
            token for text, is_literal in self._pieces if not is_literal for token in marks.formulas(text)
        ]
        bare = _tidy("".join(text for text, _ in self._pieces))
        if "$" in bare and marks.formulas(bare) != meant:
            bare = _tidy(
                "".join(text.replace("$", r"\$") if is_literal else text for text, is_literal in self._pieces)
            )
        return Fragment(bare, frozenset(self._left_out))

    def inside(self, element: etree._Element, depth: int) -> None:
        """The text and children of an element."""
        if depth > _DEEPEST:
            raise Unsupported("html-too-deep", "网页文字嵌套过深。请在原系统中简化后重新导出。")
        if element.text:
            self._words(element.text)
        for child in element:
            if isinstance(child.tag, str):
                self._one(child, depth + 1)
            if child.tail:
                self._words(child.tail)

    def _one(self, element: etree._Element, depth: int) -> None:
        held = self._hook(element) if self._hook else None
        name = plain_name(element)
        if held is not None:
            self._markup(held)
        elif name in _REFUSED:
            raise Unsupported("content-refused", f"内容含有{_REFUSED[name]}，不能导入。请在原系统中去掉。")
        elif name in _LEFT_OUT:
            return
        elif name == "br":
            self._break()
        elif name == "img":
            self._markup(self._media.reference(element.get("src", ""), element.get("alt", "")))
        elif name == "math":
            self._markup(formula(element))
        elif name == "table":
            self._table(element, depth)
        elif name in ("sub", "sup") and len(element) == 0:
            self._script(name, "".join(map(str, element.itertext())).strip())
        elif name in _BLOCKS:
            self._block(element, name, depth)
        else:
            if name in _LOOKS or (name == "span" and element.get("style")):
                self._left_out.add("emphasis")
            elif name == "a":
                self._left_out.add("link")
            self.inside(element, depth)

    def _block(self, element: etree._Element, name: str, depth: int) -> None:
        self._end_line()
        if name == "li":
            self._left_out.add("list")
            parent = element.getparent()
            if parent is not None and local_name(parent) == "ol":
                place = sum(1 for _ in element.itersiblings(element.tag, preceding=True)) + 1
                self._markup(f"{place}. ")
            else:
                self._markup("· ")
            self._at_start = True
        kept, self._keeps_space = self._keeps_space, self._keeps_space or name == "pre"
        self.inside(element, depth)
        self._keeps_space = kept
        if name == "li" and self._at_start and self._pieces and self._pieces[-1][0] == "· ":
            self._pieces.pop()
        self._end_line()

    def _words(self, text: str) -> None:
        if "\\(" in text or "\\[" in text or "$$" in text:
            end = 0
            for match in _TEX.finditer(text):
                self._literal(text[end : match.start()])
                latex = (match[1] or match[2] or match[3] or "").strip()
                self._markup(dollars(latex, is_display=match[1] is None))
                end = match.end()
            text = text[end:]
        self._literal(text)

    def _literal(self, text: str) -> None:
        if self._keeps_space:
            self._put(text.replace("\r\n", "\n").replace(" ", "\u00a0"), True)
            return
        text = _SPACES.sub(" ", text)
        if self._at_start or self._space:
            text = text.removeprefix(" ")
        if text:
            self._put(text, True)
            self._space = text.endswith(" ")

    def _markup(self, text: str) -> None:
        self._put(text, False)
        self._space = False

    def _put(self, text: str, is_literal: bool) -> None:
        if text:
            self._pieces.append((text, is_literal))
            self._at_start = False
            self._size += len(text)
            if self._size > LONGEST:
                raise Unsupported("text-too-long", f"文字超过 {LONGEST} 个字符。请拆分。")

    def _break(self) -> None:
        self._put("\n", True)
        self._at_start, self._space = True, False

    def _end_line(self) -> None:
        if self._pieces and not self._at_start:
            self._break()

    def _script(self, name: str, text: str) -> None:
        shown, is_literal = raised(text) if name == "sup" else lowered(text)
        self._put(shown, is_literal)
        self._space = False

    def _table(self, element: etree._Element, depth: int) -> None:
        rows: list[list[str]] = []
        count = 0
        for row in rows_of(element):
            cells: list[str] = []
            for cell in row:
                if local_name(cell) not in ("td", "th"):
                    continue
                count += 1
                if count > _MOST_CELLS:
                    raise Unsupported("table-too-big", "表格过大。请拆分或改用图片。")
                reader = _Reader(self._media, self._hook)
                reader.inside(cell, depth + 2)
                fragment = reader.fragment()
                self._left_out |= fragment.left_out
                if "\n" in fragment.text:
                    self._left_out.add("cell-lines")
                if cell.get("colspan", "1") != "1" or cell.get("rowspan", "1") != "1":
                    self._left_out.add("cell-spans")
                cells.append(" ".join(fragment.text.split("\n")))
                width = cell.get("colspan", "1")
                cells.extend([""] * (min(int(width), 50) - 1 if width.isascii() and width.isdigit() else 0))
            if cells:
                rows.append(cells)
        self._end_line()
        for row_element in element:
            if local_name(row_element) == "caption":
                self.inside(row_element, depth + 1)
                self._end_line()
        if rows and len(rows) == 1 and len(rows[0]) == 1:
            self._markup(rows[0][0])
        elif rows:
            if (
                self._pieces[-2:-1]
                and not self._pieces[-2][1]
                and self._pieces[-2][0].endswith("|")
                and self._pieces[-1][0] == "\n"
            ):
                self._put("\n", True)  # else two tables would be one
            self._markup(marks.table(rows))
        self._end_line()


def _tidy(text: str) -> str:
    lines = [line.rstrip(" ") for line in text.split("\n")]
    return "\n".join(
        "" if not line.strip(" \u00a0") else line.replace("\u00a0", " ") for line in lines
    ).strip()
