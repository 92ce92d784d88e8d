"""A sandbox from Docker's official images, for machines without apt: by choice, and with less than the other kind.

Written from the documentation of the images `odoo` and `postgres` and of the `docker` command. **It has been run on no
machine of ours**: no Docker engine was at hand. What is tested is the refusal where no engine answers. One PostgreSQL
container serves a home folder; each sandbox is one container and one database, and its modules are installed anew at
each reset (a minute). Tests that copy databases need the other kind.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import subprocess
import time
from pathlib import Path

from workbench.errors import SandboxError
from workbench.odoo.machine import Progress, run, write_private
from workbench.odoo.postgres import identifier, literal, rows

POSTGRES = "postgres:17"
MOUNT = "/var/lib/odoo"


def answers() -> bool:
    """Whether a Docker engine answers on this machine (within five seconds)."""
    program = shutil.which("docker")
    if program is None:
        return False
    try:
        return subprocess.run([program, "info"], capture_output=True, timeout=5).returncode == 0  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False


def start(folder: Path, odoo: str, database: str, modules: str, identity: str, progress: Progress) -> dict[str, object]:
    """Start a sandbox's container, making network, PostgreSQL and database first where they lack.

    `identity` is the SQL that gives a new database its own uuid and password. Returns what the sandbox's record keeps:
    odoo, version, port, pid. Raises SandboxError where no engine answers or a command fails.
    """
    if not answers():
        raise SandboxError("No Docker engine answers on this machine", "start Docker, or make the sandbox without it")
    network, name, image = _prefix(folder), _container(folder), f"odoo:{odoo.partition('.')[0]}"
    secret = folder.parent.parent / "docker.env"
    if not secret.exists():
        word = secrets.token_urlsafe(24)
        write_private(secret, f"POSTGRES_USER=odoo\nPOSTGRES_PASSWORD={word}\nHOST=db\nUSER=odoo\nPASSWORD={word}\n")
    if not _docker("network", "ls", "-q", "-f", f"name=^{network}$"):
        _docker("network", "create", network)
    joined = ["--network", network, "--env-file", str(secret)]
    if not _docker("ps", "-aq", "-f", f"name=^{network}-db$"):
        progress(f"Fetching {POSTGRES}")
        store = ["-v", f"{network}-db:/var/lib/postgresql/data"]
        _docker("run", "-d", "--name", f"{network}-db", "--network-alias", "db", *joined, *store, POSTGRES)
    _docker("start", f"{network}-db")
    _await_postgres(f"{network}-db")
    nowhere = [word for key in ("http_proxy", "https_proxy") for word in ("-e", f"{key}=http://127.0.0.1:1")]
    container = [*joined, *nowhere, "-v", f"{name}:{MOUNT}"]
    silent = ["--max-cron-threads=0", "--smtp=127.0.0.1", "--smtp-port=1", "--no-database-list"]
    if not sql(folder, "postgres", f"SELECT 1 FROM pg_database WHERE datname = {literal(database)}"):  # noqa: S608
        progress(f"Fetching {image} and installing {modules}")
        once = ["-i", modules, "--without-demo=True", "--stop-after-init"]
        _docker("run", "--rm", *container, image, "odoo", "-d", f"{database}_half", *silent, *once)
        sql(folder, f"{database}_half", identity)
        rename = f"ALTER DATABASE {identifier(f'{database}_half')} RENAME TO {identifier(database)}"
        _docker("run", "--rm", *container, image, "mv", *(f"{MOUNT}/filestore/{database}{end}" for end in ("_half", "")))
        sql(folder, "postgres", rename)
    _docker("rm", "-f", name)
    served = ["-d", database, f"--db-filter=^{database}$", *silent]
    _docker("run", "-d", "--name", name, *container, "-p", "127.0.0.1::8069", image, "odoo", *served)
    port = _docker("port", name, "8069/tcp").split()[0].rpartition(":")[2]
    version = _docker("exec", name, "odoo", "--version").split()[-1]
    return {"odoo": odoo, "version": version, "port": int(port), "pid": running(folder) or 0}


def running(folder: Path) -> int | None:
    """The process id of a sandbox's container on the engine's machine, where it runs."""
    if not answers() or not _docker("ps", "-q", "-f", f"name=^{_container(folder)}$"):
        return None
    return int(_docker("inspect", "-f", "{{.State.Pid}}", _container(folder)))


def stop(folder: Path) -> None:
    """Stop a sandbox's container, and PostgreSQL's with the last one."""
    _docker("stop", _container(folder))
    if not _docker("ps", "-q", "-f", f"name=^{_prefix(folder)}-sandbox-"):
        _docker("stop", f"{_prefix(folder)}-db")


def drop(folder: Path, database: str) -> None:
    """Throw a sandbox's database and files away; its container goes too."""
    for name in (database, f"{database}_half"):
        sql(folder, "postgres", f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")
    _docker("rm", "-f", _container(folder))
    _docker("volume", "rm", "-f", _container(folder))


def sql(folder: Path, database: str, statement: str) -> list[tuple[str, ...]]:
    """Run SQL in a database of this home's PostgreSQL container; rows as text."""
    psql = ["psql", "-X", "-q", "-t", "--csv", "-v", "ON_ERROR_STOP=1", "-U", "odoo", "-d", database, "-f", "-"]
    return rows(_docker("exec", "-i", f"{_prefix(folder)}-db", *psql, given=statement))


def _await_postgres(container: str) -> None:
    for attempt in range(60):
        try:
            _docker("exec", container, "pg_isready", "-q", "-U", "odoo", "-h", "127.0.0.1")
        except SandboxError:
            if attempt == 59:
                raise
            time.sleep(0.5)
        else:
            return


def _docker(*words: str, given: str = "") -> str:
    return run(["docker", *words], f"Docker refused ({words[0]})", given=given, env=dict(os.environ)).strip()


def _prefix(folder: Path) -> str:
    return "odoo-workbench-" + hashlib.sha256(os.fsencode(folder.parent.parent)).hexdigest()[:10]


def _container(folder: Path) -> str:
    return f"{_prefix(folder)}-sandbox-{folder.name}"
