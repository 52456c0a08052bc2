"""A planted canary, in every shape, position and container that Hypothesis can think of."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.judge.bypass.canaries import Canary
from benchmarks.judge.bypass.planting import Case, Planting, judged
from structlog_enrich.processors import DEFAULT_LIMITS, Limits
from tests.never_raises.strategies import Recipe, made
from tests.never_raises.strategies import values as anything
from tests.processors.redaction.hiding import AS_TEXT, KEYS, WAYS, held, texts, values

NAMES = st.sampled_from(["fuzz 1", "fuzz 2", "fuzz 3"])
LENGTHS = st.integers(16, 60)
SECRETS = st.builds(lambda name, length: (name, Canary(name).made(length)), NAMES, LENGTHS)
PLACES = st.sampled_from(sorted(WAYS.keys() - set(AS_TEXT)))
LIMITS = st.builds(
    Limits,
    max_string=st.integers(64, 200),
    max_items=st.integers(1, 6),
    max_depth=st.integers(1, 5),
    max_stack=st.integers(64, 2_000),
    max_line=st.sampled_from([8_192, 131_072]),
)


def check(
    name: str,
    way: str,
    recipe: Recipe,
    limits: Limits = DEFAULT_LIMITS,
    *,
    can_be_watched: bool = True,
    is_long: bool = False,
) -> None:
    """Log a value, and assert that nothing was raised or changed, and that the line is right and shows no canary."""

    def log(planting: Planting) -> None:
        planting.limits = limits
        if not can_be_watched:
            planting.through = planting.timed  # type: ignore[method-assign]
        WAYS[way](planting, made(recipe))

    verdict = judged(Case(name, log, says=False, lines=None))
    # JSON and a `repr` become a text, and a cut leaves half of one: another look at it may find more, never less.
    is_made_text = way in {*AS_TEXT, "message", "span"} or limits is not DEFAULT_LIMITS or is_long
    faults = [each for each in verdict.faults if not (is_made_text and each.startswith("another pass"))]
    assert ((), []) == (verdict.leaks, faults), verdict.lines.decode()
    assert verdict.lines


@st.composite
def planted(draw: st.DrawFn, *, as_text: bool = False) -> tuple[str, Recipe]:
    """Draw a value in which a canary stands, and the canary's name."""
    name, secret = draw(SECRETS)
    return name, draw(values(secret, as_text=as_text))


@st.composite
def long_texts(draw: st.DrawFn) -> tuple[str, Recipe]:
    """Draw a text with a canary near the place where it is cut or no longer looked at."""
    name, secret = draw(SECRETS)
    at = draw(st.sampled_from([64, 8_192, 32_768, 65_536, 131_072])) + draw(st.integers(-150, 20))
    filling = draw(st.sampled_from(["x ", "\u00e9 ", "\n", "a=1 ", "= ", "\U0001f511", "' ", "{", "key: ", "@ "]))
    behind = draw(st.sampled_from(["", " ", " y" * 80, "\n" * 9_000]))
    size = max(at, 0) // (len(filling.encode()) if draw(st.booleans()) else len(filling))
    inner = draw(texts(secret, around=st.just(""), bare=True))
    return name, Recipe(
        f"{filling!r} * {size}, {inner!r}, {behind!r:.10}", lambda: f"{filling * size} {made(inner)}{behind}"
    )


class TestCanaries:
    """Whatever holds a secret, no eight characters of it are written, and the line is right."""

    @settings(max_examples=150)
    @given(planted(), PLACES)
    def test_in_anything(self, planting: tuple[str, Recipe], way: str) -> None:
        """Under a secret's key or in a text, in containers in containers, wherever it is logged."""
        check(planting[0], way, planting[1])

    @settings(max_examples=100)
    @given(planted(as_text=True), st.sampled_from(sorted(WAYS)))
    def test_written_as_text(self, planting: tuple[str, Recipe], way: str) -> None:
        """Within objects that only their `repr` tells of, exceptions and messages put together."""
        check(planting[0], way, planting[1])

    @settings(max_examples=60)
    @given(planted(), PLACES, LIMITS)
    def test_around_the_limits(self, planting: tuple[str, Recipe], way: str, limits: Limits) -> None:
        """Where a cut goes through it, too."""
        check(planting[0], way, planting[1], limits)

    @settings(max_examples=25)
    @given(long_texts(), PLACES)
    def test_in_long_texts(self, planting: tuple[str, Recipe], way: str) -> None:
        """At any distance from where a text is cut, and from where no look reaches."""
        check(planting[0], way, planting[1], is_long=True)

    @settings(max_examples=40)
    @given(SECRETS, st.sampled_from(KEYS), anything, PLACES, st.data())
    def test_beside_what_fails_and_lies(
        self, canary: tuple[str, str], key: str, odd: Recipe, way: str, data: st.DataObject
    ) -> None:
        """Objects that fail and lie above, under and beside it hide nothing."""
        name, secret = canary
        recipe = Recipe(
            f"{key!r} beside {odd!r}", lambda: {"odd": made(odd), key: secret, "under": {key: [made(odd), secret]}}
        )
        check(name, way, data.draw(held(recipe, most=2)), can_be_watched=False)
