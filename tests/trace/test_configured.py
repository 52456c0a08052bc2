"""What structlog is configured with, as far as spans must know."""

from __future__ import annotations

import io
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from structlog_enrich import current_trace, preset, span
from structlog_enrich.processors import Envelope
from structlog_enrich.trace.configured import ids_in_use, library_logger
from structlog_enrich.trace.ids import OWN, OwnIds


class OtherIds(OwnIds):
    """Ids of another source."""


class Serial:
    """A team's processor that happens to have `ids`."""

    ids = (1, 2)

    def __call__(self, _logger: Any, _name: str, event: Any) -> Any:
        return event


class TestIds:
    """`ids_in_use`, where the configured chain takes its ids from."""

    def test_the_chains(self) -> None:
        """The envelope's, and our own where there is none."""
        other = OtherIds()
        seen = [ids_in_use()]
        for processors in ([Envelope(ids=other)], [structlog.processors.JSONRenderer()], (Envelope(ids=other),)):
            structlog.configure(processors=processors)
            seen += [ids_in_use(), ids_in_use()]

        assert [OWN, other, other, OWN, OWN, other, other] == seen

    def test_a_chain_edited_in_place(self) -> None:
        """What `capture_logs` hides for a while is there again afterwards."""
        other = OtherIds()
        structlog.configure(processors=[Envelope(ids=other)])
        with capture_logs():
            hidden = ids_in_use()

        assert (OWN, other) == (hidden, ids_in_use())

    def test_a_team_s_attribute(self) -> None:
        """A processor of a team that has something of that name is not taken for the envelope."""
        other = OtherIds()
        structlog.configure(processors=[Serial(), Envelope(ids=other)])

        assert other is ids_in_use()

    def test_current_trace(self) -> None:
        """It asks them."""

        class Fixed(OwnIds):
            def current(self) -> Any:  # type: ignore[override]
                return "theirs"

        structlog.configure(processors=[Envelope(ids=Fixed())])

        assert "theirs" == current_trace()


class TestLogger:
    """`library_logger`, which writes the library's own lines."""

    @pytest.mark.parametrize("cached", [False, True])
    def test_configured_anew(self, cached: bool) -> None:  # noqa: FBT001
        """Each configuration is followed at once, whichever part of it is new."""
        first, second = io.BytesIO(), io.BytesIO()
        factory = structlog.BytesLoggerFactory(first)
        structlog.configure(processors=preset(service="a"), logger_factory=factory, cache_logger_on_first_use=cached)
        for options in (
            {},
            {"processors": preset(service="b")},
            {"wrapper_class": structlog.make_filtering_bound_logger(0)},
            {"logger_factory": structlog.BytesLoggerFactory(second)},
        ):
            structlog.configure(**options)  # type: ignore[arg-type]
            for _ in range(2):
                with span("x"):
                    pass

        assert [2, 4] == [first.getvalue().count(b'"service":"%s"' % name) for name in (b"a", b"b")]
        assert 2 == second.getvalue().count(b'"service":"b"')

    def test_cached_like_the_others(self) -> None:
        """It is made once where structlog caches loggers, and each time where it doesn't."""
        for cached in (True, False):
            structlog.configure(cache_logger_on_first_use=cached)
            assert cached == (library_logger() is library_logger())
