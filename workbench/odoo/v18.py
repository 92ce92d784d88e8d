"""Odoo 18.0: what differs from 19.0."""

from workbench.odoo import v19
from workbench.odoo.release import To

RELEASE = v19.RELEASE.evolve(
    version="18.0",
    models={
        # An event has no notes of its own yet: its description is the only text, and what guests are told.
        "meeting": v19.RELEASE.models["meeting"].evolve(
            fields={"body": To("description", compare="html")}, rewritten=("description",)
        ),
    },
    stage_team_field="team_id",  # a stage belongs to one team, or to all
    user_groups_field="groups_id",
    group_users_field="users",
    spreads_groups=True,  # an implied group is a group that each user has
)
