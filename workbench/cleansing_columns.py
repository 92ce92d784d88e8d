"""The columns of one table, cleansed: each distinct text is read once, what is not understood is kept beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench import values
from workbench.cleansing_plan import Proposed, reading
from workbench.fanout import Log, Rows, each
from workbench.findings import Finding
from workbench.preparation import Preparation
from workbench.rules import Chosen, Rules, Target, setting
from workbench.values import Parsed, line, scrub

if TYPE_CHECKING:
    from workbench.extract import Extraction

_JOIN = "\x1f"
_PROBLEMS = {
    "invalid_phone": "no valid phone number",
    "invalid_email": "no valid e-mail address",
    "invalid_date": "no such day or time",
    "invalid_amount": "no amount",
    "invalid_number": "no number that fits the field",
    "other_currency": "an amount in another currency than the account's",
    "invalid_flag": "neither yes nor no",
    "unknown_option": "none of the field's options",
    "unknown_country": "no country that is known",
    "unknown_state": "no state of its country (of {region} where the row names none)",
}
_NOTES = {
    "skipped hour": ("skipped_hour", "the clocks skipped this hour; the time is moved on by as much, the text kept beside"),
    "doubled hour": ("doubled_hour", "the clocks showed this hour twice; the first is taken, the text kept beside"),
}
_UNDECIDED = {
    "ambiguous_dates": ("dates", "date_order: mdy or dmy"), "ambiguous_numbers": ("numbers", "decimal_mark: point or comma")
}  # fmt: skip
_SAYS = {
    "phone": "E.164", "email": "domain in lower case", "name": "proper case", "date": "ISO date", "datetime": "UTC",
    "money": "decimal", "number": "decimal", "integer": "decimal", "flag": "yes or no", "country": "ISO 3166-1",
    "state": "ISO 3166-2", "zip": "ZIP code", "selection": "option",
}  # fmt: skip
_ZEROS = ("integer", "number", "money", "flag")
"""What Odoo reads back as 0 or No where it is empty."""


@dataclass(frozen=True)
class Columns:
    """Cleanses the columns of one table into `rows.columns`; `unread` collects what is kept as text, per column."""

    extraction: Extraction
    rules: Rules
    choices: Chosen
    rows: Rows
    log: Log
    unread: list[Proposed] = field(default_factory=list)

    def clean(self, targets: Sequence[Target]) -> None:
        """Every target: countries first, then states, then what is read by them."""
        first = {"country": 0, "state": 1}
        for target in sorted(targets, key=lambda t: first.get(t.reads, 2)):
            self._column(target, self.rows.raw[f"{target.entity}.{target.name}"])

    def _column(self, target: Target, raw: pd.Series) -> None:
        """One column: each distinct text, with what of its row it depends on, is read once."""
        prepare = Preparation.of(self.choices, target.column)
        texts = each(raw, prepare)
        asked, read = self._question(target, texts)
        codes, distinct = pd.factorize(asked)
        answers = [read(text) for text in distinct.tolist()]

        def of(part: Callable[[Parsed[Any]], str]) -> pd.Series:
            return pd.Series([part(a) for a in answers], dtype="str").take(codes).set_axis(raw.index)

        clean, problems, notes = of(lambda a: _text(a.value)), of(lambda a: a.problem), of(lambda a: a.note)
        if setting(self.choices, target.column, "kept_as_raw") == "all":
            clean = notes = pd.Series("", index=raw.index, dtype="str")
            problems = clean.mask(texts != "", "kept")
        self._put(target.entity, target.name, clean)
        beside = (problems != "") | ((notes != "") & (target.reads != "zip")) | self._zeros(target, texts, clean)
        if beside.any():
            self._put(target.entity, f"raw:{target.name}", each(raw, scrub).where(beside & (texts != ""), ""))
        self._changed(target, raw, clean, prepare)
        if beside.any() or notes.any():
            self._found(target, raw, problems, notes)
        self._looked(target, raw, clean)
        if target.reads == "state":
            self._country_of(target.entity, clean)

    def _put(self, entity: str, name: str, column: pd.Series) -> None:
        self.rows.columns[entity] = self.rows.columns[entity].assign(**{name: column.astype("str")})

    def _zeros(self, target: Target, texts: pd.Series, clean: pd.Series) -> pd.Series:
        """The cells whose text is kept since blanks and zeros both occur, which Odoo could not tell apart.

        All of a custom column; of a column with a field of its own only the zeros.
        """
        none = pd.Series(False, index=texts.index)
        if target.reads not in _ZEROS or not (texts == "").any():
            return none
        zeros = [v for v in clean.unique().tolist() if v == "false" or (v not in ("", "true") and Decimal(v) == 0)]
        return clean.isin(zeros) if target.field else none if not zeros else ~none

    def _question(self, target: Target, texts: pd.Series) -> tuple[pd.Series, Callable[[str], Parsed[Any]]]:
        """The texts to read and how; what depends on the row's country or state has that before it."""
        region = str(setting(self.choices, target.column, "region")) or self.rules.region
        country = self.rows.text(target.entity, "country")
        said = self.rows.text(target.entity, "raw:country") + country
        here = country.mask(said == "", region)
        if target.reads == "state":
            return here + _JOIN + texts, lambda text: values.state(*reversed(text.split(_JOIN, 1)))
        if target.reads == "phone":
            return country + _JOIN + texts, lambda text: _phone(text, region)
        if target.reads == "zip" and setting(self.choices, target.column, "zip_code") == "mend":
            state = self.rows.text(target.entity, "state")
            return here + _JOIN + state + _JOIN + texts, _zip_code
        return texts, self._reader(target, region)

    def _reader(self, target: Target, region: str) -> Callable[[str], Parsed[Any]]:
        """What reads the cells of a column that depend on nothing else."""
        dates = reading(self.choices, target.column, self.rules.time_zone)
        mark = str(setting(self.choices, target.column, "decimal_mark"))
        take = setting(self.choices, target.column, "other_currency") == "take"
        options = {line(o).casefold(): o for o in target.options}
        readers: dict[str, Callable[[str], Parsed[Any]]] = {
            "char": lambda text: Parsed(text or None),
            "name": lambda text: self._name(target, text),
            "email": values.email, "longtext": values.longtext, "flag": values.flag, "country": values.country,
            "money": lambda text: values.money(text, self.rules.currency, mark, region, take),
            "number": lambda text: values.number(text, mark),
            "integer": lambda text: values.integer(text, mark),
            "date": lambda text: _date(text, dates, values.date),
            "datetime": lambda text: _date(text, dates, lambda t, order, r: values.datetime_(t, order, "", r)),
            "selection": lambda text: _option(text, options),
        }  # fmt: skip
        return readers.get(target.reads, values.choice)

    def _name(self, target: Target, text: str) -> Parsed[str]:
        turn = target.field == "name" and setting(self.choices, target.column, "name_order") == "turn"
        text = values.turned(text) if turn else line(text)
        return values.name(text) if setting(self.choices, target.column, "name_case") == "proper" else Parsed(text or None)

    def instant(self, column: str, text: str) -> Parsed[str]:
        """A time within the text of a column."""
        dates = reading(self.choices, column, self.rules.time_zone)
        return _date(text, dates, lambda t, order, r: values.datetime_(t, order, "", r))

    def amount(self, text: str) -> Parsed[Decimal]:
        """An amount of the account's money, as its region writes it."""
        region = self.rules.region
        return values.money(text, self.rules.currency, values.region_mark(region), region)

    # what is listed

    def _changed(self, target: Target, raw: pd.Series, clean: pd.Series, prepare: Preparation) -> None:
        """List every value that is not its raw text; names of people and their companies are listed where they are made."""
        known: dict[tuple[str, str], str] = {}

        def rule(before: str, after: str) -> str:
            return known.setdefault((before, after), _rule(target.reads, before, after, prepare))

        place = f"{target.table}.{target.entity}.{target.name}"
        if place in ("lead.contact.name", "lead.company.name"):
            self.rows.reasons[f"{target.entity}.name"] = rule
        if place == "lead.contact.name":
            return
        if place == "lead.company.name":
            nameless = self.rows.keys["company"] == ""
            raw, clean = raw[nameless], clean[nameless]
        self.log.changed(self.rows.where(target.entity), target.entity, target.name, raw, clean, rule)

    def _found(self, target: Target, raw: pd.Series, problems: pd.Series, notes: pd.Series) -> None:
        where, header, said = self.rows.where(target.entity), self._header(target), {*problems.unique(), *notes.unique()}
        place = (target.entity, target.field or target.column)
        todo = "Correct it in the export and run again, or leave the text."
        for problem in (p for p in _PROBLEMS if p in said):
            what = f", {header}: {_PROBLEMS[problem].format(region=self.rules.region)}. Kept as text."
            self.log.found(problem, where, raw[problems == problem], *place, what, todo)
        if target.reads == "zip":
            self._short(target, raw, notes)
            return
        for note in (n for n in _NOTES if n in said):
            code, words = _NOTES[note]
            hour = "Look whether the hour matters."
            self.log.found(code, where, raw[notes == note], *place, f", {header}: {words}.", hour)
        what = f", {header}: the text says more than the field can hold. The value is taken, and the whole text kept beside."
        more = (notes != "") & ~notes.isin(list(_NOTES))
        self.log.found("raw_text_kept", where, raw[more], *place, what, "Look whether the rest is needed elsewhere.")
        self._undecided(target, header, problems)
        self._kept(target, raw[(problems != "") & ~problems.isin(list(_UNDECIDED))])

    def _short(self, target: Target, raw: pd.Series, notes: pd.Series) -> None:
        """ZIP codes of too few digits, which no state confirms, each with the code that is proposed."""
        short = notes[notes != ""]
        what = f", {self._header(target)}: a ZIP code of too few digits; zeros may have been cut off. It stays as it is."
        at = self.rows.where(target.entity).loc[short.index]
        for key, file, row, text, full in zip(at["key"], at["file"], at["row"], raw[short.index], short, strict=True):
            place = (target.entity, str(key), str(file), int(row), target.field, str(text))
            message = f"{file}, row {row}{what}"
            self.log.findings.append(Finding("short_zip", "warning", message, f"Probably {full}.", *place))

    def _country_of(self, entity: str, states: pd.Series) -> None:
        """A state that was found in the region of the migration says its country, which no column gave."""
        before = self.rows.text(entity, "country")
        after = before.mask((before == "") & (states != ""), states.str[:2])
        self._put(entity, "country", after)
        self.log.changed(self.rows.where(entity), entity, "country", before, after, lambda b, a: "country of the state")

    def _undecided(self, target: Target, header: str, problems: pd.Series) -> None:
        """One finding a column for texts that can be read two ways, and for a column that is kept as text by decision."""
        decided = self.rules.columns.get(target.column, {})
        for problem, (things, hint) in _UNDECIDED.items():
            if not (count := int((problems == problem).sum())):
                continue
            message = f"{header}: {count:,} {things} are kept as text, "
            if hint.partition(":")[0] in decided:
                self._note("raw_text_kept", target, message + "as decided.")
                continue
            todo = f"Say which in decisions/cleansing.yaml ({hint}) and run again."
            self._note(problem, target, message + "since they can be read two ways and the column does not decide.", todo)
        if count := int((problems == "kept").sum()):
            self._note("raw_text_kept", target, f"{header}: {count:,} values are kept as text, as decided.")

    def _note(self, code: str, target: Target, message: str, todo: str = "") -> None:
        severity: Any = "note" if code == "raw_text_kept" else "warning"
        self.log.findings.append(Finding(code, severity, message, todo, target.entity, field=target.field or target.column))

    def _kept(self, target: Target, texts: pd.Series) -> None:
        """Propose to accept that what cannot be read is kept as text."""
        if len(texts):
            examples = tuple((str(text), "") for text in texts.unique()[:3])
            self.unread.append(Proposed(target.column, "kept_as_raw", "unread", len(texts), {}, examples))

    def _looked(self, target: Target, raw: pd.Series, clean: pd.Series) -> None:
        """Values that are good in form and deserve a look: domains that look mistyped, letters that were lost."""
        where, place = self.rows.where, (target.entity, target.field or target.column)
        header = self._header(target)
        if target.reads == "email":
            meant = each(clean, values.likely)
            for domain in sorted(set(meant.unique()) - {""}):
                what = f", {header}: the domain looks mistyped. It stays as it is."
                todo = f"Look whether {domain} was meant."
                self.log.found("likely_typo", where(target.entity), raw[meant == domain], *place, what, todo)
        lost = raw.str.contains("\ufffd|ï¿½", regex=True)
        if lost.any():
            what = f", {header}: letters were lost before the export (\N{REPLACEMENT CHARACTER})."
            todo = "Look the text up in the source and correct it."
            self.log.found("lost_letters", where(target.entity), raw[lost], *place, what, todo)

    def _header(self, target: Target) -> str:
        return self.extraction.headers.get(target.table, {}).get(target.column, target.column)


def _text(value: object) -> str:
    """A value as canonical text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else format(value, "f") if isinstance(value, Decimal) else str(value)


def _rule(reads: str, before: str, after: str, prepare: Preparation) -> str:
    """Why a value is not its raw text."""
    text, named = prepare(before), prepare.names(before)
    if not after:
        gone = ", ".join(named) or ("counts as empty" if line(before) else "white space")
        return "kept as text" if text else gone
    if " ".join(text.split()) == " ".join(after.split()) or line(text) == line(after):
        return ", ".join(named) or "white space"
    if reads == "name" and line(text).casefold() != after.casefold():
        return ", ".join((*named, "given name first"))
    return ", ".join((*named, _SAYS.get(reads, "white space")))


def _phone(asked: str, region: str) -> Parsed[str]:
    country, text = asked.split(_JOIN, 1)
    return values.phone(text, region, country)


def _zip_code(asked: str) -> Parsed[str]:
    country, state, text = asked.split(_JOIN, 2)
    return values.zip_code(text, country, state)


def _option(text: str, options: Mapping[str, str]) -> Parsed[str]:
    """The option that a text is, whatever its case and spaces."""
    found = options.get(line(text).casefold())
    return Parsed(found, "unknown_option" if found is None and line(text) else "")


def _date(text: str, dates: values.Reading, parse: Callable[[str, str, values.Reading], Parsed[str]]) -> Parsed[str]:
    """A date in the column's order; where there is none, a text that some order could read is not wrong but ambiguous."""
    parsed = parse(text, dates.order, dates)
    if parsed.problem and not dates.order and any(values.date(text, o).value for o in values.ORDERS):
        return Parsed(None, "ambiguous_dates")
    return parsed
