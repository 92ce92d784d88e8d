"""`make bench`: every figure on a line of its own, `name: value`; machine, runs and rates on standard error.

ONLY=name,name measures these alone, RUNS=n that many times each (7).
"""

from __future__ import annotations

import os
import sys
import time

from pairs import PAIRS
from stand import Stand, machine, say


def main() -> int:
    """Measure what was asked for; 1 where a figure misses its goal."""
    asked = [name for name in os.environ.get("ONLY", "").replace(",", " ").split() if name]
    runs = int(os.environ.get("RUNS", "7"))
    known = [pair.name for pair in PAIRS]
    if unknown := sorted(set(asked) - set(known)):
        sys.stderr.write(f"There is no figure {unknown[0]!r}. Known: {', '.join(known)}.\n")
        return 2
    for line in machine():
        say(line)
    stand = Stand()
    missed = []
    try:
        for pair in PAIRS:
            if asked and pair.name not in asked:
                continue
            began = time.monotonic()
            value = pair.measure(stand, runs)
            ok = value >= pair.goal
            missed += [] if ok else [pair.name]
            sys.stdout.write(f"{pair.name}: {value:.2f}\n")
            sys.stdout.flush()
            say(f"  {pair.name}: wanted at least {pair.goal}{'' if ok else ', MISSED'}; {time.monotonic() - began:.0f} s")
    finally:
        stand.stop()
    return int(bool(missed))


if __name__ == "__main__":
    sys.exit(main())
