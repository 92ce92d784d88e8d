"""The spot check's draw: the same for everybody, every stratum there, never more than there is."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as some

from workbench.outcomes import Account, Outcome
from workbench.spot_check import COLUMNS, LEAST, MOST, Drawn, allocate, draw, sheet, size


def account(entity: str, **outcomes: int) -> Account:
    made = [Outcome(f"toy.{entity}_{word}{n}", word, "why") for word, count in outcomes.items() for n in range(count)]
    return Account.of(entity, [o.key for o in made], made)


def accounts() -> dict[str, Account]:
    return {"contact": account("contact", created=900, matched=3, held=40), "lead": account("lead", created=800, updated=1)}


@pytest.mark.parametrize(("records", "wanted"), [(0, 0), (7, 7), (25, 25), (600, 25), (1600, 40), (40_000, 50)])
def test_the_size_follows_the_number_of_records(records: int, wanted: int) -> None:
    assert size(records) == wanted


def test_every_kind_outcome_and_group_is_looked_at() -> None:
    groups = {f"toy.lead_created{n}": "won" if n < 5 else "open" for n in range(800)}
    drawn = draw(accounts(), groups, seed=1)
    strata = Counter(d.stratum for d in drawn)
    assert len(drawn) == size(900 + 3 + 801)
    assert set(strata) == {
        "contact, created", "contact, matched", "lead, created, won", "lead, created, open", "lead, updated",
    }  # fmt: skip
    assert strata["contact, created"] > strata["lead, created, won"]
    assert len({d.key for d in drawn}) == len(drawn)
    assert not any("held" in d.key for d in drawn)


def test_the_draw_depends_on_the_seed_and_on_no_order() -> None:
    backwards = {e: Account.of(e, sorted(a.extracted)[::-1], list(a.outcomes.values())[::-1]) for e, a in accounts().items()}
    first = {d.key for d in draw(accounts(), {}, seed=1)}
    assert {d.key for d in draw(backwards, {}, seed=1)} == first
    assert {d.key for d in draw(accounts(), {}, seed=2)} != first


@given(some.dictionaries(some.text(min_size=1, max_size=3), some.integers(1, 5000), max_size=80))
def test_shares_add_up_and_fit(sizes: dict[str, int]) -> None:
    count = size(sum(sizes.values()))
    shares = allocate(sizes, count)
    assert sum(shares.values()) == count
    assert all(0 < share <= sizes[name] for name, share in shares.items())
    assert len(shares) == min(len(sizes), count)
    assert count <= MOST
    assert count >= min(LEAST, sum(sizes.values()))


def test_verdicts_stay_while_nothing_changed_and_are_void_afterwards() -> None:
    drawn = [Drawn("toy.lead_1", "lead", "lead, created"), Drawn("toy.lead_2", "lead", "lead, created")]
    blank = sheet(drawn, pd.DataFrame(columns=COLUMNS, dtype="str"), 1, "now")
    assert blank["verdict"].tolist() == ["", ""]
    said = blank.assign(verdict=["right", ""], by=["ann", ""])
    again = sheet(drawn, said, 1, "now")
    assert again["verdict"].tolist() == ["right", ""]
    later = sheet(drawn, said, 1, "later")
    assert later["verdict"].tolist() == ["", "", "right"]
    assert later["fingerprint"].tolist() == ["later", "later", "now"]
