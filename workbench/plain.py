"""Tables whose rows become one record each: their links, and what is made of several of their columns."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from workbench.entities import ENTITIES, WEEK
from workbench.fanout import Log, Rows, canonical, each, person
from workbench.findings import Finding
from workbench.keys import k1_id, related
from workbench.rules import Target
from workbench.source import Source

if TYPE_CHECKING:
    from workbench.extract import Extraction


Tables = Mapping[str, pd.DataFrame]


def table(
    source: Source, extraction: Extraction, name: str, targets: Sequence[Target], rows: Rows, log: Log, made: Tables
) -> pd.DataFrame:
    """The canonical table of the rows of table `name`, whose columns are clean but for links; `made` are those before it."""
    links(source, extraction, targets, rows, log)
    for target in (t for t in targets if t.field and t.kind == "owner"):
        _owner(source, extraction, target, rows)
    known = {f.name for f in ENTITIES[name].fields}
    if "first_name" in known:
        _put(rows, name, name=person(rows, log, name))
    if {"status", "active"} <= known and "status" in rows.columns[name] and "active" not in rows.columns[name]:
        states = _states(source, extraction, name, targets)
        _put(rows, name, active=each(rows.text(name, "status"), states))
    _put(rows, name, **_MADE[name](rows, made) if name in _MADE else {})
    if "name" in known:
        title = name.replace("_", " ").capitalize() + " " + rows.base["id"]
        own = rows.text(name, "name")
        _put(rows, name, name=own.mask(own == "", title))
    return canonical(name, rows.base, rows.columns[name])


def links(source: Source, extraction: Extraction, targets: Sequence[Target], rows: Rows, log: Log) -> None:
    """Fill every column of ids with the keys of the records meant."""
    for target in (t for t in targets if is_link(t)):
        _link(source, extraction, target, rows, log)


def _put(rows: Rows, entity: str, **columns: pd.Series) -> None:
    rows.columns[entity] = rows.columns[entity].assign(**columns)


def _user(rows: Rows, made: Tables) -> dict[str, pd.Series]:
    """A user logs in with the e-mail, who has none with the source's own login, which stays beside."""
    login, email = rows.text("user", "login"), rows.text("user", "email")
    columns = {"login": email.mask(email == "", login), "raw:login": login.where(email != "", "")}
    said = rows.raw.get("user.active")  # a decision says who is active in Odoo
    return columns if said is None else columns | {"raw:active": said.str.strip()}


def _deal(rows: Rows, made: Tables) -> dict[str, pd.Series]:
    """A deal is its client's, and of the lead that the client would be."""
    return {"lead": each(rows.text("deal", "contact"), lambda key: related(key, "lead") if key else "")}


def _session(rows: Rows, made: Tables) -> dict[str, pd.Series]:
    """A session is called after its service and who gives it."""
    names = []
    for other in ("service", "practitioner"):
        frame = made.get(other)
        known = dict(zip(frame["key"], frame["name"], strict=True)) if frame is not None else {}
        names.append(each(rows.text("session", other), known))
    said = [" with ".join(filter(None, pair)) for pair in zip(*names, strict=True)]
    ends = rows.raw.get("session.ends_on")  # a note has its length only
    beside = {} if ends is None else {"raw:ends_on": ends.str.strip()}
    return {"name": pd.Series(said, index=rows.base.index, dtype="str"), **beside}


def _availability(rows: Rows, made: Tables) -> dict[str, pd.Series]:
    """The hours of a week, of the columns that say when each day begins and ends; a day without either has none."""
    pairs = [[rows.text("availability", f"{day}_{end}").tolist() for end in ("from", "to")] for day in WEEK]
    weeks = []
    for at in range(len(rows.base)):
        told = [[day, begins[at].strip(), ends[at].strip()] for day, (begins, ends) in enumerate(pairs)]
        here = [pair for pair in told if pair[1] or pair[2]]
        weeks.append(json.dumps(here) if here else "")
    own = rows.text("availability", "hours")
    return {"hours": own.mask(own == "", pd.Series(weeks, index=rows.base.index, dtype="str"))}


_MADE: Mapping[str, Callable[[Rows, Tables], dict[str, pd.Series]]] = {
    "user": _user, "deal": _deal, "session": _session, "availability": _availability,
}  # fmt: skip
"""Entity → what is made of its columns."""


def completed(source: Source, people: Tables, made: Tables) -> pd.DataFrame:
    """The contacts with what other tables say of them: the status of a source whose leads are its clients, and who gave them
    most sessions, the last of several, where nothing else says who is assigned.
    """
    contacts = people["contact"]
    if source.only_contacts and "status" in people["lead"]:
        said = dict(zip(people["lead"]["key"], people["lead"]["status"], strict=True))
        contacts = contacts.assign(status=each(contacts["key"], lambda key: said.get(related(key, "lead"), "")))
    sessions = made.get("session")
    if sessions is None or "practitioner" not in contacts or sessions.empty:
        return contacts
    given = sessions.loc[sessions["practitioner"] != "", ["contacts", "practitioner", "starts_on"]]
    one = given.assign(contact=given["contacts"].str.split()).explode("contact").dropna(subset="contact")
    both = one.groupby(["contact", "practitioner"], sort=True)["starts_on"].agg(["size", "max"]).reset_index()
    most = both.sort_values(["size", "max"], kind="stable").drop_duplicates("contact", keep="last")
    assigned = each(contacts["key"], dict(zip(most["contact"], most["practitioner"], strict=True)))
    return contacts.assign(practitioner=contacts["practitioner"].mask(contacts["practitioner"] == "", assigned))


def is_link(target: Target) -> bool:
    """Whether a column's cells say which other record is meant."""
    return bool(target.field) and ENTITIES[target.entity].field(target.field).kind in ("ref", "refs")


def _states(source: Source, extraction: Extraction, name: str, targets: Sequence[Target]) -> Mapping[str, str]:
    """Word of a status → whether such a record is active, as a flag; nothing of words that the source does not explain."""
    column = next(t.column for t in targets if (t.entity, t.field) == (name, "status"))
    known = source.column(name, extraction.headers[name].get(column, column))
    meant = source.states.get(f"{name}.{known.header}", {}) if known else {}
    return {word: "true" if state == "active" else "false" for word, state in meant.items()}


def _link(source: Source, extraction: Extraction, target: Target, rows: Rows, log: Log) -> None:
    """One column of ids: the keys of the records meant; ids of none stay beside as text, each with a finding."""
    header = extraction.headers[target.table].get(target.column, target.column)
    known = source.column(target.table, header)
    spec = ENTITIES[target.entity].field(target.field)
    of_table, _, of_header = known.of.partition(".") if known else ("", "", "")
    records = extraction.records.get(of_table)
    keys = _keys(source, extraction, of_table, of_header) if records is not None else {}
    if spec.ref != of_table:
        keys = {own: related(key, spec.ref) for own, key in keys.items()}
    raw = rows.raw[f"{target.entity}.{target.name}"]

    def found(text: str) -> list[tuple[str, str]]:
        return [(own, keys.get(own, "")) for part in text.split(",") if (own := k1_id(part))]

    def linked(text: str) -> str:
        here = list(dict.fromkeys(key for _, key in found(text) if key))
        return " ".join(here if spec.kind == "refs" else here[:1])

    def lost(text: str) -> str:
        pairs = found(text)
        more = spec.kind == "ref" and len({key for _, key in pairs if key}) > 1
        return text.strip() if more or any(not key for _, key in pairs) else ""

    left = each(raw, lost)
    columns = {target.field: each(raw, linked), f"raw:{target.field}": left}
    rows.columns[target.entity] = rows.columns[target.entity].assign(**columns)
    what = of_table.replace("_", " ")
    if records is None and (left != "").any():
        message = f"{header}: the account has no list of the {what} records that it names; the ids are kept as text."
        log.findings.append(Finding("orphan_link", "warning", message, "", target.entity, field=target.field))
        return
    said = f", {header}: not every id is a {what} record that was read. The ids are kept as text."
    todo = "Look the record up in the source: it may have been deleted there."
    log.found("orphan_link", rows.where(target.entity), left[left != ""], target.entity, target.field, said, todo)


def _owner(source: Source, extraction: Extraction, target: Target, rows: Rows) -> None:
    """A column of ids of users: their e-mails or logins, the ids kept beside; an id of nobody stays."""
    header = extraction.headers[target.table].get(target.column, target.column)
    known = source.column(target.table, header)
    of_table, _, of_header = known.of.partition(".") if known else ("", "", "")
    if of_table not in extraction.records:
        return
    records, names = extraction.records[of_table], dict[str, str]()
    said = [
        c for c, met in extraction.headers[of_table].items() if _goes(source, of_table, met) in ("user.email", "user.login")
    ]
    for own, key in _keys(source, extraction, of_table, of_header).items():
        found = records.loc[records["key"] == key, sorted(said)].iloc[0]
        names[own] = next((cell.strip() for cell in found if isinstance(cell, str) and cell.strip()), own)
    raw = rows.raw[f"{target.entity}.{target.name}"].str.strip()
    named = each(raw, lambda text: names.get(k1_id(text), k1_id(text)))
    columns = {target.field: named, f"raw:{target.field}": raw.where(named != raw, "")}
    rows.columns[target.entity] = rows.columns[target.entity].assign(**columns)


def _goes(source: Source, table: str, header: str) -> str:
    known = source.column(table, header)
    return known.target if known else ""


def _keys(source: Source, extraction: Extraction, table: str, header: str) -> dict[str, str]:
    """The id of each record of a table, as its column of this header says it → its key."""
    records = extraction.records[table]
    found: dict[str, str] = {}
    for column, met in extraction.headers[table].items():
        known = source.column(table, met)
        if known and known.header == header:
            for cell, key in zip(records[column].fillna(""), records["key"], strict=True):
                if own := k1_id(cell):
                    found.setdefault(own, key)
    return found
