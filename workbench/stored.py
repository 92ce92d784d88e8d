"""The answers of an API as they came, each once, with its hash: what is read from here needs no network."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock

from workbench.errors import SourceError
from workbench.files import private

_INDEX = "answers.jsonl"


@dataclass(frozen=True)
class Answer:
    """One answer: the path that was asked, the file with its body, its SHA-256, and when it came (ISO, UTC).

    `status` is 200, or that with which the API said that it has no such endpoint.
    """

    path: str
    file: str
    sha256: str
    at: str
    status: int = 200


class Answers:
    """The answers in a folder of its owner only. A file first, then its line in the index: a kill costs one call."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._alone = private(folder), Lock()
        self._known: dict[str, Answer] = {}
        index = folder / _INDEX
        for line in index.read_text("utf-8").splitlines() if index.is_file() else ():
            try:
                entry = json.loads(line)
                if entry.pop("forgotten", False):
                    self._known.pop(entry["path"], None)
                else:
                    self._known[entry["path"]] = Answer(**entry)
            except (ValueError, TypeError, KeyError):
                continue  # cut off by a kill: that call is made again

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

    def keep(self, path: str, body: bytes, at: str, status: int = 200) -> Answer:
        """Store an answer; one to the same path is replaced, its file kept."""
        digest = hashlib.sha256(body).hexdigest()
        name = f"{path.strip('/').replace('/', '-')}.{digest[:12]}.json"
        answer = Answer(path, name, digest, at, status)
        with self._alone:
            file, temporary = self.folder / name, self.folder / f".{name}"
            temporary.touch(mode=0o600)
            temporary.write_bytes(body)
            temporary.replace(file)
            with (self.folder / _INDEX).open("a", encoding="utf-8") as index:
                index.write(json.dumps(asdict(answer)) + "\n")
            (self.folder / _INDEX).chmod(0o600)
            self._known[path] = answer
        return answer

    def forget(self, paths: Iterable[str]) -> None:
        """Ask for these again when somebody wants them; the files stay, as what was answered then."""
        gone = [path for path in paths if self._known.pop(path, None)]
        with self._alone, (self.folder / _INDEX).open("a", encoding="utf-8") as index:
            index.writelines(json.dumps({"path": path, "forgotten": True}) + "\n" for path in gone)
