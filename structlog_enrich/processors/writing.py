"""What one event writes: its texts, cut and bounded, and what is noted of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structlog_enrich.processors.limits import MAX_NOTES, SHORTEST
from structlog_enrich.processors.texts import cut, encodable
from structlog_enrich.redaction.markers import marker
from structlog_enrich.redaction.paths import path_text

if TYPE_CHECKING:
    from collections.abc import Collection

    from structlog_enrich.processors.limits import Limits
    from structlog_enrich.redaction.compiled import Compiled
    from structlog_enrich.redaction.paths import Path

__all__ = ["BYTES_PER_VALUE", "Writing"]

BYTES_PER_VALUE: Final = 32
"""What a value needs on the line besides its characters, at most."""

_BYTES_PER_CHARACTER: Final = 6
_BYTES_PER_ENTRY: Final = 96
# Behind the place where a text is cut so much is looked at as well: a secret may end there.
_WINDOW: Final = 4_096


class Writing:
    """Keep the accounts of one event: how much room is left, what was masked, what was cut.

    Args:
        compiled: What is a secret.
        limits: Where to cut.
        scans: Whether texts are looked into.

    Attributes:
        texts: What has yet to be scanned.
        settled: Where a dry run left what would be masked as a whole; no scan looks there.
        written: Texts that a strategy made, which no scan may change.
        redacted: `path:rule` of each value that was masked.
        truncated: `path:rule` of each value that was cut.
        size: No more bytes than this will what was written need, as JSON.
        nodes: How many values may still be looked at.
        room: How many characters may still be read.
    """

    __slots__ = (
        "compiled",
        "limits",
        "nodes",
        "redacted",
        "room",
        "scans",
        "settled",
        "size",
        "texts",
        "truncated",
        "written",
    )

    def __init__(self, compiled: Compiled, limits: Limits, *, scans: bool) -> None:
        self.compiled = compiled
        self.limits = limits
        self.scans = scans
        # More values than half the bytes of a line can't fit on it: a few shared lists in each other would make
        # billions of values out of nothing.
        self.nodes = limits.max_line // 2
        # So would one long text, cut sixty thousand times: once there is enough to choose from, texts become short.
        self.room = limits.max_line * 16
        self.texts: list[str] = []
        self.settled: set[Path] = set()
        self.written: set[str] = set()
        self.redacted: list[str] = []
        self.truncated: list[str] = []
        self.size = 0

    def text(self, text: str, path: Path, limit: str = "max_string") -> str:
        """Return what is written for a text unless a secret is found in it, cut at the *limit* of that name."""
        most = SHORTEST if self.room <= 0 else getattr(self.limits, limit)
        if len(text) > most and self.scans:
            # Looked at before it is cut: half a token is none to whoever looks later.
            head = text[: most + _WINDOW]
            found, rules = self.compiled.scan(head, lambda: path_text(path))
            for rule in rules:
                self.note(self.redacted, path, self.compiled.label(rule))
            text = self.fitted(found, path, limit, gone=len(text) - len(head))
            self.written.add(text)
            return text
        text = self.fitted(text, path, limit)
        self.texts.append(text)
        return text

    def rescanned(self, text: str, path: Path, limit: str = "max_string") -> str:
        """Return *text*, which was collected, without the secrets in it."""
        if text in self.written:
            return text
        found, rules = self.compiled.scan(text, lambda: path_text(path))
        if not rules:
            return text
        for rule in rules:
            self.note(self.redacted, path, self.compiled.label(rule))
        return self.fitted(found, path, limit)

    def shown(self, text: str, path: Path) -> str:
        """Return a text made of what was walked: it is cut and not looked into again."""
        return self.fitted(text, path, "max_string")

    def longest(self) -> int:
        """Return how many characters a text may have now."""
        return self.limits.max_string if self.room > 0 else SHORTEST

    def count(self, plain: int, characters: int) -> None:
        """Count so many entries with known names, and the characters of their texts."""
        # A name that is known has at most 64 characters of one byte each.
        self.nodes -= plain
        self.room -= characters
        self.size += plain * _BYTES_PER_ENTRY + characters * _BYTES_PER_CHARACTER

    def fitted(self, text: str, path: Path, limit: str, gone: int = 0) -> str:
        """Return *text* cut at the *limit* of that name, and count it; *gone* characters of it were left out before."""
        most: int = getattr(self.limits, limit)
        if self.room <= 0:
            most, limit = SHORTEST, "max_line"
        if len(text) > most or gone:
            text = cut(text, most, gone)
            self.note(self.truncated, path, limit)
        text = encodable(text)
        self.nodes -= 1
        self.room -= len(text)
        self.size += len(text) * _BYTES_PER_CHARACTER + BYTES_PER_VALUE
        return text

    def name(self, key: str, taken: Collection[str], path: Path | None, *, is_known: bool) -> str:
        """Return under which name a value is written: without a secret that the key itself is, cut, and like no other.

        Args:
            key: The key as text.
            taken: The names that are there.
            path: Where the mapping stands.
            is_known: Whether the key was looked into before.
        """
        name = key
        if self.scans and not is_known:
            name, rules = self.compiled.scan(encodable(key[: self.longest() + _WINDOW]))
            for rule in rules:
                self.note(self.redacted, (path, name), self.compiled.label(rule))
            name += key[self.longest() + _WINDOW :] if not rules else ""
        name = encodable(cut(name, self.longest()))
        self.room -= len(name)
        self.size += len(name) * _BYTES_PER_CHARACTER
        if name not in taken:
            return name
        number = 2
        while f"{name}#{number}" in taken:
            number += 1
        return f"{name}#{number}"

    def masked(self, rule: str, path: Path) -> str:
        """Return what stands for what *rule* masked, and note it."""
        self.note(self.redacted, path, rule)
        stands = marker(rule)
        self.written.add(stands)
        self.size += len(stands) * _BYTES_PER_CHARACTER
        return stands

    def cut_away(self, rule: str, path: Path | None) -> str:
        """Return what stands for what is left out by a limit, and note it."""
        self.note(self.truncated, path, rule)
        return "…"

    def note(self, notes: list[str], path: Path | None, rule: str) -> None:
        """Add `path:rule` to *notes* once, as long as one more may be written."""
        # One more than may be written shows that there were more.
        if len(notes) <= MAX_NOTES:
            note = f"{path_text(path)}:{rule}"
            if note not in notes:
                self.size += len(note) * _BYTES_PER_CHARACTER + BYTES_PER_VALUE
                notes.append(note)
