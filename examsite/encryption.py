"""Personal data at rest: AES-256-GCM bound to its row and column, and a blind index for equality."""

from __future__ import annotations

import base64
import hmac
import secrets
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

_NONCE_BYTES = 12


class Unreadable(Exception):
    """The sealed value was changed, moved to another row, or sealed under another key."""


def field_key() -> bytes:
    """The 32-byte key of the current application."""
    return current_app.extensions["examsite-config"].field_key  # type: ignore[no-any-return]


def seal(plaintext: str, *, bound_to: str, key: bytes) -> str:
    """Encrypt one value.  `bound_to` names its place ("persons.identity:17"); it must be the same when unsealing."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(_derived(key, b"field")).encrypt(nonce, plaintext.encode(), bound_to.encode())
    return "1:" + base64.b64encode(nonce + sealed).decode()


def unseal(sealed: str, *, bound_to: str, key: bytes) -> str:
    """The value that was sealed.  Raises Unreadable."""
    version, _, body = sealed.partition(":")
    try:
        if version != "1":
            raise Unreadable(f"sealed value of version {version!r}")
        raw = base64.b64decode(body, validate=True)
        plain = AESGCM(_derived(key, b"field")).decrypt(
            raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound_to.encode()
        )
    except (InvalidTag, ValueError) as error:
        raise Unreadable(bound_to) from error
    return plain.decode()


def blind_index(value: str, *, column: str, key: bytes) -> str:
    """A keyed digest that is equal for equal values of one column: look-up without decryption."""
    return hmac.new(_derived(key, b"index"), f"{column}:{value}".encode(), sha256).hexdigest()


def _derived(key: bytes, purpose: bytes) -> bytes:
    return hmac.new(key, b"examsite:" + purpose, sha256).digest()
