"""The field key can be exchanged: everything is read with the new one, nothing with the old one, and papers stay proven."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import select, text

from examsite import files
from examsite.access.models import Person
from examsite.access.people import by_identity
from examsite.authoring.keys import keys
from examsite.authoring.models import QuestionVersion
from examsite.authoring.secrecy.sealing import KeyUnreadable
from examsite.encryption import unseal
from examsite.planning.reproduction import reproduce
from tests.conftest import Site
from tests.factories import make_approved_bank, make_paper_set, make_person, make_plan

NEW = base64.b64encode(b"n" * 32).decode()
IDENTITY = "000000199001011234"


@contextmanager
def configured(site: Site, printed: str) -> Iterator[None]:
    """The site with the settings that the command printed."""
    values = dict(line.split("=", 1) for line in printed.splitlines() if line.startswith("EXAMSITE_"))
    old = site.app.extensions["examsite-config"]
    site.app.extensions["examsite-config"] = replace(
        old,
        field_key=base64.b64decode(values["EXAMSITE_FIELD_KEY"]),
        fingerprint_key=base64.b64decode(values["EXAMSITE_FINGERPRINT_KEY"]),
    )
    try:
        yield
    finally:
        site.app.extensions["examsite-config"] = old


def test_everything_is_read_with_the_new_key_and_papers_stay_what_they_were(site: Site) -> None:
    with site.writing() as session:
        bank = make_approved_bank(session, 160)
        papers = make_paper_set(session, make_plan(session, bank))
        person = make_person(session, identity=IDENTITY)
        stored = files.keep(session, b"a file", now=site.now)
        ids = list(session.scalars(select(QuestionVersion.id)))
        before = keys(session, ids)
    printed = site.run("keys", "rotate", "--new-key", NEW)
    with site.reading() as session, pytest.raises(KeyUnreadable):
        keys(session, ids)
    with configured(site, printed), site.reading() as session:
        assert keys(session, ids) == before
        assert files.content_of(session, stored.digest) == b"a file"
        found = by_identity(session, IDENTITY)
        assert found is not None
        assert found.id == person.id
        sealed = session.scalars(select(Person.identity_sealed).where(Person.id == person.id)).one()
        assert unseal(str(sealed), bound_to=f"persons.identity:{person.id}", key=b"n" * 32) == IDENTITY
        assert reproduce(session, papers.id).is_exact
    with configured(site, printed):
        assert "unbroken" in site.run("audit", "verify")


def test_keys_are_frozen_again_after_the_exchange(site: Site) -> None:
    with site.writing() as session:
        make_approved_bank(session, 4)
    site.run("keys", "rotate", "--new-key", NEW)
    with pytest.raises(Exception, match="question_keys is frozen"), site.writing() as session:
        session.execute(text("UPDATE question_keys SET document = NULL"))


@pytest.mark.parametrize("key", ["", "short", base64.b64encode(b"n" * 31).decode()])
def test_a_key_that_is_none_is_refused(sqlite_site: Site, key: str) -> None:
    outcome = sqlite_site.app.test_cli_runner().invoke(args=["keys", "rotate", "--new-key", key])
    assert outcome.exit_code == 1
    assert "32 bytes" in outcome.output


def test_where_one_value_cannot_be_opened_nothing_is_changed(site: Site) -> None:
    with site.writing() as session:
        make_approved_bank(session, 4)
        person = make_person(session, identity=IDENTITY)
        session.execute(
            text("UPDATE persons SET identity_sealed = '1:AAAA' WHERE id = :id"), {"id": person.id}
        )
        ids = list(session.scalars(select(QuestionVersion.id)))
    outcome = site.app.test_cli_runner().invoke(args=["keys", "rotate", "--new-key", NEW])
    assert outcome.exit_code == 1
    assert "nothing was changed" in outcome.output
    with site.reading() as session:
        assert len(keys(session, ids)) == 4
