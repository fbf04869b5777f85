"""Saves of one moment share a transaction, and none takes another down with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from examsite.errors import DomainError
from examsite.planning.models import Paper
from examsite.sitting.answers import Batch, LeaseLost, lease_hash
from examsite.sitting.grouping import Saves
from examsite.sitting.models import Answer, Attempt
from examsite.sitting.queries import attempts_of
from examsite.sitting.records import Outcome, Record
from tests.conftest import Site
from tests.examsite.sitting.arrange import OPENS, make_running_sitting

PEOPLE, SAVES_EACH = 8, 12


def started(site: Site) -> list[str]:
    """Attempts under way, each leased by its own id."""
    with site.writing() as session:
        sitting = make_running_sitting(session, candidates=PEOPLE, papers=1)
        paper_id = session.scalars(select(Paper.id)).one()
        ids = []
        for enrolment, _attempt in attempts_of(session, sitting.id):
            ids.append(f"{enrolment.id:032x}")
            session.add(
                Attempt(
                    id=ids[-1],
                    enrolment_id=enrolment.id,
                    paper_id=paper_id,
                    started_at=OPENS,
                    lease=lease_hash(ids[-1]),
                    settings={},
                )
            )
    return ids


def batch(attempt: str, revision: int, *, lease: str | None = None) -> Batch:
    record = Record(4, revision, {"truth": revision % 2 == 0}, False, OPENS)
    return Batch(attempt, lease or attempt, [record], OPENS + timedelta(seconds=1))


def test_many_threads_save_at_once_and_each_is_answered_for_itself(site: Site) -> None:
    attempts = started(site)
    saves = Saves(site.database)

    def work(attempt: str) -> list[Outcome]:
        return [saves.save(batch(attempt, revision)) for revision in range(1, SAVES_EACH + 1)]

    with ThreadPoolExecutor(PEOPLE) as pool:
        outcomes = list(pool.map(work, attempts))
    for mine in outcomes:
        assert [outcome.acknowledged for outcome in mine] == [[(4, n)] for n in range(1, SAVES_EACH + 1)]
    with site.reading() as session:
        held = {row.attempt_id: row.revision for row in session.scalars(select(Answer))}
    assert held == dict.fromkeys(attempts, SAVES_EACH)


def test_two_batches_of_one_attempt_at_once_are_both_kept(site: Site) -> None:
    attempt = started(site)[0]
    saves = Saves(site.database)
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(lambda n: saves.save(batch(attempt, n)), range(1, 31)))
    assert [outcome.acknowledged for outcome in outcomes] == [[(4, n)] for n in range(1, 31)]
    with site.reading() as session:
        assert session.scalars(select(Answer.revision)).one() == 30


def test_a_refused_batch_does_not_stop_the_others(site: Site) -> None:
    attempts = started(site)
    saves = Saves(site.database)

    def work(attempt: str) -> Outcome | DomainError:
        try:
            return saves.save(batch(attempt, 1, lease="stolen" if attempt == attempts[0] else None))
        except DomainError as error:
            return error

    with ThreadPoolExecutor(PEOPLE) as pool:
        answers = list(pool.map(work, attempts))
    assert isinstance(answers[0], LeaseLost)
    assert all(isinstance(answer, Outcome) and answer.acknowledged for answer in answers[1:])


def test_a_batch_that_breaks_the_transaction_breaks_alone(site: Site) -> None:
    attempts = started(site)
    saves = Saves(site.database)
    good = batch(attempts[0], 1)
    # The database holds no such revision; our page can't send it, and the server must not lose others over it.
    broken = Batch(attempts[1], attempts[1], [Record(4, 2**70, {"truth": True}, False, OPENS)], good.now)
    with ThreadPoolExecutor(2) as pool:
        for _ in range(5):
            futures = [pool.submit(saves.save, one) for one in (broken, good)]
            with pytest.raises(Exception, match=r"(?i)range|large|int"):
                futures[0].result()
            assert futures[1].result().acknowledged == [(4, 1)]
