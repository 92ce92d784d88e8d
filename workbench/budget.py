"""How often a key may ask: a sliding window in a file, so that it survives restarts and is shared by processes."""

from __future__ import annotations

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import SourceError

WINDOW = 3600.0
"""Seconds."""
_PATIENCE = 30.0
"""Seconds that one process waits for another to have booked its call."""


class Budget:
    """At most `limit` calls of a key and HTTP method within any `WINDOW`; the file holds a hash of the key, never the key.

    `clock` gives seconds since 1970. Where it was put back, what was booked at a time that is still to come counts as booked
    now. SourceError where the file is damaged or cannot be written.
    """

    def __init__(self, path: Path, limit: int, clock: Callable[[], float] = time.time) -> None:
        if limit < 1:
            raise SourceError(f"With {limit} requests an hour nothing can be read.", "Set requests_per_hour to 1 or more.")
        path.touch(mode=0o600, exist_ok=True)
        self.limit, self.clock, self._path = limit, clock, path
        with self._open() as db:
            db.execute("CREATE TABLE IF NOT EXISTS call (key TEXT NOT NULL, method TEXT NOT NULL, at REAL NOT NULL)")
            db.execute("CREATE INDEX IF NOT EXISTS call_at ON call (key, method, at)")

    def take(self, key: str, method: str = "GET") -> float:
        """Seconds until this key may ask again; 0 where the call was booked now."""
        which = fingerprint(key), method
        with self._open() as db:
            now = self.clock()
            db.execute("DELETE FROM call WHERE key = ? AND method = ? AND at <= ?", (*which, now - WINDOW))
            db.execute("UPDATE call SET at = ? WHERE key = ? AND method = ? AND at > ?", (now, *which, now))
            asked = "SELECT at FROM call WHERE key = ? AND method = ? ORDER BY at DESC LIMIT 1 OFFSET ?"
            row = db.execute(asked, (*which, self.limit - 1)).fetchone()
            if row is None:
                db.execute("INSERT INTO call VALUES (?, ?, ?)", (*which, now))
        return 0.0 if row is None else max(row[0] + WINDOW - now, 0.001)

    def give_back(self, key: str, method: str = "GET") -> None:
        """Take back the last booking of this key: the call was not made."""
        with self._open() as db:
            last = "SELECT rowid FROM call WHERE key = ? AND method = ? ORDER BY at DESC LIMIT 1"
            db.execute(f"DELETE FROM call WHERE rowid = ({last})", (fingerprint(key), method))  # noqa: S608 - written above

    def used(self, key: str, method: str = "GET") -> int:
        """The calls of this key within the window that ends now."""
        with self._open() as db:
            asked = "SELECT count(*) FROM call WHERE key = ? AND method = ? AND at > ?"
            ((count,),) = db.execute(asked, (fingerprint(key), method, self.clock() - WINDOW))
        return int(count)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A transaction of its own, which others wait for."""
        db = sqlite3.connect(self._path, timeout=_PATIENCE, isolation_level=None)
        try:
            db.execute("PRAGMA synchronous=OFF")  # a power cut may forget the last calls, no kill does
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")
        except sqlite3.OperationalError as error:  # busy or a full disk: the file is whole
            told = f"{self._path}, which counts the calls of the last hour, cannot be written: {error}."
            raise SourceError(told, "Make room, or look who holds it; then run the same command again.") from None
        except sqlite3.DatabaseError as error:
            raise SourceError(
                f"{self._path}, which counts the calls of the last hour, is damaged: {error}.",
                "Delete it, and wait an hour before you go on: the source may have counted calls that it then does not.",
            ) from None
        finally:
            db.close()


def fingerprint(key: str) -> str:
    """A name for a key that does not tell it."""
    return hashlib.sha256(f"workbench {key}".encode()).hexdigest()[:16]
