"""What a report may show: values masked, text scrubbed, and the rows behind each number as CSV files beside the pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.entities import ENTITIES, Field
from workbench.files import csv, write_csv
from workbench.odoo.release import Custom, Release
from workbench.staged import REF, custom_field
from workbench.values import mask

SAMPLED = 20
"""Rows of a list that stand in the page; all of them are in the CSV."""

_EMAIL = re.compile(r"[^\s@'\"<>(),;:=]+@[^\s@'\"<>(),;:=]+")
_FIGURES = re.compile(r"(?<![\w.•-])\+?\(?[0-9][0-9\s().\-/]{5,}[0-9]")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_QUOTED = re.compile(r"(['\"«“‘])([^'\"«»“”‘’]{1,200})(['\"»”’])(?!\w)")
_TOLD = {"body": "History and notes"}
"""Fields in which Odoo has what a cell tells of many records."""

_ALWAYS = ("email", "phone", "name", "owner")


@dataclass(frozen=True)
class Count:
    """A number and where its rows are: a file beside the page, or a place in one."""

    n: int
    href: str = ""


@dataclass(frozen=True)
class Record:
    """A record by its key, and its address in Odoo where it is there."""

    key: str
    href: str = ""


@dataclass(frozen=True)
class Table:
    """Some rows of a list, and the number of all of them with the CSV that holds them."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | Record, ...], ...]
    all: Count


class Masking:
    """Masks what is personal, by entity and field; `masked=False` shows everything.

    A canonical field is masked where the vocabulary calls it sensitive. Any other counts as sensitive (it holds a custom
    column, or what was told in a history), but for those of Odoo's own that the release sets (type, team, probability).
    What a deal has of its lead is known as the lead's.
    """

    def __init__(self, release: Release, source: str, *, masked: bool = True) -> None:
        self.masked, self._source = masked, source
        self._odoo: dict[tuple[str, str], Field] = {}
        self._settings: set[tuple[str, str]] = set()
        by_model: dict[str, set[str]] = {}
        for model in release.models.values():
            by_model.setdefault(model.model, set()).update(model.constants, model.last, model.decides, model.filled)
        for entity, model in release.models.items():
            self._settings |= {(entity, name) for name in by_model[model.model]}
            for name, goes in model.fields.items():
                place = custom_field(source, goes) if isinstance(goes, Custom) else goes.field
                known = self._odoo.get((entity, place))
                if known is None or not known.sensitive:
                    self._odoo[entity, place] = ENTITIES[entity].field(name)
        for place, known in [(place, f) for (entity, place), f in self._odoo.items() if entity == "lead"]:
            self._odoo.setdefault(("deal", place), known)

    def value(self, entity: str, field: str, text: str) -> str:
        """The text of an Odoo field, as a report may show it."""
        known = self._odoo.get((entity, field))
        if known is None and field != REF and (entity, field) not in self._settings:
            return self._hide(text, "text")
        return self._known(known, text)

    def finding(self, entity: str, field: str, text: str) -> str:
        """The value of a finding, whose field may be canonical, Odoo's, or a source column that is not known here."""
        known = _canonical(entity, field) or self._odoo.get((entity, field))
        if not field and text.isdigit() and len(text) < 7:
            return text  # a number of rows or records
        return self._known(known, text) if known or field == REF else self._hide(text, "text")

    def label(self, entity: str, field: str) -> str:
        """What a person reads instead of an Odoo field's name."""
        known = self._odoo.get((entity, field))
        if field == "stop" and known and known.name == "duration":
            return "Ends on"
        if field in _TOLD and not known:
            return _TOLD[field]
        name = known.name if known else field.removeprefix(f"x_{self._source}_").removeprefix("x_").removesuffix("_id")
        label = re.sub(r"(?<=[a-z])(?=\d)", " ", name.removesuffix("_raw").replace("_", " ").strip().capitalize())
        return f"{label}, as exported" if name.endswith("_raw") and not known else label

    def heading(self, entity: str, field: str) -> str:
        """What a person reads instead of a canonical field's name; a column of the source has its own."""
        return field.replace("_", " ").capitalize() if _canonical(entity, field) else field

    def named(self, entity: str, field: str, text: str) -> str:
        """What Odoo holds as a person reads it: Oregon, not US-OR; tags with commas between; a time with its zone."""
        known = self._odoo.get((entity, field))
        lines = text.split("\n")
        if known and known.kind in ("state", "country"):
            return lines[-1]
        if known and known.kind == "refs":
            return ", ".join(lines)
        if known and known.kind in ("datetime", "number"):  # a duration is the time at which it ends
            return utc(text)
        return lines[0] if known and known.kind in ("owner", "choice") else text

    def free(self, text: str, value: str = "", shown: str = "", *, days: bool = False) -> str:
        """A sentence without addresses and numbers of people; `value`, where it stands within, as `shown`.

        `days` says that the days in it are nobody's.
        """
        if not self.masked:
            return text
        if len(value) > 1:
            text = text.replace(value, shown)
        text = _EMAIL.sub(lambda m: mask(m[0], "email"), text)

        def hidden(m: re.Match[str]) -> str:
            few = len(re.sub(r"\D", "", m[0])) < 7
            return m[0] if few or (days and _DAY.fullmatch(m[0])) else mask(m[0], "phone")

        return _FIGURES.sub(hidden, text)

    def words(self, text: str, *, days: bool = False) -> str:
        """Odoo's own words, which quote values: what stands in quotation marks is masked."""
        if not self.masked:
            return text
        return self.free(_QUOTED.sub(lambda m: f"{m[1]}{mask(m[2], 'text')}{m[3]}", text), days=days)

    def _known(self, known: Field | None, text: str) -> str:
        if known and (known.sensitive or known.kind in _ALWAYS):
            return self._hide(text, known.kind)
        if known and known.kind in ("date", "datetime", "money", "number"):
            return text  # what looks like a phone number here is none
        return self.free(text)

    def _hide(self, text: str, kind: str) -> str:
        if not self.masked or not text:
            return text
        return " · ".join(mask(line, kind) for line in text.split("\n") if line)


def utc(text: str) -> str:
    """'2026-01-31 17:00 UTC' of a time as Odoo and the canonical tables have it; any other text as it is."""
    return f"{text.removesuffix(':00')} UTC" if _TIME.fullmatch(text) else text


def _canonical(entity: str, field: str) -> Field | None:
    return next((f for f in ENTITIES[entity].fields if f.name == field), None) if entity in ENTITIES else None


class Rows:
    """Writes the lists behind the numbers into `folder`, named after what they hold."""

    def __init__(self, folder: Path, links: Mapping[str, str]) -> None:
        self.folder, self.links = folder, links
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def count(self, name: str, frame: pd.DataFrame) -> Count:
        """Write `<name>.csv` with what the frame holds, already masked; its number and address. Nothing for no rows."""
        if frame.empty:
            return Count(0)
        safe = re.sub(r"[^a-z0-9-]+", "-", name.casefold()).strip("-")
        write_csv(self.folder / f"{safe}.csv", frame, self._written)
        return Count(len(frame), f"{self.folder.name}/{safe}.csv")

    def _written(self, rows: pd.DataFrame, header: bool) -> str:
        """Some rows with the addresses of their records, as text that a file can hold."""
        if "key" in rows.columns and self.links:
            rows = rows.assign(link=[self.links.get(str(k), "") for k in rows["key"]])
        text = csv(rows, header)
        if clean(text) != text:  # first, or what hides behind a control sign would be no formula yet
            text = csv(rows.map(lambda cell: clean(cell) if isinstance(cell, str) else cell), header)
        return text

    def table(self, name: str, frame: pd.DataFrame, columns: Mapping[str, str]) -> Table:
        """Write the frame, and give its first rows with these columns (column → heading)."""
        count = self.count(name, frame)
        first = frame.head(SAMPLED)[list(columns)].astype("str").itertuples(index=False)
        rows = (
            tuple(Record(cell, self.links.get(cell, "")) if name == "key" and cell else cell
                  for name, cell in zip(columns, row, strict=True))
            for row in first
        )  # fmt: skip
        return Table(tuple(columns.values()), tuple(rows), count)


def clean(text: str) -> str:
    """Text that a file can hold: a question mark for what UTF-8 has no bytes for, nothing for control signs."""
    plain = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", text)
    return plain.encode("utf-8", "replace").decode()


def applied(frame: pd.DataFrame, **columns: Any) -> pd.DataFrame:
    """The frame with columns replaced by what functions of a row (as a dict) give."""
    records = frame.to_dict("records")
    return frame.assign(**{name: [function(row) for row in records] for name, function in columns.items()})
