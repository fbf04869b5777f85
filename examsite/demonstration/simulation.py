"""Simulated answers of a past sitting: a two-parameter logistic model with guessing, seeded."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from examsite.access.permissions import Role
from examsite.access.scope import SELF, Granted, SignedIn
from examsite.authoring.keys import keys
from examsite.authoring.queries import questions
from examsite.demonstration.sittings import person_of
from examsite.planning.models import Paper, Sitting
from examsite.registration.models import Enrolment
from examsite.sitting import answers, closing, opening
from examsite.sitting.models import Attempt
from examsite.sitting.queries import Place, attempt_id
from examsite.sitting.records import Record
from question_bank.psychometrics.simulate import ItemParameters, draw_parameters
from question_bank.questions.kinds import Kind
from question_bank.questions.model import Key, Question

#: Who can't do better guesses: the chance of a right answer by kind.
_GUESS = {Kind.SINGLE: 0.22, Kind.MULTIPLE: 0.05, Kind.JUDGEMENT: 0.45, Kind.BLANK: 0.02}


class Simulation:
    """Everyone of a sitting answers: abilities, item parameters and choices from one seed."""

    def __init__(self, session: Session, sitting: Sitting, *, seed: int) -> None:
        self.session, self.sitting = session, sitting
        self.rng = np.random.default_rng(seed)
        self._parameters: dict[int, tuple[float, float]] = {}
        self._questions: dict[int, Question] = {}
        self._keys: dict[int, Key] = {}

    def sit(self, enrolment: Enrolment, *, ability: float, now: datetime) -> Attempt:
        """Open the paper, answer it over an hour, hand in."""
        person = person_of(self.session, enrolment)
        actor = SignedIn(person.id, person.name, 0, "", True, (Granted(Role.CANDIDATE, SELF),))
        place = Place(attempt_id(enrolment.id), enrolment, self.sitting, None)
        lease = opening.open_paper(self.session, place, actor=actor, now=now)
        self.session.flush()
        attempt = self.session.get_one(Attempt, place.id)
        paper = self.session.get_one(Paper, attempt.paper_id)
        records = self._records([entry["version"] for entry in paper.document["questions"]], ability, now)
        answers.save(self.session, attempt.id, lease, records, now=now + timedelta(minutes=60))
        declared = {record.position: record.revision for record in records}
        end = now + timedelta(minutes=60 + int(self.rng.integers(0, 25)))
        closing.hand_in(self.session, attempt.id, lease, [], declared, now=end)
        return attempt

    def _records(self, versions: list[int], ability: float, now: datetime) -> list[Record]:
        self._learn(versions)
        records: list[Record] = []
        for position, version in enumerate(versions, start=1):
            response = self._response(version, ability)
            if response is not None:
                made = now + timedelta(seconds=35 * position)
                records.append(Record(position, len(records) + 1, response, False, made))
        return records

    def _learn(self, versions: list[int]) -> None:
        new = [version for version in versions if version not in self._questions]
        if not new:
            return
        self._questions |= questions(self.session, new)
        self._keys |= keys(self.session, new)
        drawn: ItemParameters = draw_parameters(len(new), self.rng)
        for place, version in enumerate(new):
            given = self._questions[version].difficulty or 3
            # The written difficulty holds on the average; what an item is like shows only in use.
            self._parameters[version] = (
                float(drawn.slope[place]),
                0.55 * (given - 3) + 0.5 * float(drawn.difficulty[place]),
            )

    def _response(self, version: int, ability: float) -> dict[str, Any] | None:
        question, key = self._questions[version], self._keys[version]
        if self.rng.random() < 0.01:
            return None
        slope, difficulty = self._parameters[version]
        guess = _GUESS.get(question.kind, 0.0)
        chance = guess + (1 - guess) / (1 + np.exp(-slope * (ability - difficulty)))
        right = self.rng.random() < chance
        if question.kind is Kind.JUDGEMENT:
            return {"truth": key.truth if right else not key.truth}
        if question.kind is Kind.BLANK:
            return {"blanks": [accepted[0] if right else "不清楚" for accepted in key.blanks]}
        options = [option.id for option in question.options]
        if right:
            return {"options": [i for i in options if i in key.options]}
        if question.kind is Kind.SINGLE:
            return {"options": [str(self.rng.choice([i for i in options if i not in key.options]))]}
        wrong = [i for i in options if (i in key.options) != (self.rng.random() < 0.35)]
        if not wrong or set(wrong) == key.options:
            wrong = [i for i in options if i in key.options][:-1] or options[:1]
        return {"options": wrong}
