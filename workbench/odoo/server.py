"""One Odoo server process: its settings, its start, and its end."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import signal
import socket
import time
import urllib.request
from base64 import b64encode
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import SandboxError
from workbench.odoo import docker
from workbench.odoo.machine import read_record, write_private
from workbench.odoo.packages import Installed

NOBODY = 1  # a port of 127.0.0.1 that nothing listens on: where mail and requests to other machines end
PATIENCE = 90  # seconds that a start may take


@dataclass(frozen=True)
class Settings:
    """What one server differs in: its database, PostgreSQL's socket folder, its port, workers, port of its mail server."""

    database: str
    sockets: str
    port: int
    workers: int
    smtp_port: int | None


def command(folder: Path, installed: Installed, settings: Settings) -> list[str]:
    """Write the configuration file of a server (mode 600) and return the command that starts it."""
    write_private(folder / "odoo.conf", _configuration(folder, installed, settings))
    return [*installed.command("server"), f"--config={folder / 'odoo.conf'}", "--max-cron-threads=0"]


def environment(folder: Path, installed: Installed) -> dict[str, str]:
    """The whole environment of Odoo: folders of its own, and a proxy that keeps requests on this machine."""
    for part in ("home", "run"):
        (folder / part).mkdir(parents=True, exist_ok=True, mode=0o700)
    nowhere = f"http://127.0.0.1:{NOBODY}"
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(installed.library),
        "HOME": str(folder / "home"),
        "XDG_DATA_HOME": str(folder / "home"),
        "XDG_RUNTIME_DIR": str(folder / "run"),
        "http_proxy": nowhere,
        "https_proxy": nowhere,
        "no_proxy": "127.0.0.1,localhost",
    }


def launch(folder: Path, installed: Installed, settings: Settings) -> int:
    """Start a server that outlives this process, in a session of its own, its output in `odoo.log`; its process id."""
    words, surroundings = command(folder, installed, settings), environment(folder, installed)
    log = os.open(folder / "odoo.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        return os.posix_spawn(
            words[0],
            words,
            surroundings,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, log, 1),
                (os.POSIX_SPAWN_DUP2, log, 2),
            ],
            setsid=True,
        )
    finally:
        os.close(log)


def wait(folder: Path, url: str, database: str) -> None:
    """Wait until the server answers for its database. Raises SandboxError where it ends or does not answer."""
    client = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor())
    until, hint, misses = time.monotonic() + PATIENCE, f"see {folder / 'odoo.log'}", 0
    while time.monotonic() < until:
        # For a moment after its start a process has no command line yet, by which it is known.
        misses = 0 if running(folder) else misses + 1
        if misses > 5:
            raise SandboxError("Odoo ended while it started", hint)
        with contextlib.suppress(OSError):  # of which urllib's errors, with Odoo's own 404 and 500, are a kind
            client.open(f"{url}/web/login?db={database}", timeout=PATIENCE).close()
            return
        time.sleep(0.1)
    end(folder)
    raise SandboxError(f"Odoo did not answer at {url} within {PATIENCE} seconds", hint)


def running(folder: Path) -> int | None:
    """The process id of the server of this folder, where it runs."""
    record = read_record(folder / "sandbox.json")
    if record.get("docker"):
        return docker.running(folder)
    pid = record.get("pid")
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return None
    return pid if os.fsencode(f"--config={folder / 'odoo.conf'}") in words else None


def end(folder: Path) -> bool:
    """Stop the server of this folder and its workers; False where it did not run."""
    pid = running(folder)
    if pid is None:
        return False
    if read_record(folder / "sandbox.json").get("docker"):
        docker.stop(folder)
        return True
    os.kill(pid, signal.SIGTERM)
    until = time.monotonic() + 10
    while running(folder) and time.monotonic() < until:
        time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, 0)
    return True


def free_port(wanted: int | None = None) -> int:
    """A port of 127.0.0.1 that nothing listens on: the wanted one, if it is free."""
    for port in (wanted or 0, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise SandboxError("No port of 127.0.0.1 is free", "close programs that listen, and try again")


def write_record(folder: Path, **facts: object) -> None:
    """Keep what is to be known of a sandbox at its next start, or by another command."""
    write_private(folder / "sandbox.json", json.dumps(facts, indent=1))


def hashed(password: str, rounds: int) -> str:
    """A password as Odoo keeps it: PBKDF2 with SHA-512, in passlib's notation."""
    salt = secrets.token_bytes(16)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)
    texts = (b64encode(part).decode().rstrip("=").replace("+", ".") for part in (salt, digest))
    return f"$pbkdf2-sha512${rounds}${'$'.join(texts)}"


def _configuration(folder: Path, installed: Installed, settings: Settings) -> str:
    """Odoo's configuration file. The master password of the database manager is a random one that nobody knows."""
    options: dict[str, object] = {
        "admin_passwd": hashed(secrets.token_urlsafe(32), installed.release.rounds),
        "addons_path": installed.library / "odoo" / "addons",
        "data_dir": folder / "data",
        "db_host": settings.sockets,
        "db_user": settings.database,
        "db_name": settings.database,
        "dbfilter": f"^{settings.database}(_.*)?$",
        "http_interface": "127.0.0.1",
        "http_port": settings.port or NOBODY,
        installed.release.chat_port: free_port(),
        "workers": settings.workers,
        "max_cron_threads": 0,
        "limit_time_cpu": 900,
        "limit_time_real": 1800,
        "proxy_mode": False,
        "smtp_server": "127.0.0.1",
        "smtp_port": settings.smtp_port or NOBODY,
        "publisher_warranty_url": f"http://127.0.0.1:{NOBODY}/",
    }
    return "[options]\n" + "".join(f"{name} = {value}\n" for name, value in options.items())
