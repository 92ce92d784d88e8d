"""The list of blocked numbers, addresses and keywords that was handed over, looked at beside the export as it is."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from workbench import autoblock
from workbench.extract import Extraction
from workbench.findings import Finding
from workbench.rules import Target

BLOCKED = ["kind", "value", "leads", "evidence", "doubt"]
_FIELDS = ("phone", "email", "original_id", "notes")
_SPOKEN = ("text", "longtext", "choice")


def blocked(
    listed: pd.DataFrame, extraction: Extraction, targets: Sequence[Target], region: str
) -> tuple[pd.DataFrame, list[Finding]]:
    """Each entry of the list (kind, value) with the raw leads that it stands in (`BLOCKED`), and a finding on all of them.

    Keywords are looked for in notes and in columns of text that have no field of their own.
    """
    if listed.empty or "lead" not in extraction.records:
        return pd.DataFrame(columns=BLOCKED, dtype="str"), []
    records = extraction.records["lead"]
    leads = pd.DataFrame({"key": records["key"], "contact": "", "company": ""})
    for target in (t for t in targets if t.table == "lead" and t.column in records):
        name = target.field if target.field in _FIELDS else "" if target.field else f"x:{target.column}"
        if name and (target.field or target.kind in _SPOKEN):
            leads[name] = records[target.column].fillna("")
    found = autoblock.propose(listed, {"lead": leads}, region)[BLOCKED]
    kinds = ", ".join(f"{n:,} {kind}{'s' * (n > 1)}" for kind, n in found["kind"].value_counts().items())
    parts = [f"{int((found['leads'] == '0').sum()):,} of the entries stand in no lead of this export"]
    parts += [f"{int((found['doubt'] != '').sum()):,} are doubtful"]
    message = f"The list of what is blocked has {kinds}; {' and '.join(parts)}."
    todo = "Leads that the source hides may lack in the export; the entries are decided in decisions/auto_block.csv."
    return found, [Finding("block_list", "note", message, todo, "lead")]
