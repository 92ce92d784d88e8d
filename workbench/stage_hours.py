"""Stages availabilities as calendars with the hours of a week; what Odoo would refuse is told and kept as text beside."""

from __future__ import annotations

import pandas as pd

from workbench.hours import DAYS, WHY, Week, hour, week
from workbench.needs import Needs
from workbench.odoo import lines
from workbench.stage_lead import text

_NOON = 12 * 60


def stage_availability(needs: Needs, keep: pd.DataFrame, out: pd.DataFrame) -> pd.DataFrame:
    """The staged calendars. One without a time zone has that of the account; one without hours has none in Odoo either."""
    weeks = [week(cell) for cell in text(keep, "hours")]
    out["attendance_ids"] = [_lines(one) for one in weeks]
    out["tz"] = text(keep, "time_zone").replace("", needs.decided.time_zone or "UTC")
    for why, what in WHY.items():
        needs.found(
            keep, "hours_left_out", "warning", f"{what} They are kept as text beside.",
            "Correct them in the source and run again, or enter them in Odoo: Settings > Technical > Working Schedules.",
            "availability", "hours", ["; ".join(shown for reason, shown in one.wrong if reason == why) for one in weeks],
        )  # fmt: skip
    beside = ["; ".join(shown for _, shown in one.wrong) for one in weeks]
    if any(beside):
        column = needs.custom("resource.calendar", "hours_raw", "Hours (as exported)")
        pairs = zip(text(out, column), beside, strict=True)
        out[column] = ["; ".join(filter(None, pair)) for pair in pairs]
    return out


def _lines(one: Week) -> str:
    return lines.text(
        {
            "name": DAYS[pair.day], "dayofweek": str(pair.day), "hour_from": hour(pair.begin), "hour_to": hour(pair.end),
            "day_period": "morning" if pair.begin < _NOON else "afternoon",
        }
        for pair in one.pairs
    )  # fmt: skip
