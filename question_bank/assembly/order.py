"""The order on paper: sections by kind, questions shuffled inside them, options shuffled, all from the seed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

from question_bank.assembly import streams
from question_bank.assembly.paper import Paper, PaperQuestion, question_as_document
from question_bank.assembly.specification import Specification
from question_bank.assembly.supply import Supply
from question_bank.questions.kinds import PAPER_ORDER
from question_bank.questions.model import canonical_json


class Order:
    """Turns hands (places in a supply) into papers."""

    def __init__(self, supply: Supply, specification: Specification, seed: str):
        self.seed = seed
        self.questions = supply.questions
        self.section = np.array(
            [PAPER_ORDER.index(question.kind) for question in supply.questions], dtype=np.int64
        )
        self.options = np.array([len(question.options) for question in supply.questions], dtype=np.int64)
        self._spelled: dict[int, tuple[str, list[str], str]] = {}
        self.points = {section.kind: section.points for section in specification.sections}

    def paper(self, number: int, hand: NDArray[np.int64]) -> Paper:
        """The paper of these questions; it depends on the seed, the number and the set of questions only."""
        cards = np.sort(hand)
        shuffled = cards[streams.permutation(len(cards), self.seed, "questions", number)]
        places = shuffled[np.argsort(self.section[shuffled], kind="stable")]
        widest = int(self.options[places].max(initial=0))
        words = streams.words(len(places) * widest, self.seed, "options", number).reshape(len(places), widest)
        # Places past the last option sort behind it, whatever their word.
        words = words >> np.uint64(1)
        words[np.arange(widest) >= self.options[places][:, None]] = np.uint64(2**64 - 1)
        orders = np.argsort(words, axis=1, kind="stable").tolist()
        questions, spelled = [], []
        for place, order in zip(places.tolist(), orders, strict=True):
            question = self.questions[place]
            shown = order[: len(question.options)]
            begun, options, ended = self._spelling(place)
            spelled.append(begun + ",".join([options[i] for i in shown]) + ended)
            questions.append(
                PaperQuestion(
                    question.id,
                    question.content_hash,
                    self.points[question.kind],
                    tuple([question.options[i] for i in shown]),
                )
            )
        digest = hashlib.sha256(f"[{','.join(spelled)}]".encode()).hexdigest()
        return Paper(number, tuple(questions), digest)

    def _spelling(self, place: int) -> tuple[str, list[str], str]:
        """A question as `paper.paper_hash` spells it, in pieces: what comes before its options, each option, and after.

        Pieces are spelled once, which makes a paper in a third of the time; the verifier hashes papers in full.
        """
        found = self._spelled.get(place)
        if found is None:
            question = self.questions[place]
            document = PaperQuestion(question.id, question.content_hash, self.points[question.kind], ("",))
            begun, ended = canonical_json(question_as_document(document)).rsplit('[""]', 1)
            found = begun + "[", [canonical_json(option) for option in question.options], "]" + ended
            self._spelled[place] = found
        return found


class Papers(Sequence[Paper]):
    """The papers of many hands, each made when it is asked for: 100,000 at once would not fit into memory.

    hands: (papers, questions) places in the supply; the first is paper number 1.
    """

    def __init__(self, order: Order, hands: NDArray[np.int32]):
        self._order, self._hands = order, hands

    def __len__(self) -> int:
        return len(self._hands)

    @overload
    def __getitem__(self, place: int) -> Paper: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Paper, ...]: ...

    def __getitem__(self, place: int | slice) -> Paper | tuple[Paper, ...]:
        if isinstance(place, slice):
            return tuple(self[i] for i in range(*place.indices(len(self))))
        number = range(len(self))[place]
        return self._order.paper(number + 1, self._hands[number])

    def __iter__(self) -> Iterator[Paper]:
        return (self[i] for i in range(len(self)))
