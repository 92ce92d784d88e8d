"""What comes from a CRM or a person is text in every place of the report; large reports stay small pages."""

from __future__ import annotations

import html
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from tests.test_report import AMOUNTS, HTML, audited, invented
from workbench import amounts, by_stage
from workbench.checks import ROWS as CHECK_ROWS
from workbench.findings import Finding, table
from workbench.outcomes import Account, Outcome
from workbench.profile import FORMATS, PROFILE
from workbench.report import Checked, Decision, Report, Target, render
from workbench.report_data import Audited, Signature
from workbench.splits import MONTHS, SPLITS
from workbench.verdict import RuleResult, SuiteResult

ELEMENTS = {
    "html", "head", "meta", "title", "link", "style", "body", "a", "header", "p", "strong", "nav", "ul", "li", "main",
    "footer", "section", "h1", "h2", "h3", "div", "span", "table", "caption", "thead", "tbody", "tfoot", "tr", "th",
    "td", "small", "svg", "path", "circle", "g", "text", "rect", "line", "desc", "defs", "clippath", "ol", "pre",
    "code", "dl", "dt", "dd", "details", "summary", "colgroup", "col",
}  # fmt: skip
"""All that our templates and pictures are made of."""


def hostile(place: str) -> str:
    """A text that would be an element, an attribute or a formula of the template, with the place that it stands in."""
    return f"<img src=x onerror=hit()>\"'{{{{7*7}}}}</title></style>{place}"


class Elements(HTMLParser):
    """Every element and every attribute that a browser would act on."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.acting: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.acting += [name for name, _ in attrs if name.startswith("on") or name in ("srcdoc", "action")]
        self.acting += [v for name, v in attrs if name in ("href", "src") and v and v.lower().startswith("javascript")]


def poisoned() -> Report:
    """A run in which every text that somebody else writes is hostile."""
    report = invented(wrong=True)
    assert report.reconciliation
    key = "toy.contact_7"
    sample = report.reconciliation.samples["contact"].copy()
    sample.loc[0, ["source", "odoo"]] = [hostile("cell"), hostile("value in Odoo")]
    compared = dict(report.reconciliation.compared)
    mismatches = compared["contact"].mismatches.copy()
    mismatches.loc[0, ["staged", "odoo", "how"]] = [hostile("staged"), hostile("differing"), hostile("how")]
    compared["contact"] = replace(compared["contact"], mismatches=mismatches)
    witnesses = dict(report.reconciliation.witnesses)
    missing = witnesses["contact"].missing.copy()
    missing.loc[0, ["file", "column", "value"]] = [hostile("file of a cell"), hostile("column"), hostile("cell not found")]
    decided = witnesses["contact"].decided.copy()
    decided.loc[0, "decision"] = hostile("decision on a cell")
    witnesses["contact"] = replace(witnesses["contact"], missing=missing, decided=decided)
    proof = replace(
        report.reconciliation, samples={"contact": sample}, compared=compared, witnesses=witnesses,
        declared_lossy=(("lead", hostile("lossy field"), hostile("lossy reason")),),
    )  # fmt: skip
    leads = [*report.accounts["lead"].extracted]
    ended = [Outcome(leads[0], "failed", hostile("refusal")), Outcome(leads[1], "held", hostile("reason"))]
    lead = Account.of("lead", leads, [*ended, *(Outcome(k, "created") for k in leads[2:])])
    rule = RuleResult(hostile("rule"), hostile("rule text"), hostile("rule column"), 2, "quarantine", "failed")
    suite = SuiteResult(hostile("suite"), "lead", 1, 9, False, 2, (rule,), problem=hostile("problem"))
    rows = report.rows.assign(file=hostile("file"))
    found = [
        Finding("invalid_phone", "warning", hostile("message"), hostile("todo"), "contact", key,
                hostile("file of a finding"), 3, hostile("field"), hostile("finding value")),
        Finding("no_time_zone", "warning", hostile("message about files"), hostile("todo about files")),
        Finding("filtered_export", "warning", hostile("hint"), "", "lead", value=hostile("hint value")),
        Finding("placeholder", "note", "", "", "lead"),
    ]  # fmt: skip
    money = [(key, hostile("pipeline"), hostile("month"), Decimal(1), Decimal(1), Decimal(0), Decimal(0))]
    stands = [(key, "lead", hostile("status"), hostile("team"), hostile("stage"), 1)]
    return replace(
        report, migration=hostile("migration"), source=hostile("source"),
        stages=pd.DataFrame(stands, columns=by_stage.COLUMNS),
        target=Target("http://127.0.0.1:8069/" + hostile("url"), hostile("database"), "0b1f", hostile("version")),
        accounts={**report.accounts, "lead": lead}, rows=rows, reconciliation=proof, findings=table(found),
        suites=(suite,), stopped=hostile("stopped"), undo=hostile("undo"), currency=hostile("currency"),
        time_zone=hostile("zone"), labels={**report.labels, "company": (hostile("label"), hostile("model"))},
        decisions=(Decision(hostile("decision"), hostile("decider"), hostile("moment"), hostile("why")),),
        not_moved=((hostile("not moved"), hostile("why not moved")),),
        spot_check=(Checked(key, hostile("verdict"), hostile("checker"), hostile("checked at"), hostile("note"),
                            f"contact, {hostile('stratum')}"),),
        signatures=(Signature(hostile("signer"), hostile("signed at"), hostile("state"), hostile("spot"), hostile("role"),
                              hostile("signed note")),),
        titles={key: (("name", hostile("title")),)}, amounts=pd.DataFrame(money, columns=amounts.COLUMNS),
        places={e: {k: (hostile("place"), 2) for k in known} for e, known in report.places.items()},
        links={key: "javascript:hit()"}, audited=poisoned_audit(),
    )  # fmt: skip


def poisoned_audit() -> Audited:
    """What an audit left of files in which every header and value is hostile."""
    report = audited()
    profile = pd.DataFrame(
        [("lead", hostile("header"), 1, 0.75, 9, 1, 9, hostile("kind"), hostile("type"), 0, hostile("form"), "")],
        columns=PROFILE,
    )
    tables = replace(
        report.tables, profile=profile,
        formats=pd.DataFrame([("lead", "Phone", "phone", hostile("format"), 3, 1.0, 0)], columns=FORMATS),
        splits=pd.DataFrame([(hostile("split file"), 1, hostile("day"), "", 40, hostile("statuses"))], columns=SPLITS),
        months=pd.DataFrame([("toy.lead_1", hostile("file of a month"), 2, "2026-01")] * 2, columns=MONTHS),
    )  # fmt: skip
    odd = [("placeholder", "lead", hostile("odd column"), "toy.lead_1", hostile("odd file"), 2, hostile("odd value"),
            hostile("odd why"))]  # fmt: skip
    return Audited(tables, {"placeholder": pd.DataFrame(odd, columns=CHECK_ROWS)}, {})


PLACES = (
    "cell", "value in Odoo", "staged", "differing", "how", "file of a cell", "column", "cell not found",
    "decision on a cell", "lossy field", "lossy reason", "refusal", "reason", "rule text", "rule column", "suite",
    "problem", "file", "message", "todo", "file of a finding", "field", "finding value", "message about files",
    "todo about files", "hint", "hint value", "pipeline", "month", "migration", "source", "url", "database", "version",
    "stopped", "undo", "currency", "zone", "label", "model", "decision", "decider", "moment", "why", "not moved",
    "why not moved", "verdict", "checker", "checked at", "note", "stratum", "signer", "signed at", "state", "spot",
    "role", "signed note", "title", "place", "header", "kind", "type", "form", "split file", "day", "statuses",
    "odd column", "odd file", "odd value", "odd why", "status", "team", "stage",
)  # fmt: skip


@pytest.fixture(scope="module")
def poisoned_pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("poisoned")
    render(folder, poisoned(), masked=False)
    return {name: (folder / name).read_text(encoding="utf-8") for name in HTML}


def test_hostile_text_makes_no_element_and_no_attribute(poisoned_pages: dict[str, str]) -> None:
    for name, page in poisoned_pages.items():
        elements = Elements(page)
        assert elements.found <= ELEMENTS, name
        assert elements.acting == [], name


@pytest.mark.parametrize("place", PLACES)
def test_hostile_text_stands_there_as_it_is(poisoned_pages: dict[str, str], place: str) -> None:
    text = hostile(place)
    ends = ("<", '"', "'", " ", "\n", ".", ";", ",", ")", ":")
    shown = [html.unescape(page) for page in poisoned_pages.values()]
    assert any(text + end in page or text.capitalize() + end in page for page in shown for end in ends), place
    assert not any("<img src=x" in page for page in poisoned_pages.values())


def test_twenty_thousand_findings_make_small_pages(tmp_path: Path) -> None:
    report = invented()
    found = [
        Finding("invalid_phone" if n % 2 else "rule_failed", "warning", f"{n}: no valid number. " + "x" * 200, "Correct it.",
                "contact", f"toy.contact_{n % 200}", "leads-1.csv", n, "phone", f"call {n}")
        for n in range(20_000)
    ]  # fmt: skip
    many = pd.concat([AMOUNTS.assign(month=f"{1990 + n // 12}-{n % 12 + 1:02}") for n in range(240)], ignore_index=True)
    render(tmp_path, replace(report, findings=table(found), amounts=many))
    for name in HTML:
        assert (tmp_path / name).stat().st_size < 1_000_000, name
    assert sum(1 for _ in (tmp_path / "rows/contact-finding-invalid-phone.csv").open(encoding="utf-8")) == 10_001
