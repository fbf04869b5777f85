"""Keys as tables hold them: the key's document, encrypted and bound to its version and column."""

from __future__ import annotations

import json

from examsite.encryption import Unreadable, field_key, seal_bytes, unseal_bytes
from examsite.errors import Broken
from question_bank.questions.model import Key, key_as_document, key_from_document

#: The column of keys as they were written; another table that holds keys binds them to its own column.
KEYS = "question_keys.document"


class KeyUnreadable(Broken):
    """A sealed key was changed, moved to another version, or sealed under another field key; `details["version_id"]`."""

    code = "key-unreadable"


def seal_document(version_id: int, key: Key, *, column: str = KEYS) -> bytes:
    """What a column of sealed keys holds for this version."""
    plain = json.dumps(key_as_document(key), ensure_ascii=False, separators=(",", ":")).encode()
    return seal_bytes(plain, bound_to=f"{column}:{version_id}", key=field_key())


def open_document(version_id: int, sealed: bytes, *, column: str = KEYS) -> Key:
    """The key that was sealed for this version in this column.  Raises KeyUnreadable."""
    try:
        plain = unseal_bytes(sealed, bound_to=f"{column}:{version_id}", key=field_key())
    except Unreadable as error:
        raise KeyUnreadable(
            f"the key of version {version_id} can't be read", version_id=version_id
        ) from error
    return key_from_document(json.loads(plain))
