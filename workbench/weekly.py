"""The hours of a week of each calendar: what the source says, what stands in Odoo, and what was left out for a reason."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from workbench.hours import clock, week
from workbench.odoo import lines
from workbench.outcomes import IN_ODOO, Account

COLUMNS = ["key", "name", "source", "odoo", "left_out", "differs"]


def weekly(calendars: pd.DataFrame, account: Account, odoo: Mapping[str, str]) -> pd.DataFrame:
    """One line per calendar that is in Odoo (`COLUMNS`), those that differ first: hours as '37:30', `differs` a truth.

    `calendars` is the canonical table; `odoo`: key → the lines of its hours as read back. `source` counts the hours that can
    be; `left_out` is how many pairs cannot.
    """
    rows = []
    for row in calendars[["key", "name", "hours"]].to_dict("records"):
        key = str(row["key"])
        if key in account.outcomes and account.outcomes[key].outcome in IN_ODOO:
            said, there = week(str(row["hours"])), lines.parsed(odoo.get(key, "")) or []
            minutes = sum(round(line["hour_to"] * 60) - round(line["hour_from"] * 60) for line in there)
            differs = minutes != said.minutes
            rows.append((key, str(row["name"]), clock(said.minutes), clock(minutes), len(said.wrong), differs))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.sort_values(["differs", "left_out"], ascending=False, kind="stable").reset_index(drop=True)
