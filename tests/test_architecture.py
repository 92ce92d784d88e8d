"""The house: who may import whom, who may know what, and a third source that runs from end to end."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import workbench
from workbench import source as sources
from workbench.odoo import release

ROOT = Path(workbench.__file__).parent

LEVELS: dict[float, tuple[str, ...]] = {
    0: (
        "errors",
        "entities",
        "keys",
        "findings",
        "files",
        "garbage",
        "values.text",
    ),
    0.1: (
        "outcomes",
        "values.masks",
        "values.dates",
        "values.names",
        "values.places",
        "values.many",
        "values.durations",
        "values.phones",
        "values.emails",
        "values.filenames",
        "values.numbers",
        "values.markup",
        "values.placeholders",
    ),
    0.15: ("values.votes",),
    0.2: ("values",),
    0.9: (
        "odoo",
        "sources",
        "samples",
    ),
    0.94: ("samples.bizstim_mess",),
    0.95: ("samples.bizstim_papers", "samples.bizstim_people", "samples.bizstim_trade", "samples.ringy_deals"),
    0.96: ("samples.bizstim", "samples.ringy_leads"),
    0.97: ("api", "pace", "budget", "samples.bizstim_server", "stored", "waiting"),
    0.975: ("replies",),
    0.98: ("fetch",),
    0.985: ("pages",),
    1: (
        "source",
        "odoo.release",
        "odoo.protocols",
    ),
    1.1: ("odoo.lines",),
    2: (
        "sources.ringy",
        "sources.bizstim",
        "samples.ringy",
        "odoo.v19",
        "csvfile",
        "fanout",
        "tables",
        "companies",
        "people",
        "vocabulary",
        "shapes",
        "rules",
        "sessions",
        "checks",
        "distinct",
    ),
    2.1: (
        "odoo.v18",
        "hours",
        "rates",
        "staged",
        "sheets",
        "preparation",
        "rows",
        "tags",
        "deals",
        "history",
        "linkage",
        "infer",
        "likeness",
        "reading",
        "suspects",
        "outliers",
        "calls",
        "replay",
    ),
    2.2: (
        "odoo.v17",
        "identity",
        "other_ids",
        "activities",
        "optouts",
        "profile",
    ),
    2.3: ("odoo.v16", "frames", "gather", "witness_cells", "witness_dates"),
    2.4: ("odoo.v15",),
    2.5: ("odoo.v14",),
    3: (
        "amounts",
        "extract",
        "settings",
        "spot_check",
        "needs",
        "verdict",
        "witness_values",
        "delta",
        "wire",
    ),
    3.02: (
        "gave",
        "ledger_rows",
        "cleansing_plan",
        "kin",
        "splits",
        "drift",
        "witness_deals",
    ),
    3.05: (
        "stage_lead",
        "cleansing_columns",
    ),
    3.06: ("stage_hours", "stage_messages", "stage_payments"),
    3.065: ("stage_attachments", "stage_sessions", "stage_users"),
    3.07: ("drafts", "stage", "weekly"),
    3.08: ("plain",),
    3.1: (
        "cleanse",
        "suites",
        "prerequisites",
        "readback",
        "witness",
        "lists",
        "autoblock",
        "duplicates",
        "existing",
        "columns",
        "alike",
    ),
    3.15: (
        "apps",
        "rounding",
        "blocked",
        "by_stage",
        "cleansed",
        "same_person",
    ),
    3.2: (
        "audit",
        "mapping",
        "structure",
        "attendees",
        "compare",
        "survivors",
    ),
    3.25: (
        "witnessing",
        "sides",
    ),
    3.3: (
        "gate",
        "reconcile",
        "propose",
        "audit_files",
    ),
    4: (
        "migration",
        "ledger",
        "odoo.client",
        "odoo.machine",
        "odoo.preflight",
        "odoo.references",
    ),
    4.05: ("odoo.keyed", "odoo.postgres", "odoo.ways"),
    4.06: ("odoo.docker",),
    4.1: (
        "decisions",
        "odoo.packages",
        "odoo.records",
        "odoo.deleting",
        "odoo.scoring",
        "versions",
        "export_log",
    ),
    4.15: (
        "odoo.recovery",
        "cleansing_rules",
    ),
    4.2: (
        "pull",
        "lookups",
        "odoo.server",
        "mended",
        "impact",
    ),
    4.3: ("odoo.template",),
    4.4: ("odoo.bringup",),
    4.5: ("odoo.sandbox",),
    4.55: ("undo_fields",),
    4.6: (
        "target",
        "undo",
    ),
    5: (
        "schema",
        "load_known",
        "load_update",
    ),
    5.1: (
        "load",
        "rollback",
    ),
    6: (
        "work",
        "display",
        "report_data",
        "terminal",
    ),
    6.05: (
        "auditing",
        "charts",
        "progress",
    ),
    6.1: (
        "signing",
        "steps",
        "published",
        "desks",
        "notebook",
        "report_rows",
        "mapped",
    ),
    6.12: ("report_people", "report_money"),
    6.15: (
        "cleansing_desk",
        "desk_lists",
        "desk_mapping",
        "desk_spot",
        "widget_row",
    ),
    6.16: (
        "desk_kinds",
        "widget_board",
    ),
    6.17: ("widget_sign",),
    6.2: (
        "show",
        "widgets",
        "report_phase",
        "show_audit",
    ),
    6.25: ("report_audit",),
    6.27: ("report_stage",),
    6.3: ("report_view",),
    6.4: ("report",),
    6.45: ("sums",),
    6.5: ("reporting",),
    6.6: ("runs",),
    6.65: ("demo",),
    6.68: ("cli_sandbox",),
    6.7: ("cli",),
}
"""Level → modules. A module imports only from lower levels; what stands behind the point orders neighbours."""

ONLY_IMPORTERS = {
    "great_expectations": {"gate"},
    "odoorpc": {"odoo.client"},
    "papermill": {"notebook"},
    "nbclient": {"notebook"},
    "ipywidgets": {"widget_board", "widget_row", "widget_sign"},
    "sqlite3": {"ledger", "ledger_rows", "budget"},
    "httpx2": {"fetch"},
    "scipy": {"propose"},
    "splink": {"linkage"},
    "altair": {"charts"},
    "vl_convert": {"charts"},
}
"""Library → the modules that alone may import it."""

WRITERS = {"schema", "load", "rollback", "target", "steps", "runs"}
WRITERS |= {f"odoo.{name}" for name in ("client", "deleting", "records", "scoring", "ways")}
"""The modules that may name the type that writes: the loaders, what they write through, and those that hand it to them."""


def _modules() -> dict[str, Path]:
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found[name.removesuffix(".__init__") if name != "__init__" else ""] = path
    return {name: path for name, path in found.items() if name and name != "templates"}


MODULES = _modules()


def _imports(path: Path) -> set[str]:
    """Everything that a file imports, `from package import name` as `package.name`."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _own(path: Path) -> set[str]:
    """The modules of ours that a file imports."""
    found = set()
    for name in _imports(path):
        parts = name.split(".")
        for size in range(len(parts), 1, -1):
            if parts[0] == "workbench" and ".".join(parts[1:size]) in MODULES:
                found.add(".".join(parts[1:size]))
                break
    return found


def test_the_table_of_levels_names_every_module_once_and_no_other() -> None:
    named = [name for names in LEVELS.values() for name in names]
    assert sorted(named) == sorted(set(named))
    assert set(named) == set(MODULES)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_module_imports_only_from_lower_levels(name: str) -> None:
    level = {module: number for number, modules in LEVELS.items() for module in modules}
    package = name.rpartition(".")[0]
    wrong = {other for other in _own(MODULES[name]) if level[other] >= level[name] and not other.startswith(f"{name}.")}
    assert wrong - {package} == set()


@pytest.mark.parametrize("library", sorted(ONLY_IMPORTERS))
def test_a_library_has_one_door(library: str) -> None:
    users = {n for n, path in MODULES.items() if any(i.split(".")[0] == library for i in _imports(path))}
    assert users == ONLY_IMPORTERS[library]


def test_only_the_loaders_are_handed_a_writer() -> None:
    named = {n for n, path in MODULES.items() if re.search(r"\b(Client)?Writer\b|\.writer\(\)", path.read_text("utf-8"))}
    assert named - {"odoo.protocols"} == WRITERS


def test_a_source_is_named_only_in_its_own_files() -> None:
    own = {f"{kind}.{name}" for kind in ("sources", "samples") for name in sources.names()}
    for name, path in MODULES.items():
        for source in sources.names():
            if name not in own and not name.startswith(f"samples.{source}_"):
                assert source not in path.read_text("utf-8").casefold(), f"{name} knows {source}"


def test_a_release_is_named_only_in_its_own_file() -> None:
    for name, path in MODULES.items():
        if not re.fullmatch(r"odoo\.v\d+", name):
            assert not re.search(r"workbench\.odoo\.v\d+|import v\d+\b", path.read_text("utf-8")), name


def test_every_source_and_release_stands_by_its_own_declaration() -> None:
    for name in sources.names():
        sources.load(name).check()
    from workbench.entities import ENTITIES

    for version in release.supported():
        models = release.load(version).models
        assert set(models) == set(ENTITIES)
        for entity, model in models.items():
            assert set(model.fields) == {f.name for f in ENTITIES[entity].fields}, f"{version} {entity}"


def test_no_module_is_too_large_for_one_concern() -> None:
    sizes = {name: len(path.read_text("utf-8").splitlines()) for name, path in MODULES.items()}
    assert {name: size for name, size in sizes.items() if size > 380} == {}
