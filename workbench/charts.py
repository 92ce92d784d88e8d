"""Pictures by Altair, drawn on this machine as SVG: for notebooks and for the report, readable in the light and in the dark.

Each is a `Picture`: an image with a title and a description for screen readers, and its data as a table beneath. Colours are
those of Okabe and Ito, and nothing is said by colour alone.
"""

from __future__ import annotations

import html
import re
from typing import Any

import pandas as pd

from workbench.display import Picture, Table
from workbench.profile import percent

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442")
_WIDTH = 420
_SAID = 12


def fill(profile: pd.DataFrame) -> Picture:
    """How full each column is (`profile.PROFILE`), fullest first."""
    data = profile.sort_values("fill", ascending=False, kind="stable")
    records = (data["filled"] / data["fill"].where(data["fill"] > 0)).round().fillna(0).astype(int)
    shares = [percent(n, whole) for n, whole in zip(data["filled"], records, strict=True)]
    table = pd.DataFrame({"column": data["column"], "records with a value": data["filled"], "share": shares})
    shown = pd.DataFrame({"label": data["column"], "value": data["fill"], "text": shares}).reset_index(drop=True)
    return _picture(_bars(shown, 1.0), "Fill by column", table)


def clusters(duplicates: pd.DataFrame) -> Picture:
    """How many clusters of leads share an address or number, by size (`kin.DUPLICATES`)."""
    each = duplicates.drop_duplicates("cluster")
    size = each["size"].astype(int).map(lambda n: str(n) if n < 6 else "6 to 9" if n < 10 else "10 and more").astype("str")
    counted = each.assign(size=size).groupby(["rule", "size"], sort=False).size().reset_index(name="clusters")
    order = {s: n for n, s in enumerate(("2", "3", "4", "5", "6 to 9", "10 and more"))}
    counted = counted.sort_values(["rule", "size"], key=lambda c: c.map(order) if c.name == "size" else c)
    names = {"email": "an e-mail address", "phone": "a phone number"}
    counted = counted.assign(rule=counted["rule"].map(names))
    table = counted.rename(columns={"rule": "the same", "size": "leads in a cluster"})
    shown = pd.DataFrame(
        {"label": counted["size"] + " leads", "value": counted["clusters"], "text": counted["clusters"].map("{:,}".format),
         "group": "share " + counted["rule"]}
    )  # fmt: skip
    return _picture(_grouped(shown), "Leads that share an e-mail address or a phone number, by size of cluster", table)


def formats(frame: pd.DataFrame) -> Picture:
    """How phone numbers and dates are written (`profile.FORMATS`), by column."""
    text = [f"{n:,}" + (f" ({d:,} doubtful)" if d else "") for n, d in zip(frame["records"], frame["doubtful"], strict=True)]
    shown = pd.DataFrame({"label": frame["format"], "value": frame["records"], "text": text, "group": frame["column"]})
    shares = [percent(share, 1.0) for share in frame["share"]]
    table = frame[["column", "format", "records"]].assign(share=shares, doubtful=frame["doubtful"])
    return _picture(_grouped(shown), "How phone numbers and dates are written", table)


def stages(frame: pd.DataFrame) -> Picture:
    """How many leads and deals stand in each stage, by team (columns `team` and `stage`, in the order given)."""
    table = frame.groupby(["team", "stage"], sort=False).size().reset_index(name="records")
    text = table["records"].map("{:,}".format)
    shown = pd.DataFrame({"label": table["stage"], "value": table["records"], "text": text, "group": table["team"]})
    return _picture(_grouped(shown), "Leads and deals by stage, as they stand in Odoo", table)


def months(frame: pd.DataFrame) -> Picture:
    """Leads by month of creation and file (`splits.MONTHS`); of more than seven files all together."""
    import altair as alt

    files = frame["file"].nunique()
    data = frame if files <= len(COLOURS) else frame.assign(file="all files")
    data = data.groupby(["file", "month"], sort=True).size().reset_index(name="records")
    names = list(dict.fromkeys(data["file"]))
    colour = alt.Color(
        "file:N", title=None, sort=names, scale=alt.Scale(domain=names, range=list(COLOURS[: len(names)])),
        legend=alt.Legend(orient="top", columns=3, labelLimit=300) if len(names) > 1 else None,
    )  # fmt: skip
    axis = alt.Axis(format="%b %Y", labelAngle=0, labelOverlap=True, tickCount=8)
    chart = (
        alt.Chart(data.assign(day=data["month"] + "-15"))
        .mark_bar(stroke="#8888", strokeWidth=0.5)
        .encode(
            x=alt.X("yearmonth(day):T", title=None, axis=axis), color=colour, order=alt.Order("file:N", sort="ascending"),
            y=alt.Y("sum(records):Q", title="leads", axis=alt.Axis(format=",d", tickCount=4, grid=True)),
        )
        .properties(width=_WIDTH + 140, height=180)
    )  # fmt: skip
    wide = data.pivot(index="month", columns="file", values="records").fillna(0).astype(int)
    table = wide.assign(**({"all": wide.sum(axis=1)} if len(names) > 1 else {})).reset_index()
    return _picture(chart, "Leads by month of creation", table.rename_axis(columns=None))


def _bars(data: pd.DataFrame, most: float) -> Any:
    """Horizontal bars of label, value, text, in the order given."""
    import altair as alt

    axis = alt.Axis(labelLimit=220, minExtent=150)
    base = alt.Chart(data.assign(whole=most)).encode(y=alt.Y("label:N", sort=None, title=None, axis=axis))
    track = base.mark_bar(color="currentColor", opacity=0.08, height=14).encode(
        x=alt.X("whole:Q", scale=alt.Scale(domain=[0, most]), axis=None)
    )
    bars = base.mark_bar(color=COLOURS[0], height=14).encode(x="value:Q")
    words = base.mark_text(align="left", dx=5, color="currentColor").encode(x="value:Q", text="text:N")
    return alt.layer(track, bars, words).properties(width=_WIDTH, height=alt.Step(21))


def _grouped(data: pd.DataFrame) -> Any:
    """Horizontal bars, a block of them for each `group`."""
    import altair as alt

    most = float(data["value"].max() or 1) if len(data) else 1.0
    blocks = [
        _bars(block, most).properties(title=alt.Title(str(group), anchor="start", fontSize=12, color="currentColor"))
        for group, block in data.groupby("group", sort=False)
    ]
    return alt.vconcat(*blocks, spacing=14)


def _picture(chart: Any, title: str, table: pd.DataFrame) -> Picture:
    """The chart as an image for everybody: title and description within, the data as a table beneath."""
    table = table.reset_index(drop=True)
    data = Table(table, title)
    if table.empty:
        return Picture("", data)
    return Picture(_svg(chart, title, _said(table)), data)


def _said(table: pd.DataFrame) -> str:
    """The beginning of a table in words."""
    rows = [", ".join(f"{value:,}" if isinstance(value, int) else str(value) for value in row)
            for row in table.head(_SAID).astype(object).itertuples(index=False)]  # fmt: skip
    more = f"; and {len(table) - _SAID:,} more in the table" if len(table) > _SAID else ""
    return "; ".join(rows) + more


def _svg(chart: Any, title: str, description: str) -> str:
    import vl_convert

    plain = (
        chart.configure(background="transparent", font="sans-serif")
        .configure_axis(labelColor="currentColor", titleColor="currentColor", gridColor="#8884", domainColor="#888",
                        tickColor="#888", labelFontSize=12, titleFontSize=12, grid=False)
        .configure_axisY(domain=False, ticks=False).configure_text(fontSize=12).configure_view(stroke=None)
        .configure_legend(labelColor="currentColor", titleColor="currentColor", labelFontSize=12)
    )  # fmt: skip
    svg = vl_convert.vegalite_to_svg(plain.to_dict(), allowed_base_urls=[])
    inner = re.sub(r' (?:role|aria-[a-z]+|class|pointer-events)="[^"]*"', "", svg[svg.index(">") + 1 :])
    width, height = re.findall(r'(?:width|height)="(\d+(?:\.\d+)?)"', svg)[:2]
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}" style="max-width:100%;height:auto"'
    words = f"<title>{html.escape(title)}</title><desc>{html.escape(description)}</desc>"
    return f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size}>{words}{inner}'
