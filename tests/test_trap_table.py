"""Which test, on a real Odoo, holds which of Odoo's traps: none is without one, and none of these tests is gone.

The numbers are those in the names of the tests; docs/odoo.md tells the same behaviours in its own order. 23 and 24
(calendars, products and invoices) are of kinds of records that this version does not move.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent

TRAPS: dict[int, tuple[str, ...]] = {
    1: ("test_traps.test_trap_01_a_company_without_an_address_does_not_take_that_of_its_first_child",),
    2: (
        "test_traps.test_trap_02_a_childs_own_address_is_kept_and_changing_it_leaves_the_parent_alone",
        "test_traps.test_trap_02_a_child_without_an_address_shows_its_companys_and_nobody_is_said_to_have_changed_it",
    ),
    3: ("test_traps.test_trap_03_a_lead_leaves_its_partner_as_it_was_and_keeps_what_differs",),
    4: (
        "test_schema.test_trap_04_the_former_employees_user_is_archived_mute_and_has_a_partner_of_its_own",
        "test_schema.test_trap_04_of_logins_that_differ_by_case_or_a_dot_each_means_its_own_user",
        "test_rollback.test_every_row_of_every_table_is_as_before_but_for_the_named_ones",
    ),
    5: ("test_traps.test_trap_05_wa_is_washington_in_america_and_western_australia_in_australia",),
    6: (
        "test_rollback.test_trap_06_what_was_merged_into_a_record_of_the_customer_is_named_and_the_customers_record_stays",
        "test_rollback.test_of_merged_leads_the_survivor_is_kept_and_the_other_is_gone",
    ),
    7: ("test_traps.test_trap_07_leads_have_exactly_the_staged_team_stage_user_and_probability_and_nobody_is_told",),
    8: (
        "test_schema.test_trap_08_loaded_leads_are_seen_in_the_leads_menu_and_no_other_team_changes",
        "test_web_client.test_leads_are_seen_through_the_leads_menu",
    ),
    9: (
        "test_schema.test_trap_09_global_stages_are_reused_and_a_new_one_belongs_to_our_team_alone",
        "test_pipelines.test_trap_09_each_pipeline_is_a_team_with_stages_of_its_own_in_order",
        "test_pipelines.test_the_gate_sets_a_deal_aside_whose_stage_is_another_teams",
    ),
    10: (
        "test_traps.test_trap_10_close_dates_of_won_and_lost_leads_are_those_of_the_source",
        "test_traps.test_trap_10_a_lead_that_the_source_closes_later_gets_the_sources_date",
        "test_traps.test_trap_10_the_date_of_a_lead_won_by_somebody_in_odoo_outlives_a_later_load",
        "test_client.test_a_won_lead_below_a_hundred_is_refused_in_odoos_words",
    ),
    11: ("test_traps.test_trap_11_a_probability_of_zero_outlives_the_next_edit_of_a_related_field",),
    12: (
        "test_traps.test_trap_12_lead_scoring_counts_none_of_ours_and_its_start_date_is_put_back",
        "test_traps.test_trap_12_the_start_date_is_put_back_when_a_load_stops_and_when_there_was_none",
        "test_traps.test_trap_12_the_date_that_a_killed_run_puts_off_late_is_put_back",
        "test_traps.test_trap_12_a_date_that_never_was_put_off_is_waited_for_no_longer_than_it_could_take",
        "test_rollback.test_every_row_of_every_table_is_as_before_but_for_the_named_ones",
    ),
    13: ("test_traps.test_trap_13_a_day_without_a_time_shows_as_that_day_where_the_account_is",),
    14: ("test_traps.test_trap_14_no_loaded_lead_is_one_that_odoo_would_send_to_be_enriched",),
    15: (
        "test_schema.test_trap_15_names_that_differ_in_case_alone_are_found_and_not_made_twice",
        "test_schema.test_trap_15_of_several_like_names_the_same_letters_count_and_signs_tell_sources_apart",
        "test_schema.test_names_are_compared_in_english_whatever_language_the_login_uses",
        "test_pipelines.test_trap_15_tags_of_the_same_name_are_reused_and_an_undo_leaves_them",
        "test_ugly.test_what_was_there_under_a_like_name_is_used",
        "test_ugly.test_what_was_there_is_used_as_it_is",
    ),
    16: ("test_traps.test_trap_16_owners_and_authors_are_made_members_of_no_team",),
    17: ("test_traps.test_trap_17_the_day_of_creation_is_kept_in_a_field_of_its_own",),
    18: ("test_messages.test_trap_18_a_history_stands_in_the_chatter_in_time_order_with_its_own_times_and_authors",),
    19: (
        "test_messages.test_trap_19_a_history_goes_with_its_load_and_what_somebody_wrote_keeps_its_lead",
        "test_rollback.test_a_note_leaves_the_write_date_alone",
    ),
    20: ("test_traps.test_trap_20_a_zero_and_an_empty_cell_stay_two_values",),
    21: (
        "test_schema.test_trap_21_all_custom_fields_of_all_models_are_made_in_one_call_and_not_again",
        "test_schema.test_trap_21_an_option_that_a_later_export_brings_is_added_and_taken_back_alone",
        "test_schema.test_trap_21_a_wrong_choice_costs_its_own_record_only",
    ),
    22: (
        "test_traps.test_trap_22_texts_that_odoo_refuses_cost_their_own_record_only",
        "test_traps.test_trap_22_half_a_surrogate_pair_is_stopped_by_the_gate_since_odoo_gives_no_answer",
    ),
    25: (
        "test_preflight.test_trap_25_a_salesperson_is_refused_in_one_table_that_names_everything_missing",
        "test_preflight.test_trap_25_a_sales_manager_without_settings_rights_is_refused",
        "test_preflight.test_trap_25_a_lead_of_a_company_that_is_not_named_is_not_found",
    ),
    26: (
        "test_traps.test_trap_26_a_load_sends_no_mail_where_the_same_without_care_does",
        "test_preflight.test_what_a_load_would_set_off_is_shown",
    ),
    27: ("test_traps.test_trap_27_an_odoo_without_the_interface_for_programs_is_named_with_the_app_that_it_lacks",),
    28: ("test_traps.test_trap_28_what_we_search_by_can_be_searched_and_odoo_refuses_the_rest",),
}  # fmt: skip


def of_traps() -> dict[str, set[str]]:
    """Every test: module.name → the fixtures it asks for."""
    found = {}
    for path in TESTS.glob("test_*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found[f"{path.stem}.{node.name}"] = {a.arg for a in node.args.args}
    return found


def test_every_trap_is_held_by_a_test_that_is_there() -> None:
    assert set(TRAPS) == {*range(1, 23), *range(25, 29)}
    assert {name for held in TRAPS.values() for name in held} - set(of_traps()) == set()


def test_every_test_that_names_a_trap_stands_under_its_number() -> None:
    named = {name: int(m[1]) for name in of_traps() if (m := re.search(r"\.test_trap_(\d\d)_", name))}
    assert {name: number for name, number in named.items() if name not in TRAPS.get(number, ())} == {}


def test_each_is_a_test_on_a_real_odoo() -> None:
    live = {"writer", "odoo", "sandbox", "touched", "everything", "story", "page"}
    asked = of_traps()
    assert {name for held in TRAPS.values() for name in held if not asked[name] & live} == set()
