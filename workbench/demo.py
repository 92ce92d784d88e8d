"""The demo: invented leads, every step, a real Odoo, and where to look at the end."""

from __future__ import annotations

import importlib
import pkgutil
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import workbench.samples
from workbench import runs
from workbench import source as sources
from workbench.migration import create
from workbench.odoo import sandbox
from workbench.runs import Doing, Outcome, Say
from workbench.target import SANDBOX

DEMO = "demo"


def demo(
    leads: int = 2000, *, reports: str = "", say: Say = lambda line: None, doing: Doing = runs.unseen
) -> Outcome:  # fmt: skip
    """Invented leads in three overlapping files, a fresh database in the sandbox, every step; leaves Odoo loaded."""
    source = sorted(m.name for m in pkgutil.iter_modules(workbench.samples.__path__))[0]
    folder = Path(__file__).parents[1] / "migrations" / DEMO
    shutil.rmtree(folder, ignore_errors=True)
    sample = importlib.import_module(f"workbench.samples.{source}")
    sample.write(folder / "sample", leads=leads)
    exports = [(path, "lead") for path in sorted((folder / "sample").glob("*.csv"))]
    known = sources.load(source)
    defaults = {"time_zone": "America/New_York", "region": known.region, "currency": known.currency}
    create(folder, source, known.title, exports, defaults)
    made = "default" in sandbox.names()  # one that rests has the database of an earlier demo still
    box = sandbox.reset(progress=say) if made else sandbox.start(progress=say)
    outcome = runs.run(folder, SANDBOX, accept_proposals=True, reports=reports, say=say, doing=doing)
    where = f"Odoo       {box.url}/odoo/crm  login {box.login}, password in {box.password_file}"
    return replace(outcome, beneath=(where, f"Notebooks  {_typed_here(folder)}"))


def _typed_here(folder: Path) -> str:
    """The command that opens the notebooks, as one types it where one is, with the environment active or not."""
    own = Path(sys.executable).with_name("workbench")
    active = shutil.which("workbench")
    here = Path.cwd()
    short = [str(p.relative_to(here)) if p.is_relative_to(here) else str(p) for p in (own, folder)]
    return f"{'workbench' if active and Path(active) == own else short[0]} lab {short[1]}"
