"""Deals: which rows of a lead name which deal, and one record for each.

A lead that stands in several rows with different deals has several deals. A deal is known by its own id, else by its name
and pipeline: its stage, amount and day may change from export to export without making it another one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from workbench.fanout import Log, canonical
from workbench.findings import Finding
from workbench.keys import child, digest, k1_id, k1_text, people
from workbench.source import Sold
from workbench.values import Parsed, flag, line, scrub

NAMING = ("original_id", "name", "pipeline", "stage", "amount", "close_date", "closed_on")
"""The fields of which one must say something for a deal to be there: an owner alone makes none."""

_NOTHING = frozenset(("", "na", "none", "null", "select", "nodeal", "0", "00", "000"))
Cells = Mapping[str, str]


@dataclass(frozen=True)
class Row:
    """What one row says of a deal: its place and the raw text of each column."""

    file: str
    number: int
    cells: Cells


@dataclass(frozen=True)
class Deal:
    """One deal of a lead: its key, and the rows that name it, the newest last."""

    key: str
    rows: list[Row]


def collect(rows: pd.DataFrame, fields: Mapping[str, str], log: Log) -> tuple[pd.DataFrame, dict[str, dict[str, str]]]:
    """One row a deal, and by lead's key and field what rows without a deal say.

    `rows` are all rows of leads (key, file, row and the columns of `fields`, which maps a column to its field of a deal, ''
    for a custom one). The result has key, lead, file, row (of the row that names it first) and the same columns: empty
    cells are filled from other rows, and where rows of a deal differ the later one wins, with a finding.
    """
    columns = list(fields)
    filled = rows[(rows[columns].fillna("").apply(lambda c: c.str.strip()) != "").any(axis=1)] if columns else rows[:0]
    by_lead: dict[str, list[Row]] = defaultdict(list)
    left: dict[str, dict[str, str]] = {}
    cells = filled[columns].fillna("").to_dict("records")
    for lead, file, number, found in zip(filled["key"], filled["file"], filled["row"], cells, strict=True):
        said = {str(column): str(cell) for column, cell in found.items() if str(cell).strip()}
        if any(_says(cell) for column, cell in said.items() if fields[column] in NAMING):
            by_lead[lead].append(Row(file, int(number), said))
        else:
            left.setdefault(lead, {}).update({fields[c] or f"x:{c}": cell for c, cell in said.items()})
    made = []
    for lead, of_lead in by_lead.items():
        for deal in _deals(lead, of_lead, fields, log):
            first = {"key": deal.key, "lead": lead, "file": deal.rows[0].file, "row": deal.rows[0].number}
            made.append({**first, **dict.fromkeys(columns, ""), **_merged(deal, log)})
    frame = pd.DataFrame(made, columns=["key", "lead", "file", "row", *columns])
    left = {lead: said for lead, said in left.items() if lead not in by_lead}
    return frame.astype({c: "int64" if c == "row" else "str" for c in frame}), left


def kept(left: Mapping[str, Mapping[str, str]], leads: pd.DataFrame, log: Log) -> pd.DataFrame:
    """The leads with what rows without a deal say of one in `raw:deal_<field>` (`x:<column>` of custom ones)."""
    for field in sorted({field for cells in left.values() for field in cells}):
        texts = leads["key"].map({key: scrub(cells[field]) for key, cells in left.items() if field in cells})
        name = field if field.startswith("x:") else f"raw:deal_{field}"
        leads = leads.assign(**{name: texts.astype("str").fillna("")})
        at = leads[leads[name] != ""]
        if len(at):
            message = f"{len(at):,} leads have {field.removeprefix('x:').replace('_', ' ')!r} of a deal, and no deal."
            todo = "The text is kept on the lead."
            log.findings.append(Finding("raw_text_kept", "note", message, todo, "lead", field=field))
    return leads


def sold(
    said: Sold,
    cells: Mapping[str, pd.Series],
    leads: pd.DataFrame,
    amount_of: Callable[[str], Parsed[Decimal]],
    log: Log,
) -> pd.DataFrame:
    """The leads that are marked as sold: lead (their key), amount (decimal text), stage.

    `cells` are raw columns of `said` by their header, each lead's by its key; a column may be missing. `amount_of` reads
    amounts.
    """
    nothing = pd.Series("", index=leads["key"], dtype="str")
    flags, amounts = (cells.get(h, nothing).reindex(leads["key"]).fillna("") for h in (said.flag, said.amount))
    answers = {text: amount_of(text) for text in amounts.unique()}
    days = (leads["closed_on"] != "") | (leads["raw:closed_on"] != "" if "raw:closed_on" in leads else False)
    rows = []
    for at, (lead, word, text) in enumerate(zip(leads["key"], flags, amounts, strict=True)):
        amount = answers[text].value
        marked = flag(word).value
        if marked or (marked is None and not line(word) and (amount or days.iloc[at])):
            rows.append((lead, "" if amount is None else format(amount, "f"), said.stage))
            if answers[text].problem:
                where = leads.iloc[at]
                message = f"{where['file']}, row {where['row']}, {said.amount}: no amount. It stays text on the lead."
                place = ("deal", child(lead, "deal", "sold"), where["file"], int(where["row"]), "amount", text)
                todo = "Correct it in the export and run again, or leave the text."
                log.findings.append(Finding("invalid_amount", "warning", message, todo, *place))
    return pd.DataFrame(rows, columns=["lead", "amount", "stage"], dtype="str")


def _says(cell: str) -> bool:
    return k1_text(cell) not in _NOTHING


def _deals(lead: str, rows: Sequence[Row], fields: Mapping[str, str], log: Log) -> Iterator[Deal]:
    """The deals of one lead."""
    by_field = {field: column for column, field in fields.items() if field}

    def part(row: Row, field: str) -> str:
        return row.cells.get(by_field.get(field, ""), "")

    named: dict[str, list[Row]] = defaultdict(list)
    nameless = []
    for row in rows:
        own = k1_id(part(row, "original_id"))
        if own:
            named[own].append(row)
        else:
            nameless.append(row)
    labels = {own: (k1_text(part(of[-1], "name")), k1_text(part(of[-1], "pipeline"))) for own, of in named.items()}
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    whole = people((k1_text(part(r, "name")), k1_text(part(r, "pipeline"))) for r in nameless)
    for row in nameless:
        label = whole[k1_text(part(row, "name")), k1_text(part(row, "pipeline"))]
        owns = [own for own, known in labels.items() if known == label]
        if len(owns) == 1:  # a file without the column of ids says more of a deal that another file names by its id
            named[owns[0]].append(row)
        else:
            groups[label].append(row)
    for own, of_deal in named.items():
        yield Deal(child(lead, "deal", own), sorted(of_deal, key=rows.index))
    for label, alike in groups.items():
        yield from _numbered(lead, digest("deal", *label), alike, log)


def _numbered(lead: str, label: str, rows: Sequence[Row], log: Log) -> Iterator[Deal]:
    """The deals among rows with one name and pipeline.

    Rows of different files are one deal at different times. Where one file has different rows, they are several deals:
    numbered by their content, whatever the order of rows, with a finding.
    """
    said = [frozenset((column, k1_text(cell)) for column, cell in row.cells.items()) for row in rows]
    contents: dict[tuple[tuple[str, str], ...], list[Row]] = defaultdict(list)
    per_file: dict[str, set[object]] = defaultdict(set)
    for row, content in zip(rows, said, strict=True):
        fuller = {other for other in said if content < other and not any(other < more for more in said)}
        full = tuple(sorted(fuller.pop() if len(fuller) == 1 else content))
        contents[full].append(row)
        per_file[row.file].add(full)
    if max(len(found) for found in per_file.values()) == 1:
        yield Deal(child(lead, "deal", f"k1{label}"), list(rows))
        return
    for number, its in enumerate(sorted(contents), 1):
        deal = Deal(child(lead, "deal", f"k1{label}" + (f"-{number}" if number > 1 else "")), contents[its])
        at = deal.rows[0]
        log.findings.append(
            Finding(
                "shared_key", "warning", f"{at.file}, row {at.number}: this lead has {len(contents)} deals of one name.",
                "They stay apart and are numbered. Give them names or ids of their own in the source.", "deal", deal.key,
                at.file, at.number,
            )
        )  # fmt: skip
        yield deal


def _merged(deal: Deal, log: Log) -> dict[str, str]:
    """What the rows of a deal say together."""
    merged: dict[str, str] = {}
    for row in deal.rows:
        for column, cell in row.cells.items():
            kept = merged.get(column, cell)
            if k1_text(kept) != k1_text(cell):
                log.findings.append(
                    Finding(
                        "conflicting_values", "warning", f"{row.file}, row {row.number} repeats a deal with another value, "
                        "which is taken.", "Check that the later file is the newer one.", "deal", deal.key, row.file,
                        row.number, column, f"{kept} → {cell}",
                    )
                )  # fmt: skip
            merged[column] = cell
    return merged


def table(base: pd.DataFrame, columns: pd.DataFrame, leads: pd.DataFrame, sold: pd.DataFrame) -> pd.DataFrame:
    """The canonical table: each deal with its lead's contact and company, and its lead's name and owner where it has none.

    `base` (key, lead, file, row) and `columns` (clean) are of the deals that rows name, `leads` the canonical leads, `sold`
    the leads that are marked as sold: lead (their key), amount, stage. Those that have no deal get one. Deals stand in the
    order of leads; those of one lead by their own id, else by day and key: the first is the one that the lead becomes, in
    whatever order the rows stand.
    """
    more = sold[~sold["lead"].isin(set(base["lead"]))]
    by_key = leads.set_index("key")
    extra = pd.DataFrame(
        {"key": [child(key, "deal", "sold") for key in more["lead"]], "lead": more["lead"]}, index=more.index, dtype="str"
    )
    extra[["file", "row", "closed_on"]] = by_key[["file", "row", "closed_on"]].reindex(more["lead"]).to_numpy()
    extra = extra.assign(amount=more["amount"], stage=more["stage"])
    named = pd.concat([base, columns], axis=1)
    every = pd.concat([named, extra], ignore_index=True) if len(extra) else named.reset_index(drop=True)
    every = every.astype({c: "str" for c in every if c != "row"}).fillna("")
    lead = by_key.reindex(every["lead"]).reset_index(drop=True)
    for name in ("name", "owner"):
        own = every[name] if name in every else pd.Series("", index=every.index, dtype="str")
        every[name] = own.mask(own == "", lead[name])
    every = every.assign(contact=lead["contact"], company=lead["company"])
    order = {key: number for number, key in enumerate(leads["key"])}
    ids, days = (every[n] if n in every else pd.Series("", index=every.index) for n in ("original_id", "close_date"))
    places = [
        (order[lead], not own, len(own), own, day or "9999", key)
        for lead, own, day, key in zip(every["lead"], ids, days, every["key"], strict=True)
    ]
    every = every.iloc[sorted(range(len(every)), key=places.__getitem__)].reset_index(drop=True)
    return canonical("deal", every, every.drop(columns=["key", "file", "row"]))
