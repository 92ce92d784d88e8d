"""The command line: parses, calls one function, exits.

Exit codes: 0 done, 1 a gate is shut or something does not match, 2 error.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from workbench import __version__, cli_sandbox
from workbench.cli_sandbox import Json
from workbench.errors import UsageError, WorkbenchError
from workbench.terminal import ERR, OUT, Terminal

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(cli_sandbox.app, name="sandbox")

_say = Terminal(ERR)

Folder = Annotated[Path, typer.Argument(help="The migration's folder.")]
Target = Annotated[str, typer.Option("--target", help="'sandbox', or a target of migration.toml.")]


def main() -> None:
    """Run the command line; errors of ours become one or two lines and an exit code."""
    try:
        code: object = app(_joined(sys.argv[1:]), standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except WorkbenchError as error:
        ERR.print(f"[bold]{_plain(error.message)}[/bold]")
        if error.hint:
            ERR.print(_plain(error.hint))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        ERR.print("\nStopped. Nothing is half-written. Run the same command to go on.")
        sys.exit(2)
    except typer.Exit as done:
        sys.exit(done.exit_code)
    except typer.Abort:
        sys.exit(2)
    except Exception as error:
        if type(error).__module__.partition(".")[0] in ("click", "typer"):  # a usage error of the parser
            said = getattr(error, "format_message", None)
            ERR.print(_plain(said() if said else str(error)))
            sys.exit(2)
        raise


def _joined(arguments: list[str]) -> list[str]:
    """What the parser cannot take as it is: `-p NAME VALUE …` pairs, and several files after one `--export`."""
    joined: list[str] = []
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument == "-p" and len(rest) >= 2:
            joined.append(f"-p{rest.pop(0)}={rest.pop(0)}")
            while len(rest) >= 2 and not rest[0].startswith("-") and not rest[1].startswith("-"):
                joined.append(f"-p{rest.pop(0)}={rest.pop(0)}")
        elif argument == "--export":
            while rest and not rest[0].startswith("-"):
                joined += ["--export", rest.pop(0)]
        else:
            joined.append(argument)
    return joined


def _plain(text: str) -> str:
    return text.replace("[", "\\[")


@app.command()
def new(
    folder: Folder,
    source: Annotated[str, typer.Option("--source", help="Where the data comes from.")],
    export: Annotated[list[str] | None, typer.Option("--export", help="FILE, or FILE:company.")] = None,
) -> None:
    """Make a migration folder with a commented migration.toml, and say what the exports are."""
    from workbench import migration
    from workbench import source as sources
    from workbench import work as works

    known = sources.load(source)
    exports = [_export(e, known.tables) for e in export or []]
    defaults = {"time_zone": known.time_zone, "region": known.region, "currency": known.currency}
    if known.api and exports:
        raise UsageError(f"{known.title} is read by its API, not from files.", "Leave out --export.")
    migration.create(folder, source, known.title, exports, defaults, api=known.api is not None)
    OUT.print(f"Made {folder}.")
    if known.api:
        OUT.print(f"Next: set base_url and keys in {folder / 'migration.toml'}, then: workbench extract {folder} --plan")
        return
    if exports:
        work = works.open_work(folder)
        OUT.print(_plain(works.describe(work, works.read_export(work))))
    OUT.print(f"Next: set time_zone in {folder / 'migration.toml'}, then: workbench run {folder} --target sandbox")


def _export(text: str, tables: tuple[str, ...]) -> tuple[Path, str]:
    path, _, table = text.rpartition(":")
    return (Path(path).expanduser(), table) if path and table in tables else (Path(text).expanduser(), tables[0])


@app.command()
def extract(
    folder: Folder,
    plan: Annotated[bool, typer.Option("--plan", help="Only show the calls that it takes, and how long.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the newest reading, also a complete one.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Make no call: read what is stored.")] = False,
    as_json: Json = False,
) -> None:
    """Read a source that has an API; what was read already is never asked again."""
    from workbench import migration, pull
    from workbench import source as sources

    opened = migration.Migration(folder)
    known = sources.load(opened.settings.source.name)
    if plan and not offline:
        planned = pull.plan(opened, known)
        if as_json:
            OUT.print_json(data=planned.as_json())
        else:
            OUT.print(_grid(planned.table()))
            OUT.print(_plain(planned.text()))
            OUT.print(_plain(f"Next: workbench extract {folder}"))
        return
    if not offline:
        with _say.doing("extract") as how_far:
            told = lambda name, count, total: how_far(f"{name}: {count:,} of {total:,} calls")  # noqa: E731
            pulled = pull.pull(opened, known, resume=resume, done=told, waits=how_far)
        for finding in pulled.findings:
            ERR.print(_plain(f"{finding.message} {finding.todo}"))
    counts = {file.name: len(file.numbers) for _, file in pull.files(opened, known)}
    if as_json:
        OUT.print_json(data={"records": counts})
    else:
        OUT.print("\n".join(f"{name:<16} {count:>9,} records" for name, count in counts.items()))
        OUT.print(_plain(f"Next: workbench run {folder} --target sandbox, or workbench lab {folder}"))


@app.command()
def run(
    folder: Folder,
    target: Target,
    first: Annotated[str, typer.Option("--from", help="First step.")] = "extract",
    last: Annotated[str, typer.Option("--to", help="Last step.")] = "reconciliation",
    accept_proposals: Annotated[bool, typer.Option(help="Sandboxes only: take each safe default and record it.")] = False,
    parameters: Annotated[
        list[str] | None, typer.Option("-p", help="NAME VALUE for the notebooks; may be repeated.", metavar="NAME VALUE")
    ] = None,
    reports: Annotated[str, typer.Option(help="Where reports go.")] = "",
    strict: Annotated[bool, typer.Option(help="Quarantined and held records make it exit 1.")] = False,
    as_json: Json = False,
) -> int:
    """Run the steps extract, audit, cleansing, mapping, load, reconciliation; stop where a decision is missing."""
    from workbench import runs

    given = {name: value for name, _, value in (p.partition("=") for p in parameters or [])}
    outcome = runs.run(
        folder, target, first, last, accept_proposals=accept_proposals, parameters=given, reports=reports, say=_say,
        doing=_say.doing,
    )  # fmt: skip
    if as_json:
        OUT.print_json(data=outcome.as_json())
    else:
        OUT.print(_plain(outcome.text()))
    return outcome.exit_code(strict)


@app.command()
def status(folder: Folder, as_json: Json = False) -> None:
    """Say what is open in a migration: decisions, gates, sign-offs, the last run."""
    from workbench import runs

    found = runs.status(folder)
    if as_json:
        OUT.print_json(data=found)
        return
    table = Table("what", "state", "next", box=None)
    for row in found["decisions"]:
        table.add_row(row["what"], row["state"], row["next"])
    OUT.print(f"{found['migration']}: {found['verdict']}")
    OUT.print(table)
    for signed in found["signoffs"]:
        OUT.print(_plain(f"{signed['what']} signed by {signed['by']}, {signed['at'][:16]} UTC: {signed['state']}"))


@app.command(name="mapping")
def show_mapping(
    folder: Folder,
    diff: Annotated[bool, typer.Option("--diff", help="What differs from the last version that a run used.")] = False,
    since: Annotated[int | None, typer.Option("--since", help="Compare from this version; 0 is before any.")] = None,
    until: Annotated[int | None, typer.Option("--until", help="Compare to this version, not to mapping.yaml.")] = None,
    note: Annotated[str, typer.Option("--note", help="Write a note to the last version.")] = "",
    as_json: Json = False,
) -> None:
    """Show where each column goes and why, the versions of the mapping, and how many records a change touches."""
    from workbench import mapped, versions
    from workbench import work as works

    work = works.open_work(folder)
    if note:
        versions.annotate(work.migration, note)
    compared = diff or since is not None or until is not None
    tables = {"columns": mapped.columns(work), "versions": mapped.history(work)}
    if compared:
        tables = {"diff": mapped.touched(work, since, until)}
        ERR.print(_plain(f"Fields that change, {mapped.touched_line(work, since, until)}"))
    if as_json:
        OUT.print_json(data={name: frame.to_dict("records") for name, frame in tables.items()})
        return
    wide = {"table", "second best", "filled", "different", "evidence"}
    for frame in tables.values():
        OUT.print(_grid(frame.drop(columns=[c for c in frame.columns if c in wide])))


def _grid(frame: Any) -> Table:
    """A table for the terminal, without columns that are empty throughout."""
    filled = [c for c in frame.columns if (frame[c].astype(str) != "").any()]
    grid = Table(*filled, box=None)
    shown = frame[filled].astype(object)
    for row in shown.where(shown.notna(), "").astype(str).itertuples(index=False):
        grid.add_row(*map(_plain, row))
    return grid


@app.command()
def rollback(
    folder: Folder,
    target: Target,
    run_id: Annotated[str, typer.Option("--run", help="Only what this run wrote.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would happen; write nothing.")] = False,
    as_json: Json = False,
) -> int:
    """Take back what was loaded; what anybody touched since is kept and named."""
    from workbench import runs

    result = runs.undo(folder, target, run_id, dry_run=dry_run, say=_say, doing=_say.doing)
    if as_json:
        OUT.print_json(data=result.as_json())
    else:
        OUT.print(_plain(result.text()))
    return result.exit_code


@app.command()
def lab(folder: Annotated[Path | None, typer.Argument(help="The migration that the notebooks begin with.")] = None) -> None:
    """Open the notebooks in JupyterLab."""
    from workbench import notebook

    sys.exit(subprocess.run(notebook.lab(folder), check=False).returncode)  # noqa: S603 - our own interpreter and notebooks


@app.command(name="demo")
def show_demo(
    source: Annotated[str, typer.Option("--source", help="Whose invented data; files of leads if empty.")] = "",
    reports: Annotated[str, typer.Option(help="Where reports go.")] = "",
    leads: int = 2000,
) -> int:
    """Invented data, all steps, a fresh sandbox, the report."""
    from workbench.demo import demo

    outcome = demo(leads, source=source, reports=reports, say=_say, doing=_say.doing)
    OUT.print(_plain(outcome.text()))
    return outcome.exit_code(False)


@app.command()
def version() -> None:
    """Print the version."""
    OUT.print(__version__)
