"""The type of a custom field, from what its column holds; char wherever in doubt, since text loses nothing.

Blank cells and placeholders ('N/A', 'Select') say nothing about a type. A few cells that a type cannot read are tolerated in
a proposal, which then says so; only where every cell is read is it taken unseen (`Inferred.complete`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from workbench import values
from workbench.entities import Kind
from workbench.shapes import Shape
from workbench.source import header_key
from workbench.values import line, mask

TOLERANCE = 0.02
"""The share of filled cells that a proposed type may leave unread."""

MOST_OPTIONS, LEAST_REPEATED, LONGEST_OPTION = 20, 3.0, 60
"""A selection has at most so many options, each standing in so many cells on average, of at most so many characters."""

LONG = 200
"""A column with a longer text, or a text of several lines, is of type text."""

_WHOLE = r"[+-]?(?:0|[1-9][0-9]{0,8})"
_NUMBER = r"\(?[+-]?(?:(?:0|[1-9][0-9]*|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.[0-9]+)?|\.[0-9]+)\)?"
_LIKE_NUMBER = re.compile(r"[^0-9]{0,4}[0-9.,\s]*[0-9][0-9.,\s]*[^0-9]{0,4}")
_CLOCK = r"[T,\s]+[0-9]{1,2}:[0-9]{2}.*$"
_IDENTIFIER = frozenset(
    ("id", "code", "number", "no", "ref", "reference", "zip", "postal", "phone", "fax", "account", "key", "sku", "ssn")
)
_KINDS = {
    "boolean": "flag",
    "integer": "number",
    "float": "number",
    "date": "date",
    "datetime": "date",
    "selection": "choice",
}
"""Type → the kind by which `values.placeholder` tells what stands for nothing."""

_COUNT = re.compile(r"\b(number|no|num) of\b")
_ASKS = frozenset(("is", "has", "was", "do", "does", "opt", "optin", "optout", "converted", "active", "subscribed"))


@dataclass(frozen=True)
class Inferred:
    """The type proposed for a custom field.

    `options` are a selection's, most frequent first. `unread` counts the filled cells that the type cannot read, `aside`
    those that hold a placeholder; `rest` are three of the unread texts, masked. `why` says it to a person. `kind` is 'money'
    where numbers carry the sign of a currency.
    """

    ttype: str = "char"
    options: tuple[str, ...] = ()
    unread: int = 0
    aside: int = 0
    rest: tuple[str, ...] = ()
    why: str = "text"
    kind: Kind = "text"

    @property
    def complete(self) -> bool:
        """Whether every filled cell but placeholders is read."""
        return self.unread == 0

    def as_evidence(self) -> dict[str, Any]:
        """What mapping.yaml keeps beside the decision."""
        found: dict[str, Any] = {"type": self.ttype, "why": self.why, "unread": self.unread, "placeholders": self.aside}
        return (
            found | ({"rest": list(self.rest)} if self.rest else {}) | ({"kind": self.kind} if self.kind != "text" else {})
        )


def infer(shape: Shape, header: str) -> Inferred:
    """The type of a column's values: the first that fits of yes or no, numbers, dates, selection, long text; else char."""
    raw = shape.counts.index.to_series().reset_index(drop=True)
    texts, cells = lines(raw), pd.Series(shape.counts.to_numpy(), index=raw.index)
    if _idle(texts, pd.Series(False, index=texts.index), "number").all():
        return Inferred(aside=int(cells.sum()), why="no value")
    for attempt in (_flag, _whole, _number, _date, _selection):
        found = attempt(texts, cells, header, shape)
        if found is None:
            continue
        ttype, options, read, why = found
        idle = _idle(texts, read, _KINDS[ttype])
        aside, unread = int(cells[idle].sum()), int(cells[~read & ~idle].sum())
        if unread <= TOLERANCE * (cells.sum() - aside):
            why += f"; {unread:,} cells do not, and keep their text" if unread else ""
            why += f"; {aside:,} placeholders" if aside else ""
            signed = ttype == "float" and _has(texts[read], r"[^0-9.,()+\-\s]").any()
            rest = tuple(mask(t, "text") for t in texts[~read & ~idle].head(3))
            return Inferred(ttype, options, unread, aside, rest, why, "money" if signed else "text")
    if raw.str.contains("\n", regex=False).any() or texts.str.len().max() > LONG:
        return Inferred("text", why="long text")
    return Inferred(why="text" if not _identifies(header) else "an identifier, kept as it is written")


def _idle(texts: pd.Series, read: pd.Series, kind: str) -> pd.Series:
    """Which of the texts that are not read stand for nothing in a column of a kind; where many differ, none is looked at."""
    others = texts[~read].tolist()
    nothing = [t for t in others if values.placeholder(t, kind) == "sure"] if len(others) <= 10 * MOST_OPTIONS else []
    return ~read & texts.isin(nothing)


def lines(texts: pd.Series) -> pd.Series:
    """`values.line` of every text; most texts need no more than their ends trimmed, which is fast."""
    result = texts.str.strip()
    odd = _has(result, r"\s\s|[^\x20-\x7e]")
    if odd.any():
        result = result.mask(odd, result[odd].map(line).astype("str"))
    return result


def new_options(column: pd.Series, options: Sequence[str]) -> dict[str, int]:
    """What a column holds that is none of a selection's options → in how many cells, most frequent first."""
    known = {line(o).casefold() for o in options} | {""}
    counts = {str(text): int(n) for text, n in lines(column.fillna("")).value_counts().items()}
    found = {t: n for t, n in counts.items() if t.casefold() not in known and values.placeholder(t, "choice") != "sure"}
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


_Found = tuple[str, tuple[str, ...], "pd.Series[bool]", str]
"""Type, options, which texts it reads, why."""


def _flag(texts: pd.Series, cells: pd.Series, header: str, shape: Shape) -> _Found | None:
    """Yes or no. 0 and 1 alone are numbers unless the header asks ('Is sold'): a count may have been 0 or 1 so far."""
    if len(texts) > 50:
        return None
    folded = texts.str.casefold()
    read = folded.map(lambda t: values.flag(t).value is not None).astype(bool)
    words = set(folded[read])
    asked = bool(_ASKS & set(header_key(header).split()))
    if not words or len(words) > 4 or (words <= {"0", "1"} and not (asked and len(words) == 2)):
        return None
    return "boolean", (), read, "all cells read as yes or no"


def _whole(texts: pd.Series, cells: pd.Series, header: str, shape: Shape) -> _Found | None:
    """Whole numbers of at most nine digits. Leading zeros, identifiers and many digits of one length are no numbers."""
    if not _some(texts, re.compile(_WHOLE)):
        return None
    read = _has(texts, f"^(?:{_WHOLE})$")
    lengths = texts[read].str.len()
    ids = _identifies(header) or (len(lengths) > 10 and lengths.min() >= 5 and lengths.nunique() == 1)
    return None if ids or not read.any() else ("integer", (), read, "all cells read as whole numbers")


def _number(texts: pd.Series, cells: pd.Series, header: str, shape: Shape) -> _Found | None:
    """Numbers and amounts in the migration's own currency, their decimals after the mark that the column votes for.

    Not whole numbers throughout, and no more digits than a float keeps.
    """
    if _identifies(header) or not _some(texts, _LIKE_NUMBER):
        return None
    mark = values.mark_vote(texts.iloc[:: max(1, len(texts) // 5000)].tolist(), shape.region, shape.currency).mark
    signs = _replaced(texts, r"[0-9.,()+\-\s]", "")
    own = {
        s for s in signs.unique().tolist()[:20] if not s or values.money(f"{s}1", shape.currency, region=shape.region).value
    }
    bare = _replaced(texts, r"^[^0-9.,()+\-]+|[^0-9.,()+\-]+$", "")
    if mark == "comma":
        bare = _replaced(_replaced(_replaced(bare, r"[.\s]", "_"), ",", "."), "_", ",")
    read = signs.isin(own) & _has(bare, f"^(?:{_NUMBER})$") & ~_has(bare, "^[0-9]{16}")
    if mark is None or not read.any() or _has(texts[read], r"^[+-]?[0-9]+$").all():
        return None
    return "float", (), read, "all cells read as numbers"


def _date(texts: pd.Series, cells: pd.Series, header: str, shape: Shape) -> _Found | None:
    """Days or instants, where the column's own values say in which order they are written."""
    some = texts.iloc[:: max(1, len(texts) // 50)].tolist()
    tried = [re.sub(_CLOCK, "", t) for t in some if not values.placeholder(t, "date")]
    if not tried or sum(any(values.date(t, o).value for o in shape.orders) for t in tried) < 0.9 * len(tried):
        return None
    days, clocks = _replaced(texts, _CLOCK, ""), _replaced(texts, r"^.*?(?:[T,\s]+([0-9]{1,2}:[0-9]{2}.*)|$)", r"\1")
    different = days.unique().tolist()
    order = values.vote(different, shape.orders).order
    if not order:
        return None
    is_day = {t for t in different if values.date(t, order).value}
    is_time = {t: values.date(f"2000-01-01 {t}", "ymd") for t in clocks.unique().tolist() if t}
    read = days.isin(is_day) & clocks.isin({"", *(t for t, p in is_time.items() if p.value)})
    timed = clocks[read].isin({t for t, p in is_time.items() if p.note})
    if not timed.any():
        return "date", (), read, f"all cells read as days ({order})"
    with_clock = (clocks[read] != "").mean()
    return ("datetime", (), read, f"all cells read as times ({order})") if with_clock >= 0.95 else None


def _selection(texts: pd.Series, cells: pd.Series, header: str, shape: Shape) -> _Found | None:
    """A closed set of a few short texts that come again and again; no lists, addresses or numbers of people.

    Texts that differ in case only are one option, spelt as most of them are.
    """
    if len(texts) > 10 * MOST_OPTIONS:
        return None
    read = ~_idle(texts, pd.Series(False, index=texts.index), "choice")
    texts, cells = texts[read], cells[read]
    total = int(cells.sum())
    if total < 10 or _identifies(header):
        return None
    spelt = sorted(zip(texts, cells, strict=True), key=lambda t: (-t[1], t[0]))
    options: dict[str, tuple[str, int]] = {}
    for text, count in spelt:
        first, before = options.get(text.casefold(), (text, 0))
        options[text.casefold()] = (first, before + int(count))
    if not 2 <= len(options) <= MOST_OPTIONS or total < LEAST_REPEATED * len(options):
        return None
    once = sum(count < 2 for _, count in options.values())
    several = texts.str.contains(r"[;,|]\s*\S").mean()
    if texts.str.len().max() > LONGEST_OPTION or several > 0.3 or once > len(options) / 2:
        return None
    if shape.share("email") > 0.1 or shape.share("phone") > 0.1:
        return None
    named = tuple(text for text, _ in sorted(options.values(), key=lambda o: (-o[1], o[0])))
    return "selection", named, read, f"{len(named)} values, each in {total / len(named):,.0f} cells on average"


def _some(texts: pd.Series, pattern: re.Pattern[str]) -> bool:
    """Whether most of many texts match, by a hundred of them: what fails that needs no look at all of them."""
    tried = texts.iloc[:: max(1, len(texts) // 100)].tolist()
    return len(texts) <= 100 or sum(pattern.fullmatch(t) is not None for t in tried) >= 0.9 * len(tried)


def _has(texts: pd.Series, pattern: str) -> pd.Series:
    """Which texts hold a match (RE2, on all texts at once)."""
    found = pc.match_substring_regex(pa.array(texts, pa.string()), pattern)
    return pd.Series(found.to_numpy(zero_copy_only=False), index=texts.index, dtype=bool)


def _replaced(texts: pd.Series, pattern: str, by: str) -> pd.Series:
    """The texts with every match replaced (RE2, on all texts at once)."""
    found = pc.replace_substring_regex(pa.array(texts, pa.string()), pattern, by)
    return pd.Series(found.to_pylist(), index=texts.index, dtype="str")


def _identifies(header: str) -> bool:
    key = header_key(header)
    return bool(_IDENTIFIER & set(key.split())) and not _COUNT.search(key)
