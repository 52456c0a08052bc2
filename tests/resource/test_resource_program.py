"""Which program asks."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.resource.program import this_program

if TYPE_CHECKING:
    from pathlib import Path

# The interpreter is called by another path only while a program is looked for: it has to start the child.
_WORK = """
import multiprocessing, sys
from structlog_enrich.resource import detect

def identity():
    real, sys.executable = sys.executable, {beside!r}
    found = detect(environ={{}}, root="/nowhere").findings
    sys.executable = real
    return found["service"].value, found["version"].value, found["service"].source

imported = identity()

def work(connection):
    connection.send([imported, identity()])

def main():
    context = multiprocessing.get_context({method!r})
    ours, theirs = context.Pipe()
    child = context.Process(target=work, args=(theirs,))
    child.start()
    print(imported, identity(), *ours.recv(), sep="\\n")
    child.join()
"""


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
        monkeypatch.delitem(sys.modules, "__mp_main__", raising=False)
        monkeypatch.setattr(sys, "argv", ["-c"])

        assert ("", "") == this_program()[:2]

    def test_embedded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An embedded interpreter may have no path of its own, and what isn't a folder's name isn't looked into."""
        monkeypatch.setattr(sys, "executable", None)
        monkeypatch.setattr(sys, "path", ["/a", 5])

        assert ("", ("/a",)) == this_program()[2:4]


def _main(module: str | None = None, file: str | None = None) -> ModuleType:
    main = ModuleType("__main__")
    main.__spec__, main.__file__ = None if module is None else ModuleSpec(module, None), file
    return main


class TestChild:
    """A process that multiprocessing started anew, whose main module isn't the program's."""

    def test_while_the_main_module_is_imported(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Then the program's own stands beside it."""
        monkeypatch.setitem(sys.modules, "__main__", _main())
        monkeypatch.setitem(sys.modules, "__mp_main__", _main("shop.cli", "/app/shop/cli.py"))

        assert ("shop.cli", "/app/shop/cli.py") == this_program()[:2]

    @pytest.mark.parametrize(
        ("argument", "path", "module"),
        [
            ("/app/shop/__main__.py", ["/else", "/app"], "shop.__main__"),
            ("/app/acme/shop/__main__.py", ["/app/"], "acme.shop.__main__"),
            ("/app/src/shop/__main__.pyc", ["/app", "/app/src", "/ap"], "shop.__main__"),
            ("/app/my shop/__main__.py", ["/app"], ""),
            ("/app/shop/__main__.py", ["", "shop", "/app/shop"], ""),
            ("/app/bin/serve", ["/app"], ""),
            ("/app/shop/cli.py", ["/app"], ""),
        ],
    )
    def test_by_its_first_argument(
        self, argument: str, path: list[str], module: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A `__main__` isn't imported in a child, but its file is the first argument, whose folders name it."""
        monkeypatch.setitem(sys.modules, "__main__", _main())
        monkeypatch.setitem(sys.modules, "__mp_main__", _main())
        monkeypatch.setattr(sys, "argv", [argument])
        monkeypatch.setattr(sys, "path", path)

        assert (module, argument) == this_program()[:2]

    @pytest.mark.parametrize("arguments", [[], [""], ["-c"], ["shop/__main__.py"], [5], None])
    def test_no_file(self, arguments: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        """What isn't a file's full name says nothing."""
        monkeypatch.setitem(sys.modules, "__main__", _main())
        monkeypatch.delitem(sys.modules, "__mp_main__", raising=False)
        monkeypatch.setattr(sys, "argv", arguments)

        assert ("", "") == this_program()[:2]

    @pytest.mark.parametrize("method", ["spawn", "forkserver"])
    @pytest.mark.parametrize(
        ("start", "expected"),
        [
            (["-m", "shop"], "('acme-shop', '1.4.2', 'package acme-shop')"),
            (["-m", "shop.serve"], "('acme-shop', '1.4.2', 'package acme-shop')"),
            (["bin/serve"], "('acme-shop', '1.4.2', 'package acme-shop')"),
            (["shop/__main__.py"], "('unknown_service:python', 'unknown', 'default')"),
            (["."], "('unknown_service:python', 'unknown', 'default')"),
        ],
    )
    def test_same_identity(self, start: list[str], expected: str, method: str, tmp_path: Path) -> None:
        """Parent and child are the same service: when modules are imported, when the work begins, and later."""
        folder = tmp_path / "no" / "project" / "is" / "here"
        bin_, shop, installed = folder / "bin", folder / "shop", folder / "acme_shop-1.4.2.dist-info"
        for each in (bin_, shop, installed):
            each.mkdir(parents=True)
        (installed / "METADATA").write_text("Name: acme-shop\nVersion: 1.4.2\n")
        (installed / "RECORD").write_text("shop/__main__.py,,\nshop/serve.py,,\n")
        (installed / "entry_points.txt").write_text("[console_scripts]\nserve = shop.work:main\n")
        (shop / "__init__.py").touch()
        (shop / "work.py").write_text(_WORK.format(beside=str(bin_ / "python"), method=method))
        main = "from shop.work import main\nif __name__ == '__main__':\n    main()\n"
        for each in (bin_ / "serve", shop / "__main__.py", shop / "serve.py", folder / "__main__.py"):
            each.write_text(main)
        done = subprocess.run(
            [sys.executable, *start],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(folder)},
            capture_output=True,
            encoding="utf-8",
            check=True,
        )

        assert [expected] * 4 == done.stdout.splitlines()
