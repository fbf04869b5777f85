"""Reference data and small matrices for the tests of item analysis."""

import csv
from pathlib import Path

import numpy as np
import pytest

from question_bank.psychometrics.responses import ResponseMatrix

REFERENCE = Path(__file__).parent / "reference"


def _lsat(section: str) -> ResponseMatrix:
    with (REFERENCE / "lsat.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    patterns = np.array([[int(digit) for digit in row["pattern"]] for row in rows], dtype=np.float64)
    return ResponseMatrix.from_scores(np.repeat(patterns, [int(row[section]) for row in rows], axis=0))


@pytest.fixture(scope="session")
def lsat6() -> ResponseMatrix:
    return _lsat("section_6")


@pytest.fixture(scope="session")
def lsat7() -> ResponseMatrix:
    return _lsat("section_7")
