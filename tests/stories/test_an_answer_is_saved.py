"""An answer is saved.

What a candidate enters is acknowledged once it is in the database, is there after a reload and on another machine, and
the receipt of the hand-in is a hash that anybody can compute again from what is stored.
"""

from __future__ import annotations

import hashlib
import json

from examsite.clock import as_milliseconds
from tests.browse import data_block
from tests.conftest import Site
from tests.stories.journey import (
    OPENS,
    Ready,
    come_in,
    lines_of,
    make_ready_sitting,
    sit_down,
    stored_answers,
)


def test_an_answer_is_saved(site: Site) -> None:
    ready = _ready(site)
    site.clock.set(OPENS)
    desk = sit_down(site, come_in(site, ready.tickets[0]))
    lines = lines_of(site, desk.attempt)
    first, second, third = lines[:3]

    # Acknowledged is what is stored: the newest revision of every answer.
    reply = desk.answer(
        {first.position: first.response(right=False), second.position: second.response(right=True)}
    )
    assert reply.json["acknowledged"] == [{"position": 1, "revision": 1}, {"position": 2, "revision": 2}]
    assert reply.json["deadline"] == as_milliseconds(OPENS) + 90 * 60_000
    desk.answer({first.position: first.response(right=True)})
    held = stored_answers(site, desk.attempt)
    assert {p: (row.revision, row.response) for p, row in held.items()} == {
        1: (3, first.response(right=True)),
        2: (2, second.response(right=True)),
    }

    # A packet that comes twice, or after a newer one, changes nothing and is acknowledged.
    for revision, position, right in ((5, 2, True), (4, 2, False), (1, 1, False)):
        desk.revision = revision - 1
        reply = desk.answer({position: lines[position - 1].response(right=right)})
        assert reply.json["acknowledged"] == [{"position": position, "revision": revision}]
    held = stored_answers(site, desk.attempt)
    assert (held[1].revision, held[2].revision) == (3, 5)
    assert held[2].response == second.response(right=True)

    # After a reload the page shows what was saved, and goes on where it was.
    site.clock.advance(minutes=10)
    reloaded = data_block(desk.browse.get(desk.page.url), "paper-data")
    assert reloaded["answers"]["1"] == {
        "revision": 3,
        "response": first.response(right=True),
        "marked": False,
    }
    assert (reloaded["revision"], reloaded["deadline"]) == (5, reply.json["deadline"])

    # Signing in at another machine ends this one, first in words and then for good; nothing that was saved is lost.
    elsewhere = come_in(site, ready.tickets[0])
    desk.revision = 5
    lost = desk.answer({third.position: third.response(right=True)})
    assert (lost.status, lost.json["code"]) == (401, "signed-out")
    moved = sit_down(site, elsewhere)
    assert (moved.attempt, moved.sent) == (desk.attempt, {1: 3, 2: 5})
    assert moved.revision > 5  # far above what the older page may still hold
    lost = desk.answer({third.position: third.response(right=True)})
    assert (lost.status, lost.json["code"]) == (409, "lease-lost")
    assert set(stored_answers(site, moved.attempt)) == {1, 2}
    moved.answer({third.position: third.response(right=False)})

    # Handing in is possible from half an hour after the start on, and closes the paper.
    early = moved.hand_in()
    assert (early.status, early.json["code"]) == (409, "too-early")
    site.clock.advance(minutes=20)
    assert moved.hand_in().json["handed_in"] is True
    receipt = moved.receipt()
    assert "3 / 20" in receipt.text
    assert _receipt_by_hand(site, moved.attempt)[:16] in receipt.text
    late = moved.answer({third.position: third.response(right=True)})
    assert late.json["acknowledged"] == []
    assert stored_answers(site, moved.attempt)[3].response == third.response(right=False)
    assert moved.browse.get(desk.page.url).url == receipt.url
    assert "unbroken" in site.run("audit", "verify")


def _ready(site: Site) -> Ready:
    with site.writing() as session:
        return make_ready_sitting(session, "样例甲")


def _receipt_by_hand(site: Site, attempt: str) -> str:
    """SHA-256 of attempt and answers (position, revision, response) as JSON with sorted names and no spaces."""
    held = stored_answers(site, attempt)
    said = {"attempt": attempt, "answers": [[p, held[p].revision, held[p].response] for p in sorted(held)]}
    text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
