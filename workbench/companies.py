"""Whether two spellings of a company's name can be one company's, and which companies of an export are.

The key of a company is frozen (`keys.k1_company`), and knows fewer legal forms and spellings than this module. What is
found here is proposed, and a person decides.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from rapidfuzz import fuzz

from workbench.keys import k1_email, k1_phone
from workbench.values.text import unaccented

ALIKE = 88
"""Likeness of two names in percent (of letters that need no edit) from which they are shown: a letter in eight differs."""

_WORD = 80
"""The same for what is left of two names when the words that both have are taken away: ABC Roofing is not ABD Roofing."""

_WINDOW = 20
"""Names are compared with this many neighbours in the order of the alphabet, read from the front and from the back."""

_LEGAL_FORMS = frozenset(
    ("inc", "incorporated", "llc", "lllp", "llp", "lp", "ltd", "limited", "co", "corp", "corporation", "company", "plc",
     "pllc", "pc", "gmbh", "mbh", "ag", "kg", "kgaa", "ug", "ohg", "gbr", "ev", "ek", "sa", "sas", "sasu", "sarl", "eurl",
     "sci", "snc", "srl", "srls", "spa", "sl", "slu", "sau", "sca", "scs", "bv", "nv", "cv", "vof", "vzw", "bvba", "sprl",
     "oy", "oyj", "ab", "hb", "as", "asa", "ans", "aps", "pty", "pte", "pvt", "kk", "gk", "kft", "zrt", "nyrt", "bt",
     "sro", "zoo", "doo", "dd", "ooo", "oao", "zao", "pao", "uab", "ou", "tov", "jsc", "cjsc", "ojsc", "lda", "ltda",
     "cia", "eireli", "sdn", "bhd", "pt", "tbk", "aktiengesellschaft", "aktiebolag")
)  # fmt: skip
"""Legal forms as one word without accents and points, of the countries whose companies are usual in CRM exports."""

_ANYWHERE = frozenset(f for f in _LEGAL_FORMS if not set("aeiou") & set(f)) | {"inc", "incorporated", "corp", "corporation"}
"""Legal forms that are no other word, most of them without a vowel: they go from within a name too."""

_SMALL = frozenset(("and", "und", "et", "y", "e", "the", "of", "for"))

PUBLIC_MAIL = frozenset(
    ("gmail.com", "googlemail.com", "yahoo.com", "ymail.com", "yahoo.co.uk", "hotmail.com", "hotmail.co.uk", "outlook.com",
     "live.com", "msn.com", "aol.com", "icloud.com", "me.com", "mac.com", "comcast.net", "att.net", "sbcglobal.net",
     "verizon.net", "bellsouth.net", "cox.net", "charter.net", "earthlink.net", "proton.me", "protonmail.com", "gmx.de",
     "gmx.net", "gmx.com", "web.de", "t-online.de", "mail.com", "zoho.com", "btinternet.com")
)  # fmt: skip
"""Providers of mail to everybody: an address there says nothing about a company."""


@lru_cache(maxsize=1 << 17)
def words(name: str) -> tuple[str, ...]:
    """The words that make a company's name: no case, accents, points, legal forms, 'the' and 'and'; initials as one word.

    `A. B. C. Roofing, L.L.C.` and `ABC Roofing` are ('abc', 'roofing'). A name of nothing else keeps all its words.
    """
    plain = re.sub(r"['`´’.]", "", re.sub(r"(?<=\w\w)\.(?=\w\w)", " ", unaccented(name[:300])))
    parts: list[str] = []
    initials = False
    for word in re.findall(r"[^\W_]+", plain):
        single = len(word) == 1 and word.isalpha()
        if single and initials:
            parts[-1] += word
        else:
            parts.append(word)
        initials = single
    kept = [w for w in parts if w not in _SMALL and w not in _ANYWHERE] or parts
    for end in (-1, 0):
        while len(kept) > 1 and kept[end] in _LEGAL_FORMS:
            del kept[end]
    return tuple(kept)


def normal(name: str) -> str:
    """The name without what spellings differ in, spaces too; empty where it has no letter or digit."""
    return "".join(words(name))


def domains(website: str, email: str) -> frozenset[str]:
    """The domains that are a company's own, of its website and its e-mail address; not those of public mail."""
    address = website.strip().casefold()
    try:
        host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
    except ValueError:  # brackets that are no address of a machine
        host = ""
    found = {host.removeprefix("www."), k1_email(email).rpartition("@")[2]}
    return frozenset(d for d in found if "." in d and d not in PUBLIC_MAIL)


def agreement(records: Iterable[Mapping[Any, Any]]) -> tuple[list[str], list[str]]:
    """What companies (phone, email, website) of one name have in common, and what tells them apart: phone, e-mail, domain.

    Only two of them that both have it can agree or differ; where all have a domain in common, other mailboxes do not differ.
    """
    shared, conflict = [], []
    said = [
        {
            "domain": domains(r["website"] or "", r["email"] or ""),
            "e-mail": frozenset({k1_email(r["email"] or "")} - {""}),
            "phone": frozenset({k1_phone(r["phone"] or "")} - {""}),
        }
        for r in records
    ]  # fmt: skip
    for what in ("domain", "e-mail", "phone"):
        known = [values[what] for values in said if values[what]]
        if len(known) > 1 and frozenset.intersection(*known):
            shared.append(what)
        elif len(known) > 1 and (what != "e-mail" or "domain" not in shared):
            conflict.append(what)
    return shared, conflict


@dataclass(frozen=True)
class Cluster:
    """Names that are one after normalising (`likeness` 100), or only alike: their places in what was given, in order."""

    places: tuple[int, ...]
    likeness: int


def clusters(names: Sequence[str]) -> list[Cluster]:
    """Groups of names that may be one company: first those with one normal form, then those whose forms are alike.

    A chain of names each like the next is one group. The same names give the same groups in any order.
    """
    by_form: defaultdict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        if form := normal(name):
            by_form[form].append(place)
    spelt = {form: max((words(names[p]) for p in places), key=lambda w: (len(w), w)) for form, places in by_form.items()}
    group = {form: {form} for form in by_form}
    least: dict[str, float] = dict.fromkeys(by_form, 100.0)
    for a, b, score in _neighbours(spelt):
        joined = group[a] if group[a] is group[b] else group[a] | group[b]
        low = min(score, least[a], least[b])
        for form in joined:
            group[form], least[form] = joined, low
    same = [Cluster(tuple(by_form[form]), 100) for form in sorted(by_form) if len(by_form[form]) > 1]
    chains = {min(forms): forms for forms in group.values() if len(forms) > 1}
    alike = [
        Cluster(tuple(sorted(p for form in chains[first] for p in by_form[form])), int(least[first]))
        for first in sorted(chains)
    ]
    return [*same, *alike]


def _neighbours(spelt: Mapping[str, tuple[str, ...]]) -> Iterable[tuple[str, str, float]]:
    """Pairs of normal forms that are alike, with their likeness; only neighbours in three orders are looked at."""
    turned = {form: "".join(sorted(parts)) for form, parts in spelt.items()}
    for order in (str, lambda form: form[::-1], turned.get):
        forms = sorted(spelt, key=lambda form: (order(form), form))
        compared = turned if order == turned.get else dict(zip(forms, forms, strict=True))
        for at, a in enumerate(forms):
            for b in forms[at + 1 : at + 1 + _WINDOW]:
                score = fuzz.ratio(compared[a], compared[b], score_cutoff=ALIKE)
                if score and _same_but_for_letters(spelt[a], spelt[b]):
                    yield a, b, score


def _same_but_for_letters(a: Sequence[str], b: Sequence[str]) -> bool:
    """Whether the words that only one of two names has are alike too, and the numbers equal."""
    rest_a, rest_b = sorted(set(a) - set(b)), sorted(set(b) - set(a))
    if re.findall(r"\d+", " ".join(rest_a)) != re.findall(r"\d+", " ".join(rest_b)):
        return False
    return fuzz.ratio("".join(rest_a), "".join(rest_b)) >= _WORD
