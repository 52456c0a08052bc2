"""A table that fits: what it leaves out first, and what it cuts at last."""

from __future__ import annotations

import pytest

from structlog_enrich.demo.table import table

_ROWS = [
    ("id", "name", "kind", "bar"),
    ("7", "a name of some length", "client", "━━━━"),
    ("12", "short", "server", "━"),
]


class TestTable:
    """Columns stand straight, however wide the terminal is."""

    def test_room(self) -> None:
        """With room for all nothing is changed, and nothing trails."""
        expected = """\
id  name                   kind    bar
 7  a name of some length  client  ━━━━
12  short                  server  ━"""
        assert expected == table(_ROWS, 39, name=1, right={0}, spare=(3, 2))

    def test_spare(self) -> None:
        """The columns that can be spared go one after the other, no more of them than need be."""
        assert "id  name                   kind" == table(_ROWS, 38, name=1, spare=(3, 2)).split("\n")[0]
        assert "id  name" == table(_ROWS, 32, name=1, spare=(3, 2)).split("\n")[0]

    def test_name(self) -> None:
        """Then names are cut, and it is to be seen that they are."""
        expected = """\
id  name                  kind    bar
7   a name of some leng…  client  ━━━━
12  short                 server  ━"""
        assert expected == table(_ROWS, 38, name=1)

    @pytest.mark.parametrize("width", [1, 12])
    def test_no_room(self, width: int) -> None:
        """A beginning of each name stays, though there be no room for it."""
        assert "7   a name …" == table(_ROWS, width, name=1, spare=(3, 2)).split("\n")[1]
