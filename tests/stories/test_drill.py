"""What was acknowledged survives killed workers, a killed server and a killed PostgreSQL.

The long drill is `./run bench drill`; this is the same in short, with real processes on both databases.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.drill import drill
from tests.postgres import NoPostgres


@pytest.mark.parametrize(("database", "kinds"), [("postgresql", 3), ("sqlite", 2)])
def test_no_acknowledged_answer_is_lost_when_processes_are_killed(
    tmp_path: Path, database: str, kinds: int
) -> None:
    try:
        outcome = drill(database, clients=6, seconds=5, every=0.8, seed=11, folder=tmp_path)
    except NoPostgres as reason:
        pytest.skip(str(reason))
    assert outcome.is_good, outcome
    assert len(outcome.faults) == kinds
    assert all(outcome.faults.values()), "every kind of fault was there"
