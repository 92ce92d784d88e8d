"""The people of febrl (tests/data/febrl) as contacts, and which of them are one person."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).with_name("data") / "febrl"
PARTS = {"1": ("1",), "2": ("2",), "3": ("3",), "4": ("4a", "4b")}
"""Data set → its files. In the fourth, each person of the first file stands once in the second."""


def febrl(part: str) -> pd.DataFrame:
    """The rows of a data set as they stand, without white space, and `person`: the same for all rows of one."""
    frames = [
        pd.read_csv(FOLDER / f"febrl_dataset{name}.csv", dtype=str, keep_default_na=False, skipinitialspace=True)
        for name in PARTS[part]
    ]
    rows = pd.concat(frames, ignore_index=True).rename(columns=str.strip)
    rows = rows.apply(lambda column: column.str.strip())
    return rows.assign(person=rows["rec_id"].str.extract(r"(rec-\d+)")[0])


def febrl_contacts(part: str) -> pd.DataFrame:
    """The rows as canonical contacts, keys as in the files.

    febrl has neither e-mail nor phone: its social security number stands in for the e-mail address, as what one person has.
    """
    rows = febrl(part)
    number = rows["soc_sec_id"]
    return pd.DataFrame(
        {
            "key": rows["rec_id"], "file": f"febrl{part}.csv", "row": range(2, len(rows) + 2),
            "name": (rows["given_name"] + " " + rows["surname"]).str.strip(), "first_name": rows["given_name"],
            "last_name": rows["surname"], "email": (number + "@febrl.example").where(number != "", ""), "phone": "",
            "street": (rows["street_number"] + " " + rows["address_1"]).str.strip(), "street2": rows["address_2"],
            "city": rows["suburb"], "zip": rows["postcode"], "birthday": rows["date_of_birth"],
        }
    )  # fmt: skip


def febrl_truth(part: str) -> set[tuple[str, str]]:
    """The pairs of keys, in order, that are one person; of the fourth data set, those across its files."""
    rows = febrl(part)
    return {pair for keys in rows.groupby("person")["rec_id"] for pair in combinations(sorted(keys[1]), 2)}
