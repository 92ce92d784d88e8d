"""The commands of `workbench sandbox`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from workbench.errors import UsageError
from workbench.terminal import ERR, OUT, Terminal

app = typer.Typer(no_args_is_help=True, help="A real, throw-away Odoo on this machine.")

Odoo = Annotated[str, typer.Option("--odoo", help="Odoo's version.")]
Name = Annotated[
    str, typer.Option("--name", help="Which sandbox, where several stand side by side; one a version if empty.")
]
Docker = Annotated[bool, typer.Option("--docker", help="Use a Docker engine instead of Debian's packages.")]
Workers = Annotated[
    int, typer.Option("--workers", min=0, max=8, help="Server processes; 0: one with threads. Loads are faster with two.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON only.")]


@app.command()
def start(odoo: Odoo = "19.0", name: Name = "", docker: Docker = False, workers: Workers = 0) -> None:
    """Start it; the first time that downloads and installs Odoo (some minutes)."""
    from workbench.odoo import sandbox

    _show(sandbox.start(_name(name, odoo), odoo, progress=Terminal(ERR), docker=docker, workers=workers))


@app.command()
def stop(odoo: Odoo = "19.0", name: Name = "") -> None:
    """Stop it; its database stays."""
    from workbench.odoo import sandbox

    OUT.print("stopped" if sandbox.stop(_name(name, odoo)) else "was not running")


@app.command()
def reset(odoo: Odoo = "19.0", name: Name = "", docker: Docker = False, workers: Workers = 0) -> None:
    """Give it a fresh, empty database, in seconds. Ledgers of the old one no longer fit, on purpose."""
    from workbench.odoo import sandbox

    _show(sandbox.reset(_name(name, odoo), odoo, progress=Terminal(ERR), docker=docker, workers=workers))


@app.command()
def status(odoo: Odoo = "19.0", name: Name = "", as_json: Json = False) -> None:
    """Say whether it runs and where; exit 1 where it does not."""
    from workbench.odoo import sandbox

    found = sandbox.status(_name(name, odoo))
    if found is None:
        OUT.print("{}" if as_json else "not running; start it with: workbench sandbox start")
        raise typer.Exit(1)
    if as_json:
        OUT.print_json(data=found.as_json())
    else:
        _show(found)


def _name(name: str, odoo: str) -> str:
    from workbench.odoo.packages import RELEASES

    if odoo not in RELEASES:
        raise UsageError(f"There is no sandbox of Odoo {odoo}.", f"Known: {', '.join(RELEASES)}.")
    return name or ("default" if odoo == "19.0" else f"odoo-{odoo.replace('.', '-')}")


def _show(box: Any) -> None:
    OUT.print(
        f"Odoo {box.version} at {box.url}, database {box.database}, login {box.login}, password in {box.password_file}"
    )
