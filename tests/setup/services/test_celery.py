"""In a real Celery worker each record is one line, whoever configured `logging` first."""

from __future__ import annotations

from typing import Any

import pytest

COMMAND = ["-m", "celery", "-A", "shop_tasks", "worker", "-l", "INFO", "-c", "1"]
QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat"]


class TestCelery:
    """A worker that takes over the root logger and standard output."""

    @pytest.mark.parametrize("when", ["before", "after"])
    def test_each_once(self, when: str, start: Any, assert_each_once: Any) -> None:
        """None is lost, none is there twice, all are valid: of the worker, of its child, of what a task printed."""
        service = start(*COMMAND, *QUIET, when=when)
        service.wait()
        lines = assert_each_once(service)

        messages = [line["message"] for line in lines]
        assert ["1", "2", "fail", "3", "printed"] == [
            line["payload"]["number"] for line in lines if line["message"] == "order placed"
        ]
        assert 2 == messages.count("printed")
        failed = [line for line in lines if "error" in line]
        assert [("celery.app.trace", "ValueError")] == [(line["logger"], line["error"]["type"]) for line in failed]
        assert 6 == sum(message.endswith(" received") for message in messages)
        assert 5 == sum(" succeeded in " in message for message in messages)
        assert 2 == len({line["process_id"] for line in lines})
        assert ("log.start", "log.stop") == (messages[0], messages[-1])
