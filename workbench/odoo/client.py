"""Talks to Odoo by JSON-RPC through odoorpc (its only importer), and tells apart what failed from what nobody knows."""

from __future__ import annotations

import http.client
import logging
import random
import time
import urllib.error
import urllib.parse
from collections.abc import Mapping, Sequence
from typing import Any

import odoorpc
import odoorpc.error

from workbench.errors import Ambiguous, Refused, TargetError
from workbench.odoo import lines as records_within
from workbench.odoo import release as releases
from workbench.odoo.protocols import Domain, Row, Values
from workbench.odoo.release import Lines

logging.getLogger("odoorpc").setLevel(logging.INFO)  # at DEBUG it writes the password in clear

_LOST = (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError)
_READ_TRIES = 4
_SERIALIZATION_TRIES = 6
_ROLLED_BACK = ("could not serialize", "deadlock detected")
"""PostgreSQL's words where two transactions met and it took one of them back."""
_PAGE = 2000
_MODEL_FIELDS = ("res_model", "model")
"""The field that holds the model beside an id, in Odoo's own models; versions that do not tell it call it so, too."""
_WITH_ARCHIVED = frozenset(["res.groups"])
"""Models that are written with archived records in sight: an archived user could not be taken out of a group."""


class Client:
    """One connection to one database, as a `Reader`; `writer()` gives the `Writer`.

    `context` is sent with every call. What the release of this Odoo calls lines is read and written as one text each
    (`workbench.odoo.lines`). Reads are repeated when the connection fails; writes never are, unless Odoo itself
    said that it rolled the transaction back.
    """

    def __init__(
        self, url: str, database: str, login: str, secret: str, *, context: Mapping[str, Any], timeout: int = 300
    ) -> None:
        parts = urllib.parse.urlsplit(url)
        tls = parts.scheme == "https"
        port = parts.port or (443 if tls else 80)
        self.url, self.database, self.login, self.context = url, database, login, dict(context)
        self._fields: dict[str, dict[str, dict[str, Any]]] = {}
        try:
            self._odoo = odoorpc.ODOO(
                parts.hostname or "", port=port, protocol="jsonrpc+ssl" if tls else "jsonrpc", timeout=timeout
            )
            self._odoo.login(database, login, secret)
        except odoorpc.error.RPCError as error:
            raise TargetError(
                f"Odoo at {url} refused the login {login!r} to database {database!r}: {_words(error)}",
                "Check login, database and the secret that migration.toml names for this target.",
            ) from None
        except (*_LOST, odoorpc.error.Error) as error:
            raise TargetError(
                f"Odoo at {url} does not answer: {error}",
                "Is it running? Odoo must answer on /jsonrpc; in Odoo 19 that is the app 'rpc'. "
                "`workbench sandbox start` starts the built-in one.",
            ) from None
        self.version: str = self._odoo.version
        release = releases.load(self.version)
        self._plain, self._lines = release.plain_search_read, release.lines
        self.uid: int = self._odoo.env.uid

    def fields_get(self, model: str) -> dict[str, dict[str, Any]]:
        """Field → description; cached until `forget_fields`."""
        if model not in self._fields:
            attributes = [
                "type",
                "required",
                "readonly",
                "relation",
                "selection",
                "store",
                "searchable",
                "string",
                "model_field",
            ]
            told = self._read_call(model, "fields_get", [], {"attributes": attributes})
            for fact in told.values():
                if fact["type"] == "many2one_reference" and not fact.get("model_field"):
                    fact["model_field"] = next((name for name in _MODEL_FIELDS if name in told), "")
            self._fields[model] = told
        return self._fields[model]

    def forget_fields(self) -> None:
        """Ask for fields anew, after custom ones were made or removed."""
        self._fields.clear()

    def search(self, model: str, domain: Domain, *, limit: int | None = None) -> list[int]:
        """The ids that meet the domain, in order of id."""
        ids: list[int] = self._read_call(model, "search", [list(domain)], {"order": "id", "limit": limit})
        return ids

    def read(self, model: str, ids: Sequence[int], fields: Sequence[str]) -> list[Row]:
        """The records that are still there, in pages of 2,000, many2one as plain id or False."""
        rows: list[Row] = []
        for start in range(0, len(ids), _PAGE):
            page = list(ids[start : start + _PAGE])
            rows += self.search_read(model, [("id", "in", page)], fields)
        return rows

    def search_read(self, model: str, domain: Domain, fields: Sequence[str], *, limit: int | None = None) -> list[Row]:
        """Search and read, in one call where this Odoo can; in order of id, many2one as plain id or False."""
        options: dict[str, Any] = {"fields": list(fields), "load": False}
        rows: list[Row]
        if self._plain:
            rows = self._read_call(model, "search_read", [list(domain)], {**options, "order": "id", "limit": limit})
        else:
            rows = self._read_call(model, "read", [self.search(model, domain, limit=limit)], options)
        for field in self._lines.get(model, {}).keys() & set(fields):
            self._add_lines(rows, field, self._lines[model][field])
        return rows

    def _add_lines(self, rows: Sequence[Row], field: str, lines: Lines) -> None:
        """Put the text of its lines in place of their ids into each row."""
        ids = [i for row in rows for i in row[field]]
        children = {row["id"]: row for row in self.read(lines.model, ids, lines.fields)}
        for row in rows:
            row[field] = records_within.shown(row[field], children, lines.fields)

    def ask(self, model: str, method: str, *args: Any) -> Any:
        """The answer of a method that only asks."""
        return self._read_call(model, method, list(args), {})

    def writer(self) -> ClientWriter:
        """The same connection with the right to write."""
        return ClientWriter(self)

    def _read_call(self, model: str, method: str, args: list[Any], options: dict[str, Any]) -> Any:
        for attempt in range(_READ_TRIES):
            try:
                return self._call(model, method, args, options, active_test=False)
            except Ambiguous as error:
                if attempt == _READ_TRIES - 1:
                    raise TargetError(
                        f"Odoo at {self.url} stopped answering: {error}", "Run the same command again when it is back."
                    ) from None
                time.sleep(0.5 * 2**attempt)
        raise AssertionError("unreachable")

    def _call(self, model: str, method: str, args: list[Any], options: dict[str, Any], **more: Any) -> Any:
        """One call. Refused with Odoo's words, or Ambiguous where the connection failed on the way.

        `more` is added to the context. Only reads ask for archived records: a write that does so makes Odoo take an
        archived user for an active one, and refuse it.
        """
        options = {**options, "context": {**self.context, **more}}
        for attempt in range(_SERIALIZATION_TRIES):
            try:
                return self._odoo.execute_kw(model, method, args, options)
            except odoorpc.error.RPCError as error:
                words = _words(error)
                if not any(w in words for w in _ROLLED_BACK) or attempt == _SERIALIZATION_TRIES - 1:
                    raise Refused(words) from None
                time.sleep(random.uniform(0.05, 0.2) * 2**attempt)  # noqa: S311 - jitter, not a secret
            except (*_LOST, odoorpc.error.Error) as error:
                raise Ambiguous(
                    f"The connection to Odoo was lost during {model}.{method} ({type(error).__name__}: {error}).",
                    "Nothing is lost or half-written: run the same command again, it looks first what is there.",
                ) from None
        raise AssertionError("unreachable")


class ClientWriter(Client):
    """A `Client` that may write. Made by `Client.writer` only, so that a reader can never be mistaken for it."""

    def __init__(self, reader: Client) -> None:
        self.__dict__.update(reader.__dict__)

    def create(self, model: str, values: Sequence[Values], *, module: str = "") -> list[int]:
        """Make records in one transaction, with `module` also their external ids (`id` of the values); ids in that order.

        Odoo's own import names its records in the same way; its context changes nothing else of a `create`.
        """
        naming = {"_import_current_module": module, "noupdate": True} if module else {}
        ids: list[int] = self._call(model, "create", [[self._sent(model, v) for v in values]], {}, **naming)
        return ids

    def write(self, model: str, ids: Sequence[int], values: Values) -> None:
        """Write the same values on these records, in one transaction."""
        more = {"active_test": False} if model in _WITH_ARCHIVED else {}
        self._call(model, "write", [list(ids), self._sent(model, values, anew=True)], {}, **more)

    def _sent(self, model: str, values: Values, *, anew: bool = False) -> dict[str, Any]:
        """Values as Odoo takes them: lines as commands."""
        cells = {f: values[f] for f in self._lines.get(model, {}) if isinstance(values.get(f), str)}
        return {**values, **{f: records_within.commands(cell, anew=anew) for f, cell in cells.items()}}

    def load(self, model: str, fields: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
        """Odoo's own import: records and their external ids in one transaction; ids in the order given."""
        answer = self._call(model, "load", [list(fields), [list(row) for row in rows]], {})
        if not answer.get("ids"):
            raise Refused("; ".join(str(m.get("message", m)) for m in answer.get("messages", [])) or "no reason given")
        ids: list[int] = answer["ids"]
        return ids

    def set_param(self, name: str, value: str | bool) -> None:
        """Set a parameter of Odoo's settings; False removes it."""
        self._call("ir.config_parameter", "set_param", [name, value], {})

    def unlink(self, model: str, ids: Sequence[int]) -> None:
        """Delete these records, in one transaction."""
        self._call(model, "unlink", [list(ids)], {})

    def strike_fields(self, ids: Sequence[int]) -> None:
        """Strike these off Odoo's list of fields, also what it calls its own: as it does when an app is removed."""
        self._call("ir.model.fields", "unlink", [list(ids)], {}, _force_unlink=True)


def _words(error: odoorpc.error.RPCError) -> str:
    """Odoo's own words: the message of its exception, else the last line of its traceback."""
    info = error.info if isinstance(error.info, dict) else {}
    data = info.get("data")
    message = str((data if isinstance(data, dict) else info).get("message") or error).strip()
    return " ".join(message.split()) or "no reason given"
