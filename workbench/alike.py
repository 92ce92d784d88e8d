"""Records that are only alike: a cheap look for pairs that share neither an e-mail address nor a phone number.

Who to merge is proposed by `workbench.duplicates`; this pass shows an analyst how much there is. Records are compared within
blocks (one last name in one ZIP code, one house, one mailbox, one line of numbers), and a pair needs names that are alike
and one more thing that agrees. Blocks and pairs are bounded; what was not compared is counted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from workbench.extract import Extraction
from workbench.findings import Finding
from workbench.keys import k1_company, k1_email, k1_phone, k1_text
from workbench.kin import Places, names
from workbench.rules import Target

PAIRS = ["rule", "score", "why", "key", "file", "row", "other_key", "other_file", "other_row"]
BLOCK, MOST, SHOWN = 40, 3_000_000, 5_000
"""Records of a block at most; pairs that are compared at most; pairs that are kept, the most alike first."""
At = npt.NDArray[np.int64]
_NAMES, _COMPANIES, _STREETS = 85.0, 90.0, 85.0


@dataclass(frozen=True)
class Alike:
    """`pairs` (`PAIRS`): the most alike first. `found` is the number of all, `left` that of records in blocks too large."""

    pairs: pd.DataFrame
    found: int
    left: int
    findings: tuple[Finding, ...]


def alike(extraction: Extraction, targets: Sequence[Target]) -> Alike:
    """Pairs of leads, and of companies that leads name, that are alike."""
    if "lead" not in extraction.records:
        return Alike(pd.DataFrame(columns=PAIRS), 0, 0, ())
    records, places = extraction.records["lead"], Places.of(targets)
    parts = [_people(records, places), _firms(records, places)]
    frames, findings, found, left = [], [], 0, 0
    kinds = (("person", "leads"), ("company", "names of companies"))
    for (rule, what), (pairs, skipped) in zip(kinds, parts, strict=True):
        found, left = found + len(pairs), left + skipped
        frames.append(_shown(records, pairs.assign(rule=rule)))
        if len(pairs):
            first = frames[-1].iloc[0]
            sides = [f"{first[f'{side}file']}, row {first[f'{side}row']:,}" for side in ("", "other_")]
            where = f"the most alike are {' and '.join(sides)}"
            aside = f" {skipped:,} records stand in groups too large to compare." if skipped else ""
            count = f"1 pair of {what} is" if len(pairs) == 1 else f"{len(pairs):,} pairs of {what} are"
            message = f"{count} alike; {where}.{aside}"
            at = ("lead", str(first["key"]), str(first["file"]), int(first["row"]))
            findings.append(Finding("alike", "note", message, "Candidates are decided in 02_cleansing.", *at))
    return Alike(pd.concat(frames, ignore_index=True), found, left, tuple(findings))


def _people(records: pd.DataFrame, places: Places) -> tuple[pd.DataFrame, int]:
    """Pairs of leads: their places `a` and `b`, score (0..1), why; and how many records no block took."""
    cells = {f: places.cells(records, "lead", f"contact.{f}") for f in ("email", "phone", "street", "zip", "birthday")}
    told = {"name": names(records, places).map(_folded), "street": cells["street"].map(_folded)}
    said = pd.DataFrame(
        {**told, "email": cells["email"].map(k1_email), "phone": cells["phone"].map(k1_phone),
         "zip": cells["zip"].str.strip().str[:5], "birthday": cells["birthday"].str.strip()}
    ).reset_index(drop=True)  # fmt: skip
    last = said["name"].str.rpartition(" ")[2]
    house = said["street"].str.split(" ").str[:2].str.join(" ")
    blocks = [
        (last.str[:4] + " " + said["zip"]).where((last != "") & (said["zip"] != ""), ""),
        (house + " " + said["zip"]).where((house != "") & (said["zip"] != ""), ""),
        _mailbox(said["email"]),
        (said["phone"].str[:7] + last.str[:3]).where((said["phone"] != "") & (last != ""), ""),
    ]
    a, b, skipped = _pairs(blocks, len(said))
    x, y = said.iloc[a].reset_index(drop=True), said.iloc[b].reset_index(drop=True)
    score = process.cpdist(x["name"].tolist(), y["name"].tolist(), scorer=fuzz.token_sort_ratio)
    known = [((x[f] == y[f]) & (x[f] != "")).to_numpy() for f in ("email", "phone")]
    kept = (score >= _NAMES) & ~known[0] & ~known[1]
    a, b, score, x, y = a[kept], b[kept], score[kept], x[kept], y[kept]
    why = _agreeing(x, y)
    more = why != ""
    frame = pd.DataFrame({"a": a[more], "b": b[more], "score": score[more] / 100, "why": why[more]})
    return frame.sort_values(["score", "a", "b"], ascending=[False, True, True], kind="stable"), skipped


def _mailbox(email: pd.Series) -> pd.Series:
    local = email.str.partition("@")[0]
    return local.where(local.str.len() >= 5, "")


def _agreeing(x: pd.DataFrame, y: pd.DataFrame) -> npt.NDArray[np.object_]:
    """What besides the names agrees, in words; empty where nothing does."""
    both = {f: ((x[f] != "") & (y[f] != "")).to_numpy() for f in ("email", "phone", "street", "zip", "birthday")}
    streets = process.cpdist(x["street"].tolist(), y["street"].tolist(), scorer=fuzz.ratio)
    near = {f: process.cpdist(x[f].tolist(), y[f].tolist(), scorer=OSA.distance) for f in ("email", "phone")}
    facts = (
        ("same street", both["street"] & (streets >= _STREETS) & (x["zip"] == y["zip"]).to_numpy()),
        ("same birthday", both["birthday"] & (x["birthday"] == y["birthday"]).to_numpy()),
        ("e-mail addresses a slip apart", both["email"] & (near["email"] > 0) & (near["email"] <= 2)),
        ("phone numbers a figure apart", both["phone"] & (near["phone"] == 1)),
    )
    why = np.full(len(x), "", dtype=object)
    for words, holds in facts:
        why[holds] = [f"{before}, {words}" if before else words for before in why[holds]]
    return why


def _firms(records: pd.DataFrame, places: Places) -> tuple[pd.DataFrame, int]:
    """The same of the names of companies, of each the first lead that names it."""
    text = places.cells(records, "lead", "company.name").reset_index(drop=True)
    key = text.map({t: k1_company(t) for t in text.unique()})
    first = pd.DataFrame({"key": key, "at": np.arange(len(key))})[(key != "").to_numpy()].drop_duplicates("key")
    said = first["key"].reset_index(drop=True)
    blocks = [said.str[:4], said.str.replace(" ", "").str[-5:]]
    a, b, skipped = _pairs(blocks, len(said), most=400)
    score = process.cpdist(said.iloc[a].tolist(), said.iloc[b].tolist(), scorer=fuzz.ratio)
    kept = score >= _COMPANIES
    at = first["at"].to_numpy()
    frame = pd.DataFrame({"a": at[a[kept]], "b": at[b[kept]], "score": score[kept] / 100, "why": "names spelled alike"})
    return frame.sort_values(["score", "a", "b"], ascending=[False, True, True], kind="stable"), skipped


def _pairs(blocks: Sequence[pd.Series], size: int, most: int = BLOCK) -> tuple[At, At, int]:
    """The pairs of records that stand in a block together, each once, and the number of records in blocks too large."""
    pairs: set[int] = set()
    left: set[int] = set()
    for members in _groups(blocks):
        if len(members) > most or len(pairs) > MOST:
            left.update(members)
        else:
            pairs.update(a * size + b for a, b in combinations(members, 2))
    both = np.array(sorted(pairs), dtype=np.int64)
    return both // max(size, 1), both % max(size, 1), len(left)


def _groups(blocks: Sequence[pd.Series]) -> Iterator[list[int]]:
    for block in blocks:
        shared = ((block != "") & block.duplicated(keep=False)).to_numpy()
        codes, at = pd.factorize(block[shared])[0], np.flatnonzero(shared)
        order = np.argsort(codes, kind="stable")
        for members in np.split(at[order], np.flatnonzero(np.diff(codes[order])) + 1):
            yield members.tolist()


def _shown(records: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """The first pairs with the places of both sides (`PAIRS`)."""
    first = pairs.head(SHOWN)
    one, other = (records.iloc[first[side]][["key", "file", "row"]].reset_index(drop=True) for side in ("a", "b"))
    sides = pd.concat([one, other.add_prefix("other_")], axis=1)
    return pd.concat([first[["rule", "score", "why"]].reset_index(drop=True), sides], axis=1)[PAIRS]


def _folded(text: str) -> str:
    """The words of a text, folded."""
    return " ".join(filter(None, map(k1_text, text.split())))
