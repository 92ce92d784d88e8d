"""Records that share an e-mail address or a phone number; companies without leads, and leads of unknown companies."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from workbench.checks import Check
from workbench.distinct import Distinct
from workbench.extract import Extraction
from workbench.findings import Finding
from workbench.keys import k1_company, k1_email, k1_phone, k1_text
from workbench.rules import Target

DUPLICATES = ["rule", "cluster", "key", "file", "row", "size", "who"]
_SHARES = {"email": "an e-mail address", "phone": "a phone number"}
_PAIRS = 4_000_000
"""Comparisons of company names that are made at most: about a second."""
_ALIKE = 88.0


@dataclass(frozen=True)
class Places:
    """Which column goes to a canonical field, by table."""

    columns: dict[tuple[str, str], str]

    @classmethod
    def of(cls, targets: Sequence[Target]) -> Places:
        """The columns that have a canonical field."""
        return cls({(t.table, f"{t.entity}.{t.field}"): t.column for t in targets if t.field})

    def cells(self, records: pd.DataFrame, table: str, target: str) -> pd.Series:
        """The texts of the column that goes to `entity.field`; empty ones where none does."""
        column = self.columns.get((table, target), "")
        if column in records.columns:
            return records[column].fillna("")
        return pd.Series("", index=records.index, dtype="str")


def names(records: pd.DataFrame, places: Places) -> pd.Series:
    """The person of each lead: first and last name, else the full name."""
    parts = [places.cells(records, "lead", f"contact.{part}").str.strip() for part in ("first_name", "last_name", "name")]
    first, last, whole = parts
    both = (first + " " + last).str.strip()
    return both.where((first != "") & (last != ""), whole.where(whole != "", both))


def duplicates(extraction: Extraction, targets: Sequence[Target]) -> tuple[pd.DataFrame, list[Finding]]:
    """Leads that share an address or number, as identity compares them, largest clusters first (`DUPLICATES`).

    `who` says whether their names are given, and of one person, a couple (two first names, one last name) or strangers.
    """
    if "lead" not in extraction.records:
        return pd.DataFrame(columns=DUPLICATES), []
    records = extraction.records["lead"]
    people = names(records, Places.of(targets))
    frames, findings = [], []
    for rule, normalise in (("email", k1_email), ("phone", k1_phone)):
        columns = [t.column for t in targets if t.table == "lead" and t.kind == rule and t.column in records]
        if not columns:
            continue
        base = records[["key", "file", "row"]].assign(name=people)
        said = pd.concat([base.assign(value=records[c].fillna("").map(normalise)) for c in columns])
        said = said[(said["value"] != "") & said["value"].duplicated(keep=False)].drop_duplicates(["key", "value"])
        said = said.assign(size=said.groupby("value")["key"].transform("size"))
        said = said[said["size"] > 1].sort_values("size", ascending=False, kind="stable")
        said = said.assign(rule=rule, cluster=rule + "-" + (pd.factorize(said["value"])[0] + 1).astype(str).astype(object))
        said = said.assign(who=said["cluster"].map(said.groupby("cluster")["name"].agg(_who)))
        findings += [_shared(rule, first) for first in said.drop_duplicates("cluster").to_dict("records")]
        frames.append(said[DUPLICATES].sort_values(["size", "cluster"], ascending=[False, True], kind="stable"))
    return (pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=DUPLICATES)), findings


def _who(people: pd.Series) -> str:
    """Whom the names of a cluster are of."""
    known = {k1_text(name): name.split() for name in people if k1_text(name)}
    if len(known) < 2:
        return "one person" if known else "names not given"
    last = {k1_text(words[-1]) for words in known.values()}
    return "a couple" if len(known) == 2 and len(last) == 1 and all(len(w) > 1 for w in known.values()) else "strangers"


def _shared(rule: str, first: dict[Hashable, Any]) -> Finding:
    others = "one other record shares" if first["size"] == 2 else f"{first['size'] - 1:,} other records share"
    message = f"{first['file']}, row {first['row']}: {others} {_SHARES[rule]} with this one ({first['who']})."
    todo = "Decide in decisions/duplicates.csv; nothing is merged before."
    place = (str(first["key"]), str(first["file"]), int(str(first["row"])), rule, str(first["value"]))
    return Finding(f"duplicate_{rule}", "note", message, todo, "lead", *place)


def companies(extraction: Extraction, targets: Sequence[Target]) -> list[Check]:
    """Companies of the company export that no lead names, and companies that leads name and the company export lacks."""
    places = Places.of(targets)
    columns = [places.columns.get((table, "company.name"), "") for table in ("company", "lead")]
    if not all(column in extraction.headers.get(t, {}) for t, column in zip(("company", "lead"), columns, strict=True)):
        return []
    sides = [Distinct.of(extraction.records[t][column]) for t, column in zip(("company", "lead"), columns, strict=True)]
    keys = [[k1_company(text) for text in side.lines.to_pylist()] for side in sides]
    words = (
        ("orphaned_company", "are named by no lead",
         "They become companies without contacts; leave them out, or look for leads."),
        ("unknown_company", "name a company that the export of companies lacks",
         "A company is made of its name alone; look whether that export was filtered."),
    )  # fmt: skip
    found = []
    for this, (code, what, todo) in enumerate(words):
        table, column, other = ("company", "lead")[this], columns[this], set(keys[1 - this])
        hits = np.array([key not in other for key in keys[this]], dtype=bool)
        if not hits.any():
            continue
        near = _alike([key for key, hit in zip(keys[this], hits, strict=True) if hit], sorted(other - {""}))
        why = np.array([f"spelled much like {near[key]!r}" if key in near else "" for key in keys[this]], dtype=object)
        at = sides[this].places(hits)
        alike = f"; {len(near):,} of the names are spelled much like one of the other side" if near else ""
        said = tuple(why[sides[this].codes[at]].tolist())
        header = extraction.headers[table][column]
        found.append(Check(code, "note", table, column, header, at, what + alike, todo, said))
    return found


def _alike(wanted: list[str], known: list[str]) -> dict[str, str]:
    """Name → the known name that it is spelled much like; within bounds, those beyond are not compared."""
    near = {}
    for name in wanted[: _PAIRS // max(len(known), 1)]:
        hit = process.extractOne(name, known, scorer=fuzz.ratio, score_cutoff=_ALIKE) if len(name) > 3 else None
        if hit:
            near[name] = str(hit[0])
    return near
