"""Records of which no cell of the export tells alone (a call of a history, a tag): as read from it, beside Odoo."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from workbench.compare import Compared
from workbench.odoo.protocols import Reader
from workbench.odoo.release import Custom, Release
from workbench.readback import LINKS, carriers, comparable, texts
from workbench.staged import REF, Staged, custom_field

Side = tuple[str, str, str, str, str, str, str]
"""key, field, source, staged, odoo, same, and no column."""

_SKIPPED = (*LINKS, "many2many", "boolean")


def read_and_loaded(
    staged: Staged, reader: Reader, release: Release, compared: Compared, keys: Collection[str]
) -> list[Side]:  # fmt: skip
    """Every filled field of these records that is no link: what was read from the export, what is in Odoo, and `same`.

    `same` follows the comparison: 'differs' for a mismatch, 'decided' where the difference has a reason.
    """
    frame = staged.tables[compared.entity]
    frame = frame[frame["key"].isin(list(keys))].set_index("key")
    if frame.empty:
        return []
    model = staged.models[compared.entity]
    source = str(frame.index[0]).partition(".")[0]
    goes = release.models[compared.entity].fields.values()
    facts = reader.fields_get(model)
    places = (custom_field(source, to) if isinstance(to, Custom) else to.field for to in goes)
    fields = [f for f in dict.fromkeys(places) if f in frame.columns and f in facts and facts[f]["type"] not in _SKIPPED]
    there = {key: ids[0] for key, ids in carriers(reader, model, REF, list(frame.index)).items()}
    loaded = texts(reader, model, there, fields)
    words = {tuple(row)[:2]: "differs" for row in compared.mismatches.itertuples(index=False)}
    words |= {tuple(row)[:2]: "decided" for row in compared.left.itertuples(index=False)}
    found = []
    for key in (str(k) for k in frame.index):
        for field in fields:
            read = _text(facts[field]["type"], frame.at[key, field])
            odoo = loaded.get(key, {}).get(field, "").removesuffix(".0")
            if read:
                same = words.get((key, field)) or ("same" if read == odoo else "same after cleaning")
                found.append((key, field, read, read, odoo, same, ""))
    return found


def _text(kind: str, value: Any) -> str:
    """A staged value as a person reads it; empty for none."""
    return "" if value is None or value != value or value == "" else str(comparable(kind, value)).removesuffix(".0")
