"""Under a real uvicorn each record is one line, whoever configured `logging` first."""

from __future__ import annotations

import signal
from typing import Any

import pytest

COMMANDS = {
    # uvicorn configures `logging` when it starts and imports the service after that.
    "after": ["-m", "uvicorn", "shop_asgi:app", "--host", "127.0.0.1", "--port"],
    "before": ["-m", "run_uvicorn"],
}


class TestUvicorn:
    """A server that gives its loggers handlers of their own, which don't propagate."""

    @pytest.mark.parametrize("when", COMMANDS)
    def test_each_once(self, when: str, start: Any, port: int, assert_each_once: Any) -> None:
        """None is lost, none is there twice, all are valid; what fails is described once by the request's line."""
        service = start(*COMMANDS[when], str(port), when=when)
        assert [200, 200, 500] == service.ask(port, "/orders/1", "/orders/2", "/orders/fail")
        # By SIGTERM it would end itself a second time, without the exit hooks.
        service.stop(signal.SIGINT)
        lines = assert_each_once(service)

        by_logger = {
            name: [line for line in lines if line.get("logger") == name] for name in ("shop", "uvicorn.access")
        }
        assert 3 == sum(line["message"] == "order placed" for line in by_logger["shop"])
        assert 3 == len(by_logger["uvicorn.access"])
        messages = [line["message"] for line in lines]
        assert 1 == messages.count("Application startup complete.")
        assert ("log.start", "log.stop") == (messages[0], messages[-1])
        assert list(range(len(lines))) == [line["seq"] for line in lines]
        placed = [line["trace_id"] for line in by_logger["shop"] if line["message"] == "order placed"]
        low = [line["trace_id"] for line in lines if line["message"].startswith("low: ")]
        assert placed == low
        assert 3 == len(set(placed))
