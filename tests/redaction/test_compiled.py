"""A policy, compiled: what is asked for every value."""

from __future__ import annotations

import os
from decimal import Decimal
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any, TypedDict

import pytest
from structlog.exceptions import DropEvent

from structlog_enrich.redaction.compiled import STRATEGY_ERROR, Compiled
from structlog_enrich.redaction.counting import Counters
from structlog_enrich.redaction.sensitive import Sensitive
from structlog_enrich.redaction.strategies import MASK, Call, Drop, Fixed, Partial

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "hunter" + "2"
TEXT = f"login password={SECRET} of ada"
FORK = """
import os, sys
from threading import Event, Thread
from structlog_enrich.redaction import RedactionPolicy, redact_text

policy = RedactionPolicy(keys={"a"})
redact_text(sys.argv[1], policy)
stop = Event()

def work():
    while not stop.is_set():
        redact_text(sys.argv[1], policy)

threads = [Thread(target=work) for _ in range(3)]
for each in threads:
    each.start()
codes = []
for _ in range(5):
    if not (child := os.fork()):
        fresh = RedactionPolicy(keys={"b"})
        left = [redact_text(sys.argv[1], each) for each in (policy, fresh)]
        os._exit(0 if left == [sys.argv[2]] * 2 and fresh.counters == {"password": 1} else 1)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
stop.set()
for each in threads:
    each.join()
print(codes)
"""


class Card(TypedDict):
    """A dict of known keys."""

    number: str


def compiled(**told: Any) -> Compiled:
    """Return what was told, compiled."""
    return Compiled(told, Counters())


def with_counters(**told: Any) -> tuple[Compiled, Counters]:
    """Return what was told, compiled, and where it counts."""
    counters = Counters()
    return Compiled(told, counters), counters


class TestJudge:
    """`judge`: an allowed path, a path, a mark, a key, a type, in this order."""

    def test_paths(self) -> None:
        """A path wins over a key, and an allowed one over both; nothing is found where none leads."""
        asked = compiled(paths=["a.*"], allow=["a.kept"])
        start = asked.start
        assert start is not None
        below = start.step("a")
        assert below is not None
        assert ["a.*", None] == [asked.judge("password", SECRET, below.step(each)) for each in ("x", "kept")]
        assert "password" == asked.judge("password", SECRET, start.step("b"))
        assert [True, False, False] == [asked.keeps(each) for each in (below.step("kept"), below.step("x"), None)]
        assert compiled().start is None

    def test_marks(self) -> None:
        """A mark counts before the key, when its classification does and its name isn't allowed."""
        mark, asked = Sensitive("personal"), compiled(allow=["email"])
        assert ["personal", None] == [asked.judge(each, "x", None, mark) for each in ("token", "email")]
        assert [None, "token"] == [
            compiled(defaults=False, keys=["token"]).judge(each, "x", None, mark) for each in ("email", "token")
        ]

    @pytest.mark.parametrize(("key", "rule"), [("", "decimal.Decimal"), ("n", "decimal.Decimal"), ("pwd", "password")])
    def test_types(self, key: str, rule: str) -> None:
        """A type counts where no key does."""
        assert rule == compiled(types=[Decimal]).judge(key, Decimal(1))

    def test_who_decides(self) -> None:
        """A function of one's own is asked instead of the rules, and never about nothing, a yes or a no."""
        asked: list[str] = []

        def decide(key: str) -> str | None:
            asked.append(key)
            return "mine" if key == "x" else None

        own = Compiled({}, Counters(), decide)
        assert ["mine", None, None, None] == [
            own.judge(key, value) for key, value in (("x", 1), ("password", SECRET), ("x", None), ("x", True))
        ]
        assert ["x", "password"] == asked
        assert "password" == own.classify("password")


class TestReplace:
    """`replace`, which never raises."""

    @pytest.mark.parametrize("error", [LookupError, RecursionError, DropEvent])
    def test_a_strategy_that_fails(self, error: type[Exception]) -> None:
        """The value is masked, and the failure counted beside it."""

        def fail(value: Any, path: str, rule: str) -> Any:
            raise error(value)

        asked, counters = with_counters(keys=["a"], strategies={"a": Call(fail)})
        assert "[REDACTED:a]" == asked.replace("a", SECRET, "payload.a")
        assert {"a": 1, STRATEGY_ERROR: 1} == counters.read()

    def test_a_path_that_fails(self) -> None:
        """What makes the path is as much as a strategy somebody's code."""
        asked, counters = with_counters(keys=["a"], strategies={"a": Drop()})
        assert "[REDACTED:a]" == asked.replace("a", SECRET, lambda: str(1 // 0))
        assert {"a": 1, STRATEGY_ERROR: 1} == counters.read()

    def test_what_breaks_off(self) -> None:
        """A wish to end the process is no failure."""

        def leave(value: Any, path: str, rule: str) -> Any:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            compiled(keys=["a"], strategies={"a": Call(leave)}).replace("a", SECRET)

    def test_what_a_function_is_told(self) -> None:
        """The value itself, its path, and the rule as a line names it."""
        told: list[Any] = []
        asked = compiled(paths=["a.b"], strategies={"a.b": Call(lambda *given: told.append(given))})
        assert asked.replace("a.b", value := [1], lambda: "a.b") is None
        assert [(value, "a.b", "path")] == told

    def test_a_marker(self) -> None:
        """What was masked stays as it was, whichever rule masked it, and counts again."""
        asked, counters = with_counters(keys=["a"], strategies={"a": Fixed("-")})
        assert ["[REDACTED:jwt]", "-"] == [asked.replace("a", each) for each in ("[REDACTED:jwt]", b"[REDACTED:jwt]")]
        assert {"a": 2} == counters.read()

    def test_a_dry_run(self) -> None:
        """The very same value comes back, and is counted."""
        value = [SECRET]
        asked, counters = with_counters(keys=["a"], strategies={"a": "drop"}, dry_run=True)
        assert asked.replace("a", value) is value
        assert {"a": 1} == counters.read()


class TestStrategyFor:
    """`strategy_for`."""

    def test_marks(self) -> None:
        """A field's own strategy counts; without settings for it the value is masked."""
        asked = compiled(strategies={"personal": "drop", "fixed": Fixed("-")})
        found = [
            asked.strategy_for("personal", mark=Sensitive(*each, classification=classification))
            for each, classification in (
                (("fixed",), "personal"),
                (("hash",), "personal"),
                (("drop",), "personal"),
                (("partial",), "personal"),
                (("personal",), ""),
            )
        ]
        assert [Fixed("-"), MASK, Drop(), Partial(), Drop()] == found

    def test_passwords(self) -> None:
        """Under the key of a password no part is shown, whatever found it."""
        asked = compiled(paths=["payload.*"], strategies={"payload.*": "partial"})
        assert [Partial(), MASK] == [asked.strategy_for("payload.*", key=each) for each in ("email", "db_password")]


class TestLabel:
    """`label`."""

    @pytest.mark.parametrize(
        ("label", "rule"),
        [("path", "payload.*"), ("my-key", "my key"), ("jwt", "jwt"), ("decimal.Decimal", "decimal.Decimal")],
    )
    def test_each(self, label: str, rule: str) -> None:
        """A line names a path as `path`, and a key as far as a marker can hold it."""
        assert label == compiled(paths=["payload.*"], keys=["my key"], types=[Decimal]).label(rule)


class TestScan:
    """`scan` and `clean`."""

    @pytest.mark.parametrize(
        ("left", "told"),
        [
            ("login password=[REDACTED:password] of ada", {}),
            ("login password=- of ada", {"strategies": {"password": Fixed("-")}}),
            ("login password=[REDACTED:password] of ada", {"strategies": {"password": "drop"}}),
            ("login password=[REDACTED:password] of ada", {"strategies": {"password": Call(lambda *_: {"a": 1})}}),
            (TEXT, {"dry_run": True}),
        ],
        ids=["mask", "fixed", "drop", "dict", "dry run"],
    )
    def test_left(self, left: str, told: dict[str, Any]) -> None:
        """A text stays text: where nothing, or what is no text, would stand, a marker does."""
        asked, counters = with_counters(**told)
        assert (left, ("password",)) == asked.scan(TEXT)
        assert {"password": 1} == counters.read()
        assert not asked.clean(TEXT)

    @pytest.mark.parametrize("told", [{"allow": ["rule:password"]}, {"allow": ["password"]}, {"defaults": False}])
    def test_kept(self, told: dict[str, Any]) -> None:
        """What nothing is found in comes back as the same object, and nothing is counted."""
        asked, counters = with_counters(**told)
        text = TEXT.removeprefix("login ")
        left, rules = asked.scan(text)
        assert left is text
        assert ((), {}, True) == (rules, counters.read(), asked.clean(text))

    def test_nothing(self) -> None:
        """What is allowed with all that is in it is looked at by what finds nothing."""
        nothing = compiled().nothing
        assert (None, (TEXT, ())) == (nothing.judge("password", SECRET), nothing.scan(TEXT))

    def test_where(self) -> None:
        """A function gets the path of the text, which is made only when something was found."""
        made: list[str] = []
        asked = compiled(strategies={"password": Call(lambda _value, path, _rule: path)})

        def path() -> str:
            made.append("made")
            return "a.b"

        assert ("nothing here", ()) == asked.scan("nothing here", path)
        assert [] == made
        assert "login password=a.b of ada" == asked.scan(TEXT, path)[0]


class TestWhatIsMadeLate:
    """The scanner and the first look, made by whoever asks first."""

    def test_threads(self) -> None:
        """Threads that ask at once all mask, and afterwards there is one scanner."""
        asked, counters = with_counters(keys=["made_late_by_threads"])
        gate = Barrier(8)
        left: list[Any] = []

        def work() -> None:
            gate.wait()
            left.append((asked.scan(TEXT)[0], asked.first_look.is_clean({"n": 1}), asked.first_look.is_clean([TEXT])))

        threads = [Thread(target=work) for _ in range(8)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert [("login password=[REDACTED:password] of ada", True, False)] * 8 == left
        assert {"password": 8} == counters.read()
        assert asked.scanner is asked.scanner
        assert asked.first_look is asked.first_look

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
    @pytest.mark.usefixtures("unmeasured")
    def test_forks(self, run_python: Callable[..., Any]) -> None:
        """A child that is forked while threads scan masks by the old policy, and by one of its own."""
        done = run_python(FORK, TEXT, TEXT.replace(SECRET, "[REDACTED:password]"))
        assert "[0, 0, 0, 0, 0]\n" == done.stdout

    def test_dict_types(self) -> None:
        """Whether a dict may have marked fields is known before one comes."""
        assert [True, False] == [compiled(types=each).has_dict_types for each in ([Card], [Decimal])]
