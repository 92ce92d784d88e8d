"""Odoo 18.0: what differs from 19.0."""

from workbench.odoo import v19
from workbench.odoo.release import To

# An event has no notes of its own yet: its description is the only text, and what guests are told.
_SAID = To("description", compare="html")

RELEASE = v19.RELEASE.evolve(
    version="18.0",
    models={
        # A company without an address takes that of the first contact made under it, of type 'other' too: seen in 14, not in
        # 19, and nobody has looked between. Put under it afterwards, a contact changes nothing.
        "contact": v19.RELEASE.models["contact"].evolve(later=("parent_id",)),
        **{
            event: v19.RELEASE.models[event].evolve(fields={"body": _SAID}, rewritten=("description",))
            for event in ("meeting", "session")
        },
        # A product has a category here; one without is given Odoo's own.
        "service": v19.RELEASE.models["service"].evolve(filled=("categ_id",)),
        # Implied groups are added to those that are given.
        "user": v19.RELEASE.models["user"].evolve(fields={"role": To("groups_id")}, rewritten=("groups_id",)),
    },
    receivable=(("account_type", "=", "asset_receivable"), ("deprecated", "=", False)),
    stage_team_field="team_id",  # a stage belongs to one team, or to all
    user_groups_field="groups_id",
    group_users_field="users",
    spreads_groups=True,  # an implied group is a group that each user has
)
