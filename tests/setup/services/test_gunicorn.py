"""Under a real gunicorn each record is one line, whoever configured `logging` first."""

from __future__ import annotations

from typing import Any

import pytest


class TestGunicorn:
    """A server whose master configures `logging` and forks its workers."""

    @pytest.mark.parametrize("when", ["before", "after"])
    def test_each_once(self, when: str, start: Any, port: int, assert_each_once: Any) -> None:
        """None is lost, none is there twice, all are valid; each worker's `seq` has no hole."""
        command = ["-m", "gunicorn", "-c", "python:gunicorn_conf", "-b", f"127.0.0.1:{port}", "shop_wsgi:app"]
        service = start(*command, when=when)
        assert [200, 200, 500, 200] == service.ask(port, *(f"/orders/{number}" for number in ("1", "2", "fail", "3")))
        service.stop()
        lines = assert_each_once(service)

        assert 4 == sum(line["message"] == "order placed" for line in lines)
        assert 4 == sum(line.get("logger") == "gunicorn.access" for line in lines)
        failed = [line for line in lines if line.get("logger") == "gunicorn.error" and "error" in line]
        assert ["ValueError"] == [line["error"]["type"] for line in failed]
        for boot_id in {line["boot_id"] for line in lines}:
            numbers = [line["seq"] for line in lines if line["boot_id"] == boot_id]
            # A number is taken before its line is written: two threads may write in the other order.
            assert list(range(len(numbers))) == sorted(numbers)
        # Before: the master's own. After: each worker's.
        starts = sum(line["message"] == "log.start" for line in lines)
        assert (1 if when == "before" else 2) == starts == sum(line["message"] == "log.stop" for line in lines)

    @pytest.mark.parametrize("preload", [[], ["--preload"]], ids=["", "preload"])
    def test_flask_with_a_writer(self, preload: list[str], start: Any, port: int, validator: Any) -> None:
        """A writer that is made in the master is each worker's own, and what fails is told once, as a line."""
        command = [
            "-m",
            "gunicorn",
            *preload,
            "-c",
            "python:gunicorn_logs",
            "-b",
            f"127.0.0.1:{port}",
            "shop_flask:app",
        ]
        service = start(*command, when="before")
        assert [200, 500] == service.ask(port, "/orders/1", "/orders/fail")
        service.stop()
        lines = service.lines(validator)

        assert "" == service.other_text()
        messages = [line["message"] for line in lines]
        assert 2 == messages.count("order read")
        assert 1 == messages.count("Exception on /orders/fail [GET]")
        assert (1, 1) == (messages.count("log.start"), messages.count("log.stop"))
        assert "log.stop" == messages[-1]
        for boot_id in {line["boot_id"] for line in lines}:
            numbers = [line["seq"] for line in lines if line["boot_id"] == boot_id]
            assert list(range(len(numbers))) == sorted(numbers)
