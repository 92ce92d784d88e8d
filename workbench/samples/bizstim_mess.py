"""What is odd in the invented account: which kinds there are, how often, and a place for each that no other kind has."""

# ruff: noqa: S311 - invented data need a seed, not secrecy

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Odd:
    """A kind of mess: in the records of `method`, one of `every` (at least one where there is room), and what it is."""

    method: str
    every: int
    what: str


MESS: dict[str, Odd] = {
    "three_emails": Odd("clients", 40, "three e-mails in one field, an invalid one first"),
    "two_spellings": Odd("clients", 5, "(905) 555-6464 as telephone and 19055556464 as text phone"),
    "short_text_phone": Odd("clients", 50, "a text phone one digit short"),
    "lower_case_first": Odd("clients", 25, "a first name in lower case"),
    "no_availability": Odd("clients", 60, "avail_id of a record that is not there"),
    "formula_name": Odd("clients", 100, "a last name that a spreadsheet would run"),
    "mojibake_name": Odd("clients", 80, "a name decoded wrongly"),
    "lost_letters": Odd("clients", 120, "a name that lost letters: ? or U+FFFD"),
    "entity_name": Odd("clients", 100, "a name with an HTML entity"),
    "also_practitioner": Odd("clients", 300, "a client with users_id and e-mail of a practitioner"),
    "client_twice": Odd("clients", 60, "the same person entered again: e-mail and telephone of another client"),
    "family": Odd("clients", 30, "a child with its parent's e-mail, telephone and address"),
    "unreachable": Odd("clients", 90, "neither telephone nor e-mail"),
    "no_name": Odd("clients", 200, "no name at all"),
    "avail_list": Odd("practitioners", 4, "two availability records in one field, which overlap"),
    "practitioner_wage": Odd("practitioners", 3, "practitioner_wage in place of wage_tier and add_value"),
    "no_wage": Odd("practitioners", 8, "no wage"),
    "end_31": Odd("availability", 20, "a day that ends at :31"),
    "end_24": Odd("availability", 25, "a day that ends at 24:00"),
    "past_24": Odd("availability", 60, "a day that ends after 24:00"),
    "reversed": Odd("availability", 30, "a day that ends before it begins"),
    "half_empty": Odd("availability", 40, "a day that begins and does not end"),
    "no_length": Odd("availability", 40, "a day that ends when it begins"),
    "staff_by_id": Odd("staffs", 3, "staff_id is a practitioner's id"),
    "staff_by_user": Odd("staffs", 3, "only users_id is a practitioner's"),
    "staff_alone": Odd("staffs", 3, "no practitioner"),
    "user_inactive": Odd("users", 6, "an inactive user"),
    "user_twin": Odd("users", 15, "the e-mail of another user in capitals"),
    "user_without_email": Odd("users", 20, "no e-mail"),
    "group_orphan": Odd("service_groups", 20, "a parent_id that is not there"),
    "service_deleted": Odd("services", 10, "service_status 2"),
    "service_comma": Odd("services", 8, "commas in the name"),
    "service_entity": Odd("services", 10, "HTML entities in the name"),
    "service_ungrouped": Odd("services", 15, "group_id 0"),
    "service_inactive": Odd("services", 12, "service_status 0"),
    "service_same_name": Odd("services", 13, "the name of another service"),
    "credit": Odd("payments", 15, "revenue_credit 1"),
    "debit": Odd("payments", 20, "revenue_credit 2"),
    "package": Odd("payments", 8, "revenue_credit 3"),
    "unknown_credit": Odd("payments", 500, "revenue_credit 7"),
    "refund": Odd("payments", 40, "a negative amount"),
    "zero": Odd("payments", 200, "an amount of 0.00"),
    "payment_no_client": Odd("payments", 300, "client_id of nobody"),
    "payment_no_date": Odd("payments", 400, "revenue_date 0000-00-00"),
    "payment_twice": Odd("payments", 200, "client, day and amount of another payment"),
    "future": Odd("sessions", 33, "later than today"),
    "group": Odd("sessions", 20, "several clients, with commas between"),
    "cancelled": Odd("sessions", 15, "cancel_clients"),
    "skipped_hour": Odd("sessions", 2000, "begins in the hour that the clocks skip"),
    "doubled_hour": Odd("sessions", 2000, "begins in the hour that comes twice"),
    "ends_before": Odd("sessions", 1000, "ends before it begins"),
    "no_end": Odd("sessions", 1500, "no end"),
    "session_no_client": Odd("sessions", 800, "client_id of nobody"),
    "session_no_practitioner": Odd("sessions", 900, "pract_d of nobody"),
    "deal_no_owner": Odd("deals", 15, "an owner who is no user"),
    "deal_no_amount": Odd("deals", 12, "no amount"),
    "deal_no_client": Odd("deals", 40, "client_id of nobody"),
    "note_plain": Odd("notes", 5, "plain text, with line ends"),
    "note_script": Odd("notes", 40, "a script"),
    "note_odd_html": Odd("notes", 30, "tags that do not close, styles, a form"),
    "note_no_date": Odd("notes", 80, "no date"),
    "note_no_author": Odd("notes", 60, "an author who is no user"),
    "note_no_client": Odd("notes", 100, "client_id of nobody"),
    "note_emoji": Odd("notes", 50, "an emoji and a zero-width space"),
    "note_mojibake": Odd("notes", 90, "text decoded wrongly"),
    "note_formula": Odd("notes", 100, "text that a spreadsheet would run"),
    "note_empty": Odd("notes", 120, "nothing but an empty paragraph"),
    "note_long": Odd("notes", 400, "20,000 letters"),
    "file_up": Odd("attachments", 20, "a name that climbs out of its folder"),
    "file_emoji": Odd("attachments", 25, "a name with an emoji"),
    "file_script": Odd("attachments", 30, "a javascript: address"),
    "file_url": Odd("attachments", 6, "an address in place of content"),
    "file_size": Odd("attachments", 25, "a size that is not that of the content"),
    "file_no_client": Odd("attachments", 40, "client_id of nobody"),
    "file_broken": Odd("attachments", 60, "content that is no base64"),
}  # fmt: skip
"""Kind → where and how often. No record is odd in two ways of its method, so that each can be counted."""

NOBODY = "999999"
"""An id that no record has."""


class Mess:
    """Says which records of a method are odd, and keeps it: `found` is kind → ids."""

    def __init__(self, seed: int) -> None:
        self.seed, self.found = seed, dict[str, tuple[str, ...]]()

    def plant(self, method: str, ids: list[str]) -> dict[str, str]:
        """Record id → its kind; ids that are in none are plain."""
        kinds = [(kind, odd) for kind, odd in MESS.items() if odd.method == method]
        left = list(ids)
        Random(f"{self.seed} {method}").shuffle(left)
        for kind, odd in kinds:
            count = planned(odd, len(ids))
            self.found[kind], left = tuple(left[:count]), left[count:]
        return {id_: kind for kind, _ in kinds for id_ in self.found[kind]}


def planned(odd: Odd, records: int) -> int:
    """How many of so many records are odd in a way."""
    return max(1, records // odd.every)


def plain(ids: list[str], kinds: dict[str, str]) -> Iterator[str]:
    """The ids of records that are odd in no way."""
    return (id_ for id_ in ids if id_ not in kinds)
