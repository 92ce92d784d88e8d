"""What is decided about cleansing: where each column goes, and per column the rules that a person confirms or changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from workbench.entities import Kind
from workbench.errors import UsageError
from workbench.values import LATEST
from workbench.values.phones import is_region

Choice = str | int | tuple[str, ...]
"""What a rule is set to: one of its choices, a year, or a list of texts."""


@dataclass(frozen=True)
class Rule:
    """One rule that a column can have: what it is called, and what it is where a column gives no reason for anything else.

    `choices` are its values with what they say; a rule without any takes a year (an int), texts (a tuple) or a region.
    """

    title: str
    otherwise: Choice
    choices: Mapping[str, str] = field(default_factory=dict)


RULES: dict[str, Rule] = {
    "placeholders": Rule("texts that count as empty", ()),
    "mojibake": Rule("wrongly decoded letters", "keep", {"repair": "repair them", "keep": "leave them"}),
    "html": Rule("HTML", "keep", {"text": "make it text", "keep": "leave it"}),
    "date_order": Rule(
        "order of dates", "",
        {"mdy": "month/day/year", "dmy": "day/month/year", "ymd": "year-month-day", "": "keep the text"},
    ),
    "bare_numbers": Rule(
        "bare numbers as dates", "keep", {"read": "read as a spreadsheet or Unix counts", "keep": "keep the text"}
    ),
    "latest_year": Rule("latest year that two digits mean", LATEST),
    "decimal_mark": Rule(
        "decimal mark", "", {"point": "point (1,234.5)", "comma": "comma (1.234,5)", "": "keep what can be read two ways"}
    ),
    "other_currency": Rule(
        "amounts in another currency", "keep", {"keep": "keep the text", "take": "take the number, and the text beside"}
    ),
    "name_case": Rule("names in capitals or small letters", "keep", {"proper": "write as names", "keep": "leave them"}),
    "name_order": Rule("names as 'Smith, John'", "keep", {"turn": "turn into 'John Smith'", "keep": "leave them"}),
    "zip_code": Rule(
        "ZIP codes that a spreadsheet changed", "keep", {"mend": "mend where that is sure", "keep": "leave them"}
    ),
    "kept_as_raw": Rule(
        "what is kept as text", "unread", {"unread": "only what cannot be read", "all": "the whole column"}
    ),
    "region": Rule("region of phone numbers, states and amounts", ""),
}  # fmt: skip
"""Every rule, in the order of a plan. `region` (ISO 3166-1 alpha-2) is never proposed; a person may set it."""


Chosen = Mapping[str, Mapping[str, Choice]]
"""Column → rule → what it is set to."""


def setting(choices: Chosen, column: str, rule: str) -> Choice:
    """What one rule of one column is set to."""
    return choices.get(column, {}).get(rule, RULES[rule].otherwise)


def check_choice(column: str, rule: str, value: Choice) -> Choice:
    """The value, as the rule takes it; UsageError where the rule is unknown or the value is none of its choices."""
    if rule not in RULES:
        raise UsageError(f"{rule!r} is no rule of cleansing, for {column!r}.", f"Known: {', '.join(RULES)}.")
    choices = RULES[rule].choices
    if choices and value not in choices:
        known = ", ".join(repr(c) for c in choices)
        raise UsageError(f"{value!r} is no choice for {RULES[rule].title} of {column!r}.", f"Use {known}.")
    if rule == "latest_year" and not (str(value).isdigit() and 1899 <= int(str(value)) <= 2199):
        raise UsageError(f"{value!r} is no year, for {column!r}.", "Name the latest year that two digits mean, as in 2029.")
    if rule == "region" and not (value == "" or (isinstance(value, str) and is_region(value))):
        raise UsageError(f"{value!r} is no region, for {column!r}.", "Name a country by its two letters, as in US.")
    if rule == "placeholders" and not isinstance(value, tuple):
        raise UsageError(f"The texts of {column!r} that count as empty are no list.", "Write them as a list, one a line.")
    return int(str(value)) if rule == "latest_year" else value


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

    @property
    def name(self) -> str:
        """The column of the canonical table."""
        return self.field or f"x:{self.column}"

    @property
    def of_record(self) -> bool:
        """Whether a record has one value there; else each of its rows may say another."""
        return self.field != "tags" and self.entity in (self.table, "company", "contact", "lead")

    @property
    def reads(self) -> str:
        """What its cells are read as: a kind, 'zip', 'integer' or 'selection', or 'char' for text as it stands."""
        if self.field:
            return "zip" if self.field == "zip" else self.kind
        typed = {"integer": "integer", "boolean": "flag", "date": "date", "datetime": "datetime", "selection": "selection"}
        if self.ttype == "float":
            return "money" if self.kind == "money" else "number"
        return typed.get(self.ttype, "char")


@dataclass(frozen=True)
class Rules:
    """What a person decides about cleansing.

    `region` (ISO 3166-1 alpha-2) reads phone numbers without + and states without a country; `time_zone` (IANA) times
    without an offset; `currency` (ISO 4217) is the account's. `today` (ISO day, '' unknown) tells which birthdays are to
    come. `columns` maps a column to its rules (`RULES`) as decided; what it does not name follows the column's own vote.
    `tags` are names of tags that a person named, `blocked` (kind, value) of the list of numbers and addresses that must not
    be contacted.
    """

    region: str = "US"
    time_zone: str = ""
    currency: str = "USD"
    today: str = ""
    columns: Mapping[str, Mapping[str, Choice]] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    blocked: tuple[tuple[str, str], ...] = ()

    @property
    def date_orders(self) -> dict[str, str]:
        """Column → the order decided for its dates; '' keeps their text."""
        return {c: str(rules["date_order"]) for c, rules in self.columns.items() if "date_order" in rules}

    def check(self) -> None:
        """UsageError where a rule is none, or is set to what it cannot be."""
        for column, rules in self.columns.items():
            for rule, value in rules.items():
                check_choice(column, rule, value)
