"""The ugliest export there is, into an Odoo that has half of it already: from its files to the last row of its undo."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from loading import made
from snapshot import Rows, differences, snapshot
from test_rollback import LEFT_BEHIND, left

from workbench import decisions, migration, reporting, runs, steps
from workbench import work as works
from workbench.files import private
from workbench.load import Loaded
from workbench.odoo.client import ClientWriter
from workbench.odoo.protocols import Row
from workbench.odoo.sandbox import Sandbox
from workbench.reconcile import Reconciliation
from workbench.target import Target, connect

LONG = "".join(random.Random(1).choices("abcdefghij ", k=299)) + "z"
HUGE = "".join(random.Random(2).choices("abcdefghij0123456789", k=20_000))

TEXTS = (
    LONG, HUGE, "<script>alert(1)</script>", '=HYPERLINK("http://x.example")', "'; DROP TABLE res_partner; --",
    "a\u202egpj.exe", "\u200bunseen", "👩\u200d🚀 Ω 张伟", "%s {0} ${x}", "Smith, John", '"quoted"', "line\nbreak", "NULL",
    "nan", "0", "...", "../../etc/passwd", "a\x00b", "{{7*7}}", "Ann",
)  # fmt: skip
TAGS = (
    "objection, then sent quote", "A;B", '"quoted, whole"; Text Back(No 1st Response)', "vip, x", ",", " ;; ", "A|B",
    "it's; \"x; y\"", "=1+1", "<b>x</b>", "tag\nnewline", "DNC", "VIP",
)  # fmt: skip
DEALS = (
    ("Roof", "roofing crew", "New", "100", "1/2/2026"), ("Roof", "Solar", "quoted", "", ""), ("Won", "Solar", "Won", "", ""),
    ("Less", "Solar", "Closed Won", "-50", "2/3/2026"), ("Much", "Solar", "Won", "$9,999,999,999.99", "3/8/2026"),
    ("Gone", "roofing crew", "Lost", "0", "12/31/2099"), ("Odd", "Solar", "New", "12 apples", "13/45/2026"),
    ("", "Solar", "New", "7", ""), ("Nowhere", "", "New", "(1,234.50)", "1/1/1900"), ("Stageless", "Solar", "", "€9", ""),
)  # fmt: skip
WHEN = (
    "3/8/2026 2:30 AM", "11/1/2026 1:30 AM", "1/1/1900", "12/31/2099 11:59 PM", "2/30/2026", "0/0/0000", "1/31/2026 5:05 PM",
)  # fmt: skip
HISTORY = (
    "3/8/2026 2:30 AM - Outbound call", "11/1/2026 1:30 AM - Outbound call\n11/1/2026 1:30 AM - Outbound call",
    "13/13/2026 - Call", "2/5/2026 3:00 PM - Appointment set for nonsense",
    "2/5/2026 3:00 PM - Meeting - by Nobody - 99:99:99",
    "1/1/2026 | Call | Outbound | 99999999999 | x | y | z", "x" * 50_000,
    "1/1/2026 5:00 PM - Meeting set for 1/1/2020 5:00 PM - 0 min", "\n".join(
        f"{1 + k % 12}/{1 + k % 28}/2025 {1 + k % 12}:05 PM | Call | Outbound | {k} | No answer | mia | said <b>{k}</b>"
        for k in range(500)
    ),
)  # fmt: skip
STATUSES = ("New", "WON ", "Lost", "qualified", "quoted", "", "N/A", "Too expensive", "Status, with comma", "<b>Hot</b>")
OWNERS = ("a.b@firm.example", "ab@firm.example", "twin@firm.example", "gone@firm.example", "Nobody", "not an email", "")
SOURCES = ("GOOGLE", "Google+", " google ", "C", "C++", "=1", "")
COMPANIES = ("Acme", "ACME, Inc.", "<b>Bold</b>", "...", "x" * 300, "=1", "A\u0301cme", "", "Globex", "Nor'wester")
SITES = ("acme.example", "https://acme.example/a?b#c", "//bold.example", "co.example:8080", "", "mailto:x@y.example")


LOOKED_AT = (
    "x_ringy_id", "x_ringy_owner", "user_id", "source_id", "medium_id", "team_id", "stage_id", "tag_ids", "lost_reason_id",
)  # fmt: skip
REUSED = ("crm_team", "crm_stage", "crm_tag", "crm_lost_reason", "utm_source", "utm_medium", "res_users")


def leads() -> list[dict[str, str]]:
    """Fifty leads; each column goes round its own ugly values, so that they meet in all ways."""
    rows = []
    for n in range(50):
        text, deal = TEXTS[n % len(TEXTS)], DEALS[n % len(DEALS)] if n % 3 == 0 else ("",) * 5
        rows.append({
            "Lead id": f"U{n}", "Name": text if n % 2 else f"Person {n}", "Email": f"u{n}@mail.example", "Phone number":
            "12345" if n == 7 else f"(206) 555-{n:04}", "City": text[:200], "Job title": text[:400], "Notes": text,
            "Roof type": text, "Disposition tags": TAGS[n % len(TAGS)], "Lead status": STATUSES[n % len(STATUSES)],
            "Lead source": SOURCES[n % len(SOURCES)], "Lead medium": "telegraph", "Owner": OWNERS[n % len(OWNERS)],
            "Date created": WHEN[n % len(WHEN)], "Marked-on-sold date": WHEN[n // 5 % len(WHEN)] if n % 5 == 1 else "",
            "Birthday": WHEN[n % len(WHEN)].split()[0], "Activity history": HISTORY[n] if n < len(HISTORY) else "",
            "Company name": COMPANIES[n % len(COMPANIES)], "State": "WA", "Country": ("US", "AU", "", "Narnia")[n % 4],
            **dict(zip(("Deal name", "Pipeline", "Deal stage", "Deal amount", "Deal close date"), deal, strict=True)),
        })  # fmt: skip
    more = [{**rows[0], "Deal name": f"More {k}", "Deal stage": ("Won", "Lost")[k % 2]} for k in range(5)]
    rows[48] |= {"Email": "linked@mail.example", "Name": "Linked Person"}
    return [*rows, *more, {"Name": "Nobody to be found"}]


def companies() -> list[dict[str, str]]:
    return [
        {"Company name": name, "Website": SITES[n % len(SITES)], "Phone number": f"(206) 556-{n:04}", "City": "",
         "Owner": OWNERS[n % len(OWNERS)], "Rank": TEXTS[n][:300]}
        for n, name in enumerate(COMPANIES)
    ]  # fmt: skip


def written(path: Path, rows: list[dict[str, str]], encoding: str) -> Path:
    headers = list(dict.fromkeys(h for row in rows for h in row))
    with path.open("w", encoding=encoding, newline="") as file:
        sheet = csv.writer(file)
        sheet.writerow(headers)
        sheet.writerows([row.get(h, "") for h in headers] for row in rows)
    return path


def had(writer: ClientWriter) -> dict[str, int]:
    """What the customer has already, under names that differ in case, signs or language, some of it archived."""
    (german,) = writer.search("res.lang", [("code", "=", "de_DE")])
    writer.write("res.lang", [german], {"active": True})
    team = made(writer, "crm.team", name="Elsewhere")
    ours = {
        "team": made(writer, "crm.team", name="Roofing Crew", active=False),
        "queue": made(writer, "crm.team", name="AUTO-BLOCKED review"),
        "stage": made(writer, "crm.stage", name="Too Expensive?", sequence=44),
        "elsewhere": made(writer, "crm.stage", name="Quoted", team_ids=[(6, 0, [team])]),
        "tag": made(writer, "crm.tag", name="vip", color=7),
        "source": made(writer, "utm.source", name="Google"),
        "medium": made(writer, "utm.medium", name="TELEGRAPH", active=False),
        "reason": made(writer, "crm.lost.reason", name="LOST", active=False),
        "twin": made(writer, "res.users", name="Twin", login="Twin@firm.example"),
        "active twin": made(writer, "res.users", name="Twin too", login="twin@firm.example"),
        "dotted": made(writer, "res.users", name="Dotted", login="a.b@firm.example"),
        "plain": made(writer, "res.users", name="Plain", login="ab@firm.example"),
        "gone": made(writer, "res.users", name="Gone", login="GONE@firm.example", active=False),
        "partner": made(writer, "res.partner", name="Linked Person", email="linked@mail.example"),
        "company": made(writer, "res.partner", name="Globex", is_company=True, phone="+12065560008"),
    }  # fmt: skip
    writer.ask("crm.stage", "update_field_translations", [ours["stage"]], "name", {"de_DE": "Zu teuer"})
    writer.ask("crm.tag", "update_field_translations", [ours["tag"]], "name", {"de_DE": "wichtig"})
    writer.write("res.users", [writer.uid], {"lang": "de_DE"})
    return ours


@dataclass(frozen=True)
class Story:
    """All that happened, `leads` by Ringy's id as they were in Odoo, every row of the database before, between and after."""

    had: dict[str, int]
    leads: dict[str, Row]
    loaded: Loaded
    proof: Reconciliation
    again: Loaded
    undone: runs.Undone
    before: Rows
    between: Rows
    after: Rows


def go(work: works.Work, target: Target) -> tuple[Loaded, Reconciliation]:
    steps.stage_tables(work, target)
    steps.require_passed(work, steps.weigh(work, target))
    return steps.load(work, target), reporting.prove(work, target)


def decided(work: works.Work, target: Target) -> None:
    """Every proposal is taken, but for three owners that a person names, and what the list of blocked ones says."""
    listed = (",2065550003", ",123", ",not@an@email", "id,U9", "id,U38", ",=1+1")
    blocked = "\n".join(["kind,value,verdict", *(f"{entry},confirmed" for entry in listed)])
    private(work.migration.decisions)
    (work.migration.decisions / "auto_block.csv").write_text(blocked, encoding="utf-8")
    cleansed = steps.cleanse(work)
    steps.find_matches(work, cleansed, target)
    steps.propose_lists(work, cleansed, target)
    steps.accept_proposals(work, target, ("mapping.yaml", "cleansing.yaml", *(kind.file for kind in decisions.KINDS)))
    owners = decisions.read(work.migration, decisions.OWNERS)
    named = owners["owner"].isin(OWNERS[:3])
    owners = owners.assign(how=owners["how"].mask(named, "match"), login=owners["login"].mask(named, owners["owner"]))
    work.migration.write_csv("owners.csv", owners)


@pytest.fixture(scope="module")
def story(
    sandbox: Sandbox, database: str, writer: ClientWriter, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Story]:
    base = tmp_path_factory.mktemp("ugly")
    exports = [
        (written(base / "leads.csv", leads()[:30], "utf-8-sig"), "lead"),
        (written(base / "more.csv", leads()[25:], "utf-16"), "lead"),
        (written(base / "companies.csv", companies(), "utf-8"), "company"),
    ]
    settings = {"time_zone": "America/New_York", "region": "US", "currency": "USD"}
    migration.create(base / "ugly", "ringy", "Ringy", exports, settings)
    with (base / "ugly" / "migration.toml").open("a", encoding="utf-8") as file:
        file.write(f'[targets.t]\nurl = "{sandbox.url}"\ndatabase = "{database}"\nlogin = "{sandbox.login}"\n')
        file.write('secret = "env:UGLY_SECRET"\n')
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("UGLY_SECRET", sandbox.password())
        ours = had(writer)
        before = snapshot(sandbox, database)
        work = works.open_work(base / "ugly", reports=base / "reports")
        target = connect(work.migration, "t")
        decided(work, target)
        loaded, proof = go(work, target)
        seen = target.client.search_read("crm.lead", [("x_source_ref", "!=", False)], LOOKED_AT)
        between = snapshot(sandbox, database)
        again, _ = go(works.open_work(base / "ugly", work.migration.new_run().id, base / "reports"), target)
        undone = runs.undo(base / "ugly", "t")
        leads_by_id = {str(row["x_ringy_id"]): row for row in seen if row["x_ringy_id"]}
        yield Story(ours, leads_by_id, loaded, proof, again, undone, before, between, snapshot(sandbox, database))


def test_every_account_closes_and_everything_is_found_again(story: Story) -> None:
    counts = {entity: {o: n for o, n in account.counts().items() if n} for entity, account in story.loaded.accounts.items()}
    assert all(set(found) <= {"created", "updated", "merged", "rejected", "matched"} for found in counts.values()), counts
    assert (counts["lead"]["rejected"], counts["company"]["rejected"]) == (1, 2)
    assert sum(found.get("updated", 0) for found in counts.values()) == 2  # linked: a person, a company
    assert counts["activity"]["created"] > 500
    assert story.proof.matches


def test_a_second_run_writes_nothing(story: Story) -> None:
    ended = {o.outcome for account in story.again.accounts.values() for o in account.outcomes.values()}
    assert ended == {"unchanged", "matched", "merged", "rejected"}


def test_what_was_there_under_a_like_name_is_used(story: Story) -> None:
    had, leads = story.had, story.leads
    owners = {lead["x_ringy_owner"]: lead["user_id"] for lead in leads.values()}
    assert [owners[o] for o in OWNERS[:4]] == [had[u] for u in ("dotted", "plain", "active twin", "gone")]
    assert leads["U0"]["team_id"] == had["team"]
    assert leads["U38"]["team_id"] == had["queue"]
    assert leads["U17"]["stage_id"] == had["stage"]
    assert had["elsewhere"] not in {lead["stage_id"] for lead in leads.values()}
    assert {lead["medium_id"] for lead in leads.values()} == {had["medium"]}
    assert had["tag"] in leads["U12"]["tag_ids"]
    assert had["reason"] in {lead["lost_reason_id"] for lead in leads.values()}
    sources = {lead["source_id"] for n, lead in leads.items() if int(n[1:]) % len(SOURCES) in (0, 2)}
    assert sources == {had["source"]}
    assert len({lead["source_id"] for lead in leads.values()}) == 6  # Google, Google+, C, C++, =1 and none


@pytest.mark.parametrize("table", REUSED)
def test_what_was_there_is_used_as_it_is(story: Story, table: str) -> None:
    assert [c for c in differences(story.before, story.between) if c.table == table and c.before] == []


def test_an_undo_leaves_every_row_of_every_table_as_it_was(story: Story) -> None:
    assert (story.undone.as_json()["kept"], story.undone.as_json()["failed"]) == (0, 0)
    assert [c for c in differences(story.before, story.after) if left(c) not in LEFT_BEHIND] == []
