"""Tables that a person edited in a spreadsheet: read back, and told apart from what spreadsheets do by themselves.

Opening a CSV file in Excel or LibreOffice and saving it changes cells that nobody touched: times lose their seconds and
stand in the order of the country, `01234` becomes 1234, long numbers 1.23E+15, True is translated, and an old form of saving
puts question marks for letters. None of that is a correction.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from pathlib import Path

import pandas as pd

from workbench import csvfile
from workbench.errors import SourceError, UsageError

_SAVE = "Save it as 'CSV UTF-8'."
_TRUE = ("true", "wahr", "vrai", "verdadero", "verdadeiro", "vero", "waar")
_FALSE = ("false", "falsch", "faux", "falso", "onwaar")
FLAGS = {**dict.fromkeys((*_TRUE, "yes", "1"), True), **dict.fromkeys((*_FALSE, "no", "0"), False)}
"""Words for yes and no, among them those that spreadsheets of other languages put for TRUE and FALSE."""

_LONGEST = 32_767
"""Characters that a cell of a spreadsheet holds; it cuts off the rest."""
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")
_SHOWN = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:E[+-][0-9]+)?")
_TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?: ([0-9]{2}):([0-9]{2}):[0-9]{2})?")
_SHOWN_TIME = re.compile(
    r"([0-9]{1,4})[-/. ]+([0-9]{1,2})[-/. ]+([0-9]{1,4})[.,]?"
    r"(?: +([0-9]{1,2}):([0-9]{2})(?::[0-9]{2})?(?: *([AP])\.?M\.?)?)?",
    re.IGNORECASE,
)
_LIKE_A_DAY = re.compile(r"[0-9]{1,2}[-/][0-9]{1,2}|[A-Za-z]{3,9}[- ]?[0-9]{1,2}")
_SHOWN_DAY = re.compile(r"[0-9]{1,2}[-. ]+[^\W\d_]{3,5}\.?")


def read(path: Path, shown: str) -> pd.DataFrame:
    """The rows that hold text, all cells as text, indexed by their row in the file; comma, semicolon or tab between cells.

    `shown` is the file's name for people. UsageError, with the row, where it is no CSV file, not in Unicode (letters may be
    lost), or a row has not as many cells as the header.
    """
    try:
        file = csvfile.read(path, shown)
    except SourceError as error:
        raise UsageError(f"{shown} cannot be read: {error.message.removeprefix(f'{shown}, ')}", _SAVE) from None
    if file.encoding == "cp1252":
        raise UsageError(f"{shown} is not in UTF-8: letters may be lost.", _SAVE)
    if file.ragged:
        place, reason = next(iter(file.ragged.items()))
        raise UsageError(f"{shown}, row {file.numbers[place]}: {reason}.", "Restore the row: often a quote is missing.")
    cells = {header: column.to_pylist() for header, column in zip(file.headers, file.columns, strict=True)}
    frame = pd.DataFrame(cells, index=pd.Index(file.numbers), dtype="str")
    return frame[(frame != "").any(axis=1)]


def number(text: str) -> float | None:
    """A number as people type it, with a point or a comma for decimals; None where it is none, or is doubtful."""
    plain = text.strip()
    plain = plain.replace(",", ".") if re.fullmatch(r"[+-]?[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})", plain) else plain
    value = float(plain) if re.fullmatch(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:E[+-][0-9]+)?", plain) else math.inf
    return value if math.isfinite(value) else None


def same(written: str, says: str) -> bool:
    """Whether both are one text: line ends apart."""
    return written == says or "\n".join(written.splitlines()) == "\n".join(says.splitlines())


def redone(written: str, says: str) -> bool:
    """Whether a spreadsheet may have made the second text of the first by itself."""
    if len(written) > _LONGEST and len(says) > _LONGEST - 100 and written.startswith(says):
        return True
    if written in ("True", "False"):
        return says.casefold() in (_TRUE if written == "True" else _FALSE)
    if _NUMBER.fullmatch(written):
        return _same_number(written, says.replace(",", "."))
    if stood := _TIME.fullmatch(written):
        return _same_time(stood, says)
    if _LIKE_A_DAY.fullmatch(written) and _SHOWN_DAY.fullmatch(says):
        return True
    lost = [s == "?" and not w.isascii() for w, s in zip(written, says, strict=False)]
    kept = [w == s for w, s in zip(written, says, strict=False)]
    return len(written) == len(says) and any(lost) and all(k or o for k, o in zip(kept, lost, strict=True))


def _same_number(written: str, says: str) -> bool:
    """Whether `says` is how a spreadsheet shows a number: no zeros before it, up to 11 digits or with an exponent."""
    if not _SHOWN.fullmatch(says):
        return False
    number, shown = Decimal(written), Decimal(says)
    mantissa, exponent, _ = says.partition("E")
    places = len(mantissa.partition(".")[2])
    if exponent:
        return Decimal(f"{number:.{places}E}") == shown
    return number == shown or (len(says.lstrip("-")) >= 10 and 0 < places < len(written.partition(".")[2])
                               and round(number, places) == shown)  # fmt: skip


def _same_time(written: re.Match[str], says: str) -> bool:
    """Whether `says` is a day, or a time to the minute, as some country writes it."""
    shown = _SHOWN_TIME.fullmatch(says)
    if shown is None or _TIME.fullmatch(says):
        return False
    year, month, day, hour, minute = (int(part or 0) for part in written.groups())
    first, second, third, hours, minutes = (int(part or 0) for part in shown.groups()[:5])
    days = {(year, month, day), (month, day, year), (day, month, year), (month, day, year % 100), (day, month, year % 100)}
    if half := shown[6]:
        hours = hours % 12 + (12 if half.upper() == "P" else 0)
    return (first, second, third) in days and (hours, minutes) == (hour, minute)
