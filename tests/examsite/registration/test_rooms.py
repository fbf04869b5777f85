"""Rooms: added, arranged by a draw that is kept, changed only while nobody sits there; seats moved with a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from examsite.access.models import Person
from examsite.access.permissions import Role
from examsite.audit import AuditRecord
from examsite.planning.models import Sitting
from examsite.registration.actions import NoFreeSeat
from examsite.registration.models import Enrolment, Room, SeatDraw, SeatMove
from tests.browse import Browse, text_of
from tests.conftest import Site
from tests.factories import draw_seats, make_enrolment, make_institution, make_person, make_room, make_sitting


def hall(site: Site, candidates: int = 8, *, rooms: int = 2) -> tuple[Sitting, Browse]:
    """A sitting with candidates of two employers and rooms of 2 × 3 seats; a staff member looks at it."""
    with site.writing() as session:
        sitting = make_sitting(session, ready=False)
        for number in range(candidates):
            make_enrolment(session, sitting, employer=f"样例公司{number % 2}")
        for _room in range(rooms):
            make_room(session, sitting, rows=2, columns=3)
        staff = make_person(session, Role.STAFF)
    return sitting, site.browse_as(staff)


def seats_of(site: Site, sitting: Sitting) -> dict[int, str | None]:
    with site.reading() as session:
        rows = session.execute(select(Enrolment.id, Enrolment.seat).where(Enrolment.sitting_id == sitting.id))
        return {id_: seat for id_, seat in rows}  # noqa: C416


def test_a_sitting_without_rooms_says_what_to_do_first(site: Site) -> None:
    sitting, staff = hall(site, rooms=0)
    page = staff.get(f"/plans/sittings/{sitting.id}").follow("考场与座位")
    assert "还没有考场" in page.text
    form = page.follow("增加考场")
    assert (
        form.submit("增加这个考场", rows="2", columns="4", name="301 机房", networks="10.0.0.9/24").status
        == 200
    )
    with site.reading() as session:
        room = session.scalars(select(Room)).one()
    assert (room.number, room.rows, room.columns, room.networks) == (1, 2, 4, ["10.0.0.0/24"])


def test_a_room_that_cannot_be_is_refused_where_it_is_wrong(site: Site) -> None:
    sitting, staff = hall(site, rooms=1)
    form = staff.get(f"/registration/sittings/{sitting.id}/rooms/new")
    page = form.submit("增加这个考场", number="1", rows="0", columns="x", code="a-b", networks="十号楼")
    assert page.status == 422
    for words in ("请填写 1 至 40 的整数", "4 至 20 位字母或数字", "“十号楼”不是网段或地址"):
        assert words in page.text
    page = form.submit("增加这个考场", number="1", rows="2", columns="2")
    assert page.status == 422
    assert "本场次已有第 1 考场" in page.text


def test_seats_are_drawn_recorded_and_shown_as_a_grid_and_as_a_list(site: Site) -> None:
    sitting, staff = hall(site)
    page = staff.get(f"/registration/sittings/{sitting.id}/rooms").submit("抽签编排座位")
    assert page.status == 200
    assert "座位已抽签编排（第 1 次）" in page.text
    seats = seats_of(site, sitting)
    assert sorted(seats.values()) == ["01-01", "01-02", "01-03", "01-04", "02-01", "02-02", "02-03", "02-04"]
    cells = [text_of(cell)[:5] for cell in page.find_all("td", class_="seat-taken")]
    assert cells == ["01-01", "01-04", "01-02", "01-03", "02-01", "02-04", "02-02", "02-03"]
    listed = page.follow("按名单查看")
    with site.reading() as session:
        draw = session.scalars(select(SeatDraw)).one()
        assert session.scalars(select(SeatDraw.seats).where(SeatDraw.id == draw.id)).one() == {
            str(id_): seat for id_, seat in seats.items()
        }
        record = session.scalars(select(AuditRecord).where(AuditRecord.act == "seats.draw")).one()
        assert record.detail["seed"] == draw.seed
        names = session.scalars(
            select(Person.name).join(Enrolment, Enrolment.person_id == Person.id).order_by(Enrolment.seat)
        ).all()
    assert [text_of(cell) for cell in listed.find_all("th", scope="row")] == list(names)


def test_the_record_of_a_draw_cannot_be_changed(site: Site) -> None:
    sitting, _staff = hall(site)
    with site.writing() as session:
        draw_seats(session, sitting)
    with pytest.raises(DatabaseError, match="seat_draws is frozen"), site.writing() as session:
        session.execute(text("UPDATE seat_draws SET seed = 'x'"))


def test_a_second_draw_needs_its_reason(site: Site) -> None:
    sitting, staff = hall(site)
    rooms = staff.get(f"/registration/sittings/{sitting.id}/rooms")
    rooms.submit("抽签编排座位")
    before = seats_of(site, sitting)
    again = staff.get(f"/registration/sittings/{sitting.id}/rooms")
    refused = again.submit("重新抽签")
    assert refused.status == 422
    assert "请说明原因" in refused.text
    assert seats_of(site, sitting) == before
    assert again.submit("重新抽签", reason="有考生调换单位").status == 200
    assert seats_of(site, sitting) != before
    assert "有考生调换单位" in staff.get(f"/registration/sittings/{sitting.id}/rooms").text


def test_the_same_seed_gives_the_same_seats_again(site: Site) -> None:
    sitting, _staff = hall(site)
    with site.writing() as session:
        draw_seats(session, sitting, seed="样例")
    first = seats_of(site, sitting)
    with site.writing() as session:
        draw_seats(session, sitting, seed="另一个", reason="样例")
    assert seats_of(site, sitting) != first
    with site.writing() as session:
        draw_seats(session, sitting, seed="样例", reason="样例")
    assert seats_of(site, sitting) == first


def test_too_few_seats_are_counted_before_and_at_the_draw(site: Site) -> None:
    sitting, staff = hall(site, 8, rooms=1)
    page = staff.get(f"/registration/sittings/{sitting.id}/rooms")
    assert "普通考场共 6 个座位，考生 8 人，缺 2 个" in page.text
    refused = page.submit("抽签编排座位")
    assert refused.status == 409
    assert "考场缺 2 个座位" in refused.text


def test_who_has_more_time_is_seated_in_the_special_room(site: Site) -> None:
    sitting, staff = hall(site)
    with site.writing() as session:
        make_room(session, sitting, rows=1, columns=2, is_special=True)
        row = session.scalars(select(Enrolment).order_by(Enrolment.id)).first()
        assert row is not None
    page = staff.get(f"/registration/enrolments/{row.id}/needs")
    page.submit("的安排", factor="130", reason="持残疾证，机构批准")
    staff.get(f"/registration/sittings/{sitting.id}/rooms").submit("抽签编排座位")
    seats = seats_of(site, sitting)
    assert seats[row.id] == "03-01"
    assert [seat for seat in seats.values() if seat and seat.startswith("03")] == ["03-01"]
    assert "独自在一个考场" in staff.get(f"/registration/sittings/{sitting.id}/rooms").text


def test_colleagues_who_remain_neighbours_are_named(site: Site) -> None:
    with site.writing() as session:
        sitting = make_sitting(session, ready=False)
        for name in ("样例甲", "样例乙"):
            make_enrolment(session, sitting, name=name, employer="样例公司")
        make_room(session, sitting, rows=1, columns=2)
        staff = make_person(session, Role.STAFF)
    browse = site.browse_as(staff)
    page = browse.get(f"/registration/sittings/{sitting.id}/rooms").submit("抽签编排座位")
    assert "仍有 1 对同单位考生相邻" in page.text
    assert "与同单位相邻：2 人" in page.text
    rooms = browse.get(f"/registration/sittings/{sitting.id}/rooms")
    assert "有 1 对同单位考生相邻" in rooms.text
    assert "样例甲" in rooms.text


def test_the_ratio_of_invigilators_is_shown_as_unverified(site: Site) -> None:
    sitting, staff = hall(site)
    staff.get(f"/registration/sittings/{sitting.id}/rooms").submit("抽签编排座位")
    page = staff.get(f"/registration/sittings/{sitting.id}/rooms")
    assert "每 15 名考生 1 名，每考场至少 2 名" in page.text
    assert "未核实" in page.text


def test_a_room_in_which_somebody_sits_keeps_its_grid(site: Site) -> None:
    sitting, staff = hall(site)
    with site.writing() as session:
        draw_seats(session, sitting)
        room = session.scalars(select(Room).order_by(Room.number)).first()
        assert room is not None
    form = staff.get(f"/registration/rooms/{room.id}")
    assert form.submit("保存考场", rows="5").status == 422
    assert form.submit("删除第 1 考场").status == 409
    assert form.submit("保存考场", name="302 机房", code="AB12").status == 200
    back = staff.get(f"/registration/sittings/{sitting.id}/rooms")
    assert back.submit("撤回全部座位", why_back="考场调整").status == 200
    assert sorted(seats_of(site, sitting).values()) == [str(n) for n in range(1, 9)]
    assert staff.get(f"/registration/rooms/{room.id}").submit("删除第 1 考场").status == 200
    with site.reading() as session:
        assert session.scalars(select(Room.number)).all() == [2]


def test_nothing_changes_once_the_sitting_has_opened_but_a_candidate_can_be_moved(site: Site) -> None:
    sitting, staff = hall(site)
    with site.writing() as session:
        draw_seats(session, sitting)
        row = session.scalars(select(Enrolment).where(Enrolment.seat == "01-01")).one()
        person = session.scalars(select(Person).where(Person.id == sitting.created_by_id)).one()
    site.clock.set(sitting.opens_at - timedelta(minutes=5))
    staff = site.browse_as(person)
    early = staff.get(f"/registration/sittings/{sitting.id}/rooms")
    site.clock.set(sitting.opens_at + timedelta(minutes=5))
    assert early.submit("重新抽签", reason="太晚").status == 409
    assert "开考后" not in staff.get(f"/registration/sittings/{sitting.id}/rooms").text
    page = staff.get(f"/registration/enrolments/{row.id}/move")
    assert page.submit("调整", seat="01-05", reason="").status == 422
    moved = page.submit("调整", seat="01-05", reason="01-01 机器死机")
    assert "已调到座位 01-05" in moved.text
    assert "01-01 机器死机" in moved.text
    assert seats_of(site, sitting)[row.id] == "01-05"
    with site.reading() as session:
        move = session.scalars(select(SeatMove)).one()
    assert (move.from_seat, move.to_seat) == ("01-01", "01-05")


def test_two_who_move_to_one_seat_do_not_both_get_it(site: Site) -> None:
    sitting, staff = hall(site)
    with site.writing() as session:
        draw_seats(session, sitting)
        first, second = session.scalars(select(Enrolment.id).order_by(Enrolment.id).limit(2)).all()
    pages = [staff.get(f"/registration/enrolments/{id_}/move") for id_ in (first, second)]
    assert pages[0].submit("调整", seat="02-06", reason="样例原因").status == 200
    refused = pages[1].submit("调整", seat="02-06", reason="样例原因")
    assert refused.status == 422
    assert "座位 02-06 已有考生" in refused.text


def test_who_comes_late_to_the_list_gets_the_first_free_seat(site: Site) -> None:
    sitting, _staff = hall(site)
    with site.writing() as session:
        draw_seats(session, sitting)
        seats = [make_enrolment(session, sitting).seat for _one in range(4)]
        assert seats == ["01-05", "01-06", "02-05", "02-06"]
    with site.writing() as session, pytest.raises(NoFreeSeat):
        make_enrolment(session, sitting)


def test_time_and_room_are_given_with_a_reason_before_the_opening_only(site: Site) -> None:
    sitting, _staff = hall(site)
    with site.reading() as session:
        row = session.scalars(select(Enrolment)).first()
        assert row is not None
        person = session.get_one(Person, sitting.created_by_id)
    site.clock.set(sitting.opens_at - timedelta(minutes=5))
    staff = site.browse_as(person)
    form = staff.get(f"/registration/enrolments/{row.id}/needs")
    assert form.submit("的安排", factor="other", other="301", reason="样例").status == 422
    assert form.submit("的安排", factor="other", other="", reason="样例").status == 422
    assert form.submit("的安排", factor="150", reason="").status == 422
    page = form.submit("的安排", factor="other", other="125", reason="视力障碍，机构批准")
    assert page.status == 200
    assert "时间 125%" in page.text
    with site.reading() as session:
        kept = session.get_one(Enrolment, row.id)
        record = session.scalars(select(AuditRecord).where(AuditRecord.act == "enrolment.set_needs")).one()
    assert (kept.time_factor_percent, kept.time_factor_reason) == (125, "视力障碍，机构批准")
    assert record.detail["before"] == {"factor_percent": 100, "needs_special_room": False}
    site.clock.set(sitting.opens_at)
    assert form.submit("的安排", factor="100", reason="太晚").status == 409
    assert "由监考员补时" in staff.get(f"/registration/enrolments/{row.id}/needs").text


def test_every_sheet_prints_each_room_with_its_candidates(site: Site) -> None:
    sitting, staff = hall(site)
    assert "没有可打印的内容" in staff.get(f"/registration/sittings/{sitting.id}/sheets/door").text
    with site.writing() as session:
        draw_seats(session, sitting)
        rows = session.execute(
            select(Enrolment.seat, Enrolment.ticket, Person.name, Person.identity_masked).join(
                Person, Person.id == Enrolment.person_id
            )
        ).all()
        room = session.scalars(select(Room).order_by(Room.number)).first()
        assert room is not None
    for sheet in ("door", "desks", "roll", "plan"):
        page = staff.get(f"/registration/sittings/{sitting.id}/sheets/{sheet}")
        for seat, ticket, name, _masked in rows:
            assert seat in page.text
            assert ticket in page.text
            assert name in page.text
        assert len(page.find_all("section", class_="sheet")) == 2
        one = staff.get(f"/registration/sittings/{sitting.id}/sheets/{sheet}?room={room.id}")
        assert len(one.find_all("section", class_="sheet")) == 1
        assert staff.get(f"/registration/sittings/{sitting.id}/sheets/{sheet}?room=999").status == 404


def test_another_institutions_rooms_do_not_exist(site: Site) -> None:
    sitting, _staff = hall(site)
    with site.writing() as session:
        stranger = make_person(session, Role.STAFF, institution=make_institution(session, "另一机构"))
        room = session.scalars(select(Room)).first()
        assert room is not None
    browse = site.browse_as(stranger)
    for url in (
        f"/registration/sittings/{sitting.id}/rooms",
        f"/registration/sittings/{sitting.id}/seats",
        f"/registration/sittings/{sitting.id}/sheets/roll",
        f"/registration/rooms/{room.id}",
    ):
        assert browse.get(url).status == 404


def test_the_seat_of_who_was_withdrawn_is_free_at_once(site: Site) -> None:
    sitting, staff = hall(site)
    with site.writing() as session:
        draw_seats(session, sitting)
        gone = session.scalars(select(Enrolment).where(Enrolment.seat == "01-02")).one()
        row = session.scalars(select(Enrolment).where(Enrolment.seat == "02-01")).one()
    staff.get(f"/registration/enrolments/{gone.id}/withdraw").submit("的报名", reason="样例原因")
    page = staff.get(f"/registration/enrolments/{row.id}/move")
    assert "已调到座位 01-02" in page.submit("调整", seat="01-02", reason="样例原因").text
