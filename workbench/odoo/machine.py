"""What the sandbox needs of this machine: its folders, a lock between processes, commands that fail in one sentence."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from workbench.errors import SandboxError

Progress = Callable[[str], None]

OWN_ODOO = (
    "use an Odoo of your own: name it in migration.toml under [targets.NAME] with url, database, login and a secret "
    "given as env:VARIABLE or keyring:NAME"
)


def silent(message: str) -> None:
    """Progress for callers that show none."""


def home_folder(home: Path | None = None) -> Path:
    """The folder that holds the state of all sandboxes: given, `WORKBENCH_HOME`, or one in XDG's data home."""
    return _folder(home, "WORKBENCH_HOME", "XDG_DATA_HOME", ".local/share")


def cache_folder(cache: Path | None = None) -> Path:
    """The folder that holds downloads and can be deleted: given, `WORKBENCH_CACHE`, or in XDG's cache home."""
    return _folder(cache, "WORKBENCH_CACHE", "XDG_CACHE_HOME", ".cache")


def _folder(given: Path | None, own: str, base: str, fallback: str) -> Path:
    if given is None and os.environ.get(own):
        given = Path(os.environ[own])
    if given is None:
        given = Path(os.environ.get(base) or Path.home() / fallback) / "odoo-workbench"
    folder = given.expanduser().resolve()  # one name for it: a running server is known by its path
    if not folder.exists():
        # PostgreSQL never runs as root: another account has to be able to pass through root's folder.
        folder.mkdir(parents=True, mode=0o711 if os.geteuid() == 0 else 0o700)
    return folder


@contextmanager
def locked(folder: Path, progress: Progress = silent) -> Iterator[None]:
    """Only one process at a time works in `folder`; the others wait. The lock ends with the process that holds it."""
    with (folder / "lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("Waiting for another command that is working on a sandbox")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user may read (mode 600), whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as handle:
        handle.write(text)
    half.replace(path)


def read_record(path: Path) -> dict[str, Any]:
    """A JSON object from a file; empty where there is no file or no whole one."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def run(
    command: Sequence[object],
    failure: str,
    hint: str = "",
    *,
    env: Mapping[str, str] | None = None,
    given: str = "",
    cwd: Path | None = None,
    user: str | None = None,
) -> str:
    """Run a command to its end and return what it wrote; `failure` names what did not work, in front of its last error.

    `given` goes to its standard input: nothing secret stands on a command line. What it leaves running keeps no pipe
    of ours open. Raises SandboxError where the command is missing or ends with an error.
    """
    identity: dict[str, Any] = {"user": user, "group": user, "extra_groups": []} if user else {}
    words = [str(word) for word in command]
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as complaint:
        try:
            code = subprocess.run(  # noqa: S603 - our own command, no shell
                words, input=given.encode(), stdout=answer, stderr=complaint, env=env, cwd=cwd or "/", **identity
            ).returncode
        except OSError as error:
            raise SandboxError(f"{failure}: {words[0]} cannot be run ({error.strerror})", hint) from error
        said, errors = (_text(answer), _text(complaint))
    if code:
        lines = [line.strip() for line in (errors + "\n" + said).splitlines() if line.strip()]
        reason = next((line for line in lines if "error" in line.lower() or line.startswith("E:")), None)
        raise SandboxError(f"{failure}: {reason or (lines or ['no reason given'])[-1]}", hint)
    return said


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")
