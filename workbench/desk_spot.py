"""The spot check as decisions to work in: each record as it stood in the export, beside Odoo (decisions/spot_check.csv)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pandas as pd

from workbench import decisions, signing
from workbench import spot_check as spot
from workbench.desks import At, Desk, Item, Option, said
from workbench.display import Table
from workbench.errors import UsageError
from workbench.odoo.keyed import external_ids
from workbench.reconcile import Reconciliation
from workbench.report_rows import Masking
from workbench.target import Target
from workbench.work import Work

Row = dict[str, str]

SIGNS = {"same": "=", "same after cleaning": "≈", "decided": "◇", "differs": "≠"}
"""What a comparison found → its sign, as in the report."""

HEADS = ("what", "field", "in the export", "in Odoo", "compared")

_LONG = 400
"""So many letters of a value are shown; Odoo and the export have the rest."""

_OPTIONS: tuple[Option, ...] = (("not looked at yet", ""), ("Right", "right"), ("Wrong", "wrong"), ("Unclear", "unclear"))


class SpotDesk(Desk[Row]):
    """The records that were drawn, side by side. Personal data are masked while `masked` is true."""

    file = spot.FILE
    title = "Spot check"
    verb = "verdict"
    cells = ("note",)
    quiet = frozenset({"note"})
    press = ("Right", "Look again")
    at_once = False
    wide = True
    page = 8
    masked: bool | None = True

    def __init__(self, work: Work, target: Target, result: Reconciliation) -> None:
        super().__init__(work)
        self.fingerprint = signing.fingerprint(work)
        self.maskings = {m: Masking(target.release, work.source.name, masked=m) for m in (True, False)}
        self.sides: dict[str, pd.DataFrame] = {}
        for frame in result.samples.values():
            self.sides |= {str(key): rows for key, rows in frame.groupby("key", sort=False)}
        url = target.client.url.rstrip("/") + target.release.record_url
        there = external_ids(target.client, work.source.name, [key for key, _ in self.read()])
        self.addresses = {key: url.format(model=model, id=res_id) for key, (model, res_id) in there.items()}

    def read(self) -> dict[At, Row]:
        """All verdicts, those on what has changed since too; UsageError where what was drawn has changed since."""
        if signing.fingerprint(self.work) != self.fingerprint:
            raise UsageError(
                "An export, a decision or what is staged has changed since these records were drawn.",
                "Run the notebook again: it draws anew.",
            )
        rows = decisions.records(signing.read_spot_check(self.work))
        return {(row["key"], row["fingerprint"]): row for row in rows}

    def write(self, entries: dict[At, Row]) -> None:
        """Save spot_check.csv."""
        rows = list(entries.values())
        self.work.migration.write_csv(self.file, pd.DataFrame(rows, columns=spot.COLUMNS, dtype="str"))

    def items(self) -> dict[At, Item]:
        """The records that are drawn now."""
        return {at: item for at, item in super().items().items() if at[1] == self.fingerprint}

    def item(self, at: At, entry: Row, entries: Mapping[At, Row]) -> Item:
        """A record as a row; what differs, and a verdict that asks for words, is a doubt."""
        sides = self.compared(entry)
        counts = Counter(same for *_, same in sides)
        found = ", ".join(f"{counts[word]:,} {word}" for word in SIGNS if counts[word])
        differing = ", ".join(cells[0] for cells in sides if cells[-1] == "differs")
        doubt = f"Not the same: {differing}." if differing else ""
        if entry["verdict"] in ("wrong", "unclear") and not entry["note"]:
            doubt = f"Say in the note what is {entry['verdict']}."
        rows = tuple((*cells, f"{SIGNS[same]} {same}") for *cells, same in sides)
        address, is_open = self.addresses.get(entry["key"], ""), not entry["verdict"]
        return Item(
            at=at, title=entry["key"], facts=entry["stratum"].replace("_", " "), is_open=is_open, doubt=doubt,
            evidence=found or "Nothing of the export stands in this record alone: compare it in Odoo.",
            options=_OPTIONS, chosen=entry["verdict"], table=(HEADS, *rows) if rows else (),
            said="open" if is_open else said(entry["verdict"], entry["by"], entry["at"]),
            edits={"note": entry["note"]}, links=(("open it in Odoo", address),) if address else (),
        )  # fmt: skip

    def compared(self, entry: Row) -> list[tuple[str, str, str, str, str]]:
        """Cell by cell: the column or what it is, its field, the export's text, Odoo's, how they compare."""
        masking, found = self.maskings[bool(self.masked)], []
        for _, field, source, _, odoo, same, column in self.sides.get(entry["key"], pd.DataFrame()).itertuples(index=False):
            texts = (source, masking.named(entry["entity"], field, odoo))
            shown, loaded = (_short(masking.value(entry["entity"], field, text)) for text in texts)
            found.append((column or masking.label(entry["entity"], field), field, shown, loaded, same))
        return found

    def decided(self, entry: Row, value: str, reason: str) -> Row:
        """The record with that verdict; open again for none."""
        return entry | {"verdict": value} | self._signed() if value else self.opened(entry)

    def edited(self, entry: Row, name: str, value: str) -> Row:
        """The record with another note, which decides nothing."""
        return entry | {"note": value.strip()} if name == "note" else super().edited(entry, name, value)

    def proposed(self, entry: Row) -> Row:
        """The record found right."""
        return self.decided(entry, "right", "")

    def opened(self, entry: Row) -> Row:
        """The record without a verdict; its note stays."""
        return entry | {"verdict": "", "by": "", "at": ""}


def side_by_side(desk: SpotDesk) -> Table:
    """All that was drawn, cell by cell, as text."""
    rows = [
        (entry["key"] if not at else "", *cells[:-1], f"{SIGNS[cells[-1]]} {cells[-1]}")
        for place, entry in desk.read().items() if place[1] == desk.fingerprint
        for at, cells in enumerate(desk.compared(entry))
    ]  # fmt: skip
    return Table(pd.DataFrame(rows, columns=["record", *HEADS]), "Side by side, cell by cell")


def _short(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[:_LONG]}… ({len(text):,} letters)"
