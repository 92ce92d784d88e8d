"""What stages may do with Odoo: read, or read and write.

Only `schema`, `load` and `rollback` are ever handed a `Writer`; that one type is the safety story.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

Domain = Sequence[Any]
Values = Mapping[str, Any]
Row = dict[str, Any]


class Reader(Protocol):
    """Reads, always with archived records included (`active_test=False`) and names in en_US."""

    def fields_get(self, model: str) -> dict[str, dict[str, Any]]:
        """Field → type, required, readonly, relation, selection, as Odoo tells; cached for the connection."""
        ...

    def search(self, model: str, domain: Domain, *, limit: int | None = None) -> list[int]:
        """The ids that meet the domain, in order of id."""
        ...

    def read(self, model: str, ids: Sequence[int], fields: Sequence[str]) -> list[Row]:
        """The records that are still there, many2one as plain id or False."""
        ...

    def search_read(self, model: str, domain: Domain, fields: Sequence[str], *, limit: int | None = None) -> list[Row]:
        """Search and read in one, in order of id, many2one as plain id or False."""
        ...

    def ask(self, model: str, method: str, *args: Any) -> Any:
        """The answer of a method that only asks (`has_access`, `get_param`, `has_group`, `search_count`)."""
        ...


class Writer(Reader, Protocol):
    """Writes, always in the quiet context of the release: no mail, no follower, no tracking."""

    def create(self, model: str, values: Sequence[Values], *, module: str = "") -> list[int]:
        """Make records in one transaction, ids in the order given. Refused, or Ambiguous when nobody knows.

        With `module`, `id` of each row of values is its external id, which is made in the same transaction.
        """
        ...

    def write(self, model: str, ids: Sequence[int], values: Values) -> None:
        """Write the same values on these records. Refused, or Ambiguous when nobody knows."""
        ...

    def load(self, model: str, fields: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
        """Odoo's own import: records and their external ids (field `id`) in one transaction. Refused, or Ambiguous."""
        ...

    def unlink(self, model: str, ids: Sequence[int]) -> None:
        """Delete these records. Refused, or Ambiguous when nobody knows."""
        ...
