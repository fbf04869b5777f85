"""Every setting of a running site, read once at the start, failing loudly."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

_WEAK_SECRETS = {"", "secret", "dev", "changeme", "change-me", "password"}


class Environment(StrEnum):
    PRODUCTION = "production"
    DEMO = "demo"
    TEST = "test"


class BadConfig(Exception):
    """A setting is missing or unsafe; the message names it and what to do."""


@dataclass(frozen=True, slots=True)
class Config:
    """One site.  Units are in the names."""

    database_url: str
    secret_key: str
    field_key: bytes
    environment: Environment = Environment.PRODUCTION
    language: str = "zh"
    timezone: str = "Asia/Shanghai"
    max_upload_mib: int = 12
    staff_idle: timedelta = timedelta(minutes=15)
    login_lifetime: timedelta = timedelta(hours=12)
    lockout_failures: int = 5
    staff_lockout: timedelta = timedelta(minutes=15)
    candidate_lockout: timedelta = timedelta(minutes=1)
    address_failures_per_10_minutes: int = 60
    proxies: int = 0
    plain_http: bool = False
    #: Set once the field key was exchanged (`flask keys rotate` says to what); else derived from the field key.
    fingerprint_key: bytes | None = None

    def __post_init__(self) -> None:
        if self.fingerprint_key is not None and len(self.fingerprint_key) != 32:
            raise BadConfig("EXAMSITE_FINGERPRINT_KEY must be what `flask keys rotate` printed.")
        if len(self.field_key) != 32:
            raise BadConfig("EXAMSITE_FIELD_KEY must be 32 bytes in base64; make one with `flask keys new`.")
        weak = self.secret_key.strip().lower() in _WEAK_SECRETS or len(self.secret_key) < 32
        if weak and self.environment is not Environment.TEST:
            raise BadConfig("EXAMSITE_SECRET_KEY is missing or weak; make one with `flask keys new`.")

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Config:
        """The site that the EXAMSITE_… variables describe.  Raises BadConfig naming the variable that is wrong."""
        try:
            environment = Environment(environ.get("EXAMSITE_ENVIRONMENT", "production"))
        except ValueError:
            known = ", ".join(Environment)
            raise BadConfig(f"EXAMSITE_ENVIRONMENT must be one of: {known}.") from None
        try:
            field_key = base64.b64decode(environ.get("EXAMSITE_FIELD_KEY", ""), validate=True)
            fingerprint_key = base64.b64decode(environ.get("EXAMSITE_FINGERPRINT_KEY", ""), validate=True)
        except ValueError:
            raise BadConfig("EXAMSITE_FIELD_KEY or EXAMSITE_FINGERPRINT_KEY is not base64.") from None
        url = environ.get("EXAMSITE_DATABASE_URL", "")
        if not url:
            raise BadConfig("EXAMSITE_DATABASE_URL is missing, e.g. postgresql+psycopg://examsite@/examsite.")
        return cls(
            database_url=url,
            secret_key=environ.get("EXAMSITE_SECRET_KEY", ""),
            field_key=field_key,
            fingerprint_key=fingerprint_key or None,
            environment=environment,
            language=environ.get("EXAMSITE_LANGUAGE", "zh"),
            timezone=environ.get("EXAMSITE_TIMEZONE", "Asia/Shanghai"),
            max_upload_mib=_whole(environ, "EXAMSITE_MAX_UPLOAD_MIB", 12),
            proxies=_whole(environ, "EXAMSITE_PROXIES", 0),
            plain_http=environ.get("EXAMSITE_PLAIN_HTTP", "") == "1"
            or environment is not Environment.PRODUCTION,
        )


def _whole(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, str(default))
    if not text.isdigit():
        raise BadConfig(f"{name} must be a whole number, not {text!r}.")
    return int(text)
