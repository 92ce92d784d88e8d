"""One thing that the audit looked for and found: the records that it is about, and what to say of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.findings import Finding, Severity

ROWS = ["code", "table", "column", "key", "file", "row", "value", "why"]
"""The rows behind a number: `value` is the cell as it stands (personal data), `why` what is particular about this one."""


@dataclass(frozen=True)
class Check:
    """Records of a table for which something holds in a column; `at` are their places.

    `what` completes '12 of 4,012 lead records hold …'. `why` says for each record what is particular, or is empty.
    """

    code: str
    severity: Severity
    table: str
    column: str
    header: str
    at: npt.NDArray[np.int64]
    what: str
    todo: str = ""
    why: tuple[str, ...] = ()

    def finding(self, records: pd.DataFrame) -> Finding:
        """One finding for all of them, at the first."""
        first = records.iloc[int(self.at[0])]
        place = f"{first['file']}, row {first['row']:,}"
        where = f"the first is {place}" if len(self.at) > 1 else place
        message = f"{self.header}: {len(self.at):,} of {len(records):,} {self.table} records {self.what}; {where}."
        at = (self.table, str(first["key"]), str(first["file"]), int(first["row"]), self.column)
        return Finding(self.code, self.severity, message, self.todo, *at)

    def rows(self, records: pd.DataFrame) -> pd.DataFrame:
        """The records themselves, `ROWS`."""
        found = records.iloc[self.at]
        value = found[self.column].fillna("") if self.column in found else ""
        frame = found[["key", "file", "row"]].assign(
            code=self.code, table=self.table, column=self.column, value=value, why=list(self.why) or ""
        )
        return frame[ROWS].reset_index(drop=True)
