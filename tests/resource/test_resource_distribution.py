"""Which installed distribution the program is."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.resource import Program
from structlog_enrich.resource.distribution import RUNNERS, distribution

if TYPE_CHECKING:
    from pathlib import Path

_METADATA = "Metadata-Version: 2.4\nName: {}\nVersion: {}\nSummary: A shop\n\nName: of the text below\n"
_SERVES = {"entry_points.txt": "[x.plugins]\nship = a:b\n\n[console_scripts]\nserve=acme_checkout.cli:main\n"}


def _install(folder: Path, name: str, version: str, kind: str = "dist-info", **lists: str) -> None:
    file = {"dist-info": "METADATA", "egg-info": "PKG-INFO"}[kind]
    installed = folder / f"{name.replace('-', '_')}-{version}.{kind}"
    installed.mkdir(parents=True)
    (installed / file).write_text(_METADATA.format(name, version))
    for each, text in lists.items():
        (installed / each).write_text(text)


def _module(name: str, folder: Path | str, *path: Path | str) -> Program:
    file = f"{folder}/{name.replace('.', '/')}.py"
    return Program(name, file, "/usr/bin/python", [str(each) for each in path] or [str(folder)], "/nowhere")


class TestModule:
    """`python -m package`."""

    @pytest.mark.parametrize("kind", ["dist-info", "egg-info"])
    @pytest.mark.parametrize("name", ["acme_checkout", "acme_checkout.cli", "acme_checkout.__main__", "Acme_Checkout"])
    def test_package(self, name: str, kind: str, tmp_path: Path) -> None:
        """The package's own distribution is found, however its name is spelled."""
        _install(tmp_path, "acme-checkout-api", "9")
        _install(tmp_path, "Acme-Checkout", "1.4.2", kind)

        assert ("Acme-Checkout", "1.4.2") == distribution(_module(name, "/app", "/nowhere", tmp_path))

    @pytest.mark.parametrize(
        ("kind", "lists"),
        [
            ("dist-info", {"RECORD": "PyYAML-6.0.dist-info/METADATA,,\nyaml/__init__.py,,\nyaml/__main__.py,,\n"}),
            ("dist-info", {"RECORD": "yaml/__main__.py,sha256=x,5\n"}),
            ("egg-info", {"top_level.txt": "_yaml\nyaml\n"}),
        ],
    )
    def test_another_name(self, kind: str, lists: dict[str, str], tmp_path: Path) -> None:
        """A distribution by another name than its package's is found by what it holds."""
        _install(tmp_path, "PyYAML", "6.0", kind, **lists)
        _install(tmp_path, "ruamel.yaml", "1", RECORD="ruamel/yaml/__main__.py,,\nyaml/__init__.py,,\n")
        _install(tmp_path, "nothing", "1", "egg-info", **{"top_level.txt": "nothing"})

        assert ("PyYAML", "6.0") == distribution(_module("yaml.__main__", tmp_path))

    def test_shared_package(self, tmp_path: Path) -> None:
        """Of distributions that share a package, the one that holds the module counts."""
        _install(tmp_path, "acme-carts", "1", RECORD="acme/carts/__main__.py,,\n")
        _install(tmp_path, "acme-orders", "2", RECORD="acme/orders/__main__.py,,\n")

        assert ("acme-orders", "2") == distribution(_module("acme.orders.__main__", tmp_path))

    def test_held_by_several(self, tmp_path: Path) -> None:
        """Where several hold it, nobody knows which is meant."""
        for name in ("carts", "orders"):
            _install(tmp_path, name, "1", RECORD="acme.py,,\n")

        assert distribution(_module("acme", tmp_path)) is None

    def test_elsewhere(self, tmp_path: Path) -> None:
        """A package of the same name in another folder is none of the distribution's."""
        _install(tmp_path, "PyYAML", "6.0", RECORD="yaml.py,,\n")

        assert distribution(_module("yaml", "/app", tmp_path)) is None
        assert distribution(Program("yaml", "", "", [str(tmp_path)])) is None
        assert distribution(Program("yaml", f"{tmp_path}/yaml.so", "", [str(tmp_path)])) is None

    def test_a_runner_by_another_name(self, tmp_path: Path) -> None:
        """A runner is one by its distribution's name too."""
        _install(tmp_path, "pytest", "9", RECORD="_pytest/__main__.py,,\n")

        assert distribution(_module("_pytest.__main__", tmp_path)) is None

    def test_twice_on_the_path(self, tmp_path: Path) -> None:
        """A folder that stands on the path twice, as the working directory and as PYTHONPATH, counts once."""
        _install(tmp_path, "PyYAML", "6.0", RECORD="yaml.py,,\n")
        program = _module("yaml", tmp_path, tmp_path, "", f"{tmp_path}/")

        assert ("PyYAML", "6.0") == distribution(program._replace(folder=str(tmp_path)))

    @pytest.mark.parametrize(("others", "found"), [(63, True), (64, False)])
    def test_many(self, others: int, found: bool, tmp_path: Path) -> None:  # noqa: FBT001 (a parameter of the table)
        """Beyond 64 only those of a like name are looked into."""
        _install(tmp_path, "opencv-python", "1", RECORD="cv2/__main__.py,,\n")
        _install(tmp_path, "py.yaml", "2", RECORD="yaml/__main__.py,,\n")
        for number in range(others - 1):
            _install(tmp_path, f"other{number}", "1")

        assert (("opencv-python", "1") if found else None) == distribution(_module("cv2.__main__", tmp_path))
        assert ("py.yaml", "2") == distribution(_module("yaml.__main__", tmp_path))

    def test_many_of_a_like_name(self, tmp_path: Path) -> None:
        """Of more than 64 of a like name none is looked into."""
        for number in range(65):
            _install(tmp_path, f"shop{number}", "1", RECORD="shop.py,,\n" if number == 64 else "")

        assert distribution(_module("shop", tmp_path)) is None

    @pytest.mark.parametrize(("size", "found"), [(250_000, True), (350_000, False)])
    def test_large_lists(self, size: int, found: bool, tmp_path: Path) -> None:  # noqa: FBT001 (as above)
        """Of their lists no more than 512 KiB is read in all, the shortest first."""
        _install(tmp_path, "PyYAML", "6.0", RECORD="x,,\n" * (size // 4) + "yaml.py,,\n")
        _install(tmp_path, "aaa", "1", RECORD="x" * size)
        _install(tmp_path, "huge", "1", RECORD="x" * 2_000_000)
        _install(tmp_path, "small", "1", RECORD="yaml_small.py,,\nyaml/small.py,,\n")

        assert (("PyYAML", "6.0") if found else None) == distribution(_module("yaml", tmp_path))
        assert ("small", "1") == distribution(_module("yaml.small", tmp_path))

    def test_bytes_in_all(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """However many and large they are, that bound holds."""
        for number in range(63):
            _install(tmp_path, f"dist{number}", "1", RECORD=f"package{number}/module.py,sha256=x,1\n" * 5_000)
        counted: list[int] = []
        real = os.read

        def read(file: int, size: int) -> bytes:
            data = real(file, size)
            counted.append(len(data))
            return data

        monkeypatch.setattr(os, "read", read)

        assert distribution(_module("shop", tmp_path)) is None
        assert 0 < sum(counted) <= 525_000

    @pytest.mark.parametrize(("before", "found"), [(31, True), (32, False)])
    def test_many_folders(self, before: int, found: bool, tmp_path: Path) -> None:  # noqa: FBT001 (as above)
        """Only the first 32 folders are looked into."""
        _install(tmp_path, "checkout", "1")
        program = _module("checkout", "/app", *["/nowhere"] * before, tmp_path)

        assert found == (distribution(program) is not None)

    def test_the_first_folder_wins(self, tmp_path: Path) -> None:
        """As with the module itself."""
        for version in ("2", "1"):
            _install(tmp_path / version, "checkout", version)

        assert ("checkout", "2") == distribution(_module("checkout", "/app", tmp_path / "2", tmp_path / "1"))

    def test_listed_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each folder is listed once, whatever is looked for."""
        listed: list[str] = []
        real = os.listdir
        monkeypatch.setattr(os, "listdir", lambda path: listed.append(path) or real(path))
        distribution(_module("checkout.cli", tmp_path))
        distribution(_command(tmp_path, "serve", "from a import b\nfrom c import d\n"))

        assert [str(tmp_path)] * 2 == listed

    def test_below_the_working_directory(self, tmp_path: Path) -> None:
        """A folder that isn't absolute lies below the working directory."""
        _install(tmp_path / "lib", "checkout", "1")
        for folder, path in ((tmp_path, "lib"), (tmp_path / "lib", "")):
            program = Program("checkout", "/app/checkout.py", "/usr/bin/python", [path], str(folder))

            assert ("checkout", "1") == distribution(program)

    @pytest.mark.parametrize("name", ["uvicorn", "gunicorn.app", "celery.__main__", "pytest", "http.server", "asyncio"])
    def test_runner(self, name: str, tmp_path: Path) -> None:
        """What runs the programs of others says nothing about them."""
        _install(tmp_path, name.partition(".")[0], "1")

        assert distribution(_module(name, tmp_path)) is None

    def test_runners_are_normal(self) -> None:
        """The table's names are spelled as they are compared."""
        assert set() == {each for each in RUNNERS if each != each.lower().replace("-", "_").replace(".", "_")}

    def test_not_installed(self, tmp_path: Path) -> None:
        """A package that nobody installed has no distribution."""
        folders = [tmp_path, "", "\x00", tmp_path / "x.zip"]

        assert distribution(_module("checkout", tmp_path, *folders)) is None

    def test_archive(self, tmp_path: Path) -> None:
        """An archive or folder that is run has no package."""
        _install(tmp_path, "main", "1")

        assert distribution(_module("__main__", tmp_path)) is None

    @pytest.mark.parametrize(
        "text", ["\udcff\udcfe", "Version: 1\n", "Name: a\x1b[2J\nVersion: 1\n", "Name:\n"], ids=ascii
    )
    def test_broken(self, text: str, tmp_path: Path) -> None:
        """Metadata without a proper name counts for nothing."""
        (tmp_path / "checkout-1.dist-info").mkdir()
        (tmp_path / "checkout-1.dist-info" / "METADATA").write_bytes(text.encode("utf-8", "surrogateescape"))

        assert distribution(_module("checkout", tmp_path)) is None

    def test_one_broken_of_two(self, tmp_path: Path) -> None:
        """What an update left behind doesn't hide what is there."""
        (tmp_path / "checkout-1.dist-info").mkdir()
        _install(tmp_path, "checkout", "2")

        assert ("checkout", "2") == distribution(_module("checkout", tmp_path))


def _command(folder: Path, name: str, text: str = "", **more: Any) -> Program:
    path = folder / "bin" / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(text)
    return Program(file=str(path), executable=str(path.with_name("python")), path=[str(folder)])._replace(**more)


class TestCommand:
    """A command that an installation wrote beside the interpreter."""

    TEXT = "#!/usr/bin/python\nimport sys\nfrom acme_checkout.cli import main\nif __name__ == '__main__':\n    main()\n"

    @pytest.mark.parametrize(
        "text", [TEXT, "__requires__ = 'acme-checkout==1.4.2'\n", "__requires__ = 'acme-checkout'\n"]
    )
    def test_its_package(self, text: str, tmp_path: Path) -> None:
        """What the command imports or requires names the distribution, which declares the command."""
        _install(tmp_path, "acme-checkout", "1.4.2", **_SERVES)

        assert ("acme-checkout", "1.4.2") == distribution(_command(tmp_path, "serve", text))

    @pytest.mark.parametrize("name", ["checkout", "checkout-script.py", "checkout-script.pyw"])
    def test_its_name(self, name: str, tmp_path: Path) -> None:
        """Else the command's own name does."""
        _install(tmp_path, "checkout", "1.4.2", **{"entry_points.txt": "[gui_scripts]\ncheckout = a:b\n"})

        assert ("checkout", "1.4.2") == distribution(_command(tmp_path, name))

    @pytest.mark.parametrize("text", ["", TEXT])
    def test_another_name(self, text: str, tmp_path: Path) -> None:
        """A distribution by quite another name is found by the command it declares."""
        _install(tmp_path, "platform", "1.4.2", **_SERVES)
        _install(tmp_path, "other", "1", **{"entry_points.txt": "[x.plugins]\nserve = a:b\n"})

        assert ("platform", "1.4.2") == distribution(_command(tmp_path, "serve", text))

    def test_declared_by_several(self, tmp_path: Path) -> None:
        """Where several declare it, nobody knows whose it is."""
        for name in ("carts", "orders"):
            _install(tmp_path, name, "1", **_SERVES)

        assert distribution(_command(tmp_path, "serve")) is None

    @pytest.mark.parametrize("folder", ["", "Scripts"])
    def test_windows(self, folder: str, tmp_path: Path) -> None:
        """There a command is a program with an archive behind it, beside the interpreter or in a folder of its own."""
        _install(tmp_path, "acme-checkout", "1.4.2", **_SERVES)
        program = _command(tmp_path, "python.exe", file=str(tmp_path / "bin" / folder / "serve.exe" / "__main__.py"))

        assert ("acme-checkout", "1.4.2") == distribution(program._replace(module="__main__"))

    @pytest.mark.parametrize("text", [TEXT, "from requests import get\n", ""])
    def test_not_declared(self, text: str, tmp_path: Path) -> None:
        """What no distribution declares was put there by somebody, and isn't named after what it imports."""
        for name in ("requests", "acme-checkout", "serve"):
            _install(tmp_path, name, "1", **{"entry_points.txt": "[x.plugins]\nserve = a:b\n"})

        assert distribution(_command(tmp_path, "serve", text)) is None

    @pytest.mark.parametrize(
        ("name", "package"),
        [("uvicorn", "uvicorn.main"), ("py.test", "pytest"), ("serve", "flask.cli")],
    )
    def test_runner(self, name: str, package: str, tmp_path: Path) -> None:
        """A runner's command is one by its name or by what it imports."""
        _install(tmp_path, name, "1", **{"entry_points.txt": f"[console_scripts]\n{name} = {package}:main\n"})

        assert distribution(_command(tmp_path, name, f"from {package} import main\n")) is None

    @pytest.mark.parametrize(
        "path", ["app/checkout", "bin/checkout.py", "app/main.py", "app/bin/serve", "bin/__main__.py"]
    )
    def test_any_script(self, path: str, tmp_path: Path) -> None:
        """A script of one's own isn't installed, and isn't named after what it imports."""
        for name in ("checkout", "acme-checkout"):
            _install(tmp_path, name, "1", **{"entry_points.txt": "[console_scripts]\nserve = a:b\ncheckout = a:b\n"})
        program = _command(tmp_path, "python")
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(self.TEXT)

        assert distribution(program._replace(file=str(tmp_path / path))) is None

    @pytest.mark.parametrize("nothing", [{"file": ""}, {"executable": ""}])
    def test_no_file(self, nothing: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The prompt, `-c` and embedded interpreters have none."""
        _install(tmp_path, "acme-checkout", "1.4.2", **_SERVES)
        program = _command(tmp_path, "serve", self.TEXT, **nothing)
        # Where what isn't there would be taken for a neighbour.
        (tmp_path / "bin" / "folder").mkdir()
        monkeypatch.chdir(tmp_path / "bin" / "folder")

        assert distribution(program) is None


class TestRelative:
    """A main module or an interpreter that isn't told by its full path."""

    def test_below_the_working_directory(self, tmp_path: Path) -> None:
        """It lies below the working directory."""
        _install(tmp_path, "acme-checkout", "1.4.2", **_SERVES)
        _command(tmp_path, "serve", TestCommand.TEXT)
        program = Program(file="../bin/serve", executable="bin/python", path=[""], folder=str(tmp_path))

        assert ("acme-checkout", "1.4.2") == distribution(program._replace(file="bin/serve"))
        assert distribution(program) is None

    @pytest.mark.parametrize(("file", "executable"), [("app", "/bin/python"), ("/bin/app", "python"), ("a", "b")])
    def test_the_folder_is_gone(
        self, file: str, executable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Where that was deleted, nobody knows where it lies, and nothing fails."""
        (tmp_path / "gone").mkdir()
        monkeypatch.chdir(tmp_path / "gone")
        (tmp_path / "gone").rmdir()

        assert distribution(Program(file=file, executable=executable, path=[""])) is None


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
        _install(tmp_path, "acme-checkout", "1.4.2", **_SERVES)
        (tmp_path / "acme_checkout.py").write_text(f"def main():\n    exec({self.SHOWS!r})\n")
        (tmp_path / "bin").mkdir()
        beside = f"import sys\nsys.executable = {str(tmp_path / 'bin' / 'python')!r}\n"
        (tmp_path / "bin" / "serve").write_text(f"{beside}from acme_checkout import main\nmain()\n")

        assert "acme-checkout|package acme-checkout" == self._run(tmp_path, str(tmp_path / "bin" / "serve"))

    def test_archive(self, tmp_path: Path) -> None:
        """So is the command of Windows, an archive that is run."""
        _install(tmp_path, "serve-carts", "1.4.2", **_SERVES)
        (tmp_path / "bin").mkdir()
        with zipfile.ZipFile(tmp_path / "bin" / "serve.exe", "w") as archive:
            beside = f"import sys\nsys.executable = {str(tmp_path / 'bin' / 'python')!r}\n"
            archive.writestr("__main__.py", f"{beside}{self.SHOWS}")

        assert "serve-carts|package serve-carts" == self._run(tmp_path, str(tmp_path / "bin" / "serve.exe"))

    def test_the_folder_is_gone(self, tmp_path: Path) -> None:
        """An archive that is run by a relative path, and whose folder is deleted before it asks, starts."""
        (tmp_path / "gone").mkdir()
        gone = "import os, shutil\nshutil.rmtree(os.getcwd())\n"
        program = f"from structlog_enrich import preset\nfrom structlog_enrich.resource import detect\n{gone}preset()\n"
        with zipfile.ZipFile(tmp_path / "gone" / "serve", "w") as archive:
            archive.writestr("__main__.py", program + self.SHOWS)
        done = subprocess.run(
            [sys.executable, "./serve"], cwd=tmp_path / "gone", capture_output=True, encoding="utf-8", check=False
        )

        assert ("", 0) == (done.stderr, done.returncode)
        assert done.stdout.strip().endswith("|default")

    def test_text(self, tmp_path: Path) -> None:
        """`python -c` is nobody."""
        assert self._run(tmp_path, "-c", self.SHOWS).endswith("|default")
