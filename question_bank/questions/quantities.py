"""Numbers with units as people type them, compared exactly with the quantity of a key."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from question_bank.questions.model import Quantity

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_TEN_TO = re.compile(r"(?<=10)[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+")
_SIGNS = str.maketrans({"−": "-", "–": "-", "﹣": "-", "⋅": "·", "•": "·", "∙": "·", "✕": "×", "✖": "×"})
_NUMBER = re.compile(
    r"""
    (?P<mantissa> [+-]? (?: [1-9]\d{0,2} (?: ,\d{3} )+ | \d+ )? (?: \.\d* )? )
    (?: [eE] (?P<e> [+-]?\d{1,3} ) (?![0-9])
      | \s* [×xX*·] \s* 10 \s* (?: \^ | \*\* ) \s* [({]? (?P<power> [+-]?\d{1,3} ) [)}]?
    )?
    \s* (?P<unit> .* )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Typed:
    """What a response says: an exact number and its folded unit, "" where none was given."""

    value: Fraction
    unit: str


def read_number(text: str) -> Typed | None:
    """The number and unit of a response; None where it is not one number.

    Full-width digits, thousands separators (1,234), 1.2e3 and 1.2×10^3 are read; fractions and decimal commas are not.
    """
    text = _TEN_TO.sub(lambda found: "^" + found.group().translate(_SUPERSCRIPTS), text)
    text = unicodedata.normalize("NFKC", text).translate(_SIGNS).strip()
    found = _NUMBER.fullmatch(text)
    if found is None or not any(character.isdigit() for character in found["mantissa"]):
        return None
    unit = folded_unit(found["unit"])
    # A digit, a separator or a sign here belongs to a number that was not understood: "12,5", "1.2.3", "3/4", "1~2".
    if unit and (unit[0] in ".,/+-^=~×*:" or unit[0].isdigit() or re.match(r"[eE][+-]?\d", unit)):
        return None
    value = Fraction(found["mantissa"].replace(",", ""))
    exponent = int(found["e"] or found["power"] or 0)
    return Typed(value * Fraction(10) ** exponent, unit)


def folded_unit(unit: str) -> str:
    """A unit as it is compared: full width folded, m² and m^2 alike, without spaces.  Letter case stays: mW is not MW."""
    folded = unicodedata.normalize("NFKC", unit).translate(_SIGNS).replace("*", "·").replace("^", "")
    return "".join(folded.split()).rstrip("。.;")


def is_right(quantity: Quantity, text: str) -> bool:
    """Whether a response is the key's quantity, within its tolerance."""
    typed = read_number(text)
    if typed is None:
        return False
    factor = _factor(quantity, typed.unit)
    if factor is None:
        return False
    value, tolerance = Fraction(quantity.value), Fraction(quantity.tolerance)
    if quantity.relative:
        tolerance *= abs(value)
    return abs(typed.value * factor - value) <= tolerance


def _factor(quantity: Quantity, unit: str) -> Fraction | None:
    """How many of the key's unit one of this unit is; None where it is not accepted."""
    own = folded_unit(quantity.unit)
    if unit == own:
        return Fraction(1)
    if not unit:
        return None if quantity.unit_required else Fraction(1)
    return next(
        (Fraction(factor) for other, factor in quantity.units if folded_unit(other) == unit),
        None,
    )
