"""What the notebooks show of each result: one table or picture a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from workbench import decisions, mapped, mapping, published
from workbench.display import Table, Words, table
from workbench.entities import ENTITIES
from workbench.findings import CODES, Finding
from workbench.findings import table as findings_table
from workbench.odoo.preflight import Check
from workbench.outcomes import OUTCOMES, Account
from workbench.progress import Progress
from workbench.reconcile import Reconciliation
from workbench.report_rows import Masking
from workbench.staged import Staged
from workbench.target import Target
from workbench.values import shape
from workbench.verdict import Verdict
from workbench.work import Work

__all__ = ["Progress", "Words", "table"]


def findings(found: pd.DataFrame | Sequence[Finding], caption: str = "Findings by kind, most damaging first") -> Table:
    """Findings by kind, with the first of each."""
    frame = found if isinstance(found, pd.DataFrame) else findings_table(found)
    rank = {"error": 0, "warning": 1, "note": 2}
    kinds = []
    for (severity, code), group in frame.groupby(["severity", "code"], sort=False):
        first = group.iloc[0]
        words = " ".join(part for part in (first["message"], first["todo"]) if part)
        kinds.append((severity, code, len(group), CODES[str(code)], words))
    kinds.sort(key=lambda k: (rank[str(k[0])], -int(k[2]), str(k[1])))
    columns = ["severity", "kind", "count", "what", "the first, and what to do"]
    return table(pd.DataFrame(kinds, columns=columns), caption, rows=len(CODES), whole="findings.csv of the run")


def _masked(frame: pd.DataFrame) -> pd.DataFrame:
    """Changes with personal data shown by their shape alone; texts that count as empty say nothing and stay."""
    open_fields = {(e.name, f.name) for e in ENTITIES.values() for f in e.fields if not f.sensitive and f.kind != "longtext"}
    at = zip(frame["entity"], frame["field"], frame["rule"], strict=True)
    shown = pd.Series([(e, f) in open_fields or r == "counts as empty" for e, f, r in at], index=frame.index, dtype=bool)
    return frame.assign(**{c: frame[c].where(shown, frame[c].map(shape)) for c in ("before", "after")})


def change_kinds(changes: pd.DataFrame) -> Table:
    """What cleansing does, by field and rule: how many values, and one before and after (personal data by their shape)."""
    kind = ["entity", "field", "rule"]
    firsts = _masked(changes.drop_duplicates(kind)).set_index(kind)[["before", "after"]]
    frame = changes.groupby(kind).size().to_frame("values").join(firsts).reset_index()
    frame = frame.rename(columns={"before": "before, for example"})
    return table(frame, "What cleansing changes", rows=len(frame), whole="changes.csv of the run, value by value")


def changes(frame: pd.DataFrame, rows: int = 20) -> Table:
    """Values before and after: some of every field and rule in turn, so that none hides behind another.

    Personal data are shown by their shape; changes.csv has them whole.
    """
    turn = frame.groupby(["entity", "field", "rule"], sort=False).cumcount()
    mixed = _masked(frame.loc[turn.sort_values(kind="stable").index[:rows]])
    columns = ["file", "row", "entity", "field", "before", "after", "rule"]
    return table(
        mixed[columns], f"Before and after, {len(mixed):,} of {len(frame):,}", rows=rows, whole="changes.csv of the run"
    )


def mapping_changes(work: Work) -> Table:
    """What the mapping as it is now changes against the last version that a run staged with, in records."""
    frame = mapped.touched(work)
    shown = frame.rename(columns={"before": "fed by", "after": "now by", "records": "records that differ"})
    versions = mapped.history(work)["version"].nunique()
    caption = f"Fields that change, {mapped.touched_line(work)}"
    whole = f"{versions:,} versions are kept; compare any two with: workbench mapping {work.migration.folder.name} --diff"
    return Table(shown, caption, whole)


def staged(tables: Staged) -> Table:
    """What is ready for the gate: records by entity, and those that ended before."""
    rows = []
    for entity, frame in tables.tables.items():
        ended = pd.Series([o.outcome for o in tables.ended.get(entity, [])], dtype="str").value_counts()
        others = ", ".join(f"{n:,} {word}" for word, n in ended.items()) or "none"
        rows.append((entity, tables.models[entity], len(tables.extracted[entity]), len(frame), others, frame.shape[1] - 1))
    columns = ["entity", "model", "extracted", "staged", "ended before", "fields"]
    return table(pd.DataFrame(rows, columns=columns), f"Staged, fingerprint {tables.fingerprint[:12]}")


def custom_fields(tables: Staged) -> Table:
    """The fields that the load makes in Odoo."""
    rows = [(f.label, f.name, f.model, f.ttype) for f in tables.fields]
    return table(pd.DataFrame(rows, columns=["label", "field", "model", "type"]), "Fields that will be made", rows=len(rows))


def preflight(checks: Sequence[Check]) -> Table:
    """The look at the target before anything is written."""
    rows = [(c.what, c.state, c.found, c.todo) for c in checks]
    return table(pd.DataFrame(rows, columns=["what", "state", "found", "what to do"]), "Pre-flight", rows=len(rows))


def gate(verdict: Verdict) -> Table:
    """Each suite's result, and every rule that does not hold."""
    rows: list[tuple[str, str, str, int, str]] = []
    for s in verdict.suites:
        state = "met" if s.passed and not s.failed_rows else "rows stay behind" if s.passed else "SHUT"
        text = s.problem or s.note or f"{s.expectations} rules on {s.rows:,} rows"
        rows.append((s.suite, s.entity, state, s.failed_rows, text))
        for r in s.rules:
            if r.state in ("failed", "could not run"):
                rows.append((f"{s.suite} {r.rule}", s.entity, r.state, r.failed, f"{r.text} {r.todo}".strip()))
    rows += [("structure", f.entity, "SHUT", 0, f"{f.message} {f.todo}".strip()) for f in verdict.structure]
    word = "passed" if verdict.passed else "shut: nothing is loaded"
    behind = sum(len(q) for q in verdict.quarantined.values())
    frame = pd.DataFrame(rows, columns=["rule", "entity", "state", "failed", "what"])
    return table(frame, f"The gate: {word}; {behind:,} records stay behind in quarantine/", rows=len(frame))


def accounts(found: Mapping[str, Account]) -> Table:
    """The account of each entity: extracted, and every outcome that occurs, adding up."""
    used = [word for word in OUTCOMES if any(a.counts()[word] for a in found.values())]
    rows = [
        (a.entity, len(a.extracted), *(a.counts()[w] for w in used), "closes" if a.closes else "DOES NOT CLOSE")
        for a in found.values()
    ]
    frame = pd.DataFrame(rows, columns=["entity", "extracted", *used, "account"])
    return table(frame, "What became of each record")


def proofs(result: Reconciliation) -> Table:
    """Both proofs by entity: every field read back, and every raw cell looked for."""
    rows = []
    for entity, c in result.compared.items():
        w = result.witnesses.get(entity)
        cells = (w.cells, w.found, len(w.decided), len(w.missing)) if w else (0, 0, 0, 0)
        rows.append((entity, c.records, c.fields, len(c.left), len(c.mismatches), len(c.missing), *cells))
    columns = ["entity", "records", "fields compared", "differ for a reason", "mismatches", "not in Odoo",
               "source cells", "found", "decided", "missing"]  # fmt: skip
    verdict = "everything is there" if result.matches else "something does not match"
    return table(pd.DataFrame(rows, columns=columns), f"Read back from Odoo: {verdict}")


def differences(work: Work, target: Target, result: Reconciliation) -> Table:
    """Everything that does not match, record by record; personal data masked."""
    frames = [c.mismatches.assign(entity=e) for e, c in result.compared.items() if len(c.mismatches)]
    frames += [
        w.missing.assign(entity=e, staged=w.missing["value"], odoo="", how="no witness in Odoo")
        for e, w in result.witnesses.items() if len(w.missing)
    ]  # fmt: skip
    columns = ["entity", "key", "field", "staged", "odoo", "how"]
    frame = pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)
    masking = Masking(target.release, work.source.name)
    for column in ("staged", "odoo"):
        texts = zip(frame["entity"], frame["field"], frame[column], strict=True)
        frame[column] = [masking.value(str(e), str(f) or "x_", str(text)) for e, f, text in texts]
    return table(frame, "What does not match", whole="findings.csv of the run")


def what_is_open(work: Work, following: str) -> Table:
    """Which decisions are open and where they are taken, and which notebook (or other thing) comes next."""
    where = {k.file: k.notebook for k in decisions.KINDS}
    where |= {mapping.FILE: "03_mapping", decisions.CLEANSING: "02_cleansing"}
    rows = [(f"decisions/{f}", n, f"{where[f]}, or the file itself") for f, n in published.open_decisions(work).items() if n]
    frame = pd.DataFrame(rows, columns=["what is open", "rows", "decide in"])
    return Table(frame, "Open decisions", f"Next: {following}")
