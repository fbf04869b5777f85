"""One file format: its code, its name, how it is recognised, read and, where we can, written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from question_bank.formats.export import Written
from question_bank.formats.imports import Import
from question_bank.questions.model import Draft


@dataclass(frozen=True)
class Format:
    """A format of questions.

    code: stable, for programs.  name: for people, in Chinese.  extensions: of its files, without the dot.
    read: `(name, data, *, bank, outline, limits, new_ids) → Import`, raises `limits.Unreadable`.
    write: drafts and the bytes of their pictures by digest → `Written`; None where we only read.
    recognises: whether a file of this name with these bytes is one; looks at little and never raises.
    """

    code: str
    name: str
    extensions: tuple[str, ...]
    read: Callable[..., Import]
    write: Callable[[Sequence[Draft], Mapping[str, bytes]], Written] | None
    recognises: Callable[[str, bytes], bool]
