"""A server on loopback that answers as the vendor documents it, by switches as networks do; on no path of the product."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Records = Sequence[Mapping[str, str]]

SIZES = {"clients": (1000, 1000), "sessions": (100, 1000)}
"""Method → records a page unless told, and at most; 20 and 100 for all others."""


@dataclass
class Trouble:
    """What goes wrong with the next `times` calls whose path contains `path`: a status, or one of the words below.

    failure: 200 with status failure. cut: half of the body, then the connection is closed. truncated: half of the body as if
    it were all. html: a web page. redirect: to another host. drop: no answer at all.
    """

    what: int | str
    path: str = ""
    times: int = 1
    headers: Mapping[str, str] = field(default_factory=dict)


class Server:
    """`tables` is method → records; `details` is method of one record → id → record. Calls are counted by path."""

    def __init__(self, tables: Mapping[str, Records], keys: Sequence[str] = ("k" * 40,)) -> None:
        self.tables: dict[str, list[Mapping[str, str]]] = {name: list(rows) for name, rows in tables.items()}
        self.details: dict[str, dict[str, Mapping[str, str]]] = {}
        self.keys, self.troubles = set(keys), list[Trouble]()
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

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

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
        if trouble:
            return self._go_wrong(request, trouble)
        if key not in self.keys:
            return _send(request, 401, b'{"status":"failure","response":"Invalid API key"}')
        found = self._answer(path)
        return _send(request, 404 if found is None else 200, json.dumps(found or {"status": "failure"}).encode())

    def _answer(self, path: str) -> dict[str, Any] | None:
        """The envelope of a path; None where there is no such method."""
        parts = path.split("?")[0].strip("/").split("/")
        if len(parts) < 2 or parts[0] != "api":
            return None
        method, rest = parts[1], parts[2:]
        if method in self.details:
            record = self.details[method].get(rest[0] if rest else "")
            return {"status": "success", "response": record} if record else _failure(f"No {method} with that id")
        if method not in self.tables:
            return None
        usual, most = SIZES.get(method, (20, 100))
        start = int(rest[0]) if rest else 0
        limit = min(int(rest[1]), most) if len(rest) > 1 else usual
        rows = self.tables[method]
        beside = {"timezone": "America/Toronto"} if method == "sessions" else {}
        return {"status": "success", "total": len(rows), "response": rows[start : start + limit], **beside}

    def _go_wrong(self, request: BaseHTTPRequestHandler, trouble: Trouble) -> None:
        whole = json.dumps(self._answer(request.path) or {}).encode()
        if trouble.what == "failure":
            _send(request, 200, json.dumps(_failure("Too many sessions")).encode())
        elif trouble.what == "html":
            _send(request, 200, b"<!DOCTYPE html><html><body>Be right back</body></html>", kind="text/html")
        elif trouble.what == "truncated":
            _send(request, 200, whole[: len(whole) // 2])
        elif trouble.what == "redirect":
            _send(request, 302, b"", {"Location": "https://elsewhere.example/api/clients/0/1000"})
        elif trouble.what == "cut":
            _send(request, 200, whole, cut=len(whole) // 2)
        elif trouble.what == "drop":
            request.close_connection = True
            request.connection.close()
        else:
            _send(request, int(trouble.what), b"{}", trouble.headers)


def _failure(text: str) -> dict[str, Any]:
    return {"status": "failure", "response": text}


def _send(
    request: BaseHTTPRequestHandler, status: int, body: bytes, headers: Mapping[str, str] | None = None,
    kind: str = "application/json", cut: int | None = None,
) -> None:  # fmt: skip
    request.send_response(status)
    request.send_header("Content-Type", kind)
    request.send_header("Content-Length", str(len(body)))
    for name, value in (headers or {}).items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body[:cut])
    request.wfile.flush()
    if cut is not None:
        request.close_connection = True
