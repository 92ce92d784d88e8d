"""Proposals for the lists that a person decides: owners, statuses, stages of pipelines, tags.

Each function gives a table for `workbench.decisions`: what it is about, a proposal, `evidence` for it and `doubt` against
it. What Odoo has under the same name is reused; nothing is made here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import pandas as pd
from rapidfuzz import fuzz

from workbench.keys import k1_name, k1_text
from workbench.odoo.protocols import Reader, Row
from workbench.odoo.release import Release
from workbench.source import Source, header_key
from workbench.stage_payments import sign

FORMER_LOGIN = "former-employees"
"""Login of the one inactive user that stands for people who left."""

_FUNNEL = (
    "new", "incoming", "attempt", "contact", "reach", "follow", "discover", "qualif", "need", "appointment", "meeting",
    "demo", "present", "propos", "quot", "negotia", "decision", "contract", "verbal", "commit", "clos",
)  # fmt: skip
"""Words in the names of stages, in the order in which a sale usually passes them: where nothing else says the order."""


@dataclass(frozen=True)
class InOdoo:
    """What Odoo has under a name, archived records too, each with `id` and `name`.

    users have login, email, active; stages have sequence, is_won and teams (ids; empty: for every team).
    """

    users: Sequence[Row] = ()
    teams: Sequence[Row] = ()
    stages: Sequence[Row] = ()
    reasons: Sequence[Row] = ()
    tags: Sequence[Row] = ()

    def names(self) -> dict[str, list[str]]:
        """Column of a decision table → what may be written there and is in Odoo."""
        stages = sorted({str(r["name"]) for r in self.stages})
        return {
            "login": sorted(str(r["login"]) for r in self.users), "team": sorted(str(r["name"]) for r in self.teams),
            "stage": stages, "as_stage": stages, "lost_reason": sorted(str(r["name"]) for r in self.reasons),
            "name": sorted(str(r["name"]) for r in self.tags),
        }  # fmt: skip


def in_odoo(reader: Reader, release: Release) -> InOdoo:
    """Read what names may be reused: users (no portal users), teams, stages, lost reasons, tags."""
    field = release.stage_team_field
    stages = reader.search_read("crm.stage", [], ["name", "sequence", "is_won", field])
    for row in stages:
        found = row.pop(field)
        row["teams"] = found if isinstance(found, list) else [found] if found else []
    teams = reader.search_read("crm.team", [], ["name", "active"])
    for team in (t["id"] for t in teams if not t["active"]):  # Odoo leaves archived ones out of what it shows of links
        having = set(reader.search("crm.stage", [(field, "in", [team])]))
        for row in (s for s in stages if s["id"] in having and team not in s["teams"]):
            row["teams"] = [*row["teams"], team]
    return InOdoo(
        reader.search_read("res.users", [("share", "=", False)], ["login", "email", "name", "active"]),
        teams,
        sorted(stages, key=lambda s: (s["sequence"], s["id"])),
        reader.search_read("crm.lost.reason", [], ["name"]),
        reader.search_read("crm.tag", [], ["name"]),
    )


def owners(tables: Mapping[str, pd.DataFrame], known: InOdoo, source: str) -> pd.DataFrame:
    """Each owner in the canonical tables, matched to the one user with its e-mail or login (case apart, archived too).

    columns: owner, leads, how (match, former), login, evidence, doubt. Who is not found goes to one former-employees user;
    a user of the same name is named and never taken.
    """
    counts = {
        entity: frame[column].value_counts()
        for entity, frame in tables.items() for column in ("owner", "author") if column in frame.columns
    }  # fmt: skip
    users = [*known.users, *_to_be_made(tables, known)]
    rows = []
    for name in sorted({str(n) for found in counts.values() for n in found.index} - {""}):
        folded = name.strip().casefold()
        hits = [u for u in users if folded in (str(u["login"]).casefold(), str(u["email"] or "").casefold())]
        alike = [u for u in users if not hits and k1_text(str(u["name"])) == k1_text(name)]
        how, login = ("match", str(hits[0]["login"])) if len(hits) == 1 else ("former", former(source))
        doubt = ""
        if len(hits) > 1:
            doubt = f"{len(hits)} users have this e-mail: {_listed(u['login'] for u in hits)}"
        elif alike:
            doubt = f"a user has this name: {_listed(u['login'] for u in alike)}"
        elif hits and not hits[0]["active"]:
            doubt = "this user is archived"
        said = [_counted(int(n), e) for e, found in counts.items() if (n := found.get(name, 0)) and e != "lead"]
        said.append("same e-mail or login" if hits else "no user with this e-mail or login")
        said += ["made from the source's users"] if hits and "id" not in hits[0] else []
        leads = int(counts["lead"].get(name, 0)) if "lead" in counts else 0
        rows.append((name, str(leads), how, login, "; ".join(said), doubt))
    return pd.DataFrame(rows, columns=["owner", "leads", "how", "login", "evidence", "doubt"], dtype="str")


def names(tables: Mapping[str, pd.DataFrame], known: InOdoo) -> dict[str, list[str]]:
    """Column of a decision table → what may be written there: what is in Odoo, and the logins of users to be made."""
    found = known.names()
    return found | {"login": sorted({*found["login"], *(str(u["login"]) for u in _to_be_made(tables, known))})}


def _to_be_made(tables: Mapping[str, pd.DataFrame], known: InOdoo) -> list[Row]:
    """The users of the source who are not in Odoo yet."""
    there = {str(u[name]).casefold() for u in known.users for name in ("login", "email") if u[name]}
    users = tables["user"].to_dict("records") if "user" in tables else []
    new = (u for u in users if not {u["login"].casefold(), u["email"].casefold()} & there)
    return [{"login": u["login"], "email": u["email"], "name": u["name"], "active": True} for u in new]


def former(source: str) -> str:
    """The login of the user that stands for people who left; no mail ever reaches it."""
    return f"{FORMER_LOGIN}@{source}.invalid"


def statuses(tables: Mapping[str, pd.DataFrame], known: InOdoo, source: Source, team: str) -> pd.DataFrame:
    """Each status of the leads, as a stage of the same name of the team that takes them.

    columns: status, leads, stage, sequence, probability (0 to 100), result (open, won, lost), lost_reason, type, evidence,
    doubt. Leads without a status go to the first stage there is; a converted lead is an opportunity; who
    has a status of customers (`Source.only_contacts`) is a contact only.
    """
    leads = tables["lead"]
    counts = leads["status"].value_counts() if "status" in leads else pd.Series({"": len(leads)})
    rows = [
        row | {"status": name, "leads": str(counts[name]),
               "type": _type(name, row["result"], source)}
        for name, row in _stages({str(n): int(c) for n, c in counts.items()}, known, source, team).items()
    ]  # fmt: skip
    columns = ["status", "leads", "stage", "sequence", "probability", "result", "lost_reason", "type", "evidence", "doubt"]
    return pd.DataFrame(rows, columns=columns, dtype="str")


def _type(status: str, result: str, source: Source) -> str:
    """What a lead of a status becomes, where that is not as all others."""
    if header_key(status) in source.only_contacts:
        return "contact"
    return "opportunity" if result == "won" or header_key(status) in source.converted_words else ""


def pipelines(tables: Mapping[str, pd.DataFrame], known: InOdoo, source: Source, team: str) -> pd.DataFrame:
    """Each stage of each pipeline of the deals: a team for the pipeline, a stage of the same name in it.

    columns: pipeline, stage, deals, team, as_stage, sequence, probability (0 to 100), result (open, won, lost), lost_reason,
    evidence, doubt. Deals of no pipeline go to `team`.
    """
    deals = tables.get("deal", pd.DataFrame(columns=["pipeline", "stage"]))
    counts = deals.groupby(["pipeline", "stage"]).size()
    rows = []
    for pipeline in counts.groupby(level=0).sum().sort_values(ascending=False, kind="stable").index:
        hit, why, doubt = _reused(known.teams, str(pipeline or team), "team", k1_text)
        if hit and not hit.get("active", True):
            doubt = "; ".join(filter(None, (doubt, "this team is archived in Odoo: its pipeline shows to nobody")))
        name = str(hit["name"]) if hit else str(pipeline or team)
        stages = _stages({str(s): int(c) for s, c in counts[pipeline].items()}, known, source, name)
        for stage, row in stages.items():
            rows.append(
                row | {"pipeline": pipeline, "stage": stage, "deals": str(counts[pipeline][stage]), "team": name,
                       "as_stage": row["stage"], "evidence": f"{why}; {row['evidence']}",
                       "doubt": "; ".join(filter(None, (doubt, row["doubt"])))}
            )  # fmt: skip
    columns = ["pipeline", "stage", "deals", "team", "as_stage", "sequence", "probability", "result", "lost_reason",
               "evidence", "doubt"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns, dtype="str")


def tags(tables: Mapping[str, pd.DataFrame], known: InOdoo) -> pd.DataFrame:
    """Each tag as it is written, under the name that it has in Odoo, else its own.

    columns: tag, leads, name, evidence, doubt. Names that differ in case or spaces alone stay apart unless somebody gives
    them one name; each is named in the other's doubt.
    """
    found = tables.get("tag", pd.DataFrame(columns=["key", "name"]))
    leads = tables["lead"].get("tags", pd.Series(dtype="str"))
    counts = leads.str.split().explode().value_counts()
    by_name = {str(r["name"]): int(counts.get(r["key"], 0)) for r in found.to_dict("records")}
    twins: dict[str, list[str]] = {}
    for name in by_name:
        twins.setdefault(k1_name(name), []).append(name)
    rows = []
    for name, count in sorted(by_name.items(), key=lambda item: (k1_name(item[0]), -item[1], item[0])):
        hit, why, doubt = _reused(known.tags, name, "tag", k1_name)
        others = [f"{t!r} ({_counted(by_name[t], 'lead')})" for t in twins[k1_name(name)] if t != name]
        doubt = f"also written {', '.join(others)}" if others else doubt
        rows.append((name, str(count), str(hit["name"]) if hit else name, why, doubt))
    return pd.DataFrame(rows, columns=["tag", "leads", "name", "evidence", "doubt"], dtype="str")


_PLAIN = frozenset(("", "0", "3"))
"""Words of a payment's `credit` after which it is money that came in, or went back: a draft may be made of it."""


def payments(table: pd.DataFrame) -> pd.DataFrame:
    """Each kind of payment by its credit and sign, and what becomes of it in Odoo.

    columns: credit, sign (positive, negative, zero), payments, total, proposal (a type of draft, or hold), evidence, doubt.
    A plain payment of 0.00 becomes a draft of 0.00, so that nothing is lost; what other credits mean only a person knows.
    """
    signs = table["amount"].map(sign)
    rows = []
    for (credit, which), amounts in table["amount"].groupby([table["credit"], signs], sort=True):
        if which:
            draft = "out_refund" if which == "negative" else "out_invoice"
            plain = credit in _PLAIN
            why = "plain payments" if plain else "nobody says what this credit means"
            doubt = "drafts of 0.00" if plain and which == "zero" else "" if plain else "an invoice, a refund, or neither?"
            total = sum(map(Decimal, amounts), Decimal())
            rows.append((credit, which, str(len(amounts)), f"{total:.2f}", draft if plain else "hold", why, doubt))
    columns = ["credit", "sign", "payments", "total", "proposal", "evidence", "doubt"]
    return pd.DataFrame(rows, columns=columns, dtype="str")


def _stages(counts: Mapping[str, int], known: InOdoo, source: Source, team: str) -> dict[str, dict[str, str]]:
    """Name → stage, sequence, probability, result, lost_reason, evidence and doubt, in the order of a pipeline."""
    teams = {int(t["id"]) for t in known.teams if k1_text(str(t["name"])) == k1_text(team)}
    usable = [s for s in known.stages if not s["teams"] or teams & set(s["teams"])]
    found = {name: _reused(usable, name, "stage", k1_text) for name in counts}
    results = {name: _result(name, source, found[name][0]) for name in counts}
    order = sorted(_order(counts, source), key=lambda name: _ENDS.index(results[name]))
    is_open = [n for n in order if results[n] == "open"]
    named = [n for n in is_open if n]
    first = str(usable[0]["name"]) if usable else named[0] if named else "New"
    result: dict[str, dict[str, str]] = {}
    for name in order:
        (hit, why, doubt), ends = found[name], results[name]
        place = is_open.index(name) + 1 if ends == "open" else len(order) + 1
        probability = {"won": 100, "lost": 0}.get(ends, round(100 * place / (len(is_open) + 1) / 5) * 5)
        reason, _, _ = _reused(known.reasons, name, "reason", k1_text)
        own = str(hit["name"]) if hit else "" if ends == "lost" else name
        result[name] = {
            "stage": own or first, "sequence": str(hit["sequence"] if hit else place), "probability": str(probability),
            "result": ends, "lost_reason": (str(reason["name"]) if reason else name) if ends == "lost" else "",
            "evidence": why if name else "none in the source", "doubt": doubt if own else "",
        }  # fmt: skip
    return result


_ENDS = ("open", "won", "lost")


def _order(counts: Mapping[str, int], source: Source) -> list[str]:
    """The names in the order of a sale: by the number that each begins with, else as the source has them, else by words."""
    numbers = {n: re.match(r"\s*(\d+)", n) for n in counts}
    if all(numbers.values()):
        return sorted(counts, key=lambda n: (int(numbers[n].group(1)), n))  # type: ignore[union-attr]
    usual = {status: at for at, status in enumerate(source.status_order)}
    passed = [(at, _rank(status)) for status, at in usual.items()]

    def place(name: str) -> tuple[float, int, int, str]:
        key, rank = header_key(name), _rank(header_key(name))
        beside = max((at for at, r in passed if r <= rank < len(_FUNNEL)), default=-1) + 0.5
        at = usual.get(key, len(usual) if rank == len(_FUNNEL) else beside)
        return at, rank, -counts[name], name

    return sorted(counts, key=place)


def _rank(key: str) -> int:
    """The place of the first usual word that a name holds."""
    return next((at for at, word in enumerate(_FUNNEL) if word in key), len(_FUNNEL))


def _result(name: str, source: Source, hit: Row | None) -> str:
    key = header_key(name)
    if (hit and hit["is_won"]) or key in source.won_words or "won" in key.split():
        return "won"
    return "lost" if key in source.lost_words or "lost" in key.split() else "open"


def _reused(rows: Sequence[Row], name: str, what: str, fold: Callable[[str], str]) -> tuple[Row | None, str, str]:
    """What has this name in Odoo (the same letters before the same when folded), the evidence, and a doubt."""
    same = [r for r in rows if name and (fold(str(r["name"])) or r["name"]) == (fold(name) or name)]
    exact = [r for r in same if r["name"] == name] or same
    if exact:
        doubt = f"Odoo has several: {_listed(r['name'] for r in same)}" if len(exact) > 1 else ""
        return exact[0], f"a {what} of this name is in Odoo", doubt
    like = [r["name"] for r in rows if name and fuzz.ratio(name.casefold(), str(r["name"]).casefold()) >= 85]
    return None, f"no {what} of this name", f"Odoo has {_listed(like)}: is it the same?" if like else ""


def _listed(names: Iterable[object]) -> str:
    return ", ".join(str(n) for n in names)


def _counted(number: int, entity: str) -> str:
    many = f"{entity[:-1]}ies" if entity.endswith("y") else f"{entity}s"
    return f"{number:,} {entity if number == 1 else many}"
