"""Findings: bad data is a row in a table, never an exception.

`CODES` is the closed list of finding codes; `docs/findings.md` explains each, and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Literal

import pandas as pd

Severity = Literal["error", "warning", "note"]
"""error: a record stays behind or a value is not where it belongs; warning: look at it; note: worth knowing."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a person may want to look at.

    `entity`, `key`, `file`, `row` (1 is the header, as a spreadsheet counts), `field` and `value` say where, and are empty
    (0 for `row`) where the finding is about something larger. `message` says what, `todo` what to do next.
    `value` is raw personal data: mask it before it leaves the migration folder.
    """

    code: str
    severity: Severity
    message: str
    todo: str = ""
    entity: str = ""
    key: str = ""
    file: str = ""
    row: int = 0
    field: str = ""
    value: str = ""

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise ValueError(f"{self.code!r} is no finding code; known: {', '.join(sorted(CODES))}")


COLUMNS = ["code", "severity", "entity", "key", "file", "row", "field", "value", "message", "todo"]

CODES: dict[str, str] = {
    # extract
    "ragged_row": "A row has more or fewer cells than the header.",
    "no_endpoint": "The account has no such part of the API.",
    "sessions_told": "Sessions of the past became notes.",
    "stays_behind": "Records that Odoo has no place for were read and counted.",
    "orphan_link": "A row names a record that was not read.",
    "list_shifted": "A list changed while it was read.",
    "no_total": "The API does not say how many records there are.",
    "no_such_record": "A record that others name is not there.",
    "no_identity": "A row has nothing that tells which record it is.",
    "shared_key": "Different records share a weak key and were numbered.",
    "ambiguous_identity": "A row could be any of several records and was kept as one of its own.",
    "conflicting_values": "The same record stands in several rows with different values.",
    "duplicate_header": "Two columns of a file have the same header.",
    "empty_header": "A column of a file has no header and was named after its place.",
    "header_drift": "Files of one export have different headers.",
    "empty_file": "A file has no rows.",
    "overlap": "A record stands in more than one file.",
    "total_differs": "The rows read differ from the total read on screen.",
    "no_time_zone": "Nobody said in which time zone the source's times are.",
    "encoding_guessed": "A file is not UTF-8; its encoding was inferred.",
    # audit and cleansing
    "invalid_phone": "A phone number is no valid number; its text is kept.",
    "invalid_email": "An e-mail address is malformed; its text is kept.",
    "invalid_date": "There is no such day; the text is kept.",
    "invalid_amount": "An amount of money is no number; its text is kept.",
    "invalid_flag": "A yes-or-no value is neither; its text is kept.",
    "invalid_number": "A text is no number that fits its field; it is kept.",
    "other_currency": "An amount is in another currency than the account's; its text is kept.",
    "ambiguous_numbers": "A column's numbers can be read two ways and no value decides.",
    "unknown_option": "A value is none of its field's options; its text is kept.",
    "skipped_hour": "A time that the clocks skipped in spring was moved on.",
    "doubled_hour": "A time that the clocks showed twice in autumn was read as the first.",
    "short_zip": "A ZIP code has too few digits; it stays as it is.",
    "likely_typo": "The domain of an e-mail address looks mistyped; it stays as it is.",
    "lost_letters": "A text lost letters before it was exported.",
    "company_as_name": "A contact without a company has the name of one.",
    "couple_as_name": "A contact's name is that of two people.",
    "ambiguous_dates": "A column's dates can be read two ways and no value decides.",
    "unknown_state": "A state is not known in its country; its text is kept.",
    "unknown_country": "A country is not known; its text is kept.",
    "duplicate_email": "Records share an e-mail address.",
    "duplicate_phone": "Records share a phone number.",
    "ambiguous_tags": "A list of tags could also be one tag whose name holds a comma.",
    "tag_twins": "Tags differ in case or spaces only.",
    "unread_history": "An entry of a lead's history is of no known layout; it becomes a note.",
    "invalid_duration": "A length of time is none; it stays in the text of its entry.",
    "calls_not_moved": "Leads count more calls than the export tells of.",
    "opt_outs": "Numbers and addresses that Odoo blocks, since somebody opted out.",
    "opt_out_unreadable": "Somebody opted out, and there is nothing that could be blocked.",
    "mostly_empty": "A column is nearly empty.",
    "impossible_date": "A day that does not exist, is before 1900, or in the future where it cannot be.",
    "mojibake": "Text was decoded wrongly, or lost letters.",
    "control_characters": "Text holds control characters or invisible marks.",
    "html": "Text holds HTML.",
    "formula": "Text that a spreadsheet would take for a formula.",
    "placeholder": "A placeholder stands instead of a value.",
    "outlier": "A number, day or length is far from all others of its column.",
    "rare_form": "A few values of a column are written unlike nearly all others.",
    "couple": "A name is that of two people.",
    "orphaned_company": "A company of the company export is named by no lead.",
    "unknown_company": "A lead names a company that the company export lacks.",
    "alike": "Two records are alike, and share neither an e-mail address nor a phone number.",
    "block_list": "The list of what is blocked, beside the leads that were exported.",
    "headers_changed": "The columns are not those of the last export.",
    "no_custom_fields": "No custom field is in a file: the box for them may not have been ticked.",
    "filtered_export": "Values or days that one would expect never occur: the export may be filtered.",
    "gap": "No lead was created for a stretch of days.",
    "split_otherwise": "Files cover the same days and share no record.",
    # match and map
    "company_owner_differs": "Leads of one company have different owners; the company gets none.",
    "merge_conflict": "Merged records had different values; the survivor's stayed.",
    "merged_after_load": "A record was merged that an earlier load had made; that one stays in Odoo.",
    "unmapped_column": "A column goes to a custom field.",
    "new_option": "A selection has met values that are none of its options; their text is kept.",
    "raw_text_kept": "Values that were not understood are kept as text in a field of their own.",
    "lead_differs_from_contact": "A lead's e-mail or phone differs from its contact's and is kept in fields of its own.",
    "markup_left_out": "A note had images, forms or scripts, of which only its text is kept.",
    "no_time": "A note says no time; Odoo shows the time of the load.",
    "ends_before_start": "A session ends before it begins; it is taken to end as it begins.",
    "no_end": "A session says no end; it is taken to end as it begins.",
    "nobodys_session": "A past session names no client, in whose chatter it could stand; it stays in the calendar.",
    "users_made": "Users are made; how many of them may log in.",
    "admin_by_hand": "An administrator of the source becomes an internal user.",
    "unknown_role": "A user has a role that has no rights of its own here.",
    "attachment_too_large": "A file is larger than the limit and stays behind.",
    "bad_content": "The content of a file cannot be read and stays behind.",
    "no_content": "An attachment has neither content nor a link.",
    "file_name_changed": "The name of a file was made safe.",
    "link_not_http": "A link does not lead to http or https; it is kept as text.",
    "size_differs": "The source says another size of a file than its content has.",
    "mended": "Cells were corrected in a quarantine file.",
    "mended_not_used": "A correction in a quarantine file could not be used.",
    "spreadsheet_cells": "A spreadsheet wrote cells of a quarantine file otherwise by itself.",
    # gate and load
    "rule_failed": "A record does not meet a rule of the gate.",
    "own_rate": "A practitioner has a rate of their own, which is not the usual wage of the services that they give.",
    "attendee_left_out": "Somebody of a session stays behind; the session goes on with the others.",
    "hours_left_out": "Hours of a calendar cannot be: they overlap, end before they begin or go beyond 24:00.",
    "payment_tax": "A payment says a tax, which its draft invoice does not have.",
    "structure": "Staged data does not fit the fields that this Odoo has.",
    "refused": "Odoo refused a record.",
    "adopted": "A record from an interrupted run was found in Odoo and taken over.",
    "not_filled": "An empty field of a linked record was left empty, since Odoo would change other records along.",
    "changed_in_odoo": "Somebody changed a loaded value in Odoo; it was left alone.",
    "changed_on_both_sides": "A value changed in the source and in Odoo; a person must decide.",
    "deleted_in_odoo": "A loaded record is no longer in Odoo.",
    "gone_from_export": "A loaded record is not in this export; nothing was deleted.",
    "new_in_export": "A record that no earlier run loaded.",
    "lead_enrichment_off": "Imported leads are marked so that Odoo does not send them to an outside service.",
    # reconciliation and rollback
    "mismatch": "A value read back from Odoo is not the staged one.",
    "missing_in_odoo": "A record that should be in Odoo was not found there.",
    "witness_missing": "A raw value was found nowhere in its record in Odoo.",
}


def table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Findings as a table with `COLUMNS`, errors first, in a stable order."""
    frame = pd.DataFrame([asdict(f) for f in findings], columns=COLUMNS)
    order = frame["severity"].map({"error": 0, "warning": 1, "note": 2})
    return (
        frame.assign(_order=order)
        .sort_values(["_order", "code", "file", "row", "key"], kind="stable")
        .drop(columns="_order")
        .reset_index(drop=True)
    )
