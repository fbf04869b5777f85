"""Is this archive what its name says, and safe to unpack?  Everything is checked before any reader sees the bytes.

Sizes are first taken from the archive's directory, so that an honest bomb is refused without unpacking, and then
measured while unpacking, so that a lying one is too.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass, field

from question_bank.formats.limits import MIB, Limits, Unreadable

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WORKBOOK_EXTENSIONS = ("xlsx", "xlsm")

_SAVE_AS = "请用 Excel 或 WPS 打开后“另存为”.xlsx 工作簿，再重新上传。"
_CORRUPT = "文件已损坏，无法解压。请重新下载或从原文件另存一份后再上传。"
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([^"']*)["']""")
_LONGEST_DECLARATION = 1024
_ENCRYPTED_FLAG = 0x1
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")
_MARKUP_SUFFIXES = (".xml", ".rels", ".vml")


@dataclass(frozen=True, slots=True)
class Archive:
    """A checked archive: unpacked parts by name, those that are markup and, apart from them, the pictures."""

    parts: dict[str, bytes] = field(repr=False)
    names: tuple[str, ...]
    media: dict[str, bytes] = field(repr=False, default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Package:
    """A kind of Office file.  main: the part that makes it one; missing, advice: what to say where it is none."""

    extensions: tuple[str, ...]
    main: str
    missing: str
    media: str
    old: tuple[str, str]
    advice: str


_WORKBOOK = _Package(
    WORKBOOK_EXTENSIONS,
    "xl/workbook.xml",
    "这个压缩包里没有工作簿，不是 Excel 文件。",
    "xl/media/",
    ("old-xls", "这是旧版 Excel（.xls）文件，不能直接读取。"),
    _SAVE_AS,
)
_DOCUMENT = _Package(
    ("docx", "docm"),
    "word/document.xml",
    "这个压缩包里没有文档，不是 Word 文件。",
    "word/media/",
    ("old-doc", "这是旧版 Word（.doc）文件，不能直接读取。"),
    "请用 Word 或 WPS 打开后“另存为”.docx 文档，再重新上传。",
)


def extension(name: str) -> str:
    """The part of a file name after its last dot, in lower case: "题库.XLSX" → "xlsx"."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def check_size(data: bytes, limits: Limits) -> None:
    """Raise Unreadable for an empty file and for one above the limit."""
    if not data:
        raise Unreadable("file-empty", "文件是空的（0 字节）。请检查后重新上传。")
    if len(data) > limits.file_bytes:
        raise Unreadable(
            "file-too-big",
            f"文件超过 {limits.file_bytes / MIB:g} MB 的上限。请删去图片，或拆分成几个文件后分别上传。",
        )


def open_workbook_archive(name: str, data: bytes, limits: Limits) -> Archive:
    """The parts of an .xlsx file.  Raises Unreadable where name, size, packing or markup are not acceptable."""
    return _open(_WORKBOOK, name, data, limits)


def open_document_archive(name: str, data: bytes, limits: Limits) -> Archive:
    """The parts of a .docx file.  Raises Unreadable where name, size, packing or markup are not acceptable."""
    return _open(_DOCUMENT, name, data, limits)


def _open(package: _Package, name: str, data: bytes, limits: Limits) -> Archive:
    check_size(data, limits)
    _check_magic(package, name, data)
    entries = _directory(data, limits, package.advice)
    names = tuple(entry.filename for entry in entries)
    if package.main not in names:
        code = "not-a-workbook" if package is _WORKBOOK else "not-a-document"
        raise Unreadable(code, f"{package.missing}{package.advice}")
    parts: dict[str, bytes] = {}
    media: dict[str, bytes] = {}
    total = 0
    for entry in entries:
        part = _unpack(data, entry)
        total += len(part)
        if total > limits.unpacked_bytes:
            raise _too_much(total, limits)
        if entry.filename.lower().endswith(_MARKUP_SUFFIXES) or part.lstrip()[:1] == b"<":
            _check_markup(entry.filename, part, package.advice)
            parts[entry.filename] = part
        elif entry.filename.startswith(package.media):
            media[entry.filename] = part
    return Archive(parts, names, media)


def _check_magic(package: _Package, name: str, data: bytes) -> None:
    suffix = extension(name)
    if data.startswith(OLE_MAGIC):
        if "EncryptedPackage".encode("utf-16-le") in data:
            what = "工作簿" if package is _WORKBOOK else "文档"
            raise Unreadable("file-encrypted", f"{what}设有打开密码。请取消密码后另存，再重新上传。")
        code, sentence = package.old
        raise Unreadable(code, f"{sentence}{package.advice}")
    if suffix not in ("", *package.extensions):
        raise Unreadable("wrong-type", f"不支持 .{suffix} 文件。{package.advice}")
    if data.startswith(ZIP_MAGIC):
        return
    found = _describe(data)
    named = suffix or package.extensions[0]
    raise Unreadable("not-what-its-name-says", f"文件名是 .{named}，但内容是{found}。{package.advice}")


def _describe(data: bytes) -> str:
    head = data[:512].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if head.startswith((b"<!doctype html", b"<html", b"<table", b"<meta")):
        return "网页（HTML）"
    if head.startswith(b"<"):
        return " XML 文本"
    if data.startswith(b"%PDF"):
        return " PDF"
    if data.startswith((b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM")):
        return "图片"
    if b"\x00" not in data[:4096]:
        return "纯文本（可能是 CSV）"
    return "无法识别的格式"


def _directory(data: bytes, limits: Limits, advice: str) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error) as error:
        raise Unreadable("archive-corrupt", _CORRUPT) from error
    if len(entries) > limits.entries:
        raise Unreadable(
            "too-many-parts", f"压缩包内有 {len(entries)} 个部件，超过上限 {limits.entries}。{advice}"
        )
    if len({entry.filename for entry in entries}) != len(entries):
        raise Unreadable("archive-corrupt", f"压缩包内有重名部件。{advice}")
    declared = sum(entry.file_size for entry in entries)
    if declared > limits.unpacked_bytes:
        raise _too_much(declared, limits)
    for entry in entries:
        if entry.flag_bits & _ENCRYPTED_FLAG:
            raise Unreadable("file-encrypted", "压缩包设有密码。请取消密码后另存，再重新上传。")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unreadable("archive-corrupt", f"压缩方式不是 Office 所用的。{advice}")
        if entry.file_size > MIB and entry.file_size > limits.ratio * max(entry.compress_size, 1):
            raise Unreadable(
                "archive-bomb",
                f"部件 {entry.filename} 的压缩比异常（超过 {limits.ratio} 倍），疑似“压缩炸弹”，已拒绝。{advice}",
            )
    return entries


def _unpack(data: bytes, entry: zipfile.ZipInfo) -> bytes:
    """The part's bytes; never more than one byte above what the directory declares."""
    start = entry.header_offset
    header = data[start : start + _LOCAL_HEADER.size]
    if len(header) < _LOCAL_HEADER.size or not header.startswith(ZIP_MAGIC):
        raise Unreadable("archive-corrupt", _CORRUPT)
    fields = _LOCAL_HEADER.unpack(header)
    begin = start + _LOCAL_HEADER.size + fields[9] + fields[10]
    packed = memoryview(data)[begin : begin + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        part = bytes(packed)
    else:
        inflater = zlib.decompressobj(-15)
        try:
            part = inflater.decompress(packed, entry.file_size + 1)
        except zlib.error as error:
            raise Unreadable("archive-corrupt", _CORRUPT) from error
    if len(part) != entry.file_size or zlib.crc32(part) != entry.CRC:
        raise Unreadable("archive-corrupt", _CORRUPT)
    return part


def _check_markup(name: str, part: bytes, advice: str) -> None:
    if part[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in part[:256] or not _says_utf8(part):
        raise Unreadable("markup-encoding", f"部件 {name} 的编码不是 UTF-8。{advice}")
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise Unreadable("markup-entities", f"部件 {name} 含有 XML 实体定义，为安全起见已拒绝。{advice}")


def _says_utf8(part: bytes) -> bool:
    """Whether the declaration, if there is one, names no other encoding: in another, entities could hide."""
    start = part.removeprefix(b"\xef\xbb\xbf")
    if not start.startswith(b"<?xml"):
        return True
    declaration, end, _rest = start[:_LONGEST_DECLARATION].partition(b"?>")
    match = _ENCODING.search(declaration)
    return bool(end) and (match is None or match[1].lower() in (b"utf-8", b"utf8", b"us-ascii", b"ascii"))


def _too_much(size: int, limits: Limits) -> Unreadable:
    return Unreadable(
        "archive-bomb",
        f"解压后至少 {size / MIB:.0f} MB，超过上限 {limits.unpacked_bytes / MIB:g} MB，已拒绝。"
        "请删去多余的格式和图片，或拆分成几个文件后再上传。",
    )
