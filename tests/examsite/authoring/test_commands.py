"""`flask bank` at a terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from examsite.access.permissions import Role
from examsite.authoring import queries
from tests.conftest import Site
from tests.examsite.authoring.workbooks import BANK, row, workbook
from tests.factories import make_bank, make_outline, make_person


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "题库.xlsx"
    path.write_bytes(workbook([row(1), row(2, 正确答案="F")]))
    return path


def _bank(site: Site) -> int:
    with site.writing() as session:
        bank = make_bank(session, BANK)
        make_outline(session, bank)
        make_person(session, Role.WRITER, username="writer")
        make_person(session, Role.REVIEWER, username="reviewer")
    return bank.id


def test_a_file_is_imported_at_the_terminal(site: Site, file: Path) -> None:
    bank_id = _bank(site)
    output = site.run("bank", "import", "--bank", str(bank_id), "--as", "writer", "--good-rows", str(file))
    assert output.strip() == "new=1 changed=0 unchanged=0"
    assert "in_review=1" in site.run("bank", "list")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--as", "writer"], "有 1 行存在错误"),
        (["--as", "reviewer", "--good-rows"], "not a writer"),
        (["--as", "writer", "--bank", "99"], "no bank 99"),
    ],
)
def test_a_refusal_is_one_line_and_leaves_nothing(
    site: Site, file: Path, arguments: list[str], sentence: str
) -> None:
    bank_id = _bank(site)
    outcome = site.app.test_cli_runner().invoke(
        args=["bank", "import", "--bank", str(bank_id), *arguments, str(file)]
    )
    assert outcome.exit_code == 1
    assert sentence in outcome.output
    assert len(outcome.output.strip().splitlines()) == 1
    with site.reading() as session:
        assert queries.kinds_by_status(session, bank_id) == {}
        assert queries.batches(session, bank_id) == []
