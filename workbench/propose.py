"""A proposal for each column: its best field, each field given once, or a custom field of the type that its values have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from workbench import vocabulary
from workbench.entities import ENTITIES
from workbench.infer import infer, new_options
from workbench.likeness import Candidate, candidates
from workbench.mapping import FLOOR, ColumnMapping, retarget, targets_of
from workbench.odoo.release import Release
from workbench.shapes import Shape
from workbench.source import Source

if TYPE_CHECKING:
    from workbench.extract import Extraction

LEAST = 0.5
"""A target of a lower score is not proposed: the column becomes a custom field."""

CUSTOM_AT_MOST = 0.85
"""How sure a custom field may be where the header is not known: a person should look whether it means a field."""

NEWS = 50
"""At most so many new options of a selection are named: more are no options."""

TIE = 0.02
"""Two targets of one column that are no further apart than this are a doubt."""


_OPEN = dict.fromkeys(("integer", "float", "boolean", "selection"), "choice")
"""Types whose values name no person and are shown as they are, unless they look like an address or a number of one."""


def propose(
    source: Source, extraction: Extraction, release: Release, region: str = "", currency: str = ""
) -> list[ColumnMapping]:
    """A proposal for each column of each table, in the order of the columns; every one of them open.

    `region` (ISO 3166-1 alpha-2) and `currency` (ISO 4217) read phone numbers, states and amounts; else the source's do.
    """
    local = (region or source.region, source.date_orders, currency or source.currency)
    proposals = []
    for table, headers in extraction.headers.items():
        targets, records = targets_of(source, table), extraction.records[table]
        shapes = {c: Shape.of(records[c], *local) for c in headers}
        found = {c: candidates(source, table, h, list(headers.values()), shapes[c], targets) for c, h in headers.items()}
        given = give_out(found)
        for column, header in headers.items():
            blank = _blank(source, table, column, header)
            proposals.append(_proposal(blank, shapes[column], found, given, source, release))
    return proposals


def with_news(columns: Sequence[ColumnMapping], extraction: Extraction) -> list[ColumnMapping]:
    """The columns; a confirmed selection whose column holds other values has them in its evidence, as `new_options`."""
    result = []
    for column in columns:
        if column.verdict == "confirmed" and column.options and column.column in extraction.headers.get(column.table, {}):
            evidence = {k: v for k, v in column.evidence.items() if k != "new_options"}
            news = list(new_options(extraction.records[column.table][column.column], column.options))[:NEWS]
            column = replace(column, evidence=evidence | ({"new_options": news} if news else {}))
        result.append(column)
    return result


def give_out(found: Mapping[str, Sequence[Candidate]]) -> dict[str, Candidate]:
    """Column → the candidate that it gets: each target once, the best total; of equal ones the first column's.

    What lies above `LEAST` counts squared, so that no sure proposal gives way to two weak ones.
    """
    able = {c: {f.target: f for f in some if f.score >= LEAST} for c, some in found.items()}
    columns = [c for c, some in able.items() if some]
    targets = sorted({t for c in columns for t in able[c]})
    gain = np.zeros((len(columns), len(targets)))
    for i, column in enumerate(columns):
        for target, candidate in able[column].items():
            gain[i, targets.index(target)] = (candidate.score - LEAST) ** 2 + 1e-4 - 1e-7 * i
    rows, places = linear_sum_assignment(gain, maximize=True)
    pairs = [(i, j) for i, j in zip(rows.tolist(), places.tolist(), strict=True) if gain[i, j] > 0]
    return {columns[i]: able[columns[i]][targets[j]] for i, j in pairs}


def _proposal(
    blank: ColumnMapping, shape: Shape, found: Mapping[str, Sequence[Candidate]], given: Mapping[str, Candidate],
    source: Source, release: Release,
) -> ColumnMapping:  # fmt: skip
    """A column with its target, score and evidence."""
    column, header = blank.column, str(blank.evidence["header"])
    known = source.column(blank.table, header)
    best = given.get(column)
    others = [c for c in found[column] if best is None or c.target != best.target]
    if best:
        score, why = best.score, best.why
        if others and best.score - others[0].score <= TIE:
            score, why = min(score, CUSTOM_AT_MOST), f"{why}; as well {others[0].target}"
    elif known:
        score, why = 1.0, "known header"
    else:
        rival = others[0].score if others else 0.0
        score, why = min(CUSTOM_AT_MOST, 1 - rival), others[0].why if others else "no field is known for this header"
    evidence: dict[str, Any] = {"why": why} | _parts(best) | _second(column, others, given)
    kind: str = known.kind if known else "text"
    if best is None or score < FLOOR:
        typed = infer(shape, header)
        evidence["typed"] = typed.as_evidence()
        blank = replace(blank, ttype=typed.ttype, options=typed.options)
        kind = _OPEN.get(typed.ttype, kind) if kind == "text" else kind
    evidence |= _values(shape, _kind_of(best.target) if best else kind, header)
    blank = replace(blank, evidence=evidence)
    return retarget(blank, best.target if best else "", source, release, score)


def _kind_of(target: str) -> str:
    entity, _, name = target.partition(".")
    return ENTITIES[entity].field(name).kind


def _parts(best: Candidate | None) -> dict[str, Any]:
    """What the score is made of."""
    if best is None:
        return {}
    return {"says": {"header": round(best.header, 2)} | ({"values": round(best.fit, 2)} if best.fit is not None else {})}


def _second(column: str, others: Sequence[Candidate], given: Mapping[str, Candidate]) -> dict[str, Any]:
    """The next best target, and which column took it where one did."""
    if not others:
        return {}
    second = others[0]
    taker = next((c for c, got in given.items() if got.target == second.target and c != column), "")
    return {"second": f"{second.target} {second.score:.2f}" + (f", which {taker!r} takes" if taker else "")}


def _values(shape: Shape, kind: str, header: str) -> dict[str, Any]:
    """Fill rate, different values and five masked samples."""
    return {"fill": round(shape.fill, 3), "distinct": shape.distinct, "samples": shape.samples(kind), "header": header}


def _blank(source: Source, table: str, column: str, header: str) -> ColumnMapping:
    known, makes = source.column(table, header), source.fan_out[table]
    entity = known.entity if known and known.entity in makes else ""
    if not known:
        entity = vocabulary.entity_of(header, makes)
    entity = entity or (table if table in makes else makes[-1])
    return ColumnMapping(table, column, entity, "", "", "", "text", "", 0.0, {"header": header})
