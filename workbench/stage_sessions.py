"""Stages sessions as events of the calendar, which those attend whom they concern; nobody is told."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from workbench.needs import Needs
from workbench.odoo.release import Custom, To
from workbench.sessions import facts, odd, with_facts
from workbench.stage_lead import text
from workbench.stage_messages import in_time, markup
from workbench.values import plain


def stage_sessions(needs: Needs, keep: pd.DataFrame, out: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """The staged sessions; `names` are those of practitioners and services, by key. Who gives a session attends it, too.
    One without an end, or that ends too early, ends as it begins; its text says what Odoo hides."""
    needs.findings += odd(keep)
    given = text(keep, "practitioner").map(lambda key: needs.survivors.get(key, key))
    people = zip(text(out, "partner_ids"), given, strict=True)
    out["partner_ids"] = [" ".join(dict.fromkeys(f"{clients} {giver}".split())) for clients, giver in people]
    model = needs.release.models["session"]
    early = (out["stop"] != "") & (out["start"] != "") & (out["stop"] < out["start"])
    if early.any():
        beside = needs.custom(model.model, "ends_on_raw", "Ends on (as exported)")
        exported = text(out, beside)
        out[beside] = exported.mask((exported == "") & early, out["stop"])
    out["stop"] = out["stop"].mask(early | (out["stop"] == ""), out["start"])
    out["user_id"] = [needs.user(owner) for owner in text(keep, "owner")]
    said = model.fields["body"]
    for field in ("practitioner", "service"):
        goes = model.fields[field]
        if isinstance(goes, Custom) and (named := text(keep, field).map(lambda key: names.get(key, key))).any():
            out[needs.custom(model.model, goes.suffix, field.capitalize())] = named
    lines = [facts(row, names, ("status", "practitioner", "service")) for row in keep.to_dict("records")]
    bodies = text(keep, "body")
    if isinstance(said, To):
        as_told = markup if said.compare == "html" else plain
        out[said.field] = [as_told(with_facts(some, body)) for some, body in zip(lines, bodies, strict=True)]
    return in_time(out, "start")
