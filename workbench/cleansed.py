"""What cleansing made, kept in the run's folder: the same of the same export, mapping and rules is not made twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from workbench import tables
from workbench.cleanse import Cleansed
from workbench.cleansing_plan import Proposed
from workbench.files import private, write_json
from workbench.findings import table
from workbench.rules import Rules, Target
from workbench.tables import Tables

_FACTS = "cleansed.json"
_CHANGES, _FINDINGS = "changes", "findings"


@dataclass(frozen=True)
class Kept:
    """A `Cleansed` as it stands in its folder: `entities` are read one by one; changes and findings as tables."""

    folder: Path
    entities: Tables
    plan: tuple[Proposed, ...]

    @property
    def changes(self) -> pd.DataFrame:
        """Every value that is not its raw text, as `Cleansed` lists them."""
        return pd.read_parquet(self.folder / f"{_CHANGES}.parquet")

    @property
    def findings(self) -> pd.DataFrame:
        """The findings, errors first."""
        return pd.read_parquet(self.folder / f"{_FINDINGS}.parquet")


def key_of(export: Path, targets: Sequence[Target], rules: Rules) -> str:
    """What the result of `cleanse` depends on, as one text: the export as read (`export` holds its hashes), the targets, the
    rules, and the code itself."""
    said = repr((tuple(targets), rules, _code())).encode("utf-8", "surrogatepass")
    return hashlib.sha256(export.read_bytes() + said).hexdigest()


def save(cleansed: Cleansed, folder: Path, key: str) -> Kept:
    """Write it into a folder of its own, to be read from there; only whole results are found again."""
    (private(folder) / _FACTS).unlink(missing_ok=True)
    frames = {**cleansed.entities, _CHANGES: cleansed.changes, _FINDINGS: table(cleansed.findings)}
    tables.save(frames, folder)
    plan = [asdict(p) for p in cleansed.plan]
    write_json(folder / _FACTS, {"key": key, "entities": list(cleansed.entities), "plan": plan})
    return Kept(folder, Tables(folder, list(cleansed.entities)), cleansed.plan)


def load(folder: Path, key: str) -> Kept | None:
    """What `save` wrote under the same key, or None."""
    path = folder / _FACTS
    if not path.is_file():
        return None
    facts = json.loads(path.read_text(encoding="utf-8"))
    if facts["key"] != key:
        return None
    return Kept(folder, Tables(folder, facts["entities"]), tuple(_proposed(p) for p in facts["plan"]))


def _proposed(entry: dict[str, Any]) -> Proposed:
    value, examples = entry["value"], tuple((before, after) for before, after in entry["examples"])
    return Proposed(**entry | {"value": tuple(value) if isinstance(value, list) else value, "examples": examples})


@lru_cache(maxsize=1)
def _code() -> str:
    """Changes with every change of the package."""
    files = sorted(Path(__file__).parent.rglob("*.py"))
    facts = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return hashlib.sha256(repr(facts).encode()).hexdigest()
