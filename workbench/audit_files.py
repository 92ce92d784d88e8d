"""An audit on disk: its tables for the report, and the rows behind each of its numbers as CSV files for people."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path

import pandas as pd

from workbench.alike import Alike
from workbench.audit import Audit, Tables
from workbench.extract import Extraction
from workbench.files import private, write_csv, write_json, write_parquet

FOLDER = "audit"
_FRAMES = [f.name for f in fields(Tables) if f.name != "numbers"]


def save(audit: Audit, extraction: Extraction, work: Path, record: Path) -> None:
    """Its tables into `work`/audit, the rows of each kind of finding into `record`/audit/<code>.csv; earlier ones go."""
    folder, lists = private(work / FOLDER), private(record / FOLDER)
    for old in lists.glob("*.csv"):
        old.unlink()
    for name in _FRAMES:
        write_parquet(folder / f"{name}.parquet", getattr(audit, name))
    write_json(folder / "numbers.json", audit.numbers)
    for code in dict.fromkeys(check.code for check in audit.checks):
        write_csv(lists / f"{code}.csv", audit.rows(extraction, code))
    for rule, shared in audit.duplicates.groupby("rule"):
        write_csv(lists / f"duplicate_{rule}.csv", shared)


def save_alike(found: Alike, record: Path) -> None:
    """The pairs that are only alike, as alike.csv beside the others."""
    write_csv(private(record / FOLDER) / "alike.csv", found.pairs)


def load(work: Path) -> Tables | None:
    """The tables of the run's audit; None where there was none."""
    folder = work / FOLDER
    if not (folder / "numbers.json").is_file():
        return None
    frames = {name: pd.read_parquet(folder / f"{name}.parquet") for name in _FRAMES}
    return Tables(**frames, numbers=json.loads((folder / "numbers.json").read_text(encoding="utf-8")))


def lists(record: Path, code: str = "*") -> dict[str, pd.DataFrame]:
    """Finding code → the rows behind it, all text, of each kind (or one) that the run's audit has rows of."""
    paths = sorted((record / FOLDER).glob(f"{code}.csv"))
    return {path.stem: pd.read_csv(path, dtype=str, keep_default_na=False) for path in paths}
