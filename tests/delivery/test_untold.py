"""What was lost and isn't told yet."""

from __future__ import annotations

from collections import deque

from structlog_enrich.delivery.gaps import Gap
from structlog_enrich.delivery.untold import Untold

_SECOND = 1_000_000_000


class World:
    """Losses, and a clock that stands still until `now` is set."""

    def __init__(self) -> None:
        self.now = 0
        self.gaps: deque[Gap] = deque()
        self.untold = Untold(self.gaps, lambda: self.now)

    def told(self, *, at_once: bool = True) -> list[Gap]:
        """Return what is told now."""
        self.untold.tell(at_once=at_once)
        found = [*self.gaps]
        self.gaps.clear()
        return found


class TestUntold:
    """Each reason has its gap, when it is time."""

    def test_by_reason(self) -> None:
        """One after the other, each with its own numbers."""
        world = World()
        for seq, reason in enumerate(("full", "eio", "full")):
            world.untold.note(seq, 1, reason)
        assert [Gap("full", 2, {"info": 2}, ((0, 0), (2, 2)))] == world.told()
        assert [Gap("eio", 1, {"info": 1}, ((1, 1),))] == world.told()
        assert (False, []) == (bool(world.untold), world.told())

    def test_after_a_second(self) -> None:
        """What isn't told at once is told when it has waited for a second."""
        world = World()
        world.untold.note(1, 1, "full")
        world.now = _SECOND - 1
        assert [] == world.told(at_once=False)
        world.now = _SECOND
        assert 1 == len(world.told(at_once=False))

    def test_recursive(self) -> None:
        """What a sink logs as it writes waits for a line of others, however long, and keeps nobody at work."""
        world = World()
        world.untold.note(1, 1, "recursive")
        world.now = 60 * _SECOND
        assert (False, [], []) == (bool(world.untold), world.told(), world.told(at_once=False))
        world.untold.note(2, 1, "full")
        assert world.untold
        assert ["full"] == [gap.reason for gap in world.told()]
        assert not world.untold
        world.untold.follow()
        world.untold.note(3, 1, "recursive")
        assert world.untold
        assert [Gap("recursive", 2, {"info": 2}, ((1, 1), (3, 3)))] == world.told()
        world.untold.note(4, 1, "recursive")
        assert (False, []) == (bool(world.untold), world.told())
