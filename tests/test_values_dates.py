"""Days and instants: formats, zones, and the hours that a clock skips or shows twice."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import values
from workbench.errors import UsageError

HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "order", "value"),
    [
        ("1/31/1980", "mdy", "1980-01-31"),
        ("31.01.1980", "dmy", "1980-01-31"),
        ("01-02-2026", "mdy", "2026-01-02"),
        ("01-02-2026", "dmy", "2026-02-01"),
        ("2026-01-31", "mdy", "2026-01-31"),
        ("2026/1/31", "dmy", "2026-01-31"),
        ("1/31/29", "mdy", "2029-01-31"),
        ("1/31/30", "mdy", "1930-01-31"),
        ("1/31/1980 12:00 AM", "mdy", "1980-01-31"),
        ("1980-01-31T00:00:00Z", "ymd", "1980-01-31"),
        ("20260131", "", "2026-01-31"),
        ("Jan 31, 2026", "", "2026-01-31"),
        ("January 31st 2026", "dmy", "2026-01-31"),
        ("31 Jan 2026", "mdy", "2026-01-31"),
        ("31-Jan-26", "", "2026-01-31"),
        ("Sat, 31 Jan 2026", "", "2026-01-31"),
        ("31. Januar 2026", "", "2026-01-31"),
        ("31 de enero de 2026", "", "2026-01-31"),
        ("31 janv. 2026", "", "2026-01-31"),
        ("Sept 5, 2020", "", "2020-09-05"),
    ],
)
def test_date(text, order, value):
    assert values.date(text, order) == values.Parsed(value)


@pytest.mark.parametrize(
    "text",
    ["31/02/1980", "2/30/2026", "0/1/2026", "1/2-2026", "1/2/126", "1/2/1026", "yesterday", "20260231", "Foo 31, 2026",
     "31 Feb 2026", "Jan 2026", "45321", "1700000000", "1/2/2026 25:00",
     "1/2/2026 13:00 PM", "1/2/2026 0:30 AM", "2026-02-29", "1/2", "０1/02/2026"],
)  # fmt: skip
def test_no_such_day(text):
    assert values.date(text, "mdy").problem == "invalid_date"


def test_a_date_keeps_a_time_of_day_as_note():
    assert values.date("1/31/2026 5:30 PM", "mdy") == values.Parsed("2026-01-31", note="17:30:00")


@pytest.mark.parametrize(
    ("text", "zone", "value", "note"),
    [
        ("1/31/2026 9:00 AM", "America/Los_Angeles", "2026-01-31 17:00:00", ""),
        ("1/31/2026, 9:00:05 pm", "America/Los_Angeles", "2026-02-01 05:00:05", ""),
        ("1/31/2026 12:15 a.m.", "UTC", "2026-01-31 00:15:00", ""),
        ("1/31/2026", "America/Los_Angeles", "2026-01-31 20:00:00", ""),
        ("2026-01-31T09:00:00Z", "America/Los_Angeles", "2026-01-31 09:00:00", ""),
        ("2026-01-31 09:00:00.123+02:00", "America/Los_Angeles", "2026-01-31 07:00:00", ""),
        ("2026-01-31 09:00 -0530", "", "2026-01-31 14:30:00", ""),
        ("2026-01-31 09:00", "", "2026-01-31 09:00:00", ""),
        ("2026-01-31 09:00+01", "", "2026-01-31 08:00:00", ""),
        ("20260131T090000Z", "America/New_York", "2026-01-31 09:00:00", ""),
        ("1/31/2026 5:00 PM EST", "America/Los_Angeles", "2026-01-31 22:00:00", ""),
        ("1/31/2026 at 17:00", "UTC", "2026-01-31 17:00:00", ""),
        ("Fri, 31 Jan 2026 17:00:00 -0500", "UTC", "2026-01-31 22:00:00", ""),
        ("2026-11-01T01:30:00-05:00", "America/New_York", "2026-11-01 06:30:00", ""),
        (
            "11/1/2026 1:30 AM",
            "America/New_York",
            "2026-11-01 05:30:00",
            "doubled hour",
        ),  # shown twice: the first, in summer time
        ("3/8/2026 2:30 AM", "America/New_York", "2026-03-08 07:30:00", "skipped hour"),
    ],
)
def test_datetime(text, zone, value, note):
    assert values.datetime_(text, "mdy", zone) == values.Parsed(value, note=note)


@pytest.mark.parametrize(
    ("text", "day", "instant"),
    [
        ("45321", "2024-01-30", "2024-01-30 17:00:00"),
        ("45321.75", "2024-01-30", "2024-01-30 23:00:00"),
        ("1700000000", "2023-11-14", "2023-11-14 22:13:20"),
        ("1700000000000", "2023-11-14", "2023-11-14 22:13:20"),
        ("1/31/2026", "2026-01-31", "2026-01-31 17:00:00"),
        ("9999999", None, None),
        ("12", None, None),
    ],
)
def test_bare_numbers_are_read_only_where_that_is_decided(text, day, instant):
    reading = values.Reading("mdy", numbers=True, time_zone="America/New_York")
    assert values.date(text, "", reading).value == day
    assert values.datetime_(text, "", "", reading).value == instant
    assert values.date(text, "mdy").value == (day if "/" in text else None)


def test_two_digits_of_a_year_mean_none_after_the_latest():
    assert values.date("1/31/29", "mdy").value == "2029-01-31"
    assert values.date("1/31/29", "", values.Reading("mdy", latest=2026)).value == "1929-01-31"
    assert values.date("31-Jan-27", "", values.Reading(latest=2026)).value == "1927-01-31"


ZONES = st.sampled_from(
    ["", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns"]
)


@settings(max_examples=300, deadline=None)
@given(st.datetimes(dt.datetime(1971, 1, 1), dt.datetime(2199, 1, 1)), ZONES)  # noqa: DTZ001 - what a clock shows
def test_an_instant_is_the_clock_in_its_zone_or_is_noted(at, zone):
    """Against the standard library by the other way round: from UTC back to the clock."""
    at = at.replace(microsecond=0)
    parsed = values.datetime_(at.isoformat(" "), "", zone)
    utc = dt.datetime.fromisoformat(parsed.value).replace(tzinfo=dt.UTC)
    clock = utc.astimezone(ZoneInfo(zone or "UTC"))
    assert (clock.replace(tzinfo=None) == at) is (parsed.note != "skipped hour")
    doubled = any((utc + hours).astimezone(clock.tzinfo).replace(tzinfo=None) == at for hours in (HOUR, HOUR / 2))
    assert doubled is (parsed.note == "doubled hour")
    assert values.datetime_(parsed.value, "", "").value == parsed.value


@settings(max_examples=200, deadline=None)
@given(st.dates(dt.date(1930, 1, 1), dt.date(2029, 12, 31)), st.sampled_from(["/", "-", "."]))
def test_a_day_is_read_however_it_is_written(day, sep):
    forms = {
        "mdy": (day.month, day.day, day.year),
        "dmy": (day.day, day.month, day.year),
        "ymd": (day.year, day.month, day.day),
    }
    for order, parts in forms.items():
        assert values.date(sep.join(map(str, parts)), order).value == day.isoformat()
        short = sep.join(f"{part % 100:02}" for part in parts)
        assert values.date(short, order).value == (day.isoformat() if order != "ymd" else None)
    assert values.date(f"{day:%d %b %Y}", "").value == day.isoformat()
    assert values.date(f"{day:%A, %B %d, %Y}", "").value == day.isoformat()


def test_an_unknown_time_zone_is_a_mistake_of_the_migration():
    with pytest.raises(UsageError, match="Mars"):
        values.datetime_("1/31/2026", "mdy", "Mars/Base")
