"""A zip of a stranger, unpacked in memory only, after everything about it has been checked."""

from __future__ import annotations

import io
import struct
import unicodedata
import zipfile
import zlib

from question_bank.formats.containers import check_size
from question_bank.formats.limits import MIB, Limits, Unreadable

_AGAIN = "请从原系统重新导出后再上传。"


def unpacked(data: bytes, limits: Limits) -> dict[str, bytes]:
    """The files by their paths, folders left out.  Raises Unreadable where anything about the archive is not acceptable."""
    check_size(data, limits)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _check(entries, limits)
            return {
                entry.filename: _content(archive, entry, limits) for entry in entries if not entry.is_dir()
            }
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        EOFError,
        RuntimeError,
        ValueError,
        OverflowError,
        struct.error,
        OSError,
    ) as error:
        raise Unreadable("archive-corrupt", f"压缩包已损坏，无法解压。{_AGAIN}") from error


def _check(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.entries:
        raise Unreadable(
            "too-many-parts",
            f"压缩包内有 {len(entries)} 个文件，超过上限 {limits.entries}。请拆分成几个包后分别上传。",
        )
    names: set[str] = set()
    total = 0
    for entry in entries:
        name = entry.filename
        _check_name(name)
        folded = unicodedata.normalize("NFC", name).casefold()
        if folded in names:
            raise Unreadable("archive-corrupt", f"压缩包内有重名文件 {name[:80]}。{_AGAIN}")
        names.add(folded)
        if entry.flag_bits & 0x1:
            raise Unreadable("file-encrypted", "压缩包设有密码。请取消密码后重新上传。")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unreadable("archive-corrupt", f"压缩方式不受支持。{_AGAIN}")
        total += entry.file_size
        if total > limits.unpacked_bytes:
            raise Unreadable(
                "archive-bomb",
                f"解压后超过 {limits.unpacked_bytes / MIB:g} MB 的上限，已拒绝。请拆分成几个包后分别上传。",
            )
        if entry.file_size > MIB and entry.file_size > limits.ratio * max(entry.compress_size, 1):
            raise Unreadable(
                "archive-bomb",
                f"文件 {name[:80]} 的压缩比异常（超过 {limits.ratio} 倍），疑似“压缩炸弹”，已拒绝。{_AGAIN}",
            )


def _check_name(name: str) -> None:
    parts = name.split("/")
    if (
        not name
        or name.startswith("/")
        or "\\" in name
        or ":" in parts[0]
        or ".." in parts
        or any(character < " " for character in name)
        or len(name) > 400
    ):
        raise Unreadable(
            "archive-path", f"压缩包内的文件名“{name[:80]!s}”指向包外或不合规，为安全起见已拒绝。{_AGAIN}"
        )


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: Limits) -> bytes:
    with archive.open(entry) as stream:
        content = stream.read(limits.unpacked_bytes + 1)
    if len(content) != entry.file_size:
        raise Unreadable("archive-corrupt", f"压缩包已损坏，无法解压。{_AGAIN}")
    return content
