"""Availabilities as calendars in a real Odoo: hours to the minute, none of Odoo's own, what cannot be told and kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from loading import decided, id_of, key, made, new_ledger, record, run, staging, words
from test_messages import kept
from test_pipelines import mismatches

from workbench import gate, sums
from workbench.errors import Refused
from workbench.hours import Pair, clock, hour, week
from workbench.ledger import Ledger
from workbench.odoo import lines
from workbench.odoo.client import ClientWriter
from workbench.odoo.v19 import RELEASE
from workbench.rollback import undo
from workbench.staged import Staged
from workbench.structure import check
from workbench.target import Target

LIVE = '[[0, "12:30", "17:30"], [2, "12:30", "21:31"], [6, "00:00", "24:00"], [5, "00:01", "00:02"]]'
SUITES = Path(__file__).parents[1] / "expectations"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    made_ = new_ledger(tmp_path)
    yield made_
    made_.close()


def free(name: str, *pairs: list[object], **cells: str) -> Staged:
    """A calendar with these hours, one without any, and a contact who has the first."""
    calendars = {name: {"hours": json.dumps(pairs), "time_zone": "America/New_York", **cells}, f"{name}-none": {}}
    contact = {name: {"availability": key("availability", name)}, f"{name}-other": {}}
    return staging(decided(time_zone="Europe/Rome"), availability=calendars, contact=contact)


# reading hours


@pytest.mark.parametrize(
    ("pairs", "good", "wrong"),
    [
        ([[0, "12:30", "17:30"], [3, "9:05", "21:31"]], [Pair(0, 750, 1050), Pair(3, 545, 1291)], []),
        ([[6, "00:00", "24:00"]], [Pair(6, 0, 1440)], []),
        ([[0, "12:00", "13:00"], [0, "09:00", "12:00"]], [Pair(0, 540, 720), Pair(0, 720, 780)], []),
        ([[0, "09:00", "24:01"]], [], [("over", "Monday 09:00 to 24:01")]),
        ([[0, "25:00", "09:00"]], [], [("over", "Monday 25:00 to 09:00")]),
        ([[1, "17:00", "09:00"]], [], [("reversed", "Tuesday 17:00 to 09:00")]),
        ([[1, "09:00", "09:00"], [2, "09:00", "10:00"]], [Pair(2, 540, 600)], [("empty", "Tuesday 09:00 to 09:00")]),
        ([[4, "11:00", "13:00"], [4, "09:00", "12:00"]], [Pair(4, 540, 720)], [("overlap", "Friday 11:00 to 13:00")]),
        ([[4, "09:00", "17:00"], [4, "10:00", "11:00"], [4, "12:00", "18:00"]], [Pair(4, 540, 1020)],
         [("overlap", "Friday 10:00 to 11:00"), ("overlap", "Friday 12:00 to 18:00")]),
        ([[7, "09:00", "17:00"], [0, "9", "17:00"], [True, "09:00", "10:00"], 5, [0, None, "10:00"]], [],
         [("unread", '[7, "09:00", "17:00"]'), ("unread", '[0, "9", "17:00"]'), ("unread", '[true, "09:00", "10:00"]'),
          ("unread", "5"), ("unread", '[0, null, "10:00"]')]),
    ],
)  # fmt: skip
def test_hours_that_can_be_and_why_others_cannot(
    pairs: list[object], good: list[Pair], wrong: list[tuple[str, str]]
) -> None:
    found = week(json.dumps(pairs))
    assert (list(found.pairs), list(found.wrong)) == (good, wrong)


@pytest.mark.parametrize(
    ("cell", "wrong"), [("", ()), ("[]", ()), ("9 to 5", (("unread", "9 to 5"),)), ("{}", (("unread", "{}"),))]
)
def test_a_cell_that_holds_no_list_is_kept_whole(cell: str, wrong: tuple[tuple[str, str], ...]) -> None:
    assert (week(cell).pairs, week(cell).wrong) == ((), wrong)


def test_every_minute_of_a_day_is_told_apart_and_found_again() -> None:
    hours = [hour(minute) for minute in range(24 * 60 + 1)]
    assert [round(h * 60) for h in hours] == list(range(24 * 60 + 1))
    assert [float(json.dumps(h)) for h in hours] == hours
    assert (hour(1291), hour(1440), clock(1291), clock(1440)) == (21.5167, 24.0, "21:31", "24:00")


# staging


def test_what_cannot_be_is_told_with_its_row_and_kept_beside() -> None:
    staged = free("bad", [0, "09:00", "12:00"], [0, "11:00", "13:00"], [2, "09:00", "09:00"], [3, "20:00", "26:00"])
    found = [(f.code, f.key, f.file, f.row, f.field, f.value) for f in staged.findings if f.entity == "availability"]
    place = ("hours_left_out", "toy.availability_bad", "toy.csv", 2, "hours")
    assert found == [
        (*place, "Thursday 20:00 to 26:00"), (*place, "Wednesday 09:00 to 09:00"), (*place, "Monday 11:00 to 13:00")
    ]  # fmt: skip
    frame = staged.tables["availability"].set_index("key")
    kept_ = "Wednesday 09:00 to 09:00; Thursday 20:00 to 26:00; Monday 11:00 to 13:00"
    assert list(frame["x_toy_hours_raw"]) == [kept_, ""]
    assert list(frame["tz"]) == ["America/New_York", "Europe/Rome"]
    assert frame["attendance_ids"].iloc[1] == "[]"


def test_contacts_without_a_calendar_need_no_field_for_it() -> None:
    staged = staging(contact={"alone": {}})
    assert "x_resource_calendar_id" not in {f.name for f in staged.fields}


# in Odoo


def test_calendars_have_these_hours_to_the_minute_and_are_undone(writer: ClientWriter, ledger: Ledger) -> None:
    before = writer.search("resource.calendar", []), writer.search("resource.calendar.attendance", [])
    staged = free(
        "live", *json.loads(LIVE),
        starts_on="2019-09-03", ends_on="2020-06-28", original_id="504",
    )  # fmt: skip
    verdict = gate.judge(staged, SUITES, writer, RELEASE, "u")
    assert (verdict.passed, verdict.shut_by, verdict.quarantined["availability"]) == (True, [], [])
    loaded = run(staged, writer, ledger)
    assert mismatches(staged, loaded, writer, ledger) == []
    calendar = record(writer, "availability", "live", "tz", "attendance_ids", "x_toy_starts_on", "x_toy_availability_id")
    assert (calendar["tz"], calendar["x_toy_starts_on"], calendar["x_toy_availability_id"]) == (
        "America/New_York", "2019-09-03", "504"
    )  # fmt: skip
    told = {
        (line["dayofweek"], line["hour_from"], line["hour_to"]) for line in lines.parsed(calendar["attendance_ids"]) or []
    }
    assert told == {("0", 12.5, 17.5), ("2", 12.5, 21.5167), ("5", 0.0167, 0.0333), ("6", 0.0, 24.0)}
    assert record(writer, "availability", "live-none", "attendance_ids")["attendance_ids"] == "[]"
    canonical = pd.DataFrame(
        [(key("availability", "live"), "live", LIVE), (key("availability", "live-none"), "live-none", "")],
        columns=["key", "name", "hours"],
    )
    target = Target("here", writer, RELEASE, "u", is_sandbox=True)
    found = sums.weekly_of(canonical, loaded.accounts, staged, target)
    assert found is not None
    assert [tuple(r)[1:] for r in found.itertuples(index=False)] == [
        ("live", "38:02", "38:02", 0, False), ("live-none", "00:00", "00:00", 0, False)
    ]  # fmt: skip
    contact = record(writer, "contact", "live", "x_resource_calendar_id")
    assert contact["x_resource_calendar_id"] == id_of(writer, "availability", "live")
    assert set(words(run(staged, writer, ledger), "availability").values()) == {"unchanged"}
    assert kept(undo(writer, ledger, RELEASE, "toy", "undo")) == {}
    assert (writer.search("resource.calendar", []), writer.search("resource.calendar.attendance", [])) == before
    assert "x_resource_calendar_id" not in writer.fields_get("res.partner")


def test_hours_that_a_later_export_changed_replace_those_in_odoo(writer: ClientWriter, ledger: Ledger) -> None:
    run(free("later", [0, "09:00", "12:00"], [1, "09:00", "12:00"]), writer, ledger)
    staged = free("later", [0, "09:00", "12:00"], [4, "13:00", "15:00"])
    loaded = run(staged, writer, ledger)
    assert words(loaded, "availability") == {"later": "updated", "later-none": "unchanged"}
    assert mismatches(staged, loaded, writer, ledger) == []
    calendar = id_of(writer, "availability", "later")
    assert len(writer.search("resource.calendar.attendance", [("calendar_id", "=", calendar)])) == 2


def test_a_calendar_that_somebody_uses_or_changed_is_kept_with_its_reason(writer: ClientWriter, ledger: Ledger) -> None:
    staged = free("used", [0, "09:00", "12:00"])
    run(staged, writer, ledger)
    used, changed = id_of(writer, "availability", "used-none"), id_of(writer, "availability", "used")
    made(writer, "res.partner", name="Somebody", x_resource_calendar_id=used)
    made(
        writer, "resource.calendar.attendance", name="Late", calendar_id=changed, dayofweek="0", hour_from=20.0, hour_to=21.0
    )
    left = kept(undo(writer, ledger, RELEASE, "toy", "undo"))
    assert "points to it (Availability)" in left[key("availability", "used-none")]
    assert "(attendance_ids) was changed in Odoo" in left[key("availability", "used")]


@pytest.mark.parametrize("pairs", [[("09:00", "12:00"), ("11:00", "13:00")], [("12:00", "09:00")], [("09:00", "09:00")]])
def test_odoo_refuses_what_is_left_out(writer: ClientWriter, pairs: list[tuple[str, str]]) -> None:
    hours = [{"name": "x", "dayofweek": "0", "hour_from": float(a[:2]), "hour_to": float(b[:2])} for a, b in pairs]
    with pytest.raises(Refused, match="overlap"):
        made(writer, "resource.calendar", name="x", attendance_ids=[(0, 0, h) for h in hours])


def test_a_time_zone_that_odoo_does_not_know_stays_behind(writer: ClientWriter) -> None:
    staged = free("mars", time_zone="Mars/Olympus")
    assert [(f.key, f.rule) for f in check(staged, writer, RELEASE).rows] == [("toy.availability_mars", "structure.choice")]
