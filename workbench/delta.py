"""What a later export says of records that were loaded before: which are new in it, and which are gone from it.

Only words for the report: nothing is deleted because an export lacks it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from workbench.findings import Finding


def against_loaded(extracted: Mapping[str, Iterable[str]], loaded: Mapping[str, str]) -> list[Finding]:
    """Findings `new_in_export` and `gone_from_export`, one a record.

    `extracted`: entity → keys of this export; `loaded`: key → entity of what earlier runs put into Odoo, none on the first
    run, which has nothing to compare with.
    """
    if not loaded:
        return []
    found = []
    for entity, keys in extracted.items():
        now, before = set(keys), {key for key, of in loaded.items() if of == entity}
        found += [
            Finding("new_in_export", "note", "No earlier run loaded this record.", entity=entity, key=key)
            for key in sorted(now - before) if "#" not in key
        ]  # fmt: skip
        found += [
            Finding(
                "gone_from_export", "warning", "Loaded before and not in this export. Nothing was deleted in Odoo.",
                "If it was deleted at the source, archive it in Odoo; else compare how both exports were filtered.",
                entity, key,
            )
            for key in sorted(before - now)
        ]  # fmt: skip
    return found
