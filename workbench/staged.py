"""Staged tables: what shall be in Odoo, the schema that it needs, and how both are kept between steps.

A staged table has a `key` column and one column per Odoo field; links hold the key of the record that they point to, or
`model/code` for countries and states. An empty text or a missing number means that nothing is written.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from workbench import tables
from workbench.errors import UsageError
from workbench.files import private
from workbench.findings import Finding
from workbench.keys import k1_name, k1_text
from workbench.odoo.release import Custom
from workbench.outcomes import Outcome
from workbench.tables import Lazy, Tables

REF = "x_source_ref"
"""The field that carries the key on each loaded model: indexed, and not copied when somebody duplicates a record."""

_ROWS = 5_000

PARTNER = "#partner"
"""Follows a user's key where its partner is meant, which Odoo makes along with the user and leaves behind without it."""


@dataclass(frozen=True)
class CustomField:
    """A field to make in Odoo before any data; `options` of a selection are its values and what people read, `relation` is
    the model that a many2one links to.
    """

    model: str
    name: str
    label: str
    ttype: str = "char"
    options: tuple[str, ...] = ()
    relation: str = ""


@dataclass(frozen=True)
class Wanted:
    """A record that must exist before the data: found by `find` (a field equal to its value when folded), else made.

    Values that are a `Key` are resolved to the id of that record.
    """

    key: str
    model: str
    find: Mapping[str, str]
    values: Mapping[str, Any]


def folded(model: str, name: str) -> str:
    """What the names of one record of a model have in common: letters and digits, of utm names the other signs too."""
    fold = k1_name if model.startswith("utm.") else k1_text
    return fold(name) or name


@dataclass(frozen=True)
class Key:
    """A link, within the values of a `Wanted`; `many` for a many2many."""

    key: str
    many: bool = False


@dataclass(frozen=True)
class Staged:
    """What shall be in Odoo. `ended` holds records that are not loaded, with their outcome; `extracted` all keys.

    `driven`: entity → field → the field with the source's text that decides it. Where an export says nothing there, a record
    that was loaded before keeps what it has. `unread`: entity → large fields, for each of which another one vouches.
    `joined`: key → the key of the record, of another entity and the same model, that it is merged into and filled into.
    """

    tables: Mapping[str, pd.DataFrame]
    models: dict[str, str]
    ended: dict[str, list[Outcome]]
    extracted: Mapping[str, list[str]]
    fields: tuple[CustomField, ...]
    wanted: tuple[Wanted, ...]
    linked: dict[str, int]
    findings: tuple[Finding, ...]
    driven: dict[str, dict[str, str]] = field(default_factory=dict)
    unread: dict[str, tuple[str, ...]] = field(default_factory=dict)
    joined: dict[str, str] = field(default_factory=dict)
    fingerprint: str = ""

    def light(self, entity: str, frame: pd.DataFrame) -> pd.DataFrame:
        """A table of this entity without what is large."""
        large = [name for name in self.unread.get(entity, ()) if name in frame.columns]
        return frame.drop(columns=large) if large else frame


def apart(tables: Mapping[str, pd.DataFrame], joined: Mapping[str, str]) -> dict[str, pd.DataFrame]:
    """Staged tables in which records that live on in one of another entity say only what that one does not.

    Fields that both kinds have are the survivor's, which has been filled already, but for a user, who is no partner; nobody
    is linked to oneself.
    """
    result = dict(tables)
    kinds = {key: e for e, table in tables.items() if joined for key in set(table["key"]).intersection(joined.values())}
    for entity, frame in tables.items():
        mine = frame["key"].isin(list(joined))
        if not mine.any():
            continue
        survivor = frame["key"].map(joined)
        shared = {c for s in survivor[mine] if s in kinds and kinds[s] != "user" for c in tables[kinds[s]].columns}
        told = {}
        for name in (c for c in map(str, frame.columns) if c not in ("key", REF, "name") and frame[c].dtype != "bool"):
            silent = mine & ((name in shared) | (frame[name] == survivor))
            told[name] = frame[name].mask(silent, "" if frame[name].dtype == "str" else None)
        result[entity] = frame.assign(**told)
    return result


def custom_name(source: str, text: str) -> str:
    """The name of a custom field: `x_<source>_<slug>`, at most 60 characters, as PostgreSQL's limit asks."""
    slug = re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_") or hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"x_{source}_{slug}"[:60].rstrip("_")


def custom_field(source: str, goes: Custom) -> str:
    """The name of the custom field that a release has for a canonical one."""
    return f"x_{goes.suffix}" if goes.shared else custom_name(source, goes.suffix)


def sealed(staged: Staged, version: str) -> Staged:
    """The same with its fingerprint: SHA-256 over all that would be written into an Odoo of that version."""
    digest = hashlib.sha256(version.encode())
    for entity, frame in staged.tables.items():
        digest.update(entity.encode())
        frame = staged.light(entity, frame)
        for start in range(0, max(len(frame), 1), _ROWS):  # as a whole the text would take the memory of the table twice
            part = frame.iloc[start : start + _ROWS].to_csv(index=False, header=not start)
            digest.update(part.encode("utf-8", "surrogatepass"))
    rest = [staged.fields, staged.wanted, sorted(staged.linked.items()), sorted(staged.joined.items()), staged.ended]
    digest.update(json.dumps(rest, default=repr, sort_keys=True).encode())
    return replace(staged, fingerprint=digest.hexdigest())


def save(staged: Staged, folder: Path) -> None:
    """Write staged tables (Parquet) and what belongs to them (staged.json) into a folder of their own."""
    private(folder)
    keys = {f"{e}-keys": pd.DataFrame({"key": found}, dtype="str") for e, found in staged.extracted.items()}
    tables.save({**staged.tables, **keys}, folder)
    content = {
        "entities": list(staged.tables),
        "models": staged.models,
        "ended": {e: [asdict(o) for o in ended] for e, ended in staged.ended.items()},
        "fields": [asdict(f) for f in staged.fields],
        "wanted": [_wanted_json(w) for w in staged.wanted],
        "linked": staged.linked,
        "findings": [asdict(f) for f in staged.findings],
        "driven": staged.driven,
        "unread": staged.unread,
        "joined": staged.joined,
        "fingerprint": staged.fingerprint,
    }
    (folder / "staged.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def load(folder: Path) -> Staged:
    """The staged tables that `save` wrote; UsageError where there are none."""
    path = folder / "staged.json"
    if not path.is_file():
        todo = "Run 03_mapping first (on the command line: --from mapping)."
        raise UsageError("Nothing has been staged in this run yet.", todo)
    content = json.loads(path.read_text(encoding="utf-8"))
    keys = Tables(folder, [f"{entity}-keys" for entity in content["entities"]])
    return Staged(
        tables=Tables(folder, content["entities"]),
        extracted=Lazy(content["entities"], lambda entity: list(keys[f"{entity}-keys"]["key"])),
        models=content["models"],
        ended={e: [Outcome(**o) for o in ended] for e, ended in content["ended"].items()},
        fields=tuple(CustomField(**{**f, "options": tuple(f["options"])}) for f in content["fields"]),
        wanted=tuple(_wanted(w) for w in content["wanted"]),
        linked=content["linked"],
        findings=tuple(Finding(**f) for f in content["findings"]),
        driven=content["driven"],
        unread={entity: tuple(names) for entity, names in content["unread"].items()},
        joined=content.get("joined", {}),  # what earlier versions staged has none, and may still be undone
        fingerprint=content["fingerprint"],
    )


def _wanted_json(wanted: Wanted) -> dict[str, Any]:
    values = {f: {"key": v.key, "many": v.many} if isinstance(v, Key) else v for f, v in wanted.values.items()}
    return {"key": wanted.key, "model": wanted.model, "find": dict(wanted.find), "values": values}


def _wanted(content: Mapping[str, Any]) -> Wanted:
    values = {f: Key(**v) if isinstance(v, dict) else v for f, v in content["values"].items()}
    return Wanted(content["key"], content["model"], content["find"], values)
