"""How well duplicates are found, and how fast: `python .ci/bench/matching.py`, one `name: value` a line.

febrl<n>_f1 is the F1 of the pairs that the workbench shows, _splink that of Splink's documented model for febrl, trained on
the same rows in the same run and cut at the documented probability of 0.2; _splink_best at the cut that suits the truth.
febrl<n>_merges are the pairs that are proposed to be merged, _false_merges those of different people among them.
companies_f1 is of the pairs of spellings that stand in one cluster, companies_f1_key of those that the frozen key unites;
WORKBENCH_BENCH_COMPANIES names another list (CSV: name, company; or person_name, leuven_id). contacts_100k_… are of 100,000
invented contacts, of whom one in twenty is there twice and one in ten shares surname and street with another.

Exit 1 where the workbench finds less than Splink or merges two people.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.people import PARTS, febrl, febrl_contacts, febrl_truth  # noqa: E402
from workbench import duplicates, linkage  # noqa: E402
from workbench.companies import clusters  # noqa: E402
from workbench.keys import k1_company  # noqa: E402

Pair = tuple[str, str]
CUTS = (0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999)
DOCUMENTED = 0.2
COMPANIES = ROOT / "tests" / "data" / "companies.csv"


def f1(found: set[Any], truth: set[Any]) -> float:
    """The harmonic mean of precision and recall."""
    return 2 * len(found & truth) / (len(found) + len(truth))


def across(part: str, pairs: Iterable[Pair]) -> set[Pair]:
    """The pairs that count: in the fourth data set those of its two files, one of which holds all `-org` records."""
    return {p for p in pairs if part != "4" or p[0].endswith("org") != p[1].endswith("org")}


def splink(part: str) -> dict[Pair, float]:
    """The pairs of Splink's own example for this data set, with their probabilities.

    From docs/demos/examples/duckdb/febrl3 (here also for 1 and 2, which have the same columns) and febrl4 (its detailed
    model) of github.com/moj-analytical-services/splink, branch of version 5.
    """
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    api, link = DuckDBAPI(), part == "4"
    rows = febrl(part).mask(lambda frame: frame == "")
    if link:
        rules = [
            block_on("given_name", "surname"), "l.given_name = r.surname and l.surname = r.given_name",
            block_on("date_of_birth"), block_on("soc_sec_id"), block_on("state", "address_1"),
            block_on("street_number", "address_1"), block_on("postcode"),
        ]  # fmt: skip
        names = [cl.NameComparison(c).configure(term_frequency_adjustments=True) for c in ("given_name", "surname")]
        number = cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2])
        postcode = cl.DamerauLevenshteinAtThresholds("postcode", [1, 2])
        tables = [frame for _, frame in rows.groupby(rows["rec_id"].str.endswith("org"))]
        sure = [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth")]
    else:
        rules = [block_on(c) for c in ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")]
        names = [cl.NameComparison(c) for c in ("given_name", "surname")]
        number = cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2])
        postcode = cl.ExactMatch("postcode")
        tables = [rows]
        swapped = "l.given_name = r.surname and l.surname = r.given_name and l.date_of_birth = r.date_of_birth"
        sure = [block_on("soc_sec_id"), block_on("given_name", "surname", "date_of_birth"), swapped]
    birth = cl.DateOfBirthComparison(
        "date_of_birth", input_is_string=True, datetime_format="%Y%m%d", invalid_dates_as_null=link
    )
    settings = SettingsCreator(
        unique_id_column_name="rec_id", link_type="link_only" if link else "dedupe_only",
        blocking_rules_to_generate_predictions=rules,
        comparisons=[
            *names, birth, number, cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            postcode.configure(term_frequency_adjustments=True),
        ],
    )  # fmt: skip
    linker = Linker([api.register(t) for t in tables] if link else api.register(tables[0]), settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.8 if link else 0.9)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=2)
    for column in ("date_of_birth", "postcode"):
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(column), estimate_without_term_frequencies=link
        )
    found = linker.inference.predict(threshold_match_probability=CUTS[0]).as_duckdbpyrelation().df()
    pairs = (tuple(sorted(pair)) for pair in zip(found["rec_id_l"], found["rec_id_r"], strict=True))
    return dict(zip(pairs, found["match_probability"], strict=True))


def people(part: str) -> dict[str, float]:
    """The figures of one data set of febrl."""
    truth, contacts = febrl_truth(part), febrl_contacts(part)
    found = linkage.alike(contacts)
    ours = across(part, zip(found["a"], found["b"], strict=True))
    theirs = splink(part)
    rows = duplicates.propose(contacts, pd.DataFrame(columns=["key", "file", "row", "name", "phone", "email", "website"]))
    merged = {p for keys in rows.loc[rows["proposal"] == duplicates.MERGE, "keys"] for p in combinations(keys.split(), 2)}
    cut = {at: f1({pair for pair, score in theirs.items() if score >= at}, truth) for at in CUTS}
    return {
        "f1": f1(ours, truth), "f1_splink": cut[DOCUMENTED], "f1_splink_best": max(cut.values()),
        "merges": len(merged), "false_merges": len(merged - truth),
    }  # fmt: skip


def company_names(path: Path) -> dict[str, float]:
    """The figures of a list of spellings and whose they are."""
    listed = pd.read_csv(path, dtype=str, keep_default_na=False).rename(
        columns={"person_name": "name", "leuven_id": "company"}
    )
    listed = listed.drop_duplicates(["name", "company"], ignore_index=True)
    names = listed["name"].tolist()

    def pairs(groups: Iterable[Iterable[int]]) -> set[tuple[int, int]]:
        return {pair for group in groups for pair in combinations(sorted(group), 2)}

    def by(values: Iterable[str]) -> set[tuple[int, int]]:
        groups: defaultdict[str, list[int]] = defaultdict(list)
        for place, value in enumerate(values):
            groups[value].append(place)
        return pairs(groups.values())

    truth, found = by(listed["company"]), pairs(c.places for c in clusters(names))
    return {
        "f1": f1(found, truth), "f1_key": f1(by(map(k1_company, names)), truth),
        "precision": len(found & truth) / max(len(found), 1), "recall": len(found & truth) / len(truth),
    }  # fmt: skip


def invented(size: int, rng: Random) -> tuple[pd.DataFrame, set[Pair], set[Pair]]:
    """Contacts of one region with febrl's names; the pairs that are one person, and those that only live together."""
    seen = febrl("4")
    pools = {c: [v for v in seen[c] if v] for c in ("given_name", "surname", "address_1")}
    towns = [(city, code) for city, code in zip(seen["suburb"], seen["postcode"], strict=True) if city and code][:300]
    rows: list[dict[str, str]] = []
    one: set[Pair] = set()
    home: set[Pair] = set()

    def new() -> dict[str, str]:
        first, last, (city, code) = rng.choice(pools["given_name"]), rng.choice(pools["surname"]), rng.choice(towns)
        return {
            "first_name": first, "last_name": last, "name": f"{first} {last}", "city": city, "zip": code, "street2": "",
            "street": f"{rng.randrange(1, 400)} {rng.choice(pools['address_1'])}" if rng.random() < 0.8 else "",
            "birthday": f"{rng.randrange(1940, 2004)}-{rng.randrange(1, 13):02}-{rng.randrange(1, 29):02}"
            if rng.random() < 0.3 else "",
            "email": f"{first[0]}{last}{rng.randrange(1000)}@mail{rng.randrange(5)}.example" if rng.random() < 0.7 else "",
            "phone": f"+1206{rng.randrange(2000000, 9999999)}" if rng.random() < 0.9 else "+12065550000",
        }  # fmt: skip

    def add(cells: dict[str, str]) -> str:
        rows.append({"key": f"toy.contact_{len(rows):06}", **cells})
        return rows[-1]["key"]

    while len(rows) < size:
        person, chance = new(), rng.random()
        key = add(person)
        if chance < 0.05:
            twin = dict(person)
            for column in rng.sample(["first_name", "last_name", "street", "email", "phone", "zip"], 2):
                twin[column] = typo(twin[column], rng) if rng.random() < 0.6 else ""
            one.add((key, add(twin)))
        elif chance < 0.15:
            shared = ("last_name", "street", "city", "zip", *(("phone",) if rng.random() < 0.5 else ()))
            home.add((key, add(new() | {column: person[column] for column in shared})))
    return pd.DataFrame(rows[:size], dtype="str"), one, home


def typo(text: str, rng: Random) -> str:
    """The text with a letter left out, doubled or swapped with the next."""
    if len(text) < 3:
        return text
    at = rng.randrange(1, len(text) - 1)
    before, letter, after = text[:at], text[at], text[at + 1 :]
    return rng.choice((before + after, before + letter + letter + after, before + after[0] + letter + after[1:]))


def volume(size: int) -> dict[str, float]:
    """Likeness among invented contacts, in this process: seconds, GB at the peak, precision, recall, households shown."""
    contacts, one, home = invented(size, Random(7))  # noqa: S311 - a seed, no secret
    began = time.monotonic()
    found = linkage.alike(contacts)
    seconds = time.monotonic() - began
    pairs = set(zip(found["a"], found["b"], strict=True))
    return {
        "seconds": seconds, "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
        "precision": len(pairs & one) / len(pairs), "recall": len(pairs & one) / len(one),
        "households_shown": len(pairs & home) / len(home),
    }  # fmt: skip


def say(name: str, value: float) -> None:
    """One figure."""
    sys.stdout.write(f"{name}: {value:.4f}\n" if isinstance(value, float) else f"{name}: {value:,}\n")
    sys.stdout.flush()


def main() -> int:
    """Measure all; 1 where a goal is missed."""
    if sys.argv[1:2] == ["volume"]:
        sys.stdout.write(json.dumps(volume(int(sys.argv[2]))))
        return 0
    logging.disable(logging.CRITICAL)
    missed = []
    for part in PARTS:
        figures = people(part)
        for name, value in figures.items():
            say(f"febrl{part}_{name}", value)
        missed += [f"febrl{part}"] if figures["f1"] < figures["f1_splink"] or figures["false_merges"] else []
    lists = [("companies", COMPANIES)]
    lists += [("companies_of_the_list", Path(path))] if (path := os.environ.get("WORKBENCH_BENCH_COMPANIES", "")) else []
    for title, path in lists:
        for name, value in company_names(path).items():
            say(f"{title}_{name}", value)
    told = subprocess.run([sys.executable, __file__, "volume", "100000"], check=True, capture_output=True, text=True)  # noqa: S603
    for name, value in json.loads(told.stdout).items():
        say(f"contacts_100k_{name}", value)
    sys.stderr.write("All goals are kept.\n" if not missed else f"Missed: {', '.join(missed)}.\n")
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
