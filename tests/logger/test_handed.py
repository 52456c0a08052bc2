"""What is bound reaches the line past the event as it does within it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from structlog_enrich import bind_contextvars, bound_logger, clear_contextvars, entry, preset
from structlog_enrich.trace.seen import NEEDED

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = sorted({"user_id", "order_id", "service", "level", "stack", "error", "x", *NEEDED} - {"event"})
VALUES = st.one_of(st.none(), st.booleans(), st.integers(0, 9), st.text("ab", max_size=2))
DATA = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6)
COMPARED = ("message", "context", "payload", "error", "redacted", "faults", "level")


def lines_of(collect: Callable[..., Any], wrapper: Any, bound: Any, data: Any, *, fails: bool) -> list[dict[str, Any]]:
    """Return what is written, twice the same call: the second finds the context as the first has left it."""
    collected = collect(preset(service="tests"), wrapper)
    with entry("job", logger=collected.log):
        bind_contextvars(**bound)
        for _ in range(2):
            try:
                if fails:
                    raise KeyError("stock")
                collected.log.info("paid", **data)
            except KeyError:
                collected.log.exception("failed", **data)
        clear_contextvars()
    lines = collected.lines()[:2]
    for line in lines:
        line.get("error", {}).pop("fingerprint", None)
        line.get("error", {}).pop("stack", None)
        # A stack names the frames of whoever logs.
        if "stack" in line.get("payload", {}) and "stack_info" in {*bound, *data}:
            del line["payload"]["stack"]
    return [{name: line.get(name) for name in COMPARED} for line in lines]


class TestHanded:
    """Our logger, which hands it past, beside structlog's, which doesn't."""

    # The fixture is a function that makes everything anew.
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(bound=DATA, data=DATA, fails=st.booleans())
    def test_same_lines(self, collect: Any, bound: Any, data: Any, fails: bool) -> None:  # noqa: FBT001
        """Whatever is bound, whatever the call says, and whether there is an error."""
        theirs = structlog.make_filtering_bound_logger(0)

        assert lines_of(collect, theirs, bound, data, fails=fails) == lines_of(
            collect, bound_logger(), bound, data, fails=fails
        )

    def test_a_stage_that_is_put_between(self, collect: Any) -> None:
        """One that is inserted into the list sees what is bound, from its next event on."""
        chain = preset(service="tests")
        collected = collect(chain)
        seen: list[Any] = []

        def see(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
            seen.append(event.get("user_id"))
            return event

        with entry("job", logger=collected.log):
            bind_contextvars(user_id="u-1")
            collected.log.info("one")
            collected.log.info("two")
            chain.insert(1, see)
            collected.log.info("three")

        # The line that ends the entry is seen, too.
        assert ["u-1", "u-1"] == seen
        assert [{"user_id": "u-1"}] * 4 == [line["context"] for line in collected.lines()]

    def test_nobody_changes_what_is_bound(self, collect: Any) -> None:
        """Lines share what is bound and none changes it for the next."""
        collected = collect()
        with entry("job", logger=collected.log):
            bind_contextvars(user_id="u-1", password="hunter2")
            for number in range(3):
                collected.log.info("paid", **({"user_id": number} if number == 1 else {}))
        contexts = [line["context"] for line in collected.lines()]

        assert ["u-1", 1, "u-1", "u-1"] == [each["user_id"] for each in contexts]
        assert {"[REDACTED:password]"} == {each["password"] for each in contexts}
