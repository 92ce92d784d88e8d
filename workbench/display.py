"""Static tables and pictures for notebooks, made so that an executed copy reads well too.

Everything from a CRM is escaped. Tables are HTML with a caption and row and column headers, and plain text beside.
"""

from __future__ import annotations

import html
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

HEADLESS = "WORKBENCH_HEADLESS"
"""Set in kernels that run without anybody looking (`notebook.execute`)."""

_SHORT = 24
"""What a row is called does not break where it is as short as this."""

_NO_MATH = "tex2jax_ignore mathjax_ignore"
"""Classes that keep JupyterLab from taking what stands between two dollar signs for a formula."""

_STYLE = (
    "<style>.wb{border-collapse:collapse;font-variant-numeric:tabular-nums;margin:0 0 .5em}"
    ".wb caption{caption-side:top;text-align:left;font-weight:600;padding:.3em 0;white-space:nowrap}"
    ".wb th,.wb td{text-align:left!important;vertical-align:top;padding:.3em .7em!important;max-width:34em;"
    "white-space:pre-line!important;overflow-wrap:break-word;word-break:normal;border-bottom:1px solid #8884!important}"
    ".wb .n{text-align:right!important}.wb td.n,.wb .k{white-space:nowrap!important}"
    ".wb thead th{font-weight:600;opacity:.75;white-space:normal!important}"
    ".wb tbody th{font-weight:600}.wb p,.wb-note{margin:0 0 1em;opacity:.75}</style>"
)


def headless() -> bool:
    """Whether nobody looks at this notebook while it runs."""
    return HEADLESS in os.environ


@dataclass(frozen=True)
class Table:
    """A table to be shown: `note` stands below it. Display it as the last thing in a cell, or print it."""

    frame: pd.DataFrame
    caption: str
    note: str = ""

    def __repr__(self) -> str:
        body = self.frame.map(_text).to_string(index=False) if len(self.frame) else "none"
        return "\n".join(part for part in (self.caption, body, self.note) if part)

    def _repr_html_(self) -> str:
        note = f'<p class="wb-note {_NO_MATH}">{html.escape(self.note)}</p>' if self.note else ""
        if self.frame.empty:
            return f'{_STYLE}<p class="wb-note"><b>{html.escape(self.caption)}</b>: none.</p>{note}'
        right = {c: _is_number(self.frame[c]) for c in self.frame.columns}
        head = "".join(f'<th scope="col"{_right(right[c])}>{_heading(c)}</th>' for c in self.frame.columns)
        rows = "".join(
            f"<tr>{self._row(tuple(row), list(right.values()))}</tr>" for row in self.frame.itertuples(index=False)
        )
        whole = f"<caption>{html.escape(self.caption)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
        return f'{_STYLE}<table class="wb {_NO_MATH}">{whole}</table>{note}'

    @staticmethod
    def _row(values: Sequence[Any], right: Sequence[bool]) -> str:
        named = _text(values[0])
        short = ' class="k"' if 0 < len(named) <= _SHORT and "\n" not in named else ""
        first = f'<th scope="row" dir="auto"{short}>{html.escape(named)}</th>'
        rest = zip(values[1:], right[1:], strict=True)
        return first + "".join(f'<td dir="auto"{_right(n)}>{html.escape(_text(v))}</td>' for v, n in rest)


@dataclass(frozen=True)
class Words:
    """A sentence or a few, to be shown as they are."""

    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f'<p class="{_NO_MATH}">{html.escape(self.text)}</p>'


@dataclass(frozen=True)
class Picture:
    """A picture of a table: the SVG (none where there is nothing to draw), with its data as the table beneath."""

    svg: str
    data: Table

    def __repr__(self) -> str:
        return repr(self.data)

    def _repr_html_(self) -> str:
        if not self.svg:
            return self.data._repr_html_()
        caption = f'<figcaption class="{_NO_MATH}"><b>{html.escape(self.data.caption)}</b></figcaption>'
        beneath = f"<details><summary>The same as a table</summary>{self.data._repr_html_()}</details>"
        return f'<figure style="margin:0 0 1em">{caption}{self.svg}{beneath}</figure>'


@dataclass(frozen=True)
class Folded:
    """A table under its caption, to be unfolded: for what is above it already, to work in."""

    table: Table

    def __repr__(self) -> str:
        return repr(self.table)

    def _repr_html_(self) -> str:
        caption = html.escape(self.table.caption)
        whole = self.table._repr_html_().replace(f"<caption>{caption}</caption>", "")  # it is said once, where it unfolds
        return f'<details class="{_NO_MATH}"><summary>{caption}, as text</summary>{whole}</details>'


@dataclass(frozen=True)
class Several:
    """Tables and pictures, one beneath the other."""

    parts: tuple[Table | Picture | Words, ...]

    def __repr__(self) -> str:
        return "\n\n".join(map(repr, self.parts))

    def _repr_html_(self) -> str:
        return "".join(part._repr_html_() for part in self.parts)


def table(frame: pd.DataFrame, caption: str, rows: int = 20, whole: str = "") -> Table:
    """At most `rows` of a frame; `whole` says where all of them are."""
    note = f"{rows:,} of {len(frame):,} rows are shown." if len(frame) > rows else ""
    if whole and len(frame):
        note = f"{note} All are in {whole}.".strip()
    return Table(frame.head(rows).reset_index(drop=True), caption, note)


def _text(value: Any) -> str:
    if value is None or pd.api.types.is_bool(value):
        return "yes" if value else "" if value is None else "no"
    if isinstance(value, float):
        return "" if value != value else f"{value:,.2f}"
    return f"{int(str(value)):,}" if pd.api.types.is_integer(value) else str(value)


def _is_number(column: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)


def _right(number: bool) -> str:
    return ' class="n"' if number else ""


def _heading(name: object) -> str:
    return html.escape(str(name).replace("_", " "))
