"""What a writer is given, checked."""

from __future__ import annotations

import math
import threading
from pickle import PicklingError
from time import monotonic_ns
from typing import Any, get_args

import pytest

from structlog_enrich.delivery import Block, Reserve, Several, Writer
from structlog_enrich.delivery.options import (
    PolicyName,
    checked,
    deadline,
    pickled,
    policy_for,
    positive,
    seconds,
    span,
    writer_given,
)
from structlog_enrich.exceptions import ConfigurationError
from tests.delivery.faulty import Collecting


class TestPolicyFor:
    """A policy is named, or made."""

    @pytest.mark.parametrize("name", get_args(PolicyName))
    def test_named(self, name: Any) -> None:
        """Each name is a policy with its defaults."""
        made = policy_for(name, 1_000, 10)
        assert name.replace("_", "") == type(made).__name__.lower()
        assert made.free > (0, 0)

    def test_made(self) -> None:
        """One that was made keeps its arguments, and isn't used itself."""
        policy = Reserve(0.1)
        made = policy_for(policy, 1_000, 10)
        assert ("Reserve(0.1)", (900, 9), (0, 0)) == (repr(made), made.free, policy.free)

    @pytest.mark.parametrize("wrong", ["drop", "", None, 3, Block, frozenset()])
    def test_refused(self, wrong: Any) -> None:
        """Anything else is refused, with the names that there are."""
        with pytest.raises(ConfigurationError, match="drop_oldest, reserve, sample, spill, or a policy") as raised:
            policy_for(wrong, 1_000, 10)
        assert repr(wrong) == raised.value.received


class TestChecked:
    """All that a writer is given is looked at."""

    @pytest.mark.parametrize("name", ["describe", "frame_gap", "frame_stats"])
    def test_functions(self, name: str) -> None:
        """What is to be called can be, or is left out."""
        given: dict[str, Any] = {"max_bytes": 1, "max_records": 1, "block_timeout": 0, "exit_timeout": 0}
        given |= {"report_every": None, "describe": None, "frame_gap": None, "frame_stats": None}
        assert given == checked(**given)
        with pytest.raises(ConfigurationError, match=f"^{name} must be a function, not 'print'$"):
            checked(**given | {name: "print"})

    def test_pickled(self) -> None:
        """What can't be made again in another process is refused, and it is said what can."""
        said = "^a Writer can be pickled only when its sink is a path, a File or a standard stream$"
        with pytest.raises(PicklingError, match=said):
            pickled({"sink": Collecting()})


class TestNumbers:
    """A number that makes no sense is refused."""

    @pytest.mark.parametrize("value", [0, -1, 1.0, True, "1", None, math.inf])
    def test_positive(self, value: object) -> None:
        """A budget is a positive whole number."""
        with pytest.raises(ConfigurationError, match="max_bytes") as raised:
            positive("max_bytes", value)
        assert repr(value) == raised.value.received

    @pytest.mark.parametrize("value", [-0.1, True, "1", None, math.inf, math.nan, 1j])
    def test_seconds(self, value: object) -> None:
        """A time is a finite number that isn't negative."""
        with pytest.raises(ConfigurationError, match="block_timeout") as raised:
            seconds("block_timeout", value)
        assert repr(value) == raised.value.received

    def test_accepted(self) -> None:
        """What makes sense is returned."""
        assert 1 == positive("max_bytes", 1)
        assert [0.0, 2.0, 0.5] == [seconds("block_timeout", value) for value in (0, 2, 0.5)]
        assert float is type(seconds("block_timeout", 2))


class TestDeadline:
    """A time to wait has an end."""

    @pytest.mark.parametrize(("timeout", "expected"), [(2, 2.0), (0.5, 0.5), (0, 0.0), (-3.5, 0.0)])
    def test_from_now(self, timeout: float, expected: float) -> None:
        """It is so many seconds from now; what is over already is over now."""
        before = monotonic_ns()
        found = deadline(timeout)
        assert 0 <= found - int(expected * 1_000_000_000) - before <= monotonic_ns() - before

    def test_since(self) -> None:
        """What counts from before leaves a moment, or what is shorter."""
        now = monotonic_ns()
        assert now + 2_000_000_000 == deadline(2, now)
        assert now - 8_000_000_000 + 10_000_000_000 == deadline(10, now - 8_000_000_000)
        for timeout, left in ((5, 0.25), (0.1, 0.1), (0, 0.0)):
            late = deadline(timeout, now - 60_000_000_000) - int(left * 1_000_000_000)
            assert now <= late <= monotonic_ns()

    def test_for_ever(self) -> None:
        """An infinite one is far, and near enough to be waited for."""
        left = (deadline(math.inf) - monotonic_ns()) / 1_000_000_000
        assert 31_536_000 < left < threading.TIMEOUT_MAX

    @pytest.mark.parametrize("timeout", [None, "1", True, math.nan, 1j])
    def test_refused(self, timeout: object) -> None:
        """What is no number is refused."""
        with pytest.raises(ConfigurationError, match=r"^timeout must be a number of seconds, not ") as raised:
            deadline(timeout)
        assert repr(timeout) == raised.value.received


class TestSpan:
    """Seconds to wait may be without an end."""

    @pytest.mark.parametrize(("value", "expected"), [(2, 2.0), (0.5, 0.5), (0, 0.0), (-3.5, 0.0), (-math.inf, 0.0)])
    def test_seconds(self, value: float, expected: float) -> None:
        """Less than nothing is nothing."""
        assert expected == span("patience", value)

    def test_for_ever(self) -> None:
        """An infinite one is far, and can be counted in nanoseconds."""
        assert 31_536_000 < span("patience", math.inf) < threading.TIMEOUT_MAX

    def test_refused(self) -> None:
        """What is no number is refused by its name."""
        with pytest.raises(ConfigurationError, match=r"^patience must be a number of seconds, not nan$"):
            span("patience", math.nan)


class TestWriterGiven:
    """Where a writer is to be given."""

    def test_taken(self) -> None:
        """One is taken, and several are."""
        with Several(Writer(Collecting()), Writer(Collecting())) as several:
            assert several is writer_given(several)
            assert several.writers[0] is writer_given(several.writers[0])

    @pytest.mark.parametrize(
        "wrong", ["x", None, Collecting(), Writer, Collecting], ids=["text", "nothing", "sink", "class", "sink's class"]
    )
    def test_refused(self, wrong: object) -> None:
        """Its sink is none, nor is its logger, nor its class."""
        with pytest.raises(
            ConfigurationError,
            match=r"^writer must be a Writer or a Several, not .+ Pass the writer itself, not its sink or its logger$",
        ):
            writer_given(wrong)

    def test_logger(self) -> None:
        """Its logger is none, and it is said what to pass."""
        with Writer(Collecting()) as writer, pytest.raises(ConfigurationError, match="not its sink or its logger"):
            writer_given(writer())
