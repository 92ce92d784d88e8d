"""A throw-away real Odoo on this machine: started, stopped and made fresh in seconds, reached from this machine only.

One home folder holds one PostgreSQL, one template database per Odoo version, and any number of sandboxes by name. A
sandbox is a database `wb_NAME`, an Odoo server of its own on a free port of 127.0.0.1, and a folder with its log, its
filestore and its password. Scheduled jobs never run, mail has no server to go to, and requests to other machines end
at a proxy that does not exist: nothing leaves this machine.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import SandboxError
from workbench.odoo import docker as engine
from workbench.odoo import server, template
from workbench.odoo.bringup import Wish, bring_up, rest
from workbench.odoo.machine import Progress, home_folder, locked, read_record, silent
from workbench.odoo.packages import RELEASES
from workbench.odoo.postgres import Cluster

LOGIN = "admin"


@dataclass(frozen=True)
class Sandbox:
    """A sandbox that runs: where it is, and how to log in.

    `version` is the exact version of the Odoo that runs (that of its package), `pid` the server's process.
    """

    name: str
    odoo: str
    url: str
    database: str
    login: str
    password_file: Path
    version: str
    pid: int
    folder: Path

    def password(self) -> str:
        """The password of `login`, read from its file (mode 600)."""
        return self.password_file.read_text(encoding="utf-8").strip()

    def as_json(self) -> dict[str, object]:
        """All that another program needs to connect; the password stays in its file."""
        keys = ("name", "odoo", "url", "database", "login", "version", "pid")
        return {key: getattr(self, key) for key in keys} | {"password_file": str(self.password_file)}

    @property
    def cluster(self) -> Cluster:
        """The PostgreSQL that holds its databases."""
        return Cluster(self.folder.parent.parent)


def start(
    name: str = "default",
    odoo: str = "19.0",
    *,
    progress: Progress = silent,
    workers: int = 0,
    smtp_port: int | None = None,
    home: Path | None = None,
    docker: bool = False,
) -> Sandbox:
    """Start a sandbox, making it where there is none; one that runs is returned as it is.

    The first start of a version downloads about 200 MB and takes some two minutes, later ones seconds. `workers`
    processes answer requests side by side (0: one process with threads). `smtp_port` is a mail server on 127.0.0.1
    that gets what Odoo sends; without it mail cannot leave. `docker` makes a new sandbox from Docker's images (see
    `workbench.odoo.docker`; the two options before it are not for those). Raises SandboxError.
    """
    folder = _folder(name, home)
    with locked(home_folder(home), progress):
        found = status(name, home=home)
        if found is None:
            return _begin(folder, Wish(odoo, progress, workers, smtp_port, docker))
        server.wait(folder, found.url, found.database)  # the command that started it may not have waited
        return found


def stop(name: str = "default", *, progress: Progress = silent, home: Path | None = None) -> bool:
    """Stop a sandbox, keeping its data, and PostgreSQL with the last one of this home. False where it did not run."""
    folder = _folder(name, home)
    with locked(home_folder(home), progress):
        ran = server.end(folder)
        _rest(home)
    return ran


def reset(
    name: str = "default",
    odoo: str = "19.0",
    *,
    progress: Progress = silent,
    workers: int = 0,
    smtp_port: int | None = None,
    home: Path | None = None,
    docker: bool = False,
) -> Sandbox:
    """Throw a sandbox's database away and start it with a fresh one, of a new `database.uuid`.

    Password and (if it is free) port stay, as do the databases that `copy_database` made. The parameters are those of
    `start`. Raises SandboxError.
    """
    folder = _folder(name, home)
    with locked(home_folder(home), progress):
        in_docker = read_record(folder / "sandbox.json").get("docker", docker)
        server.end(folder)
        if in_docker:
            engine.drop(folder, _database(name))
        else:
            cluster = Cluster(home_folder(home))
            cluster.start()
            template.drop(cluster, _database(name), folder)
        return _begin(folder, Wish(odoo, progress, workers, smtp_port, in_docker))


def remove(name: str = "default", *, progress: Progress = silent, home: Path | None = None) -> bool:
    """Stop a sandbox and delete all that it holds, its copies of databases too. False where there was none."""
    folder = _folder(name, home)
    stop(name, progress=progress, home=home)
    with locked(home_folder(home), progress):
        record = read_record(folder / "sandbox.json")
        if record.get("docker"):
            engine.drop(folder, _database(name))
        elif record:
            cluster = Cluster(home_folder(home))
            cluster.start()
            for database in cluster.databases(_database(name)):
                cluster.drop(database)
        shutil.rmtree(folder, ignore_errors=True)
        _rest(home)
    return bool(record)


def status(name: str = "default", *, home: Path | None = None) -> Sandbox | None:
    """The sandbox of this name where it runs, else None."""
    folder = _folder(name, home)
    record = read_record(folder / "sandbox.json")
    pid = server.running(folder)
    if not record or pid is None:
        return None
    url, odoo, version = f"http://127.0.0.1:{record['port']}", record["odoo"], record["version"]
    return Sandbox(name, odoo, url, _database(name), LOGIN, folder / "password", version, pid, folder)


def names(home: Path | None = None) -> list[str]:
    """The names of the sandboxes of this home, whether they run or not."""
    return sorted(record.parent.name for record in home_folder(home).glob("sandboxes/*/sandbox.json"))


def copy_database(sandbox: Sandbox, database: str, source: str | None = None) -> None:
    """Make another database on a sandbox's server: a copy of the template, or of `source` (any database of this server).

    `database` must start with `sandbox.database` and an underscore: those names alone are served by this server. The
    copy has a filestore and a `database.uuid` of its own, and the sandbox's password. Not with Docker. Raises
    SandboxError.
    """
    _check_copy(sandbox, database)
    cluster = sandbox.cluster
    if cluster.exists(database):
        raise SandboxError(f"There is a database {database} already", "drop_database removes it")
    if source is None:
        origin = template.of(cluster, sandbox.odoo, sandbox.version)
    else:
        origin = template.Template(source, template.filestore(sandbox.folder, source))
    secret = server.hashed(sandbox.password(), RELEASES[sandbox.odoo].rounds)
    template.copy(cluster, origin, database, sandbox.database, sandbox.folder, secret)


def drop_database(sandbox: Sandbox, database: str) -> None:
    """Remove a database that `copy_database` made, also while sessions are open, and its filestore."""
    _check_copy(sandbox, database)
    template.drop(sandbox.cluster, database, sandbox.folder)


def sql(sandbox: Sandbox, database: str, statement: str) -> list[tuple[str, ...]]:
    """Run SQL in a database of a sandbox, past Odoo: rows as text, NULL as an empty text.

    Odoo's own memory does not see what is changed here before its next start. Raises SandboxError with PostgreSQL's
    own words.
    """
    if read_record(sandbox.folder / "sandbox.json").get("docker"):
        return engine.sql(sandbox.folder, database, statement)
    return sandbox.cluster.sql(database, statement)


def _begin(folder: Path, wish: Wish) -> Sandbox:
    """Bring a sandbox up that does not run; the caller holds the lock."""
    bring_up(folder, _database(folder.name), wish)
    found = status(folder.name, home=folder.parent.parent)
    if found is None:
        raise SandboxError(f"The sandbox {folder.name} ended right after its start", f"see {folder / 'odoo.log'}")
    return found


def _rest(home: Path | None) -> None:
    rest(Cluster(home_folder(home)), [_folder(name, home) for name in names(home)])


def _folder(name: str, home: Path | None) -> Path:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,30}", name):
        hint = "a name has at most 31 small letters, digits and hyphens, and starts with a letter"
        raise SandboxError(f"A sandbox cannot be named {name!r}", hint)
    return home_folder(home) / "sandboxes" / name


def _database(name: str) -> str:
    return f"wb_{name}"


def _check_copy(sandbox: Sandbox, database: str) -> None:
    if not re.fullmatch(re.escape(sandbox.database) + r"_[A-Za-z0-9_.-]+", database) or len(database) > 63:
        hint = f"name it {sandbox.database}_SOMETHING, with at most 63 letters, digits, hyphens, dots and underscores"
        raise SandboxError(f"The database {database!r} cannot be one of the sandbox {sandbox.name}", hint)
