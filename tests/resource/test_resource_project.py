"""What `pyproject.toml` says."""

from __future__ import annotations

import sys
import tomllib
from typing import TYPE_CHECKING

import pytest

from structlog_enrich.resource.project import project

if TYPE_CHECKING:
    from pathlib import Path


class TestProject:
    """The nearest `[project]`."""

    @pytest.mark.parametrize(
        "text",
        [
            '[project]\nname = "shop"\nversion = "1.0"\n',
            "[build-system]\n\n[project] # who\nname='shop'   # here\nversion='1.0'\n[tool.x]\nname = 'no'\n",
            '[project]\nname = "shop"\nversion = "1.0"\ndescription = """\n[project]\nname = "no"\nversion = 0\n"""\n',
            "[project]\nname = 'shop'\nreadme = '''\n[project]\nname = 'no'\nversion = '0'\n'''\nversion = '1.0'\n",
            "[project]\nname = 'shop'\nversion = '''1.0'''\n",
            '[tool.x]\na = """\n[project]\nname = "no"\nversion = 0\n"""\n[project]\nname = "shop"\nversion = "1.0"\n',
            '[project]\nname = "sh\\u006fp"\nversion = "1.0"\n',
            '[project]\ndescription = """\n[project]\nname = "no"\n"""\nname = "shop"\nversion = "1.0"\n',
            '[project]\n"name" = "shop"\nversion = "1.0"\n',
            "[project]\nname = 'shop'\nversion-x = 'no'\nversion = '1.0'\n",
            "[project]\nname = 'shop'\nversion = '1.0'\nname_of = 5\n",
        ],
    )
    def test_spellings(self, text: str, tmp_path: Path) -> None:
        """Whatever TOML allows, as TOML means it."""
        (tmp_path / "pyproject.toml").write_text(text)
        meant = tomllib.loads(text)["project"]

        assert ("shop", "1.0") == (meant["name"], meant["version"]) == project(str(tmp_path))

    def test_without_the_parser(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """An ordinary file is read without the parser, whose import is dear."""
        (tmp_path / "pyproject.toml").write_text('[project]\nname = "shop"\ndynamic = ["version"]\n')
        monkeypatch.setitem(sys.modules, "tomllib", None)

        assert ("shop", None) == project(str(tmp_path))

    def test_said_before_a_long_string(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where both are said already, what follows needs no parser either."""
        text = '[project]\nname = "shop"\nversion = "1"\ndescription = """\nname = "no"\n"""\n'
        (tmp_path / "pyproject.toml").write_text(text)
        monkeypatch.setitem(sys.modules, "tomllib", None)

        assert ("shop", "1") == project(str(tmp_path))

    @pytest.mark.parametrize("filler", ["#", "é"])
    def test_large(self, filler: str, tmp_path: Path) -> None:
        """A file of up to 131,072 bytes is read whole, a larger one not at all: it might be cut in a string."""
        text = '[project]\nname = "shop"\n##'
        for size, expected in ((131_072, ("shop", None)), (131_074, None)):
            left = (size - len(text)) // len(filler.encode())
            (tmp_path / "pyproject.toml").write_text(text + filler * left, "utf-8")

            assert size == (tmp_path / "pyproject.toml").stat().st_size
            assert expected == project(str(tmp_path))

    def test_upwards(self, tmp_path: Path) -> None:
        """It is looked for up to three levels above."""
        (tmp_path / "pyproject.toml").write_text('[project]\nname = "shop"\n')
        folder = tmp_path / "a" / "b" / "c" / "d"
        folder.mkdir(parents=True)

        assert ("shop", None) == project(str(folder.parent))
        assert project(str(folder)) is None

    @pytest.mark.parametrize("text", ["[tool.poetry]\nname = 'cart'\n", "[tool.x]\n[tool.x.project]\nname = 'cart'\n"])
    def test_the_nearest_is_the_one(self, text: str, tmp_path: Path) -> None:
        """Above a file that describes no project there is another project, such as that of all services together."""
        (tmp_path / "pyproject.toml").write_text('[project]\nname = "shop"\n')
        (tmp_path / "cart").mkdir()
        (tmp_path / "cart" / "pyproject.toml").write_text(text)

        assert project(str(tmp_path / "cart")) is None

    def test_spelled_otherwise(self, tmp_path: Path) -> None:
        """A table may be spelled with blanks, or as a value."""
        for number, text in enumerate(["[ project ]\nname = 'cart'\n", "project = {name = 'cart'}\n"]):
            (tmp_path / str(number)).mkdir()
            (tmp_path / str(number) / "pyproject.toml").write_text(text)

            assert ("cart", None) == project(str(tmp_path / str(number)))

    @pytest.mark.parametrize(
        "text",
        [
            "[project]\noops",
            "[project]\n" + "a = " + "[" * 5_000,
            "project = '[project]'",
            "[project]\n" + " " * 131_072,
        ],
    )
    def test_not_understood(self, text: str, tmp_path: Path) -> None:
        """What can't be read says nothing."""
        (tmp_path / "pyproject.toml").write_text(text)

        assert project(str(tmp_path)) is None

    @pytest.mark.parametrize("folder", ["", "/", "/nowhere", "\x00"])
    def test_nowhere(self, folder: str) -> None:
        """No folder, no file, no error."""
        assert project(folder) is None
