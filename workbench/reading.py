"""How a column would be read: which of its texts the parser of its kind refuses, and the days that a column of dates names.

`workbench.values` decides; only what many texts share (the day of many times, the domain of many addresses, the first six
digits of many numbers) is asked once. A test holds every answer against that of the parser for the whole text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

from workbench import values
from workbench.distinct import Distinct, Hits, grouped, matching, replaced
from workbench.values import Parsed

_VOTERS = 5_000
"""Texts of a column that vote on its decimal mark."""

_DAY = r"^([0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4})"
_CLOCK = _DAY + r"($|[^0-9])"
_NANP = r"^(?:\+?1[ .-]?)?\(?([2-9][0-9]{2})\)?[ .-]{0,2}([0-9]{3})[ .-]?([0-9]{4})$"
_PLAIN_ADDRESS = r"^[A-Za-z0-9_+-]{1,20}(?:\.[A-Za-z0-9_+-]{1,20}){0,2}@([A-Za-z0-9.-]{1,100})$"


@dataclass(frozen=True)
class Days:
    """What the texts of a column of dates name, in the order of its distinct texts.

    `order` is how they are read ('' where nothing decides). `days` are numpy's datetime64[D], NaT where a text names none;
    `unread` are texts that are no date in that order, `impossible` those of them that look like one ('31/02/1980');
    `either` are those that could be read as month/day and as day/month.
    """

    order: str
    days: npt.NDArray[np.datetime64]
    unread: Hits
    impossible: Hits
    either: Hits


def days(column: Distinct, order: str | None, orders: Sequence[str]) -> Days:
    """The days of a column; without an `order` its own distinct days vote among `orders`."""
    looks = matching(column.lines, _CLOCK)
    day = pc.if_else(pa.array(looks), replaced(column.lines, (_DAY + r".*$", r"\1")), column.lines)
    if order is None:
        order = values.vote(day.unique().to_pylist(), orders).order or ""
    ways = [order] if order else list(orders)
    named = np.asarray(grouped(day, lambda text: values.date(text, order).value or "NaT", "datetime64[D]"))
    clock = pc.if_else(pa.array(looks), replaced(column.lines, (_DAY, "")), pa.scalar("", pa.large_string()))
    timed = np.asarray(grouped(clock, lambda text: not values.date(f"2000-01-02{text}", "ymd").problem, "bool"))
    none = np.asarray(grouped(day, lambda text: not any(values.date(text, o).value for o in ways), "bool"))
    either = np.asarray(grouped(day, lambda text: len({values.date(text, o).value for o in ("mdy", "dmy")} - {None}) > 1,
                                "bool"))  # fmt: skip
    return Days(order, named, np.isnat(named) | ~timed, looks & (none | ~timed), either)


def unread(column: Distinct, kind: str, region: str, currency: str) -> Hits:
    """The texts that the parser of a kind refuses; none where any text is good for the kind. Dates are those of `days`.

    Amounts are read with the decimal mark for which the column votes, in an account of `currency` (ISO 4217).
    """
    if kind == "phone":
        return _phones(column, region)
    if kind == "email":
        return _addresses(column)
    parsers: dict[str, Callable[[str], Parsed[Any]]] = {
        "country": values.country, "flag": values.flag, "money": lambda text: values.money(text, currency, mark, region),
    }  # fmt: skip
    if kind not in parsers:
        return np.zeros(len(column), dtype=bool)
    some = column.lines[:: max(1, len(column) // _VOTERS)].to_pylist() if kind == "money" else []
    mark = values.mark_vote(some, region, currency).mark or ""
    return column.asked(np.ones(len(column), dtype=bool), lambda text: bool(parsers[kind](text).problem))


def _phones(column: Distinct, region: str) -> Hits:
    """In North America six digits decide whether a number can be: the last four are free in every plan there."""
    plain = np.zeros(len(column), dtype=bool)
    if phonenumbers.country_code_for_region(region) == 1:
        plain = column.matches(_NANP)
    wrong = column.asked(~plain, lambda text: bool(values.phone(text, region).problem))
    if plain.any():
        first = replaced(column.lines.filter(pa.array(plain)), (_NANP, r"\1\2"))
        wrong[plain] = grouped(first, lambda six: bool(values.phone(f"+1{six}0199", region).problem), "bool")
    return wrong


def _addresses(column: Distinct) -> Hits:
    """An address of plain letters and figures is as good as its domain."""
    plain = column.matches(_PLAIN_ADDRESS)
    wrong = column.asked(~plain, lambda text: bool(values.email(text).problem))
    if plain.any():
        domain = replaced(column.lines.filter(pa.array(plain)), (_PLAIN_ADDRESS, r"\1"))
        wrong[plain] = grouped(domain, lambda name: bool(values.email(f"a@{name}").problem), "bool")
    return wrong
