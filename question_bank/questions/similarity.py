"""Which stems say nearly the same: sets of character pairs, compared by Jaccard's index.

Source of the measure: P. Jaccard, "The distribution of the flora in the alpine zone", New Phytologist 11 (1912): the size
of what two sets share over the size of both together.  Of the query only the rarest pairs are looked up: two sets as near as
the threshold asks must share one of them (prefix filtering; Chaudhuri, Ganti & Kaushik, ICDE 2006).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")

#: Stems at least this near are shown to a writer: one word changed in a sentence of some thirty characters.
NEAR = 0.75
#: Shorter stems have too few pairs to compare; they are near only where they are the same.
SHORT = 8

_PARTED = "\x00"
_PICTURE = re.compile(r"!\[([^\[\]]*)\]\([^)]*\)")
#: Everything but letters, digits and what parts the stems: punctuation, blanks, white space, the signs of the markup.
_NOISE = re.compile(rf"[^\w{_PARTED}]|_")
#: A code point has 21 bits, so a pair fits into 42 and leaves 22 for the number of the stem.
_BITS = 21
_STEM_BITS = 22
_MOST = 1 << _STEM_BITS
_MOST_SEGMENTS = 12
#: Where a file repeats itself a thousandfold, looking at this many candidates is enough to say so.
_MOST_CANDIDATES = 500


def normalised(stem: str) -> str:
    """The stem as it is compared: width and case folded, without punctuation, blanks, spaces and addresses of pictures."""
    return _normalised_all([stem])[0]


def similarity(one: str, other: str) -> float:
    """How near two stems are: 1 = the same characters in the same order, 0 = no pair of characters in common.

    Symmetric.  Where one of them is shorter than `SHORT` it is 1 or 0.
    """
    left, right = normalised(one), normalised(other)
    if left == right:
        return 1.0
    if min(len(left), len(right)) < SHORT:
        return 0.0
    a, b = _pairs(left), _pairs(right)
    shared = len(a & b)
    return shared / (len(a) + len(b) - shared)


def near_duplicates(
    stem: str, others: Iterable[tuple[T, str]], threshold: float = NEAR
) -> list[tuple[T, float]]:
    """Those of the others that are at least this near, the nearest first.  For many questions to one bank: `StemIndex`."""
    return StemIndex(others).near(stem, threshold)


class StemIndex(Generic[T]):
    """Stems by their character pairs: built once, asked often.  Each stem has a name of any hashable kind."""

    def __init__(self, stems: Iterable[tuple[T, str]] = ()) -> None:
        self._names: list[T] = []
        self._texts: list[str] = []
        self._same: dict[str, list[int]] = {}
        self._segments: list[_Segment] = []
        self.add(stems)

    def __len__(self) -> int:
        return len(self._names)

    def add(self, stems: Iterable[tuple[T, str]]) -> None:
        """Put more stems in."""
        more = list(stems)
        if not more:
            return
        first = len(self._names)
        texts = _normalised_all([stem for _name, stem in more])
        self._names += [name for name, _stem in more]
        self._texts += texts
        for place, text in enumerate(texts, first):
            self._same.setdefault(text, []).append(place)
        self._segments.append(_segment(texts, first))
        if len(self._segments) > _MOST_SEGMENTS:
            self._segments = [_segment(self._texts, 0)]

    def near(self, stem: str, threshold: float = NEAR, limit: int | None = None) -> list[tuple[T, float]]:
        """(name, similarity) of every stem at least this near (0 < threshold ≤ 1), the nearest first.

        With a limit at most so many, and candidates are looked at only as far as a file that repeats itself allows.
        An empty stem is near to nothing.
        """
        if not 0 < threshold <= 1:
            raise ValueError(f"threshold {threshold} is not in (0, 1]")
        text = normalised(stem)
        if not text:
            return []
        found = dict.fromkeys(self._same.get(text, [])[:limit], 1.0)
        if len(text) >= SHORT and (limit is None or len(found) < limit):
            wanted = _coded(text)
            for segment in self._segments:
                for place, value in segment.near(wanted, threshold, bounded=limit is not None):
                    found.setdefault(place, value)
        ordered = sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))
        return [(self._names[place], value) for place, value in ordered[:limit]]


@dataclass(frozen=True, slots=True)
class _Segment:
    """Some stems as arrays.

    pairs: (vocabulary,) sorted; starts: (vocabulary + 1,) into stems, which holds the stems of each pair; sizes: (stems,) how
    many pairs each has; forward_starts: (stems + 1,) into forward, which holds the pairs of each stem by their places.
    Stems count from `first`.
    """

    first: int
    pairs: NDArray[np.uint64]
    starts: NDArray[np.int64]
    stems: NDArray[np.int32]
    sizes: NDArray[np.int64]
    forward_starts: NDArray[np.int64]
    forward: NDArray[np.int32]

    def near(self, wanted: NDArray[np.uint64], threshold: float, *, bounded: bool) -> list[tuple[int, float]]:
        if not len(self.pairs):
            return []
        size = len(wanted)
        places = np.searchsorted(self.pairs, wanted)
        places[places == len(self.pairs)] = 0
        known = places[self.pairs[places] == wanted]
        # A stem that shares fewer pairs than this can't be near enough, so it shares one of the rarest of the query.
        needed = int(np.ceil(threshold * size - 1e-9))
        looked_up = len(known) - needed + 1
        if looked_up <= 0:
            return []
        lengths = self.starts[known + 1] - self.starts[known]
        rarest = known[np.argsort(lengths, kind="stable")[:looked_up]]
        if bounded:
            fits = np.cumsum(np.sort(lengths)[:looked_up]) <= _MOST_CANDIDATES
            rarest = rarest[: max(1, int(np.count_nonzero(fits)))]
        gathered = np.concatenate(
            [self.stems[self.starts[place] : self.starts[place + 1]] for place in rarest]
        )
        if bounded:
            gathered = gathered[:_MOST_CANDIDATES]
        gathered.sort()
        candidates = gathered[np.concatenate([[True], gathered[1:] != gathered[:-1]])]
        sizes = self.sizes[candidates]
        candidates = candidates[(sizes >= threshold * size - 1e-9) & (sizes * threshold <= size + 1e-9)]
        if not len(candidates):
            return []
        shared = self._shared(candidates, np.sort(known))
        values = shared / (size + self.sizes[candidates] - shared)
        chosen = values >= threshold - 1e-9
        return [
            (self.first + int(place), float(value))
            for place, value in zip(candidates[chosen], values[chosen], strict=True)
        ]

    def _shared(self, candidates: NDArray[np.int32], known: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many of these pairs each candidate has: (candidates,)."""
        starts = self.forward_starts[candidates]
        lengths = self.sizes[candidates]
        ends = np.cumsum(lengths)
        within = np.arange(int(ends[-1])) - np.repeat(ends - lengths, lengths)
        held = self.forward[np.repeat(starts, lengths) + within]
        at = np.searchsorted(known, held)
        at[at == len(known)] = 0
        hits = (known[at] == held).astype(np.int64)
        return np.add.reduceat(hits, ends - lengths)


def _segment(texts: Sequence[str], first: int) -> _Segment:
    """The arrays of these normalised texts; short ones have no pairs here."""
    if len(texts) > _MOST:
        raise ValueError(f"{len(texts)} stems are more than one index holds ({_MOST})")
    long = [text if len(text) >= SHORT else "" for text in texts]
    lengths = np.array([len(text) for text in long], dtype=np.int64)
    codes = _code_points("".join(long))
    owners = np.repeat(np.arange(len(long), dtype=np.uint64), lengths)
    inside = owners[:-1] == owners[1:]
    coded = (codes[:-1] << np.uint64(_BITS)) | codes[1:]
    # One number for a pair in a stem, so that one sort brings equal pairs together and repeated ones side by side.
    packed = ((coded << np.uint64(_STEM_BITS)) | owners[:-1])[inside]
    packed.sort()
    packed = packed[_first_of_equals(packed)]
    of_stem = (packed & np.uint64(_MOST - 1)).astype(np.int32)
    packed >>= np.uint64(_STEM_BITS)
    begins = _first_of_equals(packed)
    place = np.cumsum(begins) - 1
    sizes = np.bincount(of_stem, minlength=len(long)).astype(np.int64)
    # Sorted by stem, then by pair.
    forward = (of_stem.astype(np.uint64) << np.uint64(32)) | place.astype(np.uint64)
    forward.sort()
    return _Segment(
        first,
        packed[begins],
        np.append(np.flatnonzero(begins), len(packed)).astype(np.int64),
        of_stem,
        sizes,
        np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64),
        (forward & np.uint64(0xFFFFFFFF)).astype(np.int32),
    )


def _first_of_equals(ordered: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Where a sorted array has a value for the first time."""
    return np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)]


def _coded(text: str) -> NDArray[np.uint64]:
    """The different pairs of a normalised text, sorted."""
    codes = _code_points(text)
    return np.unique((codes[:-1] << np.uint64(_BITS)) | codes[1:])


def _code_points(text: str) -> NDArray[np.uint64]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)


def _pairs(text: str) -> set[str]:
    return {text[place : place + 2] for place in range(len(text) - 1)}


def _normalised_all(stems: Sequence[str]) -> list[str]:
    """All at once: one pass of each step over everything is many times quicker than a pass a stem."""
    joined = _PARTED.join(stem.replace(_PARTED, " ") for stem in stems)
    joined = _PICTURE.sub(r"\1", joined)
    joined = unicodedata.normalize("NFKC", joined).casefold()
    return _NOISE.sub("", joined).split(_PARTED)
