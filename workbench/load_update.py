"""Updates records that are in Odoo already: writes what only the source changed, and says what somebody else changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from workbench.findings import Finding
from workbench.ledger_rows import Record, same
from workbench.odoo.lines import NONE
from workbench.odoo.protocols import Reader, Row
from workbench.odoo.records import Records
from workbench.odoo.release import Release
from workbench.outcomes import Outcome
from workbench.readback import add_hidden, hidden, pages
from workbench.staged import REF, Staged

_ADDRESS = ("street", "street2", "city", "zip", "state_id", "country_id")


class Updates:
    """Compares and writes, entity by entity; lives for one load.

    `unsaid` are (key, field) that keep the value in Odoo: this export says nothing of them, or filling them would change
    other records along.
    """

    def __init__(self, staged: Staged, records: Records, reader: Reader, release: Release) -> None:
        self.staged, self.records, self.reader, self.release = staged, records, reader, release
        self.findings: list[Finding] = []
        self.unsaid: set[tuple[str, str]] = set()
        self._table = pd.DataFrame()

    def run(
        self, entity: str, rows: Mapping[str, Mapping[str, Any]], known: Mapping[str, Record], size: int,
        done: Callable[[int], None], table: pd.DataFrame,
    ) -> list[Outcome]:  # fmt: skip
        """Compare staged, last written and current values of known records, and write what only the source changed.

        `size` records at a time; `done` is called with the number of those looked at. `table` is the staged one with what
        is too large to be compared.
        """
        self._table = table
        fields, keys = sorted({f for values in rows.values() for f in values}), list(rows)
        outcomes: list[Outcome] = []
        model = self.staged.models[entity]
        read = pages(self.reader, model, [known[k].res_id for k in keys], fields, size)
        lists = {f: {i for values in rows.values() for i in values.get(f) or ()} for f in self._lists(model, fields)}
        archived = {f: hidden(self.reader, model, f, ids) for f, ids in lists.items()}
        for start, current in zip(range(0, len(keys), size), read, strict=True):
            add_hidden(current, archived)
            page = {k: rows[k] for k in keys[start : start + size]}
            whole = self.records.ledger.whole([known[k].key for k in page])
            outcomes += self._page(entity, page, {k: whole[known[k].key] for k in page}, {row["id"]: row for row in current})
            done(start + len(page))
        return outcomes

    def _lists(self, model: str, fields: Sequence[str]) -> list[str]:
        facts = self.reader.fields_get(model)
        return [f for f in fields if facts[f]["type"] == "many2many"]

    def _page(
        self, entity: str, rows: Mapping[str, Mapping[str, Any]], known: Mapping[str, Record], current: Mapping[int, Row]
    ) -> list[Outcome]:
        model = self.staged.models[entity]
        people = current.values() if model == "res.partner" else ()
        parents = sorted({row["parent_id"] for row in people if row.get("parent_id")})
        above = {row["id"]: row for row in self.reader.read(model, parents, _ADDRESS)} if parents else {}
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
            outcomes.append(self._one(entity, key, values, record, now, inherited))
        return outcomes

    def _one(
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
            facts = self.reader.fields_get(record.model)
            anew = [f for f in self.release.models[entity].last if f in values and facts[f]["readonly"]]
            changes |= {f: values[f] for f in anew if not same(values[f], now[f])}
        if not changes:
            return Outcome(key, "matched" if linked and not record.written else "unchanged")
        base = dict(record.written) if linked else {f: record.written.get(f, now[f]) for f in values if f in now}
        words = self.records.update(record, changes, now, {**base, **changes}, self._large(entity, key, changes))
        if words:
            self._find(entity, key, "", "refused", "error", f"Odoo refused the change: {words}", "Mend it and run again.")
            return Outcome(key, "failed", words)
        return Outcome(key, "updated", ", ".join(sorted(changes)))

    def _large(self, entity: str, key: str, changes: Collection[str]) -> dict[str, Any]:
        """The large fields of a record whose content is another one in the source."""
        fields = [f for f, vouches in self.release.models[entity].unread.items() if vouches in changes]
        return {f: self._table.loc[self._table["key"] == key, f].iloc[0] for f in fields}

    def _changes(
        self, entity: str, key: str, values: Mapping[str, Any], record: Record, now: Mapping[str, Any],
        inherited: Collection[str],
    ) -> tuple[dict[str, Any], str]:  # fmt: skip
        """The values that only the source changed; and the first field that both sides changed, or an empty text."""
        linked, driven = record.origin != "created", self.staged.driven.get(entity, {})
        facts, vouching = self.reader.fields_get(record.model), self.release.models[entity].unread.values()
        changes: dict[str, Any] = {}
        if values.items() <= now.items():  # most records are as they were: asking each of their fields takes longer
            return changes, ""
        for field, wanted in values.items():
            ours = field in record.written
            if wanted == now[field] or same(wanted, now[field]):  # most are; asking how they are the same takes longer
                continue
            if linked and field == REF:  # it was there before: it never carries our key
                self.unsaid.add((key, field))
                continue
            if ours and not _said(field, values, driven, facts[field]["type"]):
                self.unsaid.add((key, field))
                continue
            if field in vouching and not ours:  # loaded before the ledger knew of it: who changed it is unknown
                continue
            as_sent = ours and same(record.written[field], wanted)
            # What Odoo itself keeps up to date is readonly and says nothing about a person.
            theirs = (not facts[field]["readonly"] or field in vouching) and field not in inherited
            as_left = ours and (not theirs or same(record.expected(field), now[field]))
            if not ours and linked:
                changes |= {field: wanted} if now[field] in (False, [], NONE) else {}  # only what was empty is filled
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

    def _gone(self, entity: str, key: str) -> Outcome:
        self._find(
            entity, key, "", "deleted_in_odoo", "warning", "It was loaded before and is no longer in Odoo.",
            "If it was deleted on purpose, leave it out by a decision; else restore it in Odoo.",
        )  # fmt: skip
        return Outcome(key, "held", "deleted in Odoo since the load")

    def _find(self, entity: str, key: str, field: str, code: str, severity: Any, message: str, todo: str = "") -> None:
        self.findings.append(Finding(code, severity, message, todo, entity, key, field=field))


def _said(field: str, values: Mapping[str, Any], driven: Mapping[str, str], kind: str) -> bool:
    """Whether this export says anything of a field: an empty cell or a column that was not ticked does not."""
    if field in driven:
        return bool(values.get(driven[field]))
    value = values[field]
    return value is not None and value != [] and (value is not False or kind == "boolean")
