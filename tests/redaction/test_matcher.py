"""Paths, followed through events."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.matcher import PathMatcher
from structlog_enrich.redaction.paths import Like, Wildcard, parse_path

if TYPE_CHECKING:
    from structlog_enrich.redaction.paths import Segment

NAMES = st.sampled_from(["a", "b", "ab", "B", "x.y", "0", ""])
SEGMENTS = st.sampled_from(["a", "b", "ab", "*", "**", "*b", "a*", '["x.y"]', "[0]", '[""]'])
PATHS = st.lists(SEGMENTS, min_size=1, max_size=5).map(lambda parts: ".".join(parts).replace(".[", "["))


def fits(segments: tuple[Segment, ...], names: list[str]) -> bool:
    """Tell whether a path means what stands under *names*, as one would write it down."""
    if not segments:
        return not names
    first, rest = segments[0], segments[1:]
    if first is Wildcard.DEEP:
        return any(fits(rest, names[skipped:]) for skipped in range(len(names) + 1))
    if not names:
        return False
    alike = first is Wildcard.ONE or first == names[0] or (isinstance(first, Like) and first.fits(names[0]))
    return alike and fits(rest, names[1:])


class TestPathMatcher:
    """`PathMatcher`, which follows many paths at once."""

    @given(st.lists(PATHS, max_size=6), st.lists(st.lists(NAMES, min_size=1, max_size=6), max_size=6))
    def test_as_each_path_alone(self, paths: list[str], places: list[list[str]]) -> None:
        """It finds exactly what the paths mean one by one, the first of several, however often it is asked."""
        matcher = PathMatcher(paths)
        for names in places * 2:
            expected = next((path for path in paths if fits(parse_path(path), names)), None)
            assert expected == matcher.find(*names)

    @given(st.lists(PATHS, min_size=1, max_size=4), st.lists(NAMES, min_size=1, max_size=5))
    def test_a_dead_end_is_one(self, paths: list[str], names: list[str]) -> None:
        """Where it says that no path leads on, none does."""
        state = PathMatcher(paths).start
        for name in names:
            assert state is not None
            state = state.step(name)
            if state is None:
                break
        else:
            return
        assert not any(fits(parse_path(path), names) for path in paths)

    @pytest.mark.parametrize(
        ("expected", "path", "names"),
        [
            (True, "a[0]", ("a", 0)),
            (True, 'a["0"]', ("a", 0)),
            (True, "a.*", ("a", 7)),
            (False, "a[1]", ("a", 0)),
            (True, "**.password", ("password",)),
            (True, "**.password", ("a", 0, "b", "password")),
            (False, "a.**", ("a",)),
            (True, "a.**", ("a", "b", "c")),
            (True, "a.**.c", ("a", "c")),
            (True, "*secret", ("client_secret",)),
            (False, '["*secret"]', ("client_secret",)),
            (False, "Password", ("password",)),
        ],
    )
    def test_places(self, expected: object, path: str, names: tuple[str | int, ...]) -> None:
        """Indices are names of digits; `**` is any number of levels, at the end at least one."""
        assert expected == (PathMatcher([path]).find(*names) is not None)

    def test_case(self) -> None:
        """Asked to, it ignores case in paths and in names alike, in parts of names too."""
        matcher = PathMatcher(["User.PassWord", "*.*SECRET"], ignore_case=True)
        assert ["User.PassWord", "*.*SECRET"] == [matcher.find("USER", "password"), matcher.find("a", "clientSecret")]

    def test_no_paths(self) -> None:
        """No paths lead nowhere."""
        assert (None, None) == (PathMatcher([]).start, PathMatcher(()).find("a"))

    def test_no_event_makes_it_grow(self) -> None:
        """Names without end change no answer and are forgotten again."""
        matcher = PathMatcher(["**.a.*.b", "**.c.*.*.d", "**.*x.**.y"])
        for number in range(5_000):
            assert None is matcher.find(f"n{number}", number, f"n{number}")
        assert matcher.start is not None
        assert "**.a.*.b" == matcher.find("q", "a", "r", "b")
        assert 1_024 >= len(matcher.start._steps)  # noqa: SLF001 (what is measured)

    def test_states_have_an_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """When there are too many states, they are forgotten and the answers stay right."""
        monkeypatch.setattr("structlog_enrich.redaction.matcher._MOST_STATES", 4)
        paths = ["**.a.*.*.*.*.b", "**.b.*.*.*.a"]
        matcher = PathMatcher(paths)
        for number in range(512):
            names = [*("ab"[number >> at & 1] for at in range(9))]
            expected = next((path for path in paths if fits(parse_path(path), names)), None)
            assert expected == matcher.find(*names)

    @pytest.mark.parametrize("paths", ["a.b", b"a", 5, None])
    def test_not_several(self, paths: Any) -> None:
        """One text is none of several."""
        with pytest.raises(ConfigurationError, match=r"^paths must be several texts, not "):
            PathMatcher(paths)

    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
    def test_copies(self, copied: Any) -> None:
        """A copy is equal and finds the same; the names that were seen stay with the original."""
        matcher = PathMatcher(["a.*"], ignore_case=True)
        matcher.find("a", "hunter2")
        other = copied(matcher)
        assert (matcher, hash(matcher), "a.*") == (other, hash(other), other.find("A", "x"))
        assert b"hunter2" not in pickle.dumps(matcher)
        assert other != PathMatcher(["a.*"])
        assert other != "a.*"

    def test_repr(self) -> None:
        """The `repr` is what it was made of."""
        assert "PathMatcher(['a.*'])" == repr(PathMatcher(["a.*"]))
        assert "PathMatcher(['a'], ignore_case=True)" == repr(PathMatcher(["a"], ignore_case=True))
