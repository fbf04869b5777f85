"""Slow work: written with its cause, tried again with growing pauses, and taken by one worker."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from examsite import jobs
from examsite.jobs import CLAIM_LASTS, Job, JobStatus


@pytest.fixture
def done(monkeypatch):
    """What the sample handler was given; its name is known to this test alone."""
    seen = []
    monkeypatch.setitem(jobs._HANDLERS, "sample", lambda database, payload, now: seen.append((payload, now)))
    return seen


@pytest.fixture
def broken(monkeypatch):
    """How often the handler that always fails was asked."""
    tries = []

    def fail(database, payload, now):
        tries.append(now)
        raise ValueError("样例错误")

    monkeypatch.setitem(jobs._HANDLERS, "broken", fail)
    return tries


def ask(site, name, payload=None):
    with site.writing() as session:
        jobs.add(session, name, payload or {}, now=site.now)


def work(site):
    with site.app.app_context():
        return jobs.work_one(site.database, now=site.now)


def only_job(site):
    with site.reading() as session:
        return session.scalars(select(Job)).one()


def test_a_job_is_done_once_with_what_it_was_given(site, done):
    ask(site, "sample", {"sitting": 7})
    assert work(site) is True
    assert work(site) is False
    assert done == [({"sitting": 7}, site.now)]
    job = only_job(site)
    assert (job.status, job.tries, job.ended_at, job.error) == (JobStatus.DONE, 1, site.now, "")


def test_jobs_are_done_in_the_order_in_which_they_were_asked_for(site, done):
    for number in range(3):
        ask(site, "sample", {"number": number})
    while work(site):
        pass
    assert [payload["number"] for payload, _now in done] == [0, 1, 2]


def test_a_job_whose_cause_was_rolled_back_was_never_there(site, done):
    with suppress(RuntimeError), site.writing() as session:
        jobs.add(session, "sample", {}, now=site.now)
        raise RuntimeError
    assert work(site) is False
    assert done == []


def test_a_job_that_fails_is_tried_five_times_with_growing_pauses_and_then_stays(site, broken):
    ask(site, "broken")
    for pause in (5, 20, 80, 320):
        assert work(site) is True
        job = only_job(site)
        assert (job.status, job.due_at - site.now) == (JobStatus.WAITING, timedelta(seconds=pause))
        assert job.error == "ValueError: 样例错误"
        site.clock.advance(seconds=pause - 1)
        assert work(site) is False
        site.clock.advance(seconds=1)
    assert work(site) is True
    job = only_job(site)
    assert (job.status, job.tries, job.ended_at) == (JobStatus.FAILED, 5, site.now)
    site.clock.advance(days=1)
    assert work(site) is False
    assert len(broken) == 5


def test_a_job_that_nobody_knows_fails_and_takes_no_other_with_it(site, done):
    ask(site, "nobody-knows")
    ask(site, "sample")
    assert work(site)
    assert work(site)
    assert len(done) == 1


def test_an_error_is_kept_short(site, monkeypatch):
    def fail(database, payload, now):
        raise ValueError("长" * 1000)

    monkeypatch.setitem(jobs._HANDLERS, "long", fail)
    ask(site, "long")
    work(site)
    assert len(only_job(site).error) == 400


def test_a_job_of_a_worker_that_died_is_taken_by_another_later(site, done):
    ask(site, "sample")
    with site.writing() as session:
        jobs._claim(session, now=site.now)
    assert work(site) is False
    site.clock.advance(seconds=CLAIM_LASTS.total_seconds())
    assert work(site) is True
    assert len(done) == 1
    assert only_job(site).tries == 2


def test_a_job_claimed_by_one_worker_is_passed_over_by_the_next(postgres_site, done):
    """While the first holds its row, the second takes the other job instead of waiting."""
    site = postgres_site
    ask(site, "sample", {"number": 1})
    ask(site, "sample", {"number": 2})
    with site.app.app_context(), site.database.writing() as first:
        held = jobs._claim(first, now=site.now)
        with site.database.writing() as second:
            other = jobs._claim(second, now=site.now)
            assert (held.payload, other.payload) == ({"number": 1}, {"number": 2})


def test_many_workers_do_every_job_once(postgres_site, monkeypatch):
    site = postgres_site
    seen, lock = [], threading.Lock()

    def note(database, payload, now):
        with lock:
            seen.append(payload["number"])

    monkeypatch.setitem(jobs._HANDLERS, "counted", note)
    with site.writing() as session:
        for number in range(40):
            jobs.add(session, "counted", {"number": number}, now=site.now)

    def run():
        while work(site):
            pass

    workers = [threading.Thread(target=run) for _worker in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(seen) == list(range(40))


def test_the_worker_at_the_command_line_does_what_is_due_and_stops(site, done):
    ask(site, "sample")
    site.run("jobs", "work", "--once")
    assert len(done) == 1
