"""The second look at a text, at the places where something may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structlog_enrich.redaction.markers import MARKER
from structlog_enrich.redaction.values.assigned import Assignments
from structlog_enrich.redaction.values.blocks import find_encoded, find_jwt, find_pem
from structlog_enrich.redaction.values.manifests import find_kubernetes
from structlog_enrich.redaction.values.reports import Reports
from structlog_enrich.redaction.values.rule import BUDGET_RULE
from structlog_enrich.redaction.values.shapes import end_of_rest, ends_escape, entropy, is_placeholder
from structlog_enrich.redaction.values.statements import Statements
from structlog_enrich.redaction.values.urls import find_userinfo, find_userinfo_without_scheme
from structlog_enrich.redaction.values.words import PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from structlog_enrich.redaction.values.gate import Hinges
    from structlog_enrich.redaction.values.rule import Rule

__all__ = ["Look"]

_BUDGET: Final = 2_500
_LONGEST: Final = 512
_NEAR: Final = 256


class Look:
    """Find what the anchors of a text lead to.

    Args:
        insensitive: The anchors for which case doesn't count.
        exact: Those for which it does.
        free: The rules that have none.
        classify: Returns the id of the rule that masks what stands under a key, or None when nothing does.
        judge: Has the last word where *classify* named a rule; see `Scanner`.
        allows: Tells whether a key is one of those that are never masked; see `Scanner`.
    """

    __slots__ = ("_exact", "_finders", "_free", "_insensitive")

    def __init__(
        self,
        insensitive: Hinges,
        exact: Hinges,
        free: tuple[Rule, ...],
        classify: Callable[[str], str | None],
        judge: Callable[[str, str], str | None] | None,
        allows: Callable[[str], bool] | None,
    ) -> None:
        self._insensitive = insensitive
        self._exact = exact
        self._free = free
        assignments = Assignments(classify, PROVIDERS, judge, allows)
        reports = Reports(classify)
        statements = Statements(classify, judge)
        self._finders: dict[str, Callable[[bytes, int], list[tuple[int, int, str]]]] = {
            "key": assignments.find,
            "escaped key": assignments.find_escaped,
            "option": assignments.find_option,
            "short option": assignments.find_short_option,
            "kubernetes": find_kubernetes,
            "input": reports.find_input,
            "parameters": reports.find_parameters,
            "columns": reports.find_columns,
            "part": reports.find_part,
            "values": statements.find_values,
            "arguments": statements.find_arguments,
            "numbered": statements.find_numbered,
            "pem": find_pem,
            "jwt": find_jwt,
            "encoded": find_encoded,
            "userinfo": find_userinfo,
            "bare userinfo": find_userinfo_without_scheme,
        }

    def spans(self, data: bytes) -> list[tuple[int, int, str]]:
        """Return start, end and rule of what is found, in no order; behind the budget all that is left."""
        found: list[tuple[int, int, str]] = []
        markers = [each.span() for each in MARKER.finditer(data)] if b"[REDACTED:" in data else []
        left = _BUDGET
        for hinges, text in ((self._insensitive, data.lower()), (self._exact, data)):
            covered = nearest = 0
            for hinge in hinges.finditer(text):
                place = hinge.start()
                while nearest < len(markers) and markers[nearest][1] <= place:
                    nearest += 1
                if place < covered or (nearest < len(markers) and markers[nearest][0] <= place):
                    continue
                if left < 0:
                    found.append((place, len(data), BUDGET_RULE))
                    break
                for at, anchor in hinges.at(text, place):
                    left -= anchor.cost
                    finder = anchor.finder
                    spans = self._finders[finder](data, at) if isinstance(finder, str) else _matched(finder, data, at)
                    for span in spans:
                        left -= 1
                        found.append(span)
                        covered = max(covered, span[1])
        for rule in self._free:
            for match in rule.compiled.finditer(data):
                left -= 1
                if left < 0:
                    found.append((match.start(), len(data), BUDGET_RULE))
                    break
                found += _accepted(rule, match.span(rule.compiled.groups and 1), data)
        return found


def _matched(rule: Rule, data: bytes, at: int) -> Iterable[tuple[int, int, str]]:
    found = _found(rule, data, at)
    # The letter of an escape stands against what begins behind it, as no letter of its own.
    if not found and (start := _escape_before(data, at, rule.before)) is not None:
        blank = b" " + data[start : at + _LONGEST]
        shift = start - 1
        return tuple((first + shift, last + shift, name) for first, last, name in _found(rule, blank, at - shift))
    return found


def _escape_before(data: bytes, at: int, before: int) -> int | None:
    """Return where the escape ends that stands nearest before *at*, as far as a match may reach."""
    if not before:
        return at if ends_escape(data, at) else None
    if b"\\" not in data[max(0, at - before - 6) : at]:
        return None
    return next((place for place in range(at, max(0, at - before), -1) if ends_escape(data, place)), None)


def _found(rule: Rule, data: bytes, at: int) -> tuple[tuple[int, int, str], ...]:
    if rule.before:
        limit = at + _NEAR
        place = max(0, at - rule.before)
        # What is found first may be the one before.
        while (match := rule.compiled.search(data, place, limit)) is not None and match.end() <= at:
            place = match.end()
        if match is None or match.start() > at:
            return ()
    else:
        limit = at + _LONGEST
        match = rule.compiled.match(data, at, limit)
        if match is None:
            return ()
    found = _accepted(rule, match.span(rule.compiled.groups and 1), data)
    if found and match.end() == limit:
        start, end, name = found[0]
        return ((start, end_of_rest(data, end), name),)
    return found


def _accepted(rule: Rule, span: tuple[int, int], data: bytes) -> tuple[tuple[int, int, str], ...]:
    start, end = span
    secret = data[start:end]
    if not secret or (rule.entropy and entropy(secret) < rule.entropy):
        return ()
    if is_placeholder(secret) or (rule.check is not None and not rule.check(secret)):
        return ()
    return ((start, end, rule.id),)
