"""A simulated candidate: signs in, opens the paper at the start, answers, loses the line now and then, hands in.

It keeps an outbox as the paper's page does: a record leaves only when the server acknowledged that revision.  All that was
acknowledged is remembered, so that it can be looked for in the database afterwards.
"""

from __future__ import annotations

import json
import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from examsite.rehearsal.browser import Answer, Browser, Unreachable

_DATA = re.compile(r'<script type="application/json" id="paper-data">(.*?)</script>', re.S)
_OPTION = re.compile(r'name="q(\d+)"[^>]*value="([^"]+)"')
_LONGEST_WAIT = 15.0


@dataclass(slots=True)
class Diary:
    """What one candidate saw.  Times in seconds by what was done; acknowledged: position → highest acknowledged revision.

    texts: (position, revision) → what the revision said.  offset: server clock minus this machine's, in seconds.
    """

    attempt: str = ""
    times: dict[str, list[float]] = field(default_factory=dict)
    acknowledged: dict[int, int] = field(default_factory=dict)
    texts: dict[tuple[int, int], Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    cuts: int = 0
    offset: float | None = None
    handed_in: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """How candidates behave.  start: monotonic instant at which the paper opens; end: when the last hands in.

    pause: seconds between two answers on average.  cut_every: on average one lost line in so many answers (0 = none).
    """

    start: float
    end: float
    pause: float = 20.0
    cut_every: int = 60


class Candidate:
    """One simulated candidate with a ticket and an identity number."""

    def __init__(self, address: str, ticket: str, identity: str, script: Script, *, seed: int) -> None:
        self.browser, self.ticket, self.identity, self.script = Browser(address), ticket, identity, script
        self.diary = Diary()
        self._random = random.Random(seed)
        self._outbox: dict[int, dict[str, Any]] = {}
        self._revision = 0
        self._paper: dict[str, Any] = {}
        self._options: dict[int, list[str]] = {}

    def live(self) -> None:
        """The whole sitting.  What goes wrong is in the diary; nothing is raised."""
        try:
            self._sign_in()
            self._open()
            self._answer()
            self._hand_in()
        except Exception as error:
            self.diary.faults.append(f"{type(error).__name__}: {error}")
        finally:
            self.browser.cut()

    def _sign_in(self) -> None:
        # Candidates come in over the minutes before the start, not at one instant.
        self._sleep(self._random.random() * max(0.0, self.script.start - time.monotonic()) * 0.8)
        page = self._until(lambda: self.browser.get("/registration/sign-in"))
        _expect(page, 200, "the sign-in page")
        answer = self._timed(
            "sign-in",
            lambda: self.browser.post_form(
                "/registration/sign-in", ticket=self.ticket, identity=self.identity
            ),
        )
        _expect(answer, 303, "signing in")
        home = self._until(lambda: self.browser.get("/exam/"))
        found = re.search(r'href="/exam/([0-9a-f]{32})/wait"', home.text)
        if found is None:
            raise LookupError("no sitting on the candidate's page")
        self.diary.attempt = found[1]
        _expect(self._until(lambda: self.browser.get(f"/exam/{found[1]}/wait")), 200, "the waiting page")
        self._read_clock()

    def _read_clock(self) -> None:
        before = time.time()
        begun = time.perf_counter()
        answer = self._until(lambda: self.browser.get(f"/exam/{self.diary.attempt}/pulse"))
        took = time.perf_counter() - begun
        self.diary.offset = answer.json()["server_time"] / 1000 - (before + took / 2)

    def _open(self) -> None:
        # As the page does: nobody opens before the start, and not all in the same instant.
        self._sleep(self.script.start - time.monotonic() + self._random.random() * 2)
        path = f"/exam/{self.diary.attempt}"

        def opened() -> Answer:
            answer = self.browser.post_form(f"{path}/open")
            return self.browser.get(f"{path}/paper") if answer.status == 303 else answer

        answer = self._timed("open", opened)
        _expect(answer, 200, "opening the paper")
        found = _DATA.search(answer.text)
        if found is None:
            raise LookupError("no paper on the paper's page")
        self._paper = json.loads(found[1])
        self._revision = self._paper["revision"]
        for position, option in _OPTION.findall(answer.text):
            self._options.setdefault(int(position), []).append(option)

    def _answer(self) -> None:
        places = [place["position"] for place in self._paper["positions"]]
        self._random.shuffle(places)
        # The last tenth of the time is for handing in, as candidates do: not all at the end.
        stop = self.script.end - self._random.random() * 0.1 * (self.script.end - self.script.start)
        for place in places:
            self._sleep(min(self._random.expovariate(1 / self.script.pause), stop - time.monotonic()))
            if time.monotonic() >= stop:
                break
            self._write(place)
            if self.script.cut_every and self._random.randrange(self.script.cut_every) == 0:
                # The line is lost after the request left: the reply never comes, the record stays in the outbox.
                self.diary.cuts += 1
                self._lose_a_reply()
            self._send()

    def _write(self, position: int) -> None:
        self._revision += 1
        options = self._options.get(position)
        choice = self._random.choice(options) if options else None
        response: dict[str, Any] | None = None
        if choice in ("true", "false"):
            response = {"truth": choice == "true"}
        elif choice:
            response = {"options": [choice]}
        self._outbox[position] = {
            "position": position,
            "revision": self._revision,
            "response": response,
            "marked": response is None or self._random.random() < 0.1,
            "made_at": int((time.time() + (self.diary.offset or 0.0)) * 1000),
        }
        self.diary.texts[position, self._revision] = response

    def _batch(self) -> dict[str, Any]:
        return {"lease": self._paper["lease"], "records": list(self._outbox.values())}

    def _lose_a_reply(self) -> None:
        sent = threading.Thread(target=self._send_into_the_void, daemon=True)
        sent.start()
        sent.join(2.0)

    def _send_into_the_void(self) -> None:
        other = Browser(self.browser.origin, timeout=5.0)
        try:
            other.post_json(self._paper["urls"]["answers"], self._batch())
        except Unreachable:
            pass
        finally:
            other.cut()

    def _send(self) -> None:
        answer = self._timed(
            "save", lambda: self.browser.post_json(self._paper["urls"]["answers"], self._batch())
        )
        if answer.status in (401, 409):
            # What a page can't mend by itself: somebody else holds the paper, or the login ended.
            raise PermissionError(f"saving: {answer.status} {answer.text[:120]}")
        _expect(answer, 200, "saving")
        self._forget(answer.json())

    def _forget(self, reply: dict[str, Any]) -> None:
        for place in reply["acknowledged"]:
            position, revision = place["position"], place["revision"]
            self.diary.acknowledged[position] = max(revision, self.diary.acknowledged.get(position, 0))
            held = self._outbox.get(position)
            if held and held["revision"] <= revision:
                del self._outbox[position]
        for refusal in reply["refused"]:
            self.diary.faults.append(f"refused: {refusal['code']}")
            self._outbox.pop(refusal["position"], None)

    def _hand_in(self) -> None:
        document = self._batch() | {"held": {str(p): r for p, r in self.diary.acknowledged.items()}}
        answer = self._timed(
            "hand-in", lambda: self.browser.post_json(self._paper["urls"]["hand_in"], document)
        )
        _expect(answer, 200, "handing in")
        self._forget(answer.json())
        self.diary.handed_in = bool(answer.json()["handed_in"])
        _expect(self._until(lambda: self.browser.get(self._paper["urls"]["receipt"])), 200, "the receipt")

    def _timed(self, name: str, act: Callable[[], Answer]) -> Answer:
        begin = time.perf_counter()
        answer = self._until(act)
        self.diary.times.setdefault(name, []).append(time.perf_counter() - begin)
        return answer

    def _until(self, act: Callable[[], Answer]) -> Answer:
        """Again and again, with growing jittered waits, until the server answers; what a page does when it is away."""
        wait = 0.3
        while True:
            try:
                answer = act()
                if answer.status not in (502, 503, 504):
                    return answer
                pause = answer.retry_after or wait
            except Unreachable:
                pause = wait
            if time.monotonic() > self.script.end + 60:
                raise TimeoutError("the server did not answer for too long")
            self._sleep(pause * (0.5 + self._random.random()))
            wait = min(wait * 2, _LONGEST_WAIT)

    @staticmethod
    def _sleep(seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)


def _expect(answer: Answer, status: int, what: str) -> None:
    if answer.status != status:
        words = re.sub(r"<[^>]*>", " ", answer.text)
        raise ValueError(f"{what}: status {answer.status} {' '.join(words.split())[:160]}")


def run(candidates: list[Candidate]) -> list[Diary]:
    """Let all of them live, each on its own thread; their diaries, in the same order."""
    threads = [threading.Thread(target=candidate.live, daemon=True) for candidate in candidates]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [candidate.diary for candidate in candidates]
