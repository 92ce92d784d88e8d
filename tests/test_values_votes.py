"""How a column of dates is written."""

import pytest

from workbench import values


@pytest.mark.parametrize(
    ("texts", "order", "counts", "undecided"),
    [
        (["1/31/2026", "2/3/2026"], "mdy", {"mdy": 2, "dmy": 1, "ymd": 0}, 1),
        (["31/1/2026", "2/3/2026"], "dmy", {"mdy": 1, "dmy": 2, "ymd": 0}, 1),
        (["1/2/2026", "2/3/2026"], None, {"mdy": 2, "dmy": 2, "ymd": 0}, 2),
        (["1/31/2026", "31/1/2026"], None, {"mdy": 1, "dmy": 1, "ymd": 0}, 0),
        (["2026-01-31"], "ymd", {"mdy": 0, "dmy": 0, "ymd": 1}, 0),
        (["2026-01-31", "1/31/2026"], "mdy", {"mdy": 1, "dmy": 0, "ymd": 1}, 0),
        (["2026-01-31", "1/2/2026"], None, {"mdy": 1, "dmy": 1, "ymd": 1}, 1),
        (["", "soon", "31/02/1980"], None, {"mdy": 0, "dmy": 0, "ymd": 0}, 0),
    ],
)
def test_vote(texts, order, counts, undecided):
    assert values.vote(texts) == values.Vote(order, counts, undecided)


def test_a_column_that_mixes_orders_is_nobodys_to_guess():
    many = [f"1/{day}/2026" for day in range(13, 32)]
    assert values.vote([*many, "31/1/2026"]).order == "mdy"
    assert values.vote([*many[1:], "31/1/2026"]).order is None
    assert values.vote(["1/2/2026"], ["mdy", "ymd"]).order == "mdy"


def test_times_of_day_do_not_count_as_other_values():
    assert values.vote(["1/31/2026 9:00", "1/31/2026 10:00 PM", "Jan 5, 2026"]) == values.Vote(
        "mdy", {"mdy": 1, "dmy": 0, "ymd": 1}, 0
    )
