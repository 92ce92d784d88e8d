"""What is done to a text of any kind before it is read: it may count as empty, and mojibake and HTML may be undone."""

from __future__ import annotations

from dataclasses import dataclass, replace

from workbench import values
from workbench.rules import Chosen, setting
from workbench.values import line, scrub


@dataclass(frozen=True)
class Preparation:
    """What a column's rules say is done to its texts.

    `empties` are the texts, folded, that count as empty; `repairs` and `unmarks` say whether mojibake and HTML are undone.
    """

    empties: frozenset[str] = frozenset()
    repairs: bool = False
    unmarks: bool = False

    @staticmethod
    def of(choices: Chosen, column: str) -> Preparation:
        """The preparation that a column's rules say."""
        empties = setting(choices, column, "placeholders")
        return Preparation(
            frozenset(line(str(t)).casefold() for t in empties) if isinstance(empties, tuple) else frozenset(),
            setting(choices, column, "mojibake") == "repair",
            setting(choices, column, "html") == "text",
        )

    def filling(self) -> Preparation:
        """The same, with no text that counts as empty."""
        return replace(self, empties=frozenset())

    def __call__(self, text: str) -> str:
        """The text to read: repaired, without control and invisible characters and HTML; again until nothing changes."""
        if self.is_plain(text):
            return "" if text.isspace() or self.is_empty(text) else text
        for _ in range(8):
            before = text
            if self.is_empty(text):
                return ""
            text = values.mended(text) if self.repairs else text
            text = values.visible(scrub(text))
            text = values.plain(text) if self.unmarks else text
            if text == before:
                break
        return text

    @staticmethod
    def is_plain(text: str) -> bool:
        """Whether there is nothing to repair in a text, nor any mark of HTML: what most are."""
        return text.isascii() and text.isprintable() and "<" not in text and "&" not in text

    def is_empty(self, text: str) -> bool:
        """Whether a text counts as empty by decision."""
        return bool(self.empties) and len(text) <= 200 and line(text).casefold() in self.empties

    def why(self, text: str) -> str:
        """What of it changes a text, in one line."""
        return ", ".join(self.names(text)) or "white space"

    def names(self, text: str) -> list[str]:
        """What of it changes a text, in words."""
        if self.is_empty(text):
            return ["counts as empty"]
        if self.is_plain(text):
            return []
        mended = values.mended(text) if self.repairs else text
        shown = values.visible(scrub(mended))
        found = {
            "wrongly decoded letters": mended != text,
            "control characters": bool(shown) and shown != mended,
            "HTML": self.unmarks and values.is_html(shown),
        }
        return [words for words, so in found.items() if so]
