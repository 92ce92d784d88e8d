"""What cleansing made, kept in the run's folder: the same of the same export, mapping and rules is not made twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.cleanse import Cleansed
from workbench.cleansing_plan import Proposed
from workbench.files import private, write_json
from workbench.findings import Finding
from workbench.rules import Rules, Target

_FACTS = "cleansed.json"
_ROWS = 50_000


def key_of(export: Path, targets: Sequence[Target], rules: Rules) -> str:
    """What the result of `cleanse` depends on, as one text: the export as read (`export` holds its hashes), the targets, the
    rules, and the code itself."""
    said = repr((tuple(targets), rules, _code())).encode("utf-8", "surrogatepass")
    return hashlib.sha256(export.read_bytes() + said).hexdigest()


def save(cleansed: Cleansed, folder: Path, key: str) -> None:
    """Write it into a folder of its own; only whole results are found again."""
    (private(folder) / _FACTS).unlink(missing_ok=True)
    for name, frame in {**cleansed.entities, "changes": cleansed.changes}.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False, row_group_size=_ROWS)
    facts = {"key": key, "entities": list(cleansed.entities), "plan": [asdict(p) for p in cleansed.plan],
             "findings": [asdict(f) for f in cleansed.findings]}  # fmt: skip
    write_json(folder / _FACTS, facts)


def load(folder: Path, key: str) -> Cleansed | None:
    """What `save` wrote under the same key, or None."""
    path = folder / _FACTS
    if not path.is_file():
        return None
    facts = json.loads(path.read_text(encoding="utf-8"))
    if facts["key"] != key:
        return None
    frames = {name: pd.read_parquet(folder / f"{name}.parquet") for name in (*facts["entities"], "changes")}
    changes = frames.pop("changes")
    findings = tuple(Finding(**f) for f in facts["findings"])
    return Cleansed(frames, changes, findings, tuple(_proposed(p) for p in facts["plan"]))


def _proposed(entry: dict[str, Any]) -> Proposed:
    value, examples = entry["value"], tuple((before, after) for before, after in entry["examples"])
    return Proposed(**entry | {"value": tuple(value) if isinstance(value, list) else value, "examples": examples})


@lru_cache(maxsize=1)
def _code() -> str:
    """Changes with every change of the package."""
    files = sorted(Path(__file__).parent.rglob("*.py"))
    facts = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return hashlib.sha256(repr(facts).encode()).hexdigest()
