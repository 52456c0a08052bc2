"""Where spans write to in these tests, and what is asked of every line they write."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import structlog

from structlog_enrich import bound_logger, current_trace, get_contextvars, preset
from structlog_enrich.schema.fields import FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsonschema import Draft202012Validator


class Written:
    """Configure structlog to write into memory, and read back what was written."""

    def __init__(self) -> None:
        self._sink = io.BytesIO()
        self.configure()

    def configure(self, *, cached: bool = False, wrapper_class: Any = None, **options: Any) -> None:
        """Configure anew, with these options of `preset`; what was written stays."""
        structlog.configure(
            processors=preset(**{"service": "tests", **options}),
            wrapper_class=bound_logger() if wrapper_class is None else wrapper_class,
            logger_factory=structlog.BytesLoggerFactory(self._sink),
            cache_logger_on_first_use=cached,
        )

    @property
    def log(self) -> Any:
        """A logger of the configured chain."""
        return structlog.get_logger()

    def say(self, message: str) -> None:
        """Log *message*."""
        self.log.info(message)

    def raw(self) -> list[bytes]:
        """Return the lines as they were written."""
        return self._sink.getvalue().splitlines()

    def lines(self) -> list[dict[str, Any]]:
        """Return the lines, decoded."""
        return [orjson.loads(line) for line in self.raw()]

    def line(self) -> dict[str, Any]:
        """Return the one line; several or none is an error."""
        (line,) = self.lines()
        return line

    def named(self, message: str) -> dict[str, Any]:
        """Return the one line with this message."""
        (line,) = [each for each in self.lines() if each["message"] == message]
        return line

    def messages(self) -> list[str]:
        """Return what the lines say."""
        return [line["message"] for line in self.lines()]


@pytest.fixture
def written(validator: Draft202012Validator) -> Iterator[Written]:
    """Collect the lines of a test; in the end each must be valid, its keys in order, and no span may be left active."""
    collected = Written()
    yield collected
    for line in collected.lines():
        validator.validate(line)
        assert [name for name in FIELDS if name in line] == list(line)
    assert None is current_trace()
    assert {} == get_contextvars()
