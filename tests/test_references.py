"""Whoever points to a record in Odoo is found, by whatever kind of link; what cannot be seen stops the undo."""

from __future__ import annotations

from typing import Any

import pytest
from loading import made

from workbench.errors import TargetError
from workbench.odoo.client import Client, ClientWriter
from workbench.odoo.references import References, pointing_to
from workbench.odoo.sandbox import Sandbox

WHEN = {"start": "2026-01-05 10:00:00", "stop": "2026-01-05 11:00:00"}


@pytest.fixture
def partner(writer: ClientWriter) -> int:
    return made(writer, "res.partner", name="Target")


def found(odoo: Client, model: str, res_id: int) -> set[tuple[str, int, str]]:
    """(model, id, field) of all that points to a record, but for itself."""
    return {(*place, field) for place, field, target in pointing_to(odoo, model, [res_id]) if place != (model, target)}


def test_a_record_that_nobody_points_to_has_no_pointers(odoo: Client, partner: int) -> None:
    assert found(odoo, "res.partner", partner) == set()


def test_many2one_fields_are_followed_also_from_archived_records(odoo: Client, writer: ClientWriter, partner: int) -> None:
    child = made(writer, "res.partner", name="Child", parent_id=partner, active=False)
    assert ("res.partner", child, "parent_id") in found(odoo, "res.partner", partner)


@pytest.mark.parametrize("active", [True, False])
def test_many2many_fields_are_followed_also_to_archived_records(
    odoo: Client, writer: ClientWriter, partner: int, active: bool
) -> None:
    """Odoo finds an event by its archived guest, but does not show the guest in the list."""
    other = made(writer, "res.partner", name="Other guest")
    event = made(writer, "calendar.event", name="Dinner", partner_ids=[(6, 0, [partner, other])], **WHEN)
    writer.write("res.partner", [partner], {"active": active})
    pointers = set(pointing_to(odoo, "res.partner", [partner, other]))
    assert {(("calendar.event", event), "partner_ids", target) for target in (partner, other)} <= pointers


@pytest.mark.parametrize(
    ("model", "values"),
    [
        ("mail.message", {"model": "res.partner", "res_id": "ID", "body": "x"}),
        ("ir.attachment", {"name": "a.txt", "raw": "x", "res_model": "res.partner", "res_id": "ID"}),
        ("mail.followers", {"res_model": "res.partner", "res_id": "ID", "partner_id": 3}),
    ],
)
def test_links_by_model_and_id_are_followed(
    odoo: Client, writer: ClientWriter, partner: int, model: str, values: dict[str, Any]
) -> None:
    (pointer,) = writer.create(model, [{f: partner if v == "ID" else v for f, v in values.items()}])
    assert found(odoo, "res.partner", partner) == {(model, pointer, "res_id")}
    same_id = made(writer, "crm.lead", name="Another model")
    assert (model, pointer, "res_id") not in found(odoo, "crm.lead", same_id)


def test_an_automation_on_a_record_is_found_though_odoo_does_not_store_its_model(odoo: Client, writer: ClientWriter) -> None:
    stage = made(writer, "crm.stage", name="Watched")
    (model,) = writer.search("ir.model", [("model", "=", "crm.lead")])
    automation = made(writer, "base.automation", name="Watch", model_id=model, trigger="on_stage_set", trg_field_ref=stage)
    assert ("base.automation", automation, "trg_field_ref") in found(odoo, "crm.stage", stage)


def test_links_written_as_model_and_id_in_one_text_are_followed(odoo: Client, writer: ClientWriter) -> None:
    action = made(writer, "ir.actions.act_window", name="Open", res_model="res.partner")
    menu = made(writer, "ir.ui.menu", name="Menu", action=f"ir.actions.act_window,{action}")
    assert ("ir.ui.menu", menu, "action") in found(odoo, "ir.actions.act_window", action)


@pytest.mark.parametrize("active", [True, False])
def test_the_lists_on_which_odoo_puts_every_user_are_no_pointers(odoo: Client, writer: ClientWriter, active: bool) -> None:
    user = made(writer, "res.users", name="New", login=f"new{active}", active=active)
    assert found(odoo, "res.users", user) == set()


def test_every_model_of_ours_can_be_asked_about_all_its_links(odoo: Client) -> None:
    references = References(odoo)
    for model in ("res.partner", "crm.lead", "crm.team", "crm.stage", "utm.source", "crm.lost.reason", "res.users"):
        assert list(references.pointing_to(model, [2_000_000_000])) == []


def test_what_a_login_may_not_see_stops_the_undo_instead_of_being_taken_for_nothing(
    sandbox: Sandbox, database: str, odoo: Client, writer: ClientWriter, partner: int
) -> None:
    groups = writer.search("ir.model.data", [("module", "=", "base"), ("name", "in", ["group_user", "group_system"])])
    ids = [row["res_id"] for row in writer.read("ir.model.data", groups, ["res_id"])]
    password = sandbox.password()
    made(writer, "res.users", name="Half", login="half", password=password, group_ids=[(6, 0, ids)])
    half = Client(sandbox.url, database, "half", password, context={})
    with pytest.raises(TargetError, match=r"Odoo does not show what in .* hangs on our records"):
        list(pointing_to(half, "res.partner", [partner]))
