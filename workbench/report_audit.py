"""The page of the export: what it holds, whether it is all there, what is odd in it, as the template shows them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from workbench import charts
from workbench.audit import COMPLETE, Tables
from workbench.display import Picture
from workbench.findings import CODES
from workbench.profile import percent
from workbench.report_data import Audited, Report
from workbench.report_people import moment
from workbench.report_phase import Group, groups
from workbench.report_rows import Count, Masking, Rows
from workbench.values import mask

PAGE = "export.html"

_HEADINGS = {
    "file": "File", "row": "Row", "other_file": "Other file", "other_row": "Row", "column": "Column",
    "value": "Value", "size": "Records that share it", "who": "By the names", "why": "Why", "key": "Record",
}  # fmt: skip

_KINDS = {
    "longtext": "long text", "email": "e-mail address", "phone": "phone number", "date": "day", "datetime": "day and time",
    "flag": "yes or no", "choice": "one of a list", "refs": "several of a list", "owner": "person", "money": "amount",
}  # fmt: skip
"""Kind of a column → what a person calls it."""


@dataclass(frozen=True)
class Figure:
    """A picture (SVG) and its data: (heading, whether it is of numbers) each; a number leads to its rows."""

    id: str
    title: str
    svg: str
    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str | Count, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class ExportPage:
    """The page: days that each file covers, figures, columns as text, what may lack, what is odd."""

    files: tuple[tuple[str, ...], ...]
    figures: tuple[Figure, ...]
    columns: tuple[tuple[str, ...], ...]
    complete: tuple[Group, ...]
    odd: tuple[Group, ...]
    calls: int

    @property
    def groups(self) -> tuple[Group, ...]:
        """All kinds of findings that stand on the page."""
        return (*self.complete, *self.odd)


def page(report: Report, rows: Rows, masking: Masking) -> tuple[ExportPage | None, Report]:
    """The page, None where the audit left nothing; and the report without the findings that stand on it."""
    audited = report.audited
    if audited is None:
        return None, report
    tables, found = audited.tables, report.findings
    listed = [code for code, frame in audited.rows.items() if len(frame)]
    odd = tuple(_odd(code, audited, found, rows, masking) for code in listed)
    hints = found[found["code"].isin(COMPLETE) & ~found["code"].isin(listed)]
    covers = tables.splits[["file", "from", "to", "only_here"]].astype("str")
    covers = covers.assign(**{name: covers[name].map(moment) for name in ("from", "to")})
    profile = tables.profile[["column", "kind", "types", "formats"]].astype("str")
    profile["kind"] = profile["kind"].map(lambda kind: _KINDS.get(kind, kind))
    profile.insert(2, "fill", [percent(share, 1.0) for share in tables.profile["fill"]])
    shown = ExportPage(
        tuple(covers.itertuples(index=False, name=None)), _figures(tables, rows),
        tuple(profile.itertuples(index=False, name=None)), groups(hints, "export", rows, masking),
        tuple(sorted(odd, key=lambda g: (g.severity != "warning", -g.table.all.n))), tables.numbers.get("calls known", 0),
    )  # fmt: skip
    return shown, replace(report, findings=found[~found["code"].isin([*COMPLETE, *listed])])


def _odd(code: str, audited: Audited, found: pd.DataFrame, rows: Rows, masking: Masking) -> Group:
    """The rows behind a kind of finding, masked by the kind of their column."""
    frame = audited.rows[code]
    if masking.masked and "value" in frame:
        pairs = list(zip(frame["column"], frame["value"], strict=True))
        shown = {(c, v): mask(v, audited.kinds.get(c, "text")) for c, v in set(pairs)}
        frame = frame.assign(value=[shown[pair] for pair in pairs])
    if "why" in frame:
        frame = frame.assign(why=[masking.words(str(words)) for words in frame["why"]])
    columns = {c: heading for c, heading in _HEADINGS.items() if c in frame and (frame[c].astype("str") != "").any()}
    severity = next(iter(found.loc[found["code"] == code, "severity"]), "note")
    return Group(code, str(severity), CODES[code], rows.table(f"export-{code}", frame, columns))


def _figures(tables: Tables, rows: Rows) -> tuple[Figure, ...]:
    """Leads by month, fill, forms, clusters: those that have data. What has no list of rows is shown as a share."""
    lists = {"months": ("export-by-month", tables.months), "clusters": ("export-shared", tables.duplicates)}
    pictures = {
        "months": charts.months(tables.months), "fill": charts.fill(tables.profile), "forms": charts.formats(tables.formats),
        "clusters": charts.clusters(tables.duplicates),
    }  # fmt: skip
    behind = {name: rows.count(*lists[name]).href for name in lists}
    drawn = {name: _figure(name, picture, behind.get(name, "")) for name, picture in pictures.items() if picture.svg}
    whole = _records(tables.profile)
    if "months" in drawn and whole > len(tables.months):
        note = (
            f"{whole - len(tables.months):,} of {whole:,} leads are not in the picture: no file says when they were created."
        )
        drawn["months"] = replace(drawn["months"], note=note)
    return tuple(drawn.values())


def _records(profile: pd.DataFrame) -> int:
    """How many leads there are, by the fullest column."""
    full = profile[profile["table"] == "lead"].nlargest(1, "fill")
    return round(float((full["filled"] / full["fill"]).iloc[0])) if len(full) and full["fill"].iloc[0] else 0


def _figure(name: str, picture: Picture, behind: str) -> Figure:
    frame = picture.data.frame
    numbers = {c for c in frame.columns if pd.api.types.is_integer_dtype(frame[c])}
    kept = [c for c in frame.columns if behind or c not in numbers]
    lines = [
        tuple(Count(int(cell), behind) if column in numbers else str(cell) for column, cell in zip(kept, row, strict=True))
        for row in frame[kept].itertuples(index=False, name=None)
    ]
    columns = tuple((_heading(str(c)), c in numbers) for c in kept)
    return Figure(name, picture.data.caption, picture.svg, columns, tuple(lines))


def _heading(name: str) -> str:
    """A column's name as a heading; the name of a file stays as it is."""
    return name if "." in name else name.capitalize()
