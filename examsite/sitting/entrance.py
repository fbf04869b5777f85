"""Which machines open a paper: the network they stand in, and Safe Exam Browser with the configuration that was handed out.

`check` is pure: it compares what a request showed with what sitting and room ask for.  A signal is evidence for people;
only where the sitting says that it is required does it keep a machine out, and the refusal is then kept for the
invigilator to see.

Safe Exam Browser proves its configuration with SHA-256 over the address of the page and the key, in a header of every
request, or, where its engine can't set headers, through `SafeExamBrowser.security`, which the page sends along.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from examsite import audit
from examsite.access.scope import SignedIn
from examsite.errors import Refused
from examsite.planning.models import SignalPolicy, Sitting
from examsite.planning.networks import is_inside
from examsite.registration.models import Enrolment, Room
from examsite.sitting import opening
from examsite.sitting.models import AttemptEvent, EntranceRefusal
from examsite.sitting.queries import Place

CONFIG_KEY_HEADER = "X-SafeExamBrowser-ConfigKeyHash"
BROWSER_KEY_HEADER = "X-SafeExamBrowser-RequestHash"
MOST_POSTED = 4_000

NETWORK, SEB_MISSING, SEB_CONFIG, SEB_BROWSER = "network", "seb-missing", "seb-config-key", "seb-browser-key"
#: What a candidate reads who is kept out.
WORDS = {
    NETWORK: "本机的网络地址（{address}）不在本场考试允许的范围内。请使用指定的考试机，或请监考员处理。",
    SEB_MISSING: "本场考试须使用安全考试浏览器（Safe Exam Browser）。请用考点发放的配置文件打开它后重新登录，或请监考员处理。",
    SEB_CONFIG: "安全考试浏览器的配置与本场考试不符。请用考点发放的最新配置文件重新打开，或请监考员处理。",
    SEB_BROWSER: "安全考试浏览器的程序版本与本场考试不符。请使用考点指定的版本，或请监考员处理。",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a request showed.  url: as the browser asked for it, without fragment.  page_url, page_…: what the page said."""

    address: str
    url: str
    config_hash: str = ""
    browser_hash: str = ""
    page_url: str = ""
    page_config_hash: str = ""
    page_browser_hash: str = ""


@dataclass(frozen=True, slots=True)
class Signals:
    """reasons: codes of what did not fit.  refused: those of them for which the sitting lets nobody in."""

    reasons: tuple[str, ...]
    refused: tuple[str, ...]
    evidence: dict[str, Any]


class NotAdmitted(Refused):
    """This machine may not open the paper."""

    code = "not-admitted"

    def __init__(self, signals: Signals) -> None:
        address = signals.evidence.get("address", "")
        super().__init__("".join(WORDS[reason].format(address=address) for reason in signals.refused))
        self.signals = signals


def facts_of(
    *, address: str, url: str, headers: Any, posted: str = "", page_urls: Sequence[str] = ()
) -> Facts:
    """What this request shows.  posted: the JSON that the page sent of Safe Exam Browser; nonsense counts as nothing.

    page_urls: addresses of the pages that may say so; what is said of another one is left out.
    """
    said: Any = {}
    if 0 < len(posted) <= MOST_POSTED:
        try:
            said = json.loads(posted)
        except ValueError:
            said = {}
    said = said if isinstance(said, dict) else {}
    page_url = str(said.get("url", "")).partition("#")[0]
    if page_url not in page_urls:
        said, page_url = {}, ""
    return Facts(
        address,
        url,
        headers.get(CONFIG_KEY_HEADER, "").strip().lower(),
        headers.get(BROWSER_KEY_HEADER, "").strip().lower(),
        page_url,
        str(said.get("config_key", "")).strip().lower(),
        str(said.get("browser_exam_key", "")).strip().lower(),
    )


def check(sitting: Sitting, room: Room | None, facts: Facts) -> Signals:
    """What this machine shows against what sitting and room ask for."""
    reasons: list[str] = []
    evidence: dict[str, Any] = {"address": facts.address}
    refused: list[str] = []
    if sitting.network_policy != SignalPolicy.OFF:
        networks = (room.networks if room else None) or sitting.networks
        found = [] if not networks or is_inside(facts.address, networks) else [NETWORK]
        evidence["network"] = not found
        reasons += found
        refused += found if sitting.network_policy == SignalPolicy.REQUIRED else []
    if sitting.seb_policy != SignalPolicy.OFF:
        found = _browser(sitting, facts)
        evidence["seb"] = not found
        evidence["seb_from"] = "header" if facts.config_hash else "page" if facts.page_config_hash else ""
        reasons += found
        refused += found if sitting.seb_policy == SignalPolicy.REQUIRED else []
    return Signals(tuple(reasons), tuple(refused), evidence)


def _browser(sitting: Sitting, facts: Facts) -> list[str]:
    if not (facts.config_hash or facts.page_config_hash):
        return [SEB_MISSING]
    if not (
        _fits(facts.config_hash, facts.url, sitting.seb_config_keys)
        or _fits(facts.page_config_hash, facts.page_url, sitting.seb_config_keys)
    ):
        return [SEB_CONFIG]
    keys = sitting.seb_browser_keys
    if keys and not (
        _fits(facts.browser_hash, facts.url, keys) or _fits(facts.page_browser_hash, facts.page_url, keys)
    ):
        return [SEB_BROWSER]
    return []


def _fits(given: str, url: str, keys: Sequence[str]) -> bool:
    """Whether a hash is that of the address with one of the keys."""
    if not given or not url:
        return False
    hashes = [hashlib.sha256((url + key).encode()).hexdigest() for key in keys]
    return any(hmac.compare_digest(given.encode(), right.encode()) for right in hashes)


def open_paper(
    session: Session, place: Place, facts: Facts, *, held: str | None, actor: SignedIn, now: datetime
) -> str:
    """Open the paper where the machine may, and keep what it showed; the lease's token.

    Raises NotAdmitted, and what opening raises.  Without any policy it costs nothing.
    """
    sitting = place.sitting
    if sitting.network_policy == SignalPolicy.OFF and sitting.seb_policy == SignalPolicy.OFF:
        return opening.open_paper(session, place, held=held, actor=actor, now=now)
    room = session.get(Room, place.enrolment.room_id) if place.enrolment.room_id else None
    signals = check(sitting, room, facts)
    if signals.refused:
        raise NotAdmitted(signals)
    lease = opening.open_paper(session, place, held=held, actor=actor, now=now)
    session.add(
        AttemptEvent(
            attempt_id=place.id,
            at=now,
            kind="entrance",
            detail={**signals.evidence, "reasons": list(signals.reasons), "login": actor.login_id},
        )
    )
    return lease


def note_refusal(
    session: Session, enrolment: Enrolment, signals: Signals, *, actor: SignedIn, now: datetime
) -> None:
    """Keep that this machine was not let in: the invigilator sees it.  In a transaction of its own."""
    row = EntranceRefusal(
        enrolment_id=enrolment.id, at=now, reasons=list(signals.refused), evidence=signals.evidence
    )
    session.add(row)
    session.flush()
    audit.record(
        session, "entrance.refuse", of=row, actor=actor, now=now, reasons=row.reasons, evidence=row.evidence
    )


def refusals(session: Session, sitting_id: int) -> Sequence[tuple[EntranceRefusal, Enrolment]]:
    """Machines that were not let in at a sitting, the newest first, with the candidate and their person."""
    rows = session.execute(
        select(EntranceRefusal, Enrolment)
        .join(Enrolment, Enrolment.id == EntranceRefusal.enrolment_id)
        .where(Enrolment.sitting_id == sitting_id)
        .options(joinedload(Enrolment.person))
        .order_by(EntranceRefusal.id.desc())
    )
    return [(refusal, enrolment) for refusal, enrolment in rows]
