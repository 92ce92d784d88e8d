"""Sessions of the past as notes of their clients, where that was decided; those to come are events of the calendar."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal, NamedTuple

import pandas as pd

from workbench.findings import Finding
from workbench.keys import child
from workbench.values import is_html, rich

NOTE = ["key", "file", "row", "contact", "happened_on", "type", "direction", "duration", "disposition", "author", "body"]
_NAMED = ("practitioner", "service")
_TODO = "Correct it in the source and run again, or leave it."


def told(
    canonical: Mapping[str, pd.DataFrame], begun: str, past: Literal["note", "event"], loaded: Collection[str]
) -> tuple[Mapping[str, pd.DataFrame], tuple[Finding, ...]]:
    """The canonical tables with the sessions that are told as notes among the notes; as `split`."""
    if "session" not in canonical or "note" not in canonical:
        return canonical, ()
    frames = [canonical[e] for e in ("practitioner", "service") if e in canonical]
    names = {key: name for frame in frames for key, name in zip(frame["key"], frame["name"], strict=True)}
    apart = split(canonical["session"], begun, past, loaded, names)
    notes = pd.concat([canonical["note"], apart.notes], ignore_index=True)
    notes = notes.astype({c: "object" for c in notes if c != "row"}).fillna("")
    notes = notes.astype({c: "str" for c in notes if c != "row"})
    count, gone = len(apart.notes), len(canonical["session"]) - len(apart.sessions)
    what = f"{gone:,} sessions of the past stand as {count:,} notes of their clients; they are counted among the notes."
    told = [Finding("sessions_told", "note", what, "[source] past_sessions decides it.", "session")] * bool(gone)
    return {**canonical, "session": apart.sessions, "note": notes}, (*told, *apart.findings)


class Split(NamedTuple):
    """`sessions` that are events, `notes` (columns `NOTE`) made of the others, and what was odd about these others."""

    sessions: pd.DataFrame
    notes: pd.DataFrame
    findings: tuple[Finding, ...]


def split(
    sessions: pd.DataFrame, begun: str, past: Literal["note", "event"] = "note", loaded: Collection[str] = (),
    names: Mapping[str, str] | None = None,
) -> Split:  # fmt: skip
    """Make notes of the canonical sessions that began before `begun` (UTC, '2026-01-31 17:00:00'); `past` is the decision.

    A session of several clients is a note in the chatter of each, which names none of the others; its notes stand for it,
    and it is in no other account. One of no client, or without a valid beginning, stays. What an earlier run loaded stays
    what it is, though the session has gone by since, or the decision is another now: `loaded` are its keys. `names` is what
    is shown of keys of practitioners and services.
    """
    told = [_is_told(row, begun, past, loaded) for row in sessions.to_dict("records")]
    gone = sessions[told]
    if gone.empty and past == "event":
        return Split(_with_ids(sessions), pd.DataFrame(columns=NOTE, dtype="str"), ())
    left = _with_ids(sessions[[not is_note for is_note in told]].reset_index(drop=True))
    nobodys = left[(left["contacts"] == "") & (left["starts_on"] != "") & (left["starts_on"] < begun)]
    what = "A past session names no client: it stays an event."
    found = [_finding(row, "nobodys_session", "note", "contacts", what, "") for row in nobodys.to_dict("records")]
    notes = [note for row in gone.to_dict("records") for note in _notes(row, names or {})]
    made = pd.DataFrame(notes, columns=None if notes else NOTE)
    return Split(left, made, (*found, *odd(gone)))


def _with_ids(sessions: pd.DataFrame) -> pd.DataFrame:
    """The sessions with the source's own ids of practitioner and service beside: an event has only their names."""
    ids = {f"raw:{name}": sessions[name].map(_id) for name in _NAMED if name in sessions}
    had = {name: sessions[name] for name in ids if name in sessions}
    return sessions.assign(**{n: c if n not in had else had[n].mask(had[n] == "", c) for n, c in ids.items()})


def _is_told(row: Mapping[Any, Any], begun: str, past: str, loaded: Collection[str]) -> bool:
    """Whether a session becomes notes: as an earlier run had it, else by the decision."""
    key, contacts = str(row["key"]), str(row["contacts"]).split()
    if key in loaded or not contacts or not row["starts_on"]:
        return False
    return any(note_key(key, contact) in loaded for contact in contacts) or (past == "note" and row["starts_on"] < begun)


def odd(sessions: pd.DataFrame) -> Iterator[Finding]:
    """Findings of sessions that end before they begin, or say no end."""
    for row in sessions.to_dict("records"):
        starts, ends = str(row["starts_on"]), str(row.get("ends_on", ""))
        if starts and not ends:
            yield _finding(row, "no_end", "note", "ends_on", "The session says no end: it ends as it begins.", "")
        elif starts and ends < starts:
            what = "The session ends before it begins: it is taken to end as it begins, and its end is kept as text."
            yield _finding(row, "ends_before_start", "warning", "ends_on", what, ends)


def facts(row: Mapping[Any, Any], names: Mapping[str, str], fields: Collection[str]) -> list[str]:
    """What a session says, a line each: 'Practitioner: Ann Lee'."""
    said = ((field, str(row.get(field, ""))) for field in fields)
    return [f"{field.capitalize()}: {names.get(value, value)}" for field, value in said if value]


def with_facts(lines: list[str], body: str) -> str:
    """The lines before a text that may hold HTML."""
    if is_html(body):
        return "".join(f"<p>{rich(line)}</p>" for line in lines) + body
    return "\n".join(filter(None, [*lines, body]))


def _notes(row: Mapping[Any, Any], names: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    starts, ends = str(row["starts_on"]), str(row.get("ends_on", ""))
    lines = [str(row["name"]), *facts(row, names, ("practitioner", "service", "location"))]
    if ends and ends < starts:
        lines.append(f"Ends on, as exported: {ends} UTC")
    seconds = (pd.Timestamp(ends) - pd.Timestamp(starts)).total_seconds() if ends >= starts else 0
    kept = {str(name): value for name, value in row.items() if str(name).startswith(("x:", "raw:"))}
    kept |= {f"raw:{name}": kept.get(f"raw:{name}") or _id(str(row.get(name, ""))) for name in _NAMED}
    for contact in dict.fromkeys(str(row["contacts"]).split()):
        yield {
            "key": note_key(str(row["key"]), contact), "file": row.get("file", ""), "row": row.get("row", 0),
            "contact": contact, "happened_on": starts, "type": "Session", "direction": "",
            "duration": str(int(seconds)) if seconds else "", "disposition": str(row.get("status", "")),
            "author": str(row.get("owner", "")), "body": with_facts(lines, str(row.get("body", ""))),
            **kept, **({} if kept.get("raw:contacts") else {"raw:contacts": _id(contact)}),
        }  # fmt: skip


def _id(key: str) -> str:
    """The source's own id in a key: '7' of `toy.contact_7`."""
    return key.rpartition("_")[2] if "." in key else ""


def note_key(session: str, contact: str) -> str:
    """The key of a session's note to a client: `toy.session_7` and `toy.contact_9` give `toy.note_session_7_9`."""
    source, _, local = session.partition(".")
    return child(f"{source}.note_{local}", "note", contact.partition(".")[2].partition("_")[2])


def _finding(
    row: Mapping[Any, Any], code: str, severity: Literal["warning", "note"], field: str, what: str, value: str
) -> Finding:  # fmt: skip
    place = (str(row["key"]), str(row.get("file", "")), int(row.get("row", 0) or 0))
    return Finding(code, severity, what, _TODO, "session", *place, field, value)
