"""Figures of two ways each, run in turn: how many times faster ours is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from statistics import median

import peers
from stand import Stand, say

COUNT = 5000


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
    Pair("vs_load_plain", 6, peers.load_plain),
    Pair("vs_one_by_one", 30, peers.one_by_one, count=100),
    Pair("vs_in_process", 0.8, peers.in_process),
    Pair("two_workers", 1.6, lambda stand, count: peers.ours(stand, count, 1), workers=2),
    Pair("vs_import_client", 1.4, peers.import_client, workers=2),
)
