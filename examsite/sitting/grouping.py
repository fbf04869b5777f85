"""Saves that come at one moment share a transaction: one commit acknowledges them all.

Whoever comes first leads: takes everyone who waits, writes, commits, wakes them, and hands the lead to the next who
came meanwhile.  Nobody waits for company: a save that comes alone is written alone.  Each is answered after the commit.
"""

from __future__ import annotations

from threading import Condition, Lock

from examsite.db import Database
from examsite.errors import DomainError
from examsite.sitting.answers import Batch, save_together
from examsite.sitting.records import Outcome

#: More would lengthen the transaction for the first without shortening it for the last.
MOST_TOGETHER = 64


class _Waiting:
    """One request's batch until it is answered."""

    __slots__ = ("answer", "batch", "leads")

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.answer: Outcome | BaseException | None = None
        self.leads = False


class Saves:
    """The saves of one process on one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self._queue: list[_Waiting] = []
        self._led = False
        self._changed = Condition(Lock())

    def save(self, batch: Batch) -> Outcome:
        """The batch's outcome, after its commit.  Raises what refused the batch, or what broke the transaction."""
        mine = _Waiting(batch)
        with self._changed:
            self._queue.append(mine)
            if not self._led:
                self._led = mine.leads = True
            while not mine.leads and mine.answer is None:
                self._changed.wait()
        if mine.answer is None:
            self._lead(mine)
        if isinstance(mine.answer, BaseException):
            raise mine.answer
        assert mine.answer is not None
        return mine.answer

    def _lead(self, mine: _Waiting) -> None:
        try:
            while mine.answer is None:
                with self._changed:
                    together = self._next()
                self._write(together)
        finally:
            with self._changed:
                if self._queue:
                    self._queue[0].leads = True
                else:
                    self._led = False
                self._changed.notify_all()

    def _next(self) -> list[_Waiting]:
        """The oldest that wait, one an attempt: a page's second batch comes after its first."""
        together: dict[str, _Waiting] = {}
        for waiting in self._queue:
            if len(together) < MOST_TOGETHER:
                together.setdefault(waiting.batch.attempt_id, waiting)
        self._queue = [
            waiting for waiting in self._queue if together.get(waiting.batch.attempt_id) is not waiting
        ]
        return list(together.values())

    def _write(self, together: list[_Waiting]) -> None:
        try:
            with self.database.writing() as session:
                answers: list[Outcome | DomainError] = save_together(session, [one.batch for one in together])
        except BaseException as error:
            if len(together) > 1:
                # One batch must not take the others down with it.
                for one in together:
                    self._write([one])
                return
            together[0].answer = error
            return
        for one, answer in zip(together, answers, strict=True):
            one.answer = answer
