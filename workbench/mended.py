"""Rows that a person mended in a quarantine file: kept as decisions, put into what is staged from then on.

The gate writes records that it sets aside to `quarantine/<entity>.csv` of the run. Who corrects a cell there and runs
again has that record judged anew; the correction is kept in `decisions/mended.csv`, so that every later run repeats it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from workbench import staged as staged_tables
from workbench.errors import UsageError
from workbench.files import bare, shielded
from workbench.findings import Finding
from workbench.migration import Migration, Run
from workbench.staged import Staged

FILE = "mended.csv"
COLUMNS = ["entity", "key", "field", "before", "after", "file", "by", "at"]
_NOTES = ("rule", "todo")
_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@dataclass(frozen=True)
class Mended:
    """What is staged with the corrections in it, and a finding for each. `kept`: (key, Odoo field) → the decision."""

    staged: Staged
    findings: tuple[Finding, ...]
    kept: Mapping[tuple[str, str], str]


def take(migration: Migration, by: str, at: str) -> int:
    """Keep what was corrected in the quarantine files of the newest run that staged anything; the number of new corrections.

    UsageError naming file and row where a file cannot be read, or a row or column of it is none that the gate wrote.
    """
    run = next((r for r in map(migration.run, reversed(migration.run_ids())) if _has_quarantine(r)), None)
    if run is None:
        return 0
    staged = staged_tables.load(run.work / "staged")
    found = [edit for path in sorted((run.record / "quarantine").glob("*.csv")) for edit in _edits(path, staged)]
    known = migration.read_csv(FILE, COLUMNS)
    fresh = pd.DataFrame([{**edit, "by": by, "at": at} for edit in found], columns=COLUMNS, dtype="str")
    identity = ["entity", "key", "field", "after"]
    fresh = fresh[~fresh[identity].apply(tuple, axis=1).isin(known[identity].apply(tuple, axis=1))] if len(fresh) else fresh
    if len(fresh):
        older = known[~known[identity[:3]].apply(tuple, axis=1).isin(fresh[identity[:3]].apply(tuple, axis=1))]
        migration.write_csv(FILE, pd.concat([older, fresh], ignore_index=True))
    return len(fresh)


def apply(staged: Staged, edits: pd.DataFrame) -> Mended:
    """Put the corrections of mended.csv (`COLUMNS`) into the tables where the value is still the one that was corrected.

    The fingerprint is left empty where anything changed: seal it anew.
    """
    tables = dict(staged.tables)
    findings: list[Finding] = []
    kept: dict[tuple[str, str], str] = {}
    for row in edits.to_dict("records"):
        edit = {str(k): str(v) for k, v in row.items()}
        entity, key, field = edit["entity"], edit["key"], edit["field"]
        frame = tables.get(entity)
        hit = frame.index[frame["key"] == key] if frame is not None and field in frame.columns else pd.Index([])
        if frame is None or not len(hit):
            findings.append(_not_used(edit, "the record or the field is no longer staged"))
            continue
        now = _text(frame.at[hit[0], field])
        value, problem = _typed(frame[field], edit["after"])
        after = _text(value)
        if problem or now not in (edit["before"], after):
            findings.append(_not_used(edit, problem or f"the export now says {now!r}"))
            continue
        if now != after:
            tables[entity] = frame.assign(**{field: frame[field].mask(frame["key"] == key, value)})
        kept[key, field] = f"{FILE}: mended by {edit['by']}"
        what = f"{field} was mended by {edit['by']}."
        findings.append(Finding("mended", "note", what, entity=entity, key=key, field=field, value=edit["after"]))
    changed = any(tables[e] is not staged.tables[e] for e in tables)
    result = replace(staged, tables=tables, fingerprint="") if changed else staged
    return Mended(result, tuple(findings), kept)


def _has_quarantine(run: Run) -> bool:
    return (run.work / "staged" / "staged.json").is_file() and (run.record / "quarantine").is_dir()


def _edits(path: Path, staged: Staged) -> list[dict[str, str]]:
    """The cells of a quarantine file that are not as the gate wrote them."""
    entity, shown = path.stem, f"quarantine/{path.name}"
    if entity not in staged.tables:
        raise UsageError(f"{shown} is of no kind of record of this run.", "Remove the file, or restore its name.")
    table = _read(path, shown)
    before = staged.tables[entity].set_index("key")
    if "key" not in table.columns:
        raise UsageError(f"{shown} has no column 'key'.", "Restore the column: it says which record a row is.")
    unknown = [c for c in table.columns if c not in ("key", *_NOTES) and c not in before.columns]
    if unknown:
        raise UsageError(f"{shown}: there is no column {unknown[0]!r}.", f"Columns: {', '.join(map(str, before.columns))}.")
    edits = []
    for at, row in enumerate(table.to_dict("records"), 2):
        key = bare(str(row["key"]))
        if key not in before.index:
            raise UsageError(
                f"{shown}, row {at}: {key!r} is no record of this run.", "Restore the key; add rows in the export."
            )
        for field in (str(c) for c in table.columns if c not in ("key", *_NOTES)):
            stood, says = _text(before.at[key, field]), str(row[field])
            if _written(says) not in (_written(stood), _written(shielded(stood))):
                edits.append(
                    {"entity": entity, "key": key, "field": field, "before": stood, "after": bare(says), "file": shown}
                )
    return edits


def _read(path: Path, shown: str) -> pd.DataFrame:
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise UsageError(
            f"{shown} cannot be read: {' '.join(str(error).split())}.",
            "Save it as CSV, UTF-8, with commas; or delete it and run again: the gate writes it anew.",
        ) from None


def _typed(column: pd.Series, text: str) -> tuple[str | float | bool | None, str]:
    """A correction in the type of its column, or why it cannot be."""
    if pd.api.types.is_bool_dtype(column):
        flag = _FLAGS.get(text.strip().casefold())
        return flag, "" if flag is not None else f"{text!r} is neither True nor False"
    if pd.api.types.is_numeric_dtype(column):
        try:
            return float(text), ""
        except ValueError:
            return None, f"{text!r} is no number"
    return text, ""


def _not_used(edit: Mapping[str, str], why: str) -> Finding:
    what = f"The correction of {edit['field']} to {edit['after']!r} is not used: {why}."
    todo = f"Correct it anew in quarantine/{edit['entity']}.csv, or remove its row from decisions/{FILE}."
    return Finding(
        "mended_not_used", "warning", what, todo, edit["entity"], edit["key"], field=edit["field"], value=edit["after"],
    )  # fmt: skip


def _text(value: object) -> str:
    """A staged cell as a CSV file shows it."""
    return "" if value is None or value is pd.NA or (isinstance(value, float) and pd.isna(value)) else str(value)


def _written(text: str) -> str:
    """A cell as a file can hold it: what UTF-8 has no bytes for is a question mark, line ends are alike."""
    return "\n".join(text.encode("utf-8", "replace").decode().splitlines())
