"""What the first notebook shows of the audit: one table or picture a call, and the rows behind any number."""

from __future__ import annotations

from typing import Any

import pandas as pd

from workbench import audit_files, charts, gave, mapping
from workbench import work as works
from workbench.alike import Alike
from workbench.audit import COMPLETE, Audit
from workbench.columns import Columns
from workbench.display import Several, Table, Words, table
from workbench.errors import UsageError
from workbench.findings import CODES
from workbench.values import mask
from workbench.work import Work

fill, months = charts.fill, charts.months

_EACH = 3
"""Findings of a kind that are shown one by one."""
_KINDS = {"number": "phone", "email": "email"}
_RANK = {"error": 0, "warning": 1, "note": 2}
_HEADINGS = {"file": "file", "row": "row", "key": "record", "column": "column", "value": "value, masked", "why": "why"}


def files(audited: pd.DataFrame) -> Table:
    """Each file: its rows and what became of them, how it is written, the beginning of its SHA-256."""
    shown = audited.assign(sha256=audited["sha256"].str[:12])
    return table(shown, "Files and their rows", rows=len(shown))


def complete(work: Work, audit: Audit) -> Several:
    """Whether it is all there: what each file covers, all that hints at something not exported, the block list, counts."""
    headings = {"from": "first day", "to": "last day", "days": "days with a lead", "only_here": "statuses only here"}
    days = {end: audit.splits[end].replace("", "not known") for end in ("from", "to")}
    covers = audit.splits.assign(**days).rename(columns=headings)
    found = works.read_findings(work)
    hints = found[found["code"].isin(COMPLETE)].sort_values("severity", key=lambda s: s.map(_RANK), kind="stable")
    lines = []
    for code, group in hints.groupby("code", sort=False):
        lines += group[["severity", "message", "todo"]].head(_EACH).values.tolist()
        if len(group) > _EACH:
            see = f'To see them all: rows_of = "{code}" in the first cell.'
            lines.append([group["severity"].iloc[0], f"… and {len(group) - _EACH:,} more like it", see])
    said = pd.DataFrame(lines, columns=["severity", "what", "what to do"])
    answered = gave.gave(work.source, works.read_export(work).files, work.migration.settings.source.client_detail)
    told = pd.DataFrame(answered, columns=["what", "in this account"])
    parts = [
        table(told, "What the account gave", rows=len(told))
        if work.source.api
        else table(covers, "What each file of leads covers, by day of creation", rows=len(covers)),
        table(said, "Is it all there?", rows=len(said), whole="findings.csv of the run"),
    ]
    if len(audit.blocked):
        pairs = zip(audit.blocked["kind"], audit.blocked["value"], strict=True)
        hidden = audit.blocked.assign(value=[mask(value, _KINDS.get(kind, "choice")) for kind, value in pairs])
        parts.append(table(hidden, "The list of what is blocked, masked", whole="decisions/auto_block.csv"))
    return Several((*parts, *(Words(f"{name.capitalize()}: {n:,}.") for name, n in audit.numbers.items())))


def profile(audit: Audit) -> Table:
    """Each column of the export: how full, how many values, what they look like, what is not understood, masked samples."""
    shown = audit.profile.assign(
        fill=[f"{share:.0%}" for share in audit.profile["fill"]],
        length=[str(a) if a == b else f"{a}–{b}"
                for a, b in zip(audit.profile["min_length"], audit.profile["max_length"], strict=True)],
    )  # fmt: skip
    shown = shown.rename(columns={"kind": "read as", "types": "looks like", "unread": "not understood", "formats": "forms"})
    names = ["column", "read as", "filled", "fill", "distinct", "looks like", "not understood", "length", "forms", "samples"]
    note = "In forms, 9 is a figure and a is a word. The rows of a number: show_audit.cells(work, column, looks=…, form=…)."
    return Table(shown[names].reset_index(drop=True), "Columns as they are; samples are masked", note)


def written(audit: Audit) -> Several:
    """How phone numbers and dates are written, and the commonest values of columns whose values come again, masked."""
    said = audit.top.assign(value=audit.top["value"] + " (" + audit.top["records"].map("{:,}".format) + ")")
    rows = [(column, " · ".join(group["value"])) for (_, column), group in said.groupby(["table", "column"], sort=False)]
    top = pd.DataFrame(rows, columns=["column", "values and their records"])
    return Several((charts.formats(audit.formats), table(top, "Commonest values, masked", rows=len(top))))


def duplicates(shared: pd.DataFrame, found: Alike) -> Several:
    """Who may be there twice: leads that share an address or number, by size and by whom, and pairs that are only alike."""
    each = shared.drop_duplicates("cluster").groupby(["rule", "who"]).size().reset_index(name="clusters")
    who = each.rename(columns={"rule": "the same", "who": "by the names"})
    kinds = found.pairs.groupby(["rule", "why"]).size().reset_index(name="pairs").sort_values("pairs", ascending=False)
    left = f"; {found.left:,} records stand in groups too large to compare" if found.left else ""
    words = f"Only alike, sharing neither: {found.found:,} pairs{left}"
    return Several((
        charts.clusters(shared),
        table(who, "Whose they are; nothing is merged before you decide", whole="audit/duplicate_*.csv of the run"),
        table(kinds, words, whole="audit/alike.csv of the run"),
    ))  # fmt: skip


def rows(work: Work, code: str, column: str = "", limit: int = 20) -> Table:
    """The rows behind a kind of finding (in one column), masked; all of them are in the CSV that the note names."""
    if code not in CODES:
        raise UsageError(f"There is no finding {code!r}.", f"Known: {', '.join(CODES)}.")
    found = audit_files.lists(work.run.record, code).get(code, pd.DataFrame())
    where = f"{audit_files.FOLDER}/{code}.csv of the run"
    if found.empty:
        findings = works.read_findings(work)
        where, found = "findings.csv of the run", findings[findings["code"] == code].rename(columns={"field": "column"})
    if column:
        found = found[found["column"] == column]
    return _masked(work, found, CODES[code].removesuffix("."), limit, where)


def cells(work: Work, column: str, *, table: str = "lead", limit: int = 20, **asked: Any) -> Table:
    """The records behind a number of the profile, masked; `asked` as in `Columns.ask`: looks, form, value, unread."""
    targets = mapping.cleansing_targets(works.read_mapping(work))
    columns = Columns(work.source, works.read_export(work), targets, work.rules)
    found = columns.ask(table, column, **asked)
    words = ", ".join(f"{name} {value}" for name, value in asked.items() if name != "value")
    return _masked(work, found.assign(column=column), f"{column}: {len(found):,} records {words}".strip(), limit, "")


def _masked(work: Work, found: pd.DataFrame, caption: str, limit: int, whole: str) -> Table:
    kinds = {c.column: c.kind for c in work.columns()}
    first = found.head(limit)
    if "value" in found:
        pairs = zip(first["column"], first["value"], strict=True)
        first = first.assign(value=[mask(str(value), kinds.get(c, "text")) for c, value in pairs])
    names = {c: heading for c, heading in _HEADINGS.items() if c in first and (first[c].astype("str") != "").any()}
    note = f"{len(first):,} of {len(found):,} rows are shown." if len(found) > limit else ""
    note = f"{note} All are in {whole}, unmasked.".strip() if whole and len(found) else note
    return Table(first[list(names)].rename(columns=names).reset_index(drop=True), caption, note)
