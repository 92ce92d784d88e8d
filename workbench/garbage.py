"""Python's search for objects that only hold one another: kept from what a step has made before, which takes long."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def settled() -> Iterator[None]:
    """What is there when this begins is not searched until it ends; what is made inside is."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
