"""The steps from the end of a sitting to released results, and what blocks the next one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from examsite.pages import moment
from examsite.planning.models import Sitting
from examsite.results.blockers import blocker_of_proposal
from examsite.results.models import Release, ReleaseStatus
from examsite.results.queries import Line


def steps(
    sitting: Sitting, found: list[Line], releases: Sequence[Release], seen: str, now: datetime
) -> list[dict[str, Any]]:
    """Steps as the timeline macro takes them.  seen: the digest of the present scores."""
    open_now = [line for line in found if line.status == "answering"]
    has_ended = not open_now and (now >= sitting.closes_at or all(line.status != "absent" for line in found))
    is_collected = bool(found) and all(line.score_id is not None for line in found)
    newest = releases[0] if releases else None
    is_released = any(one.status == ReleaseStatus.RELEASED and one.digest == seen for one in releases)
    is_proposed = newest is not None and newest.status == ReleaseStatus.PROPOSED
    blocker = blocker_of_proposal(found) if is_collected else ""
    return [
        {
            "title": _("The sitting ends"),
            "state": "done" if has_ended else "now",
            "when": moment(sitting.closes_at),
            "text": ngettext(
                "%(num)s candidate is still answering.",
                "%(num)s candidates are still answering.",
                len(open_now),
            )
            if open_now
            else "",
        },
        {
            "title": _("Scores are collected"),
            "state": "done" if is_collected else ("now" if has_ended else "later"),
            "text": _("Every script is scored from the stored answers; collecting again changes nothing."),
        },
        {
            "title": _("One person proposes the release"),
            "state": "done"
            if is_released or is_proposed
            else ("blocked" if blocker else ("now" if is_collected else "later")),
            "blocker": "" if is_released or is_proposed else blocker,
            "text": _("returned by %(name)s: %(note)s", name=newest.ended_by.name, note=newest.note)
            if newest and newest.status == ReleaseStatus.RETURNED and newest.ended_by
            else "",
        },
        {
            "title": _("Another person releases"),
            "state": "done" if is_released and not is_proposed else ("now" if is_proposed else "later"),
            "text": _("From then on each candidate sees the own score and decision."),
        },
    ]
