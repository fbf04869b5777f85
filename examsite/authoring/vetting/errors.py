"""Why an act of vetting is refused."""

from __future__ import annotations

from examsite.errors import Invalid, Refused


class OwnWork(Refused):
    """Nobody judges what they wrote or uploaded."""

    code = "own-work"


class NotInReview(Refused):
    """Only a version in review can be judged."""

    code = "not-in-review"


class NewerVersion(Refused):
    """A newer version of the question exists; that one is judged."""

    code = "newer-version"


class AlreadyJudged(Refused):
    """One opinion a person a version, over all stages."""

    code = "already-judged"


class NotAssigned(Refused):
    """Other people were named to judge this version at its stage."""

    code = "not-assigned"


class Recused(Refused):
    """Who withdrew from a question or from an author's work (回避) does not judge it."""

    code = "recused"


class SamePerson(Refused):
    """Two persons are needed, and this is the first of them again."""

    code = "same-person"


class NotApproved(Refused):
    """Only what stands approved can be confirmed, refused, suspended or reinstated so."""

    code = "not-approved"


class CommentNeeded(Invalid):
    """Who returns a question, suspends or retires it says why."""

    code = "comment-needed"


class BadRating(Invalid):
    """A rating lies outside of its scale."""

    code = "bad-rating"


class BadStages(Invalid):
    """Stages that can't be used; `details["faults"]` are sentences."""

    code = "bad-stages"


class NoKey(Invalid):
    """What was entered is no key of this question; `details["faults"]` are sentences by field."""

    code = "no-key"
