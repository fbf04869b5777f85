"""From a sitting that is over to the analysis of its questions, through the door."""

from __future__ import annotations

import csv
import io
import math
import re
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import undefer

from examsite import jobs
from examsite.access.permissions import Role
from examsite.analysis import actions
from examsite.analysis.matrix import gather
from examsite.analysis.models import AnalysisRun
from examsite.audit import AuditRecord
from examsite.authoring.models import QuestionVersion, VersionStatistics
from examsite.results.scripts import scripts
from question_bank.psychometrics.presentation import as_json
from question_bank.psychometrics.report import analyse_items
from question_bank.psychometrics.responses import ResponseMatrix
from question_bank.questions.kinds import Kind
from tests.browse import Page
from tests.conftest import Site
from tests.examsite.results.arrange import (
    NOTHING,
    RIGHT,
    WRONG,
    Over,
    candidate_of,
    make_sat_sitting,
    sat,
    staff_of,
)
from tests.factories import make_institution, make_person

FIVE_SINGLE = ((Kind.SINGLE, "20"),) * 5

#: LSAT, section 6 (Bock & Lieberman 1970, table 1): how many of 1,000 persons answered in each pattern.
LSAT6 = {
    "00000": 3, "00001": 6, "00010": 2, "00011": 11, "00100": 1, "00101": 1, "00110": 3, "00111": 4,
    "01000": 1, "01001": 8, "01010": 0, "01011": 16, "01100": 0, "01101": 3, "01110": 2, "01111": 15,
    "10000": 10, "10001": 29, "10010": 14, "10011": 81, "10100": 3, "10101": 28, "10110": 15, "10111": 80,
    "11000": 16, "11001": 56, "11010": 21, "11011": 173, "11100": 11, "11101": 61, "11110": 28, "11111": 298,
}  # fmt: skip


def started(site: Site, over: Over) -> Page:
    """The page of a run that staff started."""
    browse = staff_of(site)
    page = browse.get("/analysis/")
    form = next(f for f in page.find_all("form") if f.get("action") == _start(over))
    token = next(e.get("value", "") for e in form.iter("input"))
    return browse.post(_start(over), {"csrf_token": token})


def _start(over: Over) -> str:
    return f"/analysis/sittings/{over.sitting.id}/start"


def result_of(site: Site) -> dict[str, Any]:
    with site.reading() as session:
        result = session.scalars(select(AnalysisRun).options(undefer(AnalysisRun.sealed_result))).one().result
    assert result is not None
    return result


def cells(page: Page, name: str) -> list[str]:
    for row in page.find_all("tr"):
        found = [re.sub(r"\s+", " ", "".join(cell.itertext())).strip() for cell in row]
        if found and found[0] == name:
            return found
    raise AssertionError(f"no row {name!r}")


def name_of(version: QuestionVersion) -> str:
    return f"#{version.question_id}"


def csrf(page: Page) -> str:
    return next(e.get("value", "") for e in page.find_all("input", name="csrf_token"))


# ---- figures ----


def test_lsat6_gives_the_published_difficulties_and_alpha(sqlite_site: Site) -> None:
    people = [[letter == "1" for letter in pattern] for pattern, count in LSAT6.items() for _ in range(count)]
    over = sat(sqlite_site, *people, parts=FIVE_SINGLE)
    page = started(sqlite_site, over)
    published = ["0.924", "0.709", "0.553", "0.763", "0.870"]
    assert [cells(page, name_of(v))[4] for v in over.versions] == published
    assert "α 系数 0.295" in page.text


def test_the_figures_are_those_of_psychometrics_on_the_same_matrix(site: Site) -> None:
    table = [
        [1, 1, 1, 0, 1],
        [1, 0, 1, 0, 0],
        [1, 1, 0, 1, 1],
        [0, 0, 1, 0, 0],
        [1, 1, 1, 1, 1],
        [0, 1, 0, 0, 0],
    ]
    over = sat(site, *[[bool(x) for x in row] for row in table], parts=FIVE_SINGLE)
    page = started(site, over)
    matrix = ResponseMatrix.from_scores(20 * np.array(table), maximum=[20] * 5)
    expected: Any = as_json(analyse_items(matrix))
    result = result_of(site)
    assert result["test"] == expected["test"]
    for item, wanted, version in zip(result["items"], expected["items"], over.versions, strict=True):
        for name in (
            "n",
            "difficulty",
            "discrimination",
            "upper_lower",
            "alpha_if_deleted",
            "mean",
            "maximum",
        ):
            assert item[name] == wanted[name]
        assert cells(page, name_of(version))[3:8] == [
            str(wanted["n"]),
            *(
                f"{wanted[name]:.3f}"
                for name in ("difficulty", "discrimination", "upper_lower", "alpha_if_deleted")
            ),
        ]
    assert f"{expected['test']['alpha']:.3f}" in page.text
    assert f"{expected['test']['sem']:.2f} 分" in page.text


def test_omitted_is_zero_and_not_presented_is_missing(site: Site) -> None:
    over = sat(
        site,
        [RIGHT, NOTHING, WRONG],
        [RIGHT, RIGHT, RIGHT],
        [RIGHT, WRONG, RIGHT],
        parts=((Kind.SINGLE, "40"), (Kind.SINGLE, "30"), (Kind.SINGLE, "30"), (Kind.SINGLE, "30")),
        presented=[(0, 1, 2), (0, 1, 3), (0, 2, 3)],
    )
    with site.reading() as session:
        gathered = gather(scripts(session, over.sitting.id))
    expected = [[40, 0, 0, math.nan], [40, 30, math.nan, 30], [40, math.nan, 0, 30]]
    np.testing.assert_array_equal(gathered.responses.scores, np.array(expected))
    page = started(site, over)
    assert "按题目两两协方差估计" in page.text
    assert "试卷各不相同" in page.text
    assert cells(page, name_of(over.versions[1]))[3:5] == ["2", "0.500"]


def test_written_kinds_and_absent_people_are_left_out_and_said_so(site: Site) -> None:
    parts = (*FIVE_SINGLE[:4], (Kind.SHORT, "20"))
    over = sat(site, [RIGHT] * 5, [WRONG] * 5, None, parts=parts)
    page = started(site, over)
    assert "有 1 道试题由人工评阅" in page.text
    assert "缺考人数 1" in page.text
    assert len(result_of(site)["items"]) == 4


def test_a_constant_item_shows_a_dash_and_says_why(site: Site) -> None:
    over = sat(site, [RIGHT, RIGHT], [RIGHT, WRONG], [RIGHT, RIGHT], parts=((Kind.SINGLE, "50"),) * 2)
    page = started(site, over)
    row = cells(page, name_of(over.versions[0]))
    assert row[4:8] == ["1.000", "–", "0.000", "–"]
    assert "得分无差异" in row[8]
    assert "不能区分考生" in page.text


def test_one_person_alone_gives_dashes_not_errors(site: Site) -> None:
    over = sat(site, [RIGHT, WRONG], parts=((Kind.SINGLE, "50"),) * 2)
    page = started(site, over)
    assert "只有一名考生" in page.text
    assert cells(page, name_of(over.versions[0]))[5] == "–"


def test_options_are_counted_by_letter(site: Site) -> None:
    with site.writing() as session:
        over = make_sat_sitting(session, [[RIGHT, RIGHT], [RIGHT, WRONG], [WRONG, WRONG], [NOTHING, RIGHT]],
                                parts=((Kind.SINGLE, "50"), (Kind.JUDGEMENT, "50")))  # fmt: skip
    started(site, over)
    [first, second] = result_of(site)["items"]
    assert {o["label"]: (o["count"], o["is_key"]) for o in first["options"]} == {
        "A": (2, True),
        "B": (1, False),
        "C": (0, False),
        "D": (0, False),
        None: (1, False),
    }
    assert {o["label"]: (o["count"], o["is_key"]) for o in second["options"]} == {
        "true": (2, True),
        "false": (2, False),
        None: (0, False),
    }


def test_the_chart_has_a_title_a_cut_and_a_table_and_no_style(site: Site) -> None:
    over = sat(site, [RIGHT] * 5, [WRONG] * 5, [RIGHT] * 3 + [WRONG] * 2, parts=FIVE_SINGLE)
    page = started(site, over)
    body = page.response.get_data(as_text=True)
    charts = re.findall(r"<svg class=\"chart\".*?</svg>", body, re.S)
    assert len(charts) == 2
    for chart in charts:
        assert 'role="img"' in chart
        assert "<title" in chart
        assert "<desc" in chart
        assert "style=" not in chart
    assert "合格分 60" in charts[0]
    assert charts[0].count("<rect") == 3
    assert cells(page, "60–65") == ["60–65", "1"]


# ---- the run as a job ----


def test_a_run_is_a_job_that_is_done_once(site: Site) -> None:
    over = sat(site, [RIGHT] * 5, [WRONG] * 5, parts=FIVE_SINGLE)
    started(site, over)
    with site.reading() as session:
        before = session.scalars(select(AnalysisRun)).one()
        assert session.scalars(select(jobs.Job.status)).all() == ["done"]
    site.clock.advance(hours=1)
    with site.app.app_context():
        actions.do_run(site.database, {"run": before.id}, site.now)
    with site.reading() as session:
        after = session.scalars(select(AnalysisRun)).one()
        assert (after.ended_at, after.inputs_hash) == (before.ended_at, before.inputs_hash)


def test_a_large_run_waits_for_the_worker(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "AT_ONCE", 1)
    over = sat(site, [RIGHT] * 5, [WRONG] * 5, parts=FIVE_SINGLE)
    page = started(site, over)
    assert "正在排队" in page.text
    again = started(site, over)
    assert again.url == page.url  # asking twice gives the run that waits
    site.run("jobs", "work", "--once")
    page = staff_of(site).get(page.url)
    assert "整卷" in page.text


def test_the_bank_learns_what_the_sitting_showed(site: Site) -> None:
    over = sat(site, [RIGHT] * 5, [WRONG] * 5, parts=FIVE_SINGLE)
    started(site, over)
    site.clock.advance(minutes=1)
    started(site, over)
    with site.reading() as session:
        rows = session.scalars(select(VersionStatistics).order_by(VersionStatistics.version_id)).all()
    assert [row.version_id for row in rows] == [version.id for version in over.versions]
    assert {row.source for row in rows} == {f"sitting:{over.sitting.id}"}
    assert rows[0].document["difficulty"] == 0.5
    page = staff_of(site, role=Role.WRITER).get(f"/bank/versions/{over.versions[0].id}")
    if page.status == 200:
        assert "样例场次" in page.text


def test_a_sitting_without_papers_is_refused_in_words(site: Site) -> None:
    over = sat(site, None)
    browse = staff_of(site)
    page = browse.get("/analysis/")
    assert "尚无答卷" in page.text
    answer = browse.post(_start(over), {"csrf_token": csrf(browse.get("/profile"))})
    assert answer.status == 409
    assert "没有已交的答卷" in answer.text


def test_an_empty_list_says_what_to_do_first(site: Site) -> None:
    assert "考生交卷后" in staff_of(site).get("/analysis/").text


def test_open_scripts_are_waited_for(site: Site) -> None:
    with site.writing() as session:
        over = make_sat_sitting(session, [[RIGHT] * 5], parts=FIVE_SINGLE, closed=False)
    browse = staff_of(site)
    answer = browse.post(_start(over), {"csrf_token": csrf(browse.get("/profile"))})
    assert answer.status == 409
    assert "仍有考生在作答" in answer.text


def test_a_sitting_of_written_questions_alone_fails_in_words(site: Site) -> None:
    over = sat(site, [RIGHT], parts=((Kind.SHORT, "100"),))
    assert "没有机器评分的试题" in started(site, over).text


# ---- the table ----


def test_the_table_sorts_by_any_figure_with_missing_ones_last(site: Site) -> None:
    over = sat(
        site, [RIGHT, RIGHT, WRONG], [RIGHT, WRONG, WRONG], [RIGHT, RIGHT, RIGHT], [RIGHT, RIGHT, WRONG],
        parts=((Kind.SINGLE, "30"), (Kind.SINGLE, "30"), (Kind.SINGLE, "40")),
    )  # fmt: skip
    page = started(site, over)
    names = {name_of(version): n for n, version in enumerate(over.versions)}

    def order(query: str) -> list[int]:
        shown = page.browse.get(f"{page.url}?{query}")
        firsts = ["".join(row[0].itertext()).strip() for row in shown.find_all("tr") if len(row)]
        return [names[first] for first in firsts if first in names]

    assert order("sort=difficulty") == [2, 1, 0]
    assert order("sort=difficulty&order=desc") == [0, 1, 2]
    assert order("sort=discrimination")[-1] == 0
    assert order("sort=discrimination&order=desc")[-1] == 0
    assert order("sort=nonsense") == [0, 1, 2]


def test_the_csv_holds_full_figures_and_no_formula(site: Site) -> None:
    over = sat(site, [RIGHT, WRONG], [WRONG, RIGHT], [RIGHT, WRONG], parts=((Kind.SINGLE, "50"),) * 2)
    with site.writing() as session:
        session.execute(text("UPDATE questions SET external_id = '=1+1' WHERE id = :i"),
                        {"i": over.versions[0].question_id})  # fmt: skip
    page = started(site, over)
    answer = page.browse.get(page.link("导出试题 CSV"))
    lines = list(csv.reader(io.StringIO(answer.response.get_data(as_text=True).removeprefix("\ufeff"))))
    assert lines[0][:5] == ["试题编号", "版本", "认定点", "题型", "人数"]
    assert lines[1][0] == "'=1+1"
    assert float(lines[1][5]) == pytest.approx(2 / 3)
    assert float(lines[1][6]) == pytest.approx(-1)


# ---- who may ----


def test_staff_see_figures_and_letters_but_neither_text_nor_key(site: Site) -> None:
    over = sat(site, [RIGHT] * 5, [WRONG] * 5, parts=FIVE_SINGLE)
    page = started(site, over)
    item = page.browse.get(page.link(name_of(over.versions[0])))
    assert item.status == 200
    body = item.response.get_data(as_text=True)
    assert over.versions[0].document["stem"] not in body
    assert all(option["content"] not in body for option in over.versions[0].document["options"])
    assert "胜过答案" not in body
    assert [h for h in item.find_all("th") if "".join(h.itertext()) == "正确答案"] == []
    with site.reading() as session:
        assert "key.view" not in session.scalars(select(AuditRecord.act)).all()


def test_the_province_sees_text_and_key_and_that_is_on_the_record(site: Site) -> None:
    over = sat(site, [RIGHT] * 5, [WRONG] * 5, parts=FIVE_SINGLE)
    url = started(site, over).url
    province = staff_of(site, role=Role.PROVINCE)
    version = over.versions[0]
    item = province.get(url).follow(name_of(version))
    assert version.document["stem"] in item.text
    assert "正确答案" in ["".join(heading.itertext()) for heading in item.find_all("th")]
    row = cells(item, "A " + version.document["options"][0]["content"])
    assert row[-1] == "答案"
    with site.reading() as session:
        seen = session.scalars(select(AuditRecord).where(AuditRecord.act == "key.view")).all()
    assert [one.object for one in seen] == [f"question_versions:{version.id}"]
    with pytest.raises(AssertionError, match="no form"):
        province.get(url).form("重新分析")
    assert province.post(_start(over), {"csrf_token": csrf(province.get("/profile"))}).status == 403


def test_others_stay_outside(site: Site) -> None:
    over = sat(site, [RIGHT] * 5, [WRONG] * 5, parts=FIVE_SINGLE)
    url = started(site, over).url
    item = f"{url}/items/{over.versions[0].id}"
    with site.writing() as session:
        stranger = make_person(session, Role.STAFF, institution=make_institution(session, "另一样例机构"))
    elsewhere = site.browse_as(stranger)
    for address in (url, item, f"{url}/items.csv"):
        assert elsewhere.get(address).status == 404
        assert staff_of(site, role=Role.WRITER).get(address).status == 403
        assert candidate_of(site, over).get(address).status == 403
    answer = elsewhere.post(_start(over), {"csrf_token": csrf(elsewhere.get("/profile"))})
    assert answer.status == 404
    assert over.sitting.title not in elsewhere.get("/analysis/").text
    assert staff_of(site).get(f"{url}/items/999999").status == 404
