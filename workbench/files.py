"""Files that only their owner can read, written whole or not at all; tables that a spreadsheet takes for text."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How text begins that a spreadsheet takes for a formula (OWASP, CSV injection)."""

_ROWS = 20_000


def private(folder: Path) -> Path:
    """The folder, made (with its parents) for its owner only where it is missing."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def write_text(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    with _in_place_of(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path, content: object) -> None:
    """Write JSON that only its owner can read, whole or not at all."""
    write_text(path, json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def write_csv(path: Path, frame: pd.DataFrame, written: Callable[[pd.DataFrame, bool], str] | None = None) -> None:
    """Write a table for people, defused, that only its owner can read; some rows at a time, which spares memory.

    `written` gives the text of some rows, with the line of headers or without; `csv` unless another is named.
    """
    with _in_place_of(path) as temporary, temporary.open("a", encoding="utf-8", newline="") as file:
        for start in range(0, max(len(frame), 1), _ROWS):
            file.write((written or csv)(frame.iloc[start : start + _ROWS], not start))


def csv(rows: pd.DataFrame, header: bool = True) -> str:
    """The text of a defused CSV file."""
    return str(defused(rows).to_csv(index=False, header=header))


def write_parquet(path: Path, frame: pd.DataFrame) -> None:
    """Write a table that only its owner can read, whole or not at all; its index is left out."""
    with _in_place_of(path) as temporary:
        frame.to_parquet(temporary, index=False)


@contextmanager
def _in_place_of(path: Path) -> Iterator[Path]:
    """An empty file to write, which takes the place of another once it is whole; what is cut off leaves nothing behind."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.unlink(missing_ok=True)
    temporary.touch(mode=0o600)
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def defused(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with an apostrophe before text that a spreadsheet would take for a formula."""
    result = frame.copy()
    for column in result.columns:
        if result[column].dtype == "str" or result[column].dtype == object:
            cells = ["" if pd.isna(cell) else str(cell) for cell in result[column].tolist()]
            result[column] = pd.Series([shielded(cell) for cell in cells], index=result.index, dtype=object)
    return result


def shielded(text: str) -> str:
    """A cell as `defused` writes it; one that begins as if it were shielded already gets one more apostrophe."""
    return f"'{text}" if text.lstrip("'").startswith(_FORMULA) else text


def bare(text: str) -> str:
    """What `shielded` was given: the cell without the apostrophe that keeps a spreadsheet from computing it."""
    return text[1:] if text.startswith("'") and text.lstrip("'").startswith(_FORMULA) else text
