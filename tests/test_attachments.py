"""Files of contacts: safe names, links that nobody follows, contents that arrive byte for byte and are never read back."""

from __future__ import annotations

import base64
import hashlib
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import vl_convert
from loading import Recording, decided, id_of, key, made, new_ledger, outcomes, record, run, staging, value, words
from test_messages import counts, kept
from test_pipelines import mismatches

from workbench import load as loading_stage
from workbench import staged as staged_tables
from workbench.ledger import Ledger
from workbench.odoo import records
from workbench.odoo.client import Client, ClientWriter
from workbench.odoo.sandbox import Sandbox
from workbench.odoo.v19 import RELEASE
from workbench.rollback import undo
from workbench.staged import Staged, sealed
from workbench.structure import check
from workbench.values import file_name

PDF = b"%PDF-1.4 small"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = new_ledger(tmp_path)
    yield opened
    opened.close()


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def files(name: str, /, **cells: dict[str, str]) -> Staged:
    """Attachments of one contact, by name."""
    rows = {f"{name}-{n}": {"contact": key("contact", name), "name": f"{n}.pdf", **c} for n, c in cells.items()}
    return staging(decided(attachment_limit=1), contact={name: {}}, attachment=rows)


def found(staged: Staged) -> dict[str, tuple[str, str]]:
    """Name of a record → code and value of what is said of it."""
    prefix = len(key("attachment", "a-"))
    return {f.key[prefix:]: (f.code, f.value) for f in staged.findings if f.entity == "attachment"}


def image(kind: str) -> bytes:
    """A picture that is larger than Odoo leaves them."""
    drawn = "".join(
        f'<circle cx="{n * 97 % 2400}" cy="{n * 61 % 2000}" r="{n % 90}" fill="#{n * 977:06x}"/>' for n in range(999)
    )
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="2400" height="2000">{drawn}</svg>'
    made_of: bytes = vl_convert.svg_to_jpeg(svg) if kind == "JPEG" else vl_convert.svg_to_png(svg)
    return made_of


# names, contents, links


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("scan.pdf", "scan.pdf"), ("../../etc/passwd", "passwd"), ("C:\\Users\\x\\a.doc", "a.doc"),
        ("a\x00b\n.txt", "ab .txt"),
        ("CON.txt", "_CON.txt"), ("lpt1", "_lpt1"), ("console.txt", "console.txt"), ("..", "attachment"), ("", "attachment"),
        ('a<b>:"c|d?*.png', "a_b___c_d__.png"), ("Ωμέγα 🎹.mp3", "Ωμέγα 🎹.mp3"), ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("gnp\u202etxt.exe", "gnp_txt.exe"), (".hidden", "hidden"),
    ],
)  # fmt: skip
def test_names_of_files_are_safe_and_stay_what_they_are(text: str, name: str) -> None:
    assert file_name(text) == name
    assert file_name(name) == name


def test_what_cannot_be_kept_is_held_and_what_is_odd_is_found() -> None:
    staged = files(
        "a",
        good={"content": b64(PDF), "size": str(len(PDF))},
        large={"content": b64(bytes(1 << 20) + b"x")},
        just={"content": b64(bytes(1 << 20))},
        bad={"content": "JVBE*"},
        nothing={},
        cut={"content": b64(PDF), "size": "99"},
        path={"content": b64(PDF), "name": "../../x.pdf"},
        script={"url": "javascript:alert(1)"},
        local={"url": "file:///etc/passwd", "content": b64(PDF)},
        link={"url": "https://x.example/a.pdf"},
        browser={"content": "data:application/pdf;base64," + b64(PDF)},
    )
    assert found(staged) == {
        "large": ("attachment_too_large", "large.pdf"), "bad": ("bad_content", "bad.pdf"),
        "nothing": ("no_content", "nothing.pdf"), "cut": ("size_differs", "99"),
        "path": ("file_name_changed", "../../x.pdf"),
        "script": ("link_not_http", "javascript:alert(1)"), "local": ("link_not_http", "file:///etc/passwd"),
    }  # fmt: skip
    assert [o.outcome for o in staged.ended["attachment"]] == ["held"] * 3
    rows = {k.rpartition("-")[2]: r for k, r in staged.tables["attachment"].set_index("key").to_dict("index").items()}
    assert {n for n, r in rows.items() if r["type"] == "url"} == {"link"}
    assert {n for n, r in rows.items() if r["url"]} == {"link"}
    assert rows["script"]["description"] == "Link, as exported: javascript:alert(1)"
    assert rows["path"]["description"] == "Name, as exported: ../../x.pdf"
    assert (rows["path"]["name"], rows["browser"]["datas"]) == ("x.pdf", b64(PDF))
    assert rows["good"]["checksum"] == hashlib.sha1(PDF).hexdigest()
    assert (rows["good"]["file_size"], rows["link"]["checksum"]) == (len(PDF), "")


@pytest.mark.parametrize(
    ("said", "name", "kind"),
    [
        ("application/pdf", "a", "application/pdf"), ("Image/PNG", "a", "image/png"), ("", "a", ""),
        ("", "a.jpg", "image/jpeg"),
        ("application/octet-stream", "a.pdf", "application/pdf"), ("rubbish", "a", ""), ("", "a.bin", ""),
        ("text/html", "a.png", "text/plain"),
        ("", "a.svg", "text/plain"), ("", "a.xhtml", "text/plain"),
    ],
)  # fmt: skip
def test_what_a_browser_would_run_is_shown_as_text(said: str, name: str, kind: str) -> None:
    staged = files("a", one={"content": b64(PDF), "name": name, "mimetype": said})
    assert staged.tables["attachment"]["mimetype"].iloc[0] == kind


def test_contents_are_in_no_fingerprint_quarantine_or_second_reading(tmp_path: Path) -> None:
    staged = files("a", one={"content": b64(PDF)})
    assert staged.unread == {"attachment": ("datas",)}
    frame = staged.tables["attachment"]
    assert "datas" not in staged.light("attachment", frame)
    staged_tables.save(staged, tmp_path)
    again = staged_tables.load(tmp_path)
    assert again.unread == staged.unread
    assert sealed(again, "19.0").fingerprint == staged.fingerprint
    other = files("a", one={"content": b64(PDF + b"!")})
    assert other.fingerprint != staged.fingerprint  # by its checksum


# in Odoo


def test_files_arrive_byte_for_byte_large_images_too(
    writer: ClientWriter, ledger: Ledger, sandbox: Sandbox, database: str
) -> None:
    before, rows_before = counts(writer), writer.search("ir.attachment", [])
    contents = {"jpeg": image("JPEG"), "png": image("PNG"), "pdf": PDF, "svg": b"<svg onload='x()'/>"}
    cells = {n: {"content": b64(c), "name": f"{n}.{n}", "size": str(len(c))} for n, c in contents.items()}
    more = {
        "link": {"url": "https://x.example/a.pdf"}, "script": {"url": "javascript:alert(1)"},
        "emoji": {"content": b64(b"la la"), "name": "../🎹.mp3"}, "bare": {"content": b64(b"just text"), "name": "bare"},
    }  # fmt: skip
    rows = {f"f-{n}": {"contact": key("contact", "f"), "name": f"{n}.pdf", **c} for n, c in {**cells, **more}.items()}
    staged = staging(contact={"f": {}}, attachment=rows)
    assert (check(staged, writer, RELEASE).findings, check(staged, writer, RELEASE).rows) == ((), ())
    loaded = run(staged, writer, ledger)
    assert set(words(loaded, "attachment").values()) == {"created"}
    fields = ("name", "datas", "mimetype", "type", "url", "res_model", "res_id", "checksum", "public", "description")
    there = {n: record(writer, "attachment", f"f-{n}", *fields) for n in (*cells, *more)}
    assert {n: base64.b64decode(there[n]["datas"]) == c for n, c in contents.items()} == dict.fromkeys(contents, True)
    assert {(r["res_model"], r["res_id"], r["public"]) for r in there.values()} == {
        ("res.partner", id_of(writer, "contact", "f"), False)
    }
    assert {n: there[n]["mimetype"] for n in ("jpeg", "png", "svg")} == {
        "jpeg": "image/jpeg", "png": "image/png", "svg": "text/plain"
    }  # fmt: skip
    assert (there["link"]["type"], there["link"]["url"]) == ("url", "https://x.example/a.pdf")
    assert (there["script"]["url"], there["script"]["description"]) == (False, "Link, as exported: javascript:alert(1)")
    assert there["emoji"]["name"] == "🎹.mp3"
    loud = Client(sandbox.url, database, sandbox.login, sandbox.password(), context={"lang": "en_US"}).writer()
    smaller = made(loud, "ir.attachment", name="jpeg.jpeg", datas=cells["jpeg"]["content"])
    assert value(writer, "ir.attachment", smaller, "checksum") != there["jpeg"]["checksum"]
    writer.unlink("ir.attachment", [smaller])
    assert mismatches(staged, loaded, writer, ledger) == []
    assert "datas" not in ledger.record(key("attachment", "f-pdf")).written  # type: ignore[union-attr]
    again = run(staging(contact={"f": {}}, attachment=rows), writer, ledger)
    assert (set(words(again, "attachment").values()), again.findings) == ({"unchanged"}, ())
    assert counts(writer) == before

    writer.write("ir.attachment", [there["pdf"]["id"]], {"datas": b64(b"another")})
    ((entity, named),) = {(m[0], m[1]) for m in _told(staged, loaded, writer, ledger) if m[1] == "checksum"}
    assert (entity, named) == (key("attachment", "f-pdf"), "checksum")
    writer.write("ir.attachment", [there["pdf"]["id"]], {"datas": b64(PDF)})
    assert kept(undo(writer, ledger, RELEASE, "toy", "undo")) == {}
    assert writer.search("ir.attachment", []) == rows_before


def _told(staged: Staged, loaded: Any, writer: ClientWriter, ledger: Ledger) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in mismatches(staged, loaded, writer, ledger)]


def test_batches_of_files_are_limited_by_their_size(
    writer: ClientWriter, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (records, loading_stage):
        monkeypatch.setattr(module, "HEAVIEST", 1000)
    sizes = {"a": 300, "b": 300, "c": 300, "d": 2000, "e": 10}
    recording = Recording(writer)
    staged = files("batch", **{n: {"content": b64(bytes(size))} for n, size in sizes.items()})
    loaded = run(staged, recording, ledger)
    assert set(words(loaded, "attachment").values()) == {"created"}
    assert [count for count, _ in recording.of("create", "ir.attachment")] == [2, 1, 1, 1]
    undo(writer, ledger, RELEASE, "toy", "undo")


def test_rows_are_made_ready_in_parts_that_are_no_heavier_than_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading_stage, "HEAVIEST", 10)
    monkeypatch.setattr(loading_stage, "PART", 3)
    frame = pd.DataFrame({"key": list("abcdefg"), "datas": ["x" * 6, "x" * 6, "x" * 20, "", "", "", ""]})
    order = frame.index.to_numpy()
    assert [list(part) for part in loading_stage._parts(frame, order, ("datas",))] == [[0], [1], [2], [3, 4, 5], [6]]
    assert [list(part) for part in loading_stage._parts(frame, order, ())] == [[0, 1, 2], [3, 4, 5], [6]]
    assert list(loading_stage._parts(frame.iloc[:0], order[:0], ())) == []


def test_a_content_that_changed_in_the_source_replaces_the_one_in_odoo(writer: ClientWriter, ledger: Ledger) -> None:
    def version(**contents: bytes) -> Staged:
        return files("v", **{n: {"content": b64(c), "name": f"{n}.txt"} for n, c in contents.items()})

    def there(name: str) -> bytes:
        return base64.b64decode(record(writer, "attachment", f"v-{name}", "datas")["datas"])

    run(version(new=b"one", theirs=b"one", both=b"one", same=b"one"), writer, ledger)
    for name in ("theirs", "both"):
        writer.write("ir.attachment", [id_of(writer, "attachment", f"v-{name}")], {"datas": b64(b"by hand")})
    staged = version(new=b"twofold", theirs=b"one", both=b"two", same=b"one")
    recording = Recording(writer)
    loaded = run(staged, recording, ledger)
    assert words(loaded, "attachment") == {
        "v-new": "updated", "v-theirs": "unchanged", "v-both": "held", "v-same": "unchanged"
    }  # fmt: skip
    assert outcomes(loaded, "attachment")["v-new"].detail == "checksum"
    ((count, values),) = recording.of("write", "ir.attachment")
    assert (count, values["datas"], "checksum" in values) == (1, b64(b"twofold"), False)
    assert [there(n) for n in ("new", "theirs", "both", "same")] == [b"twofold", b"by hand", b"by hand", b"one"]
    told = {(f.code, f.key.rpartition("-")[2]) for f in loaded.findings}
    assert told == {("changed_in_odoo", "theirs"), ("changed_on_both_sides", "both")}
    assert mismatches(staged, loaded, writer, ledger) == []
    known = ledger.record(key("attachment", "v-new"))
    assert known is not None
    assert known.written["checksum"] == hashlib.sha1(b"twofold").hexdigest()
    assert "datas" not in known.written
    again = run(staged, writer, ledger)
    assert words(again, "attachment")["v-new"] == "unchanged"
    left = kept(undo(writer, ledger, RELEASE, "toy", "undo"))
    ours = {key("attachment", "v-theirs"), key("attachment", "v-both"), key("contact", "v")}
    assert {k for k in left if ".field_" not in k} == ours
    for name in ("theirs", "both"):
        writer.write("ir.attachment", [id_of(writer, "attachment", f"v-{name}")], {"datas": b64(b"one")})
    assert kept(undo(writer, ledger, RELEASE, "toy", "undo")) == {}


def test_a_file_of_the_limit_is_taken(writer: ClientWriter, ledger: Ledger) -> None:
    content = random.Random(2).randbytes(25 << 20)
    rows = {"big": {"contact": key("contact", "big"), "name": "big.bin", "content": b64(content)}}
    staged = staging(contact={"big": {}}, attachment=rows)
    loaded = run(staged, writer, ledger)
    assert words(loaded, "attachment") == {"big": "created"}
    assert mismatches(staged, loaded, writer, ledger) == []
    undo(writer, ledger, RELEASE, "toy", "undo")
