"""ISBN: the check digits of the standard's own examples, and what people type around them."""

from __future__ import annotations

import pytest

from question_bank.rules.isbn import is_isbn, normalised


# 978-92-95055-02-5 is the Users' Manual's own number; 0-306-40615-2 its customary example of ten digits.
@pytest.mark.parametrize("text", ["9789295055025", "0306406152", "9780306406157", "080442957X"])
def test_a_right_number_is_an_isbn(text):
    assert is_isbn(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "9789295055026",
        "0306406153",
        "030640615",
        "97803064061570",
        "X306406152",
        "9990306406157",
        "〇306406152",
    ],
)
def test_a_wrong_number_is_none(text):
    assert not is_isbn(text)


@pytest.mark.parametrize("number", ["9789295055025", "0306406152"])
def test_one_wrong_digit_is_always_found(number):
    for place, right in enumerate(number):
        for digit in "0123456789":
            if digit != right:
                assert not is_isbn(number[:place] + digit + number[place + 1 :])


@pytest.mark.parametrize(
    "text",
    [
        "ISBN 978-92-95055-02-5",
        "978 92 95055 02 5",
        "９７８９２９５０５５０２５",
        "ISBN-13:978–92–95055–02–5",
    ],
)
def test_what_stands_around_the_digits_is_left_out(text):
    assert normalised(text) == "9789295055025"


def test_a_small_x_counts():
    assert normalised("0-8044-2957-x") == "080442957X"
