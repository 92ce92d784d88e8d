"""Odoo 16.0: of what the workbench uses, nothing differs from 17.0."""

from workbench.odoo import v17

RELEASE = v17.RELEASE.evolve(version="16.0")
