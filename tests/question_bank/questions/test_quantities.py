"""Numbers with units, as people type them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.questions.model import Quantity
from question_bank.questions.quantities import is_right, read_number

POWER = Quantity(
    Decimal("12500"),
    Decimal("0.01"),
    relative=True,
    unit="W",
    units=(("kW", Decimal(1000)), ("千瓦", Decimal(1000))),
)
BARE = Quantity(Decimal("3.5"))


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("12.5", "12.5", ""),
        ("１２．５", "12.5", ""),
        (" 12.5 kW ", "12.5", "kW"),
        ("12.5kＷ", "12.5", "kW"),
        ("1,234.5", "1234.5", ""),
        ("12，345 元", "12345", "元"),
        ("-3", "-3", ""),
        ("−3", "-3", ""),
        ("+3", "3", ""),
        (".5", "0.5", ""),
        ("5.", "5", ""),
        ("1.2e3", "1200", ""),
        ("1.2E-3 A", "0.0012", "A"),
        ("1.2×10^3", "1200", ""),
        ("1.2 × 10^{-3}W", "0.0012", "W"),
        ("1.2×10³ W", "1200", "W"),
        ("1.2×10⁻³", "0.0012", ""),
        ("1.2*10**3", "1200", ""),
        ("30 m²", "30", "m2"),
        ("30 m^2", "30", "m2"),
        ("25 ℃", "25", "°C"),
        ("85％", "85", "%"),
        ("5 eV", "5", "eV"),
        ("12.5 千瓦。", "12.5", "千瓦"),
        ("1e999", "1" + "0" * 999, ""),
    ],
)
def test_numbers_are_read_as_people_type_them(text, value, unit):
    read = read_number(text)
    assert read is not None
    assert (read.value, read.unit) == (Fraction(value), unit)


@pytest.mark.parametrize(
    "text",
    ["", " ", "kW", ".", "-", "3/4", "12,5", "0,123", "1,23,456", "1.2.3", "1 234", "约 12", "P=12", "1~2", "1.2×103", "--1", "1-2", "NaN", "inf", "1e9999", "12:30"],
)  # fmt: skip
def test_what_is_not_one_number_is_not_guessed(text):
    assert read_number(text) is None


def test_the_unit_is_turned_into_that_of_the_key():
    assert is_right(POWER, "12500 W")
    assert is_right(POWER, "12.5 kW")
    assert is_right(POWER, "12.5千瓦")
    assert not is_right(POWER, "12500 kW")
    assert not is_right(POWER, "12.5 mW")
    assert not is_right(POWER, "12500 w")


def test_a_number_without_a_unit_is_taken_in_the_units_of_the_key_unless_one_is_required():
    assert is_right(POWER, "12500")
    assert not is_right(Quantity(Decimal(5), unit="A", unit_required=True), "5")
    assert is_right(Quantity(Decimal(5), unit="A", unit_required=True), "5A")
    assert not is_right(BARE, "3.5 W")


def test_the_tolerance_holds_to_the_last_digit():
    assert is_right(POWER, "12625")
    assert is_right(POWER, "12375")
    assert not is_right(POWER, "12625.0000000000000000000000000000001")
    assert is_right(Quantity(Decimal("0.3"), Decimal("0.1")), "0.2")
    assert not is_right(BARE, "3.50000000000000000000000000000000001")
    assert is_right(BARE, "3.500")


@given(st.decimals(-(10**6), 10**6, places=4), st.decimals(0, 10, places=3), st.decimals(-20, 20, places=3))
def test_within_the_tolerance_is_right_and_outside_is_wrong(value, tolerance, off):
    quantity = Quantity(value, tolerance)
    assert is_right(quantity, f"{value + off:f}") is (abs(off) <= tolerance)


@given(st.text(max_size=100))
def test_any_text_is_a_number_or_is_not(text):
    read_number(text)
