"""Rows that a person mended in a quarantine file: kept as decisions, put into what is staged from then on.

The gate writes records that it sets aside to `quarantine/<entity>.csv` of the run. Who corrects a cell there and runs
again has that record judged anew; the correction is kept in `decisions/mended.csv`, so that every later run repeats it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from workbench import sheets
from workbench.decisions import records
from workbench.errors import UsageError
from workbench.files import bare, shielded, write_text
from workbench.findings import Finding
from workbench.migration import Migration, Run
from workbench.staged import Staged
from workbench.tables import Lazy
from workbench.verdict import QUARANTINE

FILE = "mended.csv"
COLUMNS = ["entity", "key", "field", "before", "after", "file", "by", "at"]
_NOTES = ("key", "rule", "todo")
_IN_TIME = {"activity": "date", "meeting": "start", "note": "date", "session": "start"}
"""Entities that are staged in order of time, and by which field: Odoo's chatter sorts by id."""

Edit = dict[str, str]
"""A row of mended.csv: `before` is what the export gives, `after` what a person made of it."""


@dataclass(frozen=True)
class Mended:
    """What is staged with the corrections in it, and a finding for each. `kept`: (key, Odoo field) → the decision."""

    staged: Staged
    findings: tuple[Finding, ...]
    kept: Mapping[tuple[str, str], str]


@dataclass(frozen=True)
class Taken:
    """The number of new corrections, and what was found in quarantine/ that is none."""

    edits: int
    findings: tuple[Finding, ...]


def take(migration: Migration, by: str, at: str) -> Taken:
    """Keep what was corrected in the quarantine files of the newest run that the gate judged.

    UsageError naming file and row where a file cannot be read, or a row or column of it is none that the gate wrote.
    """
    judged = [run for run in map(migration.run, migration.run_ids()) if (run.work / QUARANTINE).is_dir()]
    if not judged:
        return Taken(0, ())
    run, findings = judged[-1], _too_late(judged)
    fresh: list[Edit] = []
    read = []
    for path in sorted((run.record / QUARANTINE).glob("*")):
        if path.suffix.casefold() == ".csv":
            file = _File(path, run.work / QUARANTINE / path.name.casefold())
            fresh += [{**edit, "by": by, "at": at} for edit in file.edits()]
            findings += file.redone()
            read.append(file)
        elif not path.name.startswith((".", "~")):
            told = f"{QUARANTINE}/{path.name} is no CSV file: what was corrected there is not used."
            findings.append(Finding("mended_not_used", "warning", told, f"Save it as {path.stem}.csv, or remove it."))
    if fresh:
        known = records(migration.read_csv(FILE, COLUMNS))
        migration.write_csv(FILE, pd.DataFrame(_put_together(known, fresh), columns=COLUMNS, dtype="str"))
    for file in read:
        file.settle()
    return Taken(len(fresh), tuple(findings))


def apply(staged: Staged, edits: pd.DataFrame) -> Mended:
    """Put the corrections of mended.csv (`COLUMNS`) into the tables where the value is still the one that was corrected.

    The fingerprint is left empty where anything changed: seal it anew.
    """
    tables: dict[str, pd.DataFrame] = {}
    findings: list[Finding] = []
    kept: dict[tuple[str, str], str] = {}
    rows = records(edits)
    for entity in dict.fromkeys(row["entity"] for row in rows):
        frame = staged.tables.get(entity, pd.DataFrame({"key": []}))
        places = {key: at for at, key in enumerate(frame["key"].tolist())}
        columns: dict[str, list[object]] = {}
        fresh: set[str] = set()
        for edit in (row for row in rows if row["entity"] == entity):
            key, field = edit["key"], edit["field"]
            if key not in places or field not in frame.columns or field == "key":
                findings.append(_not_used(edit, "the record or the field is no longer staged"))
                continue
            if field not in columns:
                columns[field] = frame[field].tolist()
            cells = columns[field]
            now, (value, problem) = _text(cells[places[key]]), _typed(frame[field], edit["after"])
            if problem or now not in (edit["before"], _text(value)):
                findings.append(_not_used(edit, problem or f"the export now says {now!r}"))
                continue
            if now != _text(value):
                cells[places[key]] = value
                fresh.add(field)
            kept[key, field] = f"{FILE}: mended by {edit['by']}"
            what = f"{field} was mended by {edit['by']}."
            findings.append(Finding("mended", "note", what, entity=entity, key=key, field=field, value=edit["after"]))
        if fresh:
            made = {f: pd.Series(columns[f], index=frame.index, dtype=frame[f].dtype) for f in fresh}
            tables[entity] = _in_time(entity, frame.assign(**made))
    if tables:
        before = staged.tables
        after = Lazy(before, lambda entity: tables[entity] if entity in tables else before[entity])
        staged = replace(staged, tables=after, fingerprint="")
    return Mended(staged, tuple(findings), kept)


class _File:
    """A quarantine file as it is now beside the copy that the gate kept of it."""

    def __init__(self, path: Path, copy: Path) -> None:
        self.name, self.entity, self.copy = f"{QUARANTINE}/{path.name}", copy.stem, copy
        if not copy.is_file():
            raise UsageError(f"{self.name} is of no kind of record of this run.", "Remove the file, or restore its name.")
        self.written = pd.read_csv(copy, dtype=str, keep_default_na=False).set_index("key")
        self.changed: list[tuple[str, str, str]] = []
        self.by_itself: dict[str, list[tuple[str, str]]] = {}
        self._compare(sheets.read(path, self.name))

    def edits(self) -> list[Edit]:
        """The cells that a person changed since the gate wrote the file, or since they were last taken."""
        return [
            {"entity": self.entity, "key": bare(key), "field": field, "before": bare(str(self.written.at[key, field])),
             "after": bare(says), "file": self.name}
            for key, field, says in self.changed
        ]  # fmt: skip

    def redone(self) -> list[Finding]:
        """A finding per column that a spreadsheet rewrote."""
        todo = f"Nothing. Where it is meant, write it into decisions/{FILE}."
        return [
            Finding(
                "spreadsheet_cells", "note",
                f"{self.name}: a spreadsheet wrote {len(cells):,} cells of {field} otherwise, such as {cells[0][1]!r} for "
                f"{cells[0][0]!r}. They count as unchanged.", todo, self.entity, field=field, value=cells[0][1],
            )
            for field, cells in self.by_itself.items()
        ]  # fmt: skip

    def settle(self) -> None:
        """What was taken is no correction any more: only what is changed after this is."""
        if self.changed:
            for key, field, says in self.changed:
                self.written.at[key, field] = says
            write_text(self.copy, self.written.reset_index().to_csv(index=False))

    def _compare(self, table: pd.DataFrame) -> None:
        if "key" not in table.columns:
            raise UsageError(f"{self.name} has no column 'key'.", "Restore the column: it says which record a row is.")
        fields = [str(c) for c in table.columns if c not in _NOTES]
        if unknown := [f for f in fields if f not in self.written.columns]:
            known = ", ".join(c for c in self.written.columns if c not in _NOTES)
            raise UsageError(f"{self.name}: there is no column {unknown[0]!r}.", f"Columns: {known}.")
        seen: dict[str, tuple[object, list[str]]] = {}
        for at, *says in table[["key", *fields]].itertuples(name=None):
            key, cells = says[0].strip(), says[1:]
            if key not in self.written.index:
                todo = "Restore the key; add rows in the export."
                raise UsageError(f"{self.name}, row {at}: {key!r} is no record that the gate set aside.", todo)
            if key in seen and seen[key][1] != cells:
                told = f"{self.name}, rows {seen[key][0]} and {at}: {key} stands there twice, with different cells."
                raise UsageError(told, "Delete one of the two.")
            if key not in seen:
                self._cells(key, fields, cells)
            seen[key] = at, cells

    def _cells(self, key: str, fields: Iterable[str], cells: Iterable[str]) -> None:
        for field, says in zip(fields, cells, strict=True):
            written = str(self.written.at[key, field])
            if sheets.same(written, says) or says == bare(written):
                continue
            if sheets.redone(written, says):
                self.by_itself.setdefault(field, []).append((written, says))
            else:
                self.changed.append((key, field, shielded(bare(says))))


def _too_late(judged: list[Run]) -> list[Finding]:
    """A finding per file of an earlier run that was changed after the newest was judged: nobody reads it any more."""
    *earlier, newest = judged
    since = (newest.work / QUARANTINE).stat().st_mtime
    return [
        Finding(
            "mended_not_used", "warning",
            f"{QUARANTINE}/{path.name} of run {run.id} was changed after run {newest.id}. What was corrected there since "
            "then is not used.",
            f"Correct runs/{newest.id}/{QUARANTINE}/{path.name} instead, and run again.",
        )
        for run in earlier
        for path in sorted((run.record / QUARANTINE).glob("*.csv"))
        if path.stat().st_mtime > since
    ]  # fmt: skip


def _put_together(known: Iterable[Mapping[str, str]], fresh: Iterable[Edit]) -> list[Edit]:
    """Known corrections and new ones: the newest of a cell counts, from what the export gives to what it is to be.

    One that gives the export's own value back is none any more.
    """
    by_cell = {(row["entity"], row["key"], row["field"]): dict(row) for row in known}
    for edit in fresh:
        cell = edit["entity"], edit["key"], edit["field"]
        older = by_cell.pop(cell, None)
        if older and older["after"] == edit["before"]:
            edit = {**edit, "before": older["before"]}
        if not older or edit["before"] != edit["after"]:
            by_cell[cell] = edit
    return list(by_cell.values())


def _in_time(entity: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The table in order of time again; what has none is last."""
    if entity not in _IN_TIME:
        return frame
    order = frame[_IN_TIME[entity]].mask(frame[_IN_TIME[entity]] == "", "9999")
    return frame.loc[order.sort_values(kind="stable").index].reset_index(drop=True)


def _typed(column: pd.Series, text: str) -> tuple[str | float | bool | None, str]:
    """A correction in the type of its column, or why it cannot be; an empty one is missing where it is no text."""
    if pd.api.types.is_bool_dtype(column):
        flag = sheets.FLAGS.get(text.strip().casefold())
        return flag, "" if flag is not None else f"{text!r} is neither True nor False"
    if pd.api.types.is_numeric_dtype(column):
        number = sheets.number(text)
        return number, "" if number is not None or not text.strip() else f"{text!r} is no number"
    return text, ""


def _not_used(edit: Mapping[str, str], why: str) -> Finding:
    what = f"The correction of {edit['field']} to {edit['after']!r} is not used: {why}."
    todo = f"Correct it anew in quarantine/{edit['entity']}.csv, or remove its row from decisions/{FILE}."
    return Finding(
        "mended_not_used", "warning", what, todo, edit["entity"], edit["key"], field=edit["field"], value=edit["after"],
    )  # fmt: skip


def _text(value: object) -> str:
    """A staged cell as a CSV file shows it; what UTF-8 has no bytes for is a question mark."""
    if value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)):
        return ""
    return str(value).encode("utf-8", "replace").decode()
