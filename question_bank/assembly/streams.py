"""Randomness that anyone can draw again: Philox words keyed by BLAKE2b of a seed and labels.

Only raw 64-bit words are used: NumPy keeps them the same for ever, but not its distributions (NEP 19).
A permutation is the stable argsort of words, so it doesn't depend on the sorting algorithm either.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.random import Philox
from numpy.typing import NDArray


def words(count: int, seed: str, *labels: str | int) -> NDArray[np.uint64]:
    """`count` 64-bit words of the stream that seed and labels name."""
    digest = hashlib.blake2b(_spelled(seed, *labels), digest_size=16).digest()
    key = np.frombuffer(digest, dtype="<u8").astype(np.uint64)
    return np.asarray(Philox(key=key).random_raw(count), dtype=np.uint64)


def permutation(count: int, seed: str, *labels: str | int) -> NDArray[np.int64]:
    """A permutation of 0 … count-1."""
    return np.argsort(words(count, seed, *labels), kind="stable").astype(np.int64)


def number(below: int, *labels: str | int) -> int:
    """A number 0 ≤ n < below that depends on the labels only."""
    return int.from_bytes(hashlib.blake2b(_spelled(*labels), digest_size=8).digest(), "little") % below


def commitment(seed: str) -> str:
    """What may be published before the first paper is drawn, to be checked when the seed is revealed."""
    return hashlib.sha256(f"paper-seed|{seed}".encode()).hexdigest()


def _spelled(*labels: str | int) -> bytes:
    # Each part carries its length, so ("a", "bc") and ("ab", "c") are different streams.
    return b"".join(f"{len(text)}:{text}|".encode() for text in map(str, labels))
