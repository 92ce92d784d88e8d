"""A server on loopback that answers as the vendor documents it and, by switches, as others say or as networks do.

It serves demo and tests and is on no other path of the product. `serve(business)` starts it.
"""

from __future__ import annotations

import gzip
import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from workbench.samples.bizstim import TIME_ZONE, Business

Records = Sequence[Mapping[str, str]]

SIZES = {"clients": (1000, 1000), "sessions": (100, 1000)}
"""Method → records a page unless told, and at most; `OTHERS` for all others."""
OTHERS = (20, 100)


@dataclass
class Trouble:
    """What goes wrong with the next `times` calls whose path contains `path`: a status, or one of the words below.

    failure: 200 with status failure, and with the words that follow 'failure: '. cut: half of the body, then the connection
    is closed. truncated: half of the body as if it were all. html: a web page. redirect: to another host. drop: no answer at
    all. gzip, chunked: the right answer, packed or in pieces. Bytes are sent as they are, as a body.
    """

    what: int | str | bytes
    path: str = ""
    times: int = 1
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Limit:
    """No more than `calls` of a key within `window` seconds of `now`: then 429, with `headers` (a Retry-After, or none)."""

    calls: int
    headers: Mapping[str, str] = field(default_factory=dict)
    window: float = 3600.0
    now: Callable[[], float] = time.time
    made: dict[str, list[float]] = field(default_factory=dict)

    def refuses(self, key: str) -> bool:
        """Whether a call that comes now is one too many; calls that are refused do not count."""
        now = self.now()
        made = self.made[key] = [at for at in self.made.get(key, ()) if at > now - self.window]
        if len(made) < self.calls:
            made.append(now)
            return False
        return True


class _Http(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up, as a process does that is killed, is no error of the server."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Server:
    """`tables` is method → records; `details` is method of one record → id → record. Calls are counted by path and by key.

    Switches: `totals` (number, text or none: how the envelope tells how many there are), `lacking` (methods that this
    account has not) and `unknown` (how that is said: 404, or failure: 200 with 'Unknown method'), `most` (method → records a
    page at most, against what is documented), `as_seed` (fields that nobody documents: `seed_fields`), `limit`, `troubles`,
    and `before`, called with the path of each call.
    """

    def __init__(self, tables: Mapping[str, Records], keys: Sequence[str] = ("k" * 40,)) -> None:
        self.tables: dict[str, list[Mapping[str, str]]] = {name: list(rows) for name, rows in tables.items()}
        self.details: dict[str, dict[str, Mapping[str, str]]] = {}
        self.keys, self.troubles, self.time_zone = set(keys), list[Trouble](), TIME_ZONE
        self.totals, self.unknown, self.as_seed = "number", "404", False
        self.lacking, self.most = set[str](), dict[str, int]()
        self.limit: Limit | None = None
        self.calls: Counter[str] = Counter()
        self.of_key: Counter[str] = Counter()
        self.methods: Counter[str] = Counter()
        self.before: Callable[[str], None] = lambda path: None
        self._alone = threading.Lock()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # headers and body in one packet: in two, each call takes 40 ms

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its base names it so
                """Nothing is logged."""

            def do_GET(self) -> None:
                server.handle(self)

            do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_GET  # noqa: N815 - its base names them so

        self._http = _Http(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._http.shutdown()
        self._http.server_close()

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        path, key = request.path, request.headers.get("x-api-key", "")
        with self._alone:
            self.calls[path] += 1
            self.of_key[key] += 1
            self.methods[request.command] += 1
            self.before(path)
            trouble = next((t for t in self.troubles if t.path in path), None)
            if trouble:
                trouble.times -= 1
                self.troubles = [t for t in self.troubles if t.times > 0]
            limited = self.limit is not None and self.limit.refuses(key)
        if trouble:
            return self._go_wrong(request, trouble)
        if key not in self.keys:
            return _send(request, 401, b'{"status":"failure","response":"Invalid API key"}')
        if limited and self.limit:
            return _send(request, 429, b'{"status":"failure","response":"Too many requests"}', self.limit.headers)
        found = self._answer(path)
        return _send(request, 404 if found is None else 200, json.dumps(found or _failure("Not found")).encode())

    def _answer(self, path: str) -> dict[str, Any] | None:
        """The envelope of a path; None where there is no such method and that is a 404."""
        parts = path.split("?")[0].strip("/").split("/")
        if len(parts) < 2 or parts[0] != "api":
            return None
        method, rest = parts[1], parts[2:]
        if method in self.lacking or (method not in self.details and method not in self.tables):
            return None if self.unknown == "404" else _failure("Unknown method")
        if method in self.details:
            if record := self.details[method].get(rest[0] if rest else ""):
                return {"status": "success", "response": self._dressed(method, record)}
            return _failure(f"No such {method}")
        if not all(part.isdigit() for part in rest):
            return _failure("Invalid parameter")
        usual, most = SIZES.get(method, OTHERS)
        start, limit = int(rest[0]) if rest else 0, int(rest[1]) if len(rest) > 1 else usual
        rows = self.tables[method]
        page = rows[start : start + min(limit, most, self.most.get(method, most))]
        found: dict[str, Any] = {"status": "success", "total": str(len(rows)) if self.totals == "text" else len(rows)}
        if self.totals == "none":
            del found["total"]
        if method == "sessions":
            found["timezone"] = self.time_zone
        return found | {"response": [self._dressed(method, row) for row in page]}

    def _dressed(self, method: str, record: Mapping[str, str]) -> Mapping[str, str]:
        return {**record, **seed_fields(method, record["id"])} if self.as_seed else record

    def _go_wrong(self, request: BaseHTTPRequestHandler, trouble: Trouble) -> None:
        whole = json.dumps(self._answer(request.path) or {}).encode()
        if isinstance(trouble.what, bytes):
            _send(request, 200, trouble.what, trouble.headers)
        elif str(trouble.what).startswith("failure"):
            words = str(trouble.what).partition(": ")[2] or "Something went wrong"
            _send(request, 200, json.dumps(_failure(words)).encode())
        elif trouble.what == "html":
            _send(request, 200, b"<!DOCTYPE html><html><body>Be right back</body></html>", kind="text/html")
        elif trouble.what == "truncated":
            _send(request, 200, whole[: len(whole) // 2])
        elif trouble.what == "redirect":
            _send(request, 302, b"", {"Location": "https://elsewhere.example/api/clients/0/1000"})
        elif trouble.what == "gzip":
            _send(request, 200, gzip.compress(whole), {"Content-Encoding": "gzip"})
        elif trouble.what == "chunked":
            _send(request, 200, whole, chunked=True)
        elif trouble.what == "cut":
            _send(request, 200, whole, cut=len(whole) // 2)
        elif trouble.what == "drop":
            request.close_connection = True
            request.connection.close()
        else:
            _send(request, int(trouble.what), b"{}", trouble.headers)


def serve(business: Business, keys: Sequence[str] = ("k" * 40,)) -> Server:
    """Serve an invented account to whoever has one of the keys; close the server when done."""
    server = Server(business.tables, keys)
    server.details = {method: dict(records) for method, records in business.details.items()}
    server.time_zone = business.time_zone
    return server


def seed_fields(method: str, id_: str) -> Mapping[str, str]:
    """Fields that a record has where the account is as the seed says it, which no page of the vendor confirms."""
    number = sum(id_.encode())
    if method in ("clients", "client"):
        window = {"minTime": f"{7 + number % 4:02}:00", "maxTime": f"{16 + number % 5}:30"}
        return {**window, "slotDuration": "00:30:00", "sessionLimit": str(number % 4)}
    if method == "practitioners":
        return {"practitioner_wage": f"{20 + number % 30}.00"}
    return {"currency": "CAD"} if method in ("payments", "payment") else {}


def _failure(text: str) -> dict[str, Any]:
    return {"status": "failure", "response": text}


def _send(
    request: BaseHTTPRequestHandler, status: int, body: bytes, headers: Mapping[str, str] | None = None,
    kind: str = "application/json", cut: int | None = None, chunked: bool = False,
) -> None:  # fmt: skip
    request.send_response(status)
    request.send_header("Content-Type", kind)
    if chunked:
        request.send_header("Transfer-Encoding", "chunked")
        pieces = [body[at : at + 1000] for at in range(0, len(body), 1000)]
        body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])
    else:
        request.send_header("Content-Length", str(len(body)))
    for name, value in (headers or {}).items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body[:cut])
    request.wfile.flush()
    if cut is not None:
        request.close_connection = True
