"""Activities and meetings: what the history and the notes of all rows of a lead tell, each once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from sys import intern

import pandas as pd

from workbench.entities import ENTITIES
from workbench.fanout import Log, canonical
from workbench.findings import Finding
from workbench.history import Entry, Reader, leading_date
from workbench.keys import child, digest, k1_text
from workbench.source import History
from workbench.values import Parsed, duration, longtext

Instant = Callable[[str, str], Parsed[str]]
"""A column and the text of a date → UTC."""


@dataclass(frozen=True, slots=True)
class Record:
    """One activity or meeting. `own` is a hash of what makes it this one, `problem` a finding's code and words, or ''.

    `text` is the message alone of a text message, where the layout tells it from the rest.
    """

    entity: str
    lead: str
    file: str
    row: int
    own: str
    happened_on: str
    type: str
    body: str
    direction: str = ""
    duration: str = ""
    disposition: str = ""
    author: str = ""
    name: str = ""
    text: str = ""
    problem: tuple[str, str, str] = ("", "", "")

    @property
    def starts_on(self) -> str:
        """When a meeting begins."""
        return self.happened_on

    @property
    def owner(self) -> str:
        """Whose meeting it is."""
        return self.author


@dataclass(frozen=True)
class Teller:
    """Makes records of what columns tell. `created` is when each lead was made, `names` its name, by key."""

    instant: Instant
    created: Mapping[str, str]
    names: Mapping[str, str]

    def history(self, rows: pd.DataFrame, column: str, history: History) -> Iterator[Record]:
        """The records of a column of histories; what no layout reads, or has no day that is one, becomes a note."""
        reader = Reader(history)
        for lead, file, row, cell in _filled(rows, column):
            entries = reader.entries(cell)
            days = [d for e in entries if (d := self.instant(column, e.when).value)]
            for entry in entries if not days or days[0] <= days[-1] else entries[::-1]:
                begins = self.instant(column, entry.starts or entry.when)
                own = _own(entry.whole)
                if not entry.type or not begins.value:
                    when = self.instant(column, entry.when).value or self.created.get(lead, "")
                    problem = _problem(entry, begins)
                    yield Record("activity", lead, file, row, own, when, "note", entry.whole, problem=problem)
                elif entry.type in history.meetings:
                    # When it was arranged has no field of its own.
                    text = f"{entry.when} - {entry.body}" if entry.starts else entry.body
                    name = entry.text.split("\n")[0] or f"{entry.type.capitalize()}: {self.names.get(lead, '')}"
                    yield self._timed(Record("meeting", lead, file, row, own, begins.value, "", text, name=name), entry)
                else:
                    when = self.instant(column, entry.when).value or ""
                    yield self._timed(Record("activity", lead, file, row, own, when, entry.type, entry.body), entry)

    def notes(self, rows: pd.DataFrame, column: str) -> Iterator[Record]:
        """A note for each text of a column of notes, of the day with which it begins, else of when its lead was made."""
        for lead, file, row, cell in _filled(rows, column):
            day = leading_date(cell)
            when = (self.instant(column, day).value if day else None) or self.created.get(lead, "")
            yield Record("activity", lead, file, row, _own(cell), when, "note", cell)

    def _timed(self, record: Record, entry: Entry) -> Record:
        took = duration(entry.duration)
        what = "is no length of time. It stays in the text of the entry."
        return replace(  # records are many, and few such words differ
            record, direction=intern(entry.direction), disposition=intern(entry.disposition), author=intern(entry.author),
            type=intern(record.type), text=entry.text if entry.type == "text" else "",
            duration="" if took.value is None else str(took.value),
            problem=(took.problem, entry.duration, what) if took.problem else ("", "", ""),
        )  # fmt: skip


def _problem(entry: Entry, begins: Parsed[str]) -> tuple[str, str, str]:
    if begins.problem == "ambiguous_dates":
        return begins.problem, entry.when, ""
    why = f"has no such day or time as {entry.starts or entry.when!r}" if begins.problem else "is of no layout that is known"
    return "unread_history", entry.whole, f"{why}. It becomes a note with the text as it stands."


def _own(text: str) -> str:
    return digest(k1_text(text) or text.strip())


def _filled(rows: pd.DataFrame, column: str) -> Iterator[tuple[str, str, int, str]]:
    """Lead, file, row and text of each row that has any there."""
    cells = rows[column].fillna("")
    some = rows[cells.str.strip() != ""]
    for lead, file, row, cell in zip(some["key"], some["file"], some["row"], cells.loc[some.index], strict=True):
        if text := longtext(cell).value:
            yield lead, file, int(row), text


def without_told(notes: Iterable[Record], told: Iterable[Record]) -> list[Record]:
    """The notes that no record of a history tells already, with the same words of the same lead."""
    known = {(record.lead, digest(k1_text(record.body))) for record in told}
    return [note for note in notes if (note.lead, digest(k1_text(note.body))) not in known]


def tables(parts: Iterable[Iterable[Record]], order: Mapping[str, int], header: str, log: Log) -> dict[str, pd.DataFrame]:
    """The canonical tables `activity` and `meeting`: each record once, by lead (`order`) and time.

    All records of a lead stand in one of the `parts`, and these in the order of leads. Rows of one lead repeat what others
    say: what stands n times in one row is n records, whatever other rows repeat. The key is the lead's with a hash of the
    text, and a number where a lead has the same text more than once.
    """
    pieces: dict[str, list[pd.DataFrame]] = {
        "activity": [_table("activity", [], order)],
        "meeting": [_table("meeting", [], order)],
    }
    unsure = 0
    for records in parts:
        made = _once(records)
        log.findings += _findings(made, header)
        unsure += sum(record.problem[0] == "ambiguous_dates" for record in made.values())
        for entity, frames in pieces.items():
            frames.append(_table(entity, [pair for pair in made.items() if pair[1].entity == entity], order))
    if unsure:
        message = f"{header}: {unsure:,} entries have days that can be read two ways. They become notes."
        todo = "Say which in decisions/cleansing.yaml (mdy or dmy) and run again."
        log.findings.append(Finding("ambiguous_dates", "warning", message, todo, "activity", field="body"))
    return {entity: pd.concat(frames, ignore_index=True) for entity, frames in pieces.items()}


def _once(records: Iterable[Record]) -> dict[str, Record]:
    """Key → record, each once."""
    made: dict[str, Record] = {}
    counts: Counter[tuple[str, str, int, str]] = Counter()
    for record in records:
        place = (record.lead, record.file, record.row, f"{record.entity} {record.own}")
        counts[place] += 1
        number = f"-{counts[place]}" if counts[place] > 1 else ""
        made.setdefault(child(record.lead, record.entity, f"k1{record.own}{number}"), record)
    return made


def _table(entity: str, mine: list[tuple[str, Record]], order: Mapping[str, int]) -> pd.DataFrame:
    mine.sort(key=lambda pair: (order[pair[1].lead], pair[1].happened_on))
    columns = {field.name: [getattr(r, field.name) for _, r in mine] for field in ENTITIES[entity].fields}
    base = pd.DataFrame({"key": [k for k, _ in mine], "file": [r.file for _, r in mine]}, dtype="str")
    return canonical(
        entity, base.assign(row=pd.Series([r.row for _, r in mine], dtype="int64")), pd.DataFrame(columns, dtype="str")
    )


def _findings(made: Mapping[str, Record], header: str) -> list[Finding]:
    """One a record that was not read."""
    todo = "Look whether it matters; where such lines are many, their layout can be declared in the source."
    findings = []
    for key, record in made.items():
        code, text, what = record.problem
        if code and code != "ambiguous_dates":
            message = f"{record.file}, row {record.row}, {header}: an entry {what}"
            if code == "invalid_duration":
                message = f"{record.file}, row {record.row}, {header}: {text!r} {what}"
            place = (record.entity, key, record.file, record.row, "body", text)
            findings.append(Finding(code, "warning", message, todo, *place))
    return findings


def calls(known: pd.Series, activities: pd.DataFrame, header: str) -> list[Finding]:
    """How many calls the leads' counters (`known`, by the lead's key) say, how many move, and how many have no way out."""
    numbers = pd.to_numeric(known.str.strip(), errors="coerce").fillna(0)
    moved = activities.loc[activities["type"] == "call", "lead"].value_counts().reindex(known.index).fillna(0)
    gap = int((numbers - moved).clip(lower=0).sum())
    if not gap:
        return []
    message = (
        f"{header}: the leads count {int(numbers.sum()):,} calls. The export tells of {int(moved.sum()):,} of them, which "
        f"move as messages; of {gap:,} it has only the number, which stays on the lead."
    )
    todo = "Tell the customer; a call log that the source can list would close the gap."
    return [Finding("calls_not_moved", "note", message, todo, "activity", field=header, value=str(gap))]
