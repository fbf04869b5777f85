"""The made-up people of the sample site.  Identity numbers start with 000000: no real one can."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from examsite.access import people
from examsite.access.models import Person
from examsite.access.permissions import ADMINISTRATORS, ROLES, Permission, Role
from examsite.access.scope import EVERYTHING, institution_scope
from examsite.authoring.secrecy import undertakings
from examsite.registry.models import Institution, InstitutionKind, Region

#: For the demonstration alone; `./run demo` prints it.  Production has no default passwords.
PASSWORD = "Sample-2026"
INSTITUTION = "样例职业技能评价中心（虚构）"

#: The nine 市州 of Jilin and the two districts of the same rank (codes of GB/T 2260 where there is one).
REGIONS = (
    ("220100", "长春市"),
    ("220200", "吉林市"),
    ("220300", "四平市"),
    ("220400", "辽源市"),
    ("220500", "通化市"),
    ("220600", "白山市"),
    ("220700", "松原市"),
    ("220800", "白城市"),
    ("222400", "延边朝鲜族自治州"),
    ("CBS", "长白山保护开发区"),
    ("MHK", "梅河口市"),
)


@dataclass(frozen=True, slots=True)
class Account:
    """One sample account: username, made-up name, role, what it is for."""

    username: str
    name: str
    role: Role
    purpose: str


ACCOUNTS = (
    Account("writer", "样例命题员甲", Role.WRITER, "命题、导入题库"),
    Account("reviewer", "样例审题员乙", Role.REVIEWER, "审题：初审、复审、终审，各由一人"),
    Account("reviewer2", "样例审题员癸", Role.REVIEWER, "第二位审题员"),
    Account("reviewer3", "样例审题员子", Role.REVIEWER, "第三位审题员"),
    Account("manager", "样例题库管理员辛", Role.BANK_MANAGER, "题库人员、派题、停用、导出申请"),
    Account("manager2", "样例题库管理员丑", Role.BANK_MANAGER, "第二人：批准题库导出"),
    Account("staff", "样例考务员丙", Role.STAFF, "计划、组卷、场次、报名、成绩"),
    Account("staff2", "样例考务员丁", Role.STAFF, "第二人：批准试卷、发布成绩"),
    Account("invigilator", "样例监考员戊", Role.INVIGILATOR, "监考"),
    Account("examiner", "样例考评员己", Role.EXAMINER, "技能考核评分"),
    Account("province", "样例省级管理员庚", Role.PROVINCE, "省级监督、题库审验、答案更正"),
    Account("sysadmin", "样例系统管理员", Role.SYSTEM_ADMINISTRATOR, "人员与系统"),
    Account("secadmin", "样例安全管理员", Role.SECURITY_ADMINISTRATOR, "解锁、密码"),
    Account("auditor", "样例审计管理员", Role.AUDIT_ADMINISTRATOR, "审计"),
)

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"


@dataclass(frozen=True, slots=True)
class Staff:
    """The sample site's people by username, and their institution."""

    institution: Institution
    by_username: dict[str, Person]

    def __getitem__(self, username: str) -> Person:
        return self.by_username[username]


def make_staff(session: Session, *, now: datetime) -> Staff:
    """Regions, the made-up institution, and one account of each role."""
    regions = [Region(code=code, name=name) for code, name in REGIONS]
    session.add_all(regions)
    session.flush()
    institution = Institution(
        name=INSTITUTION, kind=InstitutionKind.ORGANISATION, region_id=regions[0].id, created_at=now
    )
    session.add(institution)
    session.flush()
    made = {}
    for account in ACCOUNTS:
        person = people.create(
            session, name=account.name, username=account.username, password=PASSWORD, actor=None, now=now
        )
        everywhere = account.role is Role.PROVINCE or account.role in ADMINISTRATORS
        scope = EVERYTHING if everywhere else institution_scope(institution.id)
        people.grant(session, person, account.role, scope, actor=None, now=now)
        made[account.username] = person
        if Permission.SEE_BANK in ROLES[account.role]:
            undertakings.sign(
                session, None if everywhere else institution.id, person.name, actor=person, now=now
            )
    return Staff(institution, made)


def identity(number: int) -> str:
    """The invalid identity number of the so-manieth made-up candidate."""
    return f"000000190001{number:06}"


def candidate_name(number: int) -> str:
    """A made-up name that nobody takes for a real one: 样例 + surname + number."""
    return f"样例{_SURNAMES[number % len(_SURNAMES)]}{number:03}"
