"""Figures of two ways each, run in turn: how many times faster ours is."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import peers
from stand import Stand, say

from workbench.ledger import Ledger
from workbench.odoo.client import ClientWriter
from workbench.odoo.protocols import Values
from workbench.odoo.records import Records
from workbench.odoo.v19 import RELEASE
from workbench.schema import ensure
from workbench.staged import CustomField, Staged

COUNT = 5000
MODELS = ("res.partner", "crm.lead", "mail.message")


@dataclass(frozen=True)
class Pair:
    """A figure: seconds of `other` for each record over seconds of ours. `ours` and `other` are numbers of records.

    `workers` are ours. Both kinds run in turn; the figure is the median of the ratios of neighbours.
    """

    name: str
    goal: float
    other: peers.Peer
    count: int = COUNT
    workers: int = 1

    def measure(self, stand: Stand, runs: int) -> float:
        """The figure; each run as a detail."""
        self.other(stand, min(200, self.count))  # the first calls of all meet a cold server
        peers.ours(stand, 200, self.workers)
        ratios, rates = [], []
        for run in range(runs):
            mine, theirs = COUNT / peers.ours(stand, COUNT, self.workers), self.count / self.other(stand, self.count)
            ratios.append(mine / theirs)
            rates.append((mine, theirs))
            told = f"{mine:,.0f} against {theirs:,.1f} records/s, {ratios[-1]:.2f}"
            say(f"  {self.name} {run + 1}/{runs}: {told} (load {os.getloadavg()[0]:.1f})")
        mine, theirs = (median(side) for side in zip(*rates, strict=True))
        told = f"{mine:,.0f} against {theirs:,.1f} records/s"
        say(f"  {self.name}: medians {told}; ratios {min(ratios):.2f} to {max(ratios):.2f}")
        return median(ratios)


PAIRS = (
    Pair("vs_load", 1.5, peers.load),
    Pair("vs_load_plain", 6, peers.load_plain, count=500),  # it mails every owner: 5,000 would take five minutes a run
    Pair("vs_one_by_one", 30, peers.one_by_one, count=50),
    Pair("vs_in_process", 0.8, peers.in_process),
    Pair("two_workers", 1.6, lambda stand, count: peers.ours(stand, count, 1), workers=2),
    Pair("vs_import_client", 1.4, peers.import_client, workers=2),
)


def schema_calls(stand: Stand) -> float:
    """The most `create` calls that any set of custom fields took, of all models: each makes Odoo reload its registry."""
    writer = Counting(stand.connection())
    ledger = Ledger(stand.folder / "schema.sqlite")
    ledger.set_meta(token="schema")  # noqa: S106 - a mark, not a secret
    fields = tuple(CustomField(model, f"x_bench_{n}", f"Field {n}") for model in MODELS for n in range(20))
    staged = Staged({}, {}, {}, {}, fields, (), {}, ())
    ensure(staged, Records(writer, ledger, "run", "bench", RELEASE.models), writer, RELEASE, leads=False)
    ledger.close()
    say(f"  schema_calls: {len(fields)} fields on {len(MODELS)} models; calls: {dict(writer.calls)}")
    return max(writer.calls.values())


class Counting(ClientWriter):
    """A writer that counts creations of fields by model."""

    def __init__(self, writer: ClientWriter) -> None:
        super().__init__(writer)
        self.calls: Counter[int] = Counter()

    def create(self, model: str, values: Sequence[Values], *, module: str = "") -> list[int]:
        """As it is, counted."""
        if model == "ir.model.fields":
            self.calls.update({int(row["model_id"]) for row in values})
        return super().create(model, values, module=module)
