"""What becomes of records that people decided to merge: one survives, gets what it lacks, and stands for the others."""

from __future__ import annotations

from collections import ChainMap, defaultdict
from collections.abc import Mapping
from typing import Any

import pandas as pd

from workbench.duplicates import APART, MERGE, PLACE, Records, fullest, records_of
from workbench.errors import UsageError
from workbench.findings import Finding
from workbench.keys import k1_text
from workbench.people import person

ENTITIES = ("company", "contact")
"""What can be merged; never leads."""

_ADDRESS = ("street", "street2", "city", "state", "zip", "country", "raw:state", "raw:country")
_NAMES = ("name", "first_name", "last_name")


def merges(decided: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Merged key → survivor's key, of the rows of duplicates.csv with the verdict merge; `tables` are those of this export.

    Rows with a key in common are one merge, whatever their order. Its survivor is the one that they name, the fullest of
    several. UsageError where a row names a survivor that is none of its keys, or keeps two apart that others merge.
    """
    merged: dict[str, str] = {}
    for entity in (e for e in ENTITIES if e in tables):
        rows, frame = decided[decided["entity"] == entity], tables[entity]
        named = {key for keys in rows["keys"] for key in str(keys).split()}
        merged |= _merges(rows.to_dict("records"), records_of(frame[frame["key"].isin(named)]))
    return merged


def _merges(decided: list[dict[Any, Any]], records: Records) -> dict[str, str]:
    rows = [(row, [k for k in str(row["keys"]).split() if k in records]) for row in decided]
    group: dict[str, set[str]] = {}
    named: set[str] = set()
    for row, keys in rows:
        if row["verdict"] != MERGE or len(keys) < 2:
            continue
        if row["survivor"] not in str(row["keys"]).split():
            raise UsageError(
                f"decisions/duplicates.csv: the survivor {row['survivor']!r} is none of the keys {row['keys']}.",
                "Write one of the row's own keys into its column survivor.",
            )
        joined = set().union(*(group.get(k, {k}) for k in keys))
        group |= dict.fromkeys(joined, joined)
        named.add(str(row["survivor"]))
    together = [set(keys) for row, keys in rows if row["verdict"] == MERGE]
    for row, keys in rows:
        if row["verdict"] == APART:
            _check_apart(keys, group, together)
    merged: dict[str, str] = {}
    for key, members in group.items():
        survivor = fullest(sorted(members & named) or sorted(members), records)
        if key != survivor:
            merged[key] = survivor
    return merged


def _check_apart(keys: list[str], group: Mapping[str, set[str]], together: list[set[str]]) -> None:
    """UsageError where two keys that a person keeps apart are merged by a chain of other rows, none of which names both."""
    those = [k for k in keys if k in group]
    for at, a in enumerate(those):
        for b in those[at + 1 :]:
            if b in group[a] and not any({a, b} <= row for row in together):
                raise UsageError(
                    f"decisions/duplicates.csv keeps {a} and {b} apart, but other rows merge both with the same record.",
                    "Change one of the verdicts, so that they say the same.",
                )


def since(
    decided: pd.DataFrame, tables: Mapping[str, pd.DataFrame], merged: Mapping[str, str],
    loaded: Mapping[str, tuple[str, int]],
) -> tuple[dict[str, int], tuple[Finding, ...]]:  # fmt: skip
    """How today's merges fit to earlier loads; `loaded` is key → origin (created, linked, merged), id of the partner.

    Gives (key → its record in Odoo) of records that were merged into one that this export lacks, and findings for records
    that were loaded before they were merged. UsageError where a person takes back a merge that is loaded.
    """
    again: dict[str, int] = {}
    findings = []
    own: defaultdict[int, set[str]] = defaultdict(set)
    for key, (origin, res_id) in loaded.items():
        if origin != "merged":
            own[res_id].add(key)
    rows = [set(str(k).split()) for k in decided.loc[decided["verdict"] == MERGE, "keys"]]
    for entity in (e for e in ENTITIES if e in tables):
        here = set(tables[entity]["key"])
        for key in sorted(here & loaded.keys()):
            origin, res_id = loaded[key]
            survivors = own[res_id] if origin == "merged" else set()
            if origin == "created" and key in merged:
                findings.append(_stays(entity, key, merged[key]))
            elif origin == "merged" and merged.get(key) not in survivors:
                if key in merged or survivors & here or not any(key in row and row & survivors for row in rows):
                    raise UsageError(
                        f"decisions/duplicates.csv: an earlier load merged {key} into {min(survivors, default='another')}, "
                        "and now it is not.",
                        "Merge it again with the same survivor, or undo that load first (workbench rollback).",
                    )
                again[key] = res_id
    return again, tuple(findings)


def _stays(entity: str, key: str, survivor: str) -> Finding:
    return Finding(
        "merged_after_load", "warning",
        f"An earlier load made a record of its own of it, which stays in Odoo. What points to it now points to {survivor}.",
        f"Archive this {entity} in Odoo, or merge both there.", entity, key,
    )  # fmt: skip


def fill(
    tables: Mapping[str, pd.DataFrame], merged: Mapping[str, str]
) -> tuple[Mapping[str, pd.DataFrame], tuple[Finding, ...]]:
    """The tables with empty fields of survivors filled from those merged into them; a finding for each value left behind.

    Fullest first. An address is taken whole or not at all, and so is a name; links to merged records count as those to the
    survivor. The merged records stay in the tables: staging ends them.
    """
    filled: dict[str, pd.DataFrame] = {}
    findings: list[Finding] = []
    for entity in (e for e in ENTITIES if e in tables):
        frame = tables[entity]
        gone = sorted(key for key in frame["key"] if key in merged)
        if not gone:
            continue
        groups: defaultdict[str, list[str]] = defaultdict(list)
        for key in gone:
            groups[merged[key]].append(key)
        records = records_of(frame[frame["key"].isin({*gone, *groups})])
        whole = {survivor: dict(records[survivor]) for survivor in groups}
        for survivor, keys in groups.items():
            while keys:
                keys.remove(key := fullest(keys, records))
                _take(whole[survivor], {c: _now(v, merged) for c, v in records[key].items()})
                findings += _left_behind(entity, records[key], whole[survivor], merged)
        old = frame[frame["key"].isin(whole)]
        new = pd.DataFrame([whole[key] for key in old["key"]], columns=frame.columns, index=old.index)
        filled[entity] = pd.concat([frame.drop(old.index), new.astype(frame.dtypes.to_dict())]).sort_index()
    return ChainMap(filled, tables), tuple(findings)  # type: ignore[arg-type]  # nobody writes into it


def _take(survivor: dict[str, Any], other: Mapping[str, Any]) -> None:
    """Fill what the survivor lacks."""
    address = [c for c in _ADDRESS if c in survivor]
    fits = all(not survivor[c] or not other[c] or k1_text(survivor[c]) == k1_text(other[c]) for c in address)
    nameless = not person(str(survivor["name"])) and bool(person(str(other["name"])))
    for column, value in other.items():
        if column in PLACE or not value:
            continue
        lacks = not survivor[column] and (fits or column not in address)
        if lacks or (nameless and column in _NAMES):
            survivor[column] = value


def _left_behind(
    entity: str, other: Mapping[str, Any], survivor: Mapping[str, Any], merged: Mapping[str, str]
) -> list[Finding]:
    return [
        Finding(
            "merge_conflict", "warning", f"Merged into another {entity} whose {column} is not this one; that one stayed.",
            "Correct the survivor in Odoo where this value is right.", entity, str(other["key"]), str(other["file"]),
            int(other["row"]), column, str(value),
        )
        for column, value in other.items()
        if column not in PLACE and value and _now(survivor[column], merged) != _now(value, merged)
    ]  # fmt: skip


def _now(value: Any, merged: Mapping[str, str]) -> Any:
    return merged.get(value, value) if isinstance(value, str) else value
