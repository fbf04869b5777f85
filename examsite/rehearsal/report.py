"""From what simulated candidates saw to a report in plain words: is this centre ready?

The thresholds are this project's, not the standard's: a save that takes longer than half a second is felt, one that takes
longer than two seconds makes people press again.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.rehearsal.candidates import Diary
from examsite.rehearsal.machine import Machine
from examsite.sitting.models import Answer, Attempt

GOOD, WATCH, BAD = "good", "watch", "bad"
SLOW = {"sign-in": (2.0, 5.0), "open": (3.0, 10.0), "save": (0.5, 2.0), "hand-in": (2.0, 5.0)}
CLOCK_WATCH, CLOCK_BAD = 1.0, 5.0
#: What one attempt takes on disk at most, with its log and record; room for ten such sittings should be free.
BYTES_AN_ATTEMPT = 40_000
SITTINGS_OF_ROOM = 10
LEAST_FREE = 2 * 1024**3
SMALL_ROOM = 60


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at.  light: good, watch or bad; sentence: what was found and, unless good, what to do."""

    light: str
    topic: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one kind of request took, in seconds."""

    what: str
    count: int
    median: float
    p95: float
    longest: float


def lost(session: Session, diaries: Sequence[Diary]) -> int:
    """How many acknowledged answers are neither in the database nor superseded by a later acknowledged one."""
    by_attempt = {diary.attempt: diary for diary in diaries if diary.attempt}
    held: dict[tuple[str, int], tuple[int, Any]] = {}
    ids = sorted(by_attempt)
    for start in range(0, len(ids), 500):
        rows = session.execute(
            select(Answer.attempt_id, Answer.position, Answer.revision, Answer.response).where(
                Answer.attempt_id.in_(ids[start : start + 500])
            )
        )
        held.update({(a, p): (r, response) for a, p, r, response in rows})
    missing = 0
    for attempt, diary in by_attempt.items():
        for position, revision in diary.acknowledged.items():
            found = held.get((attempt, position))
            if (
                found is None
                or found[0] < revision
                or found[1] != diary.texts.get((position, found[0]), found[1])
            ):
                missing += 1
    return missing


def still_open(session: Session, diaries: Sequence[Diary]) -> int:
    """How many of these attempts are not closed."""
    ids = [diary.attempt for diary in diaries if diary.attempt]
    closed = 0
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        closed += len(
            session.scalars(
                select(Attempt.id).where(Attempt.id.in_(part), Attempt.closed_at.is_not(None))
            ).all()
        )
    return len(ids) - closed


def timings(diaries: Sequence[Diary]) -> list[Timing]:
    """Every kind of request with its figures, in the order in which candidates make them."""
    found = []
    for what in SLOW:
        values = sorted(value for diary in diaries for value in diary.times.get(what, []))
        if values:
            p95 = values[min(len(values) - 1, math.ceil(0.95 * len(values)) - 1)]
            found.append(Timing(what, len(values), statistics.median(values), p95, values[-1]))
    return found


def findings(diaries: Sequence[Diary], machine: Machine, *, lost: int, still_open: int) -> list[Finding]:
    """What a centre should know, the worst first."""
    said = [
        _losses(diaries, lost),
        _faults(diaries),
        *(_speed(timing) for timing in timings(diaries)),
        _clock(diaries, machine),
        _storage(len(diaries), machine),
        _disk(machine),
        _engine(len(diaries), machine),
        _closing(still_open, machine),
    ]
    order = {BAD: 0, WATCH: 1, GOOD: 2}
    return sorted((finding for finding in said if finding), key=lambda finding: order[finding.light])


def verdict(found: Sequence[Finding]) -> str:
    """The worst light of all."""
    lights = {finding.light for finding in found}
    return BAD if BAD in lights else WATCH if WATCH in lights else GOOD


def as_document(
    diaries: Sequence[Diary], machine: Machine, found: Sequence[Finding], *, lost: int
) -> dict[str, Any]:
    """The report as it is stored and as pages show it."""
    return {
        "verdict": verdict(found),
        "candidates": len(diaries),
        "handed_in": sum(diary.handed_in for diary in diaries),
        "acknowledged": sum(len(diary.acknowledged) for diary in diaries),
        "lost": lost,
        "cuts": sum(diary.cuts for diary in diaries),
        "timings": [asdict(timing) for timing in timings(diaries)],
        "machine": asdict(machine),
        "findings": [asdict(finding) for finding in found],
        "faults": sorted({fault[:200] for diary in diaries for fault in diary.faults})[:20],
    }


def _losses(diaries: Sequence[Diary], lost: int) -> Finding:
    held = sum(len(diary.acknowledged) for diary in diaries)
    cuts = sum(diary.cuts for diary in diaries)
    topic = _("Answers")
    if lost:
        return Finding(
            BAD,
            topic,
            _(
                "%(lost)d of %(held)d acknowledged answers are not in the database. Do not hold the sitting: check the "
                "disk and the settings of the database (fsync, synchronous_commit).",
                lost=lost,
                held=held,
            ),
        )
    if not held:
        return Finding(BAD, topic, _("Not one answer was acknowledged, so nothing can be said about losses."))
    return Finding(
        GOOD,
        topic,
        _(
            "Every one of %(held)d acknowledged answers is in the database; the line was cut %(cuts)d times.",
            held=held,
            cuts=cuts,
        ),
    )


def _faults(diaries: Sequence[Diary]) -> Finding:
    ill = [diary for diary in diaries if diary.faults or not diary.handed_in]
    topic = _("Candidates")
    if not ill:
        return Finding(
            GOOD, topic, _("All %(count)d candidates signed in, answered and handed in.", count=len(diaries))
        )
    first = next((diary.faults[0] for diary in ill if diary.faults), "")
    return Finding(
        BAD,
        topic,
        _(
            "%(ill)d of %(count)d candidates could not finish. The first fault: %(fault)s",
            ill=len(ill),
            count=len(diaries),
            fault=first[:160] or "—",
        ),
    )


def _speed(timing: Timing) -> Finding:
    watch, bad = SLOW[timing.what]
    light = GOOD if timing.p95 <= watch else WATCH if timing.p95 <= bad else BAD
    what = {
        "sign-in": _("Signing in"),
        "open": _("Opening the paper"),
        "save": _("Saving an answer"),
        "hand-in": _("Handing in"),
    }[timing.what]
    figures = _(
        "95 of 100 took at most %(p95)s s, half at most %(median)s s, the longest %(longest)s s.",
        p95=f"{timing.p95:.2f}",
        median=f"{timing.median:.2f}",
        longest=f"{timing.longest:.2f}",
    )
    if light == GOOD:
        return Finding(light, what, figures)
    advice = _(
        "Candidates will feel it. Give the server more cores or workers, close other programs, or let the rooms begin some minutes apart."
    )
    return Finding(light, what, f"{figures}{advice}")


def _clock(diaries: Sequence[Diary], machine: Machine) -> Finding:
    offsets = [diary.offset for diary in diaries if diary.offset is not None]
    typical = statistics.median(offsets) if offsets else 0.0
    worst = max(abs(typical), abs(machine.database_offset or 0.0))
    light = GOOD if worst <= CLOCK_WATCH else WATCH if worst <= CLOCK_BAD else BAD
    figures = _(
        "The server's clock differs from this machine's by %(server)s s, the database's from the server's by %(database)s s.",
        server=f"{typical:.1f}",
        database="—" if machine.database_offset is None else f"{machine.database_offset:.1f}",
    )
    if light == GOOD:
        return Finding(light, _("Clocks"), figures)
    return Finding(
        light,
        _("Clocks"),
        figures + _("The server's time counts. Set it by a time server (NTP) before the sitting."),
    )


def _storage(candidates: int, machine: Machine) -> Finding:
    topic = _("Room on the disk")
    if machine.free_bytes is None:
        return Finding(
            WATCH,
            topic,
            _(
                "The database is on another server and its disk could not be looked at. See that at least %(need)s GB are free there.",
                need=f"{LEAST_FREE / 1024**3:.0f}",
            ),
        )
    need = max(LEAST_FREE, candidates * BYTES_AN_ATTEMPT * SITTINGS_OF_ROOM)
    figures = _("%(free)s GB are free.", free=f"{machine.free_bytes / 1024**3:.1f}")
    if machine.free_bytes >= need:
        return Finding(GOOD, topic, figures)
    return Finding(BAD, topic, figures + _("At least %(need)s GB should be.", need=f"{need / 1024**3:.1f}"))


def _disk(machine: Machine) -> Finding:
    figures = _("A durable transaction takes %(time)s ms.", time=f"{machine.commit_ms:.1f}")
    light = GOOD if machine.commit_ms < 20 else WATCH if machine.commit_ms < 100 else BAD
    if light == GOOD:
        return Finding(light, _("Speed of the disk"), figures)
    return Finding(
        light,
        _("Speed of the disk"),
        figures + _("Use a solid-state disk for the database; do not switch its durability off."),
    )


def _engine(candidates: int, machine: Machine) -> Finding:
    topic = _("Database")
    if machine.database == "sqlite" and candidates > SMALL_ROOM:
        return Finding(
            WATCH,
            topic,
            _(
                "SQLite serves a small room, not %(count)d candidates. Use PostgreSQL for the real sitting.",
                count=candidates,
            ),
        )
    return Finding(GOOD, topic, machine.database)


def _closing(still_open: int, machine: Machine) -> Finding:
    topic = _("Closing by the clock")
    if not machine.worker:
        return Finding(
            BAD,
            topic,
            _(
                "The worker did not do its job within its time. Start it beside the server: flask --app wsgi jobs work"
            ),
        )
    if still_open:
        return Finding(
            WATCH, topic, _("The worker runs; %(count)d papers were still open at the end.", count=still_open)
        )
    return Finding(GOOD, topic, _("The worker runs, and every paper is closed."))
