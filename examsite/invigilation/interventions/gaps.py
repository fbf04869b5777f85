"""From what the server saw of an attempt to interruptions that an invigilator may enter.  Pure; evidence, never a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

#: A page that is heard of less often than this is offline (it pulses every few seconds).
SHORTEST = timedelta(seconds=45)


@dataclass(frozen=True, slots=True)
class Gap:
    """Silence between the last sign of a page and its return.  ended: None while the page is still silent."""

    begun: datetime
    ended: datetime | None

    def seconds(self, now: datetime) -> int:
        """How long it lasted, or has lasted, rounded up to whole seconds."""
        return -int(-((self.ended or now) - self.begun).total_seconds() // 1)


def gaps(
    signs: Sequence[datetime],
    returns: Sequence[datetime],
    *,
    last_seen: datetime | None,
    now: datetime,
    is_open: bool,
    shortest: timedelta = SHORTEST,
) -> list[Gap]:
    """Gaps of at least `shortest`, the oldest first.

    signs: acknowledgements and openings, in any order.  returns: when the page was opened anew, here or on another
    machine.  last_seen: the newest sign of all.  A thinking candidate sends nothing for minutes, so that silence between
    two acknowledgements alone is no gap: one ends only with a return, or has not ended.
    """
    found = []
    for at in sorted(returns):
        before = [sign for sign in signs if sign < at]
        if before and at - max(before) >= shortest:
            found.append(Gap(max(before), at))
    if is_open and last_seen is not None and now - last_seen >= shortest:
        found.append(Gap(last_seen, None))
    return found
