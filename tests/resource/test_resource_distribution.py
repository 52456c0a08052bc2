"""Which installed distribution the program is."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from structlog_enrich.resource.distribution import RUNNERS, distribution

if TYPE_CHECKING:
    from pathlib import Path

_METADATA = "Metadata-Version: 2.4\nName: {}\nVersion: {}\nSummary: A shop\n\nName: of the text below\n"


def _install(folder: Path, name: str, version: str, kind: str = "dist-info") -> None:
    file = {"dist-info": "METADATA", "egg-info": "PKG-INFO"}[kind]
    installed = folder / f"{name.replace('-', '_')}-{version}.{kind}"
    installed.mkdir(parents=True)
    (installed / file).write_text(_METADATA.format(name, version))


def _module(name: str) -> ModuleType:
    main = ModuleType("__main__")
    main.__spec__ = ModuleSpec(name, None)
    return main


def _command(path: Path, text: str = "") -> ModuleType:
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text)
    main = ModuleType("__main__")
    main.__file__ = str(path)
    return main


class TestModule:
    """`python -m package`."""

    @pytest.mark.parametrize("kind", ["dist-info", "egg-info"])
    @pytest.mark.parametrize("name", ["acme_checkout", "acme_checkout.cli", "acme_checkout.__main__", "Acme_Checkout"])
    def test_package(self, name: str, kind: str, tmp_path: Path) -> None:
        """The package's own distribution is found, however its name is spelled."""
        _install(tmp_path, "acme-checkout-api", "9")
        _install(tmp_path, "Acme-Checkout", "1.4.2", kind)

        assert ("Acme-Checkout", "1.4.2") == distribution(_module(name), ["/nowhere", str(tmp_path)])

    @pytest.mark.parametrize("name", ["uvicorn", "gunicorn.app", "celery.__main__", "pytest", "http.server", "asyncio"])
    def test_runner(self, name: str, tmp_path: Path) -> None:
        """What runs the programs of others says nothing about them."""
        _install(tmp_path, name.partition(".")[0], "1")

        assert distribution(_module(name), [str(tmp_path)]) is None

    def test_runners_are_normal(self) -> None:
        """The table's names are spelled as they are compared."""
        assert set() == {each for each in RUNNERS if each != each.lower().replace("-", "_").replace(".", "_")}

    def test_not_installed(self, tmp_path: Path) -> None:
        """A package that nobody installed has no distribution."""
        assert distribution(_module("checkout"), [str(tmp_path), "", "\x00", str(tmp_path / "x.zip")]) is None

    def test_archive(self, tmp_path: Path) -> None:
        """An archive or folder that is run has no package."""
        assert distribution(_module("__main__"), [str(tmp_path)]) is None

    def test_broken(self, tmp_path: Path) -> None:
        """Metadata without a name counts for nothing."""
        (tmp_path / "checkout-1.dist-info").mkdir()
        (tmp_path / "checkout-1.dist-info" / "METADATA").write_bytes(b"\xff\xfe")

        assert distribution(_module("checkout"), [str(tmp_path)]) is None


class TestCommand:
    """A command that an installation made."""

    TEXT = "#!/usr/bin/python\nimport sys\nfrom acme_checkout.cli import main\nif __name__ == '__main__':\n    main()\n"

    @pytest.fixture(autouse=True)
    def _interpreter(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Place the interpreter, beside which commands are installed."""
        monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))

    @pytest.mark.parametrize("folder", ["bin", "Scripts"])
    def test_its_package(self, folder: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """What the command imports names the distribution."""
        monkeypatch.setattr(sys, "executable", str(tmp_path / folder / "python.exe"))
        _install(tmp_path, "acme-checkout", "1.4.2")
        main = _command(tmp_path / folder / "serve", self.TEXT)

        assert ("acme-checkout", "1.4.2") == distribution(main, [str(tmp_path)])

    @pytest.mark.parametrize("name", ["checkout", "checkout-script.py"])
    def test_its_name(self, name: str, tmp_path: Path) -> None:
        """Else the command's own name does."""
        _install(tmp_path, "checkout", "1.4.2")

        assert ("checkout", "1.4.2") == distribution(_command(tmp_path / "bin" / name), [str(tmp_path)])

    @pytest.mark.parametrize(
        ("name", "package"), [("uvicorn", "uvicorn.main"), ("py.test", "pytest"), ("serve", "flask.cli")]
    )
    def test_runner(self, name: str, package: str, tmp_path: Path) -> None:
        """A runner's command is one by its name or by what it imports."""
        _install(tmp_path, name, "1")
        main = _command(tmp_path / "bin" / name, f"from {package} import main\n")

        assert distribution(main, [str(tmp_path)]) is None

    @pytest.mark.parametrize("path", ["app/checkout", "bin/checkout.py", "app/main.py", "app/bin/serve"])
    def test_any_script(self, path: str, tmp_path: Path) -> None:
        """A script of one's own isn't installed, and isn't named after what it imports."""
        _install(tmp_path, "checkout", "1")

        assert distribution(_command(tmp_path / path, self.TEXT), [str(tmp_path)]) is None

    @pytest.mark.parametrize("main", [None, ModuleType("__main__"), 5])
    def test_no_file(self, main: object, tmp_path: Path) -> None:
        """The prompt, `-c` and embedded interpreters have none."""
        assert distribution(main, [str(tmp_path)]) is None


class TestProcess:
    """The whole of it, in processes as a person starts them."""

    SHOWS = (
        "from structlog_enrich.resource import detect\nprint(*detect(environ={}).findings['service'][:2], sep='|')\n"
    )

    def _run(self, folder: Path, *arguments: str) -> str:
        there = folder / "no" / "project" / "is" / "here"
        there.mkdir(parents=True)
        environ = {**os.environ, "PYTHONPATH": str(folder)}
        done = subprocess.run(
            [sys.executable, *arguments], cwd=there, env=environ, capture_output=True, encoding="utf-8", check=True
        )
        return done.stdout.strip()

    def test_module(self, tmp_path: Path) -> None:
        """`python -m checkout` is checkout."""
        _install(tmp_path, "checkout", "1.4.2")
        (tmp_path / "checkout.py").write_text(self.SHOWS)

        assert "checkout|package checkout" == self._run(tmp_path, "-m", "checkout")

    def test_command(self, tmp_path: Path) -> None:
        """So is its command."""
        _install(tmp_path, "acme-checkout", "1.4.2")
        (tmp_path / "acme_checkout.py").write_text(f"def main():\n    exec({self.SHOWS!r})\n")
        (tmp_path / "bin").mkdir()
        beside = f"import sys\nsys.executable = {str(tmp_path / 'bin' / 'python')!r}\n"
        (tmp_path / "bin" / "serve").write_text(f"{beside}from acme_checkout import main\nmain()\n")

        assert "acme-checkout|package acme-checkout" == self._run(tmp_path, str(tmp_path / "bin" / "serve"))

    def test_text(self, tmp_path: Path) -> None:
        """`python -c` is nobody."""
        assert self._run(tmp_path, "-c", self.SHOWS).endswith("|default")
