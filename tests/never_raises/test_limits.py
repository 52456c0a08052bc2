"""Whatever the limits are, a line keeps them; and the short way writes what the long one would."""

from __future__ import annotations

from typing import Any

import orjson
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from structlog_enrich.processors import HEADER, Limits, Redact
from tests.never_raises.recorder import Recorder
from tests.never_raises.strategies import EXAMPLES, Recipe, exceptions, keywords, made, values


class TestLimits:
    """A line keeps its limits whatever they are and whatever is logged."""

    @EXAMPLES
    @given(
        values,
        keywords,
        exceptions(),
        st.builds(
            Limits,
            max_string=st.integers(64, 200),
            max_items=st.integers(1, 8),
            max_depth=st.integers(1, 5),
            max_stack=st.integers(64, 300),
            max_line=st.integers(8_192, 20_000),
        ),
    )
    def test_any_limits(self, event: Any, kw: Recipe, error: Recipe, limits: Limits) -> None:
        """With the tightest limits the line is valid and within `max_line` bytes."""
        recorder = Recorder(limits=limits, most=limits.max_line)
        with structlog.contextvars.bound_contextvars(**made(kw)):
            keyword = {**made(kw), "exc_info": made(error), "more": made(event)}
            recorder.call(recorder.log.error, made(event), **keyword)

    @settings(EXAMPLES, max_examples=100)
    @given(
        st.lists(st.text(st.sampled_from('a\x00\x85é\u2028😀"\\'), min_size=1, max_size=300), min_size=1, max_size=20),
        st.integers(8_192, 40_000),
        st.integers(1, 2_000),
    )
    def test_big_lines(self, texts: list[str], most: int, times: int) -> None:
        """A line too long in every part is within `max_line` bytes."""
        recorder = Recorder(limits=Limits(max_line=most), most=most)
        big = {f"{text}{number}": text * times for number, text in enumerate(texts)}
        error = type("E" * times * 20, (Exception,), {})(texts[0] * times)
        for text in texts[:3]:
            error.add_note(text * times)
        secrets = [{text: {"password": text}} for text in texts * 5]
        payload = {"secrets": secrets, "deep": [big], f"x{texts[0]}": big}
        with structlog.contextvars.bound_contextvars(**big):
            recorder.call(recorder.log.error, texts[-1] * times, exc_info=error, **payload)


plain_values = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=100)
plain_keys = st.text(st.sampled_from("abcXYZ019_.- é"), min_size=1, max_size=12) | st.sampled_from(["password", "n"])
parts = st.dictionaries(plain_keys, plain_values, max_size=6)


class TestTheShortWay:
    """Most lines are found plain at a glance and written as they are; the walk would have written the same."""

    @settings(EXAMPLES, max_examples=500)
    @given(plain_values, parts, parts)
    def test_the_walk_agrees(self, message: Any, context: dict[str, Any], payload: dict[str, Any]) -> None:
        """What passes at a glance equals what the full walk makes of the same event."""
        redact = Redact(trusted=HEADER)
        # A note about the header makes every line take the walk.
        walking = Redact(trusted=HEADER, standing=["tags.token:token"])
        made: list[dict[str, Any]] = []
        for stage in (redact, redact, walking):
            line: dict[str, Any] = {"level": "info", "message": message, "enrichment": "0" * 12}
            line |= {name: dict(part) for name, part in (("context", context), ("payload", payload)) if part}
            made.append(dict(stage(None, "info", line)))
        notes = made[-1]["redacted"]
        assert "tags.token:token" == notes.pop(0)
        if not notes:
            del made[-1]["redacted"]
        assert orjson.dumps(made[-1]) == orjson.dumps(made[0]) == orjson.dumps(made[1])
