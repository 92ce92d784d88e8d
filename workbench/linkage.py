"""Contacts that look alike though no address or number says so: a Fellegi-Sunter model, computed by Splink on DuckDB.

What it finds is shown to a person and never merged by itself. The model's weights stand here as numbers instead of being
trained on each export: the same records get the same scores in any order, and a small export with few duplicates, on which
training fails, is judged like a large one.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pandas as pd

from workbench.keys import k1_email, k1_phone, k1_text
from workbench.people import person, short_forms
from workbench.values.text import unaccented

THRESHOLD = 0.5
"""The score from which a pair is shown: it is likelier one person than two."""

DUPLICATES = 0.1
"""How many duplicates an export is thought to hold, as a share of its contacts."""

COMMON = 100
"""A value that more contacts share than this (a switchboard, a placeholder) tells nobody apart and finds nobody."""

AT_ONCE = 1_000_000
"""Pairs that are compared in one go: it bounds the memory that it takes, and how long nobody hears how far it is."""

_SETTINGS = (
    "temp_directory = ''",  # nothing to disk: the records are personal data
    "enable_progress_bar = false",
    "autoinstall_known_extensions = false",
    "autoload_known_extensions = false",
)
"""Of DuckDB, which would else load extensions from the net."""


@dataclass(frozen=True)
class Level:
    """One degree of likeness of a field, of which the first that is met counts.

    `m` is how often two records of one person are so, as experience with typed-in customer data says; `u` how often two
    people of one business are so by chance. A value that is `weighed` counts the less the more common it is.
    """

    word: str
    sql: str
    m: float
    u: float
    weighed: bool = False


def _same(column: str, m: float, u: float, weighed: bool = False) -> Level:
    return Level("same", f'"{column}_l" = "{column}_r"', m, u, weighed)


def _near(column: str, share: float, m: float, u: float) -> Level:
    return Level("near", f'jaro_winkler_similarity("{column}_l", "{column}_r") >= {share}', m, u)


def _typos(column: str, count: int, m: float, u: float) -> Level:
    return Level("near", f'damerau_levenshtein("{column}_l", "{column}_r") <= {count}', m, u)


_SWAPPED = Level("near", '"first_l" = "last_r" AND "last_l" = "first_r"', 0.02, 0.0001)
_SHORT = Level("near", "contains(forms_l, '|' || first_r || '|') OR contains(forms_r, '|' || first_l || '|')", 0.04, 0.005)
_MAILBOX = Level("near", "mailbox_l = mailbox_r", 0.05, 0.0005)
_ONE_OF_BOTH = Level("same", "zip_l = zip_r OR city_l = city_r", 0.2, 0.008)
_NEARBY = Level(
    "near", "damerau_levenshtein(zip_l, zip_r) <= 1 OR jaro_winkler_similarity(city_l, city_r) >= 0.9", 0.08, 0.02
)  # fmt: skip

MODEL: dict[str, tuple[Level, ...]] = {
    "first": (
        _same("first", 0.78, 0.005, weighed=True), _SWAPPED, _SHORT,
        _near("first", 0.9, 0.07, 0.008), _near("first", 0.8, 0.04, 0.03),
    ),
    "last": (
        _same("last", 0.85, 0.001, weighed=True), _SWAPPED, _near("last", 0.9, 0.06, 0.002), _near("last", 0.8, 0.03, 0.015),
    ),
    "birthday": (
        _same("birthday", 0.9, 0.00004), _typos("birthday", 1, 0.05, 0.001), _typos("birthday", 2, 0.02, 0.02),
    ),
    "email": (
        _same("email", 0.7, 0.00002), _MAILBOX, _typos("email", 1, 0.08, 0.00005), _typos("email", 2, 0.02, 0.001),
    ),
    "phone": (_same("phone", 0.7, 0.00002), _typos("phone", 1, 0.06, 0.0002)),
    "street": (_same("street", 0.55, 0.0005), _near("street", 0.9, 0.2, 0.003), _near("street", 0.8, 0.05, 0.03)),
    "street2": (_same("street2", 0.55, 0.002), _near("street2", 0.85, 0.2, 0.005)),
    "place": (_same("place", 0.65, 0.004, weighed=True), _ONE_OF_BOTH, _NEARBY),
}  # fmt: skip
"""Field → its levels; what meets none differs, and an empty cell says nothing."""

_MADE_OF = {"place": ("zip", "city")}
"""A field that can be compared where both records have one of its parts."""

_WORDS = {
    "first": "first name", "last": "last name", "email": "e-mail", "street2": "second line of the address",
    "place": "ZIP or city",
}  # fmt: skip

_BLOCKS: tuple[tuple[str, ...], ...] = (
    ("email",), ("mailbox",), ("phone",), ("both",), ("birthday",), ("street",), ("zip", "last"), ("zip", "first"),
    ("zip", "house"), ("city", "last"), ("city", "first"),
)  # fmt: skip
"""Two contacts are compared where all columns of one of these are equal: not every contact with each."""

_TAKEN = ("first_name", "last_name", "name", "birthday", "email", "phone", "street", "street2", "zip", "city")


def alike(
    contacts: pd.DataFrame, threshold: float = THRESHOLD, progress: Callable[[int, int], None] = lambda done, total: None
) -> pd.DataFrame:
    """Pairs of contacts that are likelier one person than two, the surest first.

    columns: a, b (keys, a < b), score (0 to 1), same, near, differ (the fields that are so, in words). People of one
    household share a surname, a street and a phone: where the first names differ, a pair counts only if the birthday or the
    e-mail agrees at least nearly. `progress` is told how many pairs have been compared, of how many.
    """
    columns = ["a", "b", "score", "same", "near", "differ"]
    contacts = contacts.sort_values("key", ignore_index=True)
    if len(contacts) < 2:
        return pd.DataFrame(columns=columns)
    found = _predict(features(contacts), threshold, progress)
    named = (found["gamma_first"] > 0) | ((found["gamma_first"] < 0) & (found["gamma_last"] > 0))
    found = found[named | (found["gamma_birthday"] > 0) | (found["gamma_email"] > 0)]
    keys = contacts["key"]  # sorted, so that the record with the smaller number has the smaller key
    pairs = pd.DataFrame(
        {
            "a": keys[found["number_l"]].tolist(), "b": keys[found["number_r"]].tolist(),
            "score": found["match_probability"].astype(float).tolist(), **_said(found),
        }, columns=columns,
    )  # fmt: skip
    return pairs.sort_values(["score", "a", "b"], ascending=[False, True, True], ignore_index=True)


def features(contacts: pd.DataFrame) -> pd.DataFrame:
    """What the model compares, of contacts: number (the row), folded fields (missing where empty), blocks."""
    text = {c: contacts[c].tolist() if c in contacts else [""] * len(contacts) for c in _TAKEN}
    names = [_name(*parts) for parts in zip(text["first_name"], text["last_name"], text["name"], strict=True)]
    streets = [_plain(s) for s in text["street"]]
    emails = [k1_email(e) for e in text["email"]]
    out = pd.DataFrame(
        {
            "first": [f for f, _ in names], "last": [n for _, n in names],
            "forms": [f"|{'|'.join(sorted({*short_forms(f), f[0]}))}|" if f else "" for f, _ in names],
            "both": ["|".join(sorted(parts)) if all(parts) else "" for parts in names],
            "birthday": text["birthday"], "email": emails, "mailbox": [_mailbox(e) for e in emails],
            "phone": [k1_phone(p) for p in text["phone"]], "street": streets,
            "street2": [_plain(s) for s in text["street2"]],
            "house": [m.group() if (m := re.match(r"\d+", s)) else "" for s in streets],
            "zip": [k1_text(z)[:5] for z in text["zip"]], "city": [k1_text(c) for c in text["city"]],
        }, dtype="str",
    )  # fmt: skip
    places = zip(out["zip"], out["city"], strict=True)
    out["place"] = pd.Series([f"{z}|{c}" if z or c else "" for z, c in places], index=out.index, dtype="str")
    for column in ("email", "mailbox", "phone", "birthday", "street"):
        out[column] = _rare(out[column])
    for at, block in enumerate(_BLOCKS):
        cells = zip(*(out[c].tolist() for c in block), strict=True)
        out[f"block_{at}"] = _rare(pd.Series(["|".join(c) if all(c) else "" for c in cells], index=out.index, dtype="str"))
    return out.mask(out == "").assign(number=range(len(out)))


def _name(first: str, last: str, whole: str) -> tuple[str, str]:
    """First and last name, folded: of their own columns, or taken from the whole name."""
    if first or last:
        return k1_text(first), k1_text(last)
    taken = person(whole)
    return taken.first, taken.last


def _plain(text: str) -> str:
    """Words in lower case without accents and punctuation."""
    return " ".join(re.findall(r"\w+", unaccented(text)))


def _mailbox(email: str) -> str:
    """What stands before the @, where it is long enough to be somebody's own."""
    box = email.partition("@")[0]
    return box if len(box) >= 6 else ""


def _rare(values: pd.Series) -> pd.Series:
    return values.mask(values.map(values.value_counts()) > COMMON, "")


def _predict(records: pd.DataFrame, threshold: float, progress: Callable[[int, int], None]) -> pd.DataFrame:
    """Splink's predictions: key_l, key_r, match_probability, and the level of each field as gamma_<field>."""
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    settings = SettingsCreator(
        link_type="dedupe_only", unique_id_column_name="number", comparisons=[_comparison(name) for name in MODEL],
        blocking_rules_to_generate_predictions=[block_on(f"block_{at}") for at in range(len(_BLOCKS))],
        probability_two_random_records_match=min(2 * DUPLICATES / len(records), 0.5),
    )  # fmt: skip
    with _silent():
        api = DuckDBAPI()
        for setting in _SETTINGS:
            api.duckdb_con.execute(f"SET {setting}")
        linker = Linker(api.register(records), settings, log_level=None)
        pairs = sum(_pairs(records[f"block_{at}"]) for at in range(len(_BLOCKS)))
        parts = 1 + pairs // AT_ONCE
        found: list[pd.DataFrame] = []
        for part in range(1, parts + 1):
            progress(pairs * (part - 1) // parts, pairs)
            chunk = linker.inference.predict_chunk((part, parts), (1, 1), threshold_match_probability=threshold)
            found.append(chunk.as_duckdbpyrelation().df())
            chunk.drop_table_from_database_and_remove_from_cache()
        progress(pairs, pairs)
        api.duckdb_con.close()
    return pd.concat(found, ignore_index=True)


def _pairs(block: pd.Series) -> int:
    """How many pairs of records have the same value."""
    sizes = block.value_counts()
    return int((sizes * (sizes - 1) // 2).sum())


def _comparison(field: str) -> Any:
    """A field's levels as Splink takes them."""
    import splink.comparison_level_library as cll
    import splink.comparison_library as cl

    empty = [f'("{c}_l" IS NULL OR "{c}_r" IS NULL)' for c in _MADE_OF.get(field, (field,))]
    levels: list[Any] = [cll.CustomLevel(" AND ".join(empty)).configure(is_null_level=True)]
    for level in MODEL[field]:
        weights: dict[str, Any] = {"m_probability": level.m, "u_probability": level.u}
        if level.weighed:
            weights["tf_adjustment_column"] = field
        levels.append(cll.CustomLevel(level.sql).configure(**weights))
    rest = {f"{p}_probability": 1 - sum(getattr(level, p) for level in MODEL[field]) for p in ("m", "u")}
    levels.append(cll.ElseLevel().configure(**rest))
    return cl.CustomComparison(output_column_name=field, comparison_levels=levels)


def _said(found: pd.DataFrame) -> dict[str, list[str]]:
    """The fields that are the same, near and different, in words, for each pair."""
    said: dict[str, list[list[str]]] = {word: [[] for _ in range(len(found))] for word in ("same", "near", "differ")}
    for field, levels in MODEL.items():
        words = ["differ", *(level.word for level in reversed(levels))]
        for row, gamma in enumerate(found[f"gamma_{field}"].tolist()):
            if gamma >= 0:
                said[words[gamma]][row].append(_WORDS.get(field, field))
    return {word: [", ".join(fields) for fields in rows] for word, rows in said.items()}


@contextmanager
def _silent() -> Iterator[None]:
    """Splink logs much of what it does, with samples of data."""
    log = logging.getLogger("splink")
    before = log.level
    log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        log.setLevel(before)
