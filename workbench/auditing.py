"""The first step of a run that a person sees: the audit of what was read. `workbench.steps` hands it on."""

from __future__ import annotations

from workbench import alike as alikes
from workbench import audit as audits
from workbench import audit_files, autoblock, decisions, drift, export_log, mapping
from workbench.alike import Alike
from workbench.audit import Audit
from workbench.work import Work, keep, propose_mapping, read_export, read_mapping


def audit(work: Work) -> Audit:
    """Look at the export as it is; nothing is changed.

    Saves the proposed mapping, the audit's tables, the rows of its findings, and what the export looked like, with which the
    next one is compared.
    """
    extraction = read_export(work)
    targets = mapping.cleansing_targets(propose_mapping(work, extraction))
    last = export_log.last(work.migration, drift.identity(extraction.files))
    region = work.migration.settings.source.region
    listed = autoblock.completed(decisions.read(work.migration, decisions.AUTO_BLOCK), region)
    result = audits.audit(work.source, extraction, targets, work.rules, last, listed)
    audit_files.save(result, extraction, work.run.work, work.run.record)
    export_log.remember(work.migration, result.export)
    keep(work, "audit", result.findings)
    return result


def look_alike(work: Work) -> Alike:
    """Pairs of records that are only alike: a look that takes its time and decides nothing. Saves alike.csv of the audit."""
    found = alikes.alike(read_export(work), mapping.cleansing_targets(read_mapping(work)))
    audit_files.save_alike(found, work.run.record)
    keep(work, "alike", found.findings)
    return found
