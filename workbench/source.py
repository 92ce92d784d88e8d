"""What a source is: its tables, identity ladders, columns with their aliases, and what it never carries.

A source is one module in `workbench/sources/` with a constant `SOURCE`; `load` finds it by name.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import workbench.sources
from workbench.api import Api
from workbench.entities import ENTITIES, Kind
from workbench.errors import UsageError
from workbench.keys import Step

WHEN = (
    r"(?>(?:[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}|[A-Za-z]{3,9}\.? [0-9]{1,2}(?:st|nd|rd|th)?,? [0-9]{4})"
    r"(?:(?:T|,?\s+(?:at\s+)?|\s*@\s*)[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:\s*[ap]\.?m\b\.?)?"
    r"(?:\s*(?:Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})\b)?)?)(?!\w)"
)
"""A pattern for a day, with or without the time of day, as exports write it; without regard to case. For `History`."""


@lru_cache(maxsize=1 << 14)
def header_key(header: str) -> str:
    """A header for comparing: folded, letters and digits only, words joined by one space.

    `First name`, `FIRST_NAME` and `firstName ` give the same key.
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", unicodedata.normalize("NFKC", header))
    return " ".join(re.findall(r"[^\W_]+", spaced.casefold()))


@dataclass(frozen=True)
class Column:
    """A column that a source is known to write.

    `table` is the kind of row it stands in. `target` is `entity.field` of the canonical vocabulary, or empty for a column
    that becomes a custom field of `entity`. `aliases` are other headers of the same column; `origin` says who says so
    ('vendor', 'field', 'seed'). `of` names the column (`table.header`) whose cells say which record a link means. Where rows
    of one record differ, the later one counts, or the `highest` number. `nothing` are texts by which it says it is empty.
    """

    header: str
    target: str = ""
    aliases: tuple[str, ...] = ()
    entity: str = "lead"
    kind: Kind = "text"
    table: str = "lead"
    origin: str = "field"
    of: str = ""
    highest: bool = False
    nothing: tuple[str, ...] = ()

    @property
    def keys(self) -> frozenset[str]:
        """The header keys under which the column is recognised."""
        return frozenset(header_key(h) for h in (self.header, *self.aliases))

    def rank(self, header: str) -> int:
        """The place of a header in the column's name and aliases, 0 for the name."""
        return [header_key(h) for h in (self.header, *self.aliases)].index(header_key(header))


@dataclass(frozen=True)
class Refusal:
    """A file that customers hand over by mistake, recognised by exactly these headers, and what to say."""

    headers: tuple[str, ...]
    message: str
    hint: str = ""


@dataclass(frozen=True)
class Sold:
    """How a source marks a lead as sold without a deal of its own: headers of columns, and the stage of such a deal.

    `flag` says whether, `amount` for how much; the day is what goes to `lead.closed_on`. Where there is no flag, an amount
    or a day says it.
    """

    flag: str
    amount: str
    stage: str


@dataclass(frozen=True)
class History:
    """How a source writes what happened into one cell, and what its words mean.

    `layouts` are patterns for one line, the first that reads it counts, with groups of the names when, type, direction,
    duration, disposition, author, text (each but `when` may lack); a line that none reads goes on the text of the line
    before. `between` separates entries within a line. `words` says what the words of a type mean: 'call', 'text', 'email',
    'note' or another; `directions` 'inbound' or 'outbound'; other words of a type must be among `fillers`, or the layout
    does not fit. `labels` are patterns of what may stand anywhere in a line, by the name of their group. What is of a
    type in `meetings` is an appointment. `call_count` is the header of the column that counts a lead's calls.
    """

    layouts: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    directions: Mapping[str, str] = field(default_factory=dict)
    fillers: frozenset[str] = frozenset()
    labels: Mapping[str, str] = field(default_factory=dict)
    between: str = ""
    meetings: frozenset[str] = frozenset()
    call_count: str = ""


@dataclass(frozen=True)
class OptOuts:
    """How a source says that somebody must not be contacted by 'phone' (calls and texts) or 'email'.

    `phone` and `email` are phrases (header keys) in tags, statuses and the columns of `told_in`: several words wherever
    they stand, a single word where it stands alone. `flags` are headers of yes-or-no columns, with what they block.
    `replies` are texts that opt out of texts, as whole messages.
    """

    phone: frozenset[str] = frozenset()
    email: frozenset[str] = frozenset()
    told_in: tuple[str, ...] = ()
    flags: Mapping[str, frozenset[str]] = field(default_factory=dict)
    replies: frozenset[str] = frozenset()

    def blocks(self, text: str) -> frozenset[str]:
        """What a tag, a status or another such text blocks."""
        whole = f" {header_key(text)} "
        parts = {header_key(part) for part in re.split(r"[^\w\s']+|\s-\s", text)}
        return frozenset(
            kind
            for kind, phrases in (("phone", self.phone), ("email", self.email))
            if any(p in parts or (" " in p and f" {p} " in whole) for p in phrases)
        )


@dataclass(frozen=True)
class Source:
    """All that stages need to know of a source.

    `tables` are the kinds of row ('lead' first, the default); `ladders` say how a row of each is identified, in terms of
    the columns' headers; `fan_out` names the entities that one row of a table can become, in load order.
    `status_order` are statuses (as header keys) in the order in which a lead usually passes them; `won_words`, `lost_words`
    and `converted_words` (became an opportunity) are statuses or stages that say how it ended.
    `ignored` maps header keys to the reason why such a column is not moved; `no_way_out` are things that the source has and
    cannot hand over, each with what is known of it. `api` is where it is read over HTTP instead of from files. Who has one
    of the statuses `only_contacts` is no lead. `states` says of a `table.header` what its words mean: active, inactive,
    deleted where it is a status, else in the vendor's words. `logins` says of an entity which header of its table holds the
    login that one person has in all of them. `stays` are kinds of row that are read and counted and become nothing in Odoo,
    each with the reason.
    """

    name: str
    title: str
    tables: tuple[str, ...]
    ladders: dict[str, tuple[Step, ...]]
    fan_out: dict[str, tuple[str, ...]]
    columns: tuple[Column, ...]
    ignored: dict[str, str]
    refusals: tuple[Refusal, ...] = ()
    no_way_out: tuple[tuple[str, str], ...] = ()
    date_orders: tuple[str, ...] = ("mdy", "ymd", "dmy")
    time_zone: str = ""
    region: str = "US"
    currency: str = "USD"
    status_order: tuple[str, ...] = ()
    won_words: frozenset[str] = frozenset()
    lost_words: frozenset[str] = frozenset()
    sold: Sold | None = None
    converted_words: frozenset[str] = frozenset()
    history: History = field(default_factory=History)
    opt_outs: OptOuts = field(default_factory=OptOuts)
    api: Api | None = None
    only_contacts: frozenset[str] = frozenset()
    logins: Mapping[str, str] = field(default_factory=dict)
    states: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    stays: Mapping[str, str] = field(default_factory=dict)

    def column(self, table: str, header: str) -> Column | None:
        """The known column that a header of a table is, by its name or an alias; None where it is unknown."""
        key = header_key(header)
        return next((c for c in self.columns if c.table == table and key in c.keys), None)

    def gathered(self, table: str, headers: Sequence[str]) -> frozenset[str]:
        """The headers whose cells are gathered from all rows of a record: each row may name other deals, tags, notes."""
        makes = self.fan_out[table]
        of_lead = {"lead.tags": "tag", "lead.notes": "activity"}
        return frozenset(
            header
            for header, target in self.targets(table, headers).items()
            if of_lead.get(target, target.partition(".")[0]) in {*makes} - {"company", "contact", "lead", table}
        )

    def targets(self, table: str, headers: Sequence[str]) -> dict[str, str]:
        """Header → the target that it may take; empty where it is unknown, has none, or another header takes it.

        Each target goes to one header: of several known columns the one declared first, of several headers of one known
        column the one listed first in its aliases.
        """
        known = [(self.columns.index(c), c.rank(h), h, c) for h in headers if (c := self.column(table, h))]
        taken: dict[str, str] = {}
        for _, _, header, column in sorted(known, key=lambda k: k[:2]):
            if column.target:
                taken.setdefault(column.target, header)
        return dict.fromkeys(headers, "") | {header: target for target, header in taken.items()}

    def open_targets(self, table: str) -> list[str]:
        """What a person may choose for a column of a table: `entity.field`. Links, and what is made of them, are not."""
        makes = self.fan_out[table]
        links = {c.target for c in self.columns if c.table == table and c.of}
        fields = [(e, f, f"{e}.{f.name}") for e in makes for f in ENTITIES[e].fields]
        own = ("company", "contact", "deal", "lead", table)
        return [
            target
            for e, f, target in fields
            if target in links
            or target == "activity.body"
            or (e in own and (f.kind not in ("ref", "refs") or (f.kind == "refs" and f.ref in makes)))
        ]

    def check(self) -> None:
        """ValueError where the declaration contradicts itself or the vocabulary."""
        for table in self.tables:
            seen: dict[str, str] = {}
            for column in (c for c in self.columns if c.table == table):
                for key in column.keys:
                    if seen.setdefault(key, column.header) != column.header:
                        raise ValueError(f"{self.name}: {key!r} is an alias of {seen[key]!r} and of {column.header!r}")
                if column.target:
                    entity, _, field = column.target.partition(".")
                    ENTITIES[entity].field(field)
            headers = {c.header for c in self.columns if c.table == table}
            for step in self.ladders[table]:
                if missing := set(step.columns) - headers:
                    raise ValueError(f"{self.name}: the ladder of {table} names unknown columns {sorted(missing)}")


def names() -> list[str]:
    """The sources that this installation has."""
    return sorted(m.name for m in pkgutil.iter_modules(workbench.sources.__path__))


def load(name: str) -> Source:
    """The source of that name; UsageError with the known names where there is none."""
    if name not in names():
        raise UsageError(f"There is no source {name!r}.", f"Known sources: {', '.join(names())}.")
    source: Source = importlib.import_module(f"workbench.sources.{name}").SOURCE
    return source
