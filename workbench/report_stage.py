"""Leads and deals by stage, as the first page shows them: what stands in Odoo, and what it was in the source."""

from __future__ import annotations

from workbench import charts
from workbench.report_audit import Figure
from workbench.report_data import Report
from workbench.report_rows import Count, Masking, Rows

_WORD = {"lead": "status", "deal": "stage"}


def stages(report: Report, rows: Rows, masking: Masking) -> Figure | None:
    """The picture and its data; None where nothing stands in a stage. Writes the records behind each line."""
    if report.stages is None or report.stages.empty:
        return None
    frame = report.stages.drop(columns="order")
    words = [masking.finding(e, _WORD[e], said) for e, said in zip(frame["entity"], frame["said"], strict=True)]
    shown = frame.assign(said=words, team=frame["team"].map(masking.free), stage=frame["stage"].map(masking.free))
    picture = charts.stages(shown)
    lines: list[tuple[str | Count, ...]] = []
    for number, (of, group) in enumerate(shown.groupby(["team", "stage", "entity", "said"], sort=False), start=1):
        team, stage, entity, said = map(str, of)
        label = report.labels[entity][0] if entity in report.labels else entity
        lines.append((team, stage, label, said or "nothing", rows.count(f"stage-{number}", group)))
    headings = (("Team", False), ("Stage in Odoo", False), ("Object", False), ("In the source", False), ("Records", True))
    return Figure("stages", picture.data.caption, picture.svg, headings, tuple(lines))
