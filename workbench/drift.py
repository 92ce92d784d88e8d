"""This export against the last one of the same migration: columns that came, went, moved; values and days that lack now.

A user ticks the columns and sets the filter anew at each export, and nothing in the file says how.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from rapidfuzz import fuzz

from workbench import vocabulary
from workbench.extract import FileFacts
from workbench.findings import Finding, Severity
from workbench.source import Source, header_key
from workbench.values import mask

MOST_VALUES = 200
"""A column with more different values is none that an export is filtered by."""
_FEW, _SHARE, _DAYS = 5, 0.005, 31
_RENAMED = 80.0


@dataclass(frozen=True)
class Export:
    """What an export looked like.

    `id` is a SHA-256 over its files; `read_on` an ISO day. `headers`: table → headers in order. `own`: table → those of
    them that the source does not know. `values`: table → header → value → records, of columns that one can filter by.
    `days`: table → first and last day of creation. `records`: table → number.
    """

    id: str
    read_on: str
    headers: Mapping[str, Sequence[str]]
    own: Mapping[str, Sequence[str]]
    values: Mapping[str, Mapping[str, Mapping[str, int]]]
    days: Mapping[str, Sequence[str]]
    records: Mapping[str, int]


def identity(files: Sequence[FileFacts]) -> str:
    """The same for the same files in any order."""
    return hashlib.sha256("\n".join(sorted(f"{f.table} {f.sha256}" for f in files)).encode()).hexdigest()


def own_columns(source: Source, table: str, headers: Sequence[str]) -> list[str]:
    """The headers that the source does not know: mostly custom fields."""
    return [h for h in headers if source.column(table, h) is None]


def compare(source: Source, now: Export, last: Export) -> list[Finding]:
    """What this export lacks or has more than the last one."""
    found = []
    for table, headers in now.headers.items():
        if table in last.headers:
            found += _headers(source, table, headers, last)
            found += _values(source, table, now, last)
            found += _days(table, now, last)
    gone = [t for t in last.headers if t not in now.headers]
    if gone:
        message = f"The export read on {last.read_on} had files of {', '.join(gone)} records, this one has none."
        found.append(Finding("filtered_export", "warning", message, "Add them to files in migration.toml."))
    return found


def _headers(source: Source, table: str, headers: Sequence[str], last: Export) -> list[Finding]:
    """A finding where the columns differ; another header of a column that the source knows is the same column."""
    keys, old_keys = ({_key(source, table, h): h for h in each} for each in (headers, last.headers[table]))
    came, went = [h for k, h in keys.items() if k not in old_keys], [h for k, h in old_keys.items() if k not in keys]
    renamed = _renamed(came, went)
    came, went = [h for h in came if h not in renamed.values()], [h for h in went if h not in renamed]
    parts = [f"{_count(came)} came ({_listed(came)})"] if came else []
    parts += [f"{_count(went)} went ({_listed(went)})"] if went else []
    parts += [", ".join(f"{a!r} is now {b!r}" for a, b in renamed.items())] if renamed else []
    moved = [k for k in keys if k in old_keys] != [k for k in old_keys if k in keys]
    parts += ["the columns stand in another order"] if moved else []
    if not parts:
        return []
    message = f"Against the export read on {last.read_on}: {'; '.join(parts)}."
    todo = (
        "Tick the columns that went and export again, unless nobody wants them." if went else "Confirm them in the mapping."
    )
    severity: Severity = "warning" if went else "note"
    return [Finding("headers_changed", severity, message, todo, table, field=(went or came or [""])[0])]


def _key(source: Source, table: str, header: str) -> str:
    known = source.column(table, header)
    return header_key(known.header if known else header)


def _renamed(came: Sequence[str], went: Sequence[str]) -> dict[str, str]:
    """Old header → new one, of those that are spelled alike."""
    pairs: dict[str, str] = {}
    for old in went:
        left = [h for h in came if h not in pairs.values()]
        alike = [h for h in left if fuzz.ratio(header_key(old), header_key(h)) >= _RENAMED]
        if alike:
            pairs[old] = alike[0]
    return pairs


def _values(source: Source, table: str, now: Export, last: Export) -> list[Finding]:
    """Values that many records had, of which none has one now."""
    found = []
    for header, before in last.values.get(table, {}).items():
        here = now.values.get(table, {}).get(header)
        whole = sum(before.values())
        enough = max(_FEW, whole * _SHARE)
        lacking = {v: n for v, n in before.items() if here and n >= enough and v not in here}
        if lacking:
            kind = _kind(source, table, header)
            each = ", ".join(f"{_shown(v, kind)} ({n:,})" for v, n in sorted(lacking.items(), key=lambda p: -p[1])[:5])
            more = f" and {len(lacking) - 5:,} more" if len(lacking) > 5 else ""
            message = f"{header}: no record has {each}{more}, as in the export read on {last.read_on}."
            todo = "Where that is not how the business changed, export again without a filter."
            found.append(Finding("filtered_export", "warning", message, todo, table, field=header))
    return found


def _days(table: str, now: Export, last: Export) -> list[Finding]:
    """Days of creation that the last export covered and this one does not."""
    if table not in now.days or table not in last.days:
        return []
    (start, end), (old_start, old_end) = now.days[table], last.days[table]
    found = []
    if (date.fromisoformat(start) - date.fromisoformat(old_start)).days >= _DAYS:
        found.append(f"begins on {start}; that read on {last.read_on} began on {old_start}")
    if end < old_end:
        found.append(f"ends on {end}; that read on {last.read_on} ended on {old_end}")
    todo = "Where it is to replace the last one, export again without a range of days; otherwise name the files of both."
    return [Finding("filtered_export", "warning", f"This export {what}.", todo, table) for what in found]


def one_value(source: Source, now: Export) -> list[Finding]:
    """Columns that one can filter by and that have one and the same value in every record."""
    found = []
    for table, columns in now.values.items():
        for header, values in columns.items():
            (value, n), *others = values.items() or [("", 0)]
            if not others and value and n == now.records[table] >= 100:
                shown = _shown(value, _kind(source, table, header))
                message = f"{header}: all {n:,} {table} records have {shown}."
                todo = "Look whether the export was filtered by it."
                found.append(Finding("filtered_export", "note", message, todo, table, field=header))
    return found


def own_fields(source: Source, files: Sequence[FileFacts], now: Export, last: Export | None) -> list[Finding]:
    """Whether the box for custom fields was ticked, as far as it can be known."""
    found = []
    for table in now.headers:
        own = {f.path: own_columns(source, table, f.headers) for f in files if f.table == table}
        without = [path for path, columns in own.items() if not columns]
        todo = "Tick the box for custom fields and export again, or go on without them."
        if without and len(without) < len(own):
            having = next(path for path, columns in own.items() if columns)
            message = (
                f"{', '.join(without)} has no custom field, {having} has {len(own[having]):,} ({_listed(own[having])})."
            )
            found.append(Finding("no_custom_fields", "warning", message, todo, table, file=without[0]))
        elif without and last and last.own.get(table):
            before = list(last.own[table])
            message = (
                f"No custom field is in this export; that read on {last.read_on} had {len(before):,} ({_listed(before)})."
            )
            found.append(Finding("no_custom_fields", "warning", message, todo, table))
        elif without:
            message = "No custom field is in this export, and nothing in it says whether there are any."
            todo = f"Ask, or look at one {table} in the source: where it has custom fields, tick their box and export again."
            found.append(Finding("no_custom_fields", "note", message, todo, table))
    return found


def _kind(source: Source, table: str, header: str) -> str:
    """What a column that one can filter by holds: 'owner' where its values name people, by declaration or by its words."""
    if known := source.column(table, header):
        return known.kind
    said = {concept for _, concepts in vocabulary.concepts(header) for concept in concepts}
    return "owner" if said & {"owner", "agent"} else "choice"


def _shown(value: str, kind: str) -> str:
    """A value in a message, masked where it names a person; an address shows only its domain."""
    return f"…@{value.rpartition('@')[2]}" if "@" in value else repr(mask(value, kind))


def _listed(headers: Sequence[str]) -> str:
    return ", ".join(headers[:6]) + (f" and {len(headers) - 6:,} more" if len(headers) > 6 else "")


def _count(headers: Sequence[str]) -> str:
    return "1 column" if len(headers) == 1 else f"{len(headers):,} columns"
