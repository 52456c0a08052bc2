"""Ids that are the same on every run, for the library alone."""

from __future__ import annotations

import os
import re
import textwrap
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog

import structlog_enrich
from structlog_enrich import entry, process, span
from structlog_enrich.testing import Captured, captured_lines, fake_ids

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable


def request() -> Captured:
    """Log a request, and return its lines."""
    with captured_lines() as lines, entry("POST /orders"), span("charge card"):
        structlog.get_logger().info("paid")
    return lines


def ids_of(lines: Captured) -> list[object]:
    """Return all that `fake_ids` decides."""
    names = ("trace_id", "span_id", "parent_span_id", "boot_id", "seq")
    return [tuple(line.get(name) for name in names) for line in lines]


class TestFakeIds:
    """The same, and no other's."""

    def test_are_the_same_on_every_run(self) -> None:
        """Of traces, spans and the process; `seq` begins at 0."""
        with fake_ids():
            one = ids_of(request())
        with fake_ids():
            other = ids_of(request())

        assert one == other
        assert [0, 1, 2] == [line[-1] for line in one]  # type: ignore[index]

    def test_are_the_documented_ones(self) -> None:
        """They don't depend on the interpreter: golden lines may hold them."""
        with fake_ids() as state:
            assert ("cd072cd8be6f9f62", "ac4c09c28206e7e35594aa6b342f5d0a") == (state.boot_id, state.boot_trace_id)

    def test_differ_by_seed(self) -> None:
        """Another seed, other ids; and within a block each is another."""
        with fake_ids(1):
            one = ids_of(request())
        with fake_ids(2):
            other = ids_of(request())

        assert not {each[1] for each in one} & {each[1] for each in other}  # type: ignore[index]
        assert 2 == len({each[1] for each in one})  # type: ignore[index]

    def test_the_programs_own_stay_random(self) -> None:
        """What a program draws is random, and changes none of ours."""
        theirs = os.urandom
        with fake_ids():
            one, drawn = ids_of(request()), uuid.uuid4()
        with fake_ids():
            assert theirs is os.urandom
            assert drawn != uuid.uuid4()
            assert one == ids_of(request())

    def test_end(self) -> None:
        """Afterwards the process is itself again, also after an error and within another block."""
        before = process.current()
        with fake_ids() as outer:
            with pytest.raises(KeyError), fake_ids():
                raise KeyError("stock")
            assert outer is process.state
        assert (before, os) == (process.state, process.os)  # type: ignore[attr-defined]
        with captured_lines() as lines:
            structlog.get_logger().info("paid")

        assert before.boot_id == lines.line()["boot_id"]

    def test_a_forked_child_has_its_own(self, run_python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        """Two children have other ids than their parent and than each other, after the block too."""
        program = """
            import os
            from structlog_enrich import process
            from structlog_enrich.testing import fake_ids

            with fake_ids() as state:
                for _ in range(2):
                    if os.fork() == 0:
                        os.write(1, process.current().boot_id.encode() + b" ")
                        break
                    os.wait()
                else:
                    os.write(1, state.boot_id.encode() + b" ")
            os.write(1, process.current().boot_id.encode() + b"\\n")
        """
        ids = [line.split() for line in run_python(textwrap.dedent(program)).stdout.splitlines()]

        assert [True, True, False] == [within == after for within, after in ids]
        assert 4 == len({each for line in ids for each in line})
        assert "cd072cd8be6f9f62" == ids[2][0]

    def test_every_source_is_known(self) -> None:
        """No other module of the library draws randomness, or the ids would change from run to run."""
        root = Path(structlog_enrich.__path__[0])
        drawing = re.compile(r"\b(?:urandom|uuid4|getrandbits|randbytes|token_hex|SystemRandom)\b")
        found = {
            path.relative_to(root).as_posix()
            for path in root.rglob("*.py")
            if drawing.search(path.read_text("utf-8")) and path.relative_to(root).parts[0] not in {"demo", "testing"}
        }

        assert {"process.py"} == found
