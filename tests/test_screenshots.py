"""The drawings in README and docs are what a terminal shows today."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo-terminals")
class TestScreenshots:
    """`docs/screenshots.py`."""

    def test_are_current(self) -> None:
        """A change of what the console shows is a change of the drawings: `make screenshots`."""
        command = [sys.executable, ROOT / "docs" / "screenshots.py", "--check"]
        done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8", timeout=120)

        assert (0, "", "") == (done.returncode, done.stdout, done.stderr)

    def test_fetch_nothing(self) -> None:
        """No drawing asks the network for a font or a picture, and none runs a script."""
        for drawing in sorted((ROOT / "docs" / "assets").glob("*.svg")):
            text = drawing.read_text(encoding="utf-8")
            assert not [each for each in ("@font-face", "@import", "<script", "<image", "href=") if each in text]
