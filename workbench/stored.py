"""The answers of an API as they came, each once, with its hash: what is read from here needs no network."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from workbench.errors import SourceError
from workbench.files import private

_INDEX = "answers.jsonl"


@dataclass(frozen=True)
class Answer:
    """One answer: the path that was asked, the file with its body, its SHA-256, and when it came (ISO, UTC).

    `status` is 200, or 404 where the API said that it has no such endpoint or record.
    """

    path: str
    file: str
    sha256: str
    at: str
    status: int = 200


class Answers:
    """The answers in a folder of its owner only. A file first, then its line in the index: a kill costs one call.

    `keys` are fingerprints of the keys that are known to be of the account that is read here.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.keys, self._alone = private(folder), set[str](), Lock()
        self._known: dict[str, Answer] = {}
        self._read = 0
        self._catch_up()

    def __contains__(self, path: str) -> bool:
        return path in self._known

    def __len__(self) -> int:
        return len(self._known)

    def paths(self) -> list[str]:
        """What was asked, in the order of the answers."""
        return list(self._known)

    def answer(self, path: str) -> Answer:
        """The answer to a path; KeyError where there is none."""
        return self._known[path]

    def body(self, path: str) -> bytes:
        """The body of an answer, as it came; SourceError where the file is not what was stored."""
        answer = self._known[path]
        file = self.folder / answer.file
        raw = file.read_bytes() if file.is_file() else b""
        if hashlib.sha256(raw).hexdigest() != answer.sha256:
            raise SourceError(
                f"{file} is not the answer that was stored for {path}.",
                "Restore it from a backup, or delete it together with its line in answers.jsonl to ask for it again.",
            )
        return raw

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Only one process asks for answers of a folder at a time: SourceError where another does. A kill ends it."""
        handle = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise SourceError(
                    f"Process {os.pread(handle, 20, 0).decode() or '?'} is reading into {self.folder}.",
                    "Wait until it has ended, then run the same command again.",
                ) from None
            os.ftruncate(handle, 0)
            os.pwrite(handle, str(os.getpid()).encode(), 0)
            self._catch_up()  # another process may have been here meanwhile
            yield
        finally:
            os.close(handle)

    def keep(self, path: str, body: bytes, at: str, status: int = 200) -> Answer:
        """Store an answer; one to the same path is replaced, its file kept."""
        digest = hashlib.sha256(body).hexdigest()
        name = f"{path.strip('/').replace('/', '-')[:100]}.{digest[:12]}.json"
        answer = Answer(path, name, digest, at, status)
        with self._alone:
            file, temporary = self.folder / name, self.folder / f".{name}"
            try:
                temporary.touch(mode=0o600)
                temporary.write_bytes(body)
                temporary.replace(file)
                self._add([asdict(answer)])
            except OSError as error:
                todo = "Make room, or look who may write there; what was read is kept. Then run the same command again."
                raise SourceError(f"{file} cannot be written: {error.strerror or error}.", todo) from None
            self._known[path] = answer
        return answer

    def forget(self, paths: Iterable[str]) -> None:
        """Ask for these again when somebody wants them; the files stay, as what was answered then."""
        with self._alone:
            self._add([{"path": path, "forgotten": True} for path in paths if self._known.pop(path, None)])

    def know(self, key: str) -> None:
        """The key with this fingerprint is of the account that is read here."""
        with self._alone:
            if key not in self.keys:
                self._add([{"key": key}])
                self.keys.add(key)

    def _add(self, entries: list[dict[str, Any]]) -> None:
        if entries:
            handle = os.open(self.folder / _INDEX, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(handle, "r+b") as index:
                size = index.seek(0, os.SEEK_END)
                cut = size and os.pread(handle, 1, size - 1) != b"\n"  # by a kill: what follows is a line of its own
                index.write(b"\n" * bool(cut) + "".join(json.dumps(entry) + "\n" for entry in entries).encode())

    def _catch_up(self) -> None:
        """Read what the index has gained since it was last looked at."""
        index = self.folder / _INDEX
        lines = index.read_bytes()[self._read :].splitlines(keepends=True) if index.is_file() else []
        for line in lines:
            try:
                self._learn(json.loads(line))
            except (ValueError, TypeError, KeyError, AttributeError):
                continue  # cut off by a kill: that call is made again
            finally:
                self._read += len(line)

    def _learn(self, entry: dict[str, Any]) -> None:
        if "key" in entry:
            self.keys.add(entry["key"])
        elif entry.pop("forgotten", False):
            self._known.pop(entry["path"], None)
        else:
            self._known[entry["path"]] = Answer(**entry)
