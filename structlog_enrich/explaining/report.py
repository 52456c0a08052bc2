"""What is found out about a chain, for programs and as a text."""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["Mistake", "Report", "Stage"]

_WIDEST: Final = 44


class Stage(NamedTuple):
    """Hold what is known of one stage.

    Attributes:
        number: Its place in the chain, from 1.
        name: The name of the class, for the library's own stages; `module.qualname` for all others.
        does: What it adds or does; of a stage that isn't known, what it did to the probe.
        is_guarded: Whether a `Guarded` runs it.
        added: The names that it added to the probe, outermost ones only, as for the next two.
        removed: Those that it took away.
        changed: Those to which it gave another value.
        failure: What went wrong with the probe: `drops the event`, `raises KeyError`, `returns NoneType`; else None.
        skipped: Why it wasn't run; None where it was.
        cost: Microseconds per event, the median of several rounds; None unless measured.
    """

    number: int
    name: str
    does: str
    is_guarded: bool = False
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    failure: str | None = None
    skipped: str | None = None
    cost: float | None = None


class Mistake(NamedTuple):
    """Hold one thing that is wrong with a chain.

    Attributes:
        rule: Which rule is broken, for programs: `data-after-redaction`.
        stages: The numbers of the stages it is about; none where one is missing.
        problem: One sentence on what is wrong and what comes of it.
        remedy: One sentence on what to do.
    """

    rule: str
    stages: tuple[int, ...]
    problem: str
    remedy: str


class Report(NamedTuple):
    """Say what a chain does and what is wrong with it; `str()` of it is a text for a person.

    No value of an event is in it, only names.

    Attributes:
        stages: Each stage, in the order of the chain.
        mistakes: What is wrong, by the stage it is about; what is missing comes first.
        notes: What is no mistake and good to know, a sentence each.

    >>> report = Report((Stage(1, "JSONRenderer", "writes the line as JSON"),), ())
    >>> report.ok
    True
    >>> print(report)
    1  JSONRenderer  writes the line as JSON
    <BLANKLINE>
    No mistake was found.
    """

    stages: tuple[Stage, ...]
    mistakes: tuple[Mistake, ...]
    notes: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.mistakes

    @property
    def cost(self) -> float | None:
        """Microseconds per event of all stages that were measured; None where none was."""
        costs = [each.cost for each in self.stages if each.cost is not None]
        return sum(costs) if costs else None

    def __str__(self) -> str:
        notes = [f"Note: {each}" for each in self.notes]
        return "\n".join([*self._table(), "", *self._findings(), *([""] if notes else []), *notes])

    def _table(self) -> list[str]:
        wide = min(_WIDEST, max((len(each.name) for each in self.stages), default=0))
        digits = len(str(len(self.stages)))
        measured = self.cost is not None
        lines = []
        for each in self.stages:
            cost = f"{_microseconds(each.cost):>12}  " if measured else ""
            guarded = " (guarded)" if each.is_guarded else ""
            lines.append(f"{each.number:>{digits}}  {each.name:<{wide}}  {cost}{each.does}{guarded}")
        if measured:
            lines.append(f"{'':>{digits}}  {'together':<{wide}}  {_microseconds(self.cost):>12}")
        return lines

    def _findings(self) -> list[str]:
        if self.ok:
            return ["No mistake was found."]
        lines = ["1 mistake:" if len(self.mistakes) == 1 else f"{len(self.mistakes)} mistakes:"]
        for each in self.mistakes:
            numbers = " and ".join(map(str, each.stages))
            where = f"stage {numbers}, " if len(each.stages) == 1 else f"stages {numbers}, " if each.stages else ""
            lines += ["", f"{where}{each.rule}", f"  {each.problem}", f"  Remedy: {each.remedy}"]
        return lines


def _microseconds(cost: float | None) -> str:
    return "" if cost is None else f"{cost:,.2f} µs"
