"""When calls are made: a window of the day, and rests; no test waits."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from workbench.pace import REST, Pace

TORONTO = ZoneInfo("America/Toronto")


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=TORONTO).timestamp()


@pytest.mark.parametrize(
    ("window", "now", "hours"),
    [
        ("", "2026-07-01 12:00", 0),
        ("22:00-06:00", "2026-07-01 23:00", 0),
        ("22:00-06:00", "2026-07-01 05:59", 0),
        ("22:00-06:00", "2026-07-01 06:00", 16),
        ("22:00-06:00", "2026-07-01 12:00", 10),
        ("01:00-05:00", "2026-07-01 12:00", 13),
        ("01:00-05:00", "2026-07-01 00:30", 0.5),
        ("12:00-12:00", "2026-07-01 03:00", 0),
        ("22:00-06:00", "2026-11-01 06:00", 16),  # the clocks went back in that night
    ],
)
def test_the_window_opens_by_the_clocks_of_the_source(window: str, now: str, hours: float) -> None:
    assert Pace(window, "America/Toronto").opens_in(at(now)) == hours * 3600


def test_a_key_rests_after_each_chunk() -> None:
    pace = Pace(chunk=1000, rest=60)
    assert [pace.rest_after(n) for n in (0, 1, 999, 1000, 1001, 2000)] == [0, 0, 0, 60, 0, 60]


def test_a_rest_that_is_left_open_follows_keys_and_records() -> None:
    rests = [Pace(rest=-60).settled(keys, records).rest for keys, records in ((1, 50_001), (1, 50_000), (2, 50_001))]
    assert rests == [REST, 0, 0]
    assert Pace(rest=0).settled(1, 50_001).rest == 0


def test_the_plan_counts_rests_and_the_hours_between_windows() -> None:
    assert Pace(chunk=1000, rest=REST).seconds(3000, 1, 7200) == 7200 + 2 * REST
    assert Pace(chunk=1000, rest=REST).seconds(3000, 3, 0) == 0
    assert Pace("22:00-06:00").seconds(9000, 1, 9 * 3600) == 9 * 3600 + 16 * 3600
