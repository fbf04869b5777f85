"""A fault drill: candidates save without a pause while workers, the whole server and PostgreSQL are killed and started again.

Afterwards every acknowledgement is compared with the database: held, or superseded by a later acknowledged revision, and with the
text that was sent.  Killing is SIGKILL: nobody says goodbye.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select

from benchmarks.saves import Desk, give_leases
from benchmarks.serving import Served, environment_of, free_port, machine, prepared, wait_for
from examsite.rehearsal.browser import Browser, Unreachable
from examsite.sitting.models import Answer, AnswerLog
from tests.postgres import crashable_postgres, fresh_database

ROOT = Path(__file__).resolve().parent.parent
POSITIONS = 100
FAULTS = ("a worker", "PostgreSQL", "the whole server")


@dataclass
class Server:
    """gunicorn on a port of its own, which can be killed and started again there."""

    environment: dict[str, str]
    port: int
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "-c",
            str(ROOT / "deploy" / "gunicorn.conf.py"),
            "wsgi:application",
        ]
        env = os.environ | self.environment | {"EXAMSITE_BIND": f"127.0.0.1:{self.port}"}
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def workers(self) -> list[int]:
        """Process numbers of the workers."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in children]

    def kill_a_worker(self, chance: random.Random) -> None:
        if workers := self.workers():
            os.kill(chance.choice(workers), signal.SIGKILL)

    def kill_all(self) -> None:
        assert self.process is not None
        pids = self.workers()
        self.process.kill()
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=30)


@dataclass
class Writer:
    """One candidate who saves as fast as it is answered, and sends again what was not acknowledged."""

    desk: Desk
    origin: str
    acknowledged: dict[int, int] = field(default_factory=dict)
    texts: dict[tuple[int, int], Any] = field(default_factory=dict)
    answered: int = 0
    repeated: int = 0
    refused: list[str] = field(default_factory=list)

    def write(self, until: threading.Event) -> None:
        """Save until the end, then until everything is acknowledged or refused."""
        browser = Browser(self.origin, timeout=10)
        try:
            self._write(browser, until)
        finally:
            browser.cut()

    def _write(self, browser: Browser, until: threading.Event) -> None:
        revision = 0
        outbox: dict[int, dict[str, Any]] = {}
        chance = random.Random(self.desk.candidate.attempt)
        while not until.is_set() or outbox:
            if not until.is_set() and len(outbox) < 5:
                revision += 1
                position = chance.randrange(POSITIONS) + 1
                response = {"truth": chance.random() < 0.5}
                self.texts[position, revision] = response
                outbox[position] = {
                    "position": position,
                    "revision": revision,
                    "response": response,
                    "marked": False,
                    "made_at": int(time.time() * 1000),
                }
            try:
                answer = browser.post_json(
                    f"/exam/{self.desk.candidate.attempt}/answers",
                    {"lease": self.desk.lease, "records": list(outbox.values())},
                )
            except Unreachable:
                answer = None
            if answer is None or answer.status >= 500:
                self.repeated += 1
                time.sleep(0.02 + 0.1 * chance.random())
                continue
            if answer.status != 200:
                self.refused.append(f"{answer.status} {answer.text[:120]}")
                return
            reply = answer.json()
            self.refused += [str(refusal) for refusal in reply["refused"]]
            for place in reply["acknowledged"]:
                position, taken = place["position"], place["revision"]
                self.answered += 1
                self.acknowledged[position] = max(taken, self.acknowledged.get(position, 0))
                if position in outbox and outbox[position]["revision"] <= taken:
                    del outbox[position]


@dataclass(frozen=True)
class Outcome:
    """What a drill found.  lost: acknowledged answers that are not there; other: that say something else than was sent."""

    database: str
    acknowledged: int
    repeated: int
    faults: dict[str, int]
    lost: int
    other: int
    unlogged: int
    refused: list[str]

    @property
    def is_good(self) -> bool:
        return self.acknowledged > 0 and not (self.lost or self.other or self.unlogged or self.refused)


def drill(database: str, *, clients: int, seconds: float, every: float, seed: int, folder: Path) -> Outcome:
    """One drill on "postgresql" or "sqlite": a fault every so many seconds, then the comparison."""
    with _databases(database, folder) as (url, postgres):
        environment = environment_of(url)
        app, people = prepared(environment, clients)
        port = free_port()
        server = Server(environment, port)
        served = Served(("127.0.0.1", port), app, people)
        desks = [Desk(served, candidate) for candidate in people]
        give_leases(served, desks)
        app.extensions["examsite-database"].dispose()
        server.start()
        wait_for(port)
        writers = [Writer(desk, f"http://127.0.0.1:{port}") for desk in desks]
        done = threading.Event()
        threads = [threading.Thread(target=writer.write, args=(done,), daemon=True) for writer in writers]
        for thread in threads:
            thread.start()
        try:
            faults = _trouble(server, postgres, seconds=seconds, every=every, seed=seed)
            done.set()
            for thread in threads:
                thread.join(timeout=60)
            stuck = sum(thread.is_alive() for thread in threads)
        finally:
            server.stop()
        try:
            return _compare(served, writers, database, faults, stuck)
        finally:
            app.extensions["examsite-database"].dispose()


def _trouble(server: Server, postgres: Any, *, seconds: float, every: float, seed: int) -> dict[str, int]:
    """Kill something again and again; how often each was killed."""
    chance = random.Random(seed)
    kinds = [kind for kind in FAULTS if kind != "PostgreSQL" or postgres is not None]
    counts = dict.fromkeys(kinds, 0)
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end or not all(counts.values()):
        time.sleep(every * (0.5 + chance.random()))
        kind = kinds[number % len(kinds)]
        number += 1
        counts[kind] += 1
        if kind == "a worker":
            server.kill_a_worker(chance)
        elif kind == "PostgreSQL":
            postgres.kill()
            time.sleep(0.2)
            postgres.start()
        else:
            server.kill_all()
            server.start()
            wait_for(server.port)
    return counts


def _compare(
    served: Served, writers: Sequence[Writer], database: str, faults: dict[str, int], stuck: int
) -> Outcome:
    with served.app.app_context(), served.app.extensions["examsite-database"].reading() as session:
        held = {
            (a, p): (r, response)
            for a, p, r, response in session.execute(
                select(Answer.attempt_id, Answer.position, Answer.revision, Answer.response)
            )
        }
        logged = {
            tuple(row)
            for row in session.execute(select(AnswerLog.attempt_id, AnswerLog.position, AnswerLog.revision))
        }
    lost = other = unlogged = 0
    for writer in writers:
        attempt = writer.desk.candidate.attempt
        for position, revision in writer.acknowledged.items():
            found = held.get((attempt, position))
            lost += found is None or found[0] < revision
            other += found is not None and found[1] != writer.texts[position, found[0]]
            unlogged += (attempt, position, revision) not in logged
    refused = [text for writer in writers for text in writer.refused]
    return Outcome(
        database,
        sum(writer.answered for writer in writers),
        sum(writer.repeated for writer in writers),
        faults,
        lost,
        other,
        unlogged,
        [*refused[:5], *([f"{stuck} candidates did not finish"] if stuck else [])],
    )


@contextmanager
def _databases(name: str, folder: Path) -> Iterator[tuple[str, Any]]:
    if name == "sqlite":
        yield f"sqlite:///{folder}/drill.db", None
        return
    with crashable_postgres() as server, fresh_database(server.url) as url:
        yield url, server


def main() -> int:
    """Run the drill on both databases and print what it found; status 1 where anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.drill")
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--every", type=float, default=3)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    outcomes = []
    if not arguments.json:
        print(machine())
    for database in ("postgresql", "sqlite"):
        with tempfile.TemporaryDirectory() as folder:
            outcome = drill(
                database,
                clients=arguments.clients,
                seconds=arguments.seconds,
                every=arguments.every,
                seed=arguments.seed,
                folder=Path(folder),
            )
        outcomes.append(outcome)
        if not arguments.json:
            killed = ", ".join(f"{kind} {count}x" for kind, count in outcome.faults.items())
            print(f"{database}: killed {killed}; {outcome.repeated} requests failed and were sent again")
            print(
                f"  {outcome.acknowledged} acknowledgements: {outcome.lost} lost, {outcome.other} changed, "
                f"{outcome.unlogged} not in the log, refused: {outcome.refused or 'none'}"
            )
    if arguments.json:
        print(json.dumps([asdict(outcome) for outcome in outcomes], indent=2))
    return 0 if all(outcome.is_good for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
