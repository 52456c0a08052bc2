"""What the project promises, and whether a run kept it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from benchmarks.cleaning import EVENTS
from benchmarks.contenders import (
    configured,
    configured_records,
    documented,
    ecs_records,
    ecs_structlog,
    floor,
    handmade,
    json_logger,
    loguru_serialized,
    preset_ours,
    preset_structlog,
)
from benchmarks.markdown import measured, table
from benchmarks.middlewares import alone, correlation, instrumented, instrumented_lean, ours_ids, ours_line
from benchmarks.scenarios import detection, headers, otel, requests, stalled, stalled_memory, throughput, validate
from benchmarks.scrubbers import function, sentry, stage
from benchmarks.statistics import compared, compared_beyond, differences, spread
from benchmarks.traffic import SITUATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from benchmarks.contenders import Contender
    from benchmarks.middlewares import Middleware
    from benchmarks.scrubbers import Scrubber
    from benchmarks.statistics import Spread

__all__ = ["MOONSHOT", "TARGETS", "Target", "verdicts"]


_WITHOUT: Final = {
    "varied": "",
    "varied_re": ", without google-re2",
    "clean": "",
    "clean_re": ", without google-re2",
}


@dataclass(frozen=True, slots=True)
class Target:
    """Hold one promise.

    Args:
        what: What is bounded.
        limit: The greatest value that keeps the promise.
        measured: Return what was measured, from the results of all scenarios by name; its median is judged.
        digits: Decimals that are shown; the judgement uses all of them.
    """

    what: str
    limit: float
    measured: Callable[[Mapping[str, Any]], Spread]
    digits: int = 2

    def row(self, results: Mapping[str, Any], *, kept: str = "met", broken: str = "**missed**") -> tuple[str, ...]:
        """Return the target as cells: what, limit, median, range, fastest rounds, verdict."""
        value = self.measured(results)
        verdict = kept if value.median <= self.limit else broken
        fastest = f"{value.fastest:.{self.digits}f}"
        return self.what, f"≤ {self.limit:.3g}", *measured(value, self.digits), fastest, verdict


def _ratio(event: str, who: Contender, base: Contender, limit: float, *, scenario: str | None = None) -> Target:
    def ratios(results: Mapping[str, Any]) -> Spread:
        samples = results[scenario or event]
        return compared(samples[who.NAME], samples[base.NAME])

    return Target(f"{event}: {who.NAME} ÷ {base.NAME}", limit, ratios, digits=3)


def _varied(event: str, who: Contender, limit: float, *, scenario: str = "varied") -> Target:
    def ratios(results: Mapping[str, Any]) -> Spread:
        samples = results[scenario][event]
        return compared(samples[who.NAME], samples[floor.NAME])

    return Target(f"{event}, varied{_WITHOUT[scenario]}: {who.NAME} ÷ {floor.NAME}", limit, ratios, digits=3)


def _clean(who: Scrubber, limit: float, *, scenario: str = "clean") -> list[Target]:
    def ratios(event: str) -> Callable[[Mapping[str, Any]], Spread]:
        def of(results: Mapping[str, Any]) -> Spread:
            samples = results[scenario][event]
            return compared(samples[who.NAME], samples[sentry.NAME])

        return of

    return [
        Target(f"clean, {event}{_WITHOUT[scenario]}: {who.NAME} ÷ {sentry.NAME}", limit, ratios(event), digits=3)
        for event in EVENTS
    ]


def _added(what: str, who: Middleware, base: Middleware, limit: float) -> list[Target]:
    def ratios(situation: str) -> Callable[[Mapping[str, Any]], Spread]:
        def of(results: Mapping[str, Any]) -> Spread:
            rows = results["requests"][situation][what]
            return compared_beyond(*(rows[each.NAME] for each in (who, base, alone)))

        return of

    return [
        Target(f"request {situation}: {who.NAME}, {what} ÷ {base.NAME}", limit, ratios(situation), digits=3)
        for situation in SITUATIONS
    ]


def _detected(where: str) -> Target:
    return Target(f"detection, {where}, ms", 5, lambda results: spread(results["detection"][where]["both"]))


def _otel(results: Mapping[str, Any]) -> Spread:
    samples = results["otel"][otel.IN_SPAN]
    return differences(samples[otel.OTEL], samples[otel.OWN])


def _validated(results: Mapping[str, Any]) -> Spread:
    samples = results["validate"]
    return compared(samples[validate.OURS], samples[validate.SCHEMA])


def _imported(results: Mapping[str, Any]) -> Spread:
    return spread(results["imports"]["import inside"])


def _called(results: Mapping[str, Any]) -> Spread:
    return spread(results["imports"]["preset inside"])


def _handed_over() -> Iterator[Target]:
    ours, theirs = stalled.WRITERS[0].NAME, stalled.WRITERS[1].NAME

    def taken(share: str) -> Callable[[Mapping[str, Any]], Spread]:
        return lambda results: spread([results["stalled"][ours][share] / 1_000])

    def part(share: str) -> Callable[[Mapping[str, Any]], Spread]:
        return lambda results: spread([results["stalled"][ours][share] / results["stalled"][theirs][share]])

    for share, limit in (("p50", 0.5), ("p99", 1.5), ("p99.9", 15), ("max", 5_000)):
        yield Target(f"hand-off while the sink is stalled, {share}, µs", limit, taken(share))
    for share in ("p50", "p99"):
        yield Target(f"the same, {share}: {ours} ÷ {theirs}", 1 / 10, part(share), digits=3)


def _held(size: str) -> Target:
    ours = stalled_memory.WRITERS[0]

    def grown(results: Mapping[str, Any]) -> Spread:
        return spread([stalled_memory.share(results["stalled_memory"], ours, size)])

    return Target(f"memory while the sink is stalled, lines of {size}: RSS ÷ budget", 1.1, grown, digits=3)


def _slower(count: int) -> Callable[[Mapping[str, Any]], Spread]:
    return lambda results: spread([1 / each for each in throughput.share(results["throughput"], count)])


TARGETS: Final = (
    _ratio("reference", preset_ours, floor, 2.0),
    _ratio("reference", preset_ours, documented, 1.0),
    _ratio("reference", preset_structlog, floor, 2.4),
    _ratio("reference", preset_ours, handmade, 0.6),
    _ratio("reference", preset_structlog, handmade, 0.6),
    _ratio("web", preset_ours, floor, 2.3),
    _ratio("web", preset_ours, documented, 1.0),
    _ratio("web", preset_structlog, floor, 2.7),
    _ratio("web", preset_ours, handmade, 0.6),
    _ratio("web", preset_structlog, handmade, 0.6),
    _ratio("reference", configured, floor, 2.1, scenario="peers"),
    _ratio("reference", configured, json_logger, 1 / 2, scenario="peers"),
    _ratio("reference", configured, loguru_serialized, 1 / 3, scenario="peers"),
    _ratio("reference", configured, ecs_structlog, 1 / 3, scenario="peers"),
    _ratio("reference", configured, ecs_records, 1 / 3, scenario="peers"),
    _ratio("records", configured_records, json_logger, 1.3),
    Target(f"a file of lines: {validate.OURS} ÷ {validate.SCHEMA}", 1 / 5, _validated, digits=3),
    Target("`import structlog_enrich` after structlog and orjson, ms", 15, _imported),
    Target("the first `preset()`, ms", 60, _called),
    Target(
        "modules of pydantic or a framework that it imports", 0, lambda all_: spread([len(all_["imports"]["heavy"])]), 0
    ),
    Target("threads that it starts", 0, lambda all_: spread([all_["imports"]["threads"]]), 0),
    Target("header of the reference event, bytes", 600, lambda all_: spread([all_["header"]["header"]]), 0),
    *_added(requests.COMPLETE, ours_ids, correlation, 1.5),
    *_added(requests.IN_ALL, ours_line, correlation, 1.5),
    *_added(requests.IN_ALL, ours_line, instrumented, 0.5),
    *_added(requests.IN_ALL, ours_line, instrumented_lean, 0.5),
    Target(f"{otel.OTEL} more than {otel.OWN}, {otel.IN_SPAN}, µs", 0.8, _otel),
    Target("hostile headers, the worst family, µs per KB", 50, lambda all_: spread(headers.worst(all_["headers"]))),
    *map(_detected, (detection.IN_POD, detection.IN_CHECKOUT, detection.PARSED)),
    _varied("reference", preset_ours, 2.1),
    _varied("reference", preset_structlog, 2.5),
    _varied("web", preset_ours, 2.4),
    _varied("web", preset_structlog, 2.8),
    _varied("reference", preset_ours, 2.8, scenario="varied_re"),
    _varied("web", preset_ours, 4.2, scenario="varied_re"),
    *_clean(stage, 0.5),
    *_clean(function, 0.5),
    *_clean(stage, 1.0, scenario="clean_re"),
    *_clean(function, 1.0, scenario="clean_re"),
    *_handed_over(),
    *map(_held, stalled_memory.SIZES),
    *(Target(f"the machine's lines/s ÷ {throughput.named(each)}", 2, _slower(each)) for each in throughput.THREADS),
)
"""What is promised of a line, a request, a start and redaction, in this order."""

MOONSHOT: Final = _ratio("reference", preset_ours, floor, 1.6)
"""What a fused sketch of the design once reached: hoped for, not promised."""


def verdicts(results: Mapping[str, Any]) -> str:
    """Return the table of all targets beside what was measured."""
    rows = [target.row(results) for target in TARGETS]
    hope = MOONSHOT.row(results, kept="reached", broken="not reached")
    head = ["target", "limit", "median", "range", "fastest rounds", "verdict"]
    return table(head, [*rows, (f"*moonshot*, {hope[0]}", *hope[1:])])
