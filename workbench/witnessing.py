"""Looks for every cell of the exports in Odoo, some thousand records at a time, so that no memory holds all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial

import pandas as pd

from workbench.keys import related
from workbench.odoo.protocols import Reader
from workbench.odoo.release import Release, To
from workbench.outcomes import IN_ODOO, Account
from workbench.readback import ahead, texts
from workbench.staged import Staged
from workbench.witness import look, row_keys, told_as
from workbench.witness_cells import TOLD, TOLD_IN, Agreed, Cell, Tally, Witnesses, WitnessTarget, survivor_of
from workbench.witness_deals import children_of

RECORDS = 2000
"""Records of a table whose rows are looked at together."""


class Looking:
    """One look at everything; records are found by external id: `ids` is key → (model, id)."""

    def __init__(
        self, reader: Reader, staged: Staged, accounts: Mapping[str, Account], release: Release,
        targets: Sequence[WitnessTarget], agreed: Agreed, ids: Mapping[str, tuple[str, int]],
    ) -> None:  # fmt: skip
        self.reader, self.models, self.targets, self.agreed = reader, staged.models, targets, agreed
        self.fields = _fields(accounts, targets, release)
        self.places: dict[str, dict[str, int]] = {}
        for entity, account in accounts.items():
            keys = [o.key for o in account.outcomes.values() if o.outcome in IN_ODOO]
            self.places[entity] = {k: ids[k][1] for k in keys if k in ids and ids[k][0] == self.models[entity]}
        self.children = children_of(key for places in self.places.values() for key in places)

    def look(
        self, rows: Mapping[str, pd.DataFrame], show: Collection[str], wrong: int
    ) -> tuple[dict[str, Witnesses], list[Cell]]:
        """What became of the cells, per entity; and the cells of the records to `show`, with those of some that are wrong.

        `wrong` is of how many records of each entity the cells are kept because one of them is nowhere.
        """
        tallies: dict[str, Tally] = {}
        kept: dict[str, list[Cell]] = {}
        shown: dict[str, set[str]] = {}
        for table, frame in rows.items():
            for part, held in ahead(partial(self._held, table), _parts(frame)):
                found = look({table: part}, self.targets, held, self.agreed)
                for entity, cells in found.items():
                    lost = tallies.setdefault(entity, Tally(entity, self.agreed)).add(cells)
                    some = shown.setdefault(entity, set())
                    some.update(sorted({cell.record for cell in lost})[: max(0, wrong - len(some))])
                    ours = {cell.key for cell in cells if cell.record in some or cell.record in show}
                    kept.setdefault(entity, []).extend(cell for cell in cells if cell.key in ours)
        witnesses = {entity: tally.witnesses() for entity, tally in tallies.items()}
        return witnesses, [cell for cells in kept.values() for cell in cells]

    def _held(self, table: str, part: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, dict[str, str]]]:
        return part, self._texts(table, part)

    def _texts(self, table: str, frame: pd.DataFrame) -> dict[str, dict[str, str]]:
        """Key → Odoo field → text, of all records that these rows may speak of."""
        keys = row_keys(table, frame[frame["status"] != "rejected"], [t for t in self.targets if t.table == table])
        wanted = {survivor_of(key, self.agreed.survivors) for of_entity in keys.values() for key in of_entity}
        for entity in ("deal", *TOLD):
            for key in keys[table]:
                wanted.update(self.children.get(related(key, entity), ()))
        for key in keys[table]:
            wanted.update(self.children.get(told_as(key), ()))
        found: dict[str, dict[str, str]] = {}
        for entity, places in self.places.items():
            here = {key: places[key] for key in wanted if key in places}
            found |= texts(self.reader, self.models[entity], here, self.fields[entity]) if here else {}
        return found


def _parts(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The rows of `RECORDS` records at a time, in their order; all rows of a record come together."""
    numbers = pd.factorize(frame["key"])[0] // RECORDS
    for number in range(int(numbers.max()) + 1 if len(numbers) else 0):
        yield frame[numbers == number]


def _fields(accounts: Mapping[str, Account], targets: Sequence[WitnessTarget], release: Release) -> dict[str, set[str]]:
    """Entity → the fields of Odoo that the witnesses look at."""
    wanted: dict[str, set[str]] = {entity: set() for entity in accounts}
    for target in targets:
        for name in (target.field, *target.also):
            entity, dot, other = name.partition(".")
            wanted.setdefault(entity if dot else target.entity, set()).add(other if dot else name)
    # What is merged into a record of another kind stands there.
    for entity, account in accounts.items():
        lives = {o.detail for o in account.outcomes.values() if o.outcome == "merged"} - set(account.extracted)
        for other in (e for e, a in accounts.items() if e != entity and not lives.isdisjoint(a.extracted)):
            wanted[other] = wanted[other] | wanted[entity]
    # A lead may be a deal in Odoo. An address may stand with the company of a row that has no contact.
    wanted["deal"] = wanted.get("deal", set()) | wanted.get("lead", set())
    if any(target.entity in TOLD or TOLD_IN in target.also for target in targets):
        wanted |= {entity: wanted.get(entity, set()) | _told(release, entity) for entity in TOLD if entity in accounts}
    if "session" in wanted and "note" in wanted:  # a session of the past is told in notes
        wanted["note"] = wanted["note"] | wanted["session"] | _told(release, "note")
    wanted["company"] = wanted.get("company", set()) | wanted.get("contact", set())
    return wanted


def _told(release: Release, entity: str) -> set[str]:
    """The fields of Odoo that hold what a cell tells of an activity or a meeting."""
    fields = release.models[entity].fields
    names_ = ("happened_on", "starts_on", "name", "body")
    return {goes.field for n in names_ if isinstance(goes := fields.get(n), To)}
