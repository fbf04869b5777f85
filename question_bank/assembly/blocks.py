"""Papers in blocks of 1,000, each block a function of the plan, the seed and its number only.

A block deals from where the blocks before it stopped, without having to deal them: every cell is a pack that is gone
through lap by lap, each lap in an order of its own, so it is known in advance which cards are the next.  Uses within a
cell therefore differ by one at most.  Cards used more in earlier drawings sit out as many laps.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from question_bank.assembly import streams
from question_bank.assembly.exchange import Exchange
from question_bank.assembly.ground import Ground, Layout, empty_slots, layout_of

BLOCK = 1_000
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


class Packs:
    """The cards of every cell, in laps.

    earlier: uses of each card before this drawing; importance: 0 first; planned: cards each cell gives in all papers.
    most: no card more often than this, while its cell has others.
    """

    def __init__(
        self,
        ground: Ground,
        earlier: NDArray[np.int64],
        importance: NDArray[np.int64],
        planned: NDArray[np.int64],
        most: int,
        seed: str,
    ):
        self.ground, self.planned = ground, planned
        self.words = streams.words(ground.size, seed, "packs")
        order = np.lexsort((self.words, ground.cell))
        sizes = np.bincount(ground.cell, minlength=ground.cells)
        starts = np.cumsum(sizes) - sizes
        self.cards = [order[start : start + size] for start, size in zip(starts, sizes, strict=True)]
        self.importance = importance
        least = np.full(ground.cells, np.iinfo(np.int64).max)
        np.minimum.at(least, ground.cell, earlier)
        self.waits = earlier - least[ground.cell]
        self.most = np.maximum(-(-planned // np.maximum(sizes, 1)), most)

    def dealt(self, cell: int, start: int, count: int) -> NDArray[np.int64]:
        """`count` cards of a cell, beginning with the card number `start` of all it ever gives."""
        cards, most = self.cards[cell], int(self.most[cell])
        waits = np.sort(self.waits[cards])
        size = len(cards)
        if waits[-1] == 0 and start + count <= int(self.planned[cell]) // size * size:
            return self._whole_laps(cell, start, count)
        # Lap n is played by those who have waited for it and not yet been used as often as allowed.
        laps, lap, before = [], 0, 0
        if waits[-1] == 0:
            lap, before = start // size, start // size * size
        while before < start + count:
            playing = int(np.searchsorted(waits, lap, "right") - np.searchsorted(waits, lap - most, "right"))
            if before + playing > start:
                laps.append(self._lap(cell, lap, int(self.planned[cell]) - before))
                if len(laps) == 1:
                    first = before
            if not playing:
                # Nobody: everyone who came was used up, the next ones still wait.
                lap = int(waits[np.searchsorted(waits, lap, "right")])
                continue
            before += playing
            lap += 1
        return np.concatenate(laps)[start - first : start - first + count]

    def _whole_laps(self, cell: int, start: int, count: int) -> NDArray[np.int64]:
        """The same where everybody plays in every lap."""
        cards = self.cards[cell]
        first, last = start // len(cards), -(-(start + count) // len(cards))
        words = _mixed(self.words[cards], np.arange(first, last, dtype=np.uint64)[:, None])
        laps = cards[np.argsort(words, axis=1, kind="stable")].ravel()
        return np.asarray(laps[start - first * len(cards) :][:count])

    def _lap(self, cell: int, lap: int, left: int) -> NDArray[np.int64]:
        """The cards of one lap in its order; of the last one, those of most importance first of all."""
        cards = self.cards[cell]
        wait = self.waits[cards]
        cards = cards[(wait <= lap) & (lap < wait + self.most[cell])]
        words = _mixed(self.words[cards], lap)
        order = np.argsort(words, kind="stable")
        if left < len(cards):
            wanted = np.lexsort((words, self.importance[cards]))[:left]
            chosen = np.zeros(len(cards), dtype=bool)
            chosen[wanted] = True
            order = np.concatenate([order[chosen[order]], order[~chosen[order]]])
        return np.asarray(cards[order])


class Blocks:
    """All papers of a plan: tables[i % len(tables)] is the table of paper i (from 0)."""

    def __init__(self, ground: Ground, packs: Packs, tables: Sequence[Sequence[int]], papers: int, seed: str):
        self.ground, self.packs, self.papers, self.seed = ground, packs, papers, seed
        self.tables = np.array(tables, dtype=np.int64)
        self.before = np.concatenate(
            [np.zeros((1, self.tables.shape[1]), dtype=np.int64), np.cumsum(self.tables, axis=0)]
        )

    def asked_before(self, paper: int) -> NDArray[np.int64]:
        """How many cards each cell gave to the papers before this one."""
        turns, rest = divmod(paper, len(self.tables))
        return np.asarray(turns * self.before[-1] + self.before[rest])

    def block(self, number: int) -> Exchange:
        """Block `number` (from 0), dealt and exchanged."""
        first = number * BLOCK
        count = min(BLOCK, self.papers - first)
        tables = self.tables[(first + np.arange(count)) % len(self.tables)]
        layout = layout_of(tables)
        slots = self._deal(tables, layout, self.asked_before(first), number)
        exchange = Exchange(self.ground, slots, layout, self.seed, number)
        exchange.run()
        return exchange

    def _deal(
        self, tables: NDArray[np.int64], layout: Layout, before: NDArray[np.int64], number: int
    ) -> NDArray[np.signedinteger]:
        papers, cells = tables.shape
        slots = empty_slots(papers, layout, self.ground)
        words = streams.words(papers * cells, self.seed, "deal", number).reshape(papers, cells)
        for cell in np.flatnonzero(tables.max(axis=0)).tolist():
            counts = tables[:, cell]
            turn = np.argsort(words[:, cell], kind="stable")
            rows = np.repeat(turn, counts[turn])
            place = np.arange(len(rows)) - np.repeat(np.cumsum(counts[turn]) - counts[turn], counts[turn])
            first = int(layout.first[np.searchsorted(layout.cell, cell)])
            slots[rows, first + place] = self.packs.dealt(cell, int(before[cell]), len(rows))
        return slots


def _mixed(words: NDArray[np.uint64], lap: NDArray[np.uint64] | int) -> NDArray[np.uint64]:
    """Word number `lap` of the SplitMix64 sequences that begin with these words; unsigned numbers wrap around."""
    z = words + _GOLDEN * (np.atleast_1d(np.asarray(lap, dtype=np.uint64)) + np.uint64(1))
    z = (z ^ (z >> np.uint64(30))) * _MIX[0]
    z = (z ^ (z >> np.uint64(27))) * _MIX[1]
    return np.asarray(z ^ (z >> np.uint64(31)))
