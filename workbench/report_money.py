"""Money by pipeline and month, as the first page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from workbench.amounts import by_month
from workbench.report_data import Report
from workbench.report_rows import Count, Masking, Rows


@dataclass(frozen=True)
class MoneyLine:
    """The money of one pipeline, or of one month of it: its deals; source, Odoo, not loaded, difference to the cent."""

    name: str
    deals: Count
    numbers: tuple[str, ...]
    differs: bool


@dataclass(frozen=True)
class Pipeline:
    """A pipeline: all of its money, and that of each month."""

    whole: MoneyLine
    months: tuple[MoneyLine, ...]


@dataclass(frozen=True)
class Money:
    """All pipelines, and the sum of them."""

    pipelines: tuple[Pipeline, ...]
    whole: MoneyLine


def money(report: Report, rows: Rows) -> Money | None:
    """The money of the deals; None where the source has none. Writes the deals behind each line."""
    return None if report.amounts is None else _summed(report.amounts, rows, "amounts", "pipeline")


def drafts(report: Report, rows: Rows, masking: Masking) -> Money | None:
    """The draft invoices that payments became; None where there are none. Writes those behind each line."""
    if report.drafts is None:
        return None
    hidden = {name: masking.value("contact", "name", name) for name in report.drafts["contact"].unique()}
    frame = report.drafts.assign(contact=report.drafts["contact"].map(hidden))
    return _summed(frame, rows, "drafts", "kind")


def _summed(table: pd.DataFrame, rows: Rows, file: str, what: str) -> Money:
    months: dict[str, list[MoneyLine]] = {}
    every = by_month(table)
    for number, (pipeline, month, deals) in enumerate(every[:-1], start=1):
        months.setdefault(pipeline, []).append(_line(_month(month), deals, f"{file}-{number}", rows))
    pipelines = []
    for number, (pipeline, lines) in enumerate(months.items(), start=1):
        deals = table[table["pipeline"] == pipeline]
        whole = _line(pipeline or f"No {what}", deals, f"{file}-{what}-{number}", rows)
        pipelines.append(Pipeline(whole, tuple(lines)))
    pipelines.sort(key=lambda p: p.whole.name == f"No {what}")
    return Money(tuple(pipelines), _line(f"All {what}s", table, file, rows))


def _line(name: str, deals: pd.DataFrame, file: str, rows: Rows) -> MoneyLine:
    sums = [deals[column].sum() for column in ("source", "odoo", "waiting", "difference")]
    texts = tuple(f"{amount:,.2f}" for amount in sums)
    return MoneyLine(name, rows.count(file, deals), texts, bool((deals["difference"] != 0).any()))


def _month(text: str) -> str:
    """'March 2026' of '2026-03'."""
    try:
        return f"{date.fromisoformat(f'{text}-01'):%B %Y}"
    except ValueError:
        return text or "No day"
