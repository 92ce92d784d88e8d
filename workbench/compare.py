"""Staged against Odoo: every staged field of every record that the accounts say is there, read back by external id."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from workbench.odoo.protocols import Reader, Row
from workbench.odoo.release import Release
from workbench.outcomes import IN_ODOO, Account
from workbench.readback import (
    LINKS,
    NUMBERS,
    PAGE,
    Names,
    add_hidden,
    ahead,
    comparable,
    equal,
    hidden,
    modules,
    names,
    pages,
    parted,
    records,
    shown,
)
from workbench.staged import REF, Staged

CHANGED, KEPT, INHERITED = "changed in Odoo", "existing value kept", "taken from the record above it"
UNSAID = "left as it is in Odoo"
_LEFT = {CHANGED: "changed_in_odoo", KEPT: "kept", UNSAID: "kept", INHERITED: "inherited"}
DIFFERENCES = ["key", "field", "staged", "odoo", "how"]
BY_FIELD = ["field", "compare", "compared", "equal", "changed_in_odoo", "kept", "inherited", "mismatches"]


@dataclass(frozen=True)
class Compared:
    """Staged against Odoo, one entity: `records` read back, `fields` comparisons made.

    `mismatches` and `left` (both `DIFFERENCES`): values that are not as staged, and those that differ for a reason that is
    no loss (`how`: changed in Odoo, existing value kept, taken from the record above it). `missing` are keys that should be
    in Odoo and are not. `by_field` (`BY_FIELD`): compared = equal + changed_in_odoo + kept + inherited + mismatches.
    """

    entity: str
    records: int
    fields: int
    mismatches: pd.DataFrame
    left: pd.DataFrame
    missing: list[str]
    by_field: pd.DataFrame


def compare(
    staged: Staged,
    accounts: Mapping[str, Account],
    reader: Reader,
    release: Release,
    known: Mapping[str, Mapping[str, Any]],
    fresh: Mapping[str, Collection[str]] | None = None,
    unsaid: Collection[tuple[str, str]] = (),
    meaning: Names | None = None,
) -> dict[str, Compared]:
    """Read back and compare every staged field of every record that the accounts say is in Odoo.

    `known` is key → the values that we last wrote, in wire form. `fresh` is key → the fields that this very run wrote:
    nobody had time to change those, so a difference there is a mismatch even where we wrote what is staged. Without it,
    everything of records that were created or updated is fresh; pass {} when time has passed since the load. `unsaid` are
    (key, field) of which the export says nothing: they keep what an earlier one said. `meaning` is what `understood`
    gave for these accounts, where it was asked already.
    """
    meaning = meaning or understood(accounts, reader, release)
    return {
        entity: _Comparing(entity, staged, account, reader, release, meaning, known, fresh, unsaid).run()
        for entity, account in accounts.items()
        if entity in staged.tables
    }


def understood(accounts: Mapping[str, Account], reader: Reader, release: Release) -> Names:
    """What the keys of these accounts, and the constants of the release that name records of Odoo's own, mean here."""
    own = {v for m in release.models.values() for v in m.constants.values() if isinstance(v, str) and "/" in v}
    own |= {f"res.groups/{group}" for groups in release.user_roles.values() for group in groups}
    return names(reader, modules(accounts), own)


class _Comparing:
    """Compares one entity; lives for one call of `compare`."""

    def __init__(
        self, entity: str, staged: Staged, account: Account, reader: Reader, release: Release, meaning: Names,
        known: Mapping[str, Mapping[str, Any]], fresh: Mapping[str, Collection[str]] | None,
        unsaid: Collection[tuple[str, str]],
    ) -> None:  # fmt: skip
        self.entity, self.reader, self.names, self.known, self.fresh = entity, reader, meaning, known, fresh
        self.unsaid = unsaid
        self.model = staged.models[entity]
        joined = set(staged.joined).intersection(account.keys("merged"))
        self.outcomes = {o.key: o.outcome for o in account.outcomes.values() if o.outcome in IN_ODOO or o.key in joined}
        self.linked = set(staged.linked) | set(account.keys("matched")) | joined
        goes = release.models[entity]
        self.filled, self.proves = goes.filled, goes.proves
        self.growing = release.user_groups_field if release.spreads_groups else ""
        frame = staged.light(entity, staged.tables[entity])
        self.frame = _of(frame, self.outcomes)
        self.facts = {} if goes.app and frame.empty else reader.fields_get(self.model)  # the app need not be there
        columns = [str(c) for c in frame.columns if c not in ("key", *goes.unread)]
        self.fields = [c for c in columns if c in self.facts]
        self.absent = [c for c in columns if c not in self.facts]
        self.counts = {f: dict.fromkeys(BY_FIELD[2:], 0) for f in (*self.fields, *self.absent)}
        self.mismatches: list[tuple[str, str, str, str, str]] = []
        self.left: list[tuple[str, str, str, str, str]] = []
        self.strays: list[tuple[Any, int]] = []

    def run(self) -> Compared:
        ids = {k: self.names.ids[k][1] for k in self.outcomes if self.names.ids.get(k, ("", 0))[0] == self.model}
        frame = _of(self.frame, ids)
        keys = frame["key"].tolist()
        found: set[str] = set()
        read = pages(self.reader, self.model, [ids[k] for k in keys], self.fields)
        archived = self._hidden()
        for start, rows in zip(range(0, len(keys), PAGE), read, strict=True):
            there = {row["id"]: row for row in rows}
            add_hidden(rows, archived)
            of_page = {k: there[ids[k]] for k in keys[start : start + PAGE] if ids[k] in there}
            self._page(_of(frame.iloc[start : start + PAGE], of_page), of_page, self._above(of_page, there))
            found.update(of_page)
        self._twice(ids)
        by_field = [(f, "html" if self._kind(f) == "html" else "exact", *c.values()) for f, c in self.counts.items()]
        return Compared(
            self.entity, len(found), sum(c["compared"] for c in self.counts.values()),
            pd.DataFrame(sorted(self.mismatches), columns=DIFFERENCES), pd.DataFrame(sorted(self.left), columns=DIFFERENCES),
            sorted(set(self.outcomes) - found), pd.DataFrame(by_field, columns=BY_FIELD),
        )  # fmt: skip

    def _page(self, frame: pd.DataFrame, found: Mapping[str, Row], above: Mapping[str, Row]) -> None:
        """Compare some records field by field: most are plainly equal, only the others are looked at closely."""
        keys = frame["key"].tolist()
        rows = [found[k] for k in keys]
        self.strays += [(row[REF], row["id"]) for key, row in zip(keys, rows, strict=True) if row.get(REF, key) != key]
        for name in self.fields:
            wanted, same = [None if v is pd.NA else v for v in frame[name].tolist()], 0
            meant, seen = self._meant(name, wanted), self._seen(name, rows)
            filled = name in self.filled
            for key, value, means, sees, row in zip(keys, wanted, meant, seen, rows, strict=True):
                if filled and value == "":
                    continue
                if means == sees and type(means) is type(sees) and key not in self.linked:
                    same += 1
                else:
                    self._field(key, name, value, row, above.get(key, {}))
            self.counts[name]["compared"] += same
            self.counts[name]["equal"] += same
        for name in self.absent:
            for key, wanted in zip(keys, frame[name].tolist(), strict=True):
                if comparable("char", wanted):
                    self._note(key, name, wanted, "", "Odoo has no such field")

    def _meant(self, name: str, wanted: Sequence[Any]) -> list[Any]:
        """Staged values of a field in a form in which those that equal `_seen`, in type too, are equal beyond doubt."""
        kind = self._kind(name)
        if kind in NUMBERS:
            return [float(v) if v and v == v else 0.0 for v in wanted]
        if kind == "boolean":
            return [False if v is None else v for v in wanted]
        if kind == "many2many":
            known = {v: comparable(kind, v, self.names) for v in set(wanted)}
            return [known[v] for v in wanted]
        return [self.names.id(v) if v else False for v in wanted] if kind in LINKS else [v or False for v in wanted]

    def _seen(self, name: str, rows: Sequence[Row]) -> list[Any]:
        kind = self._kind(name)
        if kind in NUMBERS:
            return [float(row[name]) for row in rows]
        return [comparable(kind, row[name]) for row in rows] if kind == "many2many" else [row[name] for row in rows]

    def _kind(self, name: str) -> str:
        return str(self.facts.get(name, {}).get("type", "char"))

    def _hidden(self) -> dict[str, dict[int, list[int]]]:
        """Field → id → archived records that one of our lists of links holds."""
        fields = [f for f in self.fields if self._kind(f) == "many2many"]
        meant = {f: {self.names.id(v) for text in self.frame[f].unique() for v in text.split()} for f in fields}
        return {f: hidden(self.reader, self.model, f, {i for i in meant[f] if isinstance(i, int)}) for f in fields}

    def _above(self, found: Mapping[str, Row], there: Mapping[int, Row]) -> dict[str, Row]:
        """Key → the record of the same model that a record belongs to: Odoo gives a contact its company's address."""
        links = [f for f in self.fields if self._kind(f) == "many2one" and self.facts[f].get("relation") == self.model]
        pointed = {k: r[f] for k, r in found.items() for f in links if r[f]}
        others = records(self.reader, self.model, set(pointed.values()) - set(there), self.fields) if pointed else {}
        rows = {**others, **there}
        return {k: rows[i] for k, i in pointed.items() if i in rows}

    def _field(self, key: str, name: str, value: Any, row: Row, above: Row) -> None:
        kind = self._kind(name)
        wanted, seen = comparable(kind, value, self.names), comparable(kind, row[name])
        empty = wanted is False and (kind != "boolean" or value is None)
        linked = key in self.linked
        if (linked and (empty or name == REF)) or (empty and name in self.filled):
            return
        if name == self.growing and isinstance(seen, tuple):
            seen = tuple(v for v in seen if v in _several(wanted))  # those that Odoo added
        how = "" if equal(wanted, seen) else self._how(key, name, wanted, seen, above, row)
        self.counts[name]["compared"] += 1
        if not how:
            self.counts[name]["equal"] += 1
            return
        relation = str(self.facts[name].get("relation") or row.get("model") or row.get("res_model", ""))
        staged_text, odoo_text = (shown(kind, v, relation, self.names) for v in (wanted, seen))
        if how in _LEFT:
            self.counts[name][_LEFT[how]] += 1
            self.left.append((key, name, staged_text, odoo_text, how))
        else:
            self._note(key, name, staged_text, odoo_text, how, counted=True)

    def _how(self, key: str, name: str, wanted: Any, seen: Any, above: Row, row: Row) -> str:
        kind, known = self._kind(name), self.known.get(key, {})
        if (key, name) in self.unsaid:
            return UNSAID
        ours = name in known
        if key in self.linked and not ours and seen not in (False, 0.0):
            return KEPT
        if ours and not self._is_fresh(key, name) and equal(comparable(kind, known[name]), wanted):
            return CHANGED
        if name in self.proves and self._was_changed(key, row):
            return CHANGED
        if wanted is False and seen is not False and above and equal(comparable(kind, above[name]), seen):
            return INHERITED
        if kind in (*LINKS, "many2many") and any(isinstance(w, str) for w in _several(wanted)):
            return "what it points to is not in Odoo"
        return "empty in Odoo" if seen is False else "filled by Odoo" if wanted is False else "differs"

    def _was_changed(self, key: str, row: Row) -> bool:
        """Whether somebody changed what we wrote before this run: what Odoo computes of it changes along."""
        written = {f: v for f, v in self.known.get(key, {}).items() if f in self.fields and not self._is_fresh(key, f)}
        return any(not equal(comparable(self._kind(f), v), comparable(self._kind(f), row[f])) for f, v in written.items())

    def _is_fresh(self, key: str, name: str) -> bool:
        if self.fresh is None:
            return self.outcomes[key] in ("created", "updated")
        return name in self.fresh.get(key, ())

    def _note(self, key: str, name: str, staged: str, odoo: str, how: str, *, counted: bool = False) -> None:
        self.counts[name]["mismatches"] += 1
        if not counted:
            self.counts[name]["compared"] += 1
        self.mismatches.append((key, name, str(staged), odoo, how))

    def _twice(self, ids: Mapping[str, int]) -> None:
        """A key that a second record carries, too: one of those that were read, or any other."""
        if REF not in self.fields:
            return
        keys = self.frame["key"].tolist()
        here = set(keys)
        twice = [(key, other) for key, other in self.strays if key in here and ids.get(key) != other]

        def others(page: Sequence[str]) -> list[Row]:
            own = [ids[key] for key in page if key in ids]
            return self.reader.search_read(self.model, [(REF, "in", page), ("id", "not in", own)], [REF])

        read = {res_id for _, res_id in self.strays}
        for rows in ahead(others, parted(keys)):
            twice += [(row[REF], row["id"]) for row in rows if row["id"] not in read]
        for key, other in twice:
            self._note(key, REF, key, f"{self.model},{other}", "another record carries this key")


def _of(frame: pd.DataFrame, keys: Container[str]) -> pd.DataFrame:
    """The rows of these keys; where that is all of them no copy, which would be as large as the table."""
    here = [key in keys for key in frame["key"]]
    return frame if all(here) else frame[here]


def _several(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
