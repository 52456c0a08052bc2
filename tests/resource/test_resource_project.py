"""What `pyproject.toml` says."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from structlog_enrich.resource.project import project

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

# What a careless reader takes for something else.
_TRAPS = (
    "[tool.x]",
    "]",
    "[",
    "{",
    "}",
    "#",
    "=",
    "name = 'no'",
    'version = "9"',
    "\u2028",
    "\x85",
    "'",
    '"',
    ",",
)
_BLANK = st.sampled_from(["", "", " ", "\t", "  "])
_WORDS = st.lists(st.sampled_from([*_TRAPS, "a", "shop", "1.0", "é", " "]), max_size=3).map("".join)
_KEYS = ("name", "version", "dynamic", "names", "version-x", "x")


def _rarely(ordinary: list[str], strange: list[str]) -> SearchStrategy[str]:
    # Most documents must be such that the parser isn't asked.
    return st.integers(0, 19).flatmap(lambda dice: st.sampled_from(strange if dice == 19 else ordinary))


def _escaped(text: str) -> str:
    named = text.replace("\\", "\\\\").replace('"', '\\"')
    return "".join(each if each.isprintable() or each in "\u2028\x85" else f"\\u{ord(each):04x}" for each in named)


def _string(text: str) -> SearchStrategy[str]:
    basic = _escaped(text)
    plain = [f'"{basic}"'] if basic == text else []
    plain += [f"'{text}'"] if text.isprintable() and "'" not in text else []
    return _rarely(
        plain or [f'"{basic}"'], [f'"{basic}"', f'"""{basic}"""', f'"""\n{basic}\n[project]\nname = \'no\'"""']
    )


_STRINGS = _WORDS.flatmap(_string)
_COMMENTS = st.one_of(st.just(""), st.just(""), _WORDS.map(lambda text: f" # {text}"))
_SCALARS = st.one_of(_STRINGS, st.sampled_from(["1", "true", "-inf", "1979-05-27", "[]", "{}", "{name = 'no'}"]))


def _arrays(items: SearchStrategy[str]) -> SearchStrategy[str]:
    rows = st.lists(st.tuples(_BLANK, items, _BLANK, _COMMENTS), max_size=3)
    broken = rows.map(lambda row: "[\n" + "".join(f"{a}{item}{b},{c}\n" for a, item, b, c in row) + "]")
    return broken | st.lists(items, max_size=3).map(lambda row: f"[{', '.join(row)}]")


_VALUES = st.recursive(_SCALARS, _arrays, max_leaves=5)


def _spelled(name: str) -> SearchStrategy[str]:
    return _rarely([name], [f'"{name}"', f"'{name}'", f'"{name[:-1]}\\u{ord(name[-1]):04x}"'])


@st.composite
def _pairs(draw: DrawFn) -> list[str]:
    lines = []
    for name in draw(st.permutations(_KEYS))[: draw(st.integers(3, len(_KEYS)))]:
        key = draw(_spelled(name)) + draw(_rarely([""], [".a", " . 'b'"]))
        blanks = [draw(_BLANK) for _ in range(3)]
        value = draw(_STRINGS if name in {"name", "version"} else _VALUES)
        lines.append(f"{blanks[0]}{key}{blanks[1]}={blanks[2]}{value}{draw(_COMMENTS)}")
        lines += draw(st.sampled_from([[], [""], ["\t# [project]"]]))
    return lines


@st.composite
def _headers(draw: DrawFn, names: list[str]) -> str:
    a, b = draw(_BLANK), draw(_BLANK)
    inner = f"{draw(_BLANK)}.{draw(_BLANK)}".join([draw(_spelled(each)) for each in names])
    opened, closed = ("[[", "]]") if len(names) > 1 and draw(st.booleans()) else ("[", "]")
    return f"{a}{opened}{b}{inner}{b}{closed}{draw(_COMMENTS)}"


@st.composite
def _documents(draw: DrawFn) -> tuple[list[str], str]:
    """Return a valid document's lines, most of the time, and what ends each."""
    tables = [
        ["project"],
        ["tool", "x"],
        ["project", "urls"],
        ["project", "version"],
        ["project", "name"],
        ["tool", "y"],
    ]
    chosen = draw(st.lists(st.sampled_from(tables), unique_by=tuple, max_size=4))
    lines = draw(st.sampled_from([[], [], ["x = 1"], ["tool.name = 'no'"], ["x = [", " [1],", "]"]]))
    for names in chosen if ["project"] in chosen else [["project"], *chosen]:
        lines = [*lines, draw(_headers(names)), *draw(_pairs())]
    return lines, draw(st.sampled_from(["\n", "\n", "\r\n"]))


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
            "[project]\nname = 'shop'\n  [tool.poetry]\nname = 'no'\nversion = '9'\n\n[project.urls]\n",
            "  [ project ] \nname = 'shop'\n\t[tool.poetry]\nversion = '9'\n",
            "[project]\nname = 'shop'\nx = [\n[1],\n]\nversion = '1.0'\n",
            "[project]\nname = 'shop'\nx = [ # ]\n ']',\n  ['a',\n   {b = [2, 3]}], # [\n]\nversion = '1.0'\n",
            "[project]\nname = 'shop'\n'version'='1.0'\n",
            "[project]\nname = 'shop'\n# a\u2028name = 'no'\u2028[x]\nversion = '1.0' # b\x85version = '9'\n",
            "[project]\nname = 'shop'\ndescription = 'a\u2028[tool.x]\x85version = 9'\nversion = '1.0'\n",
            "[project]\r\n\tname = 'shop'\r\n\r\n  version = '1.0'\t# no\r\n",
            "[project]\nname = 'shop'\n[tool.x]\nversion = '9'\n",
            "[project]\nname = 'shop'\ndynamic = ['x']\n[project.version]\nversion = '9'\n",
            "[[\"project\" . 'version']]\nversion = '9'\n[project]\nname = 'shop'\ndynamic = ['x']\n",
            "[project.'versio\\u006e']\n[project]\nname = 'shop'\ndynamic = ['x']\n",
            "[project]\nname = 'shop'\ndynamic = ['x']\nversion.a = '1.0'\n",
        ],
    )
    def test_spellings(self, text: str, tmp_path: Path) -> None:
        """Whatever TOML allows, as TOML means it."""
        (tmp_path / "pyproject.toml").write_text(text)
        meant = tomllib.loads(text)["project"]

        assert "shop" == meant["name"]
        assert (meant["name"], meant.get("version")) == project(str(tmp_path))

    @settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
    @given(_documents())
    def test_whatever_the_layout(self, document: tuple[list[str], str]) -> None:
        """However a file is laid out, it says what it says to TOML's own parser."""
        lines, newline = document
        text = newline.join(lines)
        try:
            meant = tomllib.loads(text).get("project")
        except tomllib.TOMLDecodeError:
            # What is said twice: valid alone, not together.
            reject()
        expected = (meant.get("name"), meant.get("version")) if isinstance(meant, dict) else None
        with TemporaryDirectory() as folder:
            Path(folder, "pyproject.toml").write_bytes(text.encode())

            assert expected == project(folder)

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
            "[project]\nname = 'shop\n",
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
