"""The one cheap look at a text that tells whether anything in it is worth a second one."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from structlog_enrich.redaction.dialects import for_re2
from structlog_enrich.redaction.values.shapes import EDGE, ESCAPES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from structlog_enrich.redaction.values.anchors import Anchor

__all__ = ["ENGINES", "Hinges", "re2_gate"]

_POSSESSIVE = re.compile(rb"\{0,[0-9]+\}\+")
ENGINES = ("auto", "re", "re2")
_NOTHING = rb"[^\x00-\xff]"
# From common to rare, in what logs are made of.
_FREQUENCY = b" etaoinrs10l23d5c4679/8.u-:pmghfby_w=kvx,'\"jqz"
_RARE = _FREQUENCY.index(b"b")


# A literal, where in it its hinge stands, what must follow it, and what stands before it.
_Surroundings = tuple[bytes, int, bytes, bytes]
_Places = tuple[tuple[_Surroundings, tuple["Anchor", ...]], ...]


class Hinges:
    """Find every anchor in one pass of `re`.

    Each literal is searched by its rarest letter, its hinge, with what stands around it looked at only there: an
    alternation of whole literals would try each of them at every second letter. It is compiled when it is first asked,
    which with google-re2 is where something may be.
    """

    __slots__ = ("_anchors", "_by_hinge", "_near", "finditer", "search")

    search: Callable[[bytes], object]
    """Tell whether there is any."""
    finditer: Callable[[bytes], Iterable[re.Match[bytes]]]
    """Find all; each takes no more than its hinge."""

    def __init__(self, anchors: Iterable[Anchor]) -> None:
        self._anchors = tuple(anchors)
        self._by_hinge: dict[int, _Places] = {}
        self._near: dict[tuple[int, bytes, bytes], _Places] = {}
        self.search = lambda text: self._compile().search(text)
        self.finditer = lambda text: self._compile().finditer(text)

    def at(self, text: bytes, place: int) -> Iterable[tuple[int, Anchor]]:
        """Yield the anchors around the hinge that `finditer` found at *place*, and where their literals begin."""
        around = (text[place], text[place - 1 : place], text[place + 1 : place + 2])
        looks = self._near.get(around)
        if looks is None:
            if len(self._near) >= 4_096:  # noqa: PLR2004 - a bound, as good as any
                self._near.clear()
            looks = self._near[around] = tuple(_near(self._by_hinge[around[0]], *around[1:]))
        for (literal, offset, after, _), anchors in looks:
            start = place - offset
            if start >= 0 and text.startswith(literal, start):
                if after and _compiled(after).match(text, start + len(literal)) is None:
                    continue
                for anchor in anchors:
                    yield start, anchor

    def _compile(self) -> re.Pattern[bytes]:
        # Threads that come here together do the same and leave the same.
        self._by_hinge = _hinged(self._anchors)
        looks = (
            b"%b(?=%b)" % (re.escape(bytes((hinge,))), _around(look for look, _ in group))
            for hinge, group in self._by_hinge.items()
        )
        found = re.compile(b"|".join(looks) or _NOTHING)
        self.search, self.finditer = found.search, found.finditer
        return found


def _near(places: _Places, before: bytes, behind: bytes) -> Iterable[tuple[_Surroundings, tuple[Anchor, ...]]]:
    """Yield those whose literal has these letters beside its hinge."""
    for each in places:
        literal, at, *_ = each[0]
        if literal[at - 1 : at] in {before, b""} and literal[at + 1 : at + 2] in {behind, b""}:
            yield each


def _hinged(anchors: Iterable[Anchor]) -> dict[int, _Places]:
    """Return the anchors by what they look like, by their hinge."""
    groups: dict[int, dict[_Surroundings, list[Anchor]]] = {}
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
        group.setdefault((anchor.literal, at, anchor.after, anchor.ahead), []).append(anchor)
    return {hinge: tuple((look, tuple(each)) for look, each in group.items()) for hinge, group in groups.items()}


@lru_cache(maxsize=1_024)
def _compiled(after: bytes) -> re.Pattern[bytes]:
    return re.compile(b"(?i:%b)" % after)


def _around(group: Iterable[_Surroundings]) -> bytes:
    """Return what stands around a hinge; what follows several literals is written once for all of them."""
    by_after: dict[bytes, list[tuple[bytes, int, bytes]]] = {}
    for literal, at, after, ahead in group:
        by_after.setdefault(after, []).append((literal, at, ahead))
    return b"|".join(
        b"(?:%b)(?i:%b)" % (_spelled(literals), after) if after else _spelled(literals)
        for after, literals in by_after.items()
    )


def _spelled(literals: Iterable[tuple[bytes, int, bytes]]) -> bytes:
    """Return literals around their hinge, told apart by the letter behind it, or before it where it is the last."""
    behind: dict[bytes, list[bytes]] = {}
    before: dict[bytes, list[tuple[bytes, bytes]]] = {}
    for literal, at, ahead in literals:
        rest = literal[at + 1 :]
        back = _behind(ahead, re.escape(literal)) if at or ahead else b""
        rule = re.escape(rest[1:]) + back
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


def _behind(ahead: bytes, literal: bytes) -> bytes:
    """Return that *literal* ends here; where it stands at an edge, that of an escape is one."""
    if ahead != EDGE:
        return b"(?<=%b%b)" % (ahead, literal)
    edges = b"|".join(b"(?<=%b%b)" % (edge, literal) for edge in (EDGE, *ESCAPES))
    return b"(?<=%b)(?:%b)" % (literal, edges)


def _before(pair: bytes, rules: list[tuple[bytes, bytes]]) -> bytes:
    """Return what stands before the hinge that ends *pair*: three letters are told apart before whole literals are."""
    letters = b"".join(sorted({re.escape(third) for third, _ in rules}))
    guard = (
        b"(?<=[%b]%b)" % (letters, re.escape(pair))
        if all(third for third, _ in rules)
        else b"(?<=%b)" % re.escape(pair)
    )
    return b"%b(?:%b)" % (guard, b"|".join(rule for _, rule in rules))


def re2_gate(anchors: Iterable[Anchor], free: Iterable[str]) -> Callable[[bytes], object] | None:
    """Return what google-re2 says of a text, falsy when nothing in it is worth a look.

    None is returned for what google-re2 can't run, such as patterns that need more memory than it takes.

    Raises:
        ImportError: There is no google-re2.
    """
    import re2  # noqa: PLC0415 (an extra)

    # Other packages install a module of this name too; only Google's has sets with options.
    if not hasattr(re2, "Set") or not hasattr(re2.Set, "SearchSet") or not hasattr(re2, "Options"):
        msg = "a module re2 was found that isn't google-re2's"
        raise ImportError(msg)
    options = re2.Options()
    options.log_errors = False
    options.encoding = re2.Options.Encoding.LATIN1
    alike: dict[tuple[bytes, bool, bytes], list[bytes]] = {}
    for anchor in anchors:
        after = _POSSESSIVE.sub(rb"*", anchor.after)
        alike.setdefault((anchor.ahead, anchor.exact, after), []).append(re.escape(anchor.literal))
    # One pattern, not one each: a set remembers which of its patterns were seen, and that multiplies its states.
    edge = b"(?:%b)" % b"|".join((EDGE, *ESCAPES))
    merged = b"|".join(
        b"%b(?:%b%b)(?i:%b)"
        % (edge if ahead == EDGE else ahead, b"" if exact else b"(?i)", b"|".join(sorted(set(each))), after)
        for (ahead, exact, after), each in alike.items()
    )
    found = re2.Set.SearchSet(options)
    try:
        for each in (*((merged,) if merged else ()), *(for_re2(pattern).encode("ascii") for pattern in free)):
            found.Add(each)
        found.Compile()
    except re2.error:
        return None
    # The set within is the extension's own: what wraps it in Python costs a quarter of a short text's look.
    match: Callable[[bytes], object] = getattr(found, "_set", found).Match
    return match


def _rarity(letter: int) -> int:
    place = _FREQUENCY.find(letter)
    return place if place >= 0 else len(_FREQUENCY)
