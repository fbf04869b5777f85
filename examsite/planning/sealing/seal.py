"""The seal of a set of papers: one hash over everything that was approved, and how it is proved again.

A paper's leaf covers its stored document, its hash, and for every question on it what candidates read and the fingerprint
that covers the key.  The seal is the hash of the list of leaves with the commitment to the seed, the digest of the bank and the
hash of the specification.  The leaves are kept, so that a proof says exactly which paper differs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from examsite import audit
from examsite.audit import Actor, AuditRecord
from examsite.authoring.models import QuestionVersion
from examsite.authoring.versions import chunks
from examsite.planning.models import Paper, PaperSet, SpecificationRow
from examsite.planning.sealing.models import PaperSeal
from question_bank.assembly import streams
from question_bank.questions.model import canonical_hash

SCHEMA = 1
SHORT = 16


@dataclass(frozen=True, slots=True)
class SealProof:
    """A seal worked out again from what is stored.

    different: numbers of papers that are not what was sealed, missing and added ones too.  facts: names of what else differs
    (mode, count, multiple, seed_commitment, bank_digest, specification_hash, seal, record).
    """

    seal: str
    found: str
    papers: int
    different: tuple[int, ...]
    facts: tuple[str, ...]

    @property
    def holds(self) -> bool:
        return not self.different and not self.facts


def short(digest: str) -> str:
    """The first sixteen digits in groups of four, as people compare them."""
    return " ".join(digest[start : start + 4] for start in range(0, SHORT, 4))


def seal(session: Session, papers: PaperSet, *, actor: Actor, now: datetime) -> PaperSeal:
    """Work out and keep the seal of papers that are being approved."""
    document = sealed_document(session, papers)
    row = PaperSeal(
        set_id=papers.id,
        seal=canonical_hash(document),
        document=document,
        sealed_by_id=actor.id,
        sealed_at=now,
    )
    session.add(row)
    session.flush()
    return row


def seal_of(session: Session, set_id: int) -> PaperSeal | None:
    """The seal of a set; None where it was not approved, or before papers were sealed."""
    return session.get(PaperSeal, set_id)


def prove(session: Session, papers: PaperSet) -> SealProof | None:
    """Work the seal out again from the stored papers; None where the set has no seal."""
    held = seal_of(session, papers.id)
    if held is None:
        return None
    found = sealed_document(session, papers)
    before = dict(map(tuple, held.document["papers"]))
    after = dict(map(tuple, found["papers"]))
    different = sorted(n for n in before.keys() | after.keys() if before.get(n) != after.get(n))
    facts = [name for name in found if name != "papers" and held.document.get(name) != found[name]]
    if canonical_hash(held.document) != held.seal:
        facts.append("seal")
    if _recorded(session, papers) != held.seal:
        facts.append("record")
    return SealProof(held.seal, canonical_hash(found), len(after), tuple(different), tuple(facts))


def record_proof(
    session: Session, papers: PaperSet, proof: SealProof, *, actor: Actor | None, now: datetime
) -> None:
    """Put on the record that somebody had the seal proved, and how it came out."""
    audit.record(
        session,
        "papers.verify-seal",
        of=papers,
        actor=actor,
        now=now,
        holds=proof.holds,
        different=list(proof.different[:20]),
        facts=list(proof.facts),
    )


def sealed_document(session: Session, papers: PaperSet) -> dict[str, Any]:
    """All that the seal covers, as it is stored now."""
    specification = session.scalars(
        select(SpecificationRow.document).where(SpecificationRow.id == papers.specification_id)
    ).one()
    return {
        "schema": SCHEMA,
        "mode": papers.mode,
        "count": papers.count,
        "multiple": papers.multiple,
        "seed_commitment": streams.commitment(papers.seed),
        "bank_digest": papers.bank_digest,
        "specification_hash": canonical_hash(specification),
        "papers": [[number, leaf] for number, leaf in _leaves(session, papers.id)],
    }


def _leaves(session: Session, set_id: int) -> Iterator[tuple[int, str]]:
    known: dict[int, str] = {}
    query = select(Paper.number, Paper.document, Paper.content_hash).where(Paper.set_id == set_id)
    with closing(session.execute(query.order_by(Paper.number).execution_options(yield_per=500))) as rows:
        for part in rows.partitions():
            wanted = {place["version"] for row in part for place in row.document["questions"]}
            known |= _digests(session, sorted(wanted - known.keys()))
            for row in part:
                asked = hashlib.sha256()
                for place in row.document["questions"]:
                    asked.update(known.get(place["version"], "missing").encode())
                leaf = {
                    "number": row.number,
                    "hash": row.content_hash,
                    "document": row.document,
                    "questions": asked.hexdigest(),
                }
                yield row.number, canonical_hash(leaf)


def _digests(session: Session, version_ids: list[int]) -> dict[int, str]:
    """Of each version what candidates read, with the fingerprint that covers its key."""
    found: dict[int, str] = {}
    for part in chunks(version_ids, 5000):
        rows = session.execute(
            select(QuestionVersion.id, QuestionVersion.document, QuestionVersion.content_hash).where(
                QuestionVersion.id.in_(part)
            )
        )
        found.update({i: canonical_hash([document, digest]) for i, document, digest in rows})
    return found


def _recorded(session: Session, papers: PaperSet) -> str | None:
    detail = session.scalars(
        select(AuditRecord.detail)
        .where(AuditRecord.object == f"paper_sets:{papers.id}", AuditRecord.act == "papers.approve")
        .order_by(AuditRecord.sequence.desc())
        .limit(1)
    ).first()
    return detail.get("seal") if detail else None
