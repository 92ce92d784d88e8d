"""Tables in a folder, read when they are asked for: all of them at once would fill the memory of a small machine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

import pandas as pd
import pyarrow as pa

from workbench.errors import UsageError

T = TypeVar("T")

_HELD = 32 * 2**20
"""Bytes of tables that are held for the next who asks; what is larger is read again."""


class Lazy(Mapping[str, T], Generic[T]):
    """Name → what `make` gives for it, made when it is asked for."""

    def __init__(self, names: Iterable[str], make: Callable[[str], T]) -> None:
        self._names: Mapping[str, object] = names if isinstance(names, Mapping) else dict.fromkeys(names)
        self._make = make

    def __getitem__(self, name: str) -> T:
        if name not in self._names:
            raise KeyError(name)
        return self._make(name)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Tables(Lazy[pd.DataFrame]):
    """Name → the table of `<name>.parquet`. Whoever asks while another holds it gets the same one.

    UsageError where the files were written anew meanwhile: what was judged and what is loaded must be one and the same.
    """

    def __init__(self, folder: Path, names: Iterable[str]) -> None:
        super().__init__(names, self._read)
        self._folder, self._alone = folder, Lock()
        self._state = {name: self._now(name) for name in self}
        self._given: WeakValueDictionary[str, pd.DataFrame] = WeakValueDictionary()
        self._held: dict[str, pd.DataFrame] = {}

    def _read(self, name: str) -> pd.DataFrame:
        with self._alone:
            frame = self._given.get(name)
            if frame is None:
                try:
                    frame = pd.read_parquet(self._path(name))
                except (OSError, pa.ArrowInvalid):
                    raise UsageError(
                        f"{self._path(name)} is damaged or gone.",
                        "Nothing is lost: run 03_mapping again, which makes it anew (on the command line: --from mapping).",
                    ) from None
                if self._now(name) != self._state[name]:
                    raise UsageError(
                        f"{self._path(name)} was written anew while this step was at work.",
                        "Another notebook or command works on this run: run this step again when that one is done.",
                    )
                self._given[name] = frame
            self._hold(name, frame)
            return frame

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.parquet"

    def _now(self, name: str) -> tuple[int, int, int]:
        path = self._path(name)
        if not path.is_file():
            return 0, 0, 0
        there = path.stat()
        return there.st_mtime_ns, there.st_size, there.st_ino

    def _hold(self, name: str, frame: pd.DataFrame) -> None:
        """Hold the tables asked for last, as many as there is room for."""
        self._held.pop(name, None)
        self._held[name] = frame
        sizes = {n: int(f.memory_usage().sum()) for n, f in self._held.items()}
        while sum(sizes.values()) > _HELD:
            oldest = next(iter(sizes))
            del self._held[oldest], sizes[oldest]


def save(tables: Mapping[str, pd.DataFrame], folder: Path) -> Tables:
    """Write tables into a folder, to be read from there."""
    for name, frame in tables.items():
        frame.to_parquet(folder / f"{name}.parquet", index=False, row_group_size=50_000)
    return Tables(folder, list(tables))
