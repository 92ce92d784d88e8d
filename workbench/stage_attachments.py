"""Stages files of contacts: their content as base64, or a link that nobody follows; what cannot be kept is held."""

from __future__ import annotations

import base64
import binascii
import hashlib
import mimetypes
import re
from functools import partial

import pandas as pd

from workbench.needs import Needs
from workbench.outcomes import Outcome
from workbench.stage_lead import text
from workbench.values import file_name

_LINK = re.compile(r"https?://[^\s\x00-\x1f<>\"]+", re.IGNORECASE)
_TYPE = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+")
_ENCODED = re.compile(r"data:[^,]{0,200};base64,")
_ANY = "application/octet-stream"
_SHOWN_AS_TEXT = "text/plain"
_MEGABYTE = 1 << 20

_ENDS = {
    "attachment_too_large": (
        "The file is larger than the limit and stays behind.",
        "Raise attachment_limit_mb in migration.toml and run again, or store it elsewhere.",
    ),
    "bad_content": ("The content of the file is no base64 and stays behind.", "Get the file anew from the source."),
    "no_content": ("The attachment has neither content nor a link.", "Get the file anew from the source."),
}
"""Code → what is said of a file that is held, and what to do."""


def _decoded(content: str) -> bytes | None:
    """The bytes of a cell; None where it is no base64."""
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        return None


def _problem(content: str, url: str, limit: int) -> str:
    """Why a file is held, by the code of its finding."""
    if not content:
        return "" if url else "no_content"
    if len(content) > 2 * limit * _MEGABYTE:  # whatever it is: not worth the memory
        return "attachment_too_large"
    decoded = _decoded(content)
    if decoded is None:
        return "bad_content"
    return "attachment_too_large" if len(decoded) > limit * _MEGABYTE else ""


def ended_attachments(needs: Needs, frame: pd.DataFrame) -> list[Outcome]:
    """Files that cannot be kept."""
    limit = needs.decided.attachment_limit
    cells = zip(_contents(frame), text(frame, "url"), strict=True)
    problems = pd.Series([_problem(content, url, limit) for content, url in cells], index=frame.index, dtype="str")
    for code, (what, todo) in _ENDS.items():
        names = text(frame, "name").where(problems == code, "").tolist()
        needs.found(frame, code, "error", what, todo, "attachment", "content", names)
    return [Outcome(key, "held", _ENDS[p][0]) for key, p in zip(frame["key"], problems, strict=True) if p]


def stage_attachments(needs: Needs, keep: pd.DataFrame, out: pd.DataFrame) -> pd.DataFrame:
    """The staged files. A checksum vouches for the content, which is sent and never read back; no URL is ever fetched."""
    found = partial(needs.found, keep, entity="attachment")
    name, url, content = text(keep, "name"), text(keep, "url"), _contents(keep)
    facts = [_facts(cell) for cell in content]
    sizes = pd.Series([size for size, _ in facts], index=keep.index, dtype="float")
    out["datas"], out["checksum"], out["file_size"] = content, [checksum for _, checksum in facts], sizes
    out["name"] = name.map(file_name)
    is_link = (content == "") & url.map(lambda link: _LINK.fullmatch(link) is not None)
    out["type"] = pd.Series("binary", index=keep.index).mask(is_link, "url")
    out["url"] = url.where(is_link, "")
    out["mimetype"] = [_mimetype(*cells) for cells in zip(text(keep, "mimetype"), out["name"], strict=True)]
    renamed, besides = name.where(name != out["name"], ""), url.where(~is_link, "")
    said = text(keep, "mimetype").str.strip().str.lower()
    told = said.where((said != "") & (said != out["mimetype"]), "")
    size = text(keep, "size")
    differs = size.where((size != "") & (content != "") & (pd.to_numeric(size, errors="coerce") != sizes), "")
    other_size = size.where((differs != "") | ((size != "") & (content == "")), "")
    labelled = {"Name": renamed, "Link": besides, "Type": told, "Size": other_size}
    parts = [[f"{label}, as exported: {cell}" for label, cell in zip(labelled, cells, strict=True) if cell]
             for cells in zip(*labelled.values(), strict=True)]  # fmt: skip
    out["description"] = ["\n".join(part) for part in parts]
    what = "The name was made safe; the whole of it stands in the description."
    found(code="file_name_changed", severity="note", what=what, todo="Nothing.", field="name", values=renamed.tolist())
    odd = url.where((url != "") & ~url.map(lambda link: _LINK.fullmatch(link) is not None), "")
    what = "The link does not lead to http or https: it is kept as text, and no link is made."
    todo = "Look at it in the source; if it is a file, get its content."
    found(code="link_not_http", severity="warning", what=what, todo=todo, field="url", values=odd.tolist())
    what = "The source says another size than the content has: the file may be cut."
    todo = "Open it, and get it anew from the source if it is broken."
    found(code="size_differs", severity="warning", what=what, todo=todo, field="size", values=differs.tolist())
    return out


def _contents(frame: pd.DataFrame) -> pd.Series:
    """The cells without what browsers put before base64; as they stand, and no copy of them, where no cell has that."""
    content = text(frame, "content")
    if not content.str.startswith("data:").any():
        return content
    return content.map(lambda cell: _ENCODED.sub("", cell, count=1) if cell.startswith("data:") else cell)


def _facts(content: str) -> tuple[float, str]:
    """Size in bytes and checksum (SHA-1, as Odoo computes it); of nothing neither."""
    decoded = _decoded(content) if content else None
    return (float(len(decoded)), hashlib.sha1(decoded, usedforsecurity=False).hexdigest()) if decoded else (float("nan"), "")


def _mimetype(said: str, name: str) -> str:
    """The type of a file, or '' where Odoo may guess; what a browser would run is shown as text."""
    kind = said.strip().lower()
    if not _TYPE.fullmatch(kind) or kind == _ANY:
        kind = mimetypes.guess_type(name)[0] or ""
    if kind == _ANY:  # Odoo looks into the content
        return ""
    runs = "ht" in kind or ("xml" in kind and not kind.startswith("application/vnd.openxmlformats"))
    return _SHOWN_AS_TEXT if runs else kind
