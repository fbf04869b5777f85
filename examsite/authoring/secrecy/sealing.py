"""Keys as the table holds them: the key's document, encrypted and bound to its version."""

from __future__ import annotations

import json

from examsite.encryption import Unreadable, field_key, seal_bytes, unseal_bytes
from examsite.errors import Broken
from question_bank.questions.model import Key, key_as_document, key_from_document

_COLUMN = "question_keys.document"


class KeyUnreadable(Broken):
    """A sealed key was changed, moved to another version, or sealed under another field key; `details["version_id"]`."""

    code = "key-unreadable"


def seal_document(version_id: int, key: Key) -> bytes:
    """What `question_keys.document` holds for this version."""
    plain = json.dumps(key_as_document(key), ensure_ascii=False, separators=(",", ":")).encode()
    return seal_bytes(plain, bound_to=place_of(version_id), key=field_key())


def open_document(version_id: int, sealed: bytes) -> Key:
    """The key that was sealed for this version.  Raises KeyUnreadable."""
    try:
        plain = unseal_bytes(sealed, bound_to=place_of(version_id), key=field_key())
    except Unreadable as error:
        raise KeyUnreadable(
            f"the key of version {version_id} can't be read", version_id=version_id
        ) from error
    return key_from_document(json.loads(plain))


def place_of(version_id: int) -> str:
    """The row and column that a sealed key is bound to."""
    return f"{_COLUMN}:{version_id}"
