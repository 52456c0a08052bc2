"""Requests through middlewares: the same for all, and timed until the right moments."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from benchmarks import traffic
from benchmarks.harness import Effort
from benchmarks.middlewares import alone, correlation_line, ours_ids, ours_line
from benchmarks.scenarios import requests
from benchmarks.scenarios.requests import COMPLETE, IN_ALL, MIDDLEWARES, measure
from benchmarks.traffic import SITUATIONS, answer, asked, scopes, serve

BRIEF = Effort(sittings=1, rounds=1, side_rounds=1, cycles=1, starts=1, remembered=1)
OURS = (ours_ids, ours_line)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Return a clock that stands still until a test moves its `now`, in nanoseconds."""
    clock = SimpleNamespace(now=0)
    clock.perf_counter_ns = lambda: clock.now
    monkeypatch.setattr(traffic, "time", clock)
    return clock


class TestScopes:
    """What a server would hand over."""

    @pytest.mark.parametrize("with_ids", SITUATIONS.values())
    def test_are_a_thousand_requests_that_differ(self, *, with_ids: bool) -> None:
        """Ten headers each, and two more with ids."""
        made = scopes(with_ids=with_ids)
        assert 1_000 == len({each["path"] for each in made}) == len({str(each["headers"]) for each in made})
        assert {12 if with_ids else 10} == {len(each["headers"]) for each in made}

    def test_come_with_ids_that_everybody_accepts(self) -> None:
        """Ours goes on with both on the response; the other package takes 32 hex digits."""
        ours_ids.configure(io.BytesIO())
        for each in scopes(with_ids=True)[:20]:
            sent = dict(each["headers"])
            headers = asyncio.run(asked(ours_ids.wrap(answer), each))
            assert sent[b"x-request-id"] == headers[b"x-request-id"]
            assert 32 == len(sent[b"x-request-id"])
            assert sent[b"traceparent"][:35] == headers[b"traceresponse"][:35]


class TestServe:
    """One block."""

    def test_reads_the_clock_when_the_response_is_complete_and_when_the_application_returns(
        self, clock: SimpleNamespace
    ) -> None:
        """Three nanoseconds before the body is sent and four after it, for each of two requests."""

        async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
            clock.now += 3
            await answer(scope, receive, send)
            clock.now += 4

        assert (6, 14) == asyncio.run(serve(app, scopes(with_ids=False)[:2]))

    def test_gives_each_request_a_scope_and_a_context_of_its_own(self) -> None:
        """What one application leaves in either is gone for the next, and the requests stay as they were."""
        tasks: list[Any] = []

        async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
            tasks.append(asyncio.current_task())
            assert "left" not in scope["state"]
            scope["state"]["left"] = scope["left"] = True
            scope["headers"].clear()
            await answer(scope, receive, send)

        made = scopes(with_ids=True)[:3]
        asyncio.run(serve(app, made))
        assert 3 == len(set(tasks))
        assert [12] * 3 == [len(each["headers"]) for each in made]
        assert {()} == {tuple(each["state"]) for each in made}


class TestMeasure:
    """Turns."""

    @pytest.mark.parametrize("with_ids", SITUATIONS.values())
    def test_gives_both_times_of_each_middleware(self, *, with_ids: bool) -> None:
        """In microseconds a request; the whole is never less than what the caller waits for."""
        samples = measure((alone, *OURS), BRIEF, with_ids=with_ids)
        assert [COMPLETE, IN_ALL] == list(samples)
        assert [[each.NAME for each in (alone, *OURS)]] * 2 == [list(rows) for rows in samples.values()]
        assert all(0 < samples[COMPLETE][each.NAME][0] <= samples[IN_ALL][each.NAME][0] for each in (alone, *OURS))

    def test_configures_anew_at_each_turn(self) -> None:
        """What is configured is one for all, and of two middlewares of ours only one writes."""
        turns: list[str] = []

        def noting(name: str) -> Any:
            return SimpleNamespace(
                NAME=name, ON_RESPONSE=(), configure=lambda _: turns.append(name), wrap=lambda app: app
            )

        measure((noting("a"), noting("b")), BRIEF, with_ids=False)
        assert list("ab") == turns[:2]
        assert list("ababab") == turns[2:]

    def test_refuses_a_middleware_that_does_not_do_its_work(self) -> None:
        """Nothing is faster than doing nothing."""
        idle = SimpleNamespace(NAME="idle", ON_RESPONSE=(b"x-request-id",), configure=alone.configure, wrap=alone.wrap)
        with pytest.raises(RuntimeError, match="idle puts no x-request-id on the response"):
            measure((idle,), BRIEF, with_ids=True)

    def test_knows_every_file_of_a_middleware(self) -> None:
        """A middleware that no one measures is dead."""
        folder = Path(requests.__file__).parents[1] / "middlewares"
        names = {each.__name__.rpartition(".")[2] for each in MIDDLEWARES}
        assert names == {each.stem for each in folder.glob("*.py") if each.stem != "__init__"}


class TestOurs:
    """Our middleware as it is measured."""

    def test_with_its_line_writes_one_a_request(self) -> None:
        """A whole one: the server span with its status, in the caller's trace."""
        file = io.BytesIO()
        ours_line.configure(file)
        (request,) = scopes(with_ids=True)[:1]
        asyncio.run(asked(ours_line.wrap(answer), request))
        (line,) = map(orjson.loads, file.getvalue().splitlines())
        assert dict(request["headers"])[b"traceparent"].decode()[3:35] == line["trace_id"]
        assert ("end", "server", 200) == (
            line["span"]["phase"],
            line["span"]["kind"],
            line["span"]["attributes"]["http.response.status_code"],
        )

    def test_with_ids_only_writes_nothing(self) -> None:
        """The line isn't wanted."""
        file = io.BytesIO()
        ours_ids.configure(file)
        asyncio.run(asked(ours_ids.wrap(answer), scopes(with_ids=True)[0]))
        assert b"" == file.getvalue()


class TestAccessLine:
    """The line that ours is set beside, whose writing needs nothing but the standard library."""

    def test_says_of_the_request_what_ours_says(self) -> None:
        """Each value that the one has, the other has too."""
        ours, theirs = io.BytesIO(), io.BytesIO()
        (request,) = scopes(with_ids=True)[:1]
        ours_line.configure(ours)
        asyncio.run(asked(ours_line.wrap(answer), request))
        correlation_line.write_to(theirs, _WithId())
        asyncio.run(asked(correlation_line.with_access_line(answer), request))
        line = json.loads(ours.getvalue())
        said = {*line["span"]["attributes"].values(), line["level"]}
        beside = json.loads(theirs.getvalue())
        assert set() == said - set(beside.values())
        assert {"timestamp", "level", "logger", "message", "correlation_id", "duration_ms"} < set(beside)


class _WithId(logging.Filter):
    """Stand for the package's own filter."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.correlation_id = "c-1"
        return True
