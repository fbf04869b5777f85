"""XML of a stranger, parsed with entities, network and huge trees off, and refused where it could do harm."""

from __future__ import annotations

import re

from lxml import etree

from question_bank.formats.limits import Unreadable

#: So many elements may one part have: each costs memory however short it is written.
MOST_ELEMENTS = 400_000

_PROLOG = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}encoding\s*=\s*["']([\w.-]{1,40})["']""")
_CHINESE = frozenset({"gb2312", "gbk", "gb18030"})
_UTF8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_BOM = b"\xef\xbb\xbf"
_NOT_MARKUP = re.compile("[^\x09\x0a\x0d\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parse(name: str, part: bytes) -> etree._Element:
    """The root element.  Raises Unreadable, naming the part, where it is no safe and well-formed XML."""
    part = _utf8(name, part.removeprefix(_BOM))
    position = 0
    while match := _PROLOG.match(part, position):
        position = match.end()
    if part.startswith(b"<!", position):
        raise Unreadable(
            "markup-entities", f"{name} 含有 DOCTYPE 或 XML 实体定义，为安全起见已拒绝。请去掉后重新上传。"
        )
    if part.count(b"<") > 2 * MOST_ELEMENTS:
        raise Unreadable("too-many-elements", f"{name} 的 XML 元素过多。请拆分成几个文件后分别上传。")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        strip_cdata=True,
    )
    try:
        return etree.fromstring(part, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        what = str(error).partition("(")[0][:120]
        raise Unreadable("markup-broken", f"{name} 不是完好的 XML（{what}）。请从原系统重新导出。") from error


def local_name(element: etree._Element) -> str:
    """The name without namespace and prefix, in lower case; "" for comments and instructions."""
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def source(element: etree._Element, longest: int) -> str:
    """The element as it stands, cut at this many characters."""
    text: str = etree.tostring(element, encoding="unicode", with_tail=False)
    return text[:longest]


def writable(text: str) -> str:
    """The text without the characters that XML can't hold."""
    return _NOT_MARKUP.sub("", text)


def _utf8(name: str, part: bytes) -> bytes:
    declared = _DECLARED.match(part)
    encoding = declared[1].decode().lower() if declared else "utf-8"
    if part[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in part or encoding not in _UTF8 | _CHINESE:
        raise Unreadable("markup-encoding", f"{name} 的编码不是 UTF-8。请另存为 UTF-8 后重新上传。")
    try:
        text = part.decode("gb18030" if encoding in _CHINESE else "utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(
            "markup-encoding", f"{name} 的内容与其编码 {encoding} 不符。请另存为 UTF-8 后重新上传。"
        ) from error
    return (
        text.encode()
        if encoding in _UTF8
        else re.sub(r"^\s*<\?xml.*?\?>", "", text, flags=re.DOTALL).encode()
    )
