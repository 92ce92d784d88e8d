"""The account closes, or says what is open."""

from __future__ import annotations

import pytest

from workbench.errors import AccountOpen
from workbench.outcomes import IN_ODOO, OUTCOMES, Account, Outcome


def test_an_account_closes_when_every_key_ends_once() -> None:
    account = Account.of("lead", ["a", "b"], [Outcome("a", "created"), Outcome("b", "merged", "a")])
    account.check()
    assert account.closes
    assert account.keys("created") == ["a"]
    assert account.counts() == dict.fromkeys(OUTCOMES, 0) | {"created": 1, "merged": 1}
    assert account.as_json() == {"extracted": 2, **account.counts(), "closes": True}


def test_what_is_open_is_named() -> None:
    account = Account.of("lead", ["a", "b"], [Outcome("c", "created")])
    assert account.open == {"without an outcome": ["a", "b"], "never extracted": ["c"]}
    with pytest.raises(AccountOpen, match=r"lead: .* 2 records without an outcome \(a, b\)"):
        account.check()


def test_the_same_outcome_twice_is_one_and_two_are_an_error() -> None:
    assert Account.of("lead", ["a"], [Outcome("a", "created")] * 2).closes
    with pytest.raises(AccountOpen, match="a ended twice, as created and as failed"):
        Account.of("lead", ["a"], [Outcome("a", "created"), Outcome("a", "failed")])


def test_words_are_closed() -> None:
    with pytest.raises(ValueError, match="'done' is no outcome"):
        Outcome("a", "done")
    assert set(IN_ODOO) <= set(OUTCOMES)
