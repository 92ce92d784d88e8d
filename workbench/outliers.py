"""What lies far from the rest of its column: numbers, lengths, days, and texts written unlike all others.

Far means beyond Tukey's outer fences: three times the middle half's width outside of it. Amounts and lengths grow by
factors, so positive ones must be far by their logarithm, too. Where more than one value in a hundred is far, the column is
merely wide, and nothing is said.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from workbench.distinct import Distinct, Hits, replaced

FEWEST = 50
"""Values below which nothing is called far from the others."""
_SHARE = 0.01
_COMMON, _RARE, _COVERED = 0.05, 0.005, 0.95


def far(numbers: npt.NDArray[np.float64], counts: npt.NDArray[np.int64]) -> Hits:
    """Which numbers (NaN for none, each standing `counts` times) are far from the others."""
    known = ~np.isnan(numbers)
    each = np.repeat(numbers[known], counts[known])
    hits = np.zeros(len(numbers), dtype=bool)
    if len(each) < FEWEST:
        return hits
    hits[known] = _outside(numbers[known], each)
    if (each > 0).all():
        hits[known] &= _outside(np.log(numbers[known]), np.log(each))
    return hits if 0 < counts[hits].sum() <= len(each) * _SHARE else np.zeros(len(numbers), dtype=bool)


def _outside(numbers: npt.NDArray[np.float64], each: npt.NDArray[np.float64]) -> Hits:
    low, high = np.percentile(each, (25, 75))
    width = 3 * (high - low)
    if not width:
        return np.zeros(len(numbers), dtype=bool)
    outside: Hits = (numbers < low - width) | (numbers > high + width)
    return outside


def numbers(column: Distinct, numeric: Hits) -> npt.NDArray[np.float64]:
    """The texts as numbers, NaN where they are none: currency signs, thousands and percent signs aside, (1.00) for minus."""
    found = np.full(len(column), np.nan)
    texts = column.lines.filter(pa.array(numeric))
    plain = replaced(texts, (r"^\((.*)\)$", r"-\1"), (r"[^0-9.\-]", ""))
    good = pc.match_substring_regex(plain, r"^-?([0-9]+\.?[0-9]*|\.[0-9]+)$")
    found[numeric] = pc.cast(pc.if_else(good, plain, pa.scalar("nan", pa.large_string())), pa.float64()).to_numpy()
    return found


def lengths(column: Distinct) -> Hits:
    """Texts far longer than the others of their column."""
    sizes = pc.utf8_length(column.lines).to_numpy().astype(np.float64)
    hits = far(sizes, column.counts)
    return hits & (sizes > np.median(sizes)) if hits.any() else hits


def dates(found: npt.NDArray[np.datetime64], counts: npt.NDArray[np.int64]) -> Hits:
    """Days far from the others of their column."""
    numbered = found.astype("datetime64[D]").astype(np.float64)
    return far(np.where(np.isnat(found), np.nan, numbered - _EPOCH), counts)


_EPOCH = float((dt.date(1800, 1, 1) - dt.date(1970, 1, 1)).days)
"""Days are counted from a day before all others, so that none is negative."""


def forms(column: Distinct) -> Hits:
    """Texts of rare form, where a few forms, each of one value in twenty at least, cover 19 of 20 values."""
    encoded = column.shapes.dictionary_encode()
    codes = encoded.indices.to_numpy()
    shares = np.bincount(codes, weights=column.counts) / max(column.filled, 1)
    if column.filled < FEWEST or shares[shares >= _COMMON].sum() < _COVERED:
        return np.zeros(len(column), dtype=bool)
    return (shares < _RARE)[codes]  # type: ignore[no-any-return]
