"""Peers write the same business data, each in an interpreter of its own, which takes its turn and ends."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import Any

import pytest

from benchmarks import apart, events
from benchmarks.apart import Apart, compare_apart
from benchmarks.contenders import (
    configured,
    configured_records,
    ecs_records,
    ecs_structlog,
    floor,
    json_logger,
    logfire_logs,
    loguru_serialized,
    otel_logs,
    processor_formatter,
)
from benchmarks.scenarios import contents, validate
from benchmarks.scenarios.contents import WRITERS
from benchmarks.scenarios.peers import PEERS
from benchmarks.scenarios.records import FORMATTERS
from benchmarks.workload import CALLER, CONTEXT

# What a peer masks by default although it is no secret.
OVERDONE = {logfire_logs: {"session_id"}}

# How they say `info`.
LEVELS = [
    ("level", "info"),
    ("levelname", "INFO"),
    ("log.level", "info"),
    ("logfire.level_num", 9),
    ("name", "INFO"),
    ("severity_text", "INFO"),
]

PACKAGES = {
    "python-json-logger": ("pythonjsonlogger", [json_logger]),
    "ecs-logging": ("ecs_logging", [ecs_records, ecs_structlog]),
    "loguru": ("loguru", [loguru_serialized]),
    "logfire": ("logfire", [logfire_logs]),
    "opentelemetry-instrumentation-logging": ("opentelemetry.instrumentation", [otel_logs]),
}


def _short(contender: Any) -> str:
    name: str = contender.__name__.rpartition(".")[2]
    return name


def _needs(contender: Any) -> list[pytest.MarkDecorator]:
    return [
        pytest.mark.skipif(find_spec(module) is None, reason=f"{package} is of the group bench")
        for package, (module, users) in PACKAGES.items()
        if contender in users
    ]


each_writer = pytest.mark.parametrize(
    "writer", [pytest.param(each, marks=_needs(each), id=_short(each)) for each in WRITERS]
)


def _lines(contender: Any, event: str, calls: int) -> list[dict[str, Any]]:
    with Apart(contender, event, "payment captured") as interpreter:
        return [json.loads(line) for line in interpreter.lines(calls)]


def _found(name: str, value: Any, line: Any) -> bool:
    if isinstance(line, dict):
        return line.get(name) == value or any(_found(name, value, each) for each in line.values())
    return False


class TestPeers:
    """Everyone who is compared with."""

    @each_writer
    def test_write_the_same_business_data(self, writer: Any) -> None:
        """Keywords, bound names, message and level are on each line, as values of their own."""
        first, second = _lines(writer, "reference", 2)
        for line, call in zip((first, second), events.reference(), strict=False):
            expected = {**CONTEXT, **call}
            assert OVERDONE.get(writer, set()) == {
                name for name, value in expected.items() if not _found(name, value, line)
            }
            assert "payment captured" in line.values() or _found("message", "payment captured", line)
            assert any(_found(name, value, line) for name, value in LEVELS)

    def test_take_part_in_what_the_page_shows(self) -> None:
        """Nobody is measured whose line isn't looked at; the floor's is ours."""
        assert {floor, *WRITERS} == {*PEERS, *FORMATTERS}
        assert {configured, configured_records} == {*WRITERS} - {
            each for _, users in PACKAGES.values() for each in users
        } - {processor_formatter}


class TestContents:
    """What is on a line."""

    def test_are_read_from_the_line(self) -> None:
        """A name, an id and a secret are there or aren't."""
        line = f'{{"service": "checkout", "trace_id": "0x{CALLER.trace_id}", "password": "hunter0"}}'
        assert {"bytes": len(line) + 1, "service": True, "trace": True, "masked": False} == contents.facts(line)
        assert {"bytes": 3, "service": False, "trace": False, "masked": True} == contents.facts("{}")

    @pytest.mark.parametrize("ours", [configured, configured_records], ids=_short)
    def test_of_ours_are_complete(self, ours: Any) -> None:
        """However a line comes, it has the whole envelope."""
        with Apart(ours, "secret", "payment captured") as interpreter:
            (line,) = interpreter.lines(1)
        assert {"service": True, "trace": True, "masked": True} == {
            name: value for name, value in contents.facts(line).items() if name != "bytes"
        }


class TestApart:
    """An interpreter for each."""

    def test_takes_turns_and_gives_microseconds(self) -> None:
        """Every contender has a number for every round."""
        samples = compare_apart([floor, configured], "reference", "payment captured", rounds=2)
        assert [floor.NAME, configured.NAME] == list(samples)
        assert all(len(rounds) == 2 and min(rounds) > 0 for rounds in samples.values())

    def test_says_when_a_contender_fails(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Nobody waits for a number that never comes."""
        monkeypatch.setattr(apart, "_PROGRAM", "")
        with Apart(floor, "reference", "paid") as interpreter, pytest.raises(RuntimeError, match="before its time"):
            interpreter.timed()


class TestValidate:
    """Checking a file."""

    def test_refuses_to_time_what_finds_something(self) -> None:
        """Both sides must say that every line is valid, or they do different work."""
        with pytest.raises(RuntimeError, match="1 findings"):
            validate.checked(5, 1)
        assert 5 == validate.checked(5, 0)
