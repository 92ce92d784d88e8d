"""The demo: an invented business, every step, a real Odoo, and where to look at the end."""

from __future__ import annotations

import importlib
import os
import pkgutil
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import workbench.samples
from workbench import runs
from workbench import source as sources
from workbench.errors import UsageError
from workbench.migration import create
from workbench.odoo import sandbox
from workbench.runs import Doing, Outcome, Say
from workbench.source import Source
from workbench.target import SANDBOX

DEMO = "demo"
_KEY = "WORKBENCH_DEMO_KEY"


def demo(
    leads: int = 2000, *, source: str = "", reports: str = "", say: Say = lambda line: None, doing: Doing = runs.unseen
) -> Outcome:  # fmt: skip
    """Invented data, a fresh database in the sandbox, every step; leaves Odoo loaded.

    `source` is one of those that have a sample, the first unless told; `leads` counts in one that is read from files.
    """
    known = sources.load(_chosen(source))
    folder = Path(__file__).parents[1] / "migrations" / (DEMO if not source else f"{DEMO}-{known.name}")
    shutil.rmtree(folder, ignore_errors=True)
    made = "default" in sandbox.names()  # one that rests has the database of an earlier demo still
    with _given(known, folder, leads):
        box = sandbox.reset(progress=say) if made else sandbox.start(progress=say)
        outcome = runs.run(folder, SANDBOX, accept_proposals=True, reports=reports, say=say, doing=doing)
    pipeline = f"{box.url}/odoo/action-crm.crm_lead_opportunities"  # of everybody; that of the menu is of whoever logs in
    where = f"Odoo       {pipeline}  login {box.login}, password in {box.password_file}"
    return replace(outcome, beneath=(where, f"Notebooks  {_typed_here(folder)}"))


def _chosen(source: str) -> str:
    """A source with a sample, one of files where none is named; UsageError with those that there are."""
    modules = {m.name for m in pkgutil.iter_modules(workbench.samples.__path__)}
    samples = sorted(modules & {*sources.names()}, key=lambda name: (sources.load(name).api is not None, name))
    if source and source not in samples:
        raise UsageError(f"There is no sample of {source!r}.", f"Samples: {', '.join(samples)}.")
    return source or samples[0]


@contextmanager
def _given(known: Source, folder: Path, leads: int) -> Iterator[None]:
    """A migration folder with what the sample hands over: its files, or a server here that answers for its API."""
    sample = importlib.import_module(f"workbench.samples.{known.name}")
    defaults = {"time_zone": "America/New_York", "region": known.region, "currency": known.currency}
    if known.api is None:
        sample.write(folder / "sample", leads=leads)
        exports = [(path, "lead") for path in sorted((folder / "sample").glob("*.csv"))]
        create(folder, known.name, known.title, exports, defaults)
        yield
        return
    server = importlib.import_module(f"workbench.samples.{known.name}_server").serve(sample.business())
    os.environ[_KEY] = next(iter(server.keys))
    # The API says the time zone; the test server has no limit of calls.
    account = {"time_zone": "", "base_url": server.url, "key": f"env:{_KEY}", "calls": "1000000"}
    try:
        create(folder, known.name, known.title, [], defaults | account, api=True)
        yield
    finally:
        server.close()


def _typed_here(folder: Path) -> str:
    """The command that opens the notebooks, as one types it where one is, with the environment active or not."""
    own = Path(sys.executable).with_name("workbench")
    active = shutil.which("workbench")
    here = Path.cwd()
    short = [str(p.relative_to(here)) if p.is_relative_to(here) else str(p) for p in (own, folder)]
    return f"{'workbench' if active and Path(active) == own else short[0]} lab {short[1]}"
