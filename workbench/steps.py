"""The steps of a run: what a notebook cell and the command line call. Each reads and writes the migration's folder.

State passes through files only: `work/<run>/` (private tables), `decisions/` (what people decided), the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa

from workbench import (
    attendees,
    autoblock,
    cleansing_rules,
    decisions,
    delta,
    duplicates,
    existing,
    gate,
    lists,
    lookups,
    mapping,
    mended,
    other_ids,
    rates,
    rules,
    same_person,
    sessions,
    stage,
    survivors,
    verdict,
    versions,
)  # fmt: skip
from workbench import cleanse as cleansing_stage
from workbench import cleansed as kept
from workbench import load as loading
from workbench import staged as staged_tables
from workbench.auditing import audit as audit
from workbench.auditing import look_alike as look_alike
from workbench.cleansed import Kept
from workbench.errors import DecisionMissing, GateShut, UsageError
from workbench.fanout import nothing
from workbench.files import write_csv, write_json
from workbench.ledger import Ledger
from workbench.ledger_rows import Record
from workbench.load import Loaded, Progress, untold
from workbench.odoo import preflight
from workbench.odoo.preflight import Check
from workbench.outcomes import Account, Outcome
from workbench.stage import Decided
from workbench.staged import Staged
from workbench.target import Target, leave_token, ledger_of
from workbench.verdict import Verdict
from workbench.work import Work, keep, now, read_export, read_mapping, read_rows, read_verdict, remember, signer, started

SUITES = Path(__file__).parents[1] / "expectations"


def cleanse(work: Work) -> Kept:
    """Clean the values by the mapping and the decisions of now; saves the plan, and each change to the run's changes.csv.

    What this run cleansed already by the same decisions is not cleansed again.
    """
    targets, chosen = mapping.cleansing_targets(read_mapping(work)), work.rules
    key = kept.key_of(work.run.work / "raw" / "extraction.json", targets, chosen)
    result = kept.load(work.run.work / "cleansed", key) or _cleanse_anew(work, targets, chosen, key)
    cleansing_rules.update(work.migration, result.plan)
    pa.default_memory_pool().release_unused()
    return result


def _cleanse_anew(work: Work, targets: list[rules.Target], chosen: rules.Rules, key: str) -> Kept:
    made = cleansing_stage.cleanse(work.source, read_export(work), targets, chosen)
    pa.default_memory_pool().release_unused()
    write_csv(work.run.record / "changes.csv", made.changes)
    keep(work, "cleansing", made.findings)
    return kept.save(made, work.run.work / "cleansed", key)


def find_matches(work: Work, cleansed: Kept, target: Target, progress: Progress = untold) -> dict[str, pd.DataFrame]:
    """Propose duplicates and records already in Odoo; saves both decision tables and gives them by file name.

    `progress` is told how many pairs of contacts have been compared, of how many: that is what takes long.
    """
    entities = ("contact", "company")  # a source may have none of either
    tables = {e: cleansed.entities[e] if e in cleansed.entities else nothing(e) for e in entities}
    url = target.client.url.rstrip("/") + target.release.record_url
    remember(work, record_url=url, database=target.uuid)
    records = _recorded(work, target)
    users = lookups.users_in_odoo(cleansed.entities, target.client, _made(records))
    alike = duplicates.propose(tables["contact"], tables["company"], lambda *step: progress("pairs of contacts", *step))
    sharing = lookups.sharing(cleansed.entities, users, work.migration.settings.source.users_active)
    same = pd.concat([alike, same_person.propose(work.source, sharing)], ignore_index=True)
    decided = decisions.update(work.migration, decisions.DUPLICATES, same)
    people = {e: cleansed.entities[e] for e in same_person.PEOPLE if e in cleansed.entities}
    merged = survivors.merges(decided, tables | people)
    there = existing.propose(tables | people, target.client, set(records), target.uuid, merged)
    return {"duplicates.csv": decided, "existing.csv": decisions.update(work.migration, decisions.EXISTING, there)}


def propose_lists(work: Work, cleansed: Kept, target: Target) -> dict[str, pd.DataFrame]:
    """Propose stages for statuses and pipelines, users for owners, names for tags; count what the auto-block list hits.

    Saves the decision tables and gives them by file name.
    """
    tables, known = cleansed.entities, lists.in_odoo(target.client, target.release)
    settings = work.migration.settings.source
    team = settings.team or work.source.title
    listed = autoblock.completed(decisions.read(work.migration, decisions.AUTO_BLOCK), settings.region)
    work.migration.write_csv(decisions.AUTO_BLOCK.file, listed)
    proposed = [
        (decisions.STATUSES, lists.statuses(tables, known, work.source, team)),
        (decisions.PIPELINES, lists.pipelines(tables, known, work.source, team)),
        (decisions.OWNERS, lists.owners(tables, known, work.source.name)),
        (decisions.TAGS, lists.tags(tables, known)),
        (decisions.AUTO_BLOCK, autoblock.propose(listed, tables, settings.region)),
    ]
    if "payment" in tables:
        proposed.append((decisions.PAYMENTS, lists.payments(tables["payment"])))
    remember(work, **lists.names(tables, known))
    return {kind.file: decisions.update(work.migration, kind, frame) for kind, frame in proposed}


def accept_proposals(work: Work, target: Target, kinds: tuple[str, ...]) -> None:
    """Take the safe default of every open decision of these files and record it. Only for a sandbox.

    UsageError for any other target: a person decides there.
    """
    if not target.is_sandbox:
        raise UsageError(
            f"--accept-proposals works on a sandbox only, and {target.name} is none.",
            "Decide in the notebooks or in decisions/, then run without it.",
        )
    by, at = f"{signer()} (--accept-proposals)", now()
    for kind in decisions.kinds(work.migration):
        if kind.file in kinds:
            decisions.accept(work.migration, kind, by, at)
    if mapping.FILE in kinds:
        columns = mapping.accepted(read_mapping(work), by, at, work.source, work.release)
        here = {(c.table, c.column) for c in columns}
        others = [c for c in work.columns() if (c.table, c.column) not in here]
        versions.save(work.migration, [*columns, *others], by, at)
    if decisions.CLEANSING in kinds:
        if mapping.FILE in kinds:  # another target may call for other rules
            cleanse(work)
        cleansing_rules.accept(work.migration, by, at)


def stage_tables(work: Work, target: Target) -> Staged:
    """Stage by the confirmed decisions. DecisionMissing, in one sentence, for the first kind that is open."""
    columns = read_mapping(work)
    is_open = [c for c in columns if c.verdict == "open"]
    if is_open:
        raise DecisionMissing(
            f"Mapping: {len(is_open)} of {len(columns)} columns are unconfirmed.",
            "Decide in 03_mapping or in decisions/mapping.yaml (verdict: confirmed or ignored), then run again.",
        )
    taken = mended.take(work.migration, signer(), now())
    cleansing_rules.require(work.migration)
    decisions.require(work.migration, decisions.KINDS)
    canonical: Mapping[str, pd.DataFrame] = cleanse(work).entities
    cleansing_rules.require(work.migration)  # the mapping may have changed since the plan was accepted
    records = _recorded(work, target)
    begun = started(work.run.id).replace("T", " ")[:19]
    own_rates = rates.differing(canonical)
    canonical, told = sessions.told(canonical, begun, work.migration.settings.source.past_sessions, records)
    same = decisions.read(work.migration, decisions.DUPLICATES)
    before = {k: (r.origin, r.res_id) for k, r in records.items() if r.entity in survivors.ENTITIES}
    made = _made(records)
    same_user, one_user, open_users = users = lookups.users_in_odoo(canonical, target.client, made)
    settings = work.migration.settings.source
    people = lookups.sharing(canonical, users, settings.users_active)
    merged, joined, stay = same_person.split(survivors.merges(same, people), people, before)
    again, late = survivors.since(same, canonical, merged, before)
    canonical, conflicts = survivors.fill(canonical, merged | joined)
    there = decisions.read(work.migration, decisions.EXISTING)
    kinds = same_person.kinds_of(people)
    partners = {k: s for k, s in (merged | joined).items() if kinds.get(s) != same_person.USER}
    linked, held = existing.linked(there, target.client, target.uuid, partners, again)
    tags = lookups.tags(work.migration)
    same_tag, one_tag = lookups.tags_in_odoo(canonical, tags, target.client, made)
    listed = autoblock.completed(decisions.read(work.migration, decisions.AUTO_BLOCK), settings.region)
    decided = Decided(
        statuses=lookups.statuses(work.migration), owners=lookups.owners(work.migration),
        pipelines=lookups.pipelines(work.migration), tags=tags,
        payments=lookups.payments(work.migration), currency=settings.currency,
        blocked=autoblock.blocked(listed[listed["verdict"] == "confirmed"], canonical, settings.region),
        existing=linked | same_tag | same_user, held=held | open_users, merged=merged | one_tag | one_user, joined=joined,
        became=lookups.became(records),
        leads_as=settings.leads_as, team=settings.team or work.source.title, states=existing.known_states(target.client),
        time_zone=work.time_zone, users_active=settings.users_active,
        attachment_limit=settings.attachment_limit_mb,
        ranks=target.release.customer_field in target.client.fields_get("res.partner"),
        practitioners_as=settings.practitioners_as,
        left_out=lookups.deleted_services(work.source, columns, canonical, settings.deleted_services),
    )  # fmt: skip
    ended = _rejected(read_rows(work))
    for table, others in other_ids.merged(
        work.source, read_rows(work, cells=True, only=other_ids.tables(work.source))
    ).items():
        ended[table] = [*ended[table], *others]
    del records, before, made  # as many as there are records in Odoo
    staged = stage.stage(work.source.name, canonical, mapping.labels(columns), decided, target.release, ended)
    corrected = mended.apply(staged, work.migration.read_csv(mended.FILE, mended.COLUMNS))
    staged = corrected.staged
    if not staged.fingerprint:
        staged = staged_tables.sealed(staged, target.release.version)
    staged_tables.save(staged, work.run.work / "staged")
    versions.keep(work.migration, work.columns(), signer(), now(), work.run.id)
    by_hand = (*taken.findings, *corrected.findings)
    in_tables = (*told, *own_rates, *conflicts, *stay, *late)
    keep(work, "mapping", (*mapping.findings(columns), *in_tables, *staged.findings, *by_hand))
    return staged


def look_at(work: Work, target: Target) -> list[Check]:
    """Look at the target before anything is written; saves preflight.csv of the run."""
    currency = work.migration.settings.source.currency
    staged = work.run.work / "staged"
    entities = list(staged_tables.load(staged).tables) if staged.is_dir() else []
    checks = preflight.preflight(target.client, target.release, target.client.version, currency, entities)
    write_csv(work.run.record / "preflight.csv", preflight.table(checks))
    return checks


def judge(work: Work, target: Target) -> Verdict:
    """Run pre-flight and gate on what is staged. Stopped or GateShut where one of them does not pass."""
    preflight.require(look_at(work, target))
    return require_passed(work, weigh(work, target))


def weigh(work: Work, target: Target) -> Verdict:
    """The gate's verdict on what is staged, saved with the rows that stay behind; it may be that nothing passes.

    Sessions that go on without some of their people are staged anew, and judged so.
    """
    staged = staged_tables.load(work.run.work / "staged")
    result = gate.judge(staged, SUITES, target.client, target.release, target.uuid)
    less = attendees.going_on(staged, result, target.release, lambda: cleanse(work).entities["session"])
    if less is not None:
        staged_tables.save(less, work.run.work / "staged")
        staged = staged_tables.load(work.run.work / "staged")
        result = gate.judge(staged, SUITES, target.client, target.release, target.uuid)
    write_json(work.run.work / "verdicts.json", result.as_json())
    verdict.write_quarantine(work.run.record, work.run.work, staged, result)
    keep(work, "gate", (*result.findings, *(f for f in staged.findings if f.code == attendees.LEFT_OUT)))
    pa.default_memory_pool().release_unused()
    return result


def require_passed(work: Work, result: Verdict) -> Verdict:
    """The verdict, or GateShut with the first thing that shuts it."""
    if not result.passed:
        by_hand = len(work.migration.read_csv(mended.FILE, mended.COLUMNS))
        hint = f"See {work.run.record / 'findings.csv'}."
        hint += f" {by_hand:,} cells were corrected by hand: look into decisions/{mended.FILE}, too." if by_hand else ""
        raise GateShut(f"The gate is shut; nothing was written. {result.shut_by[0]}", hint)
    return result


def load(work: Work, target: Target, progress: Progress = untold) -> Loaded:
    """Load what is staged and passed. Each entity's account is written as it closes."""
    staged = staged_tables.load(work.run.work / "staged")
    judged = read_verdict(work)
    ledger = ledger_of(work.migration, target)
    writer = target.client.writer()
    leave_token(ledger, target, writer, work.migration.name)
    before = delta.against_loaded(staged.extracted, ledger.entities())
    phases: list[str] = []

    def closed(account: Account) -> None:
        phases.append(account.entity)
        reports = work.migration.reports(work.run)
        write_json(reports / f"phase-{len(phases):02d}.json", {"entity": account.entity, **account.as_json()})

    result = loading.load(
        staged, judged, writer, ledger, target.release, run=work.run.id, source=work.source.name,
        target_uuid=target.uuid, workers=target.workers, progress=progress, closed=closed,
    )  # fmt: skip
    outcomes = pd.DataFrame(
        [(e, o.key, o.outcome, o.detail) for e, a in result.accounts.items() for o in a.outcomes.values()],
        columns=["entity", "key", "outcome", "detail"], dtype="str",
    )  # fmt: skip
    write_csv(work.run.record / "outcomes.csv", outcomes)
    write_csv(work.run.record / "unsaid.csv", pd.DataFrame(sorted(result.unsaid), columns=["key", "field"], dtype="str"))
    result = replace(result, findings=(*before, *result.findings))
    keep(work, "load", result.findings)
    ledger.close()
    return result


def _made(records: Mapping[str, Record]) -> set[str]:
    return {key for key, record in records.items() if record.origin == "created"}


def _recorded(work: Work, target: Target) -> dict[str, Record]:
    ledger = Ledger(work.migration.ledger_path(target.name, target.uuid))
    records = ledger.outlines()
    ledger.close()
    return records


def _rejected(tables: Mapping[str, pd.DataFrame]) -> dict[str, list[Outcome]]:
    result: dict[str, list[Outcome]] = {}
    for name, frame in tables.items():
        rows = frame[frame["status"] == "rejected"]
        result[name] = [Outcome(f"{r['file']}#{r['row']}", "rejected", r["reason"]) for r in rows.to_dict("records")]
    return result
