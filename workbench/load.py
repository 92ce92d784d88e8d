"""Loads staged tables into Odoo, one entity after the other, each account closing before the next begins.

Refuses without a passing verdict for exactly what is staged. What is in Odoo afterwards is read back, never assumed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import numpy as np
import pandas as pd

from workbench.entities import ENTITIES
from workbench.errors import AccountOpen, GateShut, TargetError
from workbench.findings import Finding
from workbench.ledger import Ledger
from workbench.ledger_rows import Record
from workbench.load_known import Known
from workbench.load_update import Updates
from workbench.odoo import scoring
from workbench.odoo.client import ClientWriter
from workbench.odoo.keyed import standing
from workbench.odoo.records import HEAVIEST, Item, Made, Records
from workbench.odoo.recovery import recover
from workbench.odoo.release import Release, To
from workbench.outcomes import IN_ODOO, Account, Outcome
from workbench.schema import ensure
from workbench.staged import Staged
from workbench.verdict import Verdict, passing
from workbench.wire import Wire, generations

BATCH = 500
PART = 5_000
"""Rows of a table that are made ready to be sent at a time: all of a large one would fill the memory."""

Progress = Callable[[str, int, int], None]
"""Called with entity (first 'schema'), records done, records in all; with none done when it begins."""


def untold(what: str, done: int, total: int) -> None:
    """Nobody asks how far it is."""


@dataclass(frozen=True)
class Loaded:
    """What one load did: the account of each entity in load order, and findings.

    `unsaid` are (key, field) that keep the value in Odoo: this export says nothing of them, or filling them would change
    other records along.
    """

    accounts: dict[str, Account]
    findings: tuple[Finding, ...]
    unsaid: frozenset[tuple[str, str]] = frozenset()


def load(
    staged: Staged,
    verdict: Verdict,
    writer: ClientWriter,
    ledger: Ledger,
    release: Release,
    *,
    run: str,
    source: str,
    target_uuid: str,
    workers: int = 1,
    progress: Progress = untold,
    closed: Callable[[Account], None] = lambda account: None,
) -> Loaded:
    """Load everything that passed the gate, `workers` batches at a time.

    `closed` is called with each entity's account as soon as it closes. GateShut where the verdict is not for exactly these
    tables and this database; AccountOpen where records and outcomes do not add up; TargetError where Odoo stops
    answering, refuses to block a number or an address, or another load or undo is at work with this ledger.
    Running it again goes on where it stopped.
    """
    if not verdict.passed or verdict.fingerprint != staged.fingerprint or verdict.target_uuid != target_uuid:
        raise GateShut(
            "The gate has not passed what is staged now for this database; nothing was written.",
            "Run 03_mapping and 04_load again: workbench run FOLDER --target NAME --from mapping",
        )
    records = Records(writer, ledger, run, source, release.models, workers)
    with ledger.alone(), scoring.untouched(writer, ledger):
        adopted = recover(records)
        tables = passing(staged, verdict)
        leads = bool((tables["lead"]["type"] == "lead").any()) if "lead" in tables else False
        schema = ensure(staged, records, writer, release, leads=leads, progress=lambda *step: progress("schema", *step))
        work = _Loading(staged, records, writer, release, schema, progress)
        accounts: dict[str, Account] = {}
        for entity, frame in tables.items():
            outcomes = [*staged.ended.get(entity, []), *verdict.quarantined.get(entity, [])]
            for part in generations(frame, _own_link(entity, release)):
                outcomes += work.entity(entity, part)
            accounts[entity] = Account.of(entity, staged.extracted[entity], outcomes)
            accounts[entity].check()
            work.verify(accounts[entity])
            closed(accounts[entity])
            _require_guard(accounts[entity])
    findings = (*adopted, *work.known.findings, *work.findings, *work.updates.findings)
    return Loaded(accounts, findings, frozenset(work.updates.unsaid))


def _own_link(entity: str, release: Release) -> str:
    """The field of Odoo by which records of an entity point to each other, or ''."""
    own = next((field.name for field in ENTITIES[entity].fields if field.ref == entity), "")
    goes = release.models[entity].fields[own] if own else None
    return goes.field if isinstance(goes, To) else ""


def _require_guard(account: Account) -> None:
    """TargetError where Odoo refused to block a number or an address: its lead would be loaded as one to be contacted."""
    refused = account.keys("failed") if ENTITIES[account.entity].guards else []
    if refused:
        first = next(o for o in account.outcomes.values() if o.outcome == "failed")
        raise TargetError(
            f"{account.entity}: Odoo refused {len(refused):,} records, {first.key} first: {first.detail} Nothing that "
            "follows was loaded, since its people would not be blocked.",
            "Mend or remove the value in the export or in decisions/auto_block.csv, and run again.",
        )


def _parts(frame: pd.DataFrame, order: np.ndarray[Any, Any], large: Collection[str]) -> Iterator[np.ndarray[Any, Any]]:
    """The places of rows in this order, so many at a time as are made ready together; fewer where fields are large."""
    weight = sum((frame[f].str.len().fillna(0) for f in large if f in frame.columns), start=pd.Series(0, index=frame.index))
    heavy, count, start = 0, 0, 0
    for at, size in enumerate(weight.to_numpy()[order]):
        if count and (count == PART or heavy + size > HEAVIEST):
            yield order[start:at]
            heavy, count, start = 0, 0, at
        heavy, count = heavy + size, count + 1
    if count:
        yield order[start:]


class _Loading:
    """Loads entity by entity; lives for one call of `load`."""

    def __init__(
        self, staged: Staged, records: Records, writer: ClientWriter, release: Release, schema: dict[str, int],
        progress: Progress,
    ) -> None:  # fmt: skip
        self.staged, self.records, self.release, self.progress = staged, records, release, progress
        self.ledger = records.ledger
        self.wire = Wire(staged, writer, release, {**schema, **self.ledger.ids()})
        self.updates = Updates(staged, records, writer, release)
        self.known = Known(staged, records, writer, release)
        self.findings: list[Finding] = []

    def entity(self, entity: str, frame: pd.DataFrame) -> list[Outcome]:
        """Load one entity; an outcome for each row of the frame."""
        keys = frame["key"].tolist()
        if keys:
            self.progress(entity, 0, len(keys))
        if twice := frame.loc[frame["key"].duplicated(), "key"].tolist():
            raise AccountOpen(f"{entity}: {twice[0]} is staged twice.", "It is a defect: nothing of this table was loaded.")
        waiting = self.wire.lacking(entity, frame)
        natural = self.release.models[entity].natural
        named = zip(keys, frame[natural].tolist() if natural else repeat(""), strict=False)
        known, apart = self.known.look(entity, {key: name for key, name in named if key not in waiting})
        self.wire.ids |= {key: record.res_id for key, record in known.items()}
        outcomes = [Outcome(key, "held", f"waits: {ref} is not in Odoo") for key, ref in waiting.items()] + apart
        left_out = {outcome.key for outcome in outcomes}
        outcomes += self._create(entity, frame, {*left_out, *known}, len(outcomes))
        outcomes += self._update(entity, frame, known)
        self._merged(entity)
        ended = {outcome.key: self._lives_on(outcome) for outcome in outcomes}
        return [ended[key] for key in keys]

    def _lives_on(self, outcome: Outcome) -> Outcome:
        """What is filled into a record of another kind is merged, whether anything had to be written or not."""
        survivor = self.staged.joined.get(outcome.key)
        return Outcome(outcome.key, "merged", survivor) if survivor and outcome.outcome in IN_ODOO else outcome

    def verify(self, account: Account) -> None:
        """Read back that each loaded key is exactly one record in Odoo; AccountOpen with the keys where it is not."""
        model = self.staged.models[account.entity]
        joined = self.staged.joined
        merged = joined.keys() & set(account.keys("merged"))
        keys = [o.key for o in account.outcomes.values() if o.outcome in IN_ODOO or o.key in merged]
        if not keys:
            return
        there = standing(self.records.writer, self.records.module, model, keys)  # stops where one key has two records
        lost = [k for k in keys if k not in there]
        if lost:
            raise AccountOpen(
                f"{account.entity}: {len(lost):,} records were loaded but are not in Odoo now ({', '.join(lost[:5])}).",
                "Somebody may have deleted or merged them meanwhile. Run the same command again to see them named.",
            )

    def _create(self, entity: str, frame: pd.DataFrame, without: Collection[str], done: int) -> list[Outcome]:
        """Make the records of the rows that are not in Odoo yet."""
        model, together = self.staged.models[entity], self.release.models[entity].together
        ended: dict[str, Outcome] = {}

        def items() -> Iterator[Item]:
            order = self.wire.order(entity, frame)
            for places in _parts(frame, order, self.staged.unread.get(entity, ())):
                part = frame.iloc[places]
                rows = self.wire.rows(entity, part[[key not in without for key in part["key"]]], anew=True)
                yield from (Item(key, entity, model, values) for key, values in rows.items())

        def made(batch: Made) -> None:
            self.wire.ids |= batch.ids
            ended.update({key: Outcome(key, "created") for key in batch.ids})
            for key, words in batch.refused.items():
                ended[key] = Outcome(key, "failed", words)
                told = f"Odoo refused the record: {words}"
                self.findings.append(Finding("refused", "error", told, "Mend the value and run again.", entity, key))
            self.progress(entity, done + len(ended), len(frame))

        self.records.create_all(items(), BATCH, together=together, done=made)
        return list(ended.values())

    def _update(self, entity: str, frame: pd.DataFrame, known: Mapping[str, Record]) -> list[Outcome]:
        """Hold the rows of records that are in Odoo against them, and write what only the source changed."""
        theirs = self.known.decided_elsewhere(entity, known)
        whole, frame = frame, self.staged.light(entity, frame)
        there = frame[frame["key"].isin(list(known))]
        outcomes: list[Outcome] = []
        done = len(frame) - len(there)

        def looked(count: int) -> None:
            self.progress(entity, done + len(outcomes) + count, len(frame))

        with self.records.fenced():
            for start in range(0, len(there), PART):
                rows = self.wire.rows(entity, there.iloc[start : start + PART])
                for key in rows.keys() & theirs.keys():
                    self.updates.unsaid |= {(key, field) for field in theirs[key] if field in rows[key]}
                    rows[key] = {f: v for f, v in rows[key].items() if f not in theirs[key]}
                outcomes += self.updates.run(entity, rows, known, BATCH, looked, whole)
        return outcomes

    def _merged(self, entity: str) -> None:
        """Every merged id stays findable: its external id means the survivor."""
        model, links = self.staged.models[entity], []
        for outcome in self.staged.ended.get(entity, []):
            if outcome.outcome == "merged" and outcome.detail in self.wire.ids and self.ledger.record(outcome.key) is None:
                links.append((outcome.key, entity, model, self.wire.ids[outcome.detail]))
        if links:
            self.records.link(links, origin="merged")
            self.wire.ids |= {key: res_id for key, _, _, res_id in links}
