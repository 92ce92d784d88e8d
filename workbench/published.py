"""Plain values of results: what notebooks publish for the command line and for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from typing import Any

import pandas as pd

from workbench import cleansing_rules, decisions, mapping
from workbench.extract import Extraction
from workbench.findings import Finding
from workbench.outcomes import OUTCOMES, ROW_OUTCOMES, Account
from workbench.reconcile import Reconciliation, as_json
from workbench.staged import Staged
from workbench.work import Work


def counts(found: pd.DataFrame | Sequence[Finding]) -> dict[str, int]:
    """Severity → number of findings."""
    said = found["severity"].tolist() if isinstance(found, pd.DataFrame) else [f.severity for f in found]
    return {severity: said.count(severity) for severity in ("error", "warning", "note")}


def found_line(found: pd.DataFrame, columns: int) -> str:
    """What an audit looked at and found, in a sentence."""
    return f"{columns:,} columns looked at: " + ", ".join(
        f"{n:,} {severity}{'s' * (n != 1)}" for severity, n in counts(found).items()
    )


def row_account(extraction: Extraction) -> dict[str, int]:
    """The account of all rows: each row outcome, and the rows that it adds up to."""
    account = extraction.account()
    return {name: int(account[name].sum()) for name in (*ROW_OUTCOMES, "rows")}


def open_decisions(work: Work) -> dict[str, int]:
    """Decision file → how many of its rows wait for a person; all files, those without an open row with 0."""
    columns = work.columns()
    found = {
        decisions.CLEANSING: len(cleansing_rules.open_rules(work.migration)),
        mapping.FILE: sum(c.verdict == "open" for c in columns),
    }
    return found | {k.file: decisions.waiting(work.migration, k)[0] for k in decisions.kinds(work.migration)}


def sizes(tables: Mapping[str, Sized]) -> dict[str, int]:
    """Name → number of rows."""
    return {name: len(rows) for name, rows in tables.items()}


def account_numbers(accounts: Mapping[str, Account]) -> dict[str, Any]:
    """Entity → its account in numbers."""
    return {entity: account.as_json() for entity, account in accounts.items()}


def staged_line(staged: Staged) -> str:
    """How many records are staged, and how many fields are to be made, in a sentence."""
    return f"{sum(sizes(staged.tables).values()):,} records staged, {len(staged.fields):,} fields to make in Odoo"


def account_line(accounts: Mapping[str, Account]) -> str:
    """`contact 58 created + 2 held; lead 60 created`: every outcome that occurs, by entity."""
    lines = []
    for account in accounts.values():
        said = account.counts()
        lines.append(f"{account.entity} {' + '.join(f'{said[o]:,} {o}' for o in OUTCOMES if said[o]) or '0'}")
    return "; ".join(lines)


def proof_line(result: Reconciliation) -> str:
    """What was read back and what does not match, in a sentence."""
    n = as_json(result)
    return (
        f"{n['records']:,} records and {n['fields']:,} fields read back, {n['mismatches']:,} mismatches; "
        f"{n['witnesses']:,} source cells looked for, {n['missing']:,} missing"
    )
