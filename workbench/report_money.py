"""Money by pipeline and month, as the first page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from workbench.amounts import by_month
from workbench.report_data import Report
from workbench.report_rows import Count, Rows


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
    if report.amounts is None:
        return None
    months: dict[str, list[MoneyLine]] = {}
    every = by_month(report.amounts)
    for number, (pipeline, month, deals) in enumerate(every[:-1], start=1):
        months.setdefault(pipeline, []).append(_line(_month(month), deals, f"amounts-{number}", rows))
    pipelines = []
    for number, (pipeline, lines) in enumerate(months.items(), start=1):
        deals = report.amounts[report.amounts["pipeline"] == pipeline]
        whole = _line(pipeline or "No pipeline", deals, f"amounts-pipeline-{number}", rows)
        pipelines.append(Pipeline(whole, tuple(lines)))
    pipelines.sort(key=lambda p: p.whole.name == "No pipeline")
    return Money(tuple(pipelines), _line("All pipelines", report.amounts, "amounts", rows))


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
