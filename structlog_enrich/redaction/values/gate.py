"""The one cheap look at a text that tells whether anything in it is worth a second one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

__all__ = ["ENGINES", "Anchor", "Hinges", "re2_gate"]

_POSSESSIVE = re.compile(rb"\{0,[0-9]+\}\+")
ENGINES = ("auto", "re", "re2")
_NOTHING = rb"[^\x00-\xff]"
# From common to rare, in what logs are made of.
_FREQUENCY = b" etaoinrs10l23d5c4679/8.u-:pmghfby_w=kvx,'\"jqz"
_RARE = _FREQUENCY.index(b"b")


Finder = Callable[[bytes, int], Iterable[tuple[int, int, str]]]


@dataclass(frozen=True, slots=True)
class Anchor:
    """Name a place worth looking at: a literal, exact if it has a capital, what must follow it, and who looks."""

    literal: bytes
    after: bytes
    find: Finder
    cost: int = 1

    @property
    def exact(self) -> bool:
        """Tell whether case counts: where the literal has a capital."""
        return self.literal != self.literal.lower()


class Hinges:
    """Find every anchor in one pass of `re`.

    Each literal is searched by its rarest letter, its hinge, with what stands around it looked at only there: an
    alternation of whole literals would try each of them at every second letter.
    """

    __slots__ = ("_by_hinge", "finditer", "search")

    def __init__(self, anchors: Iterable[Anchor]) -> None:
        groups: dict[int, dict[tuple[bytes, int, bytes], list[Anchor]]] = {}
        # The ones with nothing but common letters choose first; the others share what is chosen if they must.
        for anchor in sorted(anchors, key=lambda each: -max(map(_rarity, each.literal)), reverse=True):
            at = max(
                range(len(anchor.literal)),
                key=lambda n: (
                    anchor.literal[n] in groups or _rarity(anchor.literal[n]) >= _RARE,
                    _rarity(anchor.literal[n]),
                    -n,
                ),
            )
            group = groups.setdefault(anchor.literal[at], {})
            group.setdefault((anchor.literal, at, anchor.after), []).append(anchor)
        self._by_hinge = {
            hinge: [
                (literal, at, re.compile(b"(?i:%b)" % after) if after else None, tuple(anchors))
                for (literal, at, after), anchors in group.items()
            ]
            for hinge, group in groups.items()
        }
        looks = [(re.escape(bytes((hinge,))), _around(group)) for hinge, group in groups.items()]
        # The first tells whether there is any; the second finds all, so it takes no more than the hinge.
        self.search = re.compile(b"|".join(b"%b(?:%b)" % each for each in looks) or _NOTHING).search
        self.finditer = re.compile(b"|".join(b"%b(?=%b)" % each for each in looks) or _NOTHING).finditer

    def at(self, text: bytes, place: int) -> Iterable[tuple[int, Anchor]]:
        """Yield the anchors around the hinge that stands at *place*, and where their literals begin."""
        for literal, offset, after, anchors in self._by_hinge[text[place]]:
            start = place - offset
            if start >= 0 and text.startswith(literal, start):
                if after is not None and after.match(text, start + len(literal)) is None:
                    continue
                for anchor in anchors:
                    yield start, anchor


def _around(group: Iterable[tuple[bytes, int, bytes]]) -> bytes:
    """Return what stands around a hinge, told apart by the letter behind it, or before it where it is the last."""
    behind: dict[bytes, list[bytes]] = {}
    before: dict[bytes, list[tuple[bytes, bytes]]] = {}
    for literal, at, after in group:
        rest = literal[at + 1 :]
        rule = (
            re.escape(rest[1:])
            + (b"(?<=%b)" % re.escape(literal) if at else b"")
            + (b"(?i:%b)" % after if after else b"")
        )
        if rest:
            behind.setdefault(rest[:1], []).append(rule)
        else:
            before.setdefault(literal[max(0, at - 1) : at + 1], []).append((literal[: at - 1][-1:], rule))
    told = [b"%b(?:%b)" % (re.escape(letter), b"|".join(rules)) for letter, rules in sorted(behind.items())]
    if before:
        # One look at the letter before spares the others, in a text of nothing but hinges too.
        letters = b"".join(re.escape(pair[:1]) for pair in sorted(before) if len(pair) > 1)
        pairs = b"|".join(_before(pair, rules) for pair, rules in sorted(before.items()))
        single = any(len(pair) == 1 for pair in before)
        hinge = next(iter(before))[-1:]
        told.append(b"(?:%b)" % pairs if single else b"(?<=[%b]%b)(?:%b)" % (letters, re.escape(hinge), pairs))
    return b"|".join(told)


def _before(pair: bytes, rules: list[tuple[bytes, bytes]]) -> bytes:
    """Return what stands before the hinge that ends *pair*: three letters are told apart before whole literals are."""
    letters = b"".join(sorted({re.escape(third) for third, _ in rules}))
    guard = (
        b"(?<=[%b]%b)" % (letters, re.escape(pair))
        if all(third for third, _ in rules)
        else b"(?<=%b)" % re.escape(pair)
    )
    return b"%b(?:%b)" % (guard, b"|".join(rule for _, rule in rules))


def re2_gate(anchors: Iterable[Anchor], free: Iterable[bytes]) -> Callable[[bytes], object] | None:
    """Return what google-re2 says of a text, falsy when nothing in it is worth a look; None without google-re2."""
    try:
        import re2  # noqa: PLC0415 (an extra)
    except ImportError:
        return None
    # Other packages install a module of this name too; only Google's has sets with options.
    if not hasattr(re2, "Set") or not hasattr(re2.Set, "SearchSet") or not hasattr(re2, "Options"):
        return None
    options = re2.Options()
    options.log_errors = False
    options.encoding = re2.Options.Encoding.LATIN1
    by_after: dict[tuple[bool, bytes], list[bytes]] = {}
    for anchor in anchors:
        after = _POSSESSIVE.sub(rb"*", anchor.after)
        by_after.setdefault((anchor.exact, after), []).append(re.escape(anchor.literal))
    # One pattern, not one each: a set remembers which of its patterns were seen, and that multiplies its states.
    merged = b"|".join(
        b"(?:%b%b)(?i:%b)" % (b"" if exact else b"(?i)", b"|".join(sorted(set(each))), after)
        for (exact, after), each in by_after.items()
    )
    found = re2.Set.SearchSet(options)
    if merged:
        found.Add(merged)
    for each in free:
        found.Add(each)
    found.Compile()
    match: Callable[[bytes], object] = found.Match
    return match


def _rarity(letter: int) -> int:
    place = _FREQUENCY.find(letter)
    return place if place >= 0 else len(_FREQUENCY)
