"""What an undo would do: takes back what the ledger says we wrote, and leaves alone what anybody has touched since.

A record is touched when a field that we wrote differs from what we wrote, or when a record that is not ours, or that stays,
points to it. What existed before is never deleted; its values are restored where they are still ours. Nothing is written
here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from workbench.ledger import Ledger
from workbench.ledger_rows import Op, Record, same
from workbench.odoo.keyed import external_ids, named_by_others
from workbench.odoo.protocols import Reader
from workbench.odoo.references import BETWEEN, BROUGHT, OF_USERS, Place, References
from workbench.odoo.release import Model
from workbench.readback import PAGE, add_hidden, hidden
from workbench.staged import PARTNER, REF
from workbench.undo_fields import FIELDS, OPTIONS, Action, Undo, undo_fields

_LOGGED_IN = "login_date"
"""Of a user: when the last login was, or False."""

_NAMED = 3
"""How many records that point to one are named; the others are counted."""


def plan(
    reader: Reader, ledger: Ledger, module: str, run: str = "", models: Mapping[str, Model] = MappingProxyType({})
) -> list[Undo]:  # fmt: skip
    """What would be undone, newest first: everything, or one run only (records that other runs wrote too are kept).

    `models` are the release's.
    """
    return _Plan(reader, ledger, module, run, models).undos()


class _Plan:
    """Makes one plan; lives for one call of `plan`."""

    def __init__(self, reader: Reader, ledger: Ledger, module: str, run: str, models: Mapping[str, Model]) -> None:
        self.by_button = {(m.model, field) for m in models.values() for field in m.by_button}
        self.lines = {(m.model, lines) for m in models.values() for lines in m.lines.values()}
        self.reader, self.ledger, self.module, self.run = reader, ledger, module, run
        self.records = ledger.records()
        self.ops = ledger.ops("done")
        self.by_key: dict[str, list[Op]] = {}
        for op in self.ops:
            self.by_key.setdefault(op.key, []).append(op)
        self.keep: dict[Place, str] = {}
        self.named = external_ids(reader, module, list(self.records))
        self.current = self._current()

    def undos(self) -> list[Undo]:
        """The whole plan, newest write first; data before the schema that it uses."""
        created = {k: r for k, r in self.records.items() if r.origin == "created" and self._of_run(k)}
        data = {k: r for k, r in created.items() if r.model not in (FIELDS, OPTIONS)}
        restores = self._restores(data)
        gone = {k for k, r in data.items() if (r.model, r.res_id) not in self.current}
        shared = self._shared(data)
        for key, record in data.items():
            place = (record.model, record.res_id)
            if key not in gone and (why := self._touched(key, record) or shared.get(place, "")):
                self.keep[place] = why
        partners = self._partners_of_users(data)
        going = {(r.model, r.res_id) for k, r in data.items() if k not in gone}
        self._spread({*going, *partners, *self._brought(going)}, partners)
        going -= set(self.keep)
        leaving = {*going, *partners} - set(self.keep)
        return [
            *restores,
            *self._settings(going),
            *(self._undo(key, data[key], gone) for key in self._newest_first(data)),
            *(self._partner(place, *partner) for place, partner in partners.items()),
            *self._links(),
            *undo_fields(self.reader, created, self._ops, leaving, self.current),
            *self._of_other_runs(),
            *self._unsettled(),
        ]

    def _of_run(self, key: str) -> bool:
        """Whether a record belongs to what is undone: made in this run, and written by no other."""
        return not self.run or {op.run for op in self.by_key.get(key, ())} == {self.run}

    def _shared(self, data: Mapping[str, Record]) -> dict[Place, str]:
        """Records that we made and that somebody else knows as theirs, too: another run, or another migration."""
        places = {(r.model, r.res_id) for r in data.values()}
        others = ((k, (r.model, r.res_id)) for k, r in self.records.items() if not self._of_run(k))
        runs = {place: f"another run links {key} to it" for key, place in others if place in places}
        elsewhere = named_by_others(self.reader, self.module, places)
        return {**runs, **{place: f"it is {name}, too" for place, name in elsewhere.items()}}

    def _newest_first(self, data: Mapping[str, Record]) -> list[str]:
        made = {op.key: op.id for op in self.ops if op.action == "create"}
        return sorted(data, key=lambda k: (data[k].entity != "schema", made.get(k, 0), data[k].res_id), reverse=True)

    def _undo(self, key: str, record: Record, gone: set[str]) -> Undo:
        place = (record.model, record.res_id)
        ops = self._ops(key)
        if place in self.keep:
            return Undo("keep", key, record.entity, *place, self.keep[place])
        if key in gone:
            now = self.named.get(key, place)
            what = "no longer in Odoo" if now == place else f"merged in Odoo into {self._called(now)}, which stays"
            return Undo("unname", key, record.entity, *place, what, None, ops)
        return Undo("delete", key, record.entity, *place, "", None, ops)

    def _ops(self, key: str) -> tuple[int, ...]:
        return tuple(op.id for op in self.by_key.get(key, ()))

    def _current(self) -> dict[Place, dict[str, Any]]:
        """(model, id) → every field that the ledger knows of that record, as it stands in Odoo now."""
        fields: dict[str, set[str]] = {}
        ids: dict[str, set[int]] = {}
        for record in self.records.values():
            fields.setdefault(record.model, set()).update(record.written)
            ids.setdefault(record.model, set()).add(record.res_id)
        for op in self.ops:
            if op.action == "update":
                fields.setdefault(op.model, set()).update(op.written)
                ids.setdefault(op.model, set()).add(int(op.res_id or 0))
        current: dict[Place, dict[str, Any]] = {}
        if "res.users" in fields:
            fields["res.users"].add(_LOGGED_IN)
        for model, names in fields.items():
            facts = self.reader.fields_get(model)
            known = sorted(names & set(facts))
            rows = self.reader.read(model, sorted(ids[model]), known or ["id"])
            lists = {f: self._listed(model, f) for f in known if facts[f]["type"] == "many2many"}
            add_hidden(rows, {f: hidden(self.reader, model, f, targets) for f, targets in lists.items()})
            current |= {(model, row["id"]): row for row in rows}
        return current

    def _listed(self, model: str, field: str) -> set[int]:
        """The ids that we wrote into a list of links."""
        said = [r.written.get(field) for r in self.records.values() if r.model == model]
        said += [op.written.get(field) for op in self.ops if op.model == model]
        return {i for ids in said if isinstance(ids, list) for i in ids if isinstance(i, int)}

    # touched

    def _touched(self, key: str, record: Record) -> str:
        """Why a record that we made is not ours to delete any more; empty where it is."""
        place = (record.model, record.res_id)
        now = self.current[place]
        if key not in self.named:
            return "its external id is gone: nobody can be sure that it is ours"
        if self.named[key] != place:
            return f"its external id means {self._called(self.named[key])} now: merged in Odoo?"
        if REF in record.written and now.get(REF) != record.written[REF]:  # a lead that became a deal carries the deal's
            return "its source reference was changed in Odoo"
        if record.model == "res.users" and now.get(_LOGGED_IN):
            return "the user has logged in since"
        fields = self.reader.fields_get(record.model)
        changed = [
            f"{fields[name].get('string', name)} ({name})"
            for name in record.written
            # What Odoo itself keeps up to date is readonly and says nothing about a person.
            if name in now
            and (not fields[name].get("readonly") or (record.model, name) in self.by_button)
            and not same(record.expected(name), now[name])
        ]
        return f"{', '.join(changed)} was changed in Odoo" if changed else ""

    def _spread(self, ours: set[Place], partners: Container[Place]) -> None:
        """Keep what is pointed to by a record that is not ours, or that is kept itself; `partners` are those of users."""
        keys = {(r.model, r.res_id): k for k, r in self.records.items()}
        references = References(self.reader)
        pointers: dict[Place, list[tuple[Place, str]]] = {}
        owners = self._owners(ours)  # what points to a line points to its record, and what a line points to, its record does
        places = {*ours, *owners}
        for model in {m for m, _ in places}:
            for source, field, target in references.pointing_to(model, [i for m, i in places if m == model]):
                stays = self.current.get(source, {}).get(field, target)
                restored = target not in (stays if isinstance(stays, list) else [stays])  # this undo takes the link away
                by_odoo = source[0] in OF_USERS and (model, target) in partners
                by, to = owners.get(source, source), owners.get((model, target), (model, target))
                if by != to and not restored and not by_odoo:
                    pointers.setdefault(to, []).append((by, field))
        ends = Counter(s for sources in pointers.values() for s, _ in sources if s[0] in BETWEEN)
        pointers = {place: [p for p in sources if ends[p[0]] < 2] for place, sources in pointers.items()}
        waiting = [place for place in ours if place in self.keep or any(s not in ours for s, _ in pointers.get(place, ()))]
        targets: dict[Place, list[tuple[Place, str]]] = {}
        for place, sources in pointers.items():
            for source, field in sources:
                targets.setdefault(source, []).append((place, field))
        for place in waiting:
            if place not in self.keep:
                foreign = {s: f for s, f in pointers[place] if s not in ours}
                named = [self._pointed(source, field, keys) for source, field in list(foreign.items())[:_NAMED]]
                more = [f"and {len(foreign) - _NAMED:,} more"] if len(foreign) > _NAMED else []
                self.keep[place] = "; ".join([*named, *more])
        while waiting:
            source = waiting.pop()
            for place, field in targets.get(source, ()):
                if place not in self.keep:
                    self.keep[place] = f"{keys.get(source, self._called(source))} stays and points to it ({field})"
                    waiting.append(place)

    def _owners(self, ours: set[Place]) -> dict[Place, Place]:
        """Each line of records of ours → its record; also those lines that Odoo adds by itself."""
        owners: dict[Place, Place] = {}
        for model, lines in self.lines:
            ids = sorted(i for m, i in ours if m == model)
            for start in range(0, len(ids), PAGE):
                domain = [(lines.inverse, "in", ids[start : start + PAGE])]
                for row in self.reader.search_read(lines.model, domain, [lines.inverse]):
                    owners[lines.model, row["id"]] = (model, row[lines.inverse])
        return owners

    def _pointed(self, source: Place, field: str, keys: Mapping[Place, str]) -> str:
        label = self.reader.fields_get(source[0]).get(field, {}).get("string", field)
        what = f"{keys[source]} (another run's)" if source in keys else self._called(source)
        return f"{what} points to it ({label})"

    def _called(self, place: Place) -> str:
        """What a person calls a record: the name of its model in Odoo, and its id."""
        rows = self.reader.search_read("ir.model", [("model", "=", place[0])], ["name"])
        return f"{rows[0]['name'] if rows else place[0]} {place[1]} ({place[0]})"

    def _brought(self, going: set[Place]) -> set[Place]:
        """What Odoo made along with records that go, and takes away with them."""
        found: set[Place] = set()
        for model, (other, field) in BROUGHT.items():
            ids = sorted(i for m, i in going if m == model)
            found |= {(other, i) for i in self.reader.search(other, [(field, "in", ids)])} if ids else set()
        return found

    # the partner of a user

    def _partners_of_users(self, data: Mapping[str, Record]) -> dict[Place, tuple[str, tuple[int, ...]]]:
        """(res.partner, id) → the key of a user that we made, and intended deletions where its undo was cut off."""
        users = {r.res_id: k for k, r in data.items() if r.model == "res.users"}
        rows = self.reader.read("res.users", list(users), ["partner_id"]) if users else []
        partners: dict[Place, tuple[str, tuple[int, ...]]] = {}
        for op in [*self.ledger.ops("failed"), *self.ledger.ops("intended")]:
            if op.action == "delete" and op.key.endswith(PARTNER) and (not self.run or self.run == op.before.get("of", "")):
                there = self.reader.search("res.partner", [("id", "=", op.res_id)])
                taken = self.reader.search("res.users", [("partner_id", "=", op.res_id)])
                if there and not taken:
                    known = partners.get(("res.partner", there[0]), ("", ()))[1]
                    partners[("res.partner", there[0])] = (op.key.removesuffix(PARTNER), (*known, op.id))
        partners |= {("res.partner", row["partner_id"]): (users[row["id"]], ()) for row in rows}
        return partners

    def _partner(self, place: Place, key: str, ops: tuple[int, ...]) -> Undo:
        action: Action = "keep" if place in self.keep else "delete"
        return Undo(action, f"{key}{PARTNER}", "schema", *place, self.keep.get(place, "partner of a user"), None, ops)

    # links, updates

    def _links(self) -> list[Undo]:
        """Records that were there before only lose our external id; what lives on in one of ours that stays does so, too."""
        undos = []
        for key, record in self.records.items():
            place = (record.model, record.res_id)
            if record.origin == "created" or not self._of_run(key):
                continue
            if place in self.keep:
                undos.append(Undo("keep", key, record.entity, *place, self.keep[place]))
                continue
            ops = tuple(op.id for op in self.by_key.get(key, ()) if op.action == "link")
            why = "was in Odoo before: only the external id goes"
            undos.append(Undo("unname", key, record.entity, *place, why, None, ops))
        return undos

    def _restores(self, data: Mapping[str, Record]) -> list[Undo]:
        """Before-images of what existed before, newest first, where the value in Odoo is still the one that we wrote."""
        undos = []
        later: dict[tuple[Place, str], str] = {}
        made = {(r.model, r.res_id) for r in data.values()}
        for op in reversed(self.ops):
            place = (op.model, int(op.res_id or 0))
            if op.action != "update" or place in made or op.model == "res.groups":  # what goes or stays does so as a whole
                continue
            if self.run and op.run != self.run:
                later |= {(place, field): op.run for field in op.written}
                continue
            undos += self._restore(op, place, later)
        return undos

    def _restore(self, op: Op, place: Place, later: Mapping[tuple[Place, str], str]) -> list[Undo]:
        now = self.current.get(place, {})
        record = self.records.get(op.key)
        stored = record.stored if record else {}
        entity = record.entity if record else ""
        ours: dict[str, Any] = {}
        theirs: list[str] = []
        for field, written in op.written.items():
            if (place, field) in later:
                theirs.append(f"{field} written again by run {later[(place, field)]}")
            elif field not in now:
                theirs.append(f"{field} no longer in Odoo")
            elif same(written, now[field]) or (field in stored and same(stored[field], now[field])):
                ours[field] = now[field] = op.before[field]
            elif not same(op.before[field], now[field]):  # else it stands as before already
                theirs.append(f"{field} changed in Odoo since")
        undos = []
        if ours or not theirs:
            undos.append(Undo("restore", op.key, entity, *place, ", ".join(ours) or "stands as before", ours, (op.id,)))
        if theirs:
            undos.append(Undo("keep", op.key, entity, *place, ", ".join(theirs)))
        return undos

    def _settings(self, going: set[Place]) -> Iterable[Undo]:
        """The Leads menu is switched off again unless somebody else's leads need it."""
        for op in self.ops:
            if op.action == "update" and op.model == "res.groups" and (not self.run or op.run == self.run):
                leads = self.reader.search("crm.lead", [("type", "=", "lead")])
                others = [i for i in leads if ("crm.lead", i) not in going]
                place = (op.model, int(op.res_id or 0))
                if others:
                    yield Undo("keep", op.key, "schema", *place, f"the Leads menu shows {len(others):,} leads that stay")
                else:
                    yield Undo("restore", op.key, "schema", *place, "Leads menu off again", dict(op.before), (op.id,))

    # what is not undone now

    def _of_other_runs(self) -> list[Undo]:
        """Records of the run to undo that another run wrote too."""
        return [
            Undo("keep", k, r.entity, r.model, r.res_id, f"run {others[-1]} wrote it too")
            for k, r in self.records.items()
            if (ops := self.by_key.get(k, ())) and self.run == ops[0].run
            and (others := [op.run for op in ops if op.run != self.run])
        ]  # fmt: skip

    def _unsettled(self) -> list[Undo]:
        """What an interrupted load may have made: it is looked up when the undo begins."""
        why = "an interrupted run may have written it: it is looked up before anything is undone"
        return [
            Undo("keep", op.key, str(op.before.get("entity", "")), op.model, int(op.res_id or 0), why)
            for op in self.ledger.ops("intended")
            if not self.run or op.run == self.run
        ]
