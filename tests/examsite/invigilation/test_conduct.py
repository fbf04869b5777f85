"""缺考 and 违纪: marked after the late limit, recorded with evidence, signed by a second invigilator, never edited."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from examsite.invigilation.conduct import queries
from examsite.invigilation.conduct.models import AbsenceMark, Misconduct, MisconductSignature
from examsite.invigilation.conduct.tiers import read, tiers
from examsite.sitting.models import SittingMessage
from tests.examsite.invigilation.watching import enrolments_of, invigilator, make_watched, staff_of
from tests.examsite.sitting.arrange import OPENS, sit_down
from tests.factories import picture_bytes

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def running(site):
    """A sitting of three whose late limit is thirty minutes; the first sits."""
    sitting = make_watched(site, late_limit_minutes=30)
    site.clock.set(OPENS)
    return sitting, sit_down(site, sitting, 1)


def absences(sitting):
    return f"/invigilation/sittings/{sitting.id}/absences"


def conduct_of(site, sitting, seat=1):
    return f"/invigilation/enrolments/{enrolments_of(site, sitting)[seat - 1]}/misconduct"


def rows(site, model):
    with site.reading() as session:
        return list(session.scalars(select(model)))


def sent(name, content):
    return {"files": (io.BytesIO(content), name)}


# ---- absence


def test_absence_can_not_be_marked_while_candidates_may_still_come(site, running):
    sitting, _desk = running
    _person, browse = invigilator(site, sitting)
    page = browse.get(absences(sitting))
    assert "标记为缺考" not in page.text.replace("才能标记缺考", "")
    token = page.find_all("input", name="csrf_token")[0].get("value")
    ids = [str(i) for i in enrolments_of(site, sitting)]
    assert browse.post(absences(sitting), {"csrf_token": token, "enrolment": ids}).status == 409
    assert rows(site, AbsenceMark) == []


def test_whoever_has_not_come_is_marked_by_one_person(site, running):
    sitting, _desk = running
    site.clock.advance(minutes=31)
    _person, browse = invigilator(site, sitting)
    page = browse.get(absences(sitting)).submit(
        "将勾选的考生标记为缺考", enrolment=[str(i) for i in enrolments_of(site, sitting)][1:]
    )
    assert "已将 2 名考生标记为缺考" in page.text
    assert {row.enrolment_id for row in rows(site, AbsenceMark)} == set(enrolments_of(site, sitting)[1:])


def test_who_sits_can_not_be_marked_absent(site, running):
    sitting, _desk = running
    site.clock.advance(minutes=31)
    _person, browse = invigilator(site, sitting)
    page = browse.get(absences(sitting))
    token = page.find_all("input", name="csrf_token")[0].get("value")
    first = str(enrolments_of(site, sitting)[0])
    page = browse.post(absences(sitting), {"csrf_token": token, "enrolment": [first]})
    assert "没有标记任何人" in page.text
    assert rows(site, AbsenceMark) == []


def test_a_mistaken_mark_is_taken_back_with_a_reason_and_stays(site, running):
    sitting, _desk = running
    site.clock.advance(minutes=31)
    _person, browse = invigilator(site, sitting)
    second = enrolments_of(site, sitting)[1]
    browse.get(absences(sitting)).submit("将勾选的考生标记为缺考", enrolment=[str(second)])
    page = browse.get(f"/invigilation/enrolments/{second}/absence")
    assert page.submit("撤回标记", reason="").status == 422
    page.submit("撤回标记", reason="样例:走错考场")
    marks = rows(site, AbsenceMark)
    assert [(m.number, m.is_absent) for m in marks] == [(1, True), (2, False)]
    with site.reading() as session:
        assert queries.absent(session, sitting.id) == {}
    again = page.submit("撤回标记", reason="样例:再次")
    assert again.status == 409


# ---- misconduct


def test_a_warning_is_recorded_with_a_photograph_and_the_candidate_is_told(site, running):
    sitting, desk = running
    _person, browse = invigilator(site, sitting)
    page = browse.get(conduct_of(site, sitting)).submit(
        "保存记录",
        _files=sent("桌面.png", picture_bytes()),
        text="样例:与邻座交谈",
        message="请保持安静",
    )
    assert "记录已保存" in page.text
    assert "待见证人签字" in page.text
    link = page.link("桌面.png")
    fetched = browse.client.get(link)
    assert fetched.data == picture_bytes()
    assert fetched.headers["Content-Disposition"].startswith("attachment")
    assert desk.attempt().closed_at is None
    assert [m.text for m in rows(site, SittingMessage)] == ["请保持安静"]


def test_a_pdf_is_evidence_and_what_only_calls_itself_one_is_not(site, running):
    sitting, _desk = running
    _person, browse = invigilator(site, sitting)
    form = browse.get(conduct_of(site, sitting))
    bad = form.submit("保存记录", _files=sent("样例.pdf", b"MZ not a pdf"), text="样例情况")
    assert bad.status == 422
    assert "不是照片" in bad.text
    assert "样例情况" in bad.text + str(bad.response.get_data(as_text=True))
    assert rows(site, Misconduct) == []
    assert form.submit("保存记录", _files=sent("样例.pdf", PDF), text="样例情况").status == 200


def test_the_answers_stop_at_once(site, running):
    sitting, desk = running
    _person, browse = invigilator(site, sitting)
    browse.get(conduct_of(site, sitting)).submit("保存记录", text="样例:夹带", effect="stop", tier="1")
    assert desk.attempt().closed_by == "invigilator"


def test_a_result_is_cancelled_only_under_a_tier(site, running):
    sitting, desk = running
    _person, browse = invigilator(site, sitting)
    page = browse.get(conduct_of(site, sitting)).submit(
        "保存记录", text="样例:夹带", effect="cancel", tier=""
    )
    assert page.status == 422
    assert "请选择档次" in page.text
    assert desk.attempt().closed_at is None


def test_another_invigilator_signs_and_the_recorder_can_not(site, running):
    sitting, _desk = running
    _first, browse = invigilator(site, sitting)
    _second, other = invigilator(site, sitting, name="样例监考员乙")
    page = browse.get(conduct_of(site, sitting)).submit(
        "保存记录", text="样例:夹带", effect="cancel", tier="1"
    )
    assert "签字见证" in page.text
    token = page.find_all("input", name="csrf_token")[0].get("value")
    [row] = rows(site, Misconduct)
    assert browse.post(f"/invigilation/misconducts/{row.id}/sign", {"csrf_token": token}).status == 409
    with site.reading() as session:
        assert queries.cancelled(session, sitting.id) == {}
        assert list(queries.cancelled_unsigned(session, sitting.id)) == [row.enrolment_id]
    seen = other.get(f"/invigilation/misconducts/{row.id}")
    assert "样例监考员乙" in seen.submit("作为见证人签字").text
    assert seen.submit("作为见证人签字").status == 409
    assert len(rows(site, MisconductSignature)) == 1
    with site.reading() as session:
        assert queries.cancelled(session, sitting.id) == {row.enrolment_id: [row.id]}


def test_a_correction_supersedes_keeps_the_evidence_and_needs_a_new_witness(site, running):
    sitting, _desk = running
    _first, browse = invigilator(site, sitting)
    _second, other = invigilator(site, sitting, name="样例监考员乙")
    page = browse.get(conduct_of(site, sitting)).submit(
        "保存记录", _files=sent("桌面.png", picture_bytes()), text="样例:夹带", effect="cancel", tier="1"
    )
    [row] = rows(site, Misconduct)
    other.get(f"/invigilation/misconducts/{row.id}").submit("作为见证人签字")
    correction = browse.get(f"/invigilation/misconducts/{row.id}/correction")
    page = correction.submit("以此取代", text="样例:误认,仅警告", effect="warning", tier="")
    assert "桌面.png" in page.text
    assert "待见证人签字" in page.text
    with site.reading() as session:
        assert queries.cancelled(session, sitting.id) == {}
        assert [c.row.effect for c in queries.for_record(session, sitting.id, None)] == ["warning"]
    late = browse.get(f"/invigilation/misconducts/{row.id}/correction").submit("以此取代", text="样例:再改")
    assert late.status == 409


def test_a_record_taken_back_stays_readable_and_counts_no_more(site, running):
    sitting, _desk = running
    _first, browse = invigilator(site, sitting)
    page = browse.get(conduct_of(site, sitting)).submit(
        "保存记录", text="样例:夹带", effect="cancel", tier="1"
    )
    assert page.submit("撤回", reason="").status == 422
    page = page.submit("撤回", reason="样例:误判")
    assert "撤回记录" in page.text
    with site.reading() as session:
        assert queries.for_record(session, sitting.id, None) == []
        assert queries.cancelled_unsigned(session, sitting.id) == {}
    assert len(rows(site, Misconduct)) == 2


def test_the_same_form_sent_twice_makes_one_record(site, running):
    sitting, _desk = running
    _first, browse = invigilator(site, sitting)
    form = browse.get(conduct_of(site, sitting))
    one = form.submit("保存记录", text="样例:夹带", effect="stop", tier="1")
    two = form.submit("保存记录", text="样例:夹带", effect="stop", tier="1")
    assert one.url == two.url
    assert len(rows(site, Misconduct)) == 1


def test_the_database_refuses_to_change_a_record(site, running):
    sitting, _desk = running
    _first, browse = invigilator(site, sitting)
    browse.get(conduct_of(site, sitting)).submit("保存记录", text="样例:夹带")
    with site.writing() as session:
        row = session.scalars(select(Misconduct)).one()
        row.text = "样例:改"
        with pytest.raises(DatabaseError, match="frozen"):
            session.flush()
        session.rollback()


def test_records_of_another_institution_are_not_found(site, running):
    sitting, _desk = running
    _first, browse = invigilator(site, sitting)
    page = browse.get(conduct_of(site, sitting)).submit(
        "保存记录", _files=sent("桌面.png", picture_bytes()), text="样例:夹带"
    )
    [row] = rows(site, Misconduct)
    far = staff_of(site, "样例外机构")[1]
    for url in (
        f"/invigilation/misconducts/{row.id}",
        page.link("桌面.png"),
        conduct_of(site, sitting),
        absences(sitting),
    ):
        assert far.get(url).status == 404


# ---- tiers


def test_no_tier_is_said_to_be_verified_and_what_is_unknown_stays_unknown():
    found = tiers()
    assert [tier.code for tier in found.tiers] == ["1", "2", "3", "4"]
    assert not any(tier.is_verified for tier in found.tiers)
    assert [tier.cancels for tier in found.tiers] == [True, None, True, None]


def test_two_tiers_of_one_code_are_refused():
    entry = '[[tiers]]\ncode = "1"\nlabel = "样例"\ntext = "样例"\n'
    with pytest.raises(ValueError, match="code"):
        read(f'source = "样例"\nverified = false\n{entry}{entry}')


def test_the_page_marks_tiers_as_unverified(site, running):
    sitting, _desk = running
    _first, browse = invigilator(site, sitting)
    assert "未核实" in browse.get(conduct_of(site, sitting)).text
