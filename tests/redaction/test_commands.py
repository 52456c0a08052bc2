"""Secrets among the arguments of a command."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.redaction.commands import named_arguments

SECRET = "hunter" + "2"


def named(line: str) -> dict[int, str]:
    """Return what is named among the words of *line*; `_` stands for what is no text."""
    words = [None if word == "_" else word for word in line.split()]
    return named_arguments(words, [at for at, word in enumerate(words) if word is not None and word.startswith("-")])


class TestOptions:
    """What follows an option stands under its name."""

    @pytest.mark.parametrize(
        ("expected", "line"),
        [
            ({2: "password"}, "psql --password hunter2"),
            ({2: "api-key"}, "run --api-key hunter2"),
            ({1: "token"}, "--token hunter2"),
            ({2: "x"}, "run -x hunter2"),
            ({2: "a", 4: "b"}, "run --a x --b y"),
            ({}, "run --password=hunter2"),
            ({}, "run --password"),
            ({3: "verbose"}, "run --password --verbose x"),
            ({3: "v"}, "run --password -v x"),
            ({}, "run --verbose --password=hunter2"),
            ({2: "password"}, "run --password -h-nter2 x"),
            ({2: "password"}, "run --password ---2 x"),
            ({2: "password"}, "run --password _"),
            ({2: ""}, "run -- hunter2"),
        ],
    )
    def test_names(self, expected: dict[int, str], line: str) -> None:
        """Another option isn't a value, what else begins with a dash is one; the last has nothing behind it."""
        assert expected == named(line)


class TestCommands:
    """The passwords of well-known commands, in one letter."""

    @pytest.mark.parametrize(
        ("place", "line"),
        [
            (1, "mysql -phunter2"),
            (1, "/usr/bin/mysqldump -phunter2"),
            (2, "sudo mysqladmin -phunter2"),
            (3, "env A=1 mysql -phunter2"),
            (2, "sshpass -p hunter2 ssh host"),
            (1, "sshpass -phunter2 ssh host"),
            (5, "docker login -u me -p hunter2"),
            (2, "curl -u me:hunter2 host"),
            (2, "curl --user me:hunter2 host"),
            (2, "curl -b sid=hunter2 host"),
            (2, "redis-cli -a hunter2"),
            (1, "7z -phunter2 x"),
            (2, "unzip -P hunter2 x"),
            (1, "unzip -Phunter2 x"),
            (4, "ldapsearch -x -D -w hunter2"),
        ],
    )
    def test_known(self, place: int, line: str) -> None:
        """It is a password, glued to the option or behind it, whatever stands before the command."""
        assert "password" == named(line).get(place, ""), named(line)

    @pytest.mark.parametrize(
        "line",
        [
            "ssh -p 2222 host",
            "docker run -p 8080:80 image",
            "curl -u me host",
            "curl -b jar.txt host",
            "mysql -p shop",
            "mysql -u root",
            "redis-cli -n 2",
            "-p mysql",
            "a b c d e f g h mysql -phunter2",
            "unzip -l x",
        ],
    )
    def test_others(self, line: str) -> None:
        """A port, a user alone, a file of cookies and an option without its value are none."""
        assert "password" not in named(line).values()


class TestAnything:
    """Whatever stands in a list."""

    @given(
        words=st.lists(
            st.none()
            | st.sampled_from(["mysql", "curl", "docker", "login", "-p", "-u", "--a", "-", "--", SECRET, "a:b"]),
            max_size=12,
        )
    )
    def test_places(self, words: list[str | None]) -> None:
        """Only places of the list are named, and never by an option's dashes; nothing raises."""
        options = [at for at, word in enumerate(words) if word is not None and word.startswith("-")]
        found = named_arguments(words, options) if options else {}
        assert found.keys() <= set(range(len(words)))
        assert not any(name.startswith("-") for name in found.values())
