"""The page of one object: its account, what was read back, samples, findings, as the template shows them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass

import pandas as pd

from workbench.findings import CODES
from workbench.outcomes import IN_ODOO, OUTCOMES, Account
from workbench.reconcile import Compared
from workbench.report_data import Report
from workbench.report_people import title
from workbench.report_rows import Count, Masking, Rows, Table, applied, utc
from workbench.tables import Lazy
from workbench.verdict import SuiteResult
from workbench.witness_cells import DECIDED, MISSING, Witnesses

Places = Mapping[str, tuple[str, int]]
"""Key → file and row where the record first stands."""

PROOF_CODES = ("mismatch", "missing_in_odoo", "witness_missing")
"""Findings that stand under the proof, not among the findings."""


@dataclass(frozen=True)
class Ended:
    """One outcome: its word and meaning, its records, and the reasons with the number of each."""

    word: str
    meaning: str
    count: Count
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Group:
    """Findings of one kind."""

    code: str
    severity: str
    text: str
    table: Table


@dataclass(frozen=True)
class FieldLine:
    """One field that was read back; `numbers` are compared, equal, left with a reason, mismatches."""

    label: str
    name: str
    compare: str
    numbers: tuple[Count, Count, Count, Count]

    @property
    def differs(self) -> bool:
        """Whether a value of it differs, with a reason or without."""
        return bool(self.numbers[2].n or self.numbers[3].n)


@dataclass(frozen=True)
class Proof:
    """What reading back gave: records and comparisons, fields with and without a difference, differences, raw cells."""

    records: Count
    fields: Count
    lines: tuple[FieldLine, ...]
    calm: tuple[FieldLine, ...]
    missing: Table
    mismatches: Table
    left: Table
    cells: Count
    found: Count
    decided: Table
    unwitnessed: Table
    lossy: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Sample:
    """One record side by side: what it is called, and (label, Odoo field, source, Odoo, same) each."""

    title: str
    key: str
    link: str
    outcome: str
    place: str
    cells: tuple[tuple[str, str, str, str, str], ...]


@dataclass(frozen=True)
class Phase:
    """One object's page."""

    entity: str
    label: str
    model: str
    closes: bool
    extracted: Count
    in_odoo: Count
    ended: tuple[Ended, ...]
    proof: Proof | None
    samples: tuple[Sample, ...]
    findings: tuple[Group, ...]
    suites: tuple[SuiteResult, ...]

    def of(self, word: str) -> Count:
        """The records with that outcome."""
        return next(e.count for e in self.ended if e.word == word)


def phase(report: Report, entity: str, rows: Rows, masking: Masking) -> Phase:
    """All that one object's page shows; writes the lists behind its numbers."""
    account = report.accounts[entity]
    label, model = report.labels[entity]
    places = report.places.get(entity, {})
    everyone = _records(account, places, masking)
    kinds = _kinds(report, entity, label, {o.detail for o in account.outcomes.values() if o.outcome == "merged"})
    ended = tuple(_ended(entity, word, everyone, rows, kinds) for word in OUTCOMES)
    own = report.findings[(report.findings["entity"] == entity) & ~report.findings["code"].isin(PROOF_CODES)]
    return Phase(
        entity, label, model, account.closes,
        rows.count(f"{entity}-in-the-source", everyone[everyone["key"].isin(account.extracted)]),
        rows.count(f"{entity}-in-odoo", everyone[everyone["outcome"].isin(IN_ODOO)]),
        ended, _proof(report, entity, places, rows, masking), _samples(report, entity, places, masking),
        groups(own, entity, rows, masking), tuple(s for s in report.suites if s.entity == entity),
    )  # fmt: skip


def _kinds(report: Report, entity: str, label: str, survivors: Set[str]) -> dict[str, str]:
    """Key of a survivor → how a record lives on in it, in words."""
    found: dict[str, str] = {}
    for other, account in report.accounts.items():
        words = (
            f"the same as another of the {label.lower()}"
            if other == entity
            else f"live on in {report.labels[other][0].lower()}"
        )
        found |= dict.fromkeys(survivors & account.extracted, words)
    return found


def groups(findings: pd.DataFrame, name: str, rows: Rows, masking: Masking) -> tuple[Group, ...]:
    """Findings by kind, most damaging first: errors before warnings before notes, then by number."""
    rank = {"error": 0, "warning": 1, "note": 2}
    columns = {"file": "File", "row": "Row", "field": "Field", "value": "Value", "message": "What", "todo": "What to do",
               "key": "Record"}  # fmt: skip
    found = []
    for code, frame in findings.groupby("code", sort=False):
        shown = _shown(str(code), frame, masking)
        filled = {c: heading for c, heading in columns.items() if (shown[c].astype("str") != "").any()}
        severity = min(set(map(str, frame["severity"])), key=lambda word: rank[word])
        found.append(Group(str(code), severity, CODES[str(code)], rows.table(f"{name}-finding-{code}", shown, filled)))
    return tuple(sorted(found, key=lambda g: (rank[g.severity], -g.table.all.n, g.code)))


def _shown(code: str, frame: pd.DataFrame, masking: Masking) -> pd.DataFrame:
    """Findings of one kind as a report may show them: masked, and without what stands in another column."""
    shown = applied(frame, value=lambda r: masking.finding(r["entity"], r["field"], r["value"]))
    words = masking.words if code == "refused" else masking.free
    for column in ("message", "todo"):
        texts = []
        for told, seen in zip(frame.to_dict("records"), shown["value"], strict=True):
            days = not told["key"] and not told["value"]
            text = words(masking.free(told[column], told["value"], seen, days=days), days=days)
            texts.append(_elsewhere(text, told["file"], told["row"]))
        shown[column] = texts
    shown["row"] = [str(n) if n else "" for n in shown["row"]]
    shown["field"] = [masking.heading(e, f) for e, f in zip(shown["entity"], shown["field"], strict=True)]
    return shown


def _elsewhere(text: str, file: str, row: int) -> str:
    """A sentence without the place with which it begins."""
    rest = next((text.removeprefix(p) for p in (f"{file}, row {row}: ", f"{file}, row {row}, ") if text.startswith(p)), text)
    return f"{rest[:1].upper()}{rest[1:]}"


def _records(account: Account, places: Places, masking: Masking) -> pd.DataFrame:
    """key, file, row, outcome, detail of every record, those without an outcome included."""
    ended = account.outcomes
    lines = []
    for key in sorted(account.extracted | set(ended)):
        outcome = ended.get(key)
        words = masking.words if outcome and outcome.outcome == "failed" else masking.free
        file, row = places.get(key, ("", 0))
        lines.append(
            (key, file, str(row or ""), outcome.outcome if outcome else "", words(outcome.detail) if outcome else "")
        )
    return pd.DataFrame(lines, columns=["key", "file", "row", "outcome", "detail"], dtype="str")


def _ended(entity: str, word: str, everyone: pd.DataFrame, rows: Rows, kinds: Mapping[str, str]) -> Ended:
    frame = everyone[everyone["outcome"] == word]
    named = word in ("filtered", "rejected", "quarantined", "held", "failed")
    reasons = Counter(str(d) for d in frame["detail"] if d) if named else Counter()
    if word == "merged":
        reasons = Counter(kinds[d] for d in frame["detail"] if d in kinds)
    return Ended(word, OUTCOMES[word], rows.count(f"{entity}-{word}", frame), tuple(reasons.most_common(8)))


def _proof(report: Report, entity: str, places: Places, rows: Rows, masking: Masking) -> Proof | None:
    if report.reconciliation is None or entity not in report.reconciliation.compared:
        return None
    compared = report.reconciliation.compared[entity]
    witnesses = report.reconciliation.witnesses.get(entity) or Witnesses(entity, 0, 0, *_no_cells())
    headings = {"field": "Field", "staged": "As prepared", "odoo": "In Odoo", "how": "What", "key": "Record"}
    cell_headings = {"file": "File", "row": "Row", "column": "Column", "value": "Value"}

    def both(frame: pd.DataFrame) -> pd.DataFrame:
        return applied(
            frame,
            staged=lambda r: masking.value(entity, r["field"], r["staged"]),
            odoo=lambda r: masking.value(entity, r["field"], r["odoo"]),
            field=lambda r: f"{masking.label(entity, r['field'])} ({r['field']})",
        )

    gone = pd.DataFrame([(k, *map(str, places.get(k, ("", "")))) for k in compared.missing],
                        columns=["key", "file", "row"], dtype="str")  # fmt: skip
    decided = applied(
        witnesses.decided,
        value=lambda r: masking.finding(entity, "", r["value"]),
        decision=lambda r: masking.free(r["decision"], r["value"], masking.finding(entity, "", r["value"])),
    )
    unwitnessed = applied(witnesses.missing, value=lambda r: masking.value(entity, r["field"] or "x_", r["value"]))
    page, lines = f"{entity}.html", _lines(compared, entity, masking)
    return Proof(
        Count(compared.records, f"rows/{entity}-in-odoo.csv"),
        Count(compared.fields, f"{page}#fields"),
        tuple(line for line in lines if line.differs),
        tuple(line for line in lines if not line.differs),
        rows.table(f"{entity}-missing", gone, {"file": "File", "row": "Row", "key": "Record"}),
        rows.table(f"{entity}-mismatches", both(compared.mismatches), headings),
        rows.table(f"{entity}-left", both(compared.left), headings),
        Count(witnesses.cells, f"{page}#cells"),
        Count(witnesses.found, f"{page}#cells"),
        rows.table(f"{entity}-decided", decided, {**cell_headings, "decision": "Decision"}),
        rows.table(f"{entity}-not-found", unwitnessed, {**cell_headings, "field": "Looked for in", "key": "Record"}),
        tuple((f, reason) for e, f, reason in report.reconciliation.declared_lossy if e == entity),
    )


def _lines(compared: Compared, entity: str, masking: Masking) -> tuple[FieldLine, ...]:
    """Fields with a difference first."""
    everyone, left, wrong = (f"rows/{entity}-{name}.csv" for name in ("in-odoo", "left", "mismatches"))
    lines = []
    for line in compared.by_field.to_dict("records"):
        reasoned = line["changed_in_odoo"] + line["kept"] + line["inherited"]
        numbers = ((line["compared"], everyone), (line["equal"], everyone), (reasoned, left), (line["mismatches"], wrong))
        how = "by its text" if line["compare"] == "html" else "exact"
        counts = tuple(Count(int(n), href) for n, href in numbers)
        lines.append(FieldLine(masking.label(entity, line["field"]), line["field"], how, counts))  # type: ignore[arg-type]
    return tuple(sorted(lines, key=lambda one: (-one.numbers[3].n, -one.numbers[2].n)))


def _samples(report: Report, entity: str, places: Places, masking: Masking) -> tuple[Sample, ...]:
    if report.reconciliation is None or entity not in report.reconciliation.samples:
        return ()
    account = report.accounts[entity]
    addresses = links(report)
    samples = []
    for key, frame in report.reconciliation.samples[entity].groupby("key", sort=False):
        cells = []
        for _, field, source, staged, odoo, same, _ in frame.itertuples(index=False):
            shown = masking.named(entity, field, odoo)
            source = utc(source) if source == staged else source  # as read from a cell that tells of more
            label = masking.label(entity, field)
            cells.append((label, field, masking.value(entity, field, source), masking.value(entity, field, shown), same))
        file, row = places.get(str(key), ("", 0))
        outcome = account.outcomes[str(key)].outcome if key in account.outcomes else ""
        place = f"{file}, row {row:,}" if file else ""
        samples.append(
            Sample(
                title(report, str(key), entity, masking), str(key), addresses.get(str(key), ""), outcome, place, tuple(cells)
            )
        )
    return tuple(samples)


def links(report: Report) -> Mapping[str, str]:
    """Key → address of the record in Odoo; nothing but web addresses, since the page makes links of them."""
    known = report.links
    return Lazy(known, lambda key: to if (to := known[key]).startswith(("http://", "https://")) else "")


def _no_cells() -> tuple[pd.DataFrame, pd.DataFrame]:
    return pd.DataFrame(columns=DECIDED, dtype="str"), pd.DataFrame(columns=MISSING, dtype="str")
