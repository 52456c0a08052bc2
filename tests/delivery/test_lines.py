"""Lines that wait, from the oldest to the newest."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.delivery.lines import Lines
from structlog_enrich.delivery.records import LEVELS, OVERHEAD

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.delivery.records import Record

_RECORDS = st.lists(st.tuples(st.binary(max_size=5), st.integers(0, len(LEVELS) - 1), st.integers(0, 9)), max_size=30)

WITHOUT_MEMORY = """
import _testcapi
import sys
from tests.delivery.test_lines import assert_is, lines_of

change = sys.argv[1]
records = [(b"%d" % number, number % 5, 1_000 + number) for number in range(600)]
more = (b"more", 1, 5_000)
changed = {"append": [*records, more], "pop": records[1:]}.get(change, records[400:])
for most in range(80):
    source, target = lines_of(records), lines_of(records[:300])
    call, *arguments = {
        "append": (source.append, more),
        "move": (source.move, 400, source.size_of(400), target),
        "pop": (source.pop,),
        "discard": (source.discard, 400, source.size_of(400)),
    }[change]
    _testcapi.set_nomemory(most, 0)
    try:
        call(*arguments)
    except MemoryError:
        is_whole = False
    else:
        is_whole = True
    finally:
        _testcapi.remove_mem_hooks()
    is_made = [*source] != records
    assert is_made or not is_whole
    assert_is(changed if is_made else records, source)
    assert_is(records[:300] + (records[:400] if is_made and change == "move" else []), target)
    target.append(more)
    assert more == [*target][-1]
assert is_whole
"""


def lines_of(records: list[Record]) -> Lines:
    """Return lines that hold *records*."""
    lines = Lines()
    for each in records:
        lines.append(each)
    return lines


def assert_is(expected: list[Record], lines: Lines) -> None:
    """Fail unless *lines* hold these, and say so of them."""
    assert expected == [*lines]
    assert (len(expected), bool(expected)) == (len(lines), bool(lines))
    assert sum(len(line) + OVERHEAD for line, _, _ in expected) == lines.size


class TestLines:
    """They come out as they went in."""

    @given(st.lists(st.integers(0, 10_000), min_size=1, max_size=50), st.integers(1, 60), st.integers(-1, 100_000))
    def test_fitting(self, sizes: list[int], most: int, room: int) -> None:
        """They are no more than asked for, and fit, however unlike they are; one is told in any case."""
        lines = lines_of([(b"x" * size, 1, 0) for size in sizes])
        count, size = lines.fitting(most, room)
        assert 1 <= count <= min(most, len(sizes))
        assert lines.size_of(count) == size
        assert size <= room or count == 1

    @given(st.integers(0, 1_000), st.integers(1, 50), st.integers(1, 60), st.integers(0, 100_000))
    def test_fitting_alike(self, size: int, count: int, most: int, room: int) -> None:
        """Of lines that are alike they are as many as fit."""
        lines = lines_of([(b"x" * size, 1, 0)] * count)
        assert max(1, min(most, count, room // (size + OVERHEAD))) == lines.fitting(most, room)[0]

    @given(_RECORDS, st.data())
    def test_any_order_of_what_may_happen(self, records: list[Record], data: Any) -> None:
        """Whatever is moved and given away, each is in one place, in its order, and counted there."""
        waiting, taken, expected = lines_of(records), Lines(), [*records]
        moved: list[Record] = []
        while expected:
            assert_is(expected, waiting)
            assert_is(moved, taken)
            count = data.draw(st.integers(1, len(expected)))
            assert sum(len(line) + OVERHEAD for line, _, _ in expected[:count]) == waiting.size_of(count)
            levels = Counter(level for _, level, _ in expected[:count])
            assert [levels[level] for level in range(len(LEVELS))] == waiting.levels_of(count)
            if data.draw(st.booleans()):
                waiting.move(count, waiting.size_of(count), taken)
                moved += expected[:count]
                del expected[:count]
            else:
                assert expected.pop(0) == waiting.pop()
            more = data.draw(_RECORDS.map(lambda found: found[:2]))
            for each in more if len(expected) < len(records) // 2 else ():
                waiting.append(each)
                expected.append(each)
        assert_is([], waiting)
        assert_is(moved, taken)

    def test_gives_back(self) -> None:
        """What was given away isn't kept, and its place not for ever."""
        lines = lines_of([(b"%d" % number, 1, 0) for number in range(1_000)])
        for _ in range(400):
            lines.pop()
        assert {b""} == {*lines.lines[: lines.first]}
        for _ in range(590):
            lines.pop()
        assert len(lines.lines) <= 20

    @pytest.mark.usefixtures("unmeasured")
    @pytest.mark.parametrize("change", ["append", "move", "pop", "discard"])
    def test_without_memory(self, change: str, run_python: Callable[..., Any]) -> None:
        """Wherever memory ends amid a change, it is made whole or not at all, and the next one finds all as it was."""
        # In a process of its own: memory ends for each of its threads, and these tests have some.
        pytest.importorskip("_testcapi", reason="this Python has no module to let memory end")
        run_python(WITHOUT_MEMORY, change, cwd=Path(__file__).parents[2])

    def test_clear(self) -> None:
        """Nothing is left of what was cleared."""
        lines = lines_of([(b"paid", 1, 0), (b"sent", 2, 0)])
        lines.pop()
        lines.clear()
        assert_is([], lines)
        lines.append((b"paid", 4, 7))
        assert_is([(b"paid", 4, 7)], lines)

    def test_none_left(self) -> None:
        """Of none none can be had."""
        with pytest.raises(IndexError):
            Lines().pop()

    def test_repr(self) -> None:
        """It tells how many there are, and not what they say."""
        assert f"<Lines(1, {6 + OVERHEAD} bytes)>" == repr(lines_of([(b"secret", 1, 0)]))
