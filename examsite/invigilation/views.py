"""The pages of invigilation, a module each."""

from __future__ import annotations

from examsite.invigilation.blueprint import bp

__all__ = ["bp"]
