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
from workbench.same_person import PEOPLE, PERSON, USER

ENTITIES = ("company", *PEOPLE)
"""What can be merged; never leads. A contact may be merged into a practitioner, not the other way round."""

_OF_KIND = frozenset(("status", "original_id"))
"""Fields that say something of the client or of the practitioner and nothing of the person: each keeps its own."""

_ADDRESS = ("street", "street2", "city", "state", "zip", "country", "raw:state", "raw:country")
_NAMES = ("name", "first_name", "last_name")


def merges(decided: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Merged key → survivor's key, of the rows of duplicates.csv with the verdict merge; `tables` are those of this export.

    Rows with a key in common are one merge, whatever their order. Its survivor is the one that they name, the fullest of
    several. UsageError where a row names a survivor that is none of its keys, or keeps two apart that others merge.
    """
    merged: dict[str, str] = {}
    for words, entities in ((("company",), ("company",)), (("contact", PERSON), (USER, *PEOPLE))):
        rows = decided[decided["entity"].isin(words)]
        named = {key for keys in rows["keys"] for key in str(keys).split()}
        records: dict[str, Mapping[str, Any]] = {}
        first: dict[str, int] = {}
        for place, frame in enumerate(tables[e] for e in entities if e in tables):
            found = records_of(frame[frame["key"].isin(named)])
            records |= found
            first |= dict.fromkeys(found, place)
        merged |= _merges(rows.to_dict("records"), records, first)
    return merged


def _merges(decided: list[dict[Any, Any]], records: Records, first: Mapping[str, int]) -> dict[str, str]:
    """As `merges`; `first` is key → the place of its kind: of several kinds the first survives."""
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
        kind = min(first[k] for k in members)
        those = {k for k in members if first[k] == kind}
        survivor = fullest(sorted(those & named) or sorted(those), records)
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
    survivor. The merged records stay in the tables: staging ends them. A record of another kind gives what both kinds say
    of a person; staging brings the rest.
    """
    groups: defaultdict[str, list[str]] = defaultdict(list)
    here = {key for entity in ENTITIES if entity in tables for key in tables[entity]["key"]} if merged else set()
    for key in sorted(k for k in merged if merged[k] in here):  # the partner of a user is filled by the load
        groups[merged[key]].append(key)
    own: dict[str, Mapping[str, Any]] = {}
    kinds: dict[str, str] = {}
    for entity in (e for e in ENTITIES if e in tables and merged):
        found = records_of(tables[entity][tables[entity]["key"].isin({*merged, *groups})])
        own |= found
        kinds |= dict.fromkeys(found, entity)
    whole = {survivor: dict(own[survivor]) for survivor in groups}
    findings: list[Finding] = []
    for survivor, keys in groups.items():
        while keys:
            keys.remove(key := fullest(keys, own))
            said = {c: v if c in PLACE else _now(v, merged) for c, v in own[key].items()}
            if kinds[key] != kinds[survivor]:
                said = {c: v for c, v in said.items() if c in PLACE or (c in whole[survivor] and c not in _OF_KIND)}
                findings += _kept_active(kinds[key], own[key], whole[survivor])
            _take(whole[survivor], said)
            findings += _left_behind(kinds[key], kinds[survivor], said, whole[survivor], merged)
    filled: dict[str, pd.DataFrame] = {}
    for entity in {kinds[survivor] for survivor in whole}:
        frame = tables[entity]
        old = frame[frame["key"].isin(whole)]
        new = pd.DataFrame([whole[key] for key in old["key"]], columns=frame.columns, index=old.index)
        filled[entity] = pd.concat([frame.drop(old.index), new.astype(frame.dtypes.to_dict())]).sort_index()
    return ChainMap(filled, tables), tuple(findings)  # type: ignore[arg-type]  # nobody writes into it


def _kept_active(entity: str, other: Mapping[str, Any], survivor: dict[str, Any]) -> list[Finding]:
    """Who no longer works there and is a client stays to be seen."""
    if survivor.get("active") != "false":
        return []
    survivor["active"] = "true"
    what = f"It is archived by its status; the {entity} merged into it is not, so the partner is not archived."
    return [Finding("merge_conflict", "note", what, "Archive it in Odoo where nobody needs it.", entity, str(other["key"]))]


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
    entity: str, into: str, other: Mapping[str, Any], survivor: Mapping[str, Any], merged: Mapping[str, str]
) -> list[Finding]:
    to = f"another {into}" if into == entity else f"a {into}"
    return [
        Finding(
            "merge_conflict", "warning", f"Merged into {to} whose {column} is not this one; that one stayed.",
            "Correct the survivor in Odoo where this value is right.", entity, str(other["key"]), str(other["file"]),
            int(other["row"]), column, str(value),
        )
        for column, value in other.items()
        if column not in PLACE and value and _now(survivor[column], merged) != value
    ]  # fmt: skip


def _now(value: Any, merged: Mapping[str, str]) -> Any:
    return merged.get(value, value) if isinstance(value, str) else value
