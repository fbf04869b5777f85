"""The sample site: every level has a bank that was imported whole and approved by a second person."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from sqlalchemy import select

from examsite.authoring.models import Bank, QuestionVersion
from examsite.authoring.queries import published_outline
from examsite.demonstration.people import make_staff
from examsite.demonstration.sittings import fill_bank
from question_bank.samples import build
from tests.conftest import Site

NOW = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


def test_each_level_of_the_samples_becomes_a_bank_with_its_outline(sqlite_site: Site) -> None:
    with sqlite_site.writing() as session:
        staff = make_staff(session, now=NOW)
        for level in build.LEVELS:
            fill_bank(session, staff, level, now=NOW)
    with sqlite_site.reading() as session:
        banks = {bank.level: bank for bank in session.scalars(select(Bank))}
        assert sorted(banks) == sorted(build.LEVELS)
        for level, bank in banks.items():
            assert bank.is_sample
            found = published_outline(session, bank.id)
            assert found is not None
            assert found[1] == build.outline(level)
            statuses = Counter(
                session.scalars(select(QuestionVersion.status).where(QuestionVersion.bank_id == bank.id))
            )
            assert sum(statuses.values()) == len(build.drafts(level))
            # A visitor finds some to judge; papers find the rest.
            assert 0 < statuses["in_review"] < 0.1 * sum(statuses.values())
