"""`explain()`: which chain it takes, and what it says of each stage."""

from __future__ import annotations

import logging
import operator
from collections import OrderedDict
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from structlog_enrich import ConfigurationError, bind_contextvars, preset
from structlog_enrich.explaining import Stage, explain
from structlog_enrich.processors import Guarded, JSONRenderer, MergeContext, Redact

if TYPE_CHECKING:
    from collections.abc import Callable


def _add_shard(logger: Any, method_name: str, event_dict: Any) -> Any:
    return {**event_dict, "shard": 3}


def _does(*stages: Any, **options: Any) -> list[str]:
    return [each.does for each in explain(stages, **options).stages]


class TestStages:
    """What is said of each."""

    def test_preset(self) -> None:
        """Our own are named by their class, and each says what it does."""
        stages = explain(preset(renderer="json")).stages

        assert ["MergeContext", "ErrorDetails", "Envelope", "Redact", "SchemaVersion", "JSONRenderer"] == [
            each.name for each in stages
        ]
        assert [1, 2, 3, 4, 5, 6] == [each.number for each in stages]
        assert all(each.does and each.failure is None and each.skipped is None for each in stages)

    def test_unknown(self) -> None:
        """Of a stranger it says what it did to the probe: names, never values."""

        def change(logger: Any, method_name: str, event_dict: Any) -> Any:
            del event_dict["user"]
            return {**event_dict, "event": "hunter2", "shard": 3, "line\nbreak": 1}

        report = explain([change], probe={"event": "a probe", "user": "u-1"})
        (stage,) = report.stages

        assert "adds shard, line\\u000abreak, removes user, changes event" == stage.does
        assert (("shard", "line\nbreak"), ("user",), ("event",)) == (stage.added, stage.removed, stage.changed)
        assert "hunter2" not in str(report)
        assert stage.name.endswith(".change")

    def test_in_place(self) -> None:
        """What is changed in place is seen as well."""

        def change(logger: Any, method_name: str, event_dict: Any) -> Any:
            event_dict["items"].append(4)
            return event_dict

        assert ["changes items"] == _does(change, probe={"event": "a probe", "items": [1]})

    def test_nothing(self) -> None:
        """A stage may do nothing to this event."""
        assert ["leaves the probe as it is"] == _does(lambda _logger, _name, event_dict: event_dict)

    def test_any_dict(self) -> None:
        """An event may be another kind of dict."""
        assert ["leaves the probe as it is", "leaves the probe as it is"] == _does(
            *[lambda _logger, _name, event_dict: OrderedDict(event_dict)] * 2
        )

    def test_many_names(self) -> None:
        """Of many names the first eight are said."""
        (does,) = _does(lambda _logger, _name, event_dict: {**event_dict, **{f"n{each}": 0 for each in range(20)}})

        assert "adds n0, n1, n2, n3, n4, n5, n6, n7, and 12 more" == does

    @pytest.mark.parametrize(
        ("processor", "does"),
        [
            (structlog.processors.add_log_level, "adds the level: level"),
            (structlog.processors.TimeStamper(key="at"), "adds the time: at"),
            (structlog.processors.EventRenamer("msg"), "renames event; here it adds msg, removes event"),
            (structlog.processors.JSONRenderer(), "writes the event as JSON"),
            (structlog.processors.StackInfoRenderer(), "turns stack_info into stack"),
        ],
    )
    def test_structlogs(self, processor: Any, does: str) -> None:
        """structlog's own say what they are for, and what they did here."""
        assert [does] == _does(processor)

    def test_bound(self) -> None:
        """What is bound here is what MergeContext adds."""
        bind_contextvars(request_id="req-1", shard=object())

        assert {"request_id", "shard"} == set(explain(preset()).stages[0].added)

    def test_guarded(self) -> None:
        """A guard is transparent, and said."""
        assert ("adds shard", True) == explain([Guarded(Guarded(_add_shard))]).stages[0][2:4]

    def test_each_sees_what_the_one_before_made(self) -> None:
        """The probe goes from stage to stage."""

        def double(logger: Any, method_name: str, event_dict: Any) -> Any:
            return {**event_dict, "shard": event_dict["shard"] * 2}

        assert ["adds shard", "changes shard"] == _does(_add_shard, double)


class TestFailures:
    """What fails is reported and not raised."""

    @pytest.mark.parametrize("wrap", [lambda stage: stage, Guarded], ids=["plain", "guarded"])
    def test_raises(self, wrap: Callable[[Any], Any]) -> None:
        """An exception is named by its type; the message may hold a secret. The next stage sees what was before."""

        def fails(logger: Any, method_name: str, event_dict: Any) -> Any:
            event_dict["half"] = "done"
            raise KeyError("hunter2")

        report = explain([wrap(fails), _add_shard])

        assert ["raises KeyError", "adds shard"] == [each.does for each in report.stages]
        assert "hunter2" not in str(report)

    def test_drops(self) -> None:
        """So is a drop."""

        def drops(logger: Any, method_name: str, event_dict: Any) -> Any:
            raise structlog.DropEvent

        assert ["drops the event", "adds shard"] == _does(drops, _add_shard)

    @pytest.mark.parametrize(("result", "kind"), [(None, "NoneType"), (3, "int"), ([], "list")])
    def test_returns(self, result: Any, kind: str) -> None:
        """So is what no chain can go on with."""
        assert [f"returns {kind}", "adds shard"] == _does(lambda *_: result, _add_shard)

    def test_guarded_text(self) -> None:
        """Text from behind a guard never arrives."""
        does = _does(Guarded(lambda *_: "text"), _add_shard)

        assert ["returns str", "adds shard"] == does

    def test_disabled_logging(self) -> None:
        """Where logging is disabled for the level, the envelope says so by dropping."""
        logging.disable(logging.CRITICAL)

        assert "drops the event" in explain(preset(), logger_factory=logging.getLogger).stages[2].does

    def test_strange_values(self) -> None:
        """A value that fails when it is compared, hashed or shown is never asked."""

        class Strange:
            __hash__ = None

            def __eq__(self, other: object) -> bool:
                raise RuntimeError

            def __repr__(self) -> str:
                raise RuntimeError

        stage = explain([lambda _logger, _name, event_dict: {**event_dict, "x": Strange()}], probe={"x": Strange()})

        assert "changes x" == stage.stages[0].does

    def test_cycle(self) -> None:
        """Neither does an event without end matter."""
        endless: dict[str, Any] = {"event": "a probe"}
        endless["self"] = endless
        report = explain(preset(renderer="json"), probe=endless)

        assert [None] * 6 == [each.failure for each in report.stages]

    def test_no_names(self) -> None:
        """Names that are no text are written as text."""
        assert ["adds 3"] == _does(lambda _logger, _name, event_dict: {**event_dict, 3: 3})


class TestChain:
    """Which chain is meant."""

    def test_configured(self) -> None:
        """The configured one, where none is given."""
        structlog.configure(processors=[_add_shard, JSONRenderer()])

        assert ["adds shard", "writes the line as JSON, in the form the wrapped logger takes"] == [
            each.does for each in explain().stages
        ]

    def test_default(self) -> None:
        """structlog's own, where nobody configured any."""
        assert "structlog.contextvars.merge_contextvars" == explain().stages[0].name

    def test_iterator(self) -> None:
        """An iterator is read once."""
        assert explain(iter(preset())).ok

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            (3, "processors must be a sequence of processors, or hold one, not int"),
            ([MergeContext(), "hunter2"], "processors[1] must be callable, not str"),
        ],
    )
    def test_refused(self, given: Any, message: str) -> None:
        """What is no chain is refused, by its type."""
        with pytest.raises(ConfigurationError) as refused:
            explain(given)

        assert message == str(refused.value)

    def test_refused_probe(self) -> None:
        """So is what is no event, and measuring without one."""
        with pytest.raises(ConfigurationError, match=r"^probe must be a mapping or None, not str$"):
            explain([], probe="hunter2")  # type: ignore[arg-type]
        with pytest.raises(ConfigurationError, match=r"^measure needs a probe, not True\. Leave out probe=None$"):
            explain([], probe=None, measure=True)


class _Unhashable:
    __hash__ = None  # type: ignore[assignment]

    def __call__(self, logger: Any, method_name: str, event_dict: Any) -> Any:
        return {**event_dict, "added": 1}

    def method(self, logger: Any, method_name: str, event_dict: Any) -> Any:
        return {**event_dict, "added": 1}

    @classmethod
    def of_class(cls, _logger: Any, _name: str, event_dict: Any) -> Any:
        return {**event_dict, "added": 1}

    @staticmethod
    def static(_logger: Any, _name: str, event_dict: Any) -> Any:
        return {**event_dict, "added": 1}


class _Event(dict[str, Any]):
    def __init__(self, logger: Any, method_name: str, event_dict: Any) -> None:
        super().__init__(event_dict, added=1)


class TestCallables:
    """A processor is whatever can be called."""

    @pytest.mark.parametrize(
        ("processor", "name"),
        [
            (_Unhashable(), "_Unhashable"),
            (_Unhashable().method, "_Unhashable.method"),
            (_Unhashable.of_class, "_Unhashable.of_class"),
            (_Unhashable.static, "_Unhashable.static"),
            (partial(_Unhashable.static), "_Unhashable.static"),
            (partial(partial(_Unhashable().method)), "_Unhashable.method"),
            (lambda _logger, _name, event_dict: {**event_dict, "added": 1}, "<lambda>"),
            (_Event, "_Event"),
        ],
        ids=["object", "method", "class method", "static", "partial", "partial twice", "lambda", "class"],
    )
    def test_python(self, processor: Any, name: str) -> None:
        """Each is run, and named by what was written."""
        stage = explain(preset(extra=[processor])).stages[1]

        assert (("added",), None) == (stage.added, stage.failure)
        assert stage.name.endswith(f".{name}")

    @pytest.mark.parametrize(
        ("processor", "name"),
        [
            (len, "builtins.len"),
            ("".join, "str.join"),
            (dict.get, "dict.get"),
            (operator.itemgetter("x"), "operator."),
        ],
        ids=["function", "bound", "descriptor", "object"],
    )
    def test_c(self, processor: Any, name: str) -> None:
        """What is written in C has no code to look at, and is run and named like any other."""
        stage = explain([processor]).stages[0]

        assert name in stage.name
        assert "raises TypeError" == stage.failure


class TestStage:
    """What is held of each."""

    def test_is_frozen(self) -> None:
        """Nothing of a report can be changed."""
        report = explain(preset())

        for held in (report, report.stages[0]):
            with pytest.raises(AttributeError):
                held.name = "mine"  # type: ignore[misc, union-attr]
        assert isinstance(report.stages[0], Stage)

    def test_redact_alone(self) -> None:
        """A chain without an envelope is explained too."""
        assert explain([Redact(), JSONRenderer()]).ok
