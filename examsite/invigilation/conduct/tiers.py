"""The tiers of 违纪 as `tiers.toml` has them: unverified texts, never a rule of this certification by themselves."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

FILE = Path(__file__).with_name("tiers.toml")


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier.  cancels: its text takes this subject's result away; None where the text does not say."""

    code: str
    label: str
    text: str
    cancels: bool | None
    is_verified: bool

    @property
    def title(self) -> str:
        return f"{self.label}：{self.text}"


@dataclass(frozen=True, slots=True)
class Tiers:
    """All tiers in order, and where their texts come from."""

    source: str
    tiers: tuple[Tier, ...]

    def get(self, code: str) -> Tier | None:
        return next((tier for tier in self.tiers if tier.code == code), None)


@lru_cache(maxsize=1)
def tiers() -> Tiers:
    """The file, read once.  ValueError where two tiers share a code."""
    return read(FILE.read_text(encoding="utf-8"))


def read(text: str) -> Tiers:
    """Tiers from the text of such a file.  A tier may be verified by itself; else the file's word counts."""
    document = tomllib.loads(text)
    found = tuple(
        Tier(
            entry["code"],
            entry["label"],
            entry["text"],
            entry.get("cancels"),
            entry.get("verified", document["verified"]),
        )
        for entry in document["tiers"]
    )
    if len({tier.code for tier in found}) != len(found):
        raise ValueError("two tiers share a code")
    return Tiers(document["source"], found)
