"""Loads staged tables into Odoo, one entity after the other, each account closing before the next begins.

Refuses without a passing verdict for exactly what is staged. What is in Odoo afterwards is read back, never assumed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from workbench.errors import AccountOpen, GateShut, TargetError
from workbench.findings import Finding
from workbench.ledger import Ledger, Record, same
from workbench.odoo import scoring
from workbench.odoo.client import ClientWriter
from workbench.odoo.records import Item, Made, Records, external_ids
from workbench.odoo.recovery import recover
from workbench.odoo.release import Release
from workbench.outcomes import IN_ODOO, Account, Outcome
from workbench.schema import ensure
from workbench.staged import REF, Staged
from workbench.verdict import Verdict, passing

BATCH = 500
_ADDRESS = ("street", "street2", "city", "zip", "state_id", "country_id")

Progress = Callable[[str, int, int], None]
"""Called with entity, records done, records in all."""


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
    progress: Progress = lambda entity, done, total: None,
    closed: Callable[[Account], None] = lambda account: None,
) -> Loaded:
    """Load everything that passed the gate, `workers` batches at a time.

    `closed` is called with each entity's account as soon as it closes. GateShut where the verdict is not for exactly these
    tables and this database; AccountOpen where records and outcomes do not add up; TargetError where Odoo stops
    answering or another load or undo is at work with this ledger.
    Running it again goes on where it stopped.
    """
    if not verdict.passed or verdict.fingerprint != staged.fingerprint or verdict.target_uuid != target_uuid:
        raise GateShut(
            "The gate has not passed what is staged now for this database; nothing was written.",
            "Run again from the mapping step: workbench run FOLDER --target NAME --from mapping",
        )
    records = Records(writer, ledger, run, source, release.models, workers)
    with ledger.alone(), scoring.untouched(writer, ledger):
        adopted = recover(records)
        tables = passing(staged, verdict)
        leads = bool((tables["lead"]["type"] == "lead").any()) if "lead" in tables else False
        schema = ensure(staged, records, writer, leads=leads)
        work = _Loading(staged, records, writer, release, schema, progress)
        accounts: dict[str, Account] = {}
        for entity, frame in tables.items():
            outcomes = [*staged.ended.get(entity, []), *verdict.quarantined.get(entity, []), *work.entity(entity, frame)]
            accounts[entity] = Account.of(entity, staged.extracted[entity], outcomes)
            accounts[entity].check()
            work.verify(accounts[entity])
            closed(accounts[entity])
    return Loaded(accounts, (*adopted, *work.findings), frozenset(work.unsaid))


class _Loading:
    """Loads entity by entity; lives for one call of `load`."""

    def __init__(
        self, staged: Staged, records: Records, writer: ClientWriter, release: Release, schema: dict[str, int],
        progress: Progress,
    ) -> None:  # fmt: skip
        self.staged, self.records, self.writer, self.release, self.progress = staged, records, writer, release, progress
        self.ledger = records.ledger
        self.ids: dict[str, int] = dict(schema)
        self.findings: list[Finding] = []
        self.places: dict[str, int] = {}
        self.unsaid: set[tuple[str, str]] = set()

    def entity(self, entity: str, frame: pd.DataFrame) -> list[Outcome]:
        """Load one entity; an outcome for each row of the frame."""
        if twice := frame.loc[frame["key"].duplicated(), "key"].tolist():
            raise AccountOpen(f"{entity}: {twice[0]} is staged twice.", "It is a defect: nothing of this table was loaded.")
        self.ids |= self.ledger.ids()
        model = self.staged.models[entity]
        rows, outcomes = self._wire(entity, model, frame)
        known = {k: r for k, r in self.ledger.records(entity).items() if k in rows}
        links = {k: i for k, i in self.staged.linked.items() if k in rows and k not in known}
        if links:
            self.records.link([(k, entity, model, i) for k, i in links.items()])
            known |= {k: r for k, r in self.ledger.records(entity).items() if k in links}
        known |= self._lost(entity, model, [k for k in rows if k not in known])
        new = [Item(k, entity, model, values) for k, values in rows.items() if k not in known]
        made = self._create(entity, new, len(outcomes), len(frame))
        done = len(frame) - len(rows) + len(new)
        there = [k for k in rows if k in known]
        with self.records.fenced():
            for start in range(0, len(there), BATCH):
                page = there[start : start + BATCH]
                outcomes += self._update(entity, model, {k: rows[k] for k in page}, known)
                self.progress(entity, done + start + len(page), len(frame))
        self._merged(entity, model)
        ended = {outcome.key: outcome for outcome in [*outcomes, *made]}
        return [ended[key] for key in frame["key"]]

    def verify(self, account: Account) -> None:
        """Read back that each loaded key is exactly one record in Odoo; AccountOpen with the keys where it is not."""
        model = self.staged.models[account.entity]
        keys = [o.key for o in account.outcomes.values() if o.outcome in IN_ODOO]
        named = external_ids(self.writer, self.records.module, keys)
        there = {row["id"] for row in self.writer.read(model, [i for _, i in named.values()], ["id"])}
        lost = [k for k in keys if named.get(k, ("", 0))[1] not in there]
        self.records.find(model, keys)  # stops where one key has two records
        if lost:
            raise AccountOpen(
                f"{account.entity}: {len(lost):,} records were loaded but are not in Odoo now ({', '.join(lost[:5])}).",
                "Somebody may have deleted or merged them meanwhile. Run the same command again to see them named.",
            )

    # rows in wire form

    def _wire(self, entity: str, model: str, frame: pd.DataFrame) -> tuple[dict[str, dict[str, Any]], list[Outcome]]:
        """Key → values as Odoo takes them; rows that point to something that is not in Odoo are held."""
        types = {name: f["type"] for name, f in self.writer.fields_get(model).items()}
        filled = self.release.models[entity].filled
        rows: dict[str, dict[str, Any]] = {}
        held: list[Outcome] = []
        for row in frame.to_dict("records"):
            values: dict[str, Any] = {}
            waits = ""
            for name, value in row.items():
                field = str(name)
                if field == "key" or (field in filled and _empty(value)):
                    continue
                if types[field] == "many2one" and not _empty(value):
                    place = self._place(str(value))
                    waits = waits or ("" if place else f"{value} is not in Odoo")
                    values[field] = place
                else:
                    values[field] = _wire_value(types[field], value)
            if waits:
                held.append(Outcome(row["key"], "held", f"waits: {waits}"))
            else:
                rows[row["key"]] = values
        return rows, held

    def _place(self, ref: str) -> int:
        """The id that a link means: a key of ours, or `model/code` of a country or state; 0 where it is not in Odoo."""
        if ref in self.ids:
            return self.ids[ref]
        model, _, code = ref.partition("/")
        if ref not in self.places and code:
            country, _, state = code.partition("-")
            domain = [("code", "=", state or country)] + ([("country_id.code", "=", country)] if state else [])
            found = self.writer.search(model, domain)
            self.places[ref] = found[0] if found else 0
        return self.places.get(ref, 0)

    # create

    def _create(self, entity: str, items: Sequence[Item], done: int, total: int) -> list[Outcome]:
        refused: dict[str, str] = {}
        made: dict[str, int] = {}

        def ended(batch: Made) -> None:
            made.update(batch.ids)
            refused.update(batch.refused)
            self.progress(entity, done + len(made) + len(refused), total)

        together = self.release.models[entity].together
        self.records.create_all(items, BATCH, together=together, done=ended)
        self.ids |= made
        todo = "Mend the value and run again."
        for key in (i.key for i in items if i.key in refused):
            self._find(entity, key, "", "refused", "error", f"Odoo refused the record: {refused[key]}", todo)
        return [Outcome(i.key, "failed", refused[i.key]) if i.key in refused else Outcome(i.key, "created") for i in items]

    def _lost(self, entity: str, model: str, keys: Sequence[str]) -> dict[str, Record]:
        """Records that are in Odoo under our key though the ledger does not know them: taken over.

        TargetError where a key is the external id of a record that does not carry it: making ours would take it away.
        """
        found = self.records.find(model, keys)
        if not found:
            return {}
        fields = [f for f in self.writer.fields_get(model) if f in self.staged.tables[entity].columns]
        current = {row["id"]: row for row in self.writer.read(model, list(found.values()), fields)}
        taken = {}
        for key, res_id in found.items():
            if current.get(res_id, {}).get(REF) == key:
                written = {f: v for f, v in current[res_id].items() if f != "id"}
                taken[key] = Record(key, entity, model, res_id, "created", written, self.records.run)
                self.findings.append(
                    Finding("adopted", "note", "Found in Odoo under our key and taken over.", entity=entity, key=key)
                )
        if strange := [key for key in found if key not in taken]:
            raise TargetError(
                f"The external id {strange[0]} belongs to {model} {found[strange[0]]}, which does not carry it as its "
                f"source reference; {len(strange)} in all. Nothing of {entity} was written.",
                "Somebody merged or replaced that record in Odoo. Remove the external id there, or hold the record.",
            )
        self.records.name([(k, model, r.res_id) for k, r in taken.items()])
        self.ledger.finish([], taken.values())
        return taken

    # update

    def _update(
        self, entity: str, model: str, rows: Mapping[str, Mapping[str, Any]], known: Mapping[str, Record]
    ) -> list[Outcome]:
        """Compare staged, last written and current values of known records, and write what only the source changed."""
        fields = sorted({f for values in rows.values() for f in values})
        current = {row["id"]: row for row in self.writer.read(model, [known[k].res_id for k in rows], fields)}
        parents = sorted({row["parent_id"] for row in current.values() if row.get("parent_id")})
        above = {row["id"]: row for row in self.writer.read(model, parents, _ADDRESS)} if parents else {}
        outcomes = []
        for key, values in rows.items():
            record = known[key]
            now = current.get(record.res_id)
            if now is None:
                outcomes.append(self._gone(entity, key))
                continue
            shown = above.get(now.get("parent_id") or 0, {})
            # Odoo shows a contact without an address that of its company.
            inherited = {f for f in shown if f in _ADDRESS and not record.written.get(f) and same(now[f], shown[f])}
            outcomes.append(self._update_one(entity, key, values, record, now, inherited))
        return outcomes

    def _update_one(
        self, entity: str, key: str, values: Mapping[str, Any], record: Record, now: Mapping[str, Any],
        inherited: Collection[str],
    ) -> Outcome:  # fmt: skip
        linked = record.origin != "created"  # what others have too is only filled
        changes, conflict = self._changes(entity, key, values, record, now, inherited)
        if conflict:
            todo = "Decide which one counts, write it in Odoo or in the source, and run again."
            self._find(entity, key, conflict, "changed_on_both_sides", "error", "Changed in the source and in Odoo.", todo)
            return Outcome(key, "held", f"{conflict} changed in the source and in Odoo")
        if linked and record.model == "res.partner":
            self._spare_companies(entity, key, changes, now)
        if changes.keys() & self.staged.driven.get(entity, {}).keys():  # Odoo sets these anew with the others
            facts = self.writer.fields_get(record.model)
            anew = [f for f in self.release.models[entity].last if f in values and facts[f]["readonly"]]
            changes |= {f: values[f] for f in anew if not same(values[f], now[f])}
        if not changes:
            return Outcome(key, "matched" if linked and not record.written else "unchanged")
        base = dict(record.written) if linked else {f: record.written.get(f, now[f]) for f in values if f in now}
        words = self.records.update(record, changes, now, {**base, **changes})
        if words:
            self._find(entity, key, "", "refused", "error", f"Odoo refused the change: {words}", "Mend it and run again.")
            return Outcome(key, "failed", words)
        return Outcome(key, "updated", ", ".join(sorted(changes)))

    def _changes(
        self, entity: str, key: str, values: Mapping[str, Any], record: Record, now: Mapping[str, Any],
        inherited: Collection[str],
    ) -> tuple[dict[str, Any], str]:  # fmt: skip
        """The values that only the source changed; and the first field that both sides changed, or an empty text."""
        linked, driven = record.origin != "created", self.staged.driven.get(entity, {})
        facts = self.writer.fields_get(record.model)
        changes: dict[str, Any] = {}
        for field, wanted in values.items():
            ours = field in record.written
            if same(wanted, now[field]) or (linked and field == REF):
                continue
            if ours and not self._said(record.model, field, values, driven):
                self.unsaid.add((key, field))
                continue
            as_sent = ours and same(record.written[field], wanted)
            # What Odoo itself keeps up to date is readonly and says nothing about a person.
            theirs = not facts[field]["readonly"] and field not in inherited
            as_left = ours and (not theirs or same(record.expected(field), now[field]))
            if not ours and linked:
                changes |= {field: wanted} if now[field] is False else {}  # only what was empty is filled
            elif not ours or (as_left and not as_sent):
                changes[field] = wanted
            elif as_sent and not as_left:
                self._find(entity, key, field, "changed_in_odoo", "note", "Changed in Odoo since the load; left alone.")
            elif not as_left:
                return {}, field
        return changes, ""

    def _spare_companies(self, entity: str, key: str, changes: dict[str, Any], now: Mapping[str, Any]) -> None:
        """Do not fill what makes Odoo change others: a partner of type 'contact' shares its address with its company.

        With a company, it gets no address; with an address, it gets no company, and no part of another address.
        """
        address, has_address = [f for f in _ADDRESS if f in changes], any(now.get(f) for f in _ADDRESS)
        left = address if has_address or now.get("parent_id") else []
        left = [*left, "parent_id"] if (address or has_address) and "parent_id" in changes else left
        for field in left:
            del changes[field]
            self.unsaid.add((key, field))
            what = f"{field} was not filled: this contact has an address or a company of its own, which Odoo would mix."
            self._find(
                entity, key, field, "not_filled", "warning", what, "Fill it in Odoo, where both addresses can be seen."
            )

    def _said(self, model: str, field: str, values: Mapping[str, Any], driven: Mapping[str, str]) -> bool:
        """Whether this export says anything of a field: an empty cell or a column that was not ticked does not."""
        if field in driven:
            return bool(values.get(driven[field]))
        return values[field] is not False or self.writer.fields_get(model)[field]["type"] == "boolean"

    def _gone(self, entity: str, key: str) -> Outcome:
        self._find(
            entity, key, "", "deleted_in_odoo", "warning", "It was loaded before and is no longer in Odoo.",
            "If it was deleted on purpose, leave it out by a decision; else restore it in Odoo.",
        )  # fmt: skip
        return Outcome(key, "held", "deleted in Odoo since the load")

    def _merged(self, entity: str, model: str) -> None:
        """Every merged id stays findable: its external id means the survivor."""
        links = []
        for outcome in self.staged.ended.get(entity, []):
            if outcome.outcome == "merged" and outcome.detail in self.ids and self.ledger.record(outcome.key) is None:
                links.append((outcome.key, entity, model, self.ids[outcome.detail]))
        if links:
            self.records.link(links, origin="merged")

    def _find(self, entity: str, key: str, field: str, code: str, severity: Any, message: str, todo: str = "") -> None:
        self.findings.append(Finding(code, severity, message, todo, entity, key, field=field))


def _wire_value(kind: str, value: Any) -> Any:
    """A staged cell as Odoo reads it back: False where empty."""
    if kind == "boolean":
        return bool(value)
    if _empty(value):
        return 0.0 if kind in ("float", "monetary") else 0 if kind == "integer" else False
    if kind in ("float", "monetary"):
        return float(value)
    return int(value) if kind == "integer" else value if isinstance(value, str) else str(value)


def _empty(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))
