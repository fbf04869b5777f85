"""公民身份号码.  Numbers are made up from GB 11643's own examples or computed; none belongs to a person."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from question_bank.rules.identity_number import check_digit, faults, masked, normalised

TODAY = date(2026, 11, 24)


def test_the_example_of_gb_11643_has_check_character_x():
    assert check_digit("11010519491231002") == "X"
    assert faults("11010519491231002X", today=TODAY) == []


def test_a_lower_case_x_and_spreadsheet_quotes_are_read():
    assert normalised(" ‘11010519491231002x ") == "11010519491231002X"
    assert faults("`11010519491231002x", today=TODAY) == []


def test_full_width_digits_are_read():
    assert normalised("１１０１") == "1101"


@pytest.mark.parametrize(
    ("number", "codes"),
    [
        ("11010519491231002", ["length"]),
        ("", ["length"]),
        ("1.10105E+17", ["length"]),
        ("1101051949123100XX", ["digits"]),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", ["digits"]),
        ("110105194912310021", ["check-digit"]),
        ("990105194912310021", ["province", "check-digit"]),
        ("11010519490230002" + check_digit("11010519490230002"), ["birth-date"]),
        ("11010520270101002" + check_digit("11010520270101002"), ["birth-date"]),
    ],
)
def test_each_fault_has_its_code(number, codes):
    assert faults(number, today=TODAY) == codes


def test_somebody_born_today_is_accepted():
    body = "11010520261124002"
    assert faults(body + check_digit(body), today=TODAY) == []
    assert faults(body + check_digit(body), today=date(2026, 11, 23)) == ["birth-date"]


def test_a_permanent_residents_card_has_its_province_after_the_nine():
    for province in ("11", "22", "65"):
        body = f"9{province}12419810803002"
        assert faults(body + check_digit(body), today=TODAY) == []
    body = "99912419810803002"
    assert faults(body + check_digit(body), today=TODAY) == ["province"]


@pytest.mark.parametrize("province", ["81", "82", "83", "71"])
def test_residence_permits_of_hong_kong_macao_and_taiwan_are_accepted(province):
    body = f"{province}000019900101002"
    assert faults(body + check_digit(body), today=TODAY) == []


def test_fifteen_digits_are_a_legacy_number_of_the_twentieth_century():
    assert faults("110105491231002", today=TODAY) == []
    assert faults("110105490231002", today=TODAY) == ["birth-date"]


def test_the_mask_shows_six_and_four():
    assert masked("220104199001011234") == "220104********1234"


@given(st.text("0123456789X", min_size=1, max_size=20))
def test_a_mask_hides_at_least_a_third_and_keeps_the_length(number):
    hidden = masked(number)
    assert len(hidden) == len(number)
    assert hidden.count("*") * 3 >= len(number)


@given(st.integers(0, 10**17 - 1), st.integers(0, 16), st.integers(1, 9))
def test_the_check_character_finds_every_single_changed_digit(value, place, change):
    body = f"{value:017d}"
    other = body[:place] + str((int(body[place]) + change) % 10) + body[place + 1 :]
    assert check_digit(body) != check_digit(other)


@given(st.integers(0, 10**17 - 1), st.integers(0, 15))
def test_the_check_character_finds_every_exchange_of_neighbours(value, place):
    body = f"{value:017d}"
    other = body[:place] + body[place + 1] + body[place] + body[place + 2 :]
    assert other == body or check_digit(body) != check_digit(other)
