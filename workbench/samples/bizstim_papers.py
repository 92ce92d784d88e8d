"""What was written about the invented clients: notes and attachments."""

from __future__ import annotations

import base64
from datetime import date, datetime, timedelta
from random import Random

from workbench.samples.bizstim_mess import NOBODY, Mess

Record = dict[str, str]

_SAID = ("Called, no answer.", "Wants to come on Tuesdays.", "Was late &amp; paid cash.", "Très contente de la leçon.",
         "Moved to a new school.")  # fmt: skip
_BODIES = {
    "note_plain": "Called twice.\nNo answer.\n\nx < y & z",
    "note_script": '<p>Hi</p><script>alert(1)</script><img src=x onerror="alert(2)">',
    "note_odd_html": '<P><b>Bold <i>both</b> italic</i><br><font color=red style="position:fixed">red<form><input name=a>',
    "note_emoji": "<p>Great lesson 😀\u200b 👩\u200d🏫</p>",
    "note_mojibake": "<p>" + "Café – naïve".encode().decode("latin-1") + "</p>",
    "note_formula": '=HYPERLINK("http://example.com","click")',
    "note_empty": "<p><br></p>",
    "note_long": "<p>" + "lesson " * 2858 + "</p>",
}
_NAMES = {"file_up": "../../etc/passwd", "file_emoji": "bericht 😀 v2.pdf"}
_KINDS = (("pdf", "application/pdf", b"%PDF-1.4\n"), ("png", "image/png", b"\x89PNG\r\n\x1a\n"), ("txt", "text/plain", b""),
          ("csv", "text/csv", b"day,lesson\n"))  # fmt: skip


def notes(rng: Random, count: int, clients: list[str], authors: list[str], today: date, mess: Mess) -> list[Record]:
    """Notes of three years, in no order; times are the account's."""
    ids = [str(8001 + place) for place in range(count)]
    kinds = mess.plant("notes", ids)
    year, month, day = today.timetuple()[:3]
    now = datetime(year, month, day)  # noqa: DTZ001 - the account's own time
    made = []
    for id_ in ids:
        kind = kinds.get(id_, "")
        when = now - timedelta(minutes=rng.randrange(1, 1096 * 24 * 60))
        made.append(
            {"id": id_, "client_id": NOBODY if kind == "note_no_client" else rng.choice(clients),
             "author": NOBODY if kind == "note_no_author" else rng.choice(authors),
             "date": "" if kind == "note_no_date" else f"{when:%Y-%m-%d %H:%M:%S}",
             "body": _BODIES.get(kind, f"<p>{rng.choice(_SAID)}</p><p>Lesson {rng.randrange(1, 40)}.</p>")}
        )  # fmt: skip
    return made


def attachments(rng: Random, count: int, clients: list[str], mess: Mess) -> list[Record]:
    """Files, each as base64 in its record or as an address."""
    ids = [str(701 + place) for place in range(count)]
    kinds = mess.plant("attachments", ids)
    return [_file(rng, id_, kinds.get(id_, ""), clients) for id_ in ids]


def _file(rng: Random, id_: str, kind: str, clients: list[str]) -> Record:
    ending, mime, begins = rng.choice(_KINDS)
    letters = ending in ("txt", "csv")
    text = f"lesson {id_}\n".encode() * rng.randrange(20, 900)
    content = begins + (text if letters else rng.randbytes(rng.randrange(9000)))
    name = _NAMES.get(kind, f"{rng.choice(('contract', 'report', 'photo'))} {id_}.{ending}")
    whose = NOBODY if kind == "file_no_client" else rng.choice(clients)
    record = {"id": id_, "client_id": whose, "name": name, "mime_type": mime}
    if kind in ("file_url", "file_script"):
        there = f"https://files.example.com/{id_}" if kind == "file_url" else "javascript:alert(document.cookie)"
        return record | {"size": "0", "url": there}
    size = len(content) + (17 if kind == "file_size" else 0)
    coded = "*not base64*" if kind == "file_broken" else base64.b64encode(content).decode()
    return record | {"size": str(size), "content": coded}
