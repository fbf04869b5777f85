"""Drawing papers: the same seed, pool and specification give the same papers, on any machine.

    1  whole counts           tables.find_basis, tables.vary
    2  cards dealt to cells   dealing.Deck, least used first
    3  enemies kept apart, a second question on one point exchanged for one on a point not yet asked
    4  order                  sections by kind, questions and options shuffled inside them

Every paper has exactly the counts of its table; nothing after step 1 can change them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from question_bank.assembly import streams
from question_bank.assembly.allocate import allocate
from question_bank.assembly.dealing import Deck, Exhausted, Round
from question_bank.assembly.enemies import Enemies
from question_bank.assembly.exact import exact_paper
from question_bank.assembly.explain import explain_supply
from question_bank.assembly.margins import open_margins
from question_bank.assembly.order import Order
from question_bank.assembly.paper import Paper
from question_bank.assembly.plan import Plan, Preference
from question_bank.assembly.pool import Pool
from question_bank.assembly.proof import Proof, prove
from question_bank.assembly.specification import Specification, check, completed, specification_as_document
from question_bank.assembly.supply import Supply, supply_of
from question_bank.assembly.tables import MOST_TABLES, Basis, find_basis, vary
from question_bank.outlines.tree import Outline, outline_as_document
from question_bank.problems import NOWHERE, Problem, has_errors
from question_bank.questions.model import canonical_hash

_ENEMY_ROUNDS = 60
_DISTINCT_TRIALS = 200


class Impossible(ValueError):
    """No such papers can be drawn; `problems` says why, for the author."""

    def __init__(self, problems: Sequence[Problem]):
        super().__init__("；".join(problem.message for problem in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Drawn:
    """papers, numbered from 1; the plan they follow; the proof of required against achieved shares."""

    papers: tuple[Paper, ...]
    plan: Plan
    proof: Proof


def draw(
    pool: Pool,
    specification: Specification,
    outline: Outline | None = None,
    *,
    papers: int,
    unique: bool,
    seed: str,
    preference: Preference = Preference.LEVELLED,
) -> Drawn:
    """Draw this many papers.

    unique: no two papers have the same questions (one paper a candidate); otherwise a few papers for many candidates,
    which may coincide where the bank has no other questions.  Both keep overlap low: disjoint while supply lasts.
    outline: gives importance where questions don't say it, and the shares where the specification has none.

    Raises Impossible where the specification has faults, where the pool can't meet it, or where it doesn't have that
    many different papers; ValueError where papers < 1.
    """
    if papers < 1:
        raise ValueError("at least one paper")
    specification = completed(specification, outline)
    faults = check(specification)
    if has_errors(faults):
        raise Impossible(faults)
    supply = supply_of(pool, specification, outline)
    basis = find_basis(specification, supply)
    if basis is None:
        raise Impossible(_why(supply, specification))
    tables = vary(basis, supply, min(papers, MOST_TABLES), seed)
    plan = Plan(
        streams.commitment(seed),
        pool.digest,
        canonical_hash(specification_as_document(specification)),
        canonical_hash(outline_as_document(outline)) if outline else None,
        papers,
        unique,
        preference,
        basis.targets,
        basis.is_adjusted,
        supply.cells,
        tables,
    )
    hands = _Table(supply, specification, basis, plan, seed).hands()
    order = Order(supply, specification, seed)
    drawn = tuple(order.paper(number, hand) for number, hand in enumerate(hands, start=1))
    return Drawn(drawn, plan, prove(drawn, supply, specification, plan))


class _Table:
    """Where the cards are dealt: hand after hand, each taking account of those before."""

    def __init__(self, supply: Supply, specification: Specification, basis: Basis, plan: Plan, seed: str):
        uses = [
            plan.papers // len(plan.tables) + (i < plan.papers % len(plan.tables))
            for i in range(len(plan.tables))
        ]
        planned = [
            sum(n * u for n, u in zip(cell, uses, strict=True)) for cell in zip(*plan.tables, strict=True)
        ]
        self.supply, self.specification, self.basis, self.plan = supply, specification, basis, plan
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
        for margins in (
            self.basis.margins,
            open_margins(self.supply.cells, self.specification, self.basis.targets),
        ):
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


def _why(supply: Supply, specification: Specification) -> list[Problem]:
    return explain_supply(supply, specification, allocate(specification, supply.by_area()))
