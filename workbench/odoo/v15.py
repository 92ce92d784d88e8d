"""Odoo 15.0: what differs from 16.0.

`date_open` and `date_last_stage_update` given at creation become the time of the load here; like all fields of a lead that
Odoo sets itself (`Model.last`) they are looked at after it, and written again.
"""

from workbench.odoo import v16

_DEAL = v16.RELEASE.models["deal"]
_LOST = "lost_reason"  # renamed in 16

RELEASE = v16.RELEASE.evolve(
    version="15.0",
    models={
        "deal": _DEAL.evolve(decides=tuple(_LOST if f == v16.RELEASE.lost_reason_field else f for f in _DEAL.decides)),
    },
    lost_reason_field=_LOST,
    receivable=(("user_type_id.type", "=", "receivable"), ("deprecated", "=", False)),
    # 14 refuses `load` as an argument of search_read, and nobody has looked at 15: two calls work in both.
    plain_search_read=False,
)
