"""What travels with an event without being part of it."""

from __future__ import annotations

import copy
import pickle
from typing import Any

from structlog_enrich.processors import inflight
from structlog_enrich.processors.inflight import PRIVATE, InFlight, in_flight


class TestInFlight:
    """`in_flight`, the note of one event."""

    def test_it_is_made_once(self) -> None:
        """The first stage that asks makes it, the others find it."""
        event: dict[str, Any] = {"event": "x"}
        made = in_flight(event)

        assert made is in_flight(event) is event[PRIVATE]

    def test_a_callers_own_value(self) -> None:
        """What a caller passed under the private name is set aside for the payload."""
        event: dict[str, Any] = {PRIVATE: "theirs"}

        assert {"payload": {PRIVATE: "theirs"}} == in_flight(event).aside

    def test_putting_aside(self) -> None:
        """Parts fill up by name, the later value winning."""
        flight = InFlight()
        flight.put_aside("payload", {"event": 1, "a": 1})
        flight.put_aside("payload", {"event": 2})
        flight.put_aside("context", {"event": 3})

        assert {"payload": {"event": 2, "a": 1}, "context": {"event": 3}} == flight.aside

    def test_one_event_is_not_another(self) -> None:
        """What is put aside for one event isn't seen by the next."""
        InFlight().put_aside("payload", {"event": 1})

        assert not InFlight().aside

    def test_its_repr_has_no_value(self) -> None:
        """Only names show, for a team's processor that logs its event."""
        flight = InFlight(["user_id"])
        flight.put_aside("payload", {"event": "hunter2"})

        assert "user_id" in repr(flight)
        assert "hunter2" not in repr(flight)

    def test_it_can_be_copied(self) -> None:
        """A team's processor may deep-copy or pickle its event."""
        flight = InFlight(["user_id"])
        flight.put_aside("payload", {"event": 1})

        for again in (copy.deepcopy(flight), copy.copy(flight), pickle.loads(pickle.dumps(flight))):
            assert (InFlight, repr(flight), flight.aside) == (type(again), repr(again), again.aside)


def test_the_private_key_is_one() -> None:
    """Only one key of an event is ours."""
    assert "_structlog_enrich" == inflight.PRIVATE
