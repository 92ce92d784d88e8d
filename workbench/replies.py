"""What an answer of an API means: take it, ask again, or stop with a sentence that says what to do."""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass

from workbench.api import Api
from workbench.errors import SourceError
from workbench.waiting import retry_after

_LATER = re.compile(
    r"\brate.?limit|\blimit\b.* (exceeded|reached)|exceeded .*\blimit|too many (calls|requests)|throttl|try (it )?again"
    r"|temporar|maintenance|\bbusy\b|overload|time.?out", re.IGNORECASE
)  # fmt: skip
"""Words of an API that says no for now, though its status is 200."""
_KEY = re.compile(r"\b(keys?|auth|permission|denied|forbidden|credential|expired|suspended|subscription)", re.IGNORECASE)
"""Words that are about the key, not about what it asks for."""
NOTHING = re.compile(r"\bno \w+( \w+)? (was |were )?found|\bno (records|results|data|rows)\b", re.IGNORECASE)
"""Words of an API that has no records to give, and calls that a failure."""


@dataclass(frozen=True)
class Again:
    """Why a call must be made again, and when (seconds, None where nobody says); `full`: it says 'too many calls'."""

    why: str
    after: float | None = None
    full: bool = False


@dataclass(frozen=True)
class Reply:
    """One answer of `host` to `path`, asked with the key that is called `key`, at `now` (seconds since 1970)."""

    host: str
    path: str
    key: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    now: float

    def meaning(self, api: Api) -> Again | str:
        """'' where it is an answer to take, why there is no such endpoint or record, or Again; SourceError to stop."""
        status, after = self.status, retry_after(self.headers.get("retry-after", ""), self.now)
        if status in (301, 302, 303, 307, 308):
            to = host_of(self.headers.get("location", ""))
            raise SourceError(
                f"{self.host} sends {self.path} on to {to}: refused, the key must not travel.",
                "Set base_url in migration.toml to the address that is meant, if you trust it.",
            )
        if status in (401, 403):
            raise SourceError(
                f"{self.host} refuses the key {self.key} ({status}).",
                "Make a new key in the source's settings, or look whether it was withdrawn; what was read is kept.",
            )
        if status in (408, 429) or status >= 500:
            return Again(f"it answered {status}", after, full=status == 429)
        if status == 404:
            return "404"
        if status != 200:
            raise SourceError(f"{self.host} answered {self.path} with {status}.", "Look whether base_url is right.")
        try:
            api.read(self.body)
        except SourceError as error:
            if _LATER.search(error.message):
                return Again(error.message.rstrip("."), after, full=True)
            if _KEY.search(error.message):
                raise
            return error.message.rstrip(".")
        except RecursionError:
            return Again("its answer is nested too deeply")
        except ValueError as error:
            return Again(_what(self.body, error))
        return ""


def address(base_url: str) -> str:
    """The address without its last slash; SourceError where it is none, or would send the key unencrypted."""
    try:
        parts = urllib.parse.urlsplit(base_url)
        whole = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and not parts.query + parts.fragment
    except ValueError:
        whole = False
    if not whole:
        raise SourceError(f"base_url is no address: {base_url!r}.", "Set all before /api/, as https://name.example.")
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise SourceError(f"base_url {base_url} is not encrypted: the key could be read on its way.", "Write https://.")
    return base_url.rstrip("/")


def host_of(url: str) -> str:
    """The host of an address, or what stands in its place."""
    return urllib.parse.urlsplit(url).hostname or url or "nowhere"


def _what(body: bytes, error: ValueError) -> str:
    """What an answer is that is none of the API's; `error` is what its reader says."""
    if body.lstrip()[:1] == b"<":
        return "it answered with a web page instead of JSON"
    if isinstance(error, UnicodeDecodeError):
        return "its answer is no UTF-8 text"
    if isinstance(error, json.JSONDecodeError):
        return "its answer is cut off or no JSON" if body else "its answer is empty"
    return f"its answer cannot be read: {error}"
