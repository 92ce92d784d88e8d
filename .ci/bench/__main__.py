"""`make bench`: every figure on a line of its own, `name: value`; machine, runs and rates on standard error.

ONLY=name,name measures these alone, RUNS=n the pairs that many times each (7).
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

import extraction
import pairs
import payments
import volume
from stand import Stand, machine, say

RUNS = int(os.environ.get("RUNS", "7"))

FIGURES: dict[str, tuple[str, float]] = {
    **{pair.name: (">=", pair.goal) for pair in pairs.PAIRS},
    "overhead": ("<=", 0.25),
    "second_run": ("<=", 0.2),
    "peak_rss_gb": ("<=", 1.0),
    "schema_calls": ("<=", 1.0),
    "payments_vs_one_by_one": (">=", 6.0),
    "calls_made_over_needed": ("<=", 1.0),
    "calls_lost_by_a_kill": ("<=", 1.0),
    "calls_for_50k_clients": ("<=", 50.0),
}
"""Name → the bound that it is to keep, in the order in which they are measured."""


def measures(stand: Stand) -> dict[str, Callable[[], dict[str, float]]]:
    """Figure → what measures it, with others that come along."""
    both = lambda: volume.overhead_and_second_run(stand)  # noqa: E731 - one measurement for two figures
    return {
        **{pair.name: lambda pair=pair: {pair.name: pair.measure(stand, RUNS)} for pair in pairs.PAIRS},  # type: ignore[misc]
        "overhead": both,
        "second_run": both,
        "peak_rss_gb": lambda: {"peak_rss_gb": volume.peak_rss_gb(stand)},
        "schema_calls": lambda: {"schema_calls": pairs.schema_calls(stand)},
        "payments_vs_one_by_one": lambda: {"payments_vs_one_by_one": payments.payments_vs_one_by_one(stand, RUNS)},
        "calls_made_over_needed": extraction.calls_made_over_needed,
        "calls_lost_by_a_kill": extraction.calls_made_over_needed,
        "calls_for_50k_clients": lambda: {"calls_for_50k_clients": extraction.calls_for_50k_clients()},
    }


def main() -> int:
    """Measure what was asked for; 1 where a figure misses its goal."""
    asked = os.environ.get("ONLY", "").replace(",", " ").split() or list(FIGURES)
    if unknown := sorted(set(asked) - set(FIGURES)):
        say(f"There is no figure {unknown[0]!r}. Known: {', '.join(FIGURES)}.")
        return 2
    for line in machine():
        say(line)
    stand = Stand()
    values: dict[str, float] = {}
    try:
        for name, measure in measures(stand).items():
            if name not in asked or name in values:
                continue
            began = time.monotonic()
            for other, value in measure().items():
                values[other] = value
                sys.stdout.write(f"{other}: {value:.2f}\n")
                sys.stdout.flush()
            say(f"  {name}: {time.monotonic() - began:.0f} s")
    finally:
        stand.stop()
    missed = [name for name, value in values.items() if not kept(name, value)]
    say("All bounds are kept." if not missed else f"Missed: {', '.join(missed)}.")
    return int(bool(missed))


def kept(name: str, value: float) -> bool:
    """Whether a figure keeps its bound."""
    sign, bound = FIGURES[name]
    return value >= bound if sign == ">=" else value <= bound


if __name__ == "__main__":
    sys.exit(main())
