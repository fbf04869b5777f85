"""Secrets at rest (identity numbers, keys, files): AES-256-GCM bound to row and column, and keyed digests for equality."""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from functools import lru_cache
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app, has_app_context

_NONCE_BYTES = 12
#: The first byte of what `seal_bytes` makes.
_VERSION = b"\x01"


class Unreadable(Exception):
    """The sealed value was changed, moved to another row, or sealed under another key."""


def field_key() -> bytes:
    """The 32-byte key of the current application."""
    return current_app.extensions["examsite-config"].field_key  # type: ignore[no-any-return]


def fingerprint_key() -> bytes:
    """The key of fingerprints: it stays when the field key is exchanged, for papers name fingerprints."""
    config = current_app.extensions["examsite-config"]
    return config.fingerprint_key or _derived(config.field_key, b"fingerprint")


def keys_of_migrations() -> tuple[bytes, bytes]:
    """Field key and fingerprint key for a step that converts rows: the application's, or, without one, the environment's."""
    if has_app_context():
        return field_key(), fingerprint_key()
    try:
        field = base64.b64decode(os.environ.get("EXAMSITE_FIELD_KEY", ""), validate=True)
        own = base64.b64decode(os.environ.get("EXAMSITE_FINGERPRINT_KEY", ""), validate=True)
    except ValueError:
        field = own = b""
    if len(field) != 32:
        raise Unreadable("this step seals what the database holds: run it with EXAMSITE_FIELD_KEY set")
    return field, own or _derived(field, b"fingerprint")


def seal(plaintext: str, *, bound_to: str, key: bytes) -> str:
    """Encrypt one value.  `bound_to` names its place ("persons.identity:17"); it must be the same when unsealing."""
    return "1:" + base64.b64encode(_encrypt(plaintext.encode(), bound_to, key)).decode()


def unseal(sealed: str, *, bound_to: str, key: bytes) -> str:
    """The value that was sealed.  Raises Unreadable."""
    version, _, body = sealed.partition(":")
    if version != "1":
        raise Unreadable(bound_to) from ValueError(f"sealed value of version {version!r}")
    try:
        raw = base64.b64decode(body, validate=True)
    except ValueError as error:
        raise Unreadable(bound_to) from error
    return _decrypt(raw, bound_to, key).decode()


def seal_bytes(plain: bytes, *, bound_to: str, key: bytes) -> bytes:
    """As `seal`, for a column of bytes: no larger than it has to be (29 bytes more than what is sealed)."""
    return _VERSION + _encrypt(plain, bound_to, key)


def unseal_bytes(sealed: bytes, *, bound_to: str, key: bytes) -> bytes:
    """The bytes that `seal_bytes` sealed.  Raises Unreadable."""
    if sealed[:1] != _VERSION:
        raise Unreadable(bound_to) from ValueError(f"sealed bytes of version {sealed[:1]!r}")
    return _decrypt(sealed[1:], bound_to, key)


def blind_index(value: str, *, column: str, key: bytes) -> str:
    """A keyed digest that is equal for equal values of one column: look-up without decryption."""
    return hmac.new(_derived(key, b"index"), f"{column}:{value}".encode(), sha256).hexdigest()


def keyed_digest(value: str, *, key: bytes) -> str:
    """HMAC-SHA-256 in hexadecimal: equal for equal values, and nobody without the key finds the value by trying."""
    return hmac.new(key, value.encode(), sha256).hexdigest()


def _encrypt(plain: bytes, bound_to: str, key: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + _cipher(key).encrypt(nonce, plain, bound_to.encode())


def _decrypt(raw: bytes, bound_to: str, key: bytes) -> bytes:
    try:
        return _cipher(key).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], bound_to.encode())
    except (InvalidTag, ValueError) as error:
        raise Unreadable(bound_to) from error


@lru_cache(maxsize=4)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(_derived(key, b"field"))


@lru_cache(maxsize=16)
def _derived(key: bytes, purpose: bytes) -> bytes:
    return hmac.new(key, b"examsite:" + purpose, sha256).digest()
