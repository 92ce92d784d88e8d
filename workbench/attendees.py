"""Sessions of several people: who stays behind at the gate does not take the others' session along."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pandas as pd

from workbench import staged as staged_tables
from workbench.findings import Finding
from workbench.odoo.release import Release, To
from workbench.staged import CustomField, Staged, custom_name
from workbench.tables import Lazy
from workbench.verdict import Verdict

LEFT_OUT = "attendee_left_out"
"""The code of the findings that `going_on` adds to what is staged."""

_CONTACT = ".contact_"


def going_on(staged: Staged, verdict: Verdict, release: Release, sessions: Callable[[], pd.DataFrame]) -> Staged | None:
    """The staging with sessions that go on without those who stay behind; None where no session changes.

    A session goes on as long as one of its contacts does; all who were meant stay beside as text, and each who stays behind
    is named by a finding. `sessions` gives the canonical table, which says who was meant.
    """
    goes, frame = release.models["session"].fields["contacts"], staged.tables.get("session", pd.DataFrame())
    if not isinstance(goes, To) or goes.field not in frame.columns:
        return None
    ended = {entity: [*staged.ended.get(entity, ()), *of] for entity, of in verdict.quarantined.items()}
    people = (o for entity in ("contact", "practitioner") for o in ended.get(entity, ()) if o.outcome != "merged")
    why = {o.key: f"{o.outcome}: {o.detail}" for o in people}
    cells = dict(zip(frame["key"], frame[goes.field], strict=True))
    lacking = {key: behind for key, cell in cells.items() if (behind := [k for k in cell.split() if k in why])}
    left = {key: [k for k in cells[key].split() if k not in why] for key in lacking}
    shorter = {key: " ".join(some) for key, some in left.items() if any(_CONTACT in k for k in some)}
    if not shorter:
        return None
    rows = {str(row["key"]): row for row in sessions().to_dict("records") if row["key"] in shorter}
    source = next(iter(shorter)).partition(".")[0]
    beside = CustomField(staged.models["session"], custom_name(source, "contacts_raw"), "Contacts (as exported)")
    meant = {key: ",".join(k.rpartition("_")[2] for k in str(rows[key]["contacts"]).split()) for key in shorter}
    said = frame[beside.name] if beside.name in frame.columns else pd.Series("", index=frame.index, dtype="str")
    changed = frame.assign(**{goes.field: pd.Series([shorter.get(k, c) for k, c in cells.items()], frame.index, "str")})
    changed[beside.name] = said.mask(said == "", frame["key"].map(meant).fillna("")).astype("str")
    findings = [
        Finding(
            LEFT_OUT, "warning", f"{who} stays behind ({why[who]}); the session goes on with the others.",
            "Settle that record; the next run adds it to the session.", "session", key,
            str(rows[key]["file"]), int(rows[key]["row"]), "contacts", who,
        )
        for key in shorter for who in lacking[key]
    ]  # fmt: skip
    fields = staged.fields if beside in staged.fields else (*staged.fields, beside)
    tables = Lazy(staged.tables, lambda entity: changed if entity == "session" else staged.tables[entity])
    less = replace(staged, tables=tables, fields=fields, findings=(*staged.findings, *findings))
    return staged_tables.sealed(less, release.version)
