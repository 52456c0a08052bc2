"""What a failure is called where it is counted."""

from __future__ import annotations

import errno
import os

import pytest

from structlog_enrich.delivery.reasons import reason_of


class TestReasonOf:
    """It is the system's name where that has one."""

    @pytest.mark.parametrize(
        ("error", "expected"),
        [
            (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "enospc"),
            (BrokenPipeError(errno.EPIPE, ""), "epipe"),
            (OSError(99_999, ""), "99999"),
            (OSError(), "OSError"),
            (ValueError("closed"), "ValueError"),
            (KeyboardInterrupt(), "KeyboardInterrupt"),
        ],
        ids=["enospc", "epipe", "unknown", "without", "value", "interrupt"],
    )
    def test_names(self, error: BaseException, expected: str) -> None:
        """Else it is the error's type."""
        assert expected == reason_of(error)
