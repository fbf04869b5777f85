"""Everything before the first card is dealt: the supply, the tables and the features, as one plan that can be stored.

`prepare` works a plan out, with solvers; `restore` takes a stored one, so that papers come out the same whatever solver,
processor or version is at hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from question_bank.assembly import streams
from question_bank.assembly.allocate import Targets, allocate, step_of
from question_bank.assembly.explain import explain_supply
from question_bank.assembly.features import Features, features_of
from question_bank.assembly.impossible import Impossible
from question_bank.assembly.load import Load, find_load
from question_bank.assembly.margins import fixed_margins, open_margins
from question_bank.assembly.plan import ENGINE, Dealing, Plan, Preference
from question_bank.assembly.pool import Pool
from question_bank.assembly.sets import choices_of_sets, dealt_beside
from question_bank.assembly.specification import Specification, check, completed, specification_as_document
from question_bank.assembly.supply import Supply, supply_of
from question_bank.assembly.tables import Basis, find_basis, tables_for, without
from question_bank.outlines.tree import Outline, outline_as_document
from question_bank.problems import NOWHERE, Problem, has_errors
from question_bank.questions.model import canonical_hash

#: More papers than this are dealt in blocks.
MOST_ONE_BY_ONE = 200


@dataclass(frozen=True, slots=True)
class Prepared:
    """supply: of all questions that may stand on papers.  open: places of those that are dealt (not the anchors, nor what
    may not stand beside them); dealt: their supply.  basis: its margins are those of the dealt part.
    """

    specification: Specification
    supply: Supply
    open: NDArray[np.int64]
    dealt: Supply
    basis: Basis
    plan: Plan


def prepare(
    pool: Pool,
    specification: Specification,
    outline: Outline | None = None,
    *,
    papers: int,
    unique: bool,
    seed: str,
    preference: Preference = Preference.LEVELLED,
) -> Prepared:
    """Plan this many papers; arguments and errors are those of `select.draw`."""
    if papers < 1:
        raise ValueError("at least one paper")
    specification, supply, named = _ground(pool, specification, outline)
    for anchors in choices_of_sets(supply, specification, named):
        places = dealt_beside(supply, specification, anchors)
        dealt = supply.of(places.tolist()) if len(places) < len(supply.questions) else supply
        anchored = _counts(supply, anchors) if anchors else None
        basis = find_basis(specification, dealt, anchored)
        if basis is not None:
            break
    else:
        raise Impossible(_why(supply, specification, named))
    load = find_load(basis.margins, dealt.counts, papers)
    if load is None:
        raise Impossible(_why(supply, specification, anchors))
    in_blocks = unique and papers > MOST_ONE_BY_ONE and preference is Preference.LEVELLED
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
        tables_for(basis, dealt, load, papers, seed),
        load,
        _features(supply, specification, dealt, load, anchors),
        Dealing.BLOCKS if in_blocks else Dealing.ONE_BY_ONE,
        anchors,
    )
    return Prepared(specification, supply, places, dealt, basis, plan)


def restore(
    document: dict[str, Any], pool: Pool, specification: Specification, outline: Outline | None, *, seed: str
) -> Prepared:
    """The plan of a stored document (`plan.plan_as_document`), with the questions and the seed it was made for.

    Raises ValueError where the document is of another engine, or of another pool, specification or seed.
    """
    if document["engine"] != ENGINE:
        raise ValueError(f"a plan of engine {document['engine']!r}; this is {ENGINE!r}")
    specification, supply, named = _ground(pool, specification, outline)
    anchors = tuple(document["anchors"])
    found = {
        "pool_digest": pool.digest,
        "specification_digest": canonical_hash(specification_as_document(specification)),
        "seed_commitment": streams.commitment(seed),
    }
    for name, value in found.items():
        if document[name] != value:
            raise ValueError(f"the plan is of another {name.removesuffix('_digest')}")
    if not set(named) <= set(anchors) <= set(range(len(supply.questions))):
        raise ValueError("the plan is of other anchors")
    places = dealt_beside(supply, specification, anchors)
    dealt = supply.of(places.tolist()) if len(places) < len(supply.questions) else supply
    targets = _targets(document, allocate(specification, dealt.by_area()), step_of(specification))
    anchored = _counts(supply, anchors) if anchors else None
    is_adjusted = document["rounding"] != "largest remainder"
    if [[str(part) for part in cell.names] for cell in supply.cells] != document["cells"]:
        raise ValueError("the plan is of other cells")
    tables = []
    for rows in document["tables"]:
        table = [0] * len(supply.cells)
        for place, count in rows:
            table[place] = count
        tables.append(tuple(table))
    basis = Basis(
        targets,
        without(fixed_margins(supply.cells, specification, targets), anchored),
        tables[0],
        is_adjusted,
        without(open_margins(supply.cells, specification, targets), anchored),
    )
    bounds, features = document["bounds"], document["features"]
    plan = Plan(
        document["seed_commitment"],
        document["pool_digest"],
        document["specification_digest"],
        document["outline_digest"],
        document["papers"],
        document["unique"],
        Preference(document["preference"]),
        targets,
        is_adjusted,
        supply.cells,
        tuple(tables),
        Load(float(bounds["exposure"]), float(bounds["overlap"]), float(bounds["limit"]), np.zeros(0)),
        Features(np.array(features["values"], dtype=np.int64), features["cut"], features["sources"]),
        Dealing(document["dealing"]),
        anchors,
    )
    return Prepared(specification, supply, places, dealt, basis, plan)


def on_paper(prepared: Prepared, dealt: NDArray[np.signedinteger]) -> NDArray[np.int32]:
    """Places in the whole supply, with the anchors, sorted."""
    hands = prepared.open.astype(np.int32)[dealt]
    anchors = np.array(prepared.plan.anchors, dtype=np.int32)
    return np.sort(np.hstack([hands, np.tile(anchors, (len(hands), 1))]), axis=1)


def _ground(
    pool: Pool, specification: Specification, outline: Outline | None
) -> tuple[Specification, Supply, tuple[int, ...]]:
    """The completed specification, all questions it can use, the places of its anchors."""
    specification = completed(specification, outline)
    faults = check(specification)
    if has_errors(faults):
        raise Impossible(faults)
    names: Sequence[str] = specification.anchors
    if not names:
        supply = supply_of(pool, specification, outline)
        return specification, supply, ()
    supply = supply_of(_preferring(pool, names), specification, outline)
    place_of = {question.id: place for place, question in enumerate(supply.questions)}
    missing = [name for name in names if name not in place_of]
    if missing:
        raise Impossible(
            [
                Problem(
                    NOWHERE, "anchor-unusable", f"固定题 {name} 不在可用试题之内。请改选固定题或恢复该题。"
                )
                for name in missing
            ]
        )
    anchors = tuple(sorted(place_of[name] for name in set(names)))
    present = {supply.questions[place].id for place in anchors}
    hostile = {enemy for place in anchors for enemy in supply.questions[place].enemies}
    if present & hostile:
        pair = "、".join(sorted(present & hostile))
        raise Impossible(
            [Problem(NOWHERE, "anchors-enemies", f"固定题 {pair} 互斥，不能同卷。请改选固定题。")]
        )
    return specification, supply, anchors


def _preferring(pool: Pool, names: Sequence[str]) -> Pool:
    """The pool without questions of the same content as an anchor."""
    contents = {question.content_hash for question in pool.questions if question.id in names} - {""}
    kept = tuple(q for q in pool.questions if q.id in names or q.content_hash not in contents)
    return replace(pool, questions=kept)


def _counts(supply: Supply, places: Sequence[int]) -> list[int]:
    tally = Counter(supply.cell_of[place] for place in places)
    return [tally[cell] for cell in range(len(supply.cells))]


def _features(
    supply: Supply, specification: Specification, dealt: Supply, load: Load, anchors: tuple[int, ...]
) -> Features:
    points = {section.kind: float(section.points) for section in specification.sections}
    each = load.ideal / np.maximum(np.array(dealt.counts), 1)
    weights = each[np.array(supply.cell_of, dtype=np.int64)]
    weights[list(anchors)] = 1.0
    worth = [points[question.kind] for question in supply.questions]
    return features_of(supply.questions, worth, weights, float(specification.parallel.cut))


def _targets(document: dict[str, Any], targets: Targets, step: Decimal) -> Targets:
    steps = {code: int(Decimal(points) / step) for code, points in document["areas"]}
    areas = tuple(replace(target, steps=steps[target.code]) for target in targets.areas)
    return replace(targets, areas=areas)


def _why(supply: Supply, specification: Specification, anchors: tuple[int, ...]) -> list[Problem]:
    problems = explain_supply(supply, specification, allocate(specification, supply.by_area()))
    if problems:
        return problems
    if not anchors:
        return [
            Problem(
                NOWHERE,
                "stimulus-sets",
                "不放材料题时可以组卷，但放不进要求的成组材料题。请减少组数，或补充成组的试题。",
            )
        ]
    return [
        Problem(
            NOWHERE,
            "anchors-in-the-way",
            "不含固定题时可以组卷，但每卷都放入这些固定题后，剩余的题量、分值或难度凑不齐。请减少或改选固定题。",
        )
    ]
