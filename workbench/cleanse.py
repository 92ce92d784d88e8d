"""Raw tables → canonical tables: clean values, every change listed, and what is not understood kept as text beside.

A value has one of three fates: it is clean; it is not understood, then the canonical field is empty, `raw:<field>` has the
text and a finding says so; or it says more than the field can hold (an extension, a second address), then both are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench import values
from workbench.entities import ENTITIES, Kind
from workbench.errors import UsageError
from workbench.fanout import Log, Rows, canonical, company_keys, contact_keys, each, fan_out
from workbench.findings import Finding
from workbench.gather import Export, How, dates_told, gather
from workbench.source import Source
from workbench.values import Parsed, Vote, line, scrub

if TYPE_CHECKING:
    from workbench.extract import Extraction

_JOIN = "\x1f"


@dataclass(frozen=True)
class Target:
    """Where a column goes: `column` as in the extraction's frame; an empty `field` is a custom field of `entity`.

    `ttype` and `options` are of a custom field (`mapping.TTYPES`).
    """

    table: str
    column: str
    entity: str
    field: str
    kind: Kind
    ttype: str = "char"
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rules:
    """What a person decides about cleansing (decisions/cleansing.yaml).

    `region` (ISO 3166-1 alpha-2) reads phone numbers without + and states without a country; `time_zone` (IANA) times
    without an offset. `date_orders` maps a column to 'mdy', 'dmy' or 'ymd', or to '' where its text is kept; a column that
    it does not name follows its own vote. `tags` are names of tags that a person named, `blocked` (kind, value)
    of the list of numbers and addresses that must not be contacted.
    """

    region: str = "US"
    time_zone: str = ""
    date_orders: dict[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    blocked: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Cleansed:
    """The canonical tables and how they came about.

    `entities`: entity → key, file, row, its canonical fields (text, '' empty; days ISO, instants UTC), the `raw:<field>`
    columns that occur, an `x:<column>` for each custom column (raw text), and for leads the raw `id` and `step`.
    `changes`: key, file, row, entity, field, before, after, rule: every value that is not its raw text. Derived values
    without a raw text are not listed, but for a state's country. `votes`: column → how its dates are written.
    """

    entities: dict[str, pd.DataFrame]
    changes: pd.DataFrame
    findings: tuple[Finding, ...]
    votes: dict[str, Vote]


def propose(source: Source, extraction: Extraction, targets: Sequence[Target]) -> dict[str, Vote]:
    """The vote of each column of dates that goes to a canonical field; same-named columns of two tables vote together.

    Columns that tell what happened vote by the dates in their texts, and follow the others where they cannot decide.
    """
    texts: dict[str, list[str]] = {}
    told: dict[str, list[str]] = {}
    for target in targets:
        if target.table not in extraction.records:
            continue
        if (target.entity, target.field) in (("activity", "body"), ("lead", "notes")):
            said = _rows_of(extraction, target.table)[target.column].fillna("").unique().tolist()
            told[target.column] = dates_told(source, (target.entity, target.field), said)
        elif target.field and target.kind in ("date", "datetime"):
            cells = _raw(extraction, target) if _of_record(target) else _rows_of(extraction, target.table)[target.column]
            texts.setdefault(target.column, []).extend(cells.fillna("").unique())
    votes = {column: values.vote(found, source.date_orders) for column, found in texts.items()}
    orders = {vote.order for vote in votes.values() if vote.order}
    for column, found in told.items():
        vote = values.vote(found, source.date_orders)
        if found and column not in votes:
            votes[column] = replace(vote, order=vote.order or (next(iter(orders)) if len(orders) == 1 else None))
    return votes


def cleanse(source: Source, extraction: Extraction, targets: Sequence[Target], rules: Rules) -> Cleansed:
    """Cleanse every mapped column and fan the rows of leads out into leads, contacts, companies, tags, deals and activities.

    The result depends on the arguments only. UsageError where two columns of a table go to one field, where a column or an
    order does not exist, or where a column goes to a link.
    """
    _check(source, extraction, targets, rules)
    log, votes = Log(), propose(source, extraction, targets)
    entities = {e: canonical(e, _no_rows(), _no_rows()) for e in ENTITIES if any(e in f for f in source.fan_out.values())}
    if "lead" in entities:
        entities["lead"] = entities["lead"].assign(id="", step="")
    known: pd.DataFrame | None = None
    for table in sorted(extraction.records, key=lambda t: t == "lead"):
        own = [t for t in targets if t.table == table and _of_record(t)]
        rows = _rows(source, extraction, table, own, known)
        _Columns(extraction, rules, votes, rows, log).clean(own)
        if table == "lead":
            made = fan_out(rows, known, log)
            made = _gathered(source, extraction, targets, _Columns(extraction, rules, votes, rows, log), made)
            entities |= {e: f for e, f in made.items() if e in entities}
        else:
            entities[table] = known = canonical(table, rows.base, rows.columns[table])
    return Cleansed(entities, log.all_changes(), tuple(log.findings), votes)


def _of_record(target: Target) -> bool:
    """Whether a record has one value there; else each of its rows may say another."""
    return target.entity in ("company", "contact", "lead") and target.field != "tags"


def _gathered(
    source: Source, extraction: Extraction, targets: Sequence[Target], columns: _Columns, people: dict[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """What all rows of leads say together (`gather`)."""

    def clean(frame: pd.DataFrame, entity: str) -> pd.DataFrame:
        mine = [t for t in targets if t.table == "lead" and t.entity == entity]
        raw = {f"{t.entity}.{t.field or 'x:' + t.column}": frame[t.column] for t in mine}
        rows = Rows(frame[["key", "file", "row"]], {entity: frame["key"]}, {entity: pd.DataFrame(index=frame.index)}, raw)
        replace(columns, rows=rows).clean(mine)
        return rows.columns[entity]

    places = {t.column: (t.entity, t.field) for t in targets if t.table == "lead"}
    export = Export(_rows_of(extraction, "lead"), places, extraction.headers.get("lead", {}))
    rules = columns.rules
    how = How(clean, lru_cache(None)(columns.instant), rules.tags, rules.blocked, rules.region)
    return gather(source, export, people, how, columns.log)


def _rows_of(extraction: Extraction, table: str) -> pd.DataFrame:
    """All rows of a table that are a record or repeat one."""
    rows = extraction.tables[table]
    return rows[rows["key"] != ""].reset_index(drop=True)


def _no_rows() -> pd.DataFrame:
    return pd.DataFrame({c: pd.Series(dtype="int64" if c == "row" else "str") for c in ("key", "file", "row")})


def _check(source: Source, extraction: Extraction, targets: Sequence[Target], rules: Rules) -> None:
    """UsageError where the targets or the rules contradict themselves or the extraction."""
    taken: dict[tuple[str, str, str], str] = {}
    for target in targets:
        if target.table in extraction.records and target.column not in extraction.records[target.table]:
            raise UsageError(f"The export has no column {target.column!r}.", "Confirm the mapping again in 03_mapping.")
        if target.field and ENTITIES[target.entity].field(target.field).kind == "ref":
            raise UsageError(f"{target.column!r} cannot go to {target.entity}.{target.field}: links are made by key.")
        if target.table in extraction.records and target.entity not in source.fan_out[target.table]:
            raise UsageError(f"{target.column!r} cannot go to {target.entity}: rows of {target.table} do not make one.")
        if target.field and f"{target.entity}.{target.field}" not in source.open_targets(target.table):
            raise UsageError(f"{target.column!r} cannot go to {target.entity}.{target.field}: columns do not fill it.")
        place = (target.table, target.entity, target.field or f"x:{target.column}")
        if taken.setdefault(place, target.column) != target.column:
            raise UsageError(
                f"{taken[place]!r} and {target.column!r} both go to {target.entity}.{target.field}.",
                "Send one of them to a field of its own in 03_mapping or decisions/mapping.yaml.",
            )
    for column, order in rules.date_orders.items():
        if order not in ("", *values.ORDERS):
            raise UsageError(
                f"{order!r} is no order of dates, for {column!r}.", f"Known: {', '.join(values.ORDERS)}, or ''."
            )


def _raw(extraction: Extraction, target: Target) -> pd.Series:
    """A column's cells; a file that lacks the column has empty ones."""
    return extraction.records[target.table][target.column].fillna("").reset_index(drop=True)


def _rows(source: Source, extraction: Extraction, table: str, targets: Sequence[Target], known: pd.DataFrame | None) -> Rows:
    """The rows of one table with their keys and raw texts, and no clean column yet."""
    base = extraction.records[table][["key", "file", "row", "id", "step"]].reset_index(drop=True)
    raw = {f"{t.entity}.{t.field or 'x:' + t.column}": _raw(extraction, t) for t in targets}
    entities = ["company", "contact", "lead"] if table == "lead" else [table]
    keys = {table: base["key"]}
    if table == "lead":
        names = raw.get("company.name", pd.Series("", index=base.index, dtype="str"))
        keys |= {"contact": contact_keys(base["key"]), "company": company_keys(source.name, names, known)}
    return Rows(base, keys, {e: pd.DataFrame(index=base.index) for e in entities}, raw)


_PROBLEMS = {
    "invalid_phone": "no valid phone number",
    "invalid_email": "no valid e-mail address",
    "invalid_date": "no such day or time",
    "invalid_amount": "no amount",
    "invalid_flag": "neither yes nor no",
    "unknown_country": "no country that is known",
    "unknown_state": "no state of its country (of {region} where the row names none)",
}
_RULES = {
    "phone": "E.164", "email": "domain in lower case", "name": "proper case", "date": "ISO date", "datetime": "UTC",
    "money": "decimal", "flag": "yes or no", "country": "ISO 3166-1", "state": "ISO 3166-2",
}  # fmt: skip


def _rule(kind: Kind, before: str, after: str) -> str:
    """Why a value is not its raw text."""
    if not after and scrub(before):
        return "kept as text"
    text = scrub(before)
    spaces = " ".join(text.split()) == " ".join(after.split()) or line(text) == line(after)
    why = "white space" if spaces else _RULES.get(kind, "white space")
    if not text or text == before:
        return why
    return "control characters" if spaces else f"control characters, {why}"


@dataclass(frozen=True)
class _Columns:
    """Cleanses the columns of one table into `rows.columns`."""

    extraction: Extraction
    rules: Rules
    votes: dict[str, Vote]
    rows: Rows
    log: Log

    def clean(self, targets: Sequence[Target]) -> None:
        """Every target, countries before states."""
        for target in sorted(targets, key=lambda t: t.kind == "state"):
            raw = self.rows.raw[f"{target.entity}.{target.field or 'x:' + target.column}"]
            if not target.field:
                self._put(target.entity, f"x:{target.column}", each(raw, scrub))
                self._changed(target, f"x:{target.column}", raw, each(raw, scrub))
            elif (target.table, target.entity, target.field) != ("lead", "contact", "name"):  # made of three columns
                self._field(target, raw)

    def _put(self, entity: str, name: str, column: pd.Series) -> None:
        self.rows.columns[entity] = self.rows.columns[entity].assign(**{name: column.astype("str")})

    def _changed(self, target: Target, name: str, raw: pd.Series, after: pd.Series) -> None:
        where = self.rows.where(target.entity)
        self.log.changed(where, target.entity, name, raw, after.astype("str"), lambda b, a: _rule(target.kind, b, a))

    def _field(self, target: Target, raw: pd.Series) -> None:
        """One canonical field: each distinct text is parsed once."""
        asked, parse = self._question(target, raw)
        answers = {text: parse(text) for text in asked.unique().tolist()}
        clean = each(asked, {t: _text(a.value) for t, a in answers.items()})
        problems = each(asked, {t: a.problem for t, a in answers.items()})
        notes = each(asked, {t: a.note for t, a in answers.items()})
        self._put(target.entity, target.field, clean)
        more = (problems != "") | (notes != "")
        if more.any():
            self._put(target.entity, f"raw:{target.field}", each(raw, scrub).where(more, ""))
        if (target.table, target.entity, target.field) != ("lead", "company", "name"):  # its company decides the spelling
            self._changed(target, target.field, raw, clean)
        self._found(target, raw, problems, notes)
        if target.kind == "state":
            self._country_of(target.entity, clean)

    def _question(self, target: Target, raw: pd.Series) -> tuple[pd.Series, Callable[[str], Parsed[Any]]]:
        """The texts to parse and their parser; a state's text has its country before it."""
        rules, order = self.rules, self._order(target.column)
        if target.kind == "state":
            said = self.rows.raw.get(f"{target.entity}.country", pd.Series("", index=raw.index, dtype="str"))
            country = self.rows.text(target.entity, "country").mask(each(said, line) == "", rules.region)
            return country + _JOIN + raw, lambda text: values.state(*reversed(text.split(_JOIN, 1)))
        parsers: dict[str, Callable[[str], Parsed[Any]]] = {
            "phone": lambda text: values.phone(text, rules.region),
            "email": values.email, "name": values.name, "longtext": values.longtext, "money": values.money,
            "flag": values.flag, "country": values.country,
            "date": lambda text: _ordered(text, order, lambda o: values.date(text, o)),
            "datetime": lambda text: _ordered(text, order, lambda o: values.datetime_(text, o, rules.time_zone)),
        }  # fmt: skip
        return raw, parsers.get(target.kind, values.choice)

    def _order(self, column: str) -> str:
        """How a column's dates are read: as decided, else as voted, else '' (only year-month-day)."""
        vote = self.votes.get(column)
        return self.rules.date_orders.get(column, (vote.order if vote else None) or "")

    def instant(self, column: str, text: str) -> Parsed[str]:
        """A time within the text of a column."""
        return _ordered(text, self._order(column), lambda order: values.datetime_(text, order, self.rules.time_zone))

    def _found(self, target: Target, raw: pd.Series, problems: pd.Series, notes: pd.Series) -> None:
        where = self.rows.where(target.entity)
        header = self.extraction.headers.get(target.table, {}).get(target.column, target.column)
        place = (target.entity, target.field)
        todo = "Correct it in the export and run again, or leave the text."
        for problem in (p for p in _PROBLEMS if (problems == p).any()):
            what = f", {header}: {_PROBLEMS[problem].format(region=self.rules.region)}. Kept as text."
            self.log.found(problem, where, raw[problems == problem], *place, what, todo)
        what = f", {header}: the text says more than the field can hold. The value is taken, and the whole text kept beside."
        self.log.found("raw_text_kept", where, raw[notes != ""], *place, what, "Look whether the rest is needed elsewhere.")
        if unread := int((problems == "ambiguous_dates").sum()):
            decided = target.column in self.rules.date_orders
            self.log.findings.append(
                Finding(
                    "raw_text_kept" if decided else "ambiguous_dates", "note" if decided else "warning",
                    f"{header}: {unread:,} dates are kept as text, "
                    + ("as decided." if decided else "since they can be read two ways and the column does not decide."),
                    "" if decided else "Say which in decisions/cleansing.yaml (mdy or dmy) and run again.",
                    target.entity, field=target.field,
                )
            )  # fmt: skip

    def _country_of(self, entity: str, states: pd.Series) -> None:
        """A state that was found in the region of the migration says its country, which no column gave."""
        before = self.rows.text(entity, "country")
        after = before.mask((before == "") & (states != ""), states.str[:2])
        self._put(entity, "country", after)
        self.log.changed(self.rows.where(entity), entity, "country", before, after, lambda b, a: "country of the state")


def _ordered(text: str, order: str, parse: Callable[[str], Parsed[str]]) -> Parsed[str]:
    """A date in the column's order; where there is none, a text that some order could read is not wrong but ambiguous."""
    parsed = parse(order)
    if parsed.problem and not order and any(parse(o).value for o in values.ORDERS):
        return Parsed(None, "ambiguous_dates")
    return parsed


def _text(value: object) -> str:
    """A value as canonical text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else format(value, "f") if isinstance(value, Decimal) else str(value)
