"""Text files of questions: UTF-8 or GB 18030, lines of sensible number."""

from __future__ import annotations

from question_bank.formats.containers import OLE_MAGIC, ZIP_MAGIC, check_size
from question_bank.formats.limits import Limits, Unreadable

_MOST_LINES = 20


def lines_of(name: str, data: bytes, limits: Limits) -> list[str]:
    """The lines of the file.  Raises Unreadable where it is no text, or too much."""
    check_size(data, limits)
    if data.startswith((ZIP_MAGIC, OLE_MAGIC)) or b"\x00" in data:
        raise Unreadable("not-what-its-name-says", f"{name} 不是文本文件。请检查后重新上传。")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Unreadable("text-encoding", "文件编码无法识别。请另存为 UTF-8 后重新上传。")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > _MOST_LINES * limits.rows:
        raise Unreadable("too-many-rows", f"文件有 {len(lines)} 行，过多。请拆分成几个文件后分别上传。")
    return lines
