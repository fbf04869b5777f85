"""The one answer to a drawing that can't be: why."""

from __future__ import annotations

from collections.abc import Sequence

from question_bank.problems import Problem


class Impossible(ValueError):
    """No such papers can be drawn; `problems` says why, for the author."""

    def __init__(self, problems: Sequence[Problem]):
        super().__init__("；".join(problem.message for problem in problems))
        self.problems = tuple(problems)
