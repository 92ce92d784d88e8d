"""What a lead's history and notes tell, by Ringy's declaration: the layouts, activities, meetings, and what none reads."""

from __future__ import annotations

import random
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from exports import Cells, cleansed, codes, column
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.cleanse import Cleansed
from workbench.history import Reader, leading_date
from workbench.keys import k1_text
from workbench.sources.ringy import SOURCE
from workbench.values import Parsed, datetime_, duration

READER = Reader(SOURCE.history)
WHEN = "1/31/2026 5:05 PM"
ADA = {"Lead id": "L1", "Name": "Ada Birch", "Date created": "1/13/2026 9:00 AM"}
BEN = {"Lead id": "L2", "Name": "Ben Doyle", "Date created": ""}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f"{WHEN} | Call | Outbound | 155 | No answer | mia@example.com | left a message",
            {"type": "call", "direction": "outbound", "duration": "155", "disposition": "No answer",
             "author": "mia@example.com", "text": "left a message"},
        ),
        (
            f"[{WHEN}] Outbound call - 2m 35s - No answer - by Mia - left a message",
            {"type": "call", "direction": "outbound", "duration": "2m 35s", "disposition": "No answer", "author": "Mia",
             "text": "left a message"},
        ),
        (
            f"{WHEN} Call (inbound) (0:02:35): Interested",
            {"type": "call", "direction": "inbound", "duration": "0:02:35", "disposition": "Interested"},
        ),
        (
            f"{WHEN} - Outbound call, Duration: 2:35, Disposition: No answer, Agent: Mia",
            {"type": "call", "direction": "outbound", "duration": "2:35", "disposition": "No answer", "author": "Mia"},
        ),
        (f"• {WHEN} - Missed call", {"type": "call", "direction": "inbound"}),
        (f"{WHEN} - Voicemail left - 0:30 - by Mia", {"type": "voicemail", "duration": "0:30", "author": "Mia"}),
        (f"{WHEN} - SMS received: yes", {"type": "text", "direction": "inbound", "text": "yes"}),
        (f"{WHEN} - Dialed (2:05)", {"type": "call", "duration": "2:05"}),
        (f"{WHEN} - Demo booked for 2/5/2026 3:00 PM", {"type": "meeting", "starts": "2/5/2026 3:00 PM"}),
        (f"{WHEN} - Inbound text: yes, please", {"type": "text", "direction": "inbound", "text": "yes, please"}),
        (f"Inbound text on {WHEN}: yes", {"type": "text", "direction": "inbound", "text": "yes"}),
        (f"{WHEN}, E-mail sent: Offer", {"type": "email", "direction": "outbound", "text": "Offer"}),
        (f"{WHEN} Note by Mia Jones: ok", {"type": "note", "author": "Mia Jones", "text": "ok"}),
        (f"{WHEN} | Lead moved | | | | max |", {"type": "Lead moved", "author": "max"}),
        (f"{WHEN} - Called about a text message", {"type": "note", "text": "Called about a text message"}),
        (f"{WHEN} - Status changed: New to Sold", {"type": "note"}),
        (
            f"{WHEN} - Appointment set for 2/5/2026 3:00 PM - 30 min - by Mia - roof",
            {"type": "meeting", "starts": "2/5/2026 3:00 PM", "duration": "30 min", "author": "Mia", "text": "roof"},
        ),
    ],
)  # fmt: skip
def test_a_line_is_read_by_the_first_layout_that_fits(text: str, said: dict[str, str]) -> None:
    (entry,) = READER.entries(text)
    found: dict[str, Any] = {k: v for k, v in asdict(entry).items() if v}
    assert found["when"] == WHEN
    assert found | said == found
    assert set(found) - set(said) <= {"when", "whole", "body", "text"}


@pytest.mark.parametrize("text", ["no day at all", "5:05 PM - Outbound call", "Call me on Monday", "-"])
def test_a_line_of_no_layout_has_no_type_and_all_its_text(text: str) -> None:
    (entry,) = READER.entries(text)
    assert (entry.type, entry.body) == ("", text)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("Jan 31, 2026 at 5:05 PM", "2026-01-31 17:05:00"), ("January 3rd 2026", "2026-01-03 12:00:00"),
        ("1/31/2026, 17:05", "2026-01-31 17:05:00"), ("1/31/2026 @ 5:05 PM", "2026-01-31 17:05:00"),
        ("[Sept. 5th, 2026 5:05 p.m.]", "2026-09-05 17:05:00"), ("1/31/2026 5:05PM UTC", "2026-01-31 17:05:00"),
        ("2026-01-31T17:05:00Z", "2026-01-31 17:05:00"), ("Foo 31, 2026", None), ("In 2026 31", None),
    ],
)  # fmt: skip
def test_the_day_with_which_a_text_begins_is_read_however_it_is_written(text: str, utc: str | None) -> None:
    assert datetime_(leading_date(f"{text} called"), "mdy", "").value == utc


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("155", 155), ("2:35", 155), ("0:02:35", 155), ("2m 35s", 155), ("2 min, 35 sec", 155), ("1 hour", 3600), ("0s", 0)],
)
def test_durations_are_seconds(text: str, seconds: int) -> None:
    assert duration(text) == Parsed(seconds)


@pytest.mark.parametrize("text", ["soon", "2:75", "1.5", "-3", "2x"])
def test_what_is_no_duration_is_said_to_be_none(text: str) -> None:
    assert duration(text) == Parsed(None, "invalid_duration")


PIECES = st.sampled_from(
    [
        WHEN,
        "2/30/2026",
        "Outbound call",
        "Text",
        " - ",
        " | ",
        ": ",
        "\n",
        ", ",
        "by Mia",
        "2m",
        "(",
        ")",
        "text",
        "; ",
        "é",
        "<br>",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join))
def test_no_letter_of_a_history_is_lost(text: str) -> None:
    entries = READER.entries(text)
    assert "".join(k1_text(e.whole) for e in entries).replace("br", "") == k1_text(text).replace("br", "")
    for entry in entries:
        assert k1_text(entry.whole) in (k1_text(entry.body), k1_text(entry.when) + k1_text(entry.body))


def told(result: Cleansed, entity: str, *names: str) -> list[tuple[str, ...]]:
    return [tuple(row) for row in result.entities[entity][list(names)].itertuples(index=False)]


def test_a_history_becomes_activities_in_time_order(tmp_path: Path) -> None:
    history = f"2/1/2026 - Inbound text: yes\n{WHEN} - Outbound call - 2m 35s - No answer - by Mia\n  tried the office"
    result = cleansed(tmp_path, SOURCE, [{**ADA, "Activity history": history}], time_zone="America/New_York")
    assert told(result, "activity", "happened_on", "type", "direction", "duration", "disposition", "author", "body") == [
        ("2026-01-31 22:05:00", "call", "outbound", "155", "No answer", "Mia",
         "Outbound call - 2m 35s - No answer - by Mia\n  tried the office"),
        ("2026-02-01 17:00:00", "text", "inbound", "", "", "", "Inbound text: yes"),
    ]  # fmt: skip
    assert set(column(result, "activity", "lead")) == {"ringy.lead_L1"}
    assert all(key.startswith("ringy.activity_L1_k1") for key in column(result, "activity", "key"))
    assert result.entities["meeting"].empty
    assert not codes(result)


def test_an_appointment_becomes_a_meeting(tmp_path: Path) -> None:
    history = f"{WHEN} - Appointment set for 2/5/2026 3:00 PM - 30 min - by Mia - roof inspection\n{WHEN} - Meeting"
    result = cleansed(tmp_path, SOURCE, [{**ADA, "Activity history": history}])
    assert told(result, "meeting", "name", "starts_on", "duration", "owner") == [
        ("Meeting: Ada Birch", "2026-01-31 17:05:00", "", ""),
        ("roof inspection", "2026-02-05 15:00:00", "1800", "Mia"),
    ]
    assert result.entities["activity"].empty


def test_what_nothing_reads_is_a_note_and_a_finding(tmp_path: Path) -> None:
    rows = [
        {**ADA, "Activity history": "??? no idea"},
        {**BEN, "Activity history": f"2/30/2026 - Outbound call\n{WHEN} - x"},
    ]
    result = cleansed(tmp_path, SOURCE, rows)
    assert told(result, "activity", "lead", "happened_on", "type", "body") == [
        ("ringy.lead_L1", "2026-01-13 09:00:00", "note", "??? no idea"),
        ("ringy.lead_L2", "", "note", "2/30/2026 - Outbound call"),
        ("ringy.lead_L2", "2026-01-31 17:05:00", "note", "x"),
    ]
    found = [(f.code, f.key, f.row, f.value) for f in result.findings]
    keys = column(result, "activity", "key")
    assert found == [
        ("unread_history", keys[0], 2, "??? no idea"), ("unread_history", keys[1], 3, "2/30/2026 - Outbound call"),
    ]  # fmt: skip


def test_days_that_can_be_read_two_ways_follow_the_other_columns_else_become_notes(tmp_path: Path) -> None:
    cells = {"Activity history": "1/2/2026 - Outbound call", "Lead id": "L1", "Name": "Ada Birch"}
    (tmp_path / "a").mkdir()
    alone = cleansed(tmp_path, SOURCE, [cells])
    assert told(alone, "activity", "type", "happened_on", "body") == [("note", "", "1/2/2026 - Outbound call")]
    assert codes(alone) == ["ambiguous_dates"]
    beside = cleansed(tmp_path / "a", SOURCE, [{**cells, "Date created": "12/31/2025"}])
    assert told(beside, "activity", "type", "happened_on") == [("call", "2026-01-02 12:00:00")]
    decided = cleansed(tmp_path, SOURCE, [cells], columns={"Activity history": {"date_order": "dmy"}})
    assert told(decided, "activity", "type", "happened_on") == [("call", "2026-02-01 12:00:00")]


def test_a_duration_that_is_none_stays_in_the_text(tmp_path: Path) -> None:
    history = f"{WHEN} | Call | Out | a while | | |"
    result = cleansed(tmp_path, SOURCE, [{**ADA, "Activity history": history}])
    assert told(result, "activity", "type", "duration", "body") == [("call", "", "Call | Out | a while")]
    assert codes(result) == ["invalid_duration"]


def test_notes_are_of_the_day_with_which_they_begin_else_of_the_leads(tmp_path: Path) -> None:
    rows = [{**ADA, "Notes": "1/31/2026: called\nback"}, {**BEN, "Notes": "never\n\x00called"}]
    result = cleansed(
        tmp_path, SOURCE, [*rows, {**ADA, "Notes": "older note"}], [{**ADA, "Notes": "1/31/2026: called\nback"}]
    )
    assert told(result, "activity", "lead", "happened_on", "type", "body") == [
        ("ringy.lead_L1", "2026-01-13 09:00:00", "note", "older note"),
        ("ringy.lead_L1", "2026-01-31 12:00:00", "note", "1/31/2026: called\nback"),
        ("ringy.lead_L2", "", "note", "never\ncalled"),
    ]
    assert column(result, "lead", "notes")[1] == "never\ncalled"
    assert not codes(result)


def test_a_note_that_the_history_tells_is_not_told_twice(tmp_path: Path) -> None:
    result = cleansed(tmp_path, SOURCE, [{**ADA, "Notes": "Wants a roof.", "Activity history": f"{WHEN} - wants a roof"}])
    assert told(result, "activity", "body") == [("wants a roof",)]


def test_keys_do_not_depend_on_the_order_of_rows_files_and_entries(tmp_path: Path) -> None:
    lines = [f"{WHEN} - Outbound call", f"{WHEN} - Outbound call", "2/1/2026 - Inbound text: yes", "2/2/2026 - Meeting"]
    seen = []
    for number in range(4):
        rng = random.Random(number)
        ada, some = "\n".join(rng.sample(lines, 4)), "\n".join(rng.sample(lines, 2))
        files: list[list[Cells]] = [
            [{**ADA, "Activity history": ada}, {**BEN, "Activity history": lines[2]}],
            [{**ADA, "Activity history": some}],
        ]
        rng.shuffle(files)
        (tmp_path / str(number)).mkdir()
        result = cleansed(tmp_path / str(number), SOURCE, *files)
        seen.append({(r["key"], r["body"]) for e in ("activity", "meeting") for r in result.entities[e].to_dict("records")})
    assert len(seen[0]) == 5
    assert seen == seen[:1] * 4


def test_calls_that_only_a_counter_knows_are_counted(tmp_path: Path) -> None:
    rows = [
        {**ADA, "Call count": "5", "Activity history": f"{WHEN} - Outbound call\n2/1/2026 - Inbound call"},
        {**BEN, "Call count": "1", "Activity history": f"{WHEN} - Inbound text: x"},
        {"Lead id": "L3", "Name": "Cora", "Call count": "", "Activity history": f"{WHEN} - Outbound call"},
    ]
    result = cleansed(tmp_path, SOURCE, rows)
    (found,) = result.findings
    assert (found.code, found.value) == ("calls_not_moved", "4")
    assert "count 6 calls" in found.message
