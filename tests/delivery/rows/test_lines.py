"""What is logged, however hostile, is one whole line at the sink: rows R41 to R43 of the fault catalogue."""

from __future__ import annotations

import random
import re
import time
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from structlog_enrich import bound_logger, preset
from structlog_enrich.delivery import Writer
from structlog_enrich.trace.w3c import read_headers
from tests.delivery.conftest import soak
from tests.never_raises.specimens import SPECIMENS

if TYPE_CHECKING:
    from collections.abc import Sequence


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = (b"traceparent", f"00-{TRACE}-00f067aa0ba902b7-01".encode())


class Collecting:
    """A sink that keeps what it gets, as a file would have it."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, lines: Sequence[bytes], /) -> int:
        """Keep *lines*."""
        self.data += b"".join(line + b"\n" for line in lines)
        return len(lines)

    def close(self) -> None:
        """Hold nothing."""


# What a terminal obeys, or some splitter of lines takes for an end.
_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# What a person doesn't see as it stands.
_TURNED = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_PIECES = (
    *map(chr, (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029, 0x200E, 0x200F)),
    *map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xD800, 0xDFFF, 0xFEFF)),
    *('"', "\\", "}", "{", "'", "é", "😀", "x", " ", "\x1b[31m", "\x1b]0;title\x07", '","level":"error'),
)


def _hostile(chance: random.Random) -> str:
    return "".join(chance.choices(_PIECES, k=chance.randint(1, 6)))


def _is_whole(text: str) -> bool:
    """Tell whether *text* is all characters; what isn't one can't be written as it is."""
    return not re.search("[\ud800-\udfff]", text)


def _written(log_all: Any, renderer: Any = "json") -> list[bytes]:
    sink = Collecting()
    with Writer(sink) as writer:
        log_all(
            structlog.wrap_logger(
                writer(), preset(service="shop", renderer=renderer), bound_logger(), context_class=dict
            ).bind()
        )
        assert writer.flush()
        stats = writer.stats()
    # Under every splitter one record is one line.
    lines = sink.data.decode().splitlines()
    assert stats.emitted == stats.written == len(lines)
    return [line.encode() for line in lines]


class TestPayload:
    """Values that break loggers."""

    @pytest.mark.parametrize("name", SPECIMENS)
    def test_r41_specimens(self, name: str) -> None:
        """Each is a line, whole and valid, and its caller meets no exception."""
        make = SPECIMENS[name]
        lines = _written(lambda log: (log.info("before"), log.error("here", it=make()), log.info("after")))
        assert ["before", "here", "after"] == [orjson.loads(line)["message"] for line in lines]

    def test_r41_changed_later(self) -> None:
        """What is changed after the call is written as it was."""
        order = {"items": ["one"]}

        def log_all(log: Any) -> None:
            log.info("placed", order=order)
            order["items"].append("two")

        (line,) = _written(log_all)
        assert ["one"] == orjson.loads(line)["payload"]["order"]["items"]


class TestInjection:
    """Texts that forge lines or command terminals."""

    @settings(max_examples=50)
    @given(st.lists(st.text(st.characters(max_codepoint=0x2069)), min_size=1, max_size=8))
    def test_r42_any_text(self, texts: list[str]) -> None:
        """In the message, a key, a value, an exception or the name of a logger it stays within its line."""

        def log_all(log: Any) -> None:
            for text in texts:
                log.info(text, **{text: text})
                try:
                    raise ValueError(text)
                except ValueError:
                    log.exception("failed")

        lines = _written(log_all)
        assert 2 * len(texts) == len(lines)
        for line in lines:
            orjson.loads(line)
            assert not [char for char in line.decode() if char < " " or "\x7f" <= char <= "\x9f"]

    @pytest.mark.parametrize("renderer", ["json", "console"])
    def test_r42_each_renderer(self, renderer: str) -> None:
        """However the lines are shown, hostile texts forge none, command no terminal and turn no writing around."""
        chance = random.Random(42)  # noqa: S311 (the same texts each time)
        for _ in range(soak(3, 1_000)):
            texts = [_hostile(chance) for _ in range(1_000)]

            def log_all(log: Any, texts: list[str] = texts) -> None:
                for text in texts:
                    log.info(text, **{f"key {text}": text})

            lines = [line.decode() for line in _written(log_all, renderer=renderer)]
            assert len(texts) == len(lines)
            for text, line in zip(texts, lines, strict=True):
                assert not _OBEYED.search(line), (text, line)
                if renderer == "json":
                    said = orjson.loads(line)
                    read = text if _is_whole(text) else said["message"]
                    assert (read, [read]) == (said["message"], [*said["payload"].values()])
                else:
                    assert not _TURNED.search(line), (text, line)


class TestHeaders:
    """Headers of an attacker."""

    @pytest.mark.parametrize(
        "headers",
        [
            [(b"traceparent", b"00-" + b"a" * 1_000_000)],
            [(b"tracestate", b"a=b," * 100_000), PARENT],
            [PARENT] * 10_000,
            [(b"traceparent", b"00-\x00\xff\xfe-\xe9-01"), (b"baggage", b"\x00" * 10_000)],
        ],
        ids=["a long one", "many members", "the same again and again", "bytes of all kinds"],
    )
    def test_r43_read_in_linear_time(self, headers: list[tuple[bytes, bytes]]) -> None:
        """Nothing that an attacker made becomes an id, and a KB takes some microseconds at most."""
        start = time.thread_time()
        found = read_headers(headers)
        taken = time.thread_time() - start
        assert found is None or found[0].trace_id == TRACE
        size = sum(len(name) + len(value) for name, value in headers) / 1_000
        # Fifty microseconds a KB; a busy machine slows the processor's own time, too.
        assert taken < soak(0.000_5, 0.000_05) * size + soak(0.2, 0.001)
