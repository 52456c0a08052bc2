"""Which program asks."""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.resource.program import this_program

if TYPE_CHECKING:
    from pathlib import Path


class TestThisProgram:
    """The running one."""

    def test_module(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """All of it is the interpreter's own."""
        main = ModuleType("__main__")
        main.__spec__, main.__file__ = ModuleSpec("shop.cli", None), "/app/shop/cli.py"
        monkeypatch.setitem(sys.modules, "__main__", main)
        monkeypatch.chdir(tmp_path)

        assert ("shop.cli", "/app/shop/cli.py", sys.executable, tuple(sys.path), os.getcwd()) == this_program()  # noqa: PTH109

    @pytest.mark.parametrize("main", [None, ModuleType("__main__"), 5])
    def test_neither(self, main: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """The prompt, `-c` and embedded interpreters have no module and no file."""
        monkeypatch.setitem(sys.modules, "__main__", main)

        assert ("", "") == this_program()[:2]

    def test_embedded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An embedded interpreter may have no path of its own, and what isn't a folder's name isn't looked into."""
        monkeypatch.setattr(sys, "executable", None)
        monkeypatch.setattr(sys, "path", ["/a", 5])

        assert ("", ("/a",)) == this_program()[2:4]
