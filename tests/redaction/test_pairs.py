"""Values whose key stands beside them: which name is taken for which, and which lists are only lists."""

from __future__ import annotations

from typing import Any

import pytest

from structlog_enrich.redaction.classifier import DEFAULT_CLASSIFIER
from structlog_enrich.redaction.pairs import NAMES, VALUES, name_beside, named_items


class TestNameBeside:
    """`name_beside`: an entry of a dict that says what another one is."""

    @pytest.mark.parametrize(
        ("mapping", "expected"),
        [
            ({"name": "DB_PASSWORD", "value": "x"}, "DB_PASSWORD"),
            ({"value": "x", "name": "DB_PASSWORD"}, "DB_PASSWORD"),
            ({"key": "api_key", "value": {"stringValue": "x"}}, "api_key"),
            ({"header": b"Authorization", "value": b"x"}, "Authorization"),
            ({"NAME": "DB_PASSWORD", "value": "x"}, "DB_PASSWORD"),
            ({"name": "the shop's", "key": "api_key", "value": "x"}, "api_key"),
            ({"key": 7, "name": "api_key", "value": "x"}, "api_key"),
            ({"name": "", "label": "password", "value": "x"}, "password"),
            ({"name": "x" * 129, "value": "x"}, None),
            ({"name": None, "value": "x"}, None),
            ({"value": "x"}, None),
        ],
    )
    def test_finds_the_name(self, mapping: dict[str, Any], expected: str | None) -> None:
        """The name may stand before or behind, as text or bytes; of several the one that says most counts."""
        assert expected == name_beside(mapping, "value")

    @pytest.mark.parametrize("key", ["val", "Value", "DATA", "content", "text", "input"])
    def test_other_words_for_a_value(self, key: str) -> None:
        """What holds the value goes by several names."""
        assert "password" == name_beside({"field": "password", key: "x"}, key)

    @pytest.mark.parametrize("key", ["name", "type", "vALUE", "n"])
    def test_what_holds_no_value(self, key: str) -> None:
        """Any other entry stands under its own key."""
        assert name_beside({"name": "password", key: "x"}, key) is None

    @pytest.mark.parametrize(
        ("location", "expected"),
        [(("body", "password"), "body.password"), (["logins", 0, "api_key"], "logins.api_key"), ((0, 1), None)],
    )
    def test_the_location_of_an_input(self, location: Any, expected: str | None) -> None:
        """Where a form's error is says what its input was."""
        assert expected == name_beside({"type": "int_parsing", "loc": location, "input": "x"}, "input")

    def test_the_location_of_what_is_missing(self) -> None:
        """The input of a missing field is what it is missing from, whose own keys tell."""
        assert name_beside({"type": "missing", "loc": ("password",), "input": {"user": "x"}}, "input") is None

    def test_a_long_location(self) -> None:
        """The end of it says what it is, however deep that is."""
        found = name_beside({"loc": ["a"] * 500 + ["x" * 200], "input": 1}, "input")
        assert found is not None
        assert 128 == len(found)

    def test_the_words_are_told(self) -> None:
        """Who looks at many dicts can tell by their keys which need the question."""
        assert {"name", "key", "Header", "LABEL"} <= NAMES
        assert {"value", "Value", "VAL", "input"} <= VALUES
        assert NAMES.isdisjoint(VALUES)


class TestPairs:
    """`named_items` of two: a name and its value."""

    @pytest.mark.parametrize(
        "pair",
        [
            ("X-Api-Key", "x"),
            ["X-Api-Key", "x"],
            (b"X-Api-Key", b"x"),
            ("X-Api-Key", ["x", "y"]),
            ("X-Api-Key", None),
            ("X-Api-Key", "-x"),
        ],
    )
    def test_the_first_names_the_second(self, pair: Any) -> None:
        """In texts and in bytes, as in an ASGI scope, and whatever the second is."""
        assert {1: "X-Api-Key"} == named_items(pair)

    @pytest.mark.parametrize("items", [[], ["password"], [1, "x"], ["", "x"], ["x" * 129, "x"], ["a", "b", "c"]])
    def test_what_is_no_pair(self, items: list[Any]) -> None:
        """More or fewer than two, or a first that is no name, name nothing."""
        assert {} == named_items(items)

    @pytest.mark.parametrize(
        ("items", "expected"),
        [
            (["password", "token"], {}),
            (["password", b"api_key"], {}),
            (["password", "hunter2"], {1: "password"}),
            (["password", "MySecret"], {1: "password"}),
            (["password", "token7"], {1: "password"}),
            (["password", 7], {1: "password"}),
        ],
    )
    def test_two_names_of_secrets(self, items: list[Any], expected: dict[int, str]) -> None:
        """Asked for the rules of names, it takes two of secrets for a list of names."""
        assert expected == named_items(items, DEFAULT_CLASSIFIER.classify)


class TestArguments:
    """`named_items` of a command's arguments: what follows an option."""

    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            (["psql", "--password", "x"], {2: "password"}),
            (("psql", "--password", "x", "shop"), {2: "password"}),
            ([b"psql", b"--password", b"x"], {2: "password"}),
            (["--password", "x"], {1: "password"}),
            (["--password", "x", "shop"], {1: "password"}),
            (["curl", "--api-key", "x", "--retry", "3"], {2: "api-key", 4: "retry"}),
            (["java", "-password", "x"], {2: "password"}),
            (["psql", "--password", "-9xK2"], {2: "password"}),
            (["psql", "--password", None], {2: "password"}),
        ],
    )
    def test_an_option_names_what_follows(self, arguments: Any, expected: dict[int, str]) -> None:
        """With one dash or two, in texts or bytes, also in front."""
        assert expected == named_items(arguments)

    @pytest.mark.parametrize(
        "arguments",
        [
            ["psql", "shop", "--password=x"],
            ["psql", "shop", "--password"],
            ["--password"],
            ["psql", "--password", "-f"],
            ["psql", "--no-password", "--host=db"],
            ["psql", "--" + "x" * 200, "x"],
        ],
    )
    def test_an_option_without_a_next(self, arguments: list[str]) -> None:
        """One that has its value glued, that is the last or that stands before another names nothing."""
        assert {} == named_items(arguments)

    @pytest.mark.parametrize(
        ("arguments", "at"),
        [
            (["sshpass", "-p", "x", "ssh", "host"], [2]),
            (["/usr/bin/sshpass", "-px", "ssh"], [1]),
            (["mysql", "-u", "ada", "-px", "shop"], [3]),
            (["sudo", "mysqldump", "-px"], [2]),
            (["curl", "-u", "ada:x", "https://a"], [2]),
            (["curl", "--user", "ada:x"], [2]),
            (["curl", "-b", "sid=x", "https://a"], [2]),
            (["curl", "-b", "jar.txt", "https://a"], []),
            (["docker", "login", "-u", "ada", "-p", "x"], [5]),
            (["redis-cli", "-a", "x", "ping"], [2]),
            (["ldapsearch", "-w", "x"], [2]),
            (["unzip", "-P", "x", "a.zip"], [2]),
        ],
    )
    def test_short_options_of_commands(self, arguments: list[str], at: list[int]) -> None:
        """Those that take a password are known by their command, whatever stands before that."""
        assert at == [index for index, name in named_items(arguments).items() if name == "password"]

    @pytest.mark.parametrize(
        "arguments",
        [
            ["docker", "run", "-p", "8080:80", "nginx"],
            ["curl", "-u", "ada", "https://a"],
            ["mkdir", "-p", "a/b"],
            ["mysql", "shop", "-p"],
            ["mysql", "-P", "3306"],
            ["ls", "-p", "x"],
            ["-p", "mysql"],
        ],
    )
    def test_short_options_of_others(self, arguments: list[str]) -> None:
        """The same letters mean a port, a path or nothing elsewhere."""
        assert "password" not in named_items(arguments).values()


class TestRowsOfDashes:
    """What begins with a row of dashes."""

    def test_are_no_options(self) -> None:
        """The first line of a key names nothing of what stands beside it."""
        kind = " ".join(("PRIVATE", "KEY"))
        assert {} == named_items([1, f"-----BEGIN {kind}-----", "ada"])
