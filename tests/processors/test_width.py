"""How wide the terminal is."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.processors.width import asked_width, files_of, width_of

if TYPE_CHECKING:
    from collections.abc import Callable


class TestAskedWidth:
    """`asked_width`."""

    @pytest.mark.parametrize(
        ("given", "expected"),
        [("72", 72), ("1", 1), ("", 0), ("0", 0), ("-5", 0), ("wide", 0), ("7.5", 0), ("\u0667", 0), ("1" * 5_000, 0)],
        ids=range(9),
    )
    def test_columns(self, given: str, expected: int) -> None:
        """A number of columns counts, and anything else says nothing."""
        assert expected == asked_width({"COLUMNS": given})


class TestWidthOf:
    """`files_of` and `width_of`."""

    def test_the_narrowest(self, terminal: Callable[..., Any]) -> None:
        """Of several terminals the narrowest counts; one without a size doesn't."""
        assert 40 == width_of(files_of([terminal(80).file, terminal(0).file, terminal(40).file]))
        assert 0 == width_of(files_of([terminal(0).file]))

    def test_what_is_no_terminal(self) -> None:
        """A file and a stream without a descriptor have no width."""
        with Path(os.devnull).open() as file:
            assert 0 == width_of(files_of([file, io.StringIO(), None]))
        assert () == files_of([file])
