"""The edition of 2020 as it comes with the package, and what its checker finds."""

import json
import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from question_bank.problems import has_errors
from question_bank.standards.__main__ import main
from question_bank.standards.check import check
from question_bank.standards.eligibility import (
    Background,
    Education,
    Finding,
    HeldCertificate,
    Work,
    precheck,
)
from question_bank.standards.loading import DATA, BadStandard, load, load_file, standard_from_document
from question_bank.standards.model import Figure, Mark, Subject, Weight, standard_as_document

STANDARD = load("3-02-02-00", "2020")
TODAY = date(2026, 11, 24)


def codes(standard):
    return {problem.code for problem in check(standard) if problem.is_error}


def condition(rules, code):
    return next(one for one in STANDARD.rule_set(rules).conditions if one.code == code)


def with_weights(*entries):
    figures = [
        Weight(level, Subject(subject), function, Figure(Decimal(value), "%", "印刷本", Mark.PLAUSIBLE))
        for level, subject, function, value in entries
    ]
    return replace(STANDARD, weights=tuple(figures))


def test_the_edition_has_no_errors():
    assert not has_errors(check(STANDARD))


def test_three_levels_of_which_two_have_a_review():
    assert [(level.code, level.label, level.title) for level in STANDARD.levels] == [
        ("3", "三级", "高级工"),
        ("2", "二级", "技师"),
        ("1", "一级", "高级技师"),
    ]
    assert [level.subject(Subject.REVIEW) is not None for level in STANDARD.levels] == [False, True, True]


def test_every_subject_is_out_of_100_and_passed_at_60():
    rules = [rule for level in STANDARD.levels for rule in level.subjects]
    assert {(rule.total.value, rule.pass_mark.value) for rule in rules} == {(Decimal(100), Decimal(60))}


def test_no_figure_pretends_to_be_verified():
    assert len(STANDARD.unverified) == len(STANDARD.figures)
    assert all(figure.source for _, figure in STANDARD.figures)


def test_the_weights_are_absent_not_zero():
    assert STANDARD.weights == ()
    assert standard_as_document(STANDARD)["weights"] is None
    assert "weights-unknown" in {problem.code for problem in check(STANDARD)}


def test_both_rule_sets_are_there_with_what_is_unknown():
    assert [len(STANDARD.rule_set("standard-2020").for_level(code)) for code in "321"] == [5, 5, 5]
    assert dict(STANDARD.rule_set("procedure-2023").unknown).keys() == {"1", "2"}
    assert STANDARD.rule_set("procedure-2023").for_level("1") == ()


def test_an_edition_that_is_not_here_is_a_lookup_error():
    with pytest.raises(LookupError, match="2020"):
        load("3-02-02-00", "1999")
    with pytest.raises(LookupError):
        load("../data/3-02-02-00", "2020")


def test_weights_that_do_not_sum_to_100_are_found():
    assert codes(with_weights(("3", "theory", "management", "60"))) == {"weights-not-100"}
    full = [("3", "theory", "management", "75"), ("3", "theory", "basic", "25")]
    assert codes(with_weights(*full)) == set()
    parts = [("3", "theory", "ethics", "5"), ("3", "theory", "knowledge", "19")]
    assert codes(with_weights(*full, *parts)) == {"weights-below-differ"}


def test_weights_of_unknown_things_are_found():
    assert "unknown-function" in codes(with_weights(("3", "theory", "cooking", "100")))
    assert "unknown-level" in codes(with_weights(("9", "theory", "management", "100")))
    assert "unknown-subject" in codes(with_weights(("3", "review", "management", "100")))


def test_a_level_without_a_pass_rule_is_found():
    bare = replace(STANDARD.levels[0], subjects=())
    assert "level-without-pass-rule" in codes(replace(STANDARD, levels=(bare, *STANDARD.levels[1:])))


def test_a_figure_that_is_called_verified_needs_somebody_and_a_day():
    level = STANDARD.levels[0]
    rule = level.subjects[0]
    signed = replace(rule.minutes, verified=True, by="核对人", on=TODAY)
    for figure, expected in ((replace(rule.minutes, verified=True), {"bad-figure"}), (signed, set())):
        changed = replace(level, subjects=(replace(rule, minutes=figure), *level.subjects[1:]))
        assert codes(replace(STANDARD, levels=(changed, *STANDARD.levels[1:]))) == expected


def test_a_condition_of_an_unknown_level_is_found():
    rules = STANDARD.rule_sets[0]
    strange = replace(rules.conditions[0], code="x", level="4")
    changed = replace(rules, conditions=(*rules.conditions, strange))
    assert "unknown-level" in codes(replace(STANDARD, rule_sets=(changed,)))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("code = ", "不是 TOML"),
        ('code = "x"', "缺少 edition"),
        ("code = 3", "缺少 code"),
        (
            'code="x"\nedition="1"\nname="n"\ntitle="t"\nissued_by=[]\nsource="s"\n[[levels]]\ncode="3"\n'
            'label="l"\ntitle="t"\n[[levels.subjects]]\nsubject="dancing"',
            "不认识",
        ),
    ],
)
def test_a_file_that_is_no_standard_says_where(tmp_path, text, sentence):
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadStandard, match=sentence):
        load_file(path)
    assert main(["check", str(path)]) == 2


def test_entries_that_are_not_tables_are_refused():
    with pytest.raises(BadStandard, match="levels"):
        standard_from_document(
            {
                "code": "x",
                "edition": "1",
                "name": "n",
                "title": "t",
                "issued_by": [],
                "source": "s",
                "levels": [3],
            }
        )


def test_two_years_of_the_occupation_suffice_for_level_three():
    rule = condition("standard-2020", "3-1")
    enough = Background(years={Work.OCCUPATION: Fraction(2)})
    short = Background(years={Work.OCCUPATION: Fraction(23, 12)})
    assert precheck(rule, enough, on=TODAY) is Finding.MET
    assert precheck(rule, short, on=TODAY) is Finding.NOT_MET


def test_education_and_years_must_both_hold():
    rule = condition("standard-2020", "3-2")
    years = {Work.OCCUPATION: Fraction(1)}
    assert precheck(rule, Background(years, education=Education.MASTER), on=TODAY) is Finding.MET
    assert precheck(rule, Background(years, education=Education.COLLEGE), on=TODAY) is Finding.NOT_MET
    assert precheck(rule, Background(education=Education.MASTER), on=TODAY) is Finding.NOT_MET


def test_years_after_a_certificate_are_not_years_before_it():
    rule = condition("standard-2020", "2-1")
    held = (HeldCertificate("保卫管理员", "3", date(2021, 1, 1)),)
    before = Background(years={Work.OCCUPATION: Fraction(9)}, certificates=held)
    after = replace(before, since_certificate={Work.OCCUPATION: Fraction(5)})
    assert precheck(rule, before, on=TODAY) is Finding.NOT_MET
    assert precheck(rule, after, on=TODAY) is Finding.MET
    assert precheck(rule, replace(after, certificates=()), on=TODAY) is Finding.NOT_MET


def test_a_certificate_counts_from_the_anniversary():
    rule = condition("procedure-2023", "3-2")
    held = Background(certificates=(HeldCertificate("保安员", "4", date(2024, 2, 29)),))
    assert precheck(rule, held, on=date(2028, 2, 28)) is Finding.NOT_MET
    assert precheck(rule, held, on=date(2028, 2, 29)) is Finding.MANUAL


def test_a_rank_is_for_people_to_look_at():
    assert precheck(condition("standard-2020", "2-3"), Background(), on=TODAY) is Finding.MANUAL


def test_the_command_checks_and_shows(capsys):
    assert main(["check", "--json"]) == 0
    assert {entry["severity"] for entry in json.loads(capsys.readouterr().out)} == {"warning"}
    assert main(["show", "3-02-02-00", "2020", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["code"] == "3-02-02-00"


def test_the_command_exits_1_on_errors_and_2_with_one_line_on_bad_usage(tmp_path, capsys):
    text = (DATA / "3-02-02-00-2020.toml").read_text(encoding="utf-8")
    path = tmp_path / "faulty.toml"
    path.write_text(
        re.sub(r"pass_mark = \{ value = 60", "pass_mark = { value = 160", text, count=1), encoding="utf-8"
    )
    assert main(["check", str(path)]) == 1
    assert "bad-pass-mark" in capsys.readouterr().out
    assert main(["check", "3-02-02-00", "1999"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(SystemExit) as stopped:
        main(["dance"])
    assert stopped.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1
