r"""The small markup of questions: what its texts mean, as HTML, as plain text, and what is wrong with them.

Plain text means itself.  Beyond it there are `$latex$` and `$$latex$$`, tables of `| a | b |` lines with a `|---|---|` line,
pictures `![alternative text](picture:SHA256)`, and `____`, a blank.  `\$` is a dollar that starts no formula, `\|` a bar inside
a table.  Line breaks count.  Nothing else of Markdown is on, and no HTML.

Whatever is written, the HTML holds only the elements and attributes of the allow-lists below, and no address but those
that `picture_url` gives for our own pictures.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from html import escape

import nh3
from markdown_it.token import Token

from question_bank.problems import NOWHERE, Problem
from question_bank.questions.formulas import ATTRIBUTES, ELEMENTS, mathml, words
from question_bank.questions.parsing import PARSER, PICTURE_REFERENCE, SPECIAL

#: How a blank is shown; a page that takes an answer puts its field here.
BLANK_HTML = '<span class="blank-mark">____</span>'

#: Wider than what is shown as a picture (any words before it): none may be forgotten.
_PICTURE = re.compile(r"\]\(picture:([0-9a-f]{64})\)")
_ANY_PICTURE = re.compile(r"!\[[^\[\]]*\]\(([^)]*)")
_IMAGE = re.compile(r'<img src="picture:([0-9a-f]{64})"')
_IMAGE_ELEMENT = re.compile(r'<img src="picture:[0-9a-f]{64}" alt="([^"]*)">')
_BLANK = re.compile(r"_{4,}")
#: The place for an answer, （ ）: never at the end of one line and the beginning of the next.
_BRACKETS = re.compile(r"[（(][ \u3000]+[）)]")
_SEPARATOR = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(\|\s*:?-{2,}:?\s*)+\|?\s*|\s*\|\s*:?-{2,}:?\s*\|\s*")
_BAR = re.compile(r"(?<!\\)\|")

_CLASSES = {
    "blank-mark", "formula", "formula-source", "marked-table", "marked-grid", "marked-row", "marked-cell", "marked-head", "picture-words",
    "text-center", "text-end",
}  # fmt: skip
_ROLES = {"table", "row", "cell", "columnheader"}
_TAGS = {"p", "br", "div", "span", "code", "img", "table", "thead", "tbody", "tr", "th", "td", *ELEMENTS}
_ATTRIBUTES: dict[str, set[str]] = {
    "div": {"class", "tabindex"},
    "span": {"class", "role", "tabindex"},
    "code": {"class"},
    "th": {"class", "scope"},
    "td": {"class"},
    "img": {"src", "alt"},
    **{tag: set(ATTRIBUTES) for tag in ELEMENTS},
    "math": {*ATTRIBUTES, "alttext"},
}


def as_html(text: str, picture_url: Callable[[str], str] | None = None) -> str:
    """The text as blocks: paragraphs, tables, formulas.

    picture_url: the address of the picture with this digest; without it pictures are shown by their words.
    """
    if not SPECIAL.search(text):
        paragraphs = re.split(r"\n{2,}", text.strip("\n"))
        return "".join(f"<p>{_plain(paragraph)}</p>" for paragraph in paragraphs)
    return _with_pictures(_rendered(text, is_inline=False), picture_url)


def as_inline_html(text: str, picture_url: Callable[[str], str] | None = None) -> str:
    """The same where blocks have no place (options, stems in a legend): a table is made of spans with roles."""
    if not SPECIAL.search(text):
        return _plain(text)
    return _with_pictures(_rendered(text, is_inline=True), picture_url)


def as_text(text: str) -> str:
    """Plain text for lists, titles, search and previews: formulas in one line, pictures as their words."""
    if not SPECIAL.search(text):
        return text
    lines: list[str] = []
    row: list[str] = []
    in_row = False
    for token in PARSER.parse(text):
        if token.type == "inline":
            line = "".join(_token_text(child) for child in token.children or ())
            if in_row:
                row.append(line)
            else:
                lines.append(line)
        elif token.type == "math_block":
            lines.append(words(token.content))
        elif token.type == "tr_open":
            in_row, row = True, []
        elif token.type == "tr_close":
            in_row = False
            lines.append(" | ".join(row))
    return "\n".join(lines)


def pictures(text: str) -> tuple[str, ...]:
    """Digests of the pictures that the text refers to, each once, in order."""
    if "picture:" not in text:
        return ()
    return tuple(dict.fromkeys(_PICTURE.findall(text)))


def literal(text: str) -> str:
    """Text of a source without markup, written so that it means itself here: its dollars start no formula."""
    if r"\$" in text or has_formula(text):
        return text.replace("$", r"\$")
    return text


def has_formula(text: str) -> bool:
    """Whether dollars in this text make a formula, be it one that parses or not."""
    return text.count("$") > 1 and any(
        one.type.startswith("math_")
        for token in PARSER.parse(text)
        for one in (token, *(token.children or ()))
    )


def problems(text: str) -> list[Problem]:
    """What a writer should mend: formulas that do not parse, broken tables, references that are no picture of ours."""
    if not SPECIAL.search(text):
        return []
    found: list[Problem] = []
    tokens = PARSER.parse(text)
    for token in tokens:
        for one in (token, *(token.children or ())):
            if one.type.startswith("math_") and mathml(one.content, is_display=False) is None:
                source = one.content.strip()
                shown = source if len(source) <= 40 else f"{source[:40]}…"
                found.append(
                    Problem(
                        NOWHERE,
                        "formula-unreadable",
                        f"公式“{shown}”无法识别。请检查花括号是否成对、命令是否拼写正确；"
                        r"若这里不是公式，请把 $ 写成 \$。",
                    )
                )
    found += _table_problems(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), tokens)
    for target in _ANY_PICTURE.findall(text):
        if not PICTURE_REFERENCE.fullmatch(target):
            found.append(
                Problem(
                    NOWHERE,
                    "picture-unknown",
                    f"图片引用“{target[:60]}”不是题库中的图片。请上传图片后插入，不能引用外部地址。",
                )
            )
    return found


def _table_problems(lines: list[str], tokens: list[Token]) -> list[Problem]:
    found: list[Problem] = []
    inside: set[int] = set()
    for token in tokens:
        if token.type != "table_open" or token.map is None:
            continue
        first, end = token.map
        inside.update(range(first, end))
        width = _cells(lines[first])
        for number in range(first + 2, end):
            if lines[number].strip() and _cells(lines[number]) != width:
                found.append(
                    Problem(
                        NOWHERE,
                        "table-uneven",
                        f"第 {number + 1} 行的表格有 {_cells(lines[number])} 格，表头有 {width} 格。请补齐或删去多余的格。",
                    )
                )
    for number, line in enumerate(lines):
        if number not in inside and _SEPARATOR.fullmatch(line):
            found.append(
                Problem(
                    NOWHERE,
                    "table-broken",
                    f"第 {number + 1} 行像表格的分隔行，但与上一行的格数不一致，没有成为表格。"
                    "请让表头行与分隔行的格数相同。",
                )
            )
    return found


def _cells(line: str) -> int:
    line = line.strip()
    line = line.removeprefix("|")
    if line.endswith("|") and not line.endswith(r"\|"):
        line = line[:-1]
    return len(_BAR.split(line))


def _kept_together(found: re.Match[str]) -> str:
    return found[0].replace(" ", "\u00a0").replace("\u3000", "\u00a0\u00a0")


def _plain(text: str) -> str:
    html = _BRACKETS.sub(_kept_together, escape(text))
    if "____" in html:
        html = _BLANK.sub(BLANK_HTML, html)
    return html.replace("\n", "<br>")


def _with_pictures(html: str, picture_url: Callable[[str], str] | None) -> str:
    if "<img" not in html:
        return html
    if picture_url is None:
        return _IMAGE_ELEMENT.sub(
            lambda found: f'<span class="picture-words">〔图：{found.group(1)}〕</span>', html
        )
    return _IMAGE.sub(lambda found: f'<img src="{escape(picture_url(found.group(1)))}"', html)


@lru_cache(maxsize=8192)
def _rendered(text: str, *, is_inline: bool) -> str:
    """Sanitised HTML in which pictures still stand under their references."""
    shape = _Inline if is_inline else _Block
    pieces: list[str] = []
    after_paragraph = False
    for token in PARSER.parse(text):
        if token.type == "paragraph_open" and is_inline and after_paragraph:
            pieces.append("<br><br>")
        after_paragraph = token.type == "paragraph_close"
        if token.type == "inline":
            pieces += [_token_html(child) for child in token.children or ()]
        elif token.type == "math_block":
            pieces.append(shape["math_open"] + _formula(token.content, is_display=True) + shape["math_close"])
        else:
            pieces.append(shape.get(token.type, "").replace(" ALIGN", _alignment(token)))
    return nh3.clean(
        "".join(pieces),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_allowed,
        url_schemes={"picture"},
        link_rel=None,
    )


_Block = {
    "paragraph_open": "<p>",
    "paragraph_close": "</p>",
    "math_open": '<div class="formula">',
    "math_close": "</div>",
    "table_open": '<div class="marked-table" tabindex="0"><table>',
    "table_close": "</table></div>",
    "thead_open": "<thead>",
    "thead_close": "</thead>",
    "tbody_open": "<tbody>",
    "tbody_close": "</tbody>",
    "tr_open": "<tr>",
    "tr_close": "</tr>",
    "th_open": '<th scope="col" ALIGN>',
    "th_close": "</th>",
    "td_open": "<td ALIGN>",
    "td_close": "</td>",
}
_Inline = {
    "math_open": '<span class="formula">',
    "math_close": "</span>",
    "table_open": '<span class="marked-table" tabindex="0"><span class="marked-grid" role="table">',
    "table_close": "</span></span>",
    "tr_open": '<span class="marked-row" role="row">',
    "tr_close": "</span>",
    "th_open": '<span class="marked-head" role="columnheader">',
    "th_close": "</span>",
    "td_open": '<span class="marked-cell" role="cell">',
    "td_close": "</span>",
}


def _alignment(token: Token) -> str:
    style = str(token.attrGet("style") or "")
    if style.endswith("center"):
        return ' class="text-center"'
    return ' class="text-end"' if style.endswith("right") else ""


def _token_html(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return "<br>"
    if token.type == "image":
        return f'<img src="{escape(str(token.attrGet("src")))}" alt="{escape(_alternative(token))}">'
    if token.type.startswith("math_"):
        return _formula(token.content, is_display=token.type != "math_inline")
    return _BLANK.sub(BLANK_HTML, _BRACKETS.sub(_kept_together, escape(token.content)))


def _token_text(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return "\n"
    if token.type == "image":
        alternative = _alternative(token)
        return f"〔图：{alternative}〕" if alternative else "〔图〕"
    return words(token.content) if token.type.startswith("math_") else token.content


def _alternative(token: Token) -> str:
    return "".join(_token_text(child) for child in token.children or ()).replace("\n", " ").strip()


def _formula(latex: str, *, is_display: bool) -> str:
    """The formula, or its source where it does not parse: nothing that was written is lost."""
    return (
        mathml(latex, is_display=is_display) or f'<code class="formula-source">{escape(latex.strip())}</code>'
    )


def _allowed(tag: str, name: str, value: str) -> str | None:
    if name == "src":
        return value if PICTURE_REFERENCE.fullmatch(value) else None
    if name == "class":
        return value if value in _CLASSES else None
    if name == "role":
        return value if value in _ROLES else None
    if name == "tabindex":
        return value if value == "0" else None
    return value
