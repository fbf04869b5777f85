"""Flags, coefficients and options in words, with what to do."""

from __future__ import annotations

from flask_babel import gettext as _

from examsite.analysis.matrix import FALSE, PARTLY, RIGHT, TRUE, WRONG
from question_bank.psychometrics.flags import Flag
from question_bank.psychometrics.reliability import NotEstimable


def flag_label(code: str) -> str:
    """A flag in a few words."""
    return {
        Flag.NOT_PRESENTED: str(_("nobody saw it")),
        Flag.FEW_PERSONS: str(_("few persons")),
        Flag.CONSTANT: str(_("everybody earned the same")),
        Flag.TOO_HARD: str(_("very hard")),
        Flag.TOO_EASY: str(_("very easy")),
        Flag.NEGATIVE_DISCRIMINATION: str(_("negative discrimination")),
        Flag.LOW_DISCRIMINATION: str(_("low discrimination")),
        Flag.OPTION_BEATS_KEY: str(_("a wrong answer does better than the key")),
    }[Flag(code)]


def flag_advice(code: str) -> str:
    """What a person should do about a flag."""
    return {
        Flag.NOT_PRESENTED: str(_("Nothing can be said of it yet.")),
        Flag.FEW_PERSONS: str(_("Fewer than 30 answers: take the figures as a hint and wait for more.")),
        Flag.CONSTANT: str(_("It tells nobody apart; discrimination can't be worked out.")),
        Flag.TOO_HARD: str(_("Check the key and whether the stem is clear; then whether it was taught.")),
        Flag.TOO_EASY: str(_("Keep it if everybody must know it; else write stronger distractors.")),
        Flag.NEGATIVE_DISCRIMINATION: str(
            _("The able do worse on it: check the key first, then whether the question is ambiguous.")
        ),
        Flag.LOW_DISCRIMINATION: str(_("It hardly tells the able from others: look at its options.")),
        Flag.OPTION_BEATS_KEY: str(
            _("Have a second person check the key before scores are released; then revise the options.")
        ),
    }[Flag(code)]


def flag_tone(code: str) -> str:
    """The tone of a badge."""
    if Flag(code) in (Flag.NEGATIVE_DISCRIMINATION, Flag.OPTION_BEATS_KEY):
        return "danger"
    return "neutral" if Flag(code) in (Flag.FEW_PERSONS, Flag.NOT_PRESENTED) else "warning"


def reason_of_alpha(code: str | None) -> str:
    """Why a coefficient does not exist, "" where it does."""
    if code is None:
        return ""
    return {
        NotEstimable.ONE_ITEM: str(_("there is only one question")),
        NotEstimable.ONE_PERSON: str(_("there is only one candidate")),
        NotEstimable.NO_VARIANCE: str(_("all totals are the same")),
        NotEstimable.NO_PAIRS: str(_("no two questions were seen by the same candidates")),
    }[NotEstimable(code)]


def option_label(label: str | None) -> str:
    """The name of an answer: letters as they are."""
    if label is None:
        return str(_("not answered"))
    return {
        TRUE: str(_("true")),
        FALSE: str(_("false")),
        RIGHT: str(_("all blanks right")),
        PARTLY: str(_("partly right")),
        WRONG: str(_("no blank right")),
    }.get(label, label)
