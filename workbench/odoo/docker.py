"""A sandbox from Docker's official images, for machines without apt: by choice, and with less than the other kind.

Written from the documentation of these images and of the `docker` command. **It has been run on no
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
from pathlib import Path

from workbench.errors import SandboxError
from workbench.odoo.machine import Progress, run, silent, write_private
from workbench.odoo.postgres import identifier, literal, rows

POSTGRES = "postgres:17"
MOUNT = "/var/lib/odoo"
NOWHERE = "http://127.0.0.1:1"  # a proxy that does not exist: requests to other machines end there


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
    name, image = _container(folder), f"odoo:{odoo.partition('.')[0]}"
    shared = [*_postgres(folder, progress), "-e", f"http_proxy={NOWHERE}", "-e", f"https_proxy={NOWHERE}"]
    container = [*shared, "-v", f"{name}:{MOUNT}"]
    quiet = ["--max-cron-threads=0", "--smtp=127.0.0.1", "--smtp-port=1", "--no-database-list"]
    if not sql(folder, "postgres", f"SELECT 1 FROM pg_database WHERE datname = {literal(database)}"):  # noqa: S608
        progress(f"Fetching {image} and installing {modules}")
        half, once = f"{database}_half", ["-i", modules, "--without-demo=True", "--stop-after-init"]
        _docker("run", "--rm", *container, image, "odoo", "-d", half, *quiet, *once)
        sql(folder, half, identity)
        _docker("run", "--rm", *container, image, "mv", *(f"{MOUNT}/filestore/{end}" for end in (half, database)))
        sql(folder, "postgres", f"ALTER DATABASE {identifier(half)} RENAME TO {identifier(database)}")
    _docker("rm", "-f", name)
    served = ["-d", database, f"--db-filter=^{database}$", *quiet]
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
    _postgres(folder, silent)
    for name in (database, f"{database}_half"):
        sql(folder, "postgres", f"DROP DATABASE IF EXISTS {identifier(name)} WITH (FORCE)")
    _docker("rm", "-f", _container(folder))
    _docker("volume", "rm", "-f", _container(folder))


def sql(folder: Path, database: str, statement: str) -> list[tuple[str, ...]]:
    """Run SQL in a database of this home's PostgreSQL container; rows as text."""
    psql = ["psql", "-X", "-q", "-t", "--csv", "-v", "ON_ERROR_STOP=1", "-U", "odoo", "-d", database, "-f", "-"]
    return rows(_docker("exec", "-i", f"{_prefix(folder)}-db", *psql, given=statement))


def _postgres(folder: Path, progress: Progress) -> list[str]:
    """Have PostgreSQL's container running; what joins another container to it."""
    if not answers():
        raise SandboxError("No Docker engine answers on this machine", "start Docker, or make the sandbox without it")
    network, secret = _prefix(folder), folder.parent.parent / "docker.env"
    joined, word = ["--network", network, "--env-file", str(secret)], secrets.token_urlsafe(24)
    if not secret.exists():
        write_private(secret, f"POSTGRES_USER=odoo\nPOSTGRES_PASSWORD={word}\nHOST=db\nUSER=odoo\nPASSWORD={word}\n")
    if not _docker("network", "ls", "-q", "-f", f"name=^{network}$"):
        _docker("network", "create", network)
    if not _docker("ps", "-aq", "-f", f"name=^{network}-db$"):
        progress(f"Fetching {POSTGRES}")
        store = ["-v", f"{network}-db:/var/lib/postgresql/data", "--network-alias", "db"]
        _docker("create", "--name", f"{network}-db", *joined, *store, POSTGRES)
    _docker("start", f"{network}-db")
    ready = "for i in $(seq 60); do pg_isready -q -U odoo -h 127.0.0.1 && exit 0; sleep 0.5; done; exit 1"
    _docker("exec", f"{network}-db", "sh", "-c", ready)
    return joined


def _docker(*words: str, given: str = "") -> str:
    return run(["docker", *words], f"Docker refused ({words[0]})", given=given, env=dict(os.environ)).strip()


def _prefix(folder: Path) -> str:
    return "odoo-workbench-" + hashlib.sha256(os.fsencode(folder.parent.parent)).hexdigest()[:10]


def _container(folder: Path) -> str:
    return f"{_prefix(folder)}-sandbox-{folder.name}"
