"""The first look: made when it is needed, by whoever comes first."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import pool
from structlog_enrich.redaction.classifier import DEFAULT_CLASSIFIER
from structlog_enrich.redaction.values import DEFAULT_RULES, Rule, Scanner
from structlog_enrich.redaction.values.anchors import anchors
from structlog_enrich.redaction.values.gate import Hinges

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ENGINES = ("re", "re2") if importlib.util.find_spec("re2") else ("re",)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value


class TestHinges:
    """Every anchor in one pass."""

    def test_it_finds_what_stands_there(self) -> None:
        """The place of a literal is told where its hinge is found, and only with what must follow it."""
        hinges = Hinges(each for each in anchors([], ["password"]) if not each.exact)
        text = b"a password=x and a password of it"
        found = {at for hinge in hinges.finditer(text) for at, _ in hinges.at(text, hinge.start())}
        assert {2} == found
        assert [True, False] == [hinges.search(each) is not None for each in (text, b"a password of it")]

    def test_a_literal_is_found_at_either_end_of_a_text(self) -> None:
        """Nothing stands before the first letter, nothing behind the last."""
        hinges = Hinges(each for each in anchors(DEFAULT_RULES, []) if each.exact)
        text = b"BUNDLE_ x BUNDLE_"
        found = {at for hinge in hinges.finditer(text) for at, _ in hinges.at(text, hinge.start())}
        assert {0, 10} == found

    def test_without_anchors_nothing_is_found(self) -> None:
        """An empty table is a pattern that never matches."""
        assert None is Hinges([]).search(b"password=x")


class TestEdges:
    """Literals that begin what they are in."""

    @pytest.mark.parametrize(
        ("pattern", "before", "expected"),
        [
            (r"\bab_[0-9]{4}", 0, True),
            (r"\b(?:ab_|ac_)[0-9]{4}", 0, True),
            (r"\bab_[(|][0-9]|\bab_x", 0, True),
            (r"\bab_[0-9]{4}|ab_x", 0, False),
            (r"ab_[0-9]{4}", 0, False),
            (r"\b[0-9]ab_", 1, False),
        ],
    )
    def test_are_told_by_the_pattern(self, pattern: str, before: int, *, expected: bool) -> None:
        """Each way that a match may go begins at the edge of a word and with the literal."""
        rule = Rule("a", pattern, ("",), "", ("ab_",), before=before)
        assert [rb"\b" if expected else b""] == [each.ahead for each in anchors([rule], []) if each.finder is rule]

    @pytest.mark.parametrize("engine", ENGINES)
    def test_spare_a_second_look(self, engine: str) -> None:
        """Within a word a literal is none."""
        gate = Scanner([Rule("a", r"\bab_[0-9]{4}", ("",), "", ("ab_",))], lambda _: None, engine).gate.match
        assert [True, True, False] == [bool(gate(each)) for each in (b"ab_1234", b"x ab_1234", b"xab_1234")]


class TestCleanTexts:
    """What services log."""

    @pytest.mark.parametrize("engine", ENGINES)
    @pytest.mark.parametrize("make", [pool.messages, pool.reference, pool.web, pool.flat, pool.nested])
    def test_need_no_second_look(self, engine: str, make: Callable[[int], list[Any]]) -> None:
        """A second look costs more than all else that is done to a line."""
        gate = Scanner(DEFAULT_RULES, DEFAULT_CLASSIFIER.classify, engine).gate.match
        assert [] == [each for each in make(200) if gate("\n".join(_texts(each)).encode())]


class TestLaziness:
    """What only a hit needs is made at the first one."""

    def test_threads_that_come_first_together_find_the_same(self) -> None:
        """Whoever compiles what, each of them sees all of it."""
        text = f"password=hunter2 {''.join(DEFAULT_RULES[0].example)} postgres://a:hunter2@db/x"
        expected = Scanner(DEFAULT_RULES, {"password": "password"}.get, "re").redact(text)
        assert len(expected[1]) == 3
        scanner, together = Scanner(DEFAULT_RULES, {"password": "password"}.get, "re"), Barrier(8)

        def scan(_: int) -> tuple[str, tuple[str, ...]]:
            together.wait()
            return scanner.redact(text)

        with ThreadPoolExecutor(8) as threads:
            assert {expected} == set(threads.map(scan, range(8)))

    def test_nothing_is_imported_for_a_hit(self) -> None:
        """A child that is forked while another thread imports a module would wait for it for ever."""
        code = (
            "import sys\n"
            "from structlog_enrich.redaction import DEFAULT_POLICY\n"
            "DEFAULT_POLICY.scan('nothing')\n"
            "before = set(sys.modules)\n"
            "DEFAULT_POLICY.scan('password=hunter2')\n"
            "sys.stdout.write(str(sorted(set(sys.modules) - before)))"
        )
        said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        assert "[]" == said
