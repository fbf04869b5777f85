"""The confidentiality undertaking (保密承诺): its text, who signed it, and until when a signature counts.

The text was written for this project as a sample: the institution replaces it with its own, or confirms it, and then
gives it the next number, so that everybody signs the new one.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from examsite import audit, clock
from examsite.audit import Actor
from examsite.authoring.models import Bank
from examsite.authoring.secrecy.models import Undertaking
from examsite.errors import Invalid

#: How long a signature counts.
VALID_FOR = timedelta(days=365)
#: A form that was opened before a signature ran out is still taken: nothing that was typed is lost.
GRACE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class UndertakingText:
    """One version of the text, in Chinese (which counts) and English (to understand it)."""

    version: int
    zh: tuple[str, ...]
    en: tuple[str, ...]

    @property
    def digest(self) -> str:
        """SHA-256 of the Chinese text, which a signature names."""
        return hashlib.sha256("\n".join(self.zh).encode()).hexdigest()


IN_FORCE = UndertakingText(
    1,
    zh=(
        "本人因命题、审题或题库管理工作需要接触职业技能等级认定题库，现承诺：",
        "一、只在工作需要的范围内查看试题和答案，不查看、不打听与本人任务无关的内容。",
        "二、不以拍照、截屏、抄录、转发、口述等任何方式，向任何人泄露试题、答案、评分标准和组卷情况；不在系统之外保存试题。",
        "三、不将账号和密码交他人使用；离开座位时退出登录。",
        "四、本人或近亲属参加相关认定，或从事相关考前培训的，主动报告并回避。",
        "五、发现泄密或可能泄密的情况，立即向机构报告。",
        "六、知悉系统会记录每一次查看试题和答案的时间与人员，页面带有本人姓名水印。承诺在工作结束后仍然有效，违反承诺的，愿意依照有关规定承担责任。",
    ),
    en=(
        "My work of writing, reviewing or running the question bank gives me access to it. I undertake:",
        "1. To look only at questions and answers that my task needs, and not to ask for others.",
        "2. Not to disclose questions, answers, marking rules or the making of papers to anybody, by photograph, screenshot, copy, message or word of mouth, and to keep no question outside of this system.",
        "3. Not to let others use my account or password, and to sign out when I leave my place.",
        "4. To report and to withdraw where I or a close relative takes the examination, or where I teach for it.",
        "5. To report at once any leak, or anything that could become one.",
        "6. I know that every look at questions and answers is recorded with my name and the time, and that pages carry my name as a watermark. This undertaking holds after my work has ended; if I break it I answer for it under the rules that apply.",
    ),
)


class NameDiffers(Invalid):
    """The name typed as a signature is not the person's."""

    code = "name-differs"


def has_signed(session: Session, person_id: int, bank: Bank, *, grace: timedelta = timedelta(0)) -> bool:
    """Whether the person's signature under the text in force counts now (or ran out within the grace)."""
    return signature(session, person_id, bank, now=clock.now() - grace) is not None


def signature(session: Session, person_id: int, bank: Bank, *, now: datetime) -> Undertaking | None:
    """The newest signature that counts now for this bank's institution."""
    return session.scalars(
        select(Undertaking)
        .where(
            Undertaking.person_id == person_id,
            or_(
                Undertaking.institution_id == bank.institution_id,
                Undertaking.institution_id.is_(None),
            ),
            Undertaking.text_version == IN_FORCE.version,
            Undertaking.valid_until > now,
        )
        .order_by(Undertaking.signed_at.desc(), Undertaking.id.desc())
        .limit(1)
    ).one_or_none()


def unsigned(session: Session, person_id: int, bank_ids: Sequence[int]) -> int | None:
    """The first of these banks whose institution the person has not signed for; None where all is signed."""
    seen: set[int] = set()
    for bank in session.scalars(select(Bank).where(Bank.id.in_(bank_ids)).order_by(Bank.id)):
        if bank.institution_id not in seen and not has_signed(session, person_id, bank):
            return bank.id
        seen.add(bank.institution_id)
    return None


def sign(
    session: Session,
    institution_id: int | None,
    name: str,
    *,
    actor: Actor,
    now: datetime,
    address: str = "",
) -> Undertaking:
    """Sign the text in force; institution_id None: for every institution.  Raises NameDiffers."""
    if _plain(name) != _plain(actor.name):
        raise NameDiffers(_("Type your name as it stands in your account: %(name)s", name=actor.name))
    row = Undertaking(
        person_id=actor.id,
        institution_id=institution_id,
        text_version=IN_FORCE.version,
        text_hash=IN_FORCE.digest,
        name_typed=name.strip(),
        address=address[:60],
        signed_at=now,
        valid_until=now + VALID_FOR,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        "undertaking.sign",
        of=row,
        actor=actor,
        now=now,
        institution=institution_id,
        text=IN_FORCE.version,
        hash=row.text_hash,
    )
    return row


def signatures(session: Session, institution_id: int, limit: int = 500) -> list[Undertaking]:
    """Who signed for this institution, newest first."""
    return list(
        session.scalars(
            select(Undertaking)
            .where(or_(Undertaking.institution_id == institution_id, Undertaking.institution_id.is_(None)))
            .options(joinedload(Undertaking.person))
            .order_by(Undertaking.signed_at.desc(), Undertaking.id.desc())
            .limit(limit)
        )
    )


def undertaking(session: Session, undertaking_id: int) -> Undertaking | None:
    """One signature with who gave it and for which institution."""
    return session.scalars(
        select(Undertaking)
        .where(Undertaking.id == undertaking_id)
        .options(joinedload(Undertaking.person), joinedload(Undertaking.institution))
    ).one_or_none()


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).split())
