"""A warning that is shown is a line."""

from __future__ import annotations

import io
import logging
import warnings
from typing import Any

import pytest

from structlog_enrich import configure


@pytest.fixture(autouse=True)
def _shown() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        yield


class TestWarnings:
    """What `warnings.warn` says."""

    def test_line(self, setup: Any, validator: Any, capsys: pytest.CaptureFixture[str]) -> None:
        """Its text, its category and where it comes from; nothing is printed any more."""
        setup()
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        (line,) = setup.lines()

        validator.validate(line)
        assert ("warning", "py.warnings", "old") == (line["level"], line["logger"], line["message"])
        assert "DeprecationWarning" == line["payload"]["category"]
        assert line["payload"]["where"].startswith(__file__)
        assert ("", "") == tuple(capsys.readouterr())

    @pytest.mark.parametrize("first", ["ours", "theirs"])
    def test_captured_by_the_standard_library(self, first: str, setup: Any) -> None:
        """Its own way goes on beside ours, for the handlers it has; there is one line all the same."""
        kept = io.StringIO()
        logging.getLogger("py.warnings").addHandler(logging.StreamHandler(kept))
        if first == "theirs":
            logging.captureWarnings(capture=True)
        setup()
        if first == "ours":
            logging.captureWarnings(capture=True)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
        logging.captureWarnings(capture=False)

        assert 1 == len(setup.lines())
        assert "DeprecationWarning: old" in kept.getvalue()

    def test_shown_in_another_way(self, setup: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """Whoever shows warnings in a way of their own goes on to do so, and what they log is logged."""
        log = logging.getLogger("theirs")
        monkeypatch.setattr(warnings, "showwarning", lambda message, *_given: log.info("seen: %s", message))
        setup()
        warnings.warn("old", UserWarning, stacklevel=1)
        setup.undo()

        assert ["old", "seen: old"] == [line["message"] for line in setup.lines()]

    def test_a_sink_that_fails(self) -> None:
        """Who warns doesn't fail for it."""

        class Failing:
            def warning(self, _line: Any) -> None:
                raise RuntimeError

        with configure(service="tests", sink=lambda *_args: Failing(), framed=False):
            warnings.warn("old", UserWarning, stacklevel=1)

    def test_to_a_file(self, setup: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """One that is shown to a file is for that file, which whoever was there before writes."""
        shown: list[Any] = []
        monkeypatch.setattr(warnings, "showwarning", lambda *given: shown.append(given))
        setup()
        file = io.StringIO()
        warnings.showwarning("old", UserWarning, "shop.py", 3, file)

        assert [("old", UserWarning, "shop.py", 3, file, None)] == shown
        assert [] == setup.lines()

    def test_their_level(self, setup: Any) -> None:
        """Who silences the standard library's logger silences the line."""
        setup()
        logging.getLogger("py.warnings").setLevel(logging.ERROR)
        warnings.warn("old", UserWarning, stacklevel=1)

        assert [] == setup.lines()

    def test_undone(self, setup: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """Put back; and idle where someone shows warnings through ours."""
        shown: list[str] = []
        monkeypatch.setattr(warnings, "showwarning", lambda message, *_given: shown.append(str(message)))
        before = warnings.showwarning
        setup()
        ours = warnings.showwarning
        setup.undo()
        assert before is warnings.showwarning
        setup()
        warnings.showwarning = lambda *given: ours(*given)
        setup.undo()
        warnings.warn("old", UserWarning, stacklevel=1)

        assert ["old"] == shown
        assert [] == setup.lines()
