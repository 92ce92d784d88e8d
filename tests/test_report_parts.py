"""Parts of the report: what is named, what is left out, money, the spot check, signatures, an undo."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from tests.test_report import PEOPLE, invented
from workbench import amounts
from workbench.findings import Finding, table
from workbench.odoo.v19 import RELEASE
from workbench.outcomes import Account, Outcome
from workbench.report import Checked, Report, render
from workbench.report_data import Signature
from workbench.report_rows import Masking, Rows
from workbench.stage import REF


def index_of(folder: Path, report: Report) -> str:
    return render(folder, report).read_text(encoding="utf-8")


def section(page: str, name: str) -> str:
    """The text of a section, without its elements."""
    part = page.partition(f'id="{name}">')[2].partition("</section>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", part))


def test_what_the_export_does_not_hold_has_no_page_and_is_named(tmp_path: Path) -> None:
    report = invented()
    (tmp_path / "tag.html").write_text("of an earlier report")
    accounts = {"tag": Account("tag", frozenset()), **report.accounts}
    page = index_of(tmp_path, replace(report, accounts=accounts, labels={**report.labels, "tag": ("Tags", "crm.tag")}))
    assert "The export holds no tags." in page
    assert "tag.html" not in page
    assert not (tmp_path / "tag.html").exists()
    assert (tmp_path / "phase-01.json").is_file()


def test_merged_records_say_in_what_they_live_on(tmp_path: Path) -> None:
    report = invented()
    account = report.accounts["lead"]
    ended = {**account.outcomes, "toy.lead_1": Outcome("toy.lead_1", "merged", "toy.contact_1")}
    ended["toy.lead_2"] = Outcome("toy.lead_2", "merged", "toy.lead_3")
    render(tmp_path, replace(report, accounts={**report.accounts, "lead": replace(account, outcomes=ended)}))
    said = section((tmp_path / "lead.html").read_text(encoding="utf-8"), "account")
    assert "1 : live on in contacts" in said
    assert "1 : the same as another of the leads" in said
    assert "None was updated, unchanged" in said


def test_findings_of_one_kind_are_one_group_of_the_worst_severity(tmp_path: Path) -> None:
    both = [
        Finding("conflicting_values", s, f"{s}.", "", "lead", f"toy.lead_{n}") for n, s in enumerate(("note", "warning"))
    ]
    render(tmp_path, replace(invented(), findings=table(both)))
    page = (tmp_path / "lead.html").read_text(encoding="utf-8")
    assert page.count('id="conflicting_values"') == 1
    assert '<span class="tag warning">warning</span><span class="n">2</span>' in page
    assert len(pd.read_csv(tmp_path / "rows/lead-finding-conflicting-values.csv")) == 2


def test_findings_say_no_place_twice_and_numbers_of_rows_stay(tmp_path: Path) -> None:
    found = [
        Finding("no_identity", "error", "a.csv, row 7: nothing says which.", "", "lead", "", "a.csv", 7),
        Finding("overlap", "note", "a.csv and b.csv share 47 records.", "", "lead", "", "a.csv", value="47"),
        Finding("gap", "warning", "No lead from 2026-01-02 to 2026-03-04.", "", "lead"),
        Finding("invalid_date", "warning", "Born 1980-03-14.", "", "contact", "toy.contact_1", "a.csv", 8, "birthday", "x"),
    ]
    render(tmp_path, replace(invented(), findings=table(found), audited=None))
    lead, contact = ((tmp_path / f"{name}.html").read_text(encoding="utf-8") for name in ("lead", "contact"))
    assert ">Nothing says which.<" in lead
    assert "share 47 records" in lead
    assert "from 2026-01-02 to 2026-03-04" in lead
    assert "1980-03-14" not in contact
    assert ">Birthday<" in contact


def test_money_is_summed_by_pipeline_and_unfolds_by_month(tmp_path: Path) -> None:
    rows = [("New", "2026-01", 100, 100), ("New", "2026-02", 50, 40), ("", "", 7, 7)]
    frame = [
        (f"toy.deal_{n}", p, m, Decimal(s), Decimal(o), Decimal(0), Decimal(s - o)) for n, (p, m, s, o) in enumerate(rows)
    ]
    page = index_of(tmp_path, replace(invented(), amounts=pd.DataFrame(frame, columns=amounts.COLUMNS)))
    said = section(page, "amounts")
    assert "All amounts are in USD" in said
    assert (
        "New 2 150.00 140.00 0.00 10.00 No pipeline 1 7.00 7.00 0.00 0.00 All pipelines 3 157.00 147.00 0.00 10.00" in said
    )
    assert "January 2026 1 100.00" in said
    assert "No day 1 7.00" in said
    assert page.count('<details class="printed" open>') == 1


def test_the_spot_check_names_records_counts_verdicts_and_leads_to_odoo(tmp_path: Path) -> None:
    checks = (
        Checked("toy.contact_7", "right", "mary@acme.example", "2026-11-21T18:40:00+00:00", "", "contact, created, other"),
        Checked("toy.contact_12", "open", "", "", "", "contact, created, other"),
        Checked("toy.contact_60", "wrong", "mary@acme.example", "2026-11-21T18:41:00+00:00", "Another city", "contact"),
    )
    titles = {"toy.contact_7": (("name", f"{PEOPLE[7]['first']} {PEOPLE[7]['last']}"),)}
    page = index_of(tmp_path, replace(invented(), spot_check=checks, titles=titles))
    said = section(page, "spot")
    assert "3 records were drawn" in said
    assert "So far: 1 right, 1 wrong, 1 not looked at yet." in said
    assert "created, with an address of their own not looked at yet" in said
    assert '<a href="contact.html#toy.contact_7">H*** S***</a>' in page
    assert '<a href="http://127.0.0.1:8069/odoo/contacts/7" rel="noreferrer" aria-label="Open Contacts 1 in Odoo">' in page
    assert "1 record is wrong by the spot check" in page
    assert "Spot check: 1 wrong, the first of contacts: Another city." in page
    quiet = replace(invented(waiting=False), findings=table([]), spot_check=checks[1:2])
    words = index_of(tmp_path, quiet)
    assert "Spot check: 1 record is not looked at yet." in words
    assert ">By</th>" not in words.partition('id="spot"')[2].partition("</section>")[0]  # nobody has said anything


def test_signatures_stand_newest_first_and_a_void_one_is_said_first(tmp_path: Path) -> None:
    signed = (
        Signature("Ada", "2026-11-21T18:40:00+00:00", "void: owners.csv changed since", "3 right"),
        Signature("Bo", "2026-11-22T08:00:00+00:00", "valid", "3 right, 2 open", "owner", "As agreed by call."),
    )
    page = index_of(tmp_path, replace(invented(waiting=False), findings=table([]), signatures=signed, spot_check=()))
    said = section(page, "signature")
    assert "Bo, owner 22 November 2026, 08:00 UTC 3 right, 2 open As agreed by call. valid Ada" in said
    assert "The last signature no longer holds." not in page
    page = index_of(tmp_path, replace(invented(waiting=False), findings=table([]), signatures=signed[:1]))
    assert "The last signature no longer holds." in page
    assert "Note" not in section(page, "signature")


def test_stages_are_a_picture_with_what_they_were_in_the_source_and_the_records_behind_each_number(tmp_path: Path) -> None:
    page = index_of(tmp_path, invented())
    part = page.partition('id="stages">')[2].partition("</section>")[0]
    assert part.count('role="img"') == 1
    said = section(page, "stages")
    assert "Toy Offer Leads Quoted 50 Toy Won Leads Won &amp; done 10" in said
    behind = re.search(r'href="(rows/stage-1.csv)">50<', part)
    assert behind
    rows = pd.read_csv(tmp_path / behind[1], dtype=str)
    assert (len(rows), set(rows["stage"]), set(rows["said"])) == (50, {"Offer"}, {"Quoted"})
    assert 'id="stages"' not in index_of(tmp_path, replace(invented(), stages=None))


def test_the_first_page_says_in_what_merged_records_live_on(tmp_path: Path) -> None:
    page = index_of(tmp_path, invented())
    assert re.search(r'data-label="Merged">.*?<small>the same as another of the contacts</small></td>', page)


def test_leads_that_no_file_says_the_day_of_are_counted_beneath_the_picture(tmp_path: Path) -> None:
    report = invented()
    assert report.audited
    tables = replace(report.audited.tables, months=report.audited.tables.months.head(15))
    render(tmp_path, replace(report, audited=replace(report.audited, tables=tables)))
    said = section((tmp_path / "export.html").read_text(encoding="utf-8"), "months")
    assert re.search(r"\d+ of \d+ leads are not in the picture: no file says when they were created\.", said)


def test_what_a_deal_has_of_its_lead_is_shown_as_the_leads_and_a_meeting_ends_at_a_time() -> None:
    masking = Masking(RELEASE, "toy")
    shown = [masking.value("deal", field, "Sold") for field in ("tag_ids", "source_id", "x_toy_anything")]
    assert shown == ["Sold", "Sold", "S•••"]
    assert masking.label("deal", "tag_ids") == masking.label("lead", "tag_ids") == "Tags"
    assert masking.value("deal", "name", "Ann Lee") == "A•••"
    assert masking.label("meeting", "stop") == "Ends on"
    assert masking.named("meeting", "stop", "2026-01-31 17:30:00") == "2026-01-31 17:30 UTC"


def test_after_an_undo_the_report_proves_nothing_and_asks_for_no_signature(tmp_path: Path) -> None:
    undone = "An undo took 12 of the records out of Odoo again; nothing of it is left in Odoo."
    signed = (Signature("Ada", "2026-11-21T18:40:00+00:00", "valid"),)
    page = index_of(tmp_path, replace(invented(wrong=True), undone=undone, signatures=signed))
    assert '<h1 id="verdict">The load was undone</h1>' in page
    assert undone in page
    assert "Was in Odoo" in page
    assert "void: the load was undone since" in page
    for gone in ('id="amounts"', 'id="stages"', 'id="spot"', "I have read this report", "workbench undo"):
        assert gone not in page
    contact = (tmp_path / "contact.html").read_text(encoding="utf-8")
    assert 'id="samples"' not in contact
    assert "Values that do not match" not in contact


def test_what_does_not_match_is_counted_against_all_of_it(tmp_path: Path) -> None:
    page = index_of(tmp_path, invented(wrong=True))
    said = re.search(r'<p class="lede">(.*?)</p>', page)
    assert said
    assert re.fullmatch(
        r"Not as prepared: 2 of [\d,]+ values read back; nowhere in Odoo: 1 of [\d,]+ cells of the export\.", said[1]
    )


def test_records_that_are_not_in_odoo_stand_under_what_was_not_moved(tmp_path: Path) -> None:
    said = section(index_of(tmp_path, invented()), "not-moved")
    assert "Leads: 7 filtered statuses.csv: Test record" in said
    assert "Leads: 5 held statuses.csv: Call back later" in said


@pytest.mark.parametrize(
    ("entity", "field", "text", "shown"),
    [
        ("lead", "body", "5/14/2023 9:33 PM - Note: bring cash", "5•••"),
        ("lead", "comment", "Quillfeather", "Q•••"),
        ("activity", "email_from", "jo@example.com", "j•••"),
        ("lead", "team_id", "Sales", "Sales"),
        ("lead", "active", "True", "True"),
        ("lead", REF, "toy.lead_1", "toy.lead_1"),
    ],
)
def test_a_field_that_the_vocabulary_does_not_know_is_masked_unless_the_release_sets_it(
    entity: str, field: str, text: str, shown: str
) -> None:
    assert Masking(RELEASE, "toy").value(entity, field, text) == shown


def test_an_amount_is_no_phone_number() -> None:
    assert Masking(RELEASE, "toy").value("deal", "expected_revenue", "40971.97") == "40971.97"


def test_what_odoo_holds_is_said_as_a_person_reads_it() -> None:
    masking = Masking(RELEASE, "toy")
    assert masking.named("lead", "tag_ids", "Hot\nCold") == "Hot, Cold"
    assert masking.named("lead", "x_toy_created_on", "2026-01-31 17:00:00") == "2026-01-31 17:00 UTC"
    assert masking.label("lead", "x_toy_roof_age_raw") == "Roof age, as exported"
    assert masking.heading("contact", "birthday") == "Birthday"
    assert masking.heading("contact", "ZIP code") == "ZIP code"


def test_what_hides_behind_a_control_sign_is_no_formula_in_a_list(tmp_path: Path) -> None:
    Rows(tmp_path / "rows", {}).count("cells", pd.DataFrame({"value": ["\x01=1+1", "a\x00b", "plain"]}, dtype="str"))
    assert (tmp_path / "rows" / "cells.csv").read_text("utf-8").split() == ["value", "'=1+1", "ab", "plain"]
