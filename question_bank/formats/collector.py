"""Python's collector of cycles, held off while a large file becomes a hundred thousand values that all stay."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def held_off() -> Iterator[None]:
    """Without the collector, which would walk all that was read again and again; nothing read forms a cycle.

    It is the process's own: others merely leave their garbage a moment longer.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
