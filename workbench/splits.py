"""Exports that were split: which days each file covers, where days lack, and which values only some files have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.extract import FileFacts
from workbench.findings import Finding, Severity

Days = npt.NDArray[np.datetime64]
"""The day of each record or row, NaT where none is known."""

MONTHS = ["key", "file", "row", "month"]
SPLITS = ["file", "rows", "from", "to", "days", "only_here"]


@dataclass(frozen=True)
class Created:
    """When leads were created: per file (`SPLITS`), of each record (`MONTHS`); what is odd in it."""

    splits: pd.DataFrame
    months: pd.DataFrame
    findings: tuple[Finding, ...]

    @property
    def ends(self) -> tuple[str, str]:
        """The first and the last day, empty where none is known."""
        known = self.splits[self.splits["from"] != ""]
        return (known["from"].min(), known["to"].max()) if len(known) else ("", "")


_WEEK = np.timedelta64(7, "D")


def months(records: pd.DataFrame, days: Days) -> pd.DataFrame:
    """The month of creation of each record that has one (`MONTHS`)."""
    known = ~np.isnat(days)
    found = records.loc[known, ["key", "file", "row"]].reset_index(drop=True)
    return found.assign(month=pd.Series(days[known].astype("datetime64[M]").astype(str), dtype="str"))


def splits(files: Sequence[FileFacts], rows: pd.DataFrame, days: Days, status: str) -> pd.DataFrame:
    """Per file of leads: rows, first and last day of creation, days with a lead, statuses that only it has (`SPLITS`)."""
    said = rows[status].fillna("").str.strip() if status in rows else pd.Series("", index=rows.index, dtype="str")
    pairs = pd.DataFrame({"file": rows["file"], "status": said}).drop_duplicates()
    own = pairs[(pairs["status"] != "") & ~pairs["status"].duplicated(keep=False)]
    several = pairs["file"].nunique() > 1
    lines = []
    for facts in (f for f in files if f.table == "lead"):
        found = days[(rows["file"] == facts.path).to_numpy() & ~np.isnat(days)]
        ends = (str(found.min()), str(found.max())) if len(found) else ("", "")
        only = ", ".join(sorted(own.loc[own["file"] == facts.path, "status"])) if several else ""
        lines.append([facts.path, facts.rows, *ends, len(np.unique(found)), only])
    return pd.DataFrame(lines, columns=SPLITS)


def gaps(files: pd.DataFrame, days: Days, header: str) -> list[Finding]:
    """A finding for each stretch without a lead of a week or more, and of thrice the length that is usual in this export."""
    each = np.unique(days[~np.isnat(days)])
    if len(each) < 10:
        return []
    steps = np.diff(each)
    usual = np.percentile(steps.astype(np.int64), 95)
    found = []
    for at in np.flatnonzero((steps > _WEEK) & (steps.astype(np.int64) > 3 * usual)):
        last, following = each[at], each[at + 1]
        before = [f for f, to in zip(files["file"], files["to"], strict=True) if to and np.datetime64(to) <= last]
        after = [f for f, day in zip(files["file"], files["from"], strict=True) if day and np.datetime64(day) >= following]
        split = bool(before and after) and len(before) + len(after) == len(files)
        severity: Severity = "warning" if split else "note"
        length = int(steps[at].astype(np.int64)) - 1
        place = f", between {before[-1]} and {after[0]}" if split else ""
        message = f"No lead was created from {last + 1} to {following - 1} ({length:,} days){place}."
        todo = "Look on the source's screen whether there are leads of these days; where there are, export them."
        found.append(Finding("gap", severity, message, todo, "lead", file=after[0] if split else "", field=header))
    return found


def overlaps(files: pd.DataFrame, rows: pd.DataFrame) -> list[Finding]:
    """Files whose days overlap although they share no record: they were split by something else than the day."""
    keys = {str(file): set(group["key"]) - {""} for file, group in rows.groupby("file", sort=False)}
    found = []
    for a, b in pairwise(files[files["from"] != ""].sort_values("from").to_dict("records")):
        if b["from"] < a["to"] and keys[a["file"]].isdisjoint(keys[b["file"]]):
            by = "by status" if a["only_here"] and b["only_here"] else "by something else than the day"
            days = f"{b['from']} to {min(a['to'], b['to'])}"
            message = f"{a['file']} and {b['file']} cover the same days ({days}) and share no record."
            todo = f"They seem to be split {by}: check that no part is missing."
            found.append(Finding("split_otherwise", "note", message, todo, "lead", file=str(b["file"])))
    return found
