"""The last step of a run: both proofs, and the report that is made of all results."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from sys import intern

import pandas as pd
import pyarrow as pa

from workbench import (
    audit_files,
    cleansing_rules,
    decisions,
    extract,
    gave,
    mapping,
    mended,
    reconcile,
    report,
    signing,
    steps,
    sums,
)
from workbench import staged as staged_tables
from workbench import work as works
from workbench.entities import WEEK
from workbench.garbage import settled
from workbench.mapping import ColumnMapping
from workbench.odoo.keyed import external_ids
from workbench.odoo.release import Release, To
from workbench.outcomes import IN_ODOO, Account
from workbench.reconcile import Reconciliation
from workbench.report_data import ROWS, Audited, Checked, Decision, Report, Signature
from workbench.report_data import Target as Shown
from workbench.staged import custom_name
from workbench.tables import Lazy
from workbench.target import Target, ledger_of
from workbench.witness_cells import TOLD_IN, Agreed, WitnessTarget
from workbench.work import Work

_KINDS: dict[str, str] = {
    "integer": "number", "float": "number", "date": "date", "datetime": "datetime", "boolean": "flag", "selection": "choice",
}  # fmt: skip
"""Type of a custom field → the kind of witness that its values are; any other is text."""

DRAFTS = {"out_invoice": "draft invoice", "out_refund": "draft credit note"}
"""Verdict on a kind of payment → what it becomes, in words."""

LABELS = {
    "service_group": "Service groups", "service": "Services", "practitioner": "Practitioners", "tag": "Tags",
    "blocked_phone": "Blocked numbers", "blocked_email": "Blocked addresses", "company": "Companies",
    "contact": "Contacts", "deal": "Deals", "lead": "Leads", "activity": "Activities", "meeting": "Meetings",
    "note": "Notes", "session": "Sessions", "attachment": "Attachments", "payment": "Payments",
    "availability": "Availabilities", "user": "Users",
}  # fmt: skip
"""Entity → what a person calls these records."""

_TITLES = {"blocked_phone": ("number",), "blocked_email": ("email",), "activity": ("type", "happened_on"),
           "note": ("type", "happened_on"), "payment": ("paid_on", "amount")}  # fmt: skip
"""Entity → the canonical fields that say which record it is; of all others the name."""


def prove(work: Work, target: Target, seed: int = 1) -> Reconciliation:
    """Read everything back and compare: staged against Odoo, and raw against Odoo by witnesses. Keeps the findings.

    The records that `seed` draws for the spot check are shown side by side, and wait in decisions/spot_check.csv.
    """
    staged = staged_tables.load(work.run.work / "staged")
    accounts = works.read_accounts(work, staged)
    columns = works.read_mapping(work)
    rules, rows = work.rules, works.read_rows(work, cells=True)
    agreed = Agreed(
        orders={(c.table, c.column): rules.date_orders[c.column] for c in columns if c.column in rules.date_orders},
        time_zone=work.time_zone,
        left_out={(c.table, c.column) for c in columns if c.verdict == "ignored"},
        decisions=cleansing_rules.changed_by(rules.columns, rows, [(c.table, c.column) for c in columns]),
        kept=mended.apply(staged, work.migration.read_csv(mended.FILE, mended.COLUMNS)).kept,
    )
    drawn = signing.draw(work, accounts, staged, seed)
    ledger = ledger_of(work.migration, target)
    with settled():
        result = reconcile.reconcile(
            staged, accounts, target.client, target.release, rows, witness_targets(work, columns, target.release),
            known=ledger.written(),
            fresh=ledger.written_in(work.run.id),
            unsaid=set(pd.read_csv(work.run.record / "unsaid.csv", dtype=str).itertuples(index=False, name=None)),
            agreed=agreed,
            declared_lossy=[(c.entity, c.column, c.reason) for c in columns if c.verdict == "ignored"],
            chosen=[record.key for record in drawn],
        )  # fmt: skip
    ledger.close()
    works.keep(work, "reconciliation", result.findings())
    pa.default_memory_pool().release_unused()
    return result


def witness_targets(work: Work, columns: Sequence[ColumnMapping], release: Release) -> list[WitnessTarget]:
    """Where the witnesses look for each column: its field, and the fields that keep the text where that cannot."""
    source = work.source.name
    names = mapping.labels(columns)
    result = []
    for column in mapping.in_release(columns, work.source, release):
        if column.verdict == "ignored":
            continue
        name = column.odoo_field if column.field else names[column.column][0]
        also: list[str] = []
        kind: str = column.kind
        if column.field:
            also.append(custom_name(source, f"{column.field}_raw"))
            also.append(f"lead.{custom_name(source, f'{column.entity}_{column.field}_raw')}")
            words = custom_name(source, column.field)
            also += [words, f"lead.{words}"] if column.kind in ("choice", "owner") else []
            also += [f"lead.{custom_name(source, f'lead_{column.field}')}"] if column.kind in ("email", "phone") else []
            company = release.models["company"].fields.get(column.field)
            also += [f"company.{company.field}"] if column.entity == "contact" and isinstance(company, To) else []
            if column.entity == "attachment":
                also.append("description")  # what its fields cannot hold stands there in words
                kind = "text" if column.field == "size" else kind
            also += ["email_from"] if column.field == "author" else []
            also += [custom_name(source, "disposition")] if (column.entity, column.field) == ("session", "status") else []
            also += ["date_deadline"] if column.odoo_field == "date_closed" else []
            also += [TOLD_IN] if column.kind == "longtext" else []
        else:
            also += [f"{name[:59]}_raw", f"lead.{name}", f"lead.{name[:59]}_raw"]
            kind = _KINDS.get(column.ttype, kind)
        if column.entity == "availability" and (part := column.field.rpartition("_"))[0] in WEEK:
            kind, also = f"hour {WEEK.index(part[0])} hour_{part[2]}", [custom_name(source, "hours_raw")]
        result.append(WitnessTarget(column.table, column.column, column.entity, column.model, name, kind, tuple(also)))
    return result


def write_report(work: Work, target: Target, result: Reconciliation | None, *, masked: bool = True) -> Path:
    """Write the HTML report, outcome.json and the phases' accounts; gives the path of index.html.

    Without a `result` nothing is proved: so it is told again after an undo.
    """
    staged = staged_tables.load(work.run.work / "staged")
    accounts = works.read_accounts(work, staged)
    cleansed = steps.cleanse(work)
    drawn, findings = signing.spot_check(work), works.read_findings(work)
    tables = {name: frame.assign(table=name)[ROWS] for name, frame in works.read_rows(work).items()}
    rows, detail = pd.concat(tables.values(), ignore_index=True), work.migration.settings.source.client_detail
    content = Report(
        migration=work.migration.name,
        source=work.source.title,
        prefix=work.source.name,
        target=Shown(**target.facts()),
        release=target.release,
        run=work.run.id,
        started=works.started(work.run.id),
        finished=works.now(),
        accounts=accounts,
        rows=rows,
        places=Lazy(cleansed.entities, lambda entity: _places(cleansed.entities[entity])),
        suites=works.read_verdict(work).suites,
        reconciliation=result,
        findings=findings,
        labels={e: (LABELS.get(e, e.capitalize()), staged.models[e]) for e in staged.tables},
        decisions=tuple(_decisions(work)),
        not_moved=(*_told_otherwise(findings), *_ignored(work), *work.source.no_way_out),
        spot_check=tuple(
            Checked(r["key"], r["verdict"] or "open", r["by"], r["at"], r["note"], r["stratum"])
            for r in drawn.to_dict("records")
        ),
        signatures=tuple(
            Signature(r["by"], r["at"], r["state"], r["spot_check"], r.get("role", ""), r.get("note", ""))
            for r in signing.signoffs(work).to_dict("records")
        ),
        titles=_titles(cleansed.entities, {*drawn["key"], *_sampled(result)}),
        time_zone=work.time_zone,
        undone=_undone(work, target, accounts),
        amounts=sums.amounts_of(cleansed.entities.get("deal"), accounts, staged, target),
        stages=sums.stages_of(cleansed.entities, accounts, staged, target, work.source.name),
        drafts=sums.drafts_of(work, cleansed.entities.get("payment"), accounts, staged, target),
        weekly=sums.weekly_of(cleansed.entities.get("availability"), accounts, staged, target),
        currency=work.migration.settings.source.currency,
        undo=f"workbench rollback {_folder(work)} --target {target.name} --dry-run",
        links=_links(accounts, target, work.source.name),
        audited=_audited(work),
        gave=gave.gave(work.source, extract.load_files(work.run.work / "raw"), detail),
    )
    return report.render(work.migration.reports(work.run), content, masked)


def _places(frame: pd.DataFrame) -> dict[str, tuple[str, int]]:
    """Key → file and row of each record."""
    places = zip(frame["file"].tolist(), frame["row"].tolist(), strict=True)
    return {key: (intern(file), row) for key, (file, row) in zip(frame["key"].tolist(), places, strict=True)}


def _sampled(result: Reconciliation | None) -> list[str]:
    """The records that are shown side by side."""
    return [str(key) for frame in result.samples.values() for key in frame["key"]] if result else []


def _titles(tables: Mapping[str, pd.DataFrame], keys: Collection[str]) -> dict[str, tuple[tuple[str, str], ...]]:
    """What says which record each of these is."""
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for entity, frame in tables.items():
        fields = _TITLES.get(entity, ("name",))
        for row in frame[frame["key"].isin(keys)].to_dict("records"):
            found[str(row["key"])] = tuple((name, str(row[name])) for name in fields if row[name])
    return found


def _folder(work: Work) -> str:
    """The folder as one types it in the project's; of one elsewhere its name alone, which tells nothing of a machine."""
    folder, project = work.migration.folder, Path(__file__).parents[1]
    return folder.relative_to(project).as_posix() if folder.is_relative_to(project) else folder.name


def _undone(work: Work, target: Target, accounts: Mapping[str, Account]) -> str:
    """What an undo took back of what this run proved, in a sentence; empty where nothing was."""
    ledger = ledger_of(work.migration, target)
    every = {key for account in accounts.values() for key in account.extracted}
    there = every & ledger.ids().keys()
    gone = {op.key for op in ledger.ops("undone") if op.action == "create"} & every - there
    ledger.close()
    if not gone:
        return ""
    left = f"{len(there):,} are still there" if there else "nothing of it is left in Odoo"
    return f"An undo took {len(gone):,} of the records out of Odoo again; {left}."


def _audited(work: Work) -> Audited | None:
    """What the audit of this run left; None where it was not made."""
    tables = audit_files.load(work.run.work)
    if tables is None:
        return None
    kinds = {str(c): str(k) for c, k in zip(tables.profile["column"], tables.profile["kind"], strict=True)}
    return Audited(tables, audit_files.lists(work.run.record), kinds)


def _links(accounts: dict[str, Account], target: Target, module: str) -> Mapping[str, str]:
    """Key → address in Odoo, put together when it is asked for."""
    keys = [o.key for a in accounts.values() for o in a.outcomes.values() if o.outcome in IN_ODOO]
    there = external_ids(target.client, module, keys)
    url = target.client.url.rstrip("/") + target.release.record_url
    return Lazy(there, lambda key: url.format(model=there[key][0], id=there[key][1]))


def _told_otherwise(findings: pd.DataFrame) -> list[tuple[str, str]]:
    """What became records of another kind, by the findings that say so."""
    messages = findings.loc[findings["code"] == "sessions_told", "message"]
    return [("Sessions of the past", str(message)) for message in messages]


def _ignored(work: Work) -> list[tuple[str, str]]:
    return [(f"Column {c.column}", c.reason) for c in works.read_mapping(work) if c.verdict == "ignored"]


def _decisions(work: Work) -> list[Decision]:
    """The decisions in groups: how many rows of a file, by whom, when, with which verdict."""
    found = []
    columns = pd.DataFrame(
        [(c.verdict, "" if c.field else "custom field", c.by, c.at) for c in works.read_mapping(work)],
        columns=["verdict", "reason", "by", "at"],
    )  # fmt: skip
    rules = pd.DataFrame(
        [(entry["verdict"], "", entry["by"], entry["at"]) for entry in cleansing_rules.read(work.migration).values()],
        columns=["verdict", "reason", "by", "at"],
    )  # fmt: skip
    frames = [("columns", "mapping.yaml", columns), ("rules of cleansing", cleansing_rules.FILE, rules)]
    frames += [(k.what, k.file, decisions.read(work.migration, k)) for k in decisions.KINDS]
    for what, file, frame in frames:
        decided = frame[frame["verdict"] != ""]
        for (verdict, reason, by), group in decided.groupby(["verdict", "reason", "by"], sort=False):
            verdict = DRAFTS.get(str(verdict), str(verdict))
            why = f"{verdict} ({reason})" if reason else verdict
            who = str(by).replace(" (--accept-proposals)", ", accepting what was proposed")
            found.append(
                Decision(f"{what[:1].upper()}{what[1:]}: {len(group):,} ({file})", who, str(group["at"].max()), why)
            )
    return found
