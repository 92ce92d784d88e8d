"""Odoo 16.0: what differs from 17.0."""

from workbench.odoo import v17

RELEASE = v17.RELEASE.evolve(
    version="16.0",
    models={
        # The cost of a product stands with its one variant, which an archived product does not see: it is archived after it
        # is made. Seen in 14, and in the source of 16; 17 looks among archived ones, too.
        "service": v17.RELEASE.models["service"].evolve(later=("active",)),
    },
)
