"""Figures of a whole migration: what proof costs beside the load, a second run, and memory."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
from collections.abc import Iterable
from typing import Any

from peers import HERE, run_for_json
from stand import Stand, say

from workbench import migration
from workbench import source as sources
from workbench.odoo import sandbox as sandboxes
from workbench.work import STEPS

SOURCE = "ringy"
OVERHEAD_LEADS = 10_000
"""Leads of the sample that make some 50,000 records: deals, activities, contacts and all the rest."""
MEMORY_LEADS = 100_000


class Volume:
    """A migration of so many invented leads into a fresh database; each step runs in a process of its own."""

    def __init__(self, stand: Stand, leads: int) -> None:
        self.stand, self.name = stand, f"volume{leads}"
        self.folder = stand.folder / self.name
        sample = importlib.import_module(f"workbench.samples.{SOURCE}")
        sample.write(self.folder / "sample", leads=leads)
        self.database = f"{stand.box.database}_{self.name}"
        sandboxes.drop_database(stand.box, self.database)
        sandboxes.copy_database(stand.box, self.database)
        known = sources.load(SOURCE)
        exports = [(path, "lead") for path in sorted((self.folder / "sample").glob("*.csv"))]
        defaults = {"time_zone": "America/New_York", "region": known.region, "currency": known.currency}
        migration.create(self.folder / "migration", SOURCE, known.title, exports, defaults)
        settings = self.folder / "migration" / "migration.toml"
        target = {"url": stand.box.url, "database": self.database, "login": stand.box.login, "secret": "env:BENCH_SECRET"}
        lines = [f'{name} = "{value}"' for name, value in target.items()]
        settings.write_text("\n".join([settings.read_text("utf-8"), "[targets.bench]", *lines, ""]), encoding="utf-8")

    def step(self, step: str) -> dict[str, Any]:
        """Run one step; what it says of itself."""
        words = [sys.executable, str(HERE / "step.py"), str(self.folder / "migration"), "bench", step]
        places = {"BENCH_SECRET": self.stand.box.password(), "WORKBENCH_REPORTS": str(self.folder / "reports")}
        return run_for_json(words, env={**os.environ, **places})

    def steps(self, names: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Run steps, each told as it ends."""
        answers = {}
        for name in names:
            answers[name] = self.step(name)
            told = ", ".join(f"{k} {_short(v)}" for k, v in answers[name].items())
            say(f"  {self.name} {name}: {told} (load {os.getloadavg()[0]:.1f})")
        return answers

    def remove(self) -> None:
        """Give disk and database back."""
        sandboxes.drop_database(self.stand.box, self.database)
        shutil.rmtree(self.folder, ignore_errors=True)


def overhead_and_second_run(stand: Stand) -> dict[str, float]:
    """`overhead`: gate, read-back and ledger over the first load. `second_run`: a load with nothing to do over the first."""
    volume = Volume(stand, OVERHEAD_LEADS)
    try:
        told = volume.steps(["Prepare", "Judge", "Load", "Prove"])
        second = volume.steps(["Load"])["Load"]
    finally:
        volume.remove()
    records = sum(told["Prepare"]["records"].values())
    outcomes, again = told["Load"]["outcomes"], second["outcomes"]
    if told["Prove"]["mismatches"] or told["Prove"]["missing"] or outcomes.get("created", 0) < records * 0.99:
        raise SystemExit(f"The load of {records:,} records is not whole: {outcomes}, {told['Prove']}")
    if again.get("unchanged", 0) != outcomes["created"] or again.get("updated") or again.get("created"):
        raise SystemExit(f"The second run was to leave everything alone: {again}")
    load = told["Load"]["seconds"]
    parts = {"gate": told["Judge"]["seconds"], "read-back": told["Prove"]["seconds"], "ledger": told["Load"]["ledger"]}
    shares = ", ".join(f"{name} {seconds:.1f} s ({seconds / load:.0%})" for name, seconds in parts.items())
    imports = ", ".join(f"{name} {answer['imports']:.1f} s" for name, answer in told.items() if "imports" in answer)
    say(f"  overhead: {records:,} records, load {load:.1f} s ({records / load:,.0f}/s); {shares}; imports apart: {imports}")
    say(f"  second_run: {second['seconds']:.1f} s against {load:.1f} s")
    return {"overhead": sum(parts.values()) / load, "second_run": second["seconds"] / load}


def peak_rss_gb(stand: Stand) -> float:
    """The most memory that any process of ours held in any step of `workbench run`, its notebook's kernel included."""
    volume = Volume(stand, MEMORY_LEADS)
    try:
        told = volume.steps(STEPS)
    finally:
        volume.remove()
    say("  peak_rss_gb: " + ", ".join(f"{step} {answer['peak']:.2f}" for step, answer in told.items()))
    return max(float(answer["peak"]) for answer in told.values())


def _short(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)
