"""One step of a migration in a process of its own: `step.py FOLDER TARGET STEP`; the answer is a line of JSON.

Steps with a capital letter are the workbench's own functions, timed from inside; the others are the steps of
`workbench run`, each in its notebook as an analyst runs it.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections import Counter
from functools import wraps
from pathlib import Path
from typing import Any

Answer = dict[str, Any]


def prepare(folder: str, target: str) -> Answer:
    """Extract, decide by the safe defaults and stage, without notebooks."""
    from workbench import audit, decisions, mapping, steps, work
    from workbench.target import connect

    opened = work.open_work(folder)
    odoo = connect(opened.migration, target)
    work.read_export(opened)
    steps.audit(opened)
    kinds = tuple(kind.file for kind in decisions.KINDS)
    steps.accept_proposals(opened, odoo, (mapping.FILE, decisions.CLEANSING))
    cleansed = steps.cleanse(opened)
    steps.find_matches(opened, cleansed, odoo)
    steps.propose_lists(opened, cleansed, odoo)
    steps.accept_proposals(opened, odoo, kinds)
    staged = steps.stage_tables(opened, odoo)
    return {"records": {entity: len(frame) for entity, frame in staged.tables.items()}, "audit": audit.__name__}


def judge(folder: str, target: str) -> Answer:
    """The gate: suites by Great Expectations, structure against the live Odoo, quarantine files."""
    began = time.perf_counter()
    import great_expectations  # noqa: F401 - its import is printed apart

    from workbench import steps, work
    from workbench.target import connect

    imported = time.perf_counter()
    opened = work.open_work(folder)
    odoo = connect(opened.migration, target)
    ready = time.perf_counter()
    passed = steps.judge(opened, odoo).passed
    return {"imports": imported - began, "seconds": time.perf_counter() - ready, "passed": passed}


def load(folder: str, target: str) -> Answer:
    """The load step, with the time that it spends in the ledger."""
    began = time.perf_counter()
    from workbench import ledger, steps, work
    from workbench.target import connect

    spent: Counter[str] = Counter()
    deep = [0]
    writing = ("intend", "created", "finish", "fail", "set_meta")
    for name in (*writing, "records", "record", "ids", "res_ids", "entities", "ops", "cut_off", "meta"):
        setattr(ledger.Ledger, name, _timed(getattr(ledger.Ledger, name), spent, deep))
    imported = time.perf_counter()
    opened = work.open_work(folder)
    odoo = connect(opened.migration, target)
    ready = time.perf_counter()
    loaded = steps.load(opened, odoo)
    seconds = time.perf_counter() - ready
    outcomes: Counter[str] = Counter()
    for account in loaded.accounts.values():
        outcomes.update({word: count for word, count in account.counts().items() if count})
    return {
        "imports": imported - began, "seconds": seconds, "ledger": sum(spent.values()), "ledger of which": spent,
        "outcomes": outcomes,
    }  # fmt: skip


def _timed(method: Any, spent: Counter[str], deep: list[int]) -> Any:
    @wraps(method)
    def timed(*args: Any, **options: Any) -> Any:
        deep[0] += 1
        began = time.perf_counter()
        try:
            return method(*args, **options)
        finally:
            deep[0] -= 1
            if not deep[0]:
                spent[method.__name__] += time.perf_counter() - began

    return timed


def prove(folder: str, target: str) -> Answer:
    """The read-back: both proofs, every field of every record and every cell of the export."""
    began = time.perf_counter()
    from workbench import reconcile, reporting, work
    from workbench.target import connect

    imported = time.perf_counter()
    opened = work.open_work(folder)
    odoo = connect(opened.migration, target)
    ready = time.perf_counter()
    result = reporting.prove(opened, odoo)
    return {"imports": imported - began, "seconds": time.perf_counter() - ready, **reconcile.as_json(result)}


def notebook(folder: str, target: str, step: str) -> Answer:
    """One step of `workbench run`."""
    from workbench import runs

    began = time.perf_counter()
    outcome = runs.run(Path(folder), target, step, step, accept_proposals=True)
    return {"seconds": time.perf_counter() - began, "exit_code": outcome.exit_code(strict=False)}


STEPS = {"Prepare": prepare, "Judge": judge, "Load": load, "Prove": prove}


def main() -> None:
    """Run the step; `peak` is the most memory that this process or one that it started held at a time, in GB."""
    folder, target, step = sys.argv[1:]
    answer = STEPS[step](folder, target) if step in STEPS else notebook(folder, target, step)
    peak = max(_own_peak(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
    sys.stdout.write(json.dumps({**answer, "peak": peak / 2**20}) + "\n")


def _own_peak() -> int:
    """The most memory that this program held, in KB; what `getrusage` says of itself begins with that of its parent."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0])


if __name__ == "__main__":
    main()
