"""What a report is made from: the results of one run, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from workbench.audit import Tables
from workbench.odoo.release import Release
from workbench.outcomes import Account
from workbench.reconcile import Reconciliation
from workbench.verdict import SuiteResult

ROWS = ["table", "file", "row", "status", "key", "reason"]
"""Columns of `Report.rows`."""


@dataclass(frozen=True)
class Target:
    """The Odoo that was loaded into."""

    url: str
    database: str
    uuid: str
    version: str


@dataclass(frozen=True)
class Decision:
    """A decision that a person took, or a default that was accepted: `when` with its zone, `why` a verdict or reason."""

    what: str
    who: str
    when: str
    why: str


@dataclass(frozen=True)
class Checked:
    """One record of the spot check, what it stands for, and what a person said after looking at both sides."""

    key: str
    verdict: str
    who: str
    when: str
    note: str = ""
    stratum: str = ""


@dataclass(frozen=True)
class Signature:
    """A signature as signoffs.csv holds it: `spot_check` is how far that was then, `state` 'valid' or why it is void."""

    who: str
    when: str
    state: str
    spot_check: str = ""
    role: str = ""
    note: str = ""


@dataclass(frozen=True)
class Audited:
    """What the audit left: its tables, finding code → the rows behind it (unmasked), column → kind (for masking)."""

    tables: Tables
    rows: Mapping[str, pd.DataFrame]
    kinds: Mapping[str, str]


@dataclass(frozen=True)
class Report:
    """The results of one run.

    `started` and `finished` are ISO times with a zone; `source` is the source's title and `prefix` the part of the keys
    before the dot. `rows` (`ROWS`) is one line per row of every file. `places`: entity → key → (file, row) where the
    record first stands. `findings` has `findings.COLUMNS`. `not_moved` are (what, why). `links`: key → address of the
    record in Odoo. `labels`: entity → (name of the objects, Odoo's model). `stopped` says in a sentence why the load did
    not happen; then `reconciliation` is None. `amounts` (`amounts.COLUMNS`) are in `currency`. `titles`: key → (canonical
    field, text) pairs that say which record it is. `time_zone` is that of the export's times. `undone` says in a sentence
    what an undo took back since. `stages` (`by_stage.COLUMNS`) are the leads and deals in Odoo by stage, `drafts`
    (`drafts.COLUMNS`) the draft invoices that payments became, `weekly` (`weekly.COLUMNS`) the hours of calendars.
    `gave` are (what is asked, what the account of an API answered).
    """

    migration: str
    source: str
    prefix: str
    target: Target
    release: Release
    run: str
    started: str
    finished: str
    accounts: Mapping[str, Account]
    rows: pd.DataFrame
    places: Mapping[str, Mapping[str, tuple[str, int]]]
    suites: tuple[SuiteResult, ...]
    reconciliation: Reconciliation | None
    findings: pd.DataFrame
    labels: Mapping[str, tuple[str, str]]
    decisions: tuple[Decision, ...] = ()
    not_moved: tuple[tuple[str, str], ...] = ()
    spot_check: tuple[Checked, ...] = ()
    undo: str = ""
    links: Mapping[str, str] = field(default_factory=dict)
    stopped: str = ""
    amounts: pd.DataFrame | None = None
    currency: str = ""
    audited: Audited | None = None
    signatures: tuple[Signature, ...] = ()
    titles: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    time_zone: str = ""
    undone: str = ""
    stages: pd.DataFrame | None = None
    drafts: pd.DataFrame | None = None
    weekly: pd.DataFrame | None = None
    gave: tuple[tuple[str, str], ...] = ()
