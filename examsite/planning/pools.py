"""What a drawing knows of each question of a bank, read now; and the same of then, for drawing again.

What is read here and may change later (sets, industries, facilities, uses, exposure) is kept with the papers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite.authoring.catalogue.models import VersionUse
from examsite.authoring.models import QuestionVersion
from examsite.authoring.queries import PooledVersion, approved_pool
from examsite.authoring.versions import chunks
from examsite.planning.models import PaperSet, Sitting, SittingStatus, SpecificationRow
from examsite.planning.queries import earlier_uses
from question_bank.assembly.pool import Pool, PoolQuestion, make_pool
from question_bank.assembly.specification import Specification
from question_bank.outlines.tree import Outline

_SITTING = "sitting:"


def pool_of(
    session: Session, bank_id: int, specification: Specification, outline: Outline | None, *, now: datetime
) -> tuple[Pool, Specification]:
    """The pool of a bank, and the specification with its anchors named as the pool names them.

    Recent sittings and exposure are looked up where the specification asks for them.
    """
    versions = approved_pool(session, bank_id)
    earlier = earlier_uses(session, bank_id)
    importance = {point.code: point.importance for point in outline.points} if outline else {}
    ago = _sittings_ago(session, bank_id, specification.exclude_sittings)
    limit = specification.exposure_limit
    exposure = _exposures(session, bank_id, now - timedelta(days=limit.days)) if limit else {}
    pool = make_pool(
        PoolQuestion(
            str(version.version_id),
            version.point,
            version.kind,
            version.difficulty,
            importance.get(version.point),
            version.options,
            version.content_hash,
            frozenset(str(enemy) for enemy in version.enemies),
            uses=earlier[version.version_id],
            stimulus=version.stimulus,
            industries=frozenset(version.tags),
            facility=version.facility,
            sittings_ago=ago.get(version.question_id),
            exposure=exposure.get(version.question_id, 0),
        )
        for version in versions
    )
    return pool, with_anchors(specification, versions)


def with_anchors(specification: Specification, versions: Iterable[PooledVersion]) -> Specification:
    """Anchors are kept as ids of questions; papers hold versions, so the usable version of each is named.

    One without a usable version keeps its id after a "#", which no version is called by.
    """
    if not specification.anchors:
        return specification
    current = {str(version.question_id): str(version.version_id) for version in versions}
    return replace(
        specification, anchors=tuple(current.get(name, f"#{name}") for name in specification.anchors)
    )


def traits(pool: Pool) -> list[list[Any]]:
    """What of the pool can't be read again later, JSON-ready: of each question that has any of it, by id."""
    return [
        [
            int(question.id),
            question.stimulus,
            sorted(question.industries),
            question.facility,
            question.sittings_ago,
            question.exposure,
        ]
        for question in pool.questions
        if question.stimulus
        or question.industries
        or question.facility is not None
        or question.sittings_ago is not None
        or question.exposure
    ]


def traits_of_then(artefact: dict[str, Any]) -> dict[int, dict[str, Any]]:
    """The same by version id, as fields of `PoolQuestion`; sets drawn before they were kept have none."""
    return {
        version: {
            "stimulus": stimulus,
            "industries": frozenset(industries),
            "facility": facility,
            "sittings_ago": ago,
            "exposure": exposure,
        }
        for version, stimulus, industries, facility, ago, exposure in artefact.get("traits", [])
    }


def _sittings_ago(session: Session, bank_id: int, count: int) -> dict[int, int]:
    """In how many sittings back, counted from 1, each question last stood on papers: of the last `count` only.

    Sittings to come count too: who sits then has not seen it, but who sits both would meet it twice.
    """
    if not count:
        return {}
    sets = session.scalars(
        select(Sitting.paper_set_id)
        .join(PaperSet, PaperSet.id == Sitting.paper_set_id)
        .join(SpecificationRow, SpecificationRow.id == PaperSet.specification_id)
        .where(
            SpecificationRow.bank_id == bank_id,
            Sitting.status != SittingStatus.CANCELLED,
            Sitting.is_rehearsal.is_(False),
        )
        .order_by(Sitting.opens_at.desc(), Sitting.id.desc())
        .limit(count)
    ).all()
    ago: dict[int, int] = {}
    for number, set_id in enumerate(sets, start=1):
        times = session.scalars(select(PaperSet.artefact["times"]).where(PaperSet.id == set_id)).one()
        for question_id in _questions_of(session, [version for version, _ in times]).values():
            ago.setdefault(question_id, number)
    return ago


def _exposures(session: Session, bank_id: int, since: datetime) -> dict[int, int]:
    """Of the people who sat with this bank since then, how many per mille met each question."""
    uses = session.execute(
        select(VersionUse.source, VersionUse.version_id, VersionUse.people).where(
            VersionUse.bank_id == bank_id, VersionUse.source.startswith(_SITTING), VersionUse.at >= since
        )
    ).all()
    met: Counter[int] = Counter()
    presented: Counter[str] = Counter()
    owner = _questions_of(session, [row.version_id for row in uses])
    for row in uses:
        met[owner[row.version_id]] += row.people
        presented[row.source] += row.people
    persons = 0
    for source, shown in presented.items():
        document = session.scalar(
            select(SpecificationRow.document)
            .join(PaperSet, PaperSet.specification_id == SpecificationRow.id)
            .join(Sitting, Sitting.paper_set_id == PaperSet.id)
            .where(Sitting.id == int(source.removeprefix(_SITTING)))
        )
        # Everybody meets one paper, so what was shown together tells how many people there were.
        each = sum(section["count"] for section in document["sections"]) if document else shown
        persons += round(shown / max(1, each))
    return {question: min(1000, round(1000 * n / persons)) for question, n in met.items()} if persons else {}


def _questions_of(session: Session, version_ids: list[int]) -> dict[int, int]:
    """The question of each version."""
    found: dict[int, int] = {}
    for part in chunks(sorted(set(version_ids)), 5000):
        rows = session.execute(
            select(QuestionVersion.id, QuestionVersion.question_id).where(QuestionVersion.id.in_(part))
        )
        found.update({row.id: row.question_id for row in rows})
    return found
