"""Odoo 14.0: what differs from 15.0."""

from workbench.odoo import v15
from workbench.odoo.release import To

_MODELS = v15.RELEASE.models
_SIGNED = "amount_total_signed"  # in the company's currency, the only signed total that is stored
_PLAIN = To("description")  # text, not HTML: nothing in it is escaped, and nothing is cleaned

RELEASE = v15.RELEASE.evolve(
    version="14.0",
    models={
        "service": _MODELS["service"].evolve(fields={"description": _PLAIN}, rewritten=()),
        "contact": _MODELS["contact"].evolve(
            fields={"notes": To("comment")}, rewritten=tuple(f for f in _MODELS["contact"].rewritten if f != "comment")
        ),
        "deal": _MODELS["deal"].evolve(rewritten=()),
        "lead": _MODELS["lead"].evolve(fields={"notes": _PLAIN}, rewritten=()),
        "payment": _MODELS["payment"].evolve(
            fields={"amount": To(_SIGNED)},
            proves=("amount_total", _SIGNED),
            named=False,  # 14 makes the values of an invoice anew and loses the external id
        ),
        **{event: _MODELS[event].evolve(fields={"body": _PLAIN}, rewritten=()) for event in ("meeting", "session")},
    },
)
