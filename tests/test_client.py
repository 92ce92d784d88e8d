"""The connection: Odoo's own words where it refuses, a clear sentence where it does not answer, never a secret."""

from __future__ import annotations

import logging
import socket
import socketserver
import threading
import traceback
import urllib.parse
from collections.abc import Iterator

import pytest
from loading import made, value

from workbench.errors import Ambiguous, Refused, TargetError
from workbench.odoo import server
from workbench.odoo.client import Client, ClientWriter
from workbench.odoo.sandbox import Sandbox
from workbench.odoo.v19 import RELEASE

SECRET = "not-the-password-73"


def told(error: pytest.ExceptionInfo[TargetError]) -> str:
    """All that anybody sees of an exception: its text, its hint, its whole traceback."""
    return f"{error.value} {error.value.hint} {''.join(traceback.format_exception(error.value))}"


class Line(socketserver.ThreadingTCPServer):
    """A line to a server: `through`, `closed` (hangs up at once) or `mute` (the server acts, its answer is lost)."""

    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), Call)
        parts = urllib.parse.urlsplit(upstream)
        self.upstream, self.how, self.calls = (parts.hostname, parts.port), "through", 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Call(socketserver.StreamRequestHandler):
    server: Line

    def handle(self) -> None:
        self.server.calls += 1
        if self.server.how == "closed":
            return
        lines = list(iter(self.rfile.readline, b"\r\n"))
        length = next(int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length"))
        with socket.create_connection(self.server.upstream) as server:
            server.sendall(b"".join(lines) + b"\r\n" + self.rfile.read(length))
            answer = b"".join(iter(lambda: server.recv(65536), b""))
        if self.server.how == "through":
            self.wfile.write(answer)


@pytest.fixture
def line(sandbox: Sandbox) -> Iterator[Line]:
    with Line(sandbox.url) as kept:
        thread = threading.Thread(target=kept.serve_forever, args=(0.05,))
        thread.start()
        yield kept
        kept.shutdown()
        thread.join()


def test_a_wrong_password_is_said_without_the_password(sandbox: Sandbox, database: str) -> None:
    with pytest.raises(TargetError, match=r"refused the login 'admin' to database .*: Wrong login ID or password") as error:
        Client(sandbox.url, database, sandbox.login, SECRET, context={})
    assert SECRET not in told(error)
    assert "migration.toml" in error.value.hint


def test_an_unknown_database_is_said(sandbox: Sandbox) -> None:
    with pytest.raises(TargetError, match="to database 'nowhere'") as error:
        Client(sandbox.url, "nowhere", sandbox.login, SECRET, context={})
    assert SECRET not in told(error)


def test_a_server_that_is_not_there_is_said_in_a_sentence_with_what_to_do(database: str) -> None:
    with pytest.raises(TargetError, match=r"Odoo at http://127\.0\.0\.1:\d+ does not answer") as error:
        Client(f"http://127.0.0.1:{server.free_port()}", database, "admin", SECRET, context={})
    assert "Is it running?" in error.value.hint
    assert SECRET not in told(error)


def test_a_server_that_hangs_up_is_said(database: str, line: Line) -> None:
    line.how = "closed"
    with pytest.raises(TargetError, match="does not answer") as error:
        Client(line.url, database, "admin", SECRET, context={})
    assert SECRET not in told(error)


def test_nothing_logs_the_password(sandbox: Sandbox, database: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    Client(sandbox.url, database, sandbox.login, sandbox.password(), context={}).search("res.users", [])
    assert sandbox.password() not in caplog.text


@pytest.mark.parametrize(
    ("model", "values", "words"),
    [
        ("res.partner", {"name": "a\x00b"}, "A string literal cannot contain NUL"),
        ("res.partner", {"nonsense": 1}, "Invalid field 'nonsense' in 'res.partner'"),
        ("nonsense.model", {}, "Object nonsense.model doesn't exist"),
    ],
)
def test_a_refusal_is_odoos_own_words_and_leaves_nothing(
    writer: ClientWriter, model: str, values: dict[str, object], words: str
) -> None:
    before = writer.search("res.partner", [])
    with pytest.raises(Refused) as refused:
        writer.create(model, [values])
    assert words in str(refused.value)
    assert "Traceback" not in str(refused.value)
    assert writer.search("res.partner", []) == before


def test_a_won_lead_below_a_hundred_is_refused_in_odoos_words(writer: ClientWriter) -> None:
    (won,) = writer.search("crm.stage", [("is_won", "=", True)])
    with pytest.raises(Refused, match="Won stage"):
        made(writer, "crm.lead", name="L", stage_id=won, probability=50)


def test_reads_see_archived_records_and_links_as_plain_ids(writer: ClientWriter) -> None:
    parent = made(writer, "res.partner", name="P", active=False, is_company=True)
    child = made(writer, "res.partner", name="C", parent_id=parent)
    assert writer.search("res.partner", [("id", "in", [parent, child])]) == [parent, child]
    assert value(writer, "res.partner", child, "parent_id") == parent
    assert value(writer, "res.partner", parent, "parent_id") is False


def test_reads_of_many_records_come_whole_and_without_those_that_are_gone(writer: ClientWriter) -> None:
    ids = writer.create("res.partner.category", [{"name": f"c{n}"} for n in range(2050)])
    rows = writer.read("res.partner.category", [*ids, ids[-1] + 1000], ["name"])
    assert [row["name"] for row in rows] == [f"c{n}" for n in range(2050)]


def test_a_reader_cannot_write(odoo: Client) -> None:
    assert not {"create", "write", "unlink", "load", "set_param"} & set(dir(odoo))
    assert isinstance(odoo.writer(), ClientWriter)


def test_odoos_import_says_why_it_refuses(writer: ClientWriter) -> None:
    with pytest.raises(Refused, match=r"No matching record found for .* 'toy\.nobody'"):
        writer.load("res.partner", ["id", "name", "parent_id/id"], [["toy.imported", "N", "toy.nobody"]])
    assert writer.search("ir.model.data", [("name", "=", "imported")]) == []


def test_a_write_without_an_answer_is_never_repeated_though_it_may_have_happened(
    sandbox: Sandbox, database: str, line: Line
) -> None:
    writer = Client(line.url, database, sandbox.login, sandbox.password(), context=RELEASE.context).writer()
    for how, there in (("closed", 0), ("mute", 1)):
        line.how, line.calls = how, 0
        with pytest.raises(Ambiguous, match=r"res\.partner\.create"):
            made(writer, "res.partner", name=f"Lost: {how}")
        assert line.calls == 1
        line.how = "through"
        assert len(writer.search("res.partner", [("name", "=", f"Lost: {how}")])) == there


def test_a_read_without_an_answer_is_repeated_and_ends_in_a_clear_sentence(
    sandbox: Sandbox, database: str, line: Line
) -> None:
    reader = Client(line.url, database, sandbox.login, sandbox.password(), context=RELEASE.context)
    line.how, line.calls = "closed", 0
    with pytest.raises(TargetError, match=r"Odoo at .* stopped answering") as error:
        reader.search("res.partner", [])
    assert line.calls == 4
    assert "again when it is back" in error.value.hint
    assert sandbox.password() not in told(error)
