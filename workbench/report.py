"""The report that a customer signs: an index, a page per object, the rows behind every number, and outcome.json.

Everything here is rendered from results; nothing is looked up or decided.
"""

from __future__ import annotations

import importlib.resources
import shutil
from pathlib import Path
from typing import Any

import jinja2

from workbench import reconcile
from workbench import report_audit as audit
from workbench import report_phase as phases
from workbench import report_view as view
from workbench.files import write_json, write_text
from workbench.outcomes import Account
from workbench.report_data import ROWS, Checked, Decision, Report, Target
from workbench.report_rows import Masking, Rows, clean

__all__ = ["ROWS", "Checked", "Decision", "Report", "Target", "outcome_json", "phase_json", "render"]


def render(folder: Path, report: Report, masked: bool = True) -> Path:
    """Write the report into `folder` and give the path of its index.html.

    A page per object stands beside it, `rows/` holds the lists behind the numbers, outcome.json and phase-NN.json the
    numbers for programs. An earlier report in the folder is replaced. `masked=False` shows personal data as it is.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (folder / "rows").is_dir():
        shutil.rmtree(folder / "rows")
    rows = Rows(folder / "rows", phases.links(report))
    masking = Masking(report.release, report.prefix, masked=masked)
    templates = _templates()
    shared = {"report": report, "masked": masked, "nav": view.navigation(report), "style": _style()}
    export, report = audit.page(report, rows, masking)
    (folder / audit.PAGE).unlink(missing_ok=True)
    if export:
        page = templates.get_template("export.html.j2").render(**shared, export=export, current=audit.PAGE)
        write_text(folder / audit.PAGE, clean(page))
    here = view.present(report)
    for entity in report.accounts.keys() - set(here):
        (folder / f"{entity}.html").unlink(missing_ok=True)
    made = [phases.phase(report, entity, rows, masking) for entity in here]
    for phase in made:
        page = templates.get_template("phase.html.j2").render(**shared, phase=phase, current=f"{phase.entity}.html")
        write_text(folder / f"{phase.entity}.html", clean(page))
    index = view.index(report, made, rows, masking, export.groups if export else ())
    page = templates.get_template("index.html.j2").render(**shared, index=index, current="index.html")
    write_text(folder / "index.html", clean(page))
    write_json(folder / "outcome.json", outcome_json(report))
    for number, (entity, account) in enumerate(report.accounts.items(), start=1):
        write_json(folder / f"phase-{number:02}.json", phase_json(entity, account))
    return folder / "index.html"


def outcome_json(report: Report) -> dict[str, Any]:
    """The run in numbers, in the fixed format of outcome.json."""
    nothing = {"records": 0, "fields": 0, "mismatches": 0, "witnesses": 0, "missing": 0, "declared_lossy": 0}
    target = report.target
    return {
        "run": report.run,
        "source": report.prefix,
        "started": report.started,
        "finished": report.finished,
        "target": {"url": target.url, "database": target.database, "uuid": target.uuid, "version": target.version},
        "entities": {entity: account.as_json() for entity, account in report.accounts.items()},
        "gates": [
            {"suite": s.suite, "expectations": s.expectations, "rows": s.rows, "passed": s.passed,
             "failed_rows": s.failed_rows}
            for s in report.suites
        ],
        "reconciliation": reconcile.as_json(report.reconciliation) if report.reconciliation else nothing,
    }  # fmt: skip


def phase_json(entity: str, account: Account) -> dict[str, Any]:
    """The account of one entity by key, for phase-NN.json: outcome → its keys. Details, which may be personal, stay out."""
    return {"entity": entity, **account.as_json(), "keys": {o: k for o in account.counts() if (k := account.keys(o))}}


def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("workbench", "templates"), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["number"] = lambda n: f"{n:,}"
    return environment


def _style() -> str:
    return importlib.resources.files("workbench.templates").joinpath("style.css").read_text(encoding="utf-8")
