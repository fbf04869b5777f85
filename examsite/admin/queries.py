"""Looking people up for administrators."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from examsite.access import login
from examsite.access.models import Grant, Login, Person, SignInFailure
from examsite.access.permissions import Role
from examsite.access.scope import SELF, institution_scope
from examsite.accounts.queries import live_logins
from examsite.admin.scopes import reaches
from examsite.config import Config
from examsite.errors import NotYours
from examsite.registration.models import Enrolment

PAGE = 50


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of a list of people.  grants: by the id of the person."""

    people: list[Person]
    grants: dict[int, list[Grant]]
    total: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True)
class PersonSheet:
    """All that an administrator sees of one person.  names: what their refused sign-ins are counted by."""

    person: Person
    grants: list[Grant]
    logins: list[Login]
    locked_names: list[str]


def people_page(
    session: Session, institutions: frozenset[int] | None, *, search: str, role: Role | None, page: int
) -> PeoplePage:
    """The people within reach whose name or username holds the words, newest first."""
    query = select(Person)
    if institutions is not None:
        query = _within(query, institutions)
    if search.strip():
        word = search.strip()
        query = query.where(
            or_(
                Person.name.icontains(word, autoescape=True), Person.username.icontains(word, autoescape=True)
            )
        )
    if role is not None:
        query = query.where(select(Grant.id).where(Grant.person_id == Person.id, Grant.role == role).exists())
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    people = list(session.scalars(query.order_by(Person.id.desc()).limit(PAGE).offset((page - 1) * PAGE)))
    grants: dict[int, list[Grant]] = {person.id: [] for person in people}
    rows = session.scalars(select(Grant).where(Grant.person_id.in_(grants)).order_by(Grant.id))
    for row in rows:
        grants[row.person_id].append(row)
    return PeoplePage(people, grants, total)


def reachable_person(session: Session, person_id: int, institutions: frozenset[int] | None) -> Person:
    """The person with this id.  Raises NotYours where there is none, or the administrator does not reach them."""
    person = session.get(Person, person_id)
    scopes = session.scalars(select(Grant.scope).where(Grant.person_id == person_id))
    if person is None or not reaches(institutions, frozenset(scopes)):
        raise NotYours
    return person


def person_sheet(session: Session, person: Person, *, config: Config, now: datetime) -> PersonSheet:
    """What the page about this person shows."""
    grants = session.scalars(select(Grant).where(Grant.person_id == person.id).order_by(Grant.id))
    locked = []
    for name in failure_names(session, person):
        lockout = config.candidate_lockout if name.startswith("ticket:") else config.staff_lockout
        count = session.scalar(
            select(func.count())
            .select_from(SignInFailure)
            .where(SignInFailure.name == name, SignInFailure.at > now - lockout)
        )
        if (count or 0) >= config.lockout_failures:
            locked.append(name)
    logins = live_logins(session, person.id, config=config, now=now)
    return PersonSheet(person, list(grants), logins, locked)


def failure_names(session: Session, person: Person) -> list[str]:
    """The names by which this person's refused sign-ins are counted: their username and their tickets."""
    tickets = session.scalars(select(Enrolment.ticket).where(Enrolment.person_id == person.id))
    names = [f"ticket:{ticket}" for ticket in tickets]
    if person.username:
        names.insert(0, person.username)
    return [login.folded(name) for name in names]


def username_is_taken(session: Session, username: str) -> bool:
    """Whether somebody has this username, in whatever letter case."""
    taken = select(Person.id).where(func.lower(Person.username) == username.lower())
    return session.scalar(taken.limit(1)) is not None


def _within(query: Select[Person], institutions: frozenset[int]) -> Select[Person]:
    """The same rule as `scopes.reaches`, for a whole table."""
    inside = [institution_scope(id_) for id_ in institutions]
    mine = select(Grant.id).where(Grant.person_id == Person.id, Grant.scope.in_(inside))
    foreign = select(Grant.id).where(Grant.person_id == Person.id, Grant.scope.not_in([*inside, SELF]))
    return query.where(mine.exists(), ~foreign.exists())
