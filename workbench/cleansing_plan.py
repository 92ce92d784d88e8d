"""The plan of a cleansing: which rules each column's own values call for, what they would be, how many cells they touch."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pandas as pd

from workbench import values
from workbench.gather import dates_told
from workbench.preparation import Preparation
from workbench.rules import RULES, Choice, Chosen, Rules, Target, setting
from workbench.source import Source
from workbench.values import Reading, line
from workbench.values.dates import moment

if TYPE_CHECKING:
    from workbench.extract import Extraction

_EXAMPLES = 3
_TOLD = (("activity", "body"), ("lead", "notes"))
"""Where columns go that tell what happened, with dates in their texts."""
_RICH = (("note", "body"), ("session", "body"))
"""Where columns go whose HTML stays, as far as it does nothing."""
_TWO_DIGITS = re.compile(r"[-/.\s][0-9]{2}(?![0-9:.])")
_SIGN = re.compile(r"[^0-9\s.,()+-]")


@dataclass(frozen=True)
class Proposed:
    """One rule for one column, as the column's values propose it.

    `value` is the proposal; `cells` counts those that it concerns. `found` says with counts what the proposal rests on: the
    orders that can read the dates, the placeholders. `examples` are raw texts and what becomes of them (personal data).
    `doubt` says why it deserves a look.
    """

    column: str
    rule: str
    value: Choice
    cells: int
    found: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[tuple[str, str], ...] = ()
    doubt: str = ""


def propose(source: Source, extraction: Extraction, targets: Sequence[Target], rules: Rules) -> tuple[Proposed, ...]:
    """What to decide before cleansing, by column and then in the order of `RULES`; same-named columns decide together.

    What cannot be read and is kept as text is known only after cleansing (`Cleansed.plan` has it too).
    """
    columns: dict[str, list[Target]] = {}
    for target in targets:
        if target.table in extraction.records:
            columns.setdefault(target.column, []).append(target)
    found: list[Proposed] = []
    told: list[_Column] = []
    for column, those in columns.items():
        one = _Column(column, those, _counts(extraction, those), source, rules)
        found += one.proposals()
        told += [one] if any((t.entity, t.field) in _TOLD for t in those) else []
    orders = {str(p.value) for p in found if p.rule == "date_order" and p.value}
    order = next(iter(orders)) if len(orders) == 1 else ""
    return (*found, *(p for one in told if (p := one.told(order)) is not None))


def chosen(plan: Iterable[Proposed], rules: Rules) -> Chosen:
    """What each column's rules are set to: as decided, else as proposed."""
    result: dict[str, dict[str, Choice]] = {}
    for proposed in plan:
        result.setdefault(proposed.column, {})[proposed.rule] = proposed.value
    for column, decided in rules.columns.items():
        result.setdefault(column, {}).update(decided)
    return result


def reading(choices: Chosen, column: str, time_zone: str) -> Reading:
    """How the dates of a column are read."""
    order, latest = setting(choices, column, "date_order"), setting(choices, column, "latest_year")
    return Reading(str(order), int(str(latest)), setting(choices, column, "bare_numbers") == "read", time_zone)


def rows_of(extraction: Extraction, table: str) -> pd.DataFrame:
    """All rows of a table that are a record or repeat one."""
    rows = extraction.tables[table]
    return rows[rows["key"] != ""].reset_index(drop=True)


def _counts(extraction: Extraction, those: Sequence[Target]) -> dict[str, int]:
    """Each distinct filled text of the columns, with how many cells have it, most frequent first."""
    frames = (extraction.records[t.table] if t.of_record else rows_of(extraction, t.table) for t in those)
    cells = pd.concat([frame[t.column] for frame, t in zip(frames, those, strict=True)]).fillna("")
    return {str(text): int(n) for text, n in cells.value_counts().items() if line(str(text))}


@dataclass(frozen=True)
class _Column:
    """One column (of one name), where it goes, and its distinct texts with their counts."""

    column: str
    targets: Sequence[Target]
    cells: Mapping[str, int]
    source: Source
    rules: Rules

    def proposals(self) -> list[Proposed]:
        """Every rule that the texts call for: each is asked of the texts as those before it leave them."""
        if any(t.reads == "refs" for t in self.targets):
            return [p for p in [self._placeholders()] if p is not None]
        repaired = [p for p in (self._mojibake(), self._html()) if p is not None]
        shown = self._prepared(Preparation.of(chosen(repaired, self.rules), self.column).filling())
        emptied = [p for p in [shown._placeholders()] if p is not None]
        prepare = Preparation.of(chosen(emptied, self.rules), self.column)
        return [*emptied, *repaired, *(shown._prepared(prepare) if prepare.empties else shown)._read()]

    def told(self, order: str) -> Proposed | None:
        """The order of the dates in the texts of a column that tells what happened; `order` where they cannot decide."""
        place = next((t.entity, t.field) for t in self.targets if (t.entity, t.field) in _TOLD)
        days = dates_told(self.source, place, list(self.cells))
        if not days:
            return None
        vote = values.vote(days, self.source.date_orders)
        found = {**vote.counts, "can be read two ways": vote.undecided}
        doubt = "" if vote.order or order else "the dates in its texts do not decide"
        return Proposed(self.column, "date_order", vote.order or order, len(days), found, (), doubt)

    def _prepared(self, prepare: Preparation) -> _Column:
        """The column with its texts as a preparation leaves them."""
        cells: dict[str, int] = {}
        for text, n in self.cells.items():
            if shown := prepare(text):
                cells[shown] = cells.get(shown, 0) + n
        return replace(self, cells=cells)

    def _read(self) -> list[Proposed]:
        """The rules by which prepared texts are read."""
        reads = {t.reads for t in self.targets}
        found: list[Proposed | None] = []
        if reads & {"date", "datetime"}:
            found += [self._date_order(), self._bare_numbers(), self._latest_year()]
        if reads & {"money", "number", "integer"}:
            found.append(self._decimal_mark("money" in reads))
        if "money" in reads:
            found.append(self._other_currency())
        if "name" in reads:
            found.append(self._altered("name_case", "proper", lambda text: values.name(text).value or ""))
        if any((t.entity, t.field) == ("contact", "name") for t in self.targets):
            found.append(self._altered("name_order", "turn", values.turned))
        if "zip" in reads and self.rules.region == "US":
            found.append(self._zip_code())
        return [p for p in found if p is not None]

    def _placeholders(self) -> Proposed | None:
        kinds = {_kind(t) for t in self.targets}
        declared = {text for t in self.targets if (c := self.source.column(t.table, self.column)) for text in c.nothing}
        sure: dict[str, str] = {}
        found = Counter[str]()
        for text, n in self.cells.items():
            said = {values.placeholder(text, kind) for kind in kinds} if len(text) <= 60 else {""}
            said = {"sure"} if line(text) in declared else said
            if "" in said:
                continue
            shown = sure.get(line(text).casefold(), line(text))
            found[shown] += n
            if "maybe" not in said:
                sure[line(text).casefold()] = shown
        if not found:
            return None
        listed = tuple(text for text in found if text in sure.values())
        doubt = "some of these may be answers" if len(listed) < len(found) else ""
        return Proposed(
            self.column, "placeholders", listed, sum(found[t] for t in listed), dict(found),
            tuple((t, "") for t in listed[:_EXAMPLES]), doubt,
        )  # fmt: skip

    def _mojibake(self) -> Proposed | None:
        return self._made("mojibake", "repair", {t: values.mended(t) for t in self.cells if not t.isascii()})

    def _html(self) -> Proposed | None:
        if any((t.entity, t.field) in _RICH for t in self.targets):
            return None
        return self._made("html", "text", {t: values.plain(t) for t in self.cells if "<" in t or "&" in t})

    def _altered(self, rule: str, value: str, change: Callable[[str], str]) -> Proposed | None:
        """A rule that writes names otherwise."""
        lines = {text: line(text) for text in self.cells}
        after = {text: change(shown) for text, shown in lines.items()}
        return self._made(rule, value, {text: made for text, made in after.items() if made != lines[text]})

    def _made(self, rule: str, value: str, after: Mapping[str, str]) -> Proposed | None:
        """The rule, where it makes something else of any text."""
        made = {text: new for text, new in after.items() if new != text}
        if not made:
            return None
        examples = tuple(list(made.items())[:_EXAMPLES])
        return Proposed(self.column, rule, value, sum(self.cells[t] for t in made), {}, examples)

    def _date_order(self) -> Proposed | None:
        if not self.cells:
            return None
        vote = values.vote(self.cells, self.source.date_orders)
        read = {t: values.date(t, vote.order or "").value or "" for t in list(self.cells)[: _EXAMPLES * 3]}
        doubt = "" if vote.order else "the column's own values do not decide"
        found = {**vote.counts, "can be read two ways": vote.undecided}
        examples = tuple((t, day) for t, day in read.items() if day)[:_EXAMPLES]
        return Proposed(self.column, "date_order", vote.order or "", sum(self.cells.values()), found, examples, doubt)

    def _bare_numbers(self) -> Proposed | None:
        numbers = {t: moment(line(t), Reading(numbers=True)) for t in self.cells if t.strip().replace(".", "", 1).isdigit()}
        days = {t: str(m.at.date()) for t, m in numbers.items() if m and not moment(line(t), Reading())}
        return self._made("bare_numbers", "read", days)

    def _latest_year(self) -> Proposed | None:
        """Two digits of a year that nobody is born in yet are of the last century."""
        order = values.vote(self.cells, self.source.date_orders).order or "mdy"
        born = any(t.field == "birthday" for t in self.targets) and self.rules.today
        latest = int(self.rules.today[:4]) if born else int(str(RULES["latest_year"].otherwise))
        short: dict[str, str] = {}
        for text in filter(_TWO_DIGITS.search, self.cells):
            one, other = (moment(line(text), Reading(order, year)) for year in (1999, 2099))
            here = moment(line(text), Reading(order, latest))
            if one and other and here and one.at.year != other.at.year:
                short[text] = str(here.at.date())
        if not short:
            return None
        examples = tuple(list(short.items())[:_EXAMPLES])
        return Proposed(self.column, "latest_year", latest, sum(self.cells[t] for t in short), {}, examples)

    def _decimal_mark(self, money: bool) -> Proposed | None:
        vote = values.mark_vote(self.cells, self.rules.region, self.rules.currency if money else "")
        if not vote.undecided and not any(vote.counts.values()):
            return None
        doubt = "" if vote.mark else "the column's own values do not decide"
        found = {**vote.counts, "can be read two ways": vote.undecided}
        return Proposed(self.column, "decimal_mark", vote.mark or "", sum(self.cells.values()), found, (), doubt)

    def _other_currency(self) -> Proposed | None:
        """Amounts whose sign or code is not the account's; their number would count as the account's money."""
        found = Counter[str]()
        currency, region = self.rules.currency, self.rules.region
        for text in filter(_SIGN.search, self.cells):
            if values.money(text, currency, "", region).problem == "other_currency":
                found[values.money(text, currency, "", region, take=True).note] += self.cells[text]
        return Proposed(self.column, "other_currency", "keep", found.total(), dict(found)) if found else None

    def _zip_code(self) -> Proposed | None:
        parsed = {text: values.zip_code(text, "US") for text in self.cells}
        odd = {text: p.note or p.value or "" for text, p in parsed.items() if p.note or p.value != line(text)}
        return self._made("zip_code", "mend", odd)


def _kind(target: Target) -> str:
    """The kind by which a text of the column may be a placeholder."""
    reads = {"char": target.kind, "zip": "text", "selection": "choice", "integer": "number", "refs": "choice"}
    return reads.get(target.reads, target.reads)
