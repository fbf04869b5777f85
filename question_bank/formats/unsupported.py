"""Why a piece of content can't be a draft: raised where it is met, caught where the piece gets its fate."""

from __future__ import annotations


class Unsupported(Exception):
    """The content can't be held by a draft.  code: kebab-case; the text says why, in Chinese."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
