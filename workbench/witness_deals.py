"""The cells of a row that tell of a deal belong to one deal, of which a lead may have several.

Part of `workbench.witness`, and held to the same imports.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from workbench.keys import related
from workbench.witness_cells import Agreed, Cell
from workbench.witness_values import stands_in


def children_of(keys: Iterable[str]) -> dict[str, list[str]]:
    """What belongs to a record: its key, as a deal, activity or meeting would have it without a number → their keys."""
    found: dict[str, list[str]] = {}
    for key in keys:
        parent, _, own = key.rpartition("_")
        if own and "_" in parent:
            found.setdefault(parent, []).append(key)
    return found


def of_one_deal(
    cells: Sequence[Cell], odoo: Mapping[str, Mapping[str, str]], children: Mapping[str, list[str]], agreed: Agreed
) -> list[Cell]:
    """The cells of a row belong to one deal: that which holds most of them; what only another one holds is not found."""
    by_row: dict[tuple[str, int], list[Cell]] = {}
    for cell in cells:
        by_row.setdefault((cell.file, cell.row), []).append(cell)
    settled = []
    behind = _left_behind(by_row, odoo, children, agreed)
    for of_row in (cells_of for place, cells_of in by_row.items() if place not in behind):
        holds = {k: [_holds(c, odoo[k], agreed) for c in of_row] for k in children.get(related(of_row[0].key, "deal"), ())}
        best = max(holds, key=lambda k: (sum(map(bool, holds[k])), k), default="")
        beside = {t for k in holds for t in odoo[k].values()}
        for at, cell in enumerate(of_row):
            if best and cell.found and cell.held in beside and not holds[best][at]:
                cell = cell._replace(found=False, held=odoo[best].get(cell.target.field, ""))
            settled.append(cell._replace(record=best if any(holds.get(best, ())) else ""))
    return settled


def _left_behind(
    by_row: Mapping[tuple[str, int], Sequence[Cell]], odoo: Mapping[str, Mapping[str, str]],
    children: Mapping[str, list[str]], agreed: Agreed,
) -> set[tuple[str, int]]:  # fmt: skip
    """The rows of deals that are not in Odoo by the account: of those of which no deal holds half, as many as such deals."""
    excused = children_of(agreed.excused)
    unheld: dict[str, dict[tuple[str, ...], list[tuple[str, int]]]] = {}
    for place, of_row in by_row.items():
        parent = related(of_row[0].key, "deal")
        if parent in excused:
            held = (sum(_holds(c, odoo[k], agreed) for c in of_row) for k in children.get(parent, ()))
            if 2 * max(held, default=0) < len(of_row):
                unheld.setdefault(parent, {}).setdefault(tuple(c.value for c in of_row), []).append(place)
    return {
        place
        for parent, rows in unheld.items()
        for places in list(rows.values())[: len(excused[parent])]
        for place in places
    }


def _holds(cell: Cell, record: Mapping[str, str], agreed: Agreed) -> bool:
    order = agreed.orders.get((cell.target.table, cell.target.column), "")
    # A lead's first deal is the lead as well.
    names = [cell.target.field, *(n.removeprefix("lead.") for n in cell.target.also)]
    return any(stands_in(cell.target.kind, cell.value, record[n], order, agreed.time_zone) for n in names if record.get(n))
