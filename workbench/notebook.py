"""Runs notebooks by Papermill (its only importer) and gives them a return value.

Executed copies are the immutable record of a run; what a notebook `publish`es is what a caller may rely on.
"""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager

from workbench import errors
from workbench.display import HEADLESS
from workbench.errors import UsageError, WorkbenchError
from workbench.files import private, write_text
from workbench.sheets import FLAGS

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
MIME = "application/vnd.workbench.result+json"

STEPS = {
    "audit": "01_audit", "cleansing": "02_cleansing", "mapping": "03_mapping", "load": "04_load",
    "reconciliation": "05_reconciliation",
}  # fmt: skip
"""Step → its notebook. The step `extract` has none: it is what 01_audit begins with."""

DOES = {
    "steps.audit": "looking at every cell of the export", "steps.look_alike": "looking for leads that are only alike",
    "steps.cleanse": "cleaning values", "steps.find_matches": "looking for duplicates, and for what is in Odoo already",
    "steps.propose_lists": "gathering statuses, pipelines, owners and tags", "steps.stage_tables": "preparing the records",
    "steps.look_at": "looking at the target", "steps.weigh": "holding every record against the rules",
    "steps.load": "loading", "reporting.prove": "reading everything back and comparing it",
    "reporting.write_report": "writing the report",
}  # fmt: skip
"""What a cell calls → what that does, as the command line says it while the cell runs."""

LAB_SETTINGS = Path(__file__).parent / "lab"
"""JupyterLab's defaults here: no box that asks for news or looks for updates."""


class LocalKernelManager(AsyncKernelManager):
    """A kernel that is reached by files of this user instead of by TCP."""

    def __init__(self, **options: Any) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="workbench-")
        super().__init__(transport="ipc", ip=str(Path(self._folder.name) / "kernel"), **options)

    async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]
        """Start it, telling it that nobody looks; what it says besides the notebook is dropped."""
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        await super().start_kernel(**{"env": {**os.environ, HEADLESS: "1"}, **quiet, **options})


def publish(step: str, **values: Any) -> None:
    """The return value of a notebook: plain values only, found by `result`; its `summary` is what is shown."""
    from IPython.display import display

    content = {"step": step, **values}
    display({MIME: content, "text/plain": f"{step}: {values.get('summary', 'done')}"}, raw=True)  # type: ignore[no-untyped-call]


def copies(folder: Path) -> Path:
    """The notebooks as an analyst's own copies in `folder`/notebooks, where outputs may hold personal data; gives 01.

    A copy whose cells are no longer those of the workbench (parameters apart) is kept beside, with `.old` in its name.
    """
    private(folder / "notebooks")
    for name in STEPS.values():
        shipped, own = NOTEBOOKS / f"{name}.ipynb", folder / "notebooks" / f"{name}.ipynb"
        if own.is_file() and _cells(own) == _cells(shipped):
            continue
        if own.is_file():
            own.replace(own.with_suffix(".old.ipynb"))
        write_text(own, shipped.read_text(encoding="utf-8"))
    return folder / "notebooks" / f"{STEPS['audit']}.ipynb"


def lab(folder: Path | None) -> list[str]:
    """The command that opens JupyterLab: the analyst's own copies of a migration's folder, else those of the project."""
    root, opened, options = NOTEBOOKS, NOTEBOOKS / f"{STEPS['audit']}.ipynb", [f"--LabApp.app_settings_dir={LAB_SETTINGS}"]
    if folder is not None:
        if not (folder / "migration.toml").is_file():
            raise UsageError(f"{folder} is no migration folder.", "Make one with `workbench new`.")
        root = folder.resolve()
        opened = copies(root)
        os.environ["WORKBENCH_MIGRATION"] = str(root)
        options.append(f"--LabApp.workspaces_dir={root / 'notebooks' / '.workspaces'}")  # tabs of one migration alone
    options += ["--allow-root"] if os.geteuid() == 0 else []  # in a container there is nobody else
    return [sys.executable, "-m", "jupyter", "lab", str(opened), f"--ServerApp.root_dir={root}", *options]


def _cells(path: Path) -> list[str]:
    """The sources of a notebook's cells, without its parameters."""
    content = json.loads(path.read_text(encoding="utf-8"))
    kept = [c for c in content["cells"] if "parameters" not in c["metadata"].get("tags", [])]
    return ["".join(c["source"]) for c in kept]


def parameters_of(name: str) -> dict[str, Mapping[str, str]]:
    """Parameter → inferred type, default and help of a notebook."""
    import papermill

    found: dict[str, Mapping[str, str]] = papermill.inspect_notebook(str(NOTEBOOKS / f"{name}.ipynb"))
    return found


def typed(name: str, text: str, default: str) -> Any:
    """A parameter from the command line in the type of the notebook's default; UsageError where it is of another."""
    if default in ("True", "False"):
        if text.casefold() not in FLAGS:
            raise UsageError(f"The parameter {name} cannot be {text!r}.", "It is True or False.")
        return FLAGS[text.casefold()]
    if not default.lstrip("-").isdigit():
        return text
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise UsageError(f"The parameter {name} cannot be {text!r}.", "It is a whole number.")
    return int(text)


class _Said:
    """What a notebook prints, line by line, as it comes."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say, self.begun = say, ""

    def write(self, text: str) -> None:
        *lines, self.begun = (self.begun + text).split("\n")
        for line in filter(str.strip, lines):
            self.say(line)

    def flush(self) -> None:
        """Nothing waits: a line is said when it ends."""


def execute(
    step: str, output: Path, parameters: Mapping[str, Any], say: Callable[[str], None] = lambda line: None
) -> dict[str, Any]:
    """Run one step's notebook and give what it published. The executed copy appears at `output` only when it is whole.

    `say` is called with what each cell does (`DOES`), and each line that it prints meanwhile: how far it is.

    UsageError for a parameter that the notebook does not have. An error of ours that the notebook raised is raised here
    again; the copy then stays beside, with `.failed` in its name.
    """
    import papermill
    from nbclient.exceptions import DeadKernelError

    for library in ("papermill", "asyncio"):  # what they would print of a kernel's end is said below, in our words
        logging.getLogger(library).handlers = [logging.NullHandler()]
    name = STEPS[step]
    known = parameters_of(name)
    if unknown := sorted(set(parameters) - set(known)):
        raise UsageError(f"{name} has no parameter {unknown[0]!r}.", f"It has {', '.join(known)}.")
    unfinished = output.with_suffix(".failed.ipynb")
    unfinished.touch(mode=0o600)
    try:
        papermill.execute_notebook(
            str(NOTEBOOKS / f"{name}.ipynb"), str(unfinished), parameters=dict(parameters), kernel_name="python3",
            cwd=str(NOTEBOOKS), progress_bar=False, log_output=False, start_timeout=120,
            stdout_file=_Said(say), on_cell_start=lambda cell, cell_index: _begins(cell, say),
            kernel_manager_class="workbench.notebook.LocalKernelManager",
        )  # fmt: skip
    except DeadKernelError:
        raise WorkbenchError(
            f"{name} stopped: the Python process that ran it was killed, most often because memory was short.",
            "Nothing is half-written. Close other programs or take a machine with more memory; the same command goes on.",
        ) from None
    except papermill.PapermillExecutionError as error:
        raise _ours(error, name, unfinished) from None
    unfinished.replace(output)
    output.chmod(0o600)
    return result(output)


def _begins(cell: Mapping[str, Any], say: Callable[[str], None]) -> None:
    """Say what a cell is about to do."""
    if words := [does for call, does in DOES.items() if f"{call}(" in cell["source"]]:
        say("; ".join(words))


def result(executed: Path) -> dict[str, Any]:
    """What an executed notebook published; UsageError where it did not."""
    content = json.loads(executed.read_text(encoding="utf-8"))
    for cell in reversed(content["cells"]):
        for output in cell.get("outputs", []):
            if MIME in output.get("data", {}):
                published: dict[str, Any] = output["data"][MIME]
                return published
    raise UsageError(f"{executed.name} published nothing.", "Its last cell must call publish(...).")


def _ours(error: Any, name: str, copy: Path) -> WorkbenchError:
    """The error of ours that a notebook raised, rebuilt with its hint; a defect for anything else."""
    kind = getattr(errors, str(error.ename), None)
    if isinstance(kind, type) and issubclass(kind, WorkbenchError):
        message, _, hint = str(error.evalue).partition("\n")
        return kind(message, hint)
    return WorkbenchError(f"{name} stopped: {error.ename}: {error.evalue}", f"The executed copy is {copy}.")
