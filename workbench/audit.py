"""What the files hold, before anything is changed: each column's fill and formats, duplicates, and what no parser reads."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench import values
from workbench.findings import Finding
from workbench.keys import k1_email, k1_phone
from workbench.source import Source
from workbench.values import Parsed, mask

if TYPE_CHECKING:
    from workbench.cleanse import Rules, Target
    from workbench.extract import Extraction

PROFILE = [
    "table",
    "column",
    "filled",
    "fill",
    "distinct",
    "min_length",
    "max_length",
    "kind",
    "unread",
    "formats",
    "samples",
]
DUPLICATES = ["rule", "cluster", "key", "file", "row", "size"]
_SHARES = {"email": "an e-mail address", "phone": "a phone number"}


@dataclass(frozen=True)
class Audit:
    """The audit's tables, ready to show.

    `profile`: a row per source column with `PROFILE`: `filled` counts records, `fill` is their share (0..1), lengths are in
    characters, `unread` counts records whose text the parser of the column's kind does not understand, `formats` are the
    five commonest with their counts (9 a digit, a a run of letters), `samples` five values, masked.
    `duplicates`: a row per record that shares an address or number, with `DUPLICATES`; `cluster` is unique over both rules.
    `files`: the account of rows per file with what was read of it.
    """

    profile: pd.DataFrame
    duplicates: pd.DataFrame
    files: pd.DataFrame
    findings: tuple[Finding, ...]


def audit(source: Source, extraction: Extraction, targets: Sequence[Target], rules: Rules) -> Audit:
    """Audit an extraction; `targets` and `rules` say how columns would be read; those without a target are profiled too."""
    known = {(t.table, t.column): t for t in targets}
    profile, findings = [], []
    for table, records in extraction.records.items():
        for column, header in extraction.headers[table].items():
            target, declared = known.get((table, column)), source.column(table, header)
            kind = target.kind if target else declared.kind if declared else "text"
            cells = records[column].fillna("")
            row = _profile(cells[cells.map(values.line) != ""], len(records), kind, _reader(source, kind, column, rules))
            profile.append({"table": table, "column": column, **row})
            if len(records) >= 20 and row["filled"] < len(records) / 20:
                message = f"{header}: {row['filled']:,} of {len(records):,} {table} records have a value."
                todo = "Look whether the column is worth a field in Odoo."
                findings.append(Finding("mostly_empty", "note", message, todo, entity=table, field=column))
    duplicates, shared = _duplicates(extraction, targets)
    return Audit(pd.DataFrame(profile, columns=PROFILE), duplicates, _files(extraction), (*findings, *shared))


def _reader(source: Source, kind: str, column: str, rules: Rules) -> Callable[[Sequence[str]], Callable[[str], Parsed[Any]]]:
    """Given all texts of a column, the parser of its kind; kinds that any text is good for have none that refuses."""

    def reader(texts: Sequence[str]) -> Callable[[str], Parsed[Any]]:
        if kind in ("date", "datetime"):
            order = rules.date_orders.get(column, values.vote(texts, source.date_orders).order or "")
            return lambda text: values.date(text, order)
        parsers: dict[str, Callable[[str], Parsed[Any]]] = {
            "phone": lambda text: values.phone(text, rules.region),
            "email": values.email, "country": values.country, "money": values.money, "flag": values.flag,
        }  # fmt: skip
        return parsers.get(kind, values.choice)

    return reader


def _profile(
    cells: pd.Series, records: int, kind: str, reader: Callable[[Sequence[str]], Callable[[str], Parsed[Any]]]
) -> dict[str, Any]:
    """The profile of the filled cells of one column."""
    counts = Counter[str](cells.tolist())
    lengths = [len(text) for text in counts] or [0]
    read = reader(list(counts))
    formats = Counter[str]()
    for text, n in counts.items():
        formats[pattern(text)] += n
    return {
        "filled": len(cells), "fill": len(cells) / records if records else 0.0, "distinct": len(counts),
        "min_length": min(lengths), "max_length": max(lengths), "kind": kind,
        "unread": sum(n for text, n in counts.items() if read(text).problem),
        "formats": " · ".join(f"{form} ({n:,})" for form, n in formats.most_common(5)),
        "samples": " · ".join(mask(text, kind) for text, _ in counts.most_common(5)),
    }  # fmt: skip


def pattern(text: str) -> str:
    """The shape of a text without its content: 9 for a digit, a for a run of letters, at most 40 characters."""
    shape = re.sub(r"[^\W\d_]+", "a", re.sub(r"\d", "9", values.line(text)))
    return shape if len(shape) <= 40 else f"{shape[:39]}…"


def _duplicates(extraction: Extraction, targets: Sequence[Target]) -> tuple[pd.DataFrame, list[Finding]]:
    """Records of leads that share an e-mail address or a phone number, as identity compares them; largest clusters first."""
    frames, findings = [], []
    for rule, normalise in (("email", k1_email), ("phone", k1_phone)):
        columns = [t.column for t in targets if t.table == "lead" and t.kind == rule and "lead" in extraction.records]
        if not columns:
            continue
        records = extraction.records["lead"]
        said = pd.concat(
            [records[["key", "file", "row"]].assign(value=records[c].fillna("").map(normalise)) for c in columns]
        )
        said = said[said["value"] != ""].drop_duplicates(["key", "value"])
        said = said.assign(size=said.groupby("value")["key"].transform("size"))
        said = said[said["size"] > 1].sort_values("size", ascending=False, kind="stable")
        said = said.assign(rule=rule, cluster=rule + "-" + (pd.factorize(said["value"])[0] + 1).astype(str).astype(object))
        for _, first in said.drop_duplicates("cluster").iterrows():
            others = "one other record shares" if first["size"] == 2 else f"{first['size'] - 1:,} other records share"
            message = f"{first['file']}, row {first['row']}: {others} {_SHARES[rule]} with this one."
            todo = "Decide in decisions/duplicates.csv; nothing is merged before."
            place = ("lead", first["key"], first["file"], int(first["row"]), rule, first["value"])
            findings.append(Finding(f"duplicate_{rule}", "note", message, todo, *place))
        frames.append(said[DUPLICATES].sort_values(["size", "cluster"], ascending=[False, True], kind="stable"))
    if not frames:
        return pd.DataFrame(columns=DUPLICATES), findings
    return pd.concat(frames, ignore_index=True), findings


def _files(extraction: Extraction) -> pd.DataFrame:
    """file, table, rows, read, repeated, rejected, columns, encoding, delimiter, sha256."""
    facts = [
        {"file": f.path, "table": f.table, "columns": len(f.headers), "encoding": f.encoding, "delimiter": f.delimiter,
         "sha256": f.sha256} for f in extraction.files
    ]  # fmt: skip
    names = ["file", "table", "rows", "read", "repeated", "rejected", "columns", "encoding", "delimiter", "sha256"]
    frame = pd.DataFrame(facts, columns=[n for n in names if n not in ("rows", "read", "repeated", "rejected")])
    return frame.merge(extraction.account(), on="file", how="left")[names]
