"""Papers dealt one by one, each taking account of all before it: for papers that are few, and for banks with little to spare.

cards dealt to cells, least used first                                       dealing.Deck
enemies kept apart, a second question on one point exchanged for another     here
a paper by exact search where blocking enemies leads nowhere                 exact
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from question_bank.assembly import streams
from question_bank.assembly.dealing import Deck, Exhausted, Round
from question_bank.assembly.enemies import Enemies
from question_bank.assembly.exact import exact_paper
from question_bank.assembly.impossible import Impossible
from question_bank.assembly.plan import Plan
from question_bank.assembly.supply import Supply
from question_bank.assembly.tables import Basis
from question_bank.problems import NOWHERE, Problem

_ENEMY_ROUNDS = 60
_DISTINCT_TRIALS = 200


class Table:
    """Where the cards are dealt: hand after hand, each taking account of those before."""

    def __init__(self, supply: Supply, basis: Basis, plan: Plan, seed: str):
        uses = [
            plan.papers // len(plan.tables) + (i < plan.papers % len(plan.tables))
            for i in range(len(plan.tables))
        ]
        planned = [
            sum(n * u for n, u in zip(cell, uses, strict=True)) for cell in zip(*plan.tables, strict=True)
        ]
        self.supply, self.basis, self.plan = supply, basis, plan
        self.deck = Deck(supply, planned, plan.papers, seed, plan.preference)
        self.rounds = [self.deck.rounds(table) for table in plan.tables]
        self.enemies = Enemies(supply)
        self.cards_of_cell = [np.flatnonzero(self.deck.cell == cell) for cell in range(len(supply.cells))]

    def hands(self) -> list[NDArray[np.int64]]:
        """Places in the supply, sorted, for each paper."""
        seen: set[bytes] = set()
        hands = []
        for number in range(self.plan.papers):
            rounds = self.rounds[number % len(self.rounds)]
            hand = self._new_hand(number, rounds, seen) if self.plan.unique else self._hand(number, rounds)
            seen.add(hand.tobytes())
            self.deck.use(hand)
            hands.append(hand)
        return hands

    def _new_hand(self, number: int, rounds: Sequence[Round], seen: set[bytes]) -> NDArray[np.int64]:
        hand = self._hand(number, rounds)
        for trial in range(_DISTINCT_TRIALS):
            if hand.tobytes() not in seen:
                return hand
            # Forbid some cards of the hand that was there before; later trials forbid more.
            order = streams.permutation(len(hand), self.deck.seed, "distinct", number, trial)
            blocked = np.zeros(len(self.deck.cell), dtype=bool)
            blocked[hand[order[: 1 + trial // 50]]] = True
            try:
                hand = self._peaceful(number, rounds, blocked, trial + 1)
            except Exhausted:
                continue
        message = f"只抽得出 {number} 份互不相同的试卷，需要 {self.plan.papers} 份。请补充试题或减少份数。"
        raise Impossible([Problem(NOWHERE, "papers-not-distinct", message)])

    def _hand(self, number: int, rounds: Sequence[Round]) -> NDArray[np.int64]:
        try:
            return self._peaceful(number, rounds, np.zeros(len(self.deck.cell), dtype=bool), 0)
        except Exhausted:
            return self._searched(number)

    def _peaceful(
        self, number: int, rounds: Sequence[Round], blocked: NDArray[np.bool_], trial: int
    ) -> NDArray[np.int64]:
        """A hand without enemies; raises Exhausted where blocking one of each pair leads nowhere."""
        hand = self.deck.deal(rounds, blocked, "paper", number, trial)
        for _ in range(_ENEMY_ROUNDS):
            clash = self.enemies.clash(hand)
            if clash is None:
                return np.sort(self._spread(hand, blocked))
            hand = self._without_one(clash, rounds, blocked, number, trial)
        raise Exhausted

    def _without_one(
        self,
        clash: tuple[int, int],
        rounds: Sequence[Round],
        blocked: NDArray[np.bool_],
        number: int,
        trial: int,
    ) -> NDArray[np.int64]:
        """The hand again with one of two enemies blocked, rather the more used."""
        for place in sorted(clash, key=lambda place: (-int(self.deck.uses[place]), -place)):
            blocked[place] = True
            try:
                return self.deck.deal(rounds, blocked, "paper", number, trial)
            except Exhausted:
                blocked[place] = False
        raise Exhausted

    def _spread(self, hand: NDArray[np.int64], blocked: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Where a point is asked twice, exchange one for a card of the same cell on a point not asked yet."""
        deck = self.deck
        held = np.bincount(deck.point[hand], minlength=deck.points)
        if held.max(initial=0) < 2:
            return hand
        unusable = blocked | deck.is_spent()
        cards = hand.tolist()
        for place, card in enumerate(cards):
            if held[deck.point[card]] < 2:
                continue
            others = self.cards_of_cell[deck.cell[card]]
            others = others[(held[deck.point[others]] == 0) & ~unusable[others]]
            rest = cards[:place] + cards[place + 1 :]
            for other in others[np.lexsort((others, deck.importance[others], deck.uses[others]))].tolist():
                if self.enemies.allows(other, rest):
                    held[deck.point[card]] -= 1
                    held[deck.point[other]] += 1
                    cards[place] = other
                    break
        return np.array(cards, dtype=np.int64)

    def _searched(self, number: int) -> NDArray[np.int64]:
        """A paper by exact search; raises Impossible, naming enemies, where there is none."""
        random = streams.words(len(self.deck.cell), self.deck.seed, "search", number) % np.uint64(97)
        costs = [
            100 * min(uses, 100) + word
            for uses, word in zip(self.deck.uses.tolist(), random.tolist(), strict=True)
        ]
        clashes: list[tuple[int, int]] = []
        for margins in (self.basis.margins, self.basis.widest):
            cards, clashes = exact_paper(self.supply, margins, self.enemies.pairs, costs)
            if not clashes:
                return np.array(cards, dtype=np.int64)
        names = [(self.supply.questions[a].id, self.supply.questions[b].id) for a, b in clashes]
        raise Impossible(
            [
                Problem(
                    NOWHERE,
                    "enemies-together",
                    f"互斥试题 {one} 与 {other} 无法避免同卷。请在相应知识点补充试题，或解除互斥。",
                )
                for one, other in names
            ]
        )
