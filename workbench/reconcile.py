"""Proves what is in Odoo: staged against Odoo, every field of every record; and raw against Odoo, by witnesses.

Each reads the records anew; external ids, looked up once, say which they are. The ledger only tells what was written
before, so that a value which a person changed in Odoo since is not taken for a loss.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from workbench.compare import INHERITED, Compared, compare, understood
from workbench.findings import Finding
from workbench.odoo.protocols import Reader
from workbench.odoo.release import Release
from workbench.outcomes import IN_ODOO, Account
from workbench.readback import comparable
from workbench.sides import read_and_loaded
from workbench.staged import Staged
from workbench.witness_cells import Agreed, Cell, Witnesses, WitnessTarget
from workbench.witnessing import Looking

__all__ = ["Compared", "Reconciliation", "as_json", "compare", "reconcile"]

_WRONG = 3
"""How many records that do not match are shown side by side, besides those of the spot check."""

SAMPLES = ["key", "field", "source", "staged", "odoo", "same", "column"]


@dataclass(frozen=True)
class Reconciliation:
    """Both proofs. `declared_lossy`: (entity, field, reason), named before the load. `samples` per entity (`SAMPLES`):
    records of the spot check side by side, `same` one of 'same', 'same after cleaning', 'decided', 'differs'. Where no cell
    tells of a record alone (a call of a history, a tag), `source` is what was read from the export, and `column` is empty.
    """

    compared: dict[str, Compared]
    witnesses: dict[str, Witnesses]
    declared_lossy: tuple[tuple[str, str, str], ...] = ()
    samples: dict[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def matches(self) -> bool:
        """Whether every record and every field is there as staged, and every raw cell found or decided."""
        return not any(len(c.mismatches) or c.missing for c in self.compared.values()) and not any(
            len(w.missing) for w in self.witnesses.values()
        )

    def findings(self) -> tuple[Finding, ...]:
        """What does not match, a finding each."""
        found: list[Finding] = []
        todo = "Run the load again; if it stays, look at the record in Odoo."
        for entity, c in self.compared.items():
            gone = "The record should be in Odoo and was not found there."
            found += [Finding("missing_in_odoo", "error", gone, todo, entity, key) for key in c.missing]
            for key, name, staged, _, how in c.mismatches.itertuples(index=False):
                text = f"{name} in Odoo is not what was staged: {how}."
                found.append(Finding("mismatch", "error", text, todo, entity, key, field=name, value=staged))
        for entity, w in self.witnesses.items():
            for key, file, row, column, name, value in w.missing.itertuples(index=False):
                text = f"{column} was not found in {name or 'any field'} of its record in Odoo."
                found.append(Finding("witness_missing", "error", text, todo, entity, key, file, row, column, value))
        return tuple(found)


def as_json(reconciliation: Reconciliation) -> dict[str, int]:
    """The numbers for outcome.json; `missing` counts records that are not in Odoo and cells that were found nowhere."""
    compared, witnesses = reconciliation.compared.values(), reconciliation.witnesses.values()
    return {
        "records": sum(c.records for c in compared),
        "fields": sum(c.fields for c in compared),
        "mismatches": sum(len(c.mismatches) for c in compared),
        "witnesses": sum(w.cells for w in witnesses),
        "missing": sum(len(c.missing) for c in compared) + sum(len(w.missing) for w in witnesses),
        "declared_lossy": len(reconciliation.declared_lossy),
    }


def reconcile(
    staged: Staged,
    accounts: Mapping[str, Account],
    reader: Reader,
    release: Release,
    rows: Mapping[str, pd.DataFrame],
    targets: Sequence[WitnessTarget],
    *,
    known: Mapping[str, Mapping[str, Any]],
    fresh: Mapping[str, Collection[str]] | None = None,
    unsaid: Collection[tuple[str, str]] = (),
    agreed: Agreed | None = None,
    declared_lossy: Sequence[tuple[str, str, str]] = (),
    chosen: Collection[str] = (),
) -> Reconciliation:
    """Both proofs for what `accounts` say is in Odoo.

    `rows` are the extracted tables and `targets` the confirmed mapping; `known`, `fresh`, `unsaid` as for `compare`.
    Of `agreed`, survivors, excused keys and kept values are filled in here. `chosen` are keys of records to show side by
    side, besides some that do not match.
    """
    meaning = understood(accounts, reader, release)
    compared = compare(staged, accounts, reader, release, known, fresh, unsaid, meaning)
    outcomes = [o for account in accounts.values() for o in account.outcomes.values()]
    left = [row for c in compared.values() for row in c.left.itertuples(index=False)]
    # What Odoo took from the record above is no reason why a cell of the export is not there.
    kept = {(key, name): how for key, name, _, _, how in left if how != INHERITED}
    agreed = replace(
        agreed or Agreed(),
        survivors={o.key: o.detail for o in outcomes if o.outcome == "merged"},
        excused={o.key for o in outcomes if o.outcome not in (*IN_ODOO, "merged")},
        kept={**kept, **(agreed.kept if agreed else {})},
    )
    show = {*chosen, *(key for c in compared.values() for key in sorted(set(c.mismatches["key"]))[:_WRONG])}
    looking = Looking(reader, staged, accounts, release, targets, agreed, meaning.ids)
    del meaning  # as large as all keys
    witnesses, cells = looking.look(rows, show, _WRONG)
    words = _words(witnesses)
    shown_samples = {}
    for entity, of_entity in compared.items():
        frame = _samples(staged, accounts[entity], cells, words, of_entity, chosen)
        rest = [k for k in chosen if k in accounts[entity].outcomes and k not in set(frame["key"])]
        sides = read_and_loaded(staged, reader, release, of_entity, rest)
        shown_samples[entity] = (
            pd.concat([frame, pd.DataFrame(sides, columns=SAMPLES)], ignore_index=True) if sides else frame
        )
    return Reconciliation(compared, witnesses, tuple(declared_lossy), shown_samples)


def _words(witnesses: Mapping[str, Witnesses]) -> dict[tuple[Any, ...], str]:
    """(key, file, row, column) of a cell that was not found → 'differs' or 'decided'."""
    words: dict[tuple[Any, ...], str] = {}
    for of_entity in witnesses.values():
        for word, frame in (("differs", of_entity.missing), ("decided", of_entity.decided)):
            words |= {tuple(row)[:4]: word for row in frame.itertuples(index=False)}
    return words


def _samples(
    staged: Staged,
    account: Account,
    cells: Sequence[Cell],
    words: Mapping[tuple[Any, ...], str],
    compared: Compared,
    chosen: Collection[str],
) -> pd.DataFrame:
    """Some records side by side, cell by cell; where a record stands in several rows, the last row's cell."""
    records = {cell.key: cell.record for cell in cells}
    differing = {records[place[0]] for place, word in words.items() if word == "differs" and place[0] in records}
    wrong = set(compared.mismatches["key"]) | differing
    shown = list(
        dict.fromkeys([*sorted(wrong & set(account.outcomes))[:_WRONG], *(k for k in chosen if k in account.outcomes)])
    )
    chosen_here = set(shown)
    by_key = staged.tables[compared.entity].set_index("key")
    result: dict[tuple[str, str], tuple[str, ...]] = {}
    for cell in cells:
        name = cell.target.field
        if cell.record not in chosen_here or not name:
            continue
        word = words.get((cell.key, cell.file, cell.row, cell.target.column), "same after cleaning")
        same = "same" if cell.found and cell.value.strip() == cell.held else word
        value = by_key.at[cell.record, name] if name in by_key.columns and cell.record in by_key.index else ""
        staged_text = str(comparable("char", value) or "")
        result[cell.record, cell.target.column] = (
            cell.record,
            name,
            cell.value,
            staged_text,
            cell.held,
            same,
            cell.target.column,
        )
    order = {key: at for at, key in enumerate(shown)}
    return pd.DataFrame(sorted(result.values(), key=lambda row: order[str(row[0])]), columns=SAMPLES)
