"""From a name to a server that answers: packages, PostgreSQL, template, database, process."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import SandboxError
from workbench.odoo import docker, packages, server, template
from workbench.odoo.machine import Progress, read_record, write_private
from workbench.odoo.postgres import Cluster


@dataclass(frozen=True)
class Wish:
    """What a sandbox is asked to be: see `sandbox.start`."""

    odoo: str
    progress: Progress
    workers: int
    smtp_port: int | None
    docker: bool


def bring_up(folder: Path, database: str, wish: Wish) -> None:
    """Start the server of a sandbox that does not run, and wait until it answers; the caller holds the lock.

    Raises SandboxError.
    """
    record = read_record(folder / "sandbox.json")
    if record.get("odoo", wish.odoo) != wish.odoo:
        hint = "take another name, or remove this sandbox first"
        raise SandboxError(f"The sandbox {folder.name} holds Odoo {record['odoo']}, not {wish.odoo}", hint)
    if not (folder / "password").exists():
        write_private(folder / "password", secrets.token_urlsafe(18) + "\n")
    password = (folder / "password").read_text(encoding="utf-8").strip()
    if record.get("docker", wish.docker):
        release = packages.RELEASES[wish.odoo]
        identity = template.identity(server.hashed(password, release.rounds))
        facts = docker.start(folder, wish.odoo, database, release.modules, identity, wish.progress)
    else:
        facts = _serve(folder, database, wish, password, record.get("port"))
    server.write_record(folder, docker=record.get("docker", wish.docker), **facts)
    server.wait(folder, f"http://127.0.0.1:{facts['port']}", database)


def rest(cluster: Cluster, folders: list[Path]) -> None:
    """Stop PostgreSQL where none of these sandboxes runs any more."""
    if not any(server.running(folder) for folder in folders):
        cluster.stop()


def _serve(folder: Path, database: str, wish: Wish, password: str, port: int | None) -> dict[str, object]:
    """Bring packages, PostgreSQL, template and database to where they must be, and launch the server."""
    cluster, progress = Cluster(folder.parent.parent), wish.progress
    installed = packages.install(wish.odoo, progress)
    cluster.start()
    cluster.role(database)
    origin = template.ensure(cluster, wish.odoo, installed, progress)
    secret = server.hashed(password, installed.release.rounds)
    if cluster.exists(database):
        cluster.sql(database, template.login(secret))
    else:
        progress(f"Copying the template to {database}")
        template.copy(cluster, origin, database, database, folder, secret)
    port = server.free_port(port)
    progress(f"Starting Odoo {installed.version} on port {port}")
    settings = server.Settings(database, str(cluster.sockets), port, wish.workers, wish.smtp_port)
    pid = server.launch(folder, installed, settings)
    return {"odoo": wish.odoo, "version": installed.version, "port": port, "pid": pid}
