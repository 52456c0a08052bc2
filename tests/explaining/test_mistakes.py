"""What is wrong with a chain, rule by rule: each is found where it is made, and nowhere else."""

from __future__ import annotations

import inspect
import logging
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from structlog_enrich import preset
from structlog_enrich.explaining import explain, mistakes
from structlog_enrich.processors import (
    HEADER,
    ConsoleRenderer,
    Envelope,
    ErrorDetails,
    Guarded,
    JSONRenderer,
    MergeContext,
    Redact,
    SchemaVersion,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.explaining import Mistake

_MERGE, _ERRORS, _ENVELOPE, _REDACT, _VERSION, _RENDERER = range(6)


def _add_shard(logger: Any, method_name: str, event_dict: Any) -> Any:
    return {**event_dict, "shard": 3}


def _add_timestamp(logger: Any, method_name: str, event_dict: Any) -> Any:
    return {**event_dict, "timestamp": "now"}


def _add_ids(logger: Any, method_name: str, event_dict: Any) -> Any:
    return {**event_dict, "trace_id": "1", "span_id": "2"}


def _rename(logger: Any, method_name: str, event_dict: Any) -> Any:
    event_dict["msg"] = event_dict.pop("event")
    return event_dict


def _to_severity(logger: Any, method_name: str, event_dict: Any) -> Any:
    event_dict["severity"] = event_dict.pop("level")
    return event_dict


def _move_service(logger: Any, method_name: str, event_dict: Any) -> Any:
    return {"resource": {"service": event_dict.pop("service")}, **event_dict}


def _into_payload(logger: Any, method_name: str, event_dict: Any) -> Any:
    event_dict.setdefault("payload", {})["shard"] = 3
    return event_dict


def _fails(logger: Any, method_name: str, event_dict: Any) -> Any:
    return event_dict["order_id"]


def _forgets(logger: Any, method_name: str, event_dict: Any) -> Any:
    event_dict["shard"] = 3


def _drops(logger: Any, method_name: str, event_dict: Any) -> Any:
    raise structlog.DropEvent


def _ends_with_blank(logger: Any, method_name: str, line: Any) -> Any:
    return f"{line} "


def _in_memory(sent: list[Any]) -> Any:
    namespace: dict[str, Any] = {"__name__": "structlog_sentry", "sent": sent}
    exec(
        "class SentryProcessor:\n"
        "    def __call__(self, logger, method_name, event_dict):\n"
        "        sent.append(event_dict)\n"
        "        return event_dict\n",
        namespace,
    )
    return namespace["SentryProcessor"]


def _chain(at: int, *more: Any) -> list[Any]:
    """Return a good chain with *more* before its stage *at*."""
    chain: list[Any] = preset(service="tests", renderer="json")
    return [*chain[:at], *more, *chain[at:]]


def _without(kind: type[Any]) -> list[Any]:
    return [each for each in preset(renderer="json") if type(each) is not kind]


def _found(chain: list[Any], **options: Any) -> list[tuple[str, tuple[int, ...]]]:
    return [(each.rule, each.stages) for each in explain(chain, **options).mistakes]


def _only(chain: list[Any], **options: Any) -> Mistake:
    (mistake,) = explain(chain, **options).mistakes
    return mistake


class TestGoodChains:
    """Nothing is found where nothing is wrong."""

    @pytest.mark.parametrize(
        "options",
        [
            {},
            {"renderer": "json"},
            {"renderer": "console"},
            {"stream": "audit"},
            {"redaction": None},
            {"ids": "otel"},
            {"extra": [_add_shard, structlog.stdlib.PositionalArgumentsFormatter()]},
            {"extra": [structlog.processors.UnicodeDecoder(), structlog.dev.set_exc_info]},
            {"extra": [structlog.processors.CallsiteParameterAdder(), structlog.processors.StackInfoRenderer()]},
            {"extra": [_drops, _fails, _forgets]},
        ],
    )
    @pytest.mark.parametrize("probe", [{"event": "a probe"}, None], ids=["probed", "unprobed"])
    def test_preset(self, options: dict[str, Any], probe: dict[str, str] | None) -> None:
        """Whatever `preset()` returns has no mistake, run or not."""
        assert () == explain(preset(**options), probe=probe).mistakes

    def test_by_hand(self) -> None:
        """Neither has a chain made by hand, with structlog's merger and its renderer."""
        chain = [
            structlog.contextvars.merge_contextvars,
            ErrorDetails(),
            Envelope(),
            Redact(trusted=HEADER),
            SchemaVersion(),
            structlog.processors.JSONRenderer(),
        ]

        assert () == explain(chain).mistakes


class TestMissingStage:
    """A stage without which a promise is broken."""

    @pytest.mark.parametrize(
        ("kind", "name"),
        [
            (MergeContext, "MergeContext"),
            (ErrorDetails, "ErrorDetails"),
            (Redact, "Redact"),
            (SchemaVersion, "SchemaVersion"),
            (JSONRenderer, "the renderer"),
            (Envelope, "Envelope"),
        ],
    )
    def test_missing(self, kind: type[Any], name: str) -> None:
        """Each is missed, and named, with no stage to point at."""
        mistakes = [each for each in explain(_without(kind)).mistakes if each.rule == "missing-stage"]

        assert [()] == [each.stages for each in mistakes]
        assert mistakes[0].problem.startswith(f"{name} is missing: ")

    def test_structlogs_own_chain(self) -> None:
        """structlog's default chain lacks an envelope and redaction, and what only an envelope needs isn't missed."""
        problems = [each.problem.partition(" is missing")[0] for each in explain().mistakes]

        assert ["Envelope", "Redact"] == problems

    def test_empty(self) -> None:
        """An empty chain lacks all three, and a report can be made of it."""
        report = explain([])

        assert 3 == len(report.mistakes)
        assert "3 mistakes:" in str(report)

    def test_a_renderer_of_a_team(self) -> None:
        """What turns the event into text is a renderer, whoever wrote it."""
        assert [] == _found([*_without(JSONRenderer), lambda _logger, _name, event_dict: str(event_dict)])

    def test_a_stranger_that_was_not_run(self) -> None:
        """Without a probe nobody knows whether a stranger at the end renders, so nothing is claimed."""
        assert [] == _found([*_without(JSONRenderer), _add_shard], probe=None)

    def test_a_guarded_renderer(self) -> None:
        """A guard turns text away, so a renderer in it is none."""
        assert ("missing-stage", ()) in _found([*_without(JSONRenderer), Guarded(JSONRenderer())])


class TestWrongOrder:
    """Our stages, each in its place."""

    def test_swapped(self) -> None:
        """Two that are swapped are named with their places, the one that comes too early first."""
        chain = preset(renderer="json")
        chain[_ENVELOPE], chain[_REDACT] = chain[_REDACT], chain[_ENVELOPE]
        mistake = _only(chain)

        assert ("wrong-order", (3, 4)) == mistake[:2]
        assert "Envelope stands after Redact, which needs what it does." == mistake.problem
        assert "Put Envelope before Redact." == mistake.remedy

    @pytest.mark.parametrize("place", [_MERGE, _ERRORS, _ENVELOPE, _REDACT])
    def test_each_swap(self, place: int) -> None:
        """It is found between any two neighbours."""
        chain = preset(renderer="json")
        chain[place], chain[place + 1] = chain[place + 1], chain[place]

        assert [("wrong-order", (place + 1, place + 2))] == _found(chain)

    @pytest.mark.parametrize("kind", [MergeContext, ErrorDetails, Envelope, Redact, SchemaVersion])
    def test_subclass(self, kind: type[Any]) -> None:
        """A subclass of a stage has the same place."""
        chain = preset(renderer="json")
        (place,) = [number for number, each in enumerate(chain) if type(each) is kind]
        chain[place] = type("Ours", (kind,), {})()

        assert [] == _found(chain)


class TestRepeatedStage:
    """An envelope, once."""

    def test_two_envelopes(self) -> None:
        """Two would take two numbers for one line."""
        assert ("repeated-stage", (3, 4)) in _found(_chain(_ENVELOPE, Envelope()))

    def test_two_walks(self) -> None:
        """A second Redact is no mistake: it loses nothing of what the first said."""
        assert [] == _found(_chain(_VERSION, Redact(trusted=HEADER)))


class TestSecondMerger:
    """What was bound is merged once."""

    @pytest.mark.parametrize(
        "merger", [structlog.contextvars.merge_contextvars, MergeContext()], ids=["theirs", "ours"]
    )
    def test_second(self, merger: Any) -> None:
        """Beside MergeContext any other is one too many, guarded or not."""
        assert [("second-merger", (1, 2))] == _found(_chain(_ERRORS, merger))
        assert [("second-merger", (1, 2))] == _found(preset(extra=[merger]))

    def test_instead(self) -> None:
        """structlog's own instead of it is no mistake."""
        assert [] == _found([structlog.contextvars.merge_contextvars, *_without(MergeContext)])


class TestDuplicateHeader:
    """What the header has needn't be added."""

    @pytest.mark.parametrize(
        ("processor", "field"),
        [
            (structlog.processors.TimeStamper(), "timestamp"),
            (structlog.processors.TimeStamper(key="at"), "timestamp"),
            (structlog.processors.MaybeTimeStamper(), "timestamp"),
            (structlog.processors.add_log_level, "level"),
            (structlog.stdlib.add_log_level, "level"),
            (structlog.stdlib.add_logger_name, "logger"),
            (_add_timestamp, "timestamp"),
        ],
        ids=["TimeStamper", "at", "MaybeTimeStamper", "add_log_level", "stdlib", "add_logger_name", "own"],
    )
    def test_duplicate(self, processor: Any, field: str) -> None:
        """Time, level and logger's name are written twice, by whomever."""
        mistake = _only(preset(extra=[processor]))

        assert ("duplicate-header", (2,)) == mistake[:2]
        assert f"as {field}:" in mistake.problem

    def test_ids(self) -> None:
        """So are the ids of a trace; the remedy names what takes them from OpenTelemetry."""
        mistakes = explain(preset(extra=[_add_ids])).mistakes

        assert ["duplicate-header"] * 2 == [each.rule for each in mistakes]
        assert 'preset(ids="otel")' in mistakes[0].remedy

    def test_of_a_call(self) -> None:
        """A name that the call itself has is changed and not added, and is no mistake."""
        assert [] == _found(preset(extra=[_add_timestamp]), probe={"event": "a probe", "timestamp": "then"})

    def test_without_envelope(self) -> None:
        """Where there is no header, nothing is written twice."""
        chain = [structlog.processors.TimeStamper(), structlog.processors.add_log_level, Redact(), JSONRenderer()]

        assert [("missing-stage", ())] == _found(chain)


class TestRenamedEvent:
    """The message stays where the envelope looks for it."""

    @pytest.mark.parametrize("processor", [structlog.processors.EventRenamer("msg"), _rename], ids=["theirs", "own"])
    def test_before_the_envelope(self, processor: Any) -> None:
        """Renamed before, the line's message is empty."""
        mistake = _only(_chain(_ERRORS, processor))

        assert ("renamed-event", (2,)) == mistake[:2]
        assert "message is empty" in mistake.problem

    @pytest.mark.parametrize("place", [_REDACT, _RENDERER])
    def test_after_the_envelope(self, place: int) -> None:
        """Renamed later, there is nothing to rename, and structlog's renamer fails."""
        mistake = _only(_chain(place, structlog.processors.EventRenamer("msg")))

        assert ("renamed-event", (place + 1,)) == mistake[:2]
        assert "fails" in mistake.problem

    def test_without_envelope(self) -> None:
        """Without an envelope it is what the team wants."""
        chain = [structlog.processors.EventRenamer("msg"), Redact(), JSONRenderer()]

        assert [("missing-stage", ())] == _found(chain)


class TestFormattedException:
    """The exception is still there when it is to be described."""

    @pytest.mark.parametrize(
        "processor",
        [
            structlog.processors.format_exc_info,
            structlog.processors.dict_tracebacks,
            structlog.processors.ExceptionRenderer(),
            structlog.processors.ExceptionPrettyPrinter(),
        ],
        ids=["format_exc_info", "dict_tracebacks", "ExceptionRenderer", "ExceptionPrettyPrinter"],
    )
    def test_before(self, processor: Any) -> None:
        """Whoever takes exc_info first leaves nothing to describe."""
        assert [("formatted-exception", (2, 3))] == _found(_chain(_ERRORS, processor))
        assert [("formatted-exception", (2, 3))] == _found(preset(extra=[processor]))

    def test_name(self) -> None:
        """structlog's own are called as everyone calls them."""
        mistake = _only(_chain(_ERRORS, structlog.processors.format_exc_info))

        assert "Take out structlog.processors.format_exc_info." == mistake.remedy

    def test_after(self) -> None:
        """After the description it finds nothing, and does no harm."""
        assert [] == _found(_chain(_ENVELOPE, structlog.processors.format_exc_info))


class TestExportBeforeRedaction:
    """Nothing leaves unmasked."""

    def test_before(self) -> None:
        """An export sees what isn't masked yet; it is named, and isn't run."""
        sent: list[Any] = []
        mistake = _only(preset(extra=[_in_memory(sent)()]))

        assert ("export-before-redaction", (2,)) == mistake[:2]
        assert "Sentry" in mistake.problem
        assert [] == sent

    @pytest.mark.parametrize(
        "make",
        [
            lambda exporter: exporter(),
            lambda exporter: exporter().__call__,
            lambda exporter: partial(exporter(), None),
            lambda exporter: type("Mine", (exporter,), {"__module__": "shop.logs"})(),
            lambda exporter: Guarded(exporter()),
        ],
        ids=["instance", "method", "partial", "subclass", "guarded"],
    )
    @pytest.mark.parametrize("probe", [{"event": "a probe"}, None], ids=["probed", "unprobed"])
    def test_in_any_dress(self, make: Callable[[Any], Any], probe: dict[str, str] | None) -> None:
        """It is known as an instance, a method, a partial, a base class and behind a guard, run or not."""
        chain = _chain(_ERRORS, make(_in_memory([])))

        assert [("export-before-redaction", (2,))] == _found(chain, probe=probe)

    def test_without_redaction(self) -> None:
        """Without Redact it is before redaction wherever it stands."""
        chain = [*_without(Redact)]
        chain.insert(-1, _in_memory([])())

        assert ("export-before-redaction", (5,)) in _found(chain)

    def test_after(self) -> None:
        """After Redact it sees the masked line."""
        assert [] == _found(_chain(_RENDERER, _in_memory([])()))


class TestDataBesideHeader:
    """Between Envelope and Redact nobody writes at the top."""

    @pytest.mark.parametrize(
        "processor", [_add_shard, structlog.stdlib.add_log_level_number, structlog.processors.CallsiteParameterAdder()]
    )
    def test_beside(self, processor: Any) -> None:
        """A name beside the header's is found, a stranger's and structlog's."""
        assert [("data-beside-header", (4,))] == _found(_chain(_REDACT, processor))

    def test_unprobed(self) -> None:
        """Of structlog's own it is known without a run."""
        assert [("data-beside-header", (4,))] == _found(_chain(_REDACT, structlog.processors.TimeStamper()), probe=None)

    def test_in_the_payload(self) -> None:
        """In the payload it is examined, and is no mistake."""
        assert [] == _found(_chain(_REDACT, _into_payload))


class TestDataAfterRedaction:
    """After Redact nothing is added."""

    @pytest.mark.parametrize("place", [_VERSION, _RENDERER])
    @pytest.mark.parametrize(
        "processor", [_add_shard, _into_payload, structlog.processors.TimeStamper(key="at"), Guarded(_add_shard)]
    )
    def test_after(self, processor: Any, place: int) -> None:
        """Whatever is added there is found: at the top, below it, by a stranger, by structlog's, guarded."""
        assert [("data-after-redaction", (place + 1,))] == _found(_chain(place, processor))

    def test_names_it(self) -> None:
        """It says which name; never the value."""
        mistake = _only(_chain(_RENDERER, _add_shard))

        assert "adds data after Redact, which nobody examines: shard." in mistake.problem

    def test_merger(self) -> None:
        """What was bound and merged late is nobody's to examine, even where nothing is bound just now."""
        chain = [*_without(MergeContext)]
        chain.insert(-1, structlog.contextvars.merge_contextvars)

        assert [("data-after-redaction", (5,))] == _found(chain)

    @pytest.mark.parametrize("processor", [_to_severity, _move_service])
    def test_move_and_rename(self, processor: Any) -> None:
        """To move and to rename is allowed."""
        assert [] == _found(_chain(_RENDERER, processor))

    def test_without_redact(self) -> None:
        """Without Redact there is no after."""
        chain = _without(Redact)
        chain.insert(-1, _add_shard)

        assert "data-after-redaction" not in dict(_found(chain))


class TestAfterRenderer:
    """Behind the renderer only who takes a finished line."""

    def test_second_renderer(self) -> None:
        """structlog's renderer after ours would write the line into a string."""
        mistake = _only([*preset(renderer="json"), structlog.processors.JSONRenderer()])

        assert ("after-renderer", (7,)) == mistake[:2]
        assert "second renderer" in mistake.problem

    @pytest.mark.parametrize("second", [ConsoleRenderer(), structlog.dev.ConsoleRenderer(colors=False)])
    def test_others(self, second: Any) -> None:
        """So would any other."""
        assert [("after-renderer", (7,))] == _found([*preset(renderer="json"), second])

    @pytest.mark.parametrize(
        "late", [_add_shard, structlog.processors.add_log_level, Guarded(_ends_with_blank), _forgets, Redact()]
    )
    @pytest.mark.parametrize("factory", [structlog.PrintLoggerFactory(), structlog.BytesLoggerFactory()])
    def test_takes_an_event(self, late: Any, factory: Any) -> None:
        """Who takes an event, or returns nothing, isn't allowed there."""
        found = _found([*preset(renderer="json"), late], logger_factory=factory)

        assert [("after-renderer", (7,))] == found

    def test_takes_a_line(self) -> None:
        """Who takes the finished line and returns it is."""
        assert [] == _found([*preset(renderer="json"), _ends_with_blank])

    def test_ours_before_redaction(self) -> None:
        """A renderer too early finishes the line before it is masked."""
        chain = preset(renderer="json")
        chain.insert(_REDACT, chain.pop())

        assert [("after-renderer", (5,)), ("after-renderer", (6,))] == _found(chain)

    def test_unprobed(self) -> None:
        """Without a run what is known is found all the same, and a stranger isn't judged."""
        chain = [*preset(renderer="json"), _add_shard, structlog.processors.JSONRenderer()]

        assert [("after-renderer", (8,))] == _found(chain, probe=None)


class TestDroppedAfterEnvelope:
    """A line that has a number is written."""

    @pytest.mark.parametrize("place", [_REDACT, _VERSION, _RENDERER])
    @pytest.mark.parametrize("processor", [_drops, Guarded(_drops)])
    def test_after(self, processor: Any, place: int) -> None:
        """Dropped later, it leaves a hole."""
        assert [("dropped-after-envelope", (place + 1,))] == _found(_chain(place, processor))

    def test_filter_by_level(self) -> None:
        """structlog's filter is known to drop, though it lets the probe pass."""
        chain = _chain(_REDACT, structlog.stdlib.filter_by_level)
        factory = structlog.stdlib.LoggerFactory()

        assert [("dropped-after-envelope", (4,))] == _found(chain, logger_factory=factory)

    def test_before(self) -> None:
        """Before the envelope anyone may drop."""
        assert [] == _found(_chain(_ERRORS, _drops))


class TestWrongLogger:
    """What needs a `logging.Logger` has one."""

    @pytest.mark.parametrize(
        "factory",
        [structlog.PrintLoggerFactory(), structlog.WriteLoggerFactory(), structlog.BytesLoggerFactory()],
        ids=["print", "write", "bytes"],
    )
    def test_filter_by_level(self, factory: Any) -> None:
        """structlog's filter fails with any of structlog's loggers."""
        chain = preset(extra=[structlog.stdlib.filter_by_level])

        assert [("wrong-logger", (2,))] == _found(chain, logger_factory=factory)

    def test_others(self) -> None:
        """So do what reads the logger's name and what hands over to logging."""
        factory = structlog.PrintLoggerFactory()
        chain = [*_without(JSONRenderer), structlog.stdlib.render_to_log_kwargs]

        assert ("wrong-logger", (6,)) in _found(chain, logger_factory=factory)
        assert ("wrong-logger", (2,)) in _found(
            preset(extra=[structlog.stdlib.add_logger_name]), logger_factory=factory
        )

    @pytest.mark.parametrize("factory", [structlog.stdlib.LoggerFactory(), logging.getLogger, object, None])
    def test_right(self, factory: Any) -> None:
        """With the standard library's, or where nobody knows which it will be, nothing is wrong."""
        chain = preset(extra=[structlog.stdlib.filter_by_level])

        assert [] == _found(chain, logger_factory=factory)

    def test_configured(self) -> None:
        """The configured factory is asked where none is given, for the configured chain and any other."""
        chain = preset(extra=[structlog.stdlib.filter_by_level])
        structlog.configure(processors=chain)

        assert [("wrong-logger", (2,))] == [each[:2] for each in explain().mistakes] == _found(chain)


class TestUnguardedFailure:
    """What fails takes nothing down."""

    @pytest.mark.parametrize(("processor", "failure"), [(_fails, "raises KeyError"), (_forgets, "returns NoneType")])
    def test_unguarded(self, processor: Any, failure: str) -> None:
        """Without a guard it would."""
        mistake = _only(_chain(_ERRORS, processor))

        assert ("unguarded-failure", (2,)) == mistake[:2]
        assert failure in mistake.problem

    @pytest.mark.parametrize("processor", [_fails, _forgets])
    def test_guarded(self, processor: Any) -> None:
        """With one it costs its own contribution."""
        assert [] == _found(_chain(_ERRORS, Guarded(processor)))


class TestPage:
    """The documentation names what is found."""

    def test_has_every_rule(self) -> None:
        """Its table is the list of rules."""
        page = Path(__file__).resolve().parents[2] / "docs" / "explain.md"
        source = inspect.getsource(mistakes)

        assert set(re.findall(r"""(?:_about|Mistake)\("([a-z-]+)\"""", source)) == set(
            re.findall(r"^\| `([a-z-]+)` \|", page.read_text("utf-8"), re.MULTILINE)
        )
