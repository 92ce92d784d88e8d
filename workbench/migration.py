"""One migration's folder: its settings, its runs, and what people decided.

Decisions are files that a headless run repeats. Settings never hold a secret, only where one is found.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from workbench import sheets
from workbench.errors import UsageError
from workbench.files import bare, private, write_csv, write_text
from workbench.settings import Settings

SETTINGS = "migration.toml"
VERSIONS = "mapping.versions.yaml"
_NOT_LOADED = (VERSIONS, "signoffs.csv", "spot_check.csv")
"""Decision files that do not shape what is loaded: what was decided before, and what people say of the result."""


@dataclass(frozen=True)
class Run:
    """One run: its id (UTC, sortable), its private tables and its record."""

    id: str
    work: Path
    record: Path


class Migration:
    """A migration folder that exists. `settings` is read at construction; everything else on demand."""

    def __init__(self, folder: Path | str, reports: Path | str = "") -> None:
        self.folder = Path(folder).expanduser().resolve()
        path = self.folder / SETTINGS
        if not path.is_file():
            raise UsageError(f"{folder} is no migration folder: it has no {SETTINGS}.", "Make one with `workbench new`.")
        self.settings = _settings(path, _text(path, str(path)))
        self.name = self.folder.name
        self._reports = Path(reports).expanduser().resolve() if reports else None

    @property
    def decisions(self) -> Path:
        """Where people's decisions are."""
        return self.folder / "decisions"

    def reports(self, run: Run) -> Path:
        """Where what may be shown to others goes: `reports/<migration>/<run>` beside the project, unless moved."""
        base = self._reports or Path(os.environ.get("WORKBENCH_REPORTS") or Path(__file__).parents[1] / "reports")
        return private(base / self.name / run.id)

    def files(self, instead: str = "") -> list[tuple[Path, str, str]]:
        """(path, name shown, table) of each export, patterns resolved, in order.

        They are those of `[source] files`, or of `instead`: the same entries with commas between, within this folder.
        """
        found: list[tuple[Path, str, str]] = []
        entries = [e.strip() for e in instead.split(",") if e.strip()]
        where = "The parameter files" if entries else SETTINGS
        entries = entries or self.settings.source.files
        if not entries:
            todo = f"Put the exports into {self.folder / 'exports'} and name them."
            raise UsageError(f"{SETTINGS}: [source] files names no export.", todo)
        for entry in entries:
            pattern, _, table = entry.partition(":")
            if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
                raise UsageError(f"{where}: {pattern!r} is not within {self.folder}.", "Copy the export into exports/.")
            paths = sorted(self.folder.glob(pattern))
            if not paths:
                raise UsageError(f"{where}: no file matches {pattern!r}.", f"Put the export into {self.folder / 'exports'}.")
            found += [(path, path.name, table or "lead") for path in paths]
        return found

    def new_run(self) -> Run:
        """A new run, named by the time in UTC, to the millisecond and never twice."""
        while (run_id := datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")[:-3]) in self.run_ids():
            time.sleep(0.001)
        return self.run(run_id)

    def run(self, run_id: str) -> Run:
        """The run of that id; its folders are made, readable by their owner only."""
        work, record = private(self.folder / "work" / run_id), private(self.folder / "runs" / run_id)
        return Run(run_id, work, record)

    def run_ids(self) -> list[str]:
        """The runs of this migration, oldest first."""
        work = self.folder / "work"
        return sorted(p.name for p in work.iterdir() if p.is_dir()) if work.is_dir() else []

    def last_run(self) -> Run:
        """The newest run; UsageError where there is none."""
        if not self.run_ids():
            raise UsageError(f"{self.name} has not been run yet.", f"workbench run {self.folder} --target sandbox")
        return self.run(self.run_ids()[-1])

    def ledger_path(self, target: str, database_uuid: str) -> Path:
        """The ledger of one target and database."""
        return self.folder / "ledger" / f"{target}-{database_uuid}.sqlite"

    # decisions

    def read_csv(self, name: str, columns: Sequence[str], needed: Sequence[str] = ()) -> pd.DataFrame:
        """A decision table with these columns, all text, empty where the file is not there yet.

        UsageError where one that is `needed` (all, unless told) is missing, or where it is no such table, whatever saved it.
        """
        path = self.decisions / name
        if not path.is_file():
            return pd.DataFrame(columns=list(columns), dtype=str)
        frame = sheets.read(path, f"decisions/{name}").reset_index(drop=True)
        if missing := [c for c in needed or columns if c not in frame.columns]:
            raise UsageError(f"decisions/{name} has no column {missing[0]!r}.", f"It needs {', '.join(needed or columns)}.")
        frame = frame.reindex(columns=list(columns), fill_value="")
        for column in frame.columns:  # what `write_csv` defused comes back as it was
            frame[column] = frame[column].map(bare)
        return frame

    def write_csv(self, name: str, frame: pd.DataFrame) -> Path:
        """Save a decision table, defused for spreadsheets."""
        path = private(self.decisions) / name
        write_csv(path, frame)
        return path

    def read_yaml(self, name: str) -> dict[str, Any]:
        """A decision file in YAML 1.2, or an empty dict where it is not there yet."""
        path = self.decisions / name
        if not path.is_file():
            return {}
        text = _text(path, f"decisions/{name}")
        try:
            loaded = YAML(typ="safe").load(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            where = f", line {mark.line + 1}" if mark else ""
            told = f"decisions/{name}{where}: this is no YAML: {error.problem or error.context}."
            raise UsageError(told, "Mend that line, or restore the file.") from None
        if not isinstance(loaded, dict):
            raise UsageError(
                f"decisions/{name} is no mapping of names to values.", "Restore it from the last run, or delete it."
            )
        return loaded

    def write_yaml(self, name: str, content: dict[str, Any]) -> Path:
        """Save a decision file."""
        stream = io.StringIO()
        yaml = YAML()
        yaml.default_flow_style = False
        yaml.width = 120
        yaml.dump(content, stream)
        path = private(self.decisions) / name
        write_text(path, stream.getvalue())
        return path

    def decided(self) -> dict[str, str]:
        """Name → SHA-256 of all that shapes what is loaded: each decision file, and the source's settings."""
        files = sorted(self.decisions.glob("*")) if self.decisions.is_dir() else []
        found = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files if p.name not in _NOT_LOADED}
        return found | {SETTINGS: hashlib.sha256(self.settings.source.model_dump_json().encode()).hexdigest()}


def _text(path: Path, shown: str) -> str:
    """A file's text; UsageError where it is not in UTF-8, as an editor may have saved it."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise UsageError(f"{shown}, line {line}: this is not in UTF-8.", "Save the file in UTF-8.") from None


def _settings(path: Path, text: str) -> Settings:
    """What a migration.toml says; UsageError where it cannot be."""
    try:
        return Settings.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} cannot be read: {error}.", "Mend that line.") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        said = first["msg"].removeprefix("Value error, ")
        raise UsageError(f"{path}: {where}: {said}.", "The comments in the file say what each setting is.") from None


def create(
    folder: Path, source: str, team: str, exports: Sequence[tuple[Path, str]], defaults: dict[str, str], api: bool = False
) -> Migration:
    """A new migration folder with a commented `migration.toml`, and copies of the exports ((file, table) each).

    `api`: the source is read by its API, at `base_url` with `key` of the `defaults` where they name them. UsageError where
    the folder is already in use, or an export is missing or has the name of another.
    """
    folder = folder.expanduser()
    if (folder / SETTINGS).exists():
        raise UsageError(f"{folder} is a migration already.", "Choose another folder, or edit its migration.toml.")
    for path, _ in exports:
        if not path.is_file():
            raise UsageError(f"There is no file {path}.", "Check the path given with --export.")
    names = [path.name for path, _ in exports]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise UsageError(f"Two exports are called {twice}.", "Rename one: in the migration they stand in one folder.")
    entries = [f"exports/{path.name}" + (f":{table}" if table != "lead" else "") for path, table in exports]
    listed = json.dumps(entries or ["exports/*.csv"], ensure_ascii=False)
    account = {"base_url": "", "key": f"env:{source.upper()}_KEY", "calls": "0", **defaults}
    where = (_BY_API if api else _BY_FILES).format(files=listed, **account)
    text = _TEMPLATE.format(name=source, where=where, team=json.dumps(team), more=_OF_API if api else "", **defaults)
    _settings(folder / SETTINGS, text)
    private(folder / "exports")
    private(folder / "decisions")
    for path, _ in exports:
        shutil.copyfile(path, folder / "exports" / path.name)
    write_text(folder / SETTINGS, text)
    return Migration(folder)


_BY_FILES = """\
# Exports in this folder, in the order in which they were made: where two differ, the later one counts.
# A separate export of companies is written as "exports/companies.csv:company".
files = {files}"""

_BY_API = """\
# The address of the account: all before the path that the vendor documents, such as "https://account.example.com".
base_url = "{base_url}"
# Where the keys are, never the keys themselves: env:VARIABLE, or keyring:NAME. Several share the work.
keys = ["{key}"]
# Calls an hour for each key; 0: as many as the vendor allows. Records a page, where other than usual: {{ clients = 500 }}.
requests_per_hour = {calls}
page_sizes = {{}}
# For whom a call of its own is made, which tells status and custom fields: "none", "prospects" or "all".
client_detail = "none"
# Minutes of rest after an hour's calls (-1: as the plan says), and when calls are made, such as "22:00-06:00".
rest_minutes = -1
off_peak = \"\""""

_OF_API = """\
# What sessions of the past become: "note", in the chatter of each client, or "event", in the calendar.
past_sessions = "note"
# Whether users who are made may log in; each who may can take a licence of Odoo.
users_active = false
# What practitioners become: "company" or "person".
practitioners_as = "company"
# What services become that were deleted in the source: "archive", an archived product, or "leave out".
deleted_services = "archive"
"""

_TEMPLATE = """\
# What the workbench must know of this migration. It never holds a password.

[source]
name = "{name}"
{where}
# In which zone the source's times are; no file says it. Without it, times count as UTC and a finding says so.
time_zone = "{time_zone}"
# Where phone numbers without a country code and states are, as a two-letter country.
region = "{region}"
currency = "{currency}"
# What a lead becomes in Odoo: "lead" (the Leads menu, which is switched on if need be) or "opportunity" (the pipeline).
leads_as = "lead"
{more}# The sales team that takes the records; it is made if there is none of that name.
team = {team}

# Totals that you read on the source's screen, to compare the rows with. Example:  lead = 4012
[source.totals]

# The built-in target is "sandbox". An Odoo of your own looks like this; the password stays in the environment
# (env:VARIABLE) or in the keyring (keyring:NAME, stored with `keyring set workbench NAME`):
#
# [targets.test]
# url = "http://127.0.0.1:8069"
# database = "acme"
# login = "migration@example.com"
# secret = "env:ODOO_PASSWORD"
# company = ""            # the Odoo company that gets the records; empty: the login's own
# workers = 2             # batches under way at a time: as many as Odoo has processes to spare
"""
