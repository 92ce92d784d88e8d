"""A way to Odoo on loopback that cuts a connection in the middle of an answer."""

from __future__ import annotations

import socket
import struct
import threading


class Cutter:
    """Passes requests on to Odoo's `port`; `url` is where it listens.

    `cuts` are (text within a request, bytes of its answer that still come through); each is used once, in order.
    """

    def __init__(self, port: int, cuts: list[tuple[str, int]]) -> None:
        self.port, self.cuts = port, list(cuts)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Listen no more."""
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(client,), daemon=True).start()

    def _pass(self, client: socket.socket) -> None:
        with client, socket.create_connection(("127.0.0.1", self.port)) as odoo:
            request = _request(client)
            odoo.sendall(request)
            allowed = self._allowed(request)
            sent = 0
            while part := odoo.recv(65536):
                client.sendall(part if allowed is None else part[: max(allowed - sent, 0)])
                sent += len(part)
            if allowed is not None:  # reset instead of an orderly end
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _allowed(self, request: bytes) -> int | None:
        if self.cuts and self.cuts[0][0].encode() in request:
            return self.cuts.pop(0)[1]
        return None


def _request(client: socket.socket) -> bytes:
    """One whole request."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = client.recv(65536)
        if not part:
            return data
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
    missing = (int(lengths[0]) if lengths else 0) - len(body)
    while missing > 0:
        part = client.recv(65536)
        data, missing = data + part, missing - len(part)
    return data
