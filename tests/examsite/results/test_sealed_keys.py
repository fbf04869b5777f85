"""Scores are proven again though their keys are sealed, also those that were given before."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select, text, update

from examsite.authoring.keys import keys, seal_document
from examsite.authoring.models import QuestionKey
from examsite.results.deciding import score_inputs
from examsite.results.models import SubjectScore
from examsite.results.scripts import scripts
from question_bank.questions.model import canonical_hash
from tests.conftest import Site
from tests.examsite.results.arrange import NOTHING, RIGHT, WRONG, released, sat

FORTY = [RIGHT, RIGHT, WRONG, WRONG, NOTHING]


def test_recheck_finds_a_key_that_somebody_who_holds_the_field_key_put_in_its_place(
    sqlite_site: Site,
) -> None:
    over = sat(sqlite_site, FORTY)
    released(sqlite_site, over)
    with sqlite_site.writing() as session:
        session.execute(text("DROP TRIGGER frozen_update_question_keys"))
        one = over.versions[0].id
        key = keys(session, [one])[one]
        other = seal_document(one, replace(key, explanation="样例：换过的解析"))
        session.execute(update(QuestionKey).where(QuestionKey.version_id == one).values(document=other))
    outcome = sqlite_site.app.test_cli_runner().invoke(args=["results", "recheck"])
    assert outcome.exit_code == 1
    assert "question-or-key" in outcome.output


def test_scores_of_the_first_schema_are_still_proven(sqlite_site: Site) -> None:
    """They name keys by plain hashes."""
    over = sat(sqlite_site, FORTY)
    released(sqlite_site, over)
    with sqlite_site.writing() as session:
        session.execute(text("DROP TRIGGER frozen_update_subject_scores"))
        for score in session.scalars(select(SubjectScore)):
            found = {s.enrolment.id: s for s in scripts(session, over.sitting.id)}
            score.inputs = score_inputs(found[score.enrolment_id], 1)
            score.inputs_hash = canonical_hash(score.inputs)
    outcome = sqlite_site.app.test_cli_runner().invoke(args=["results", "recheck"])
    # The digest of what was released is another one, for this test wrote new inputs; the keys are proven.
    differences = [line for line in outcome.output.splitlines() if line.startswith("sitting ")]
    assert [line.split(":")[1].strip() for line in differences] == ["release"]
