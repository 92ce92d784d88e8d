"""Whether staged tables fit the Odoo at hand: fields, types, links, selections, stages, as `fields_get` tells them.

What no row can help shuts the gate and is a finding 'structure'. What is wrong with single rows sets these aside.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from workbench.apps import check_apps
from workbench.findings import Finding
from workbench.odoo.lines import parsed
from workbench.odoo.protocols import Reader, Row
from workbench.odoo.release import Lines, Release
from workbench.prerequisites import AGAIN, check_prerequisites, field_spec
from workbench.rounding import too_fine
from workbench.staged import PARTNER, Key, Staged
from workbench.verdict import RowFailure

RULES: dict[str, tuple[str, str]] = {
    "structure.text": (
        "Text has no NUL and no half of a surrogate pair: Odoo refuses the whole batch.",
        "Remove that character in the export, then run again.",
    ),
    "structure.date": ("A date is a day that exists, as 2026-01-31.", "Correct the date in the export, then run again."),
    "structure.datetime": (
        "A time is one that exists, in UTC, as 2026-01-31 17:00:00.",
        "Correct the time in the export, then run again.",
    ),
    "structure.place": (
        "A country or state is one that this Odoo has.",
        "Correct it in the export, or add it in Odoo under Contacts > Configuration, then run again.",
    ),
    "structure.state-in-country": (
        "A state is one of the record's country.",
        "Correct the state or the country in the export, then run again.",
    ),
    "structure.choice": (
        "A choice is one of those that the field has.",
        "Choose a known value, or give the field that option in Odoo, then run again.",
    ),
    "structure.integer": (
        "A whole number has at most ten digits, as Odoo stores it: from -2,147,483,648 to 2,147,483,647.",
        "Map the column to a text field, or correct the number in the export, then run again.",
    ),
    "structure.stage-of-team": (
        "The stage of a lead is one of its sales team, or of all: Odoo takes another without a word.",
        "Run the same command again; if it persists, it is a defect of the workbench.",
    ),
    "structure.lines": (
        "Lines are a list in JSON, each with the fields that its kind of line has.",
        "Take back what was changed in that cell; if nothing was, it is a defect of the workbench.",
    ),
    "structure.rounding": (
        "An amount has no more decimals than its currency has in Odoo, which would round it: yen have no cents.",
        "Correct the amount in the source, or currency in migration.toml, then run again.",
    ),
    "structure.required": ("A field that Odoo requires is filled.", "Fill it in the export, then run again."),
}
"""Rule on single rows → what holds, and what to do where it does not."""

_UNSAFE = re.compile("[\x00\ud800-\udfff]")
_PLACES = ("res.country", "res.country.state", "res.currency")
LINKS = ("many2one", "many2one_reference")
_TAKES = {
    **dict.fromkeys(("char", "text", "html", "selection", "date", "datetime", *LINKS, "many2many"), "text"),
    **dict.fromkeys(("float", "monetary", "integer"), "numbers"),
    "boolean": "yes or no",
}
"""Type of a field → what its column holds; other types are never written."""
_DATE = {"date": "%Y-%m-%d", "datetime": "%Y-%m-%d %H:%M:%S"}


@dataclass(frozen=True)
class Structure:
    """What does not fit: `findings` shut the gate, `rows` stay behind."""

    findings: tuple[Finding, ...]
    rows: tuple[RowFailure, ...]


def check(staged: Staged, reader: Reader, release: Release) -> Structure:
    """Hold the staged tables, the custom fields and the wanted records against Odoo. Reads only."""
    work = _Check(staged, reader, release)
    work.account()
    lacking = check_apps(staged, reader, release)
    for entity, frame in staged.tables.items():
        if len(frame) and entity not in lacking:
            work.table(entity, frame)
    found = [finding for of_entity in lacking.values() for finding in of_entity]
    return Structure((*found, *check_prerequisites(staged, reader, release), *work.findings), tuple(work.rows))


class _Check:
    """Collects what does not fit; lives for one call of `check`."""

    def __init__(self, staged: Staged, reader: Reader, release: Release) -> None:
        self.staged, self.reader, self.release = staged, reader, release
        self.findings: list[Finding] = []
        self.rows: list[RowFailure] = []
        self.targets: dict[str, str] = {wanted.key: wanted.model for wanted in staged.wanted}
        self.targets |= {f"{w.key}{PARTNER}": "res.partner" for w in staged.wanted if w.model == "res.users"}
        self.ended: dict[str, tuple[str, str]] = {}
        self.places: dict[str, frozenset[str]] = {}
        for entity, frame in staged.tables.items():
            self.targets |= dict.fromkeys(frame["key"], staged.models[entity])
            self.ended |= {o.key: (staged.models[entity], o.outcome) for o in staged.ended.get(entity, [])}
            if staged.models[entity] == "res.users":
                self.targets |= {f"{key}{PARTNER}": "res.partner" for key in frame["key"]}
                self.ended |= {f"{o.key}{PARTNER}": ("res.partner", o.outcome) for o in staged.ended.get(entity, [])}

    def table(self, entity: str, frame: pd.DataFrame) -> None:
        """All columns of one entity, and the fields that Odoo requires of it."""
        model = self.staged.models[entity]
        for column in (c for c in self.staged.light(entity, frame).columns if c != "key"):
            self._column(entity, model, column, frame)
        self._required(entity, model, frame)
        for column, wrong in too_fine(frame, self.reader.fields_get(model), self.reader).items():
            self._fail("structure.rounding", entity, column, frame, wrong)
        if {"state_id", "country_id"} <= set(frame.columns):
            state, country = frame["state_id"].fillna(""), frame["country_id"].fillna("")
            of_state = state.str.replace(r"\Ares\.country\.state/([^-]*)-.*\Z", r"res.country/\1", regex=True)
            differs = (state != "") & (country != "") & (of_state != country)
            self._fail("structure.state-in-country", entity, "state_id", frame, differs)
        if {"stage_id", "team_id"} <= set(frame.columns):
            links = {w.key: [v.key for v in w.values.values() if isinstance(v, Key)] for w in self.staged.wanted}
            teams = [links.get(stage) or [team] for stage, team in zip(frame["stage_id"], frame["team_id"], strict=True)]
            other = pd.Series([t not in of for t, of in zip(frame["team_id"], teams, strict=True)], index=frame.index)
            self._fail("structure.stage-of-team", entity, "stage_id", frame, other)

    def account(self) -> None:
        """Every extracted record is staged or has ended, and none is both."""
        for entity, frame in self.staged.tables.items():
            keys, ended = set(frame["key"]), {o.key for o in self.staged.ended.get(entity, [])}
            extracted = set(self.staged.extracted.get(entity, []))
            if keys & ended or keys | ended != extracted:
                lost = len(extracted - keys - ended)
                self._error(
                    f"Staging does not add up: of {len(extracted):,} extracted records, {len(keys):,} are staged, "
                    f"{len(ended):,} have ended, {len(keys & ended):,} are both and {lost:,} neither.",
                    AGAIN, entity,
                )  # fmt: skip

    def _column(self, entity: str, model: str, column: str, frame: pd.DataFrame) -> None:
        spec = field_spec(self.staged, self.reader, model, column)
        if spec is None:
            told = f"{model} has no field {column}, and the migration makes none."
            self._error(told, "Install the app that brings it, then run again.", entity, field=column)
            return
        if spec.get("readonly") and not spec.get("store", True):
            self._error(f"{model}.{column} is computed: Odoo drops what is written there.", AGAIN, entity, field=column)
            return
        ttype, given = spec["type"], _given(frame[column])
        lines = self.release.models[entity].lines.get(column) if ttype == "one2many" else None
        if given != ("text" if lines else _TAKES.get(ttype)):
            self._error(f"{model}.{column} is of type {ttype} and is given {given}.", AGAIN, entity, field=column)
        elif given == "text":
            self._texts(entity, model, column, frame, spec)
        elif ttype == "integer":
            self._fail("structure.integer", entity, column, frame, ~frame[column].fillna(0).between(-(2**31), 2**31 - 1))

    def _texts(self, entity: str, model: str, column: str, frame: pd.DataFrame, spec: Row) -> None:
        values = frame[column]
        filled = values.notna() & (values != "")
        self._fail("structure.text", entity, column, frame, filled & _unsafe(values))
        if spec["type"] in _DATE:
            form = _DATE[spec["type"]]
            read = pd.to_datetime(values.where(filled), format=form, errors="coerce").dt.strftime(form)
            self._fail(f"structure.{spec['type']}", entity, column, frame, filled & (read != values))
        elif spec["type"] == "selection":
            self._fail("structure.choice", entity, column, frame, filled & ~values.isin(self._options(model, column, spec)))
        elif spec["type"] == "one2many":
            lines = self.release.models[entity].lines[column]
            wrong = ~values.map({cell: _are_lines(cell, lines) for cell in values[filled].unique()}).fillna(True).astype(
                bool
            )
            self._fail("structure.lines", entity, column, frame, wrong)
        elif spec["type"] in (*LINKS, "many2many"):
            self._links(entity, model, column, frame, filled, spec)

    def _options(self, model: str, column: str, spec: Row) -> set[str]:
        """What a selection may be: what Odoo has, and the options that the load will add."""
        new = next((f.options for f in self.staged.fields if (f.model, f.name) == (model, column)), ())
        return {value for value, _ in spec.get("selection") or []} | set(new)

    def _links(self, entity: str, model: str, column: str, frame: pd.DataFrame, filled: pd.Series, spec: Row) -> None:
        """Each link means a staged, wanted or waiting record, or one of Odoo's own, of the model that the field links to."""
        values = frame[column]
        beside = next((name for name in ("res_model", "model") if name in frame.columns), "")  # where the field names none
        relation = str(spec.get("relation") or frame[beside].iloc[0])
        several = spec["type"] == "many2many"
        texts = {t for text in values[filled].unique() for t in (text.split() if several else [text])}
        other: set[str] = set()
        nobody: list[str] = []
        unknown: list[str] = []
        for target in sorted(texts):
            place, _, code = target.partition("/")
            means, outcome = self.ended.get(target, (self.targets.get(target, ""), ""))
            if place in _PLACES:
                means = place
                if place == relation and code not in self._codes(place):
                    unknown.append(target)
            elif code and self._is_own(place, code):
                means = place
            if not means or outcome == "merged":
                nobody.append(target)
            elif means != relation:
                other.add(means)
        if other:
            told = f"{model}.{column} links to {relation}, and is given {', '.join(sorted(other))}."
            self._error(told, AGAIN, entity, field=column)
        if nobody:
            told = (
                f"{model}.{column} names {len(nobody):,} records that are neither staged nor in Odoo, such as {nobody[0]}."
            )
            self._error(told, AGAIN, entity, field=column)
        self._fail("structure.place", entity, column, frame, values.isin(unknown))

    def _is_own(self, model: str, name: str) -> bool:
        """Whether Odoo has a record of that model under this external id of its own."""
        module, _, own = name.partition(".")
        return bool(
            self.reader.search("ir.model.data", [("module", "=", module), ("name", "=", own), ("model", "=", model)])
        )

    def _codes(self, model: str) -> frozenset[str]:
        """The codes of Odoo's countries ('US'), states ('US-WA') or active currencies ('USD')."""
        if model not in self.places:
            countries = {row["id"]: row["code"] for row in self.reader.search_read("res.country", [], ["code"])}
            states = self.reader.search_read("res.country.state", [], ["code", "country_id"])
            currencies = self.reader.search_read("res.currency", [("active", "=", True)], ["name"])
            self.places = {
                "res.currency": frozenset(str(row["name"]) for row in currencies),
                "res.country": frozenset(map(str, countries.values())),
                "res.country.state": frozenset(f"{countries.get(row['country_id'])}-{row['code']}" for row in states),
            }
        return self.places[model]

    def _required(self, entity: str, model: str, frame: pd.DataFrame) -> None:
        """What Odoo requires and does not fill itself is staged, and filled in each row."""
        required = [
            name
            for name, spec in self.reader.fields_get(model).items()
            if spec.get("required")
            and spec.get("store")
            and not spec["readonly"]
            and spec["type"] != "one2many"  # records of its own that Odoo makes along, as the variant of a product
        ]
        goes = self.release.models.get(entity)
        required = [name for name in required if not goes or name not in goes.filled]
        filled_by_odoo = self.reader.ask(model, "default_get", required) if required else {}
        for name in required:
            if filled_by_odoo.get(name) not in (None, False, ""):
                continue
            if name in frame.columns:
                self._fail("structure.required", entity, name, frame, frame[name].isna() | (frame[name] == ""))
            else:
                told = f"{model} requires the field {name}, which is not staged and has no default in this Odoo."
                self._error(told, "Give it a default in Odoo, or map a column to it.", entity, field=name)

    def _fail(self, rule: str, entity: str, column: str, frame: pd.DataFrame, wrong: pd.Series) -> None:
        text, todo = RULES[rule]
        for key, value in frame.loc[wrong, ["key", column]].itertuples(index=False):
            self.rows.append(RowFailure(entity, str(key), rule, text, todo, column, "" if pd.isna(value) else str(value)))

    def _error(self, message: str, todo: str, entity: str = "", **where: str) -> None:
        self.findings.append(Finding("structure", "error", message, todo, entity=entity, **where))  # type: ignore[arg-type]


def _are_lines(cell: str, lines: Lines) -> bool:
    found = parsed(cell)
    return found is not None and all(set(line) == set(lines.fields) for line in found)


def _unsafe(values: pd.Series) -> pd.Series:
    """Which cells hold what Odoo refuses; text in Arrow cannot hold half a surrogate pair."""
    if values.dtype == object:
        return values.map(lambda cell: isinstance(cell, str) and _UNSAFE.search(cell) is not None).astype(bool)
    return values.str.contains("\x00", regex=False, na=False)


def _given(values: pd.Series) -> str:
    """What a column holds, in the words of `_TAKES`, else its dtype. A column without any value counts as text."""
    if pd.api.types.is_bool_dtype(values):
        return "yes or no"
    if pd.api.types.is_numeric_dtype(values):
        return "numbers"
    if pd.api.types.is_string_dtype(values.dropna()) or values.isna().all():
        return "text"
    return str(values.dtype)
