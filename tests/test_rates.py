"""Practitioners: rates of their own are told; companies or people, as it was decided."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from loading import decided, staging

from workbench import migration
from workbench.errors import UsageError
from workbench.rates import differing


def tables(cost: str = "25.00", **practitioner: str) -> dict[str, pd.DataFrame]:
    """A practitioner who gives piano lessons twice and singing, of which nobody says a cost; and one who gives nothing."""
    rates = {"hourly_rate": "", "wage": "", "payment_rate": ""}
    sessions = [("piano", "ida"), ("piano", "ida"), ("song", "ida"), ("piano", ""), ("", "ida")]
    return {
        "practitioner": pd.DataFrame(
            [{"key": k, "file": "p", "row": n, **rates, **practitioner} for n, k in enumerate(("ida", "idle"), 1)]
        ),
        "service": pd.DataFrame([("piano", "Piano", cost), ("song", "Singing", "")], columns=["key", "name", "cost"]),
        "session": pd.DataFrame(sessions, columns=["service", "practitioner"]),
    }


def test_who_has_another_rate_than_the_service_is_told_with_both() -> None:
    (found,) = differing(tables(hourly_rate="30.00", wage="25.00"))
    assert (found.code, found.key, found.file, found.row) == ("own_rate", "ida", "p", 1)
    assert (found.field, found.value) == ("hourly_rate", "30.00")
    assert "own rate is 30.00; 1 of the 1 services that they give have another usual wage, such as Piano" in found.message
    assert "with 25.00" in found.message


@pytest.mark.parametrize(
    ("cost", "rates"), [("25.00", {"wage": "25.00"}), ("25.00", {"payment_rate": "25"}), ("25.00", {}), ("", {"wage": "9"})]
)
def test_the_usual_wage_or_none_is_no_rate_of_ones_own(cost: str, rates: dict[str, str]) -> None:
    assert differing(tables(cost, **rates)) == ()


def test_practitioners_are_companies_or_people_and_no_employees(tmp_path: Path) -> None:
    for choice, company in (("company", True), ("person", False)):
        staged = staging(decided(practitioners_as=choice), practitioner={"ida": {"wage": "9"}})
        assert staged.tables["practitioner"]["is_company"].tolist() == [company]
    place = {"time_zone": "", "region": "CA", "currency": "USD"}
    settings = migration.create(tmp_path / "studio", "bizstim", "Bizstim", [], place, api=True).folder / "migration.toml"
    settings.write_text(settings.read_text("utf-8").replace('as = "company"', 'as = "employee"'), "utf-8")
    with pytest.raises(UsageError, match="practitioners_as: Input should be 'company' or 'person'"):
        migration.Migration(tmp_path / "studio")


def test_a_source_without_sessions_says_nothing_of_rates() -> None:
    assert differing({"practitioner": tables(wage="1")["practitioner"]}) == ()
