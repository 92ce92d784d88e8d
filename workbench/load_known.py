"""Finds which staged records are in Odoo already: loaded before, linked by a decision, or there by their very nature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.errors import TargetError
from workbench.findings import Finding
from workbench.ledger_rows import Record
from workbench.odoo.protocols import Reader
from workbench.odoo.records import Records
from workbench.odoo.release import Release
from workbench.outcomes import Outcome
from workbench.staged import REF, Staged

_PAGE = 500


class Known:
    """Looks entity by entity, and links or takes over what it finds; lives for one load."""

    def __init__(self, staged: Staged, records: Records, reader: Reader, release: Release) -> None:
        self.staged, self.records, self.reader, self.release = staged, records, reader, release
        self.ledger = records.ledger
        self.findings: list[Finding] = []

    def look(self, entity: str, names: Mapping[str, str]) -> tuple[dict[str, Record], list[Outcome]]:
        """Key → the ledger's outline of the records that are there; and those that must wait.

        `names` is key → what Odoo allows only once of this kind (`Model.natural`), or an empty text. TargetError where an
        external id of ours belongs to a record that does not carry it.
        """
        known = {k: r for k, r in self.ledger.outlines(entity).items() if k in names}
        links = {k: i for k, i in self.staged.linked.items() if k in names and k not in known}
        links |= self._natural(entity, {k: v for k, v in names.items() if k not in known and k not in links})
        joined = {k: s for k, s in self.staged.joined.items() if k in names and k not in known}
        lives = {k: self._partner(record) for k, s in joined.items() if (record := self.ledger.record(s))}
        links |= lives
        names = {k: v for k, v in names.items() if k not in joined or k in lives}
        if links:
            model = self.staged.models[entity]
            self.records.link([(k, entity, model, i) for k, i in links.items()])
            known |= {k: r for k, r in self.ledger.outlines(entity).items() if k in links}
        known |= self._lost(entity, [k for k in names if k not in known])
        known |= self._became(entity, [k for k in names if k not in known])
        known = {k: self.ledger.survivor(k) or r if r.origin == "merged" else r for k, r in known.items()}
        apart = {k: r for k, r in known.items() if r.origin == "merged" and k not in self.staged.linked}
        for key in apart:
            del known[key]
        why = f"an earlier load merged it into another {entity.replace('_', ' ')}: undo that first"
        waiting = [Outcome(k, "held", f"waits: {s} is not in Odoo") for k, s in joined.items() if k not in lives]
        return known, [*waiting, *(Outcome(key, "held", why) for key in apart)]

    def decided_elsewhere(self, entity: str, known: Mapping[str, Record]) -> dict[str, tuple[str, ...]]:
        """Key → the fields that the deal decides of a lead that became one, where this export has the lead without it."""
        left: dict[str, tuple[str, ...]] = {}
        for other, model in self.release.models.items():
            if other != entity and model.decides and model.model == self.staged.models[entity]:
                theirs = self.ledger.res_ids(other)
                left |= {k: (REF, *model.decides) for k, r in known.items() if r.res_id in theirs}
        return left

    def _partner(self, record: Record) -> int:
        """The record that others live on in: of a user its partner."""
        if record.model != "res.users":
            return record.res_id
        (row,) = self.reader.read(record.model, [record.res_id], ["partner_id"])
        return int(row["partner_id"])

    def _natural(self, entity: str, names: Mapping[str, str]) -> dict[str, int]:
        """Key → id of records that Odoo allows only once, and has already; our own under another key among them."""
        model, field = self.staged.models[entity], self.release.models[entity].natural
        if not field or not names:
            return {}
        values = sorted(set(names.values()))
        there: dict[str, tuple[int, str]] = {}
        for start in range(0, len(values), _PAGE):
            for row in self.reader.search_read(model, [(field, "in", values[start : start + _PAGE])], [field, REF]):
                there.setdefault(row[field], (row["id"], row[REF]))
        found = {k: there[v] for k, v in names.items() if v in there}
        return {k: res_id for k, (res_id, carries) in found.items() if carries != k}

    def _lost(self, entity: str, keys: Sequence[str]) -> dict[str, Record]:
        """Records that are in Odoo under our key though the ledger does not know them: taken over.

        TargetError where a key is the external id of a record that does not carry it: making ours would take it away.
        """
        model = self.staged.models[entity]
        found = self.records.find(model, keys)
        if not found:
            return {}
        goes = self.release.models[entity]
        computed = set(goes.proves).difference(goes.unread.values())
        columns = set(self.staged.tables[entity].columns).difference(computed, goes.unread)
        fields = [f for f in self.reader.fields_get(model) if f in columns]
        current = {row["id"]: row for row in self.reader.read(model, list(found.values()), fields)}
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

    def _became(self, entity: str, keys: Sequence[str]) -> dict[str, Record]:
        """Records of another entity that live on in these ones, and were loaded before they did: the same record in Odoo.

        A lead that an earlier export had without its deal becomes that deal.
        """
        if not keys:
            return {}
        model, others = self.staged.models[entity], [e for e in self.staged.ended if e != entity]
        before = {o.detail: o.key for e in others for o in self.staged.ended[e] if o.outcome == "merged"}
        taken = self.ledger.res_ids(entity)
        became: dict[str, int] = {}
        for key in keys:
            record = self.ledger.record(before[key]) if key in before else None
            if record and (record.model, record.origin) == (model, "created") and record.res_id not in taken:
                became[key] = record.res_id
        self.records.link([(k, entity, model, i) for k, i in became.items()], origin="merged")
        return {k: r for k, r in self.ledger.outlines(entity).items() if k in became} if became else {}
