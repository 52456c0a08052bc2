"""What is left of a span that has ended: tasks and threads that outlive it."""

from __future__ import annotations

import asyncio
import gc
from contextvars import copy_context
from typing import Any
from weakref import ref

import pytest
import structlog

from structlog_enrich import bind_contextvars, bound_logger, clear_contextvars, entry, span


class Big:
    """Something that a request binds, too big to be kept."""

    def __repr__(self) -> str:
        return "<Big>"


class TestWhatIsKept:
    """What was bound for an entry isn't kept by what outlives it."""

    @pytest.mark.parametrize("wanted", [True, False])
    @pytest.mark.parametrize("by_hand", [True, False])
    def test_bound_in_a_thread(self, wanted: bool, by_hand: bool, written: Any) -> None:  # noqa: FBT001
        """It is let go with the line that ends the entry, or with the decision not to write it."""
        written.configure(wrapper_class=bound_logger() if wanted else bound_logger("critical"))
        kept: list[ref[Big]] = []

        def work() -> None:
            big = Big()
            kept.append(ref(big))
            bind_contextvars(big=big)

        job = entry("job")
        job.start()
        job.activate()
        outliving = copy_context()
        copy_context().run(work)
        assert kept[0]() is not None
        if by_hand:
            job.deactivate()
            job.end()
        else:
            job.end()
            job.deactivate()
        gc.collect()

        assert kept[0]() is None
        assert (["<Big>"] if wanted else []) == [line["context"]["big"] for line in written.lines()]
        outliving.run(clear_contextvars)

    def test_it_goes_on(self, written: Any) -> None:
        """Who outlives it may log, bind and begin spans as before, in its trace, and binds nothing for anyone else."""

        async def outliving() -> None:
            await asyncio.sleep(0)
            bind_contextvars(late=1)
            structlog.contextvars.bind_contextvars(later=2)
            written.log.info("late")
            with span("late work"):
                pass
            clear_contextvars()
            written.log.info("cleared")

        async def main() -> None:
            with entry("job"):
                bind_contextvars(early=0)
                task = asyncio.create_task(outliving())
            await task
            written.log.info("outside")

        asyncio.run(main())
        late, work, cleared = (written.named(each) for each in ("late", "late work", "cleared"))
        job = written.named("job")

        assert {"early": 0} == job["context"]
        assert [{"early": 0, "late": 1, "later": 2}] * 2 == [late["context"], work["context"]]
        assert [job["trace_id"]] * 3 == [each["trace_id"] for each in (late, work, cleared)]
        assert ["job"] * 3 == [each["operation"] for each in (late, work, cleared)]
        assert {"context"}.isdisjoint(cleared.keys() | written.named("outside").keys())
