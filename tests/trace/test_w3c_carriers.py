"""`traceparent` and `tracestate` in whatever someone takes for a carrier."""

from __future__ import annotations

import json
import os
import re
from collections import UserDict
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.trace.w3c import TraceParent, format_traceparent, read_carrier

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = json.loads(Path(__file__).parents[2].joinpath("docs", "w3c-vectors.json").read_text(encoding="ascii"))["rows"]
TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
VALUE = f"00-{TRACE_ID}-{SPAN_ID}-01"
PARENT = TraceParent(TRACE_ID, SPAN_ID, "01")
LEGAL = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[0-3]").fullmatch


class Broken:
    """Fail at whatever is asked of it."""

    def __getattribute__(self, name: str) -> NoReturn:
        raise ValueError(name)


class BrokenText(str):
    """Be text whose methods fail."""

    __slots__ = ()

    def lower(self) -> NoReturn:
        raise ValueError

    def strip(self, characters: str | None = None) -> NoReturn:
        raise ValueError(characters)


class BrokenMapping(UserDict[str, str]):
    """Hold values, and fail to give them."""

    def __getitem__(self, key: str) -> NoReturn:
        raise OSError(key)


class LateFailure:
    """Give a pair, then fail."""

    def items(self) -> Iterator[tuple[str, str]]:
        """Give the one pair."""
        yield "traceparent", VALUE
        raise RuntimeError


NOTHING: dict[str, Any] = {
    "empty mapping": {},
    "no pairs": [],
    "none": None,
    "number": 5,
    "text": "traceparent",
    "bytes": b"traceparent",
    "list of text": [VALUE],
    "set": {"traceparent"},
    "single": [("traceparent",)],
    "triple": [("traceparent", VALUE, 5)],
    "mapping to none": {"traceparent": None},
    "mapping to a number": {"traceparent": 5},
    "mapping to no values": {"traceparent": []},
    "mapping to a list of none": {"traceparent": [None]},
    "mapping to a list of lists": {"traceparent": [[VALUE]]},
    "mapping to a mapping": {"traceparent": {"value": VALUE}},
    "mapping to a bytearray": {"traceparent": bytearray(VALUE.encode())},
    "mapping of a number": {5: VALUE},
    "mapping of a tuple": {("traceparent",): VALUE},
    "surrogate": {"traceparent": "\ud800"},
    "broken value": {"traceparent": BrokenText(f" {VALUE}")},
    "broken name": {BrokenText("traceparent"): VALUE},
    "broken mapping": BrokenMapping(traceparent=VALUE),
    "late failure": LateFailure(),
    "broken": Broken(),
}


class TestReadCarrier:
    """Message headers and environments."""

    @pytest.mark.parametrize("name", ["traceparent", "Traceparent", "TRACEPARENT", b"traceparent"], ids=repr)
    @pytest.mark.parametrize("value", [VALUE, VALUE.encode(), [VALUE], (VALUE.encode(),), [VALUE, None]], ids=repr)
    def test_accepted(self, name: str | bytes, value: object) -> None:
        """Names in any case, text or bytes, and values that are text, bytes or a list of them."""
        assert (PARENT, None) == read_carrier({"other": 5, None: None, name: value, ("traceparent",): VALUE})

    def test_state(self) -> None:
        """Several values of `tracestate` are one list, in their order."""
        carrier = {"traceparent": VALUE, "tracestate": ["a=1", 5, b"b=2"], "TRACESTATE": "c=3"}

        assert (PARENT, "a=1,b=2,c=3") == read_carrier(carrier)

    def test_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A process finds the trace of whoever started it in its environment."""
        monkeypatch.delenv("TRACESTATE", raising=False)
        monkeypatch.setenv("TRACEPARENT", VALUE)

        assert (PARENT, None) == read_carrier(os.environ)

    def test_mapping_that_folds_case(self) -> None:
        """A mapping that knows names in any case gives one header once, and a repeated one twice."""
        message = Message()
        message["Traceparent"] = VALUE
        once = read_carrier(message)
        message["traceparent"] = VALUE

        assert ((PARENT, None), None) == (once, read_carrier(message))

    @pytest.mark.parametrize(
        "carrier",
        [
            {"traceparent": [VALUE, VALUE]},
            {"traceparent": VALUE, "Traceparent": VALUE},
            {"traceparent": VALUE, b"traceparent": VALUE.encode()},
            [("traceparent", VALUE), ("traceparent", VALUE)],
        ],
        ids=["list", "case", "bytes", "pairs"],
    )
    def test_repeated(self, carrier: Any) -> None:
        """A `traceparent` that is there twice continues nothing."""
        assert read_carrier(carrier) is None

    @pytest.mark.parametrize("kind", NOTHING)
    def test_nothing_carried(self, kind: str) -> None:
        """What isn't there, isn't text or fails to be read carried nothing, and nothing raises."""
        assert read_carrier(NOTHING[kind]) is None

    def test_state_of_something_else(self) -> None:
        """A `tracestate` that is no text is ignored; the trace goes on."""
        assert (PARENT, None) == read_carrier({"traceparent": VALUE, "tracestate": 5})
        assert (PARENT, None) == read_carrier({"traceparent": VALUE, "tracestate": "a=\ud800"})

    @given(
        st.dictionaries(
            st.sampled_from(["traceparent", "tracestate", "Tracestate"]) | st.text() | st.integers() | st.binary(),
            st.recursive(
                st.none() | st.text() | st.binary() | st.just(VALUE) | st.floats(),
                lambda inner: st.lists(inner, max_size=3),
            ),
            max_size=4,
        )
    )
    def test_anything(self, carrier: dict[Any, Any]) -> None:
        """Whatever a mapping holds, what is read is legal."""
        found = read_carrier(carrier)

        assert found is None or LEGAL(format_traceparent(*found[0]))
