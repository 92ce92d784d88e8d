"""Practitioners whose own rate is not the usual wage of what they give: a product of Odoo has one cost, the service's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from workbench.findings import Finding

_RATES = ("hourly_rate", "wage", "payment_rate")
"""The canonical fields that say what a practitioner is paid, the first that is filled counts."""
_NEEDED = ("practitioner", "service", "session")


def differing(canonical: Mapping[str, pd.DataFrame]) -> tuple[Finding, ...]:
    """A finding for each practitioner whose rate differs from the cost of a service that they gave sessions of.

    `canonical` are the tables of `cleanse`. Services without a cost are not compared, nor who has no rate.
    """
    if not all(entity in canonical for entity in _NEEDED):
        return ()
    services, sessions = canonical["service"], canonical["session"]
    costs = {k: (name, float(c)) for k, name, c in zip(*(services[f] for f in ("key", "name", "cost")), strict=True) if c}
    pairs = sessions[["practitioner", "service"]].drop_duplicates()
    services_of = pairs.groupby("practitioner")["service"].agg(lambda keys: sorted({*keys} & costs.keys()))
    given = {str(key): list(keys) for key, keys in services_of.items()}
    return tuple(_findings(canonical["practitioner"], given, costs))


def _findings(
    practitioners: pd.DataFrame, given: Mapping[str, list[str]], costs: Mapping[str, tuple[str, float]]
) -> Iterator[Finding]:
    for row in practitioners.to_dict("records"):
        field = next((name for name in _RATES if row.get(name)), "")
        theirs = [costs[service] for service in given.get(str(row["key"]), ())] if field else []
        others = [(name, cost) for name, cost in theirs if abs(cost - float(row[field])) >= 0.005]
        if others:
            name, cost = others[0]
            what = (
                f"The practitioner's own rate is {float(row[field]):,.2f}; {len(others)} of the {len(theirs)} services that "
                f"they give have another usual wage, such as {name} with {cost:,.2f}. Products keep the services' own."
            )
            todo = "The rate stands on the practitioner: tell whoever pays them, or reckons with the cost of products."
            place = (str(row.get("file", "")), int(row.get("row", 0) or 0))
            yield Finding("own_rate", "note", what, todo, "practitioner", str(row["key"]), *place, field, str(row[field]))
