"""The second source from its API to a proven, undone load on the real Odoo; nothing elsewhere knows its name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from studio import business, counts, decided, studio

from workbench import migration, reporting, runs, steps
from workbench import source as sources
from workbench import work as works
from workbench.errors import SourceError
from workbench.odoo.client import Client
from workbench.odoo.sandbox import Sandbox
from workbench.outcomes import Account
from workbench.reconcile import Reconciliation
from workbench.samples import bizstim
from workbench.target import connect
from workbench.work import Work


@dataclass(frozen=True)
class Run:
    work: Work
    business: bizstim.Business
    before: Mapping[str, int]
    accounts: Mapping[str, Account]
    proof: Reconciliation
    report: Path


@cache
def planted() -> tuple[bizstim.Business, str, str]:
    """The account with a coming session of three clients, one of whom the gate sets aside: (all, client, session)."""
    whole = business()
    known = [c["id"] for c in whole.details["client"].values() if c["status"] == "active"]
    session = next(s["id"] for s in whole.tables["sessions"] if s["start"] > f"{whole.today + timedelta(days=2)}")

    def with_client(rows: Iterable[Mapping[str, str]]) -> list[Mapping[str, str]]:
        return [{**row, "zipcode": "L7D 5S2 " * 9} if row["id"] == known[1] else row for row in rows]

    details = {c["id"]: c for c in with_client(whole.details["client"].values())}
    sessions = [{**s, "client_id": ",".join(known[:3])} if s["id"] == session else s for s in whole.tables["sessions"]]
    tables = {**whole.tables, "clients": with_client(whole.tables["clients"]), "sessions": sessions}
    return replace(whole, tables=tables, details={**whole.details, "client": details}), known[1], session


@pytest.fixture(scope="module")
def folder(sandbox: Sandbox, database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("second") / "studio"
    with studio(place, sandbox, database, tmp_path_factory.mktemp("cache"), planted()[0]) as made:
        settings = made / "migration.toml"
        text = settings.read_text("utf-8")
        for old, new in (('services = "archive"', 'services = "leave out"'), ('as = "company"', 'as = "person"')):
            assert old in text
            text = text.replace(old, new)
        settings.write_text(text, "utf-8")
        yield made


@pytest.fixture(scope="module")
def run(folder: Path, odoo: Client) -> Run:
    work = works.open_work(folder, reports=folder.parent / "reports")
    before = counts(odoo)
    target = connect(work.migration, "here")
    decided(work, target)
    accounts = steps.load(work, target).accounts
    proof = reporting.prove(work, target)
    report = reporting.write_report(work, target, proof)
    return Run(work, planted()[0], before, accounts, proof, report)


def test_every_record_is_accounted_for_and_proven(run: Run) -> None:
    for account in run.accounts.values():
        account.check()
    assert {e: a.counts()["failed"] for e, a in run.accounts.items()} == dict.fromkeys(run.accounts, 0)
    for entity, compared in run.proof.compared.items():
        assert compared.mismatches.to_dict("records") == [], entity
        assert list(compared.missing) == [], entity
    for entity, witnesses in run.proof.witnesses.items():
        assert witnesses.missing.to_dict("records") == [], entity
    made = {e for e, a in run.accounts.items() if a.counts()["created"]}
    assert made == {"user", "service_group", "service", "availability", "practitioner", "contact", "deal", "lead", "note",
                    "session", "attachment", "payment"}  # fmt: skip


def test_rows_of_every_list_were_read(run: Run) -> None:
    read = {file.path: file.rows for file in works.read_export(run.work).files}
    tables, details = run.business.tables, run.business.details
    assert read == {n: len(r) for n, r in tables.items() if n != "discounts"} | {
        "client": len(tables["clients"]), "availability": read["availability"],
    }  # fmt: skip
    assert 0 < read["availability"] <= len(details["availability"])
    findings = works.read_findings(run.work)
    assert "stays_behind" in set(findings["code"])


def test_payments_are_drafts_to_the_cent(run: Run, odoo: Client) -> None:
    rows = odoo.search_read(
        "account.move", [("x_source_ref", "like", "bizstim.payment_")],
        ["x_source_ref", "state", "move_type", "amount_total", "invoice_date", "ref"],
    )  # fmt: skip
    paid = {f"bizstim.payment_{p['id']}": p for p in run.business.tables["payments"]}
    assert {row["x_source_ref"] for row in rows} == set(run.accounts["payment"].keys("created"))
    for row in rows:
        said = paid[row["x_source_ref"]]
        assert row["state"] == "draft"
        assert (row["ref"] or "0") == said["qb_payment_id"]
        assert row["ref"] != "0"
        assert f"{row['amount_total']:.2f}" == f"{abs(float(said['revenue_amount'])):.2f}"
        assert row["move_type"] == ("out_refund" if float(said["revenue_amount"]) < 0 else "out_invoice")
    held = run.accounts["payment"].keys("held")
    assert {paid[key]["revenue_credit"] for key in held} <= {"1", "2", "7"}


def test_groups_stand_as_a_tree(run: Run, odoo: Client) -> None:
    groups = {g["id"]: g for g in run.business.tables["service_groups"]}

    def chain(group: Mapping[str, str]) -> str:
        above = groups.get(group["parent_id"])
        return f"{chain(above)} / {group['name']}" if above else group["name"]

    rows = odoo.search_read("product.category", [("x_source_ref", "!=", False)], ["x_source_ref", "complete_name"])
    names = {row["x_source_ref"].rpartition("_")[2]: row["complete_name"] for row in rows}
    assert names == {own: " / ".join(part.strip() for part in chain(g).split(" / ")) for own, g in groups.items()}


def test_deleted_services_stay_behind_by_the_setting_and_their_sessions_name_them(run: Run, odoo: Client) -> None:
    services = {s["id"]: s for s in run.business.tables["services"]}
    deleted = {f"bizstim.service_{own}" for own, s in services.items() if s["service_status"] == "2"}
    account = run.accounts["service"]
    assert deleted
    assert set(account.keys("filtered")) == deleted
    assert {account.outcomes[key].detail for key in deleted} == {"migration.toml: deleted_services = 'leave out'"}
    rows = odoo.search_read(
        "product.template", [("x_source_ref", "like", "bizstim."), ("active", "in", [True, False])],
        ["x_source_ref", "active"],
    )  # fmt: skip
    assert {row["x_source_ref"] for row in rows} == set(account.keys("created"))
    states = {row["x_source_ref"].rpartition("_")[2]: row["active"] for row in rows}
    assert states == {own: services[own]["service_status"] == "1" for own in states}
    theirs = [s for s in run.business.tables["sessions"] if f"bizstim.service_{s['service_id']}" in deleted]
    events = odoo.search_read("calendar.event", [("x_source_ref", "like", "bizstim.")], ["x_source_ref", "name"])
    named = {row["x_source_ref"].rpartition("_")[2]: row["name"] for row in events}
    assert theirs
    for session in theirs:
        if session["id"] in named:
            assert named[session["id"]].startswith(services[session["service_id"]]["name"].strip())


def test_prospects_are_leads_and_others_contacts_only(run: Run, odoo: Client) -> None:
    prospects = {c["id"] for c in run.business.details["client"].values() if c["status"] == "prospect"}
    with_deal = {d["client_id"] for d in run.business.tables["deals"]}
    leads = {k.rpartition("_")[2] for k in run.accounts["lead"].keys("created")}
    assert leads == prospects - with_deal
    merged = {k.rpartition("_")[2] for k in run.accounts["lead"].keys("merged")}
    assert merged == prospects & with_deal
    assert not odoo.search("res.users", [("x_source_ref", "like", "bizstim."), ("active", "=", True)])


def test_contacts_have_their_status_and_who_gives_most_of_their_sessions(run: Run, odoo: Client) -> None:
    fields = ["x_source_ref", "x_bizstim_status", "x_assigned_practitioner_id", "customer_rank"]
    rows = {r["x_source_ref"]: r for r in odoo.search_read("res.partner", [("x_source_ref", "like", "bizstim.")], fields)}
    refs = {row["id"]: ref for ref, row in rows.items()}
    given: dict[str, Counter[str]] = {}
    for session in run.business.tables["sessions"]:
        for client in session["client_id"].split(","):
            given.setdefault(client, Counter())[session["pract_d"]] += 1
    known = {p["id"] for p in run.business.tables["practitioners"]}
    for client in (c for c in run.business.details["client"].values() if c["id"] != planted()[1]):
        row = rows[f"bizstim.contact_{client['id']}"]
        assert (row["x_bizstim_status"], row["customer_rank"]) == (client["status"], int(client["status"] != "prospect"))
        counts_of = Counter({p: n for p, n in given.get(client["id"], Counter()).items() if p in known})
        assigned = refs.get(row["x_assigned_practitioner_id"], "").rpartition("_")[2]
        assert counts_of[assigned] == max(counts_of.values(), default=0)
        assert bool(assigned) == bool(counts_of)


def test_staff_are_found_by_their_own_id_too(run: Run, odoo: Client) -> None:
    """The id of a list of its own is one more external id of the same partner."""
    named = odoo.search_read(
        "ir.model.data", [("module", "=", "bizstim"), ("model", "=", "res.partner")], ["name", "res_id"]
    )
    ids = {f"bizstim.{row['name']}": row["res_id"] for row in named}
    merged = {o.key: o.detail for o in run.accounts["practitioner"].outcomes.values() if o.outcome == "merged"}
    staffs = {f"bizstim.practitioner_staff-{row['id']}": row for row in run.business.tables["staffs"]}
    alone = {key for key in run.accounts["practitioner"].keys("created") if "_staff-" in key}
    assert set(merged) | alone == set(staffs)
    assert all(ids[key] == ids[survivor] for key, survivor in merged.items())
    by_login = {p["users_id"]: p["id"] for p in run.business.tables["practitioners"]}
    for key, survivor in merged.items():
        own = staffs[key].get("staff_id") or by_login.get(staffs[key]["users_id"])
        assert survivor == f"bizstim.practitioner_{own or 'login-' + staffs[key]['users_id']}"


def test_a_session_of_several_goes_on_without_a_client_who_stays_behind(run: Run, odoo: Client) -> None:
    _, client, session = planted()
    contact, key = f"bizstim.contact_{client}", f"bizstim.session_{session}"
    assert run.accounts["contact"].keys("quarantined") == [contact]
    assert key in run.accounts["session"].keys("created")
    findings = works.read_findings(run.work)
    told = findings[(findings["code"] == "attendee_left_out") & (findings["key"] == key)]
    assert list(told["value"]) == [contact]
    assert "zip" in told["message"].iloc[0]
    (event,) = odoo.search_read("calendar.event", [("x_source_ref", "=", key)], ["partner_ids", "x_bizstim_contacts_raw"])
    refs = {r["x_source_ref"] for r in odoo.read("res.partner", event["partner_ids"], ["x_source_ref"])}
    (row,) = [s for s in run.business.tables["sessions"] if s["id"] == session]
    ids = dict.fromkeys(row["client_id"].split(","))
    assert {r for r in refs if "contact" in r} == {f"bizstim.contact_{own}" for own in ids} - {contact}
    assert event["x_bizstim_contacts_raw"].split(",") == list(ids)


def test_practitioners_are_people_where_that_was_chosen(run: Run, odoo: Client) -> None:
    made = [("x_source_ref", "like", "bizstim.practitioner_")]
    assert {row["is_company"] for row in odoo.search_read("res.partner", made, ["is_company"])} == {False}


def test_practitioners_with_another_rate_than_a_service_of_theirs_are_told(run: Run) -> None:
    findings = works.read_findings(run.work)
    told = set(findings.loc[findings["code"] == "own_rate", "key"])
    rates = {p["id"] for p in run.business.tables["practitioners"] if p.get("practitioner_wage")}
    assert told
    assert {f"bizstim.practitioner_{own}" for own in rates} <= told
    assert told <= set(run.accounts["practitioner"].keys("created"))


def test_a_second_run_writes_nothing(run: Run, folder: Path) -> None:
    work = works.Work(run.work.migration, run.work.migration.new_run(), run.work.source)
    target = connect(work.migration, "here")
    decided(work, target)
    accounts = steps.load(work, target).accounts
    wrote = {e: {o: n for o in ("created", "updated", "failed") if (n := a.counts()[o])} for e, a in accounts.items()}
    assert wrote == {entity: {} for entity in accounts}


def test_the_report_names_what_came_and_shows_nobody(run: Run) -> None:
    text = "".join(page.read_text("utf-8") for page in run.report.parent.glob("*.html"))
    assert "Payments" in text
    assert "What the account gave" in text
    assert re.search(r"\d+ sessions of the past stand as [\d,]+ notes of their clients", text)
    assert "draft credit note" in text
    assert "out_refund" not in text
    assert not [c["email"] for c in run.business.tables["clients"] if "@" in c["email"] and c["email"] in text]


def test_an_undo_leaves_odoo_as_it_was(run: Run, folder: Path, odoo: Client) -> None:
    undone = runs.undo(folder, "here")
    assert (undone.exit_code, undone.as_json()["kept"], undone.as_json()["failed"]) == (0, 0, 0)
    assert counts(odoo) == run.before


def test_a_migration_without_a_reading_says_how_to_make_one(tmp_path: Path) -> None:
    known = sources.load("bizstim")
    place = {"time_zone": "", "region": "CA", "currency": "USD"}
    migration.create(tmp_path / "new", known.name, known.title, [], place, api=True)
    with pytest.raises(SourceError, match="Nothing was read from Bizstim yet"):
        works.read_export(works.open_work(tmp_path / "new"))
