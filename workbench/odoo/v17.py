"""Odoo 17.0: what differs from 18.0."""

from workbench.odoo import v18

RELEASE = v18.RELEASE.evolve(
    version="17.0",
    account_company_field="company_id",  # an account belongs to one company
    # The web client has its view and its record behind the hash; /odoo/... came with 18.
    record_url="/web#id={id}&model={model}&view_type=form",
    # has_access came with 18, where has_group became a question to a user.
    right_method="check_access_rights",
    rights_of_records=False,
)
