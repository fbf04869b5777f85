"""公民身份号码 (GB 11643) and the cards that take its place: reading, checking, masking.

Read leniently, because spreadsheets spoil numbers; check strictly, because a certificate carries them.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_DIGITS = "10X98765432"
_CLUTTER = re.compile(r"[\s‘’'\"“”`\-]+")

#: GB/T 2260 provinces; 81–83 residence permits of Hong Kong, Macao and Taiwan.
PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(first, last + 1)
)


def normalised(text: str) -> str:
    """The number without quotes, spaces and dashes, half width, X in upper case."""
    return _CLUTTER.sub("", unicodedata.normalize("NFKC", text)).upper()


def masked(number: str) -> str:
    """`220104********1234`: first six and last four shown; shorter numbers show a quarter at either end at most."""
    number = normalised(number)
    if len(number) < 15:
        shown = len(number) // 4
        return number[:shown] + "*" * (len(number) - 2 * shown) + number[len(number) - shown :]
    return number[:6] + "*" * (len(number) - 10) + number[-4:]


def check_digit(first17: str) -> str:
    """The 18th character for these 17 digits (ISO 7064 MOD 11-2)."""
    return _CHECK_DIGITS[sum(w * int(d) for w, d in zip(_WEIGHTS, first17, strict=True)) % 11]


def faults(number: str, *, today: date) -> list[str]:
    """Codes of what is wrong: length, digits, province, birth-date, check-digit.  Empty = acceptable.

    15-digit legacy numbers are accepted where province and birth date are; they have no check digit.
    """
    number = normalised(number)
    if len(number) not in (15, 18):
        return ["length"]
    body = number[:17] if len(number) == 18 else number
    if not (body.isascii() and body.isdigit()) or (len(number) == 18 and number[17] not in "0123456789X"):
        return ["digits"]
    found = []
    # Permanent residents' cards of foreigners: 9, then the province, then the country.
    if (number[1:3] if number[0] == "9" and len(number) == 18 else number[:2]) not in PROVINCES:
        found.append("province")
    born = _date(number[6:14] if len(number) == 18 else "19" + number[6:12])
    if born is None or born > today or born.year < 1900:
        found.append("birth-date")
    if len(number) == 18 and check_digit(body) != number[17]:
        found.append("check-digit")
    return found


def _date(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None
