"""The syntax of paths."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.paths import Like, Wildcard, parse_path


class TestRejected:
    """Paths that are none."""

    @pytest.mark.parametrize(
        ("path", "message"),
        [
            ("a..b", "paths needs a name at 2, not 'a..b'"),
            (".a", "paths needs a name at 0, not '.a'"),
            ("a.", "paths needs a name at 2, not 'a.'"),
            ("a b", "paths needs `.` or `[` at 1, not 'a b'"),
            ("a.[0]", "paths needs a name at 2, not 'a.[0]'"),
            ("a[0]b", "paths needs `.` or `[` at 4, not 'a[0]b'"),
            ("a[", "paths needs an index, `*` or a quoted name at 2, not 'a['"),
            ("a[]", "paths needs an index, `*` or a quoted name at 2, not 'a[]'"),
            ("a['x]", 'paths needs an index, `*` or a quoted name at 2, not "a[\'x]"'),
            ("a[0", "paths needs `]` at 3, not 'a[0'"),
            ("a['x'", "paths needs `]` at 5, not \"a['x'\""),
            ("a]", "paths needs `.` or `[` at 1, not 'a]'"),
            ("a.b**", "paths needs `**` to stand alone at 3, not 'a.b**'"),
            ("***", "paths needs `**` to stand alone at 0, not '***'"),
            ("", "paths must hold paths of 1 to 1024 characters, not one of 0 ('')"),
            (5, "paths must hold texts, not 5"),
            ("a[-1]", "paths needs an index, `*` or a quoted name at 2, not 'a[-1]'. [0] is the first element"),
            ("a[00]", "paths needs an index, `*` or a quoted name at 2, not 'a[00]'. [0] is the first element"),
            ("a[1:3]", "paths needs `]` at 3, not 'a[1:3]'. [0] is the first element, [*] each of them"),
            ("a[?]", "paths needs an index, `*` or a quoted name at 2, not 'a[?]'. [0] is the first element"),
            ("/a/b", "paths needs a name at 0, not '/a/b'. A path begins with the topmost name"),
            ("$.a", "paths needs a name at 0, not '$.a'. A path begins with the topmost name"),
            ("a..b", "paths needs a name at 2, not 'a..b'. Any number of levels is `**`: payload.**.city"),
            ("a.", "paths needs a name at 2, not 'a.'. A dot stands between two names, and nowhere else"),
            ("a.[*]", "paths needs a name at 2, not 'a.[*]'. A dot stands between two names"),
            ("a[0]b", "paths needs `.` or `[` at 4, not 'a[0]b'. A dot stands between two names"),
            ("a.x?", "paths needs `.` or `[` at 3, not 'a.x?'. Any part of a name is `*`; other characters need"),
            ("a.%", "paths needs a name at 2, not 'a.%'. Any part of a name is `*`; other characters need quotes"),
            ("a.{b,c}", "paths needs a name at 2, not 'a.{b,c}'. Any part of a name is `*`; other characters need"),
        ],
    )
    def test_says_what_and_where(self, path: Any, message: str) -> None:
        """The message names the text, what is wrong and at which character."""
        with pytest.raises(ConfigurationError, match=rf"^{re.escape(message)}"):
            parse_path(path)

    @pytest.mark.parametrize("path", ["a b", "x.a b.c", "a/b", "x[0].a:b", "a.ü?"])
    def test_how_it_is_spelled(self, path: str) -> None:
        """The remedy holds the name as a path takes it."""
        with pytest.raises(ConfigurationError, match="other characters need quotes") as caught:
            parse_path(path)
        spelled = caught.value.remedy.rpartition(": ")[2]
        assert spelled[2:-2] in path
        assert (spelled[2:-2],) == parse_path(spelled)

    @given(st.text(alphabet="ab.[]*\"'`\\ 0-/$?:", max_size=12))
    def test_any_text(self, text: str) -> None:
        """Any text is a path or is refused as one, and no other way."""
        try:
            segments: tuple[Any, ...] = parse_path(text)
        except ConfigurationError:
            return
        assert segments

    def test_long_paths(self) -> None:
        """A path that is too long is refused in a short message."""
        with pytest.raises(ConfigurationError, match=r"^paths must hold paths of 1 to 1024 characters") as caught:
            parse_path("a." * 100_000)
        assert 200 > len(str(caught.value))


class TestParsePath:
    """`parse_path`, the segments of a path."""

    @pytest.mark.parametrize(
        ("expected", "path"),
        [
            (("a", "b", Wildcard.ONE, "c"), "a.b[*].c"),
            (("x-y",), '["x-y"]'),
            (("a", "b.c"), "a[`b.c`]"),
            (("a", "'x'"), "a['\\'x\\'']"),
            (("", "", "c"), "[''][\"\"].c"),
            (("a", "*", "c"), 'a["*"].c'),
            (("a", "-1.2"), "a[-1.2]"),
            (("a", "0"), "a[0]"),
            (("@timestamp", "$ref", "größe", "b"), "@timestamp.$ref.größe[b]"),
            ((Wildcard.DEEP, "password"), "**.password"),
            (("a", Wildcard.DEEP, Wildcard.ONE), "a.**"),
            ((Wildcard.DEEP, "a"), "**[**].a"),
            ((Like(("", "secret")),), "*secret"),
            ((Like(("x-", "-", "")),), "x-*-*"),
        ],
    )
    def test_segments(self, expected: tuple[Any, ...], path: str) -> None:
        """Dots, brackets, the three quotes and the wildcards mean what pino's documentation says, and more."""
        assert expected == parse_path(path)


class TestLike:
    """`Like`, which names a part."""

    @given(st.text(alphabet="ab*", min_size=1, max_size=8).filter(lambda text: "*" in text), st.text("ab", max_size=10))
    def test_as_a_pattern(self, pattern: str, name: str) -> None:
        """It fits exactly what the same pattern with `.*` fits."""
        expected = re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name) is not None
        assert expected == Like(tuple(pattern.split("*"))).fits(name)
