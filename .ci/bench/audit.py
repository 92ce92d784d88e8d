"""Measures the audit: 300,000 rows by 40 columns of invented leads, extraction and audit in processes of their own.

Prints `name: value` lines. Seconds are of the wall clock; the same of the processor stand beside, since other work on the
machine stretches only the first. The fuzzy pass is printed apart. `python .ci/bench/audit.py [rows]`

Exit 1 where reading and auditing together take more than a minute or 2 GB.
"""

# ruff: noqa: S311, SIM905, T201 - invented data need a seed, not secrecy; what it measures goes to the terminal

from __future__ import annotations

import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
import unicodedata
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from workbench import migration, steps
from workbench import work as works

ROWS, SEED, FILES = 300_000, 1, 3
STAGES = ("extract", "audit", "both", "alike")

FIRST = [f"{a}{b}" for a in ("Al", "Ber", "Cor", "Dan", "El", "Fin", "Gia", "Hu", "Ir", "Jo", "Ka", "Li", "Mi", "No", "Ol")
         for b in ("a", "en", "na", "is", "vin", "bert", "mar", "ka", "rie", "són")]  # fmt: skip
LAST = [f"{a}{b}" for a in ("Ab", "Birch", "Cast", "Doy", "Erics", "Far", "Garc", "Hol", "Ib", "Jør", "Kowal", "Luk", "Mül")
        for b in ("bott", "man", "año", "le", "son", "go", "ía", "t", "sen", "gensen", "ski", "asz", "ler", "ton", "well",
                  "er", "field", "berg", "ham", "worth")]  # fmt: skip
WORDS = """called left voicemail no answer asked for quote wants call back next week spouse decides budget renewal policy
roof leak storm claim adjuster price too high compare sent text email bounced wrong person moved follow up monday friday
morning evening callback scheduled interested maybe later not now thinks about it deductible premium agent""".split()
AREAS = "205 206 208 212 213 215 303 305 312 314 404 405 412 415 503 504 512 515 602 612 614 615 617 702".split()
PLACES = (("Seattle", "WA"), ("Portland", "Oregon"), ("Austin", "TX"), ("Denver", "co"), ("Boston", "MA"))
STATUSES = ("New", "Contacted", "Qualified", "Quoted", "Sold", "Lost", "Not interested", "NO CONTACT", "Follow up")
SOURCES = ("CSV Upload", "Facebook", "Lead Vendor One", "facebook", "Referral", "Website", "N/A", "")
OWNERS = ("mia@example.com", "max@example.com", "left.last.year@example.com", "unknown@example.net", "")
TAGS = ("SOLD", "Quoted w F/U", "Text Back(No 1st Response)", "objection, then sent quote", "NO CONTACT", "R&D")
PHONES = ("({a}) {b}-{c}", "{a}-{b}-{c}", "{a}.{b}.{c}", "1{a}{b}{c}", "+1 {a} {b} {c}", "{a}{b}{c}", " {a} {b}-{c} ")
HEADERS = (
    "Name", "Email", "Phone number", "Street address", "Date created", "Notes", "Vendor reference id", "Last outbound call",
    "Policy number", "Quote reference",
    "First name", "Last name", "City", "State", "ZIP code", "Birthday", "Company name", "Lead status", "Lead source",
    "Lead vendor", "Owner", "Disposition tags", "Call count", "Phone status", "Quote", "Lead cost", "Is sold", "Sale amount",
    "Marked-on-sold date", "Country", "Job title", "Roof type", "Monthly premium", "Carrier", "Renewal month", "Credit tier",
    "Preferred language", "Best time to call", "Homeowner", "Square feet",
)  # fmt: skip


def fold(name: str) -> str:
    """A name as an address has it."""
    return "".join(c for c in unicodedata.normalize("NFKD", name) if c.isascii() and c.isalnum())


def cells(rng: Random, n: int) -> list[str]:
    """One lead: the first ten cells are hardly ever twice the same, and about one cell in thirty is odd."""
    first, last = rng.choice(FIRST), rng.choice(LAST)
    area, exchange, line = rng.choice(AREAS), f"{rng.randrange(200, 1000)}", f"{rng.randrange(10000):04}"
    city, state = rng.choice(PLACES)
    made = datetime(2021, 1, 1) + timedelta(minutes=rng.randrange(60 * 24 * 1500))  # noqa: DTZ001 - as the file has it
    called = made + timedelta(minutes=rng.randrange(60 * 24 * 60))
    email = f"{fold(first)}.{fold(last)}{n}@example.{rng.choice(('com', 'org', 'net'))}"
    notes = " ".join(rng.choices(WORDS, k=rng.randrange(3, 14))) + f" {n}" if rng.random() < 0.8 else ""
    odd = rng.random()
    if odd < 0.01:
        notes = f"{notes} \u00e2\u20ac\u2122s caf\u00c3\u00a9"
    elif odd < 0.02:
        notes = f"<b>{notes}</b><br>"
    elif odd < 0.025:
        notes = f"=HYPERLINK({n})"
    sold = rng.random() < 0.1
    return [
        f"{first} {last}" if odd < 0.98 else f"{first} & {rng.choice(FIRST)} {last}",
        email if odd > 0.02 else rng.choice(("none", "n/a", "unknown", email.replace("@", " at "), "")),
        rng.choice(PHONES).format(a=area, b=exchange, c=line) if rng.random() > 0.02 else rng.choice(("N/A", "555-0147")),
        f"{rng.randrange(1, 20000)} {last} {rng.choice(('St', 'Ave', 'Rd'))}{rng.choice(('', '', f' Apt {n % 90}'))}",
        f"{made.month}/{made.day}/{made.year} {made.hour % 12 or 12}:{made.minute:02} {'AM' if made.hour < 12 else 'PM'}",
        notes, f"VR-{n:07}-{rng.randrange(100)}", f"{called:%m/%d/%Y %H:%M}" if rng.random() < 0.9 else "",
        f"POL{rng.randrange(10**9):09}", f"{rng.randrange(16**10):010x}",
        first, last, city, state, f"{rng.randrange(501, 99950):05}",
        f"{rng.randrange(1, 13)}/{rng.randrange(1, 29)}/{rng.randrange(1940, 2005)}" if odd > 0.01 else "2/30/1980",
        f"{last} {rng.choice(('Roofing', 'Solar', 'Dental', 'LLC'))}" if rng.random() < 0.2 else "",
        rng.choice(STATUSES), rng.choice(SOURCES), rng.choice(SOURCES), rng.choice(OWNERS),
        ", ".join(sorted(rng.sample(TAGS, rng.choice((0, 0, 1, 1, 2))))), str(rng.randrange(20)),
        rng.choice(("", "", "unreachable", "out of service")), f"${rng.randrange(50, 900)}.00" if rng.random() < 0.5 else "",
        f"${rng.randrange(5, 60)}.00", rng.choice(("Yes", "No")), f"{rng.randrange(100, 5000)}" if sold else "",
        f"{called.month}/{called.day}/{called.year}" if sold else "", rng.choice(("US", "USA", "")),
        rng.choice(("", "Owner", "Manager", "Teacher")), rng.choice(("", "Shingle", "Metal", "Tile, red", "Select")),
        rng.choice(("", "$129.50", "1,200", "ask")), rng.choice(("Acme Mutual", "Bluebird Life", "")),
        str(rng.randrange(1, 13)), rng.choice("ABCD"), rng.choice(("English", "Español", "-")),
        rng.choice(("Morning", "Evening", "")), rng.choice(("Y", "N", "")), str(rng.randrange(600, 5200, 10)),
    ]  # fmt: skip


def make(folder: Path, rows: int, seed: int) -> None:
    """A migration with three files that split the leads by date; about one row in a hundred stands in two of them."""
    rng = Random(seed)
    leads = sorted((cells(rng, n) for n in range(rows)), key=lambda c: datetime.strptime(c[4], "%m/%d/%Y %I:%M %p"))  # noqa: DTZ007
    size, overlap = rows // FILES, rows // 300
    paths = []
    for place in range(FILES):
        part = leads[max(0, place * size - overlap) : (place + 1) * size]
        paths.append(folder / f"leads-{place + 1}.csv")
        with paths[-1].open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADERS)
            writer.writerows(part)
    defaults = {"time_zone": "America/New_York", "region": "US", "currency": "USD"}
    migration.create(folder / "acme", "ringy", "Ringy", [(path, "lead") for path in paths], defaults)


def measure(stage: str, folder: Path) -> None:
    """Run one stage in this process and print what it took."""
    work = works.open_work(folder / "acme", reports=folder / "reports")
    began, cpu = time.perf_counter(), time.process_time()
    if stage in ("extract", "both"):
        works.read_export(work)
    if stage in ("audit", "both"):
        steps.audit(work)
    if stage == "alike":
        steps.look_alike(work)
    took = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(json.dumps({**took, "peak_rss_gb": peak}))


def main() -> None:
    """Make the exports and measure each stage in a process of its own; `both` begins with a migration not read before."""
    rows, found = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS, dict[str, float]()
    name = "300k" if rows == ROWS else str(rows)
    with tempfile.TemporaryDirectory() as place:
        for stage in STAGES:
            folder = Path(place) / ("new" if stage == "both" else "apart")
            if not folder.exists():
                folder.mkdir()
                make(folder, rows, SEED)
            command = [sys.executable, __file__, "--stage", stage, str(folder)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ourselves
            for what, value in json.loads(done.stdout.splitlines()[-1]).items():
                found[f"{stage} {what}"] = value
                print(f"{stage}_{name}_{what}: {value:.2f}", flush=True)
    sys.exit(int(found["both seconds"] > 60 or found["both peak_rss_gb"] > 2))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--stage"]:
        measure(sys.argv[2], Path(sys.argv[3]))
    else:
        main()
