"""Verb on sittings: which machines may open the papers, and whether an invigilator allows a change of machine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from examsite import audit
from examsite.audit import Actor
from examsite.errors import Invalid, Refused
from examsite.planning.models import SignalPolicy, Sitting, SittingStatus, TakeoverPolicy

_KEY = re.compile(r"[0-9a-f]{64}")


class BadKey(ValueError):
    """One line is no key of Safe Exam Browser; `line` is what stood there."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line


class KeysMissing(Invalid):
    """The policy looks at something that nothing was given for."""

    code = "keys-missing"


class SittingOver(Refused):
    """The sitting is over or cancelled."""

    code = "sitting-over"


@dataclass(frozen=True, slots=True)
class Entrance:
    """What a sitting asks of machines.  networks: CIDR.  keys: 64 hexadecimal digits each."""

    takeover: TakeoverPolicy = TakeoverPolicy.FREE
    network: SignalPolicy = SignalPolicy.OFF
    networks: tuple[str, ...] = ()
    seb: SignalPolicy = SignalPolicy.OFF
    config_keys: tuple[str, ...] = ()
    browser_keys: tuple[str, ...] = ()


def keys_of(text: str) -> list[str]:
    """Keys of Safe Exam Browser, apart by lines or spaces, each once, in lower case.  Raises BadKey."""
    found: list[str] = []
    for part in text.lower().split():
        if not _KEY.fullmatch(part):
            raise BadKey(part)
        if part not in found:
            found.append(part)
    return found


def set_entrance(session: Session, sitting: Sitting, asked: Entrance, *, actor: Actor, now: datetime) -> None:
    """Say what machines must show, also while the sitting runs: a rule that locks a room out can be lifted at once.

    Raises KeysMissing, SittingOver.
    """
    session.flush()
    session.refresh(sitting, ["status"], with_for_update=True)
    if sitting.status == SittingStatus.CANCELLED or now >= sitting.closes_at:
        raise SittingOver(_("This sitting is over or cancelled, so its entrance is fixed."))
    if asked.seb != SignalPolicy.OFF and not asked.config_keys:
        raise KeysMissing(_("Give at least one config key, or don't look at Safe Exam Browser."))
    sitting.takeover_policy = asked.takeover
    sitting.network_policy, sitting.networks = asked.network, list(asked.networks)
    sitting.seb_policy, sitting.seb_config_keys = asked.seb, list(asked.config_keys)
    sitting.seb_browser_keys = list(asked.browser_keys)
    audit.record(
        session,
        "sitting.set_entrance",
        of=sitting,
        actor=actor,
        now=now,
        takeover=asked.takeover.value,
        network=asked.network.value,
        networks=list(asked.networks),
        seb=asked.seb.value,
        config_keys=[key[:8] for key in asked.config_keys],
        browser_keys=[key[:8] for key in asked.browser_keys],
    )
