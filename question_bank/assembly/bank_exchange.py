"""One paper's questions exchanged for others of the bank, within their cells, until it is as hard as the mean paper."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from question_bank.assembly.ground import CONFLICT, FORBIDDEN, Ground

_STEPS = 150


def target_of(tables: Sequence[Sequence[int]], ground: Ground) -> NDArray[np.int64]:
    """The mean features of papers of these tables when questions of a cell come equally often: (columns,)."""
    asked = np.array(tables, dtype=np.int64).sum(axis=0)
    cell = ground.cell_of_table
    sizes = np.maximum(np.bincount(cell, minlength=len(asked)), 1)
    sums = np.zeros((len(asked), ground.values.shape[1]), dtype=np.int64)
    np.add.at(sums, cell, ground.values)
    return np.asarray((asked[:, None] * sums // sizes[:, None]).sum(axis=0) // len(tables))


def exchanged_with_bank(
    ground: Ground,
    hand: NDArray[np.int64],
    choices: Sequence[NDArray[np.int64]],
    target: NDArray[np.int64],
) -> tuple[NDArray[np.int64], int]:
    """The hand after exchanges with other cards: (cards, sorted; conflicts left).

    choices: for each card of the hand those that may take its place, all of its cell.
    As long as there are conflicts the best exchange is the one that takes most apart; then the one that brings the sums
    of features nearest to the target.
    """
    hand = hand.copy()
    slot = np.repeat(np.arange(len(hand)), [len(cards) for cards in choices])
    takes = np.concatenate(choices)
    held = np.zeros(ground.size, dtype=np.int64)
    held[hand] = 1
    asked = np.bincount(ground.point[hand], minlength=ground.points)
    hostile = np.zeros(ground.size, dtype=np.int64)
    for card in hand.tolist():
        hostile[ground.enemy[ground.enemy_of[card] : ground.enemy_of[card + 1]]] += 1
    sums = ground.values[hand].sum(axis=0)
    for _ in range(_STEPS if len(takes) else 0):
        gives = hand[slot]
        change = ground.values[takes] - ground.values[gives]
        gain = np.einsum("ij,ij->i", change, change + 2 * (sums - target))
        won, lost = ground.point[takes], ground.point[gives]
        crowd = ground.crowding[asked[won]] - ground.crowding[asked[lost] - 1]
        conflict = np.where(won != lost, crowd, 0)
        conflict += FORBIDDEN * (hostile[takes] - hostile[gives])
        score = conflict * CONFLICT + gain
        score[held[takes] > 0] = 0
        best = int(np.argmin(score))
        if score[best] >= 0:
            break
        old, new = int(gives[best]), int(takes[best])
        hand[slot[best]] = new
        held[old], held[new] = 0, 1
        asked[ground.point[old]] -= 1
        asked[ground.point[new]] += 1
        hostile[ground.enemy[ground.enemy_of[old] : ground.enemy_of[old + 1]]] -= 1
        hostile[ground.enemy[ground.enemy_of[new] : ground.enemy_of[new + 1]]] += 1
        sums = sums + change[best]
    left = int(ground.crowd[asked].sum()) + FORBIDDEN * int(hostile[hand].sum()) // 2
    return np.sort(hand), left
