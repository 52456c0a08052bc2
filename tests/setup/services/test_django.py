"""Under Django's own server each record is one line, whoever configured `logging` first."""

from __future__ import annotations

import signal
from typing import Any

import pytest


class TestRunserver:
    """A server whose logger has a handler of its own, in a project whose root logger has one, too."""

    @pytest.mark.parametrize("when", ["before", "after"])
    @pytest.mark.parametrize("reloading", ["--noreload", "--reload"])
    def test_each_once(self, when: str, reloading: str, start: Any, port: int, assert_each_once: Any) -> None:
        """None is lost, none is there twice, all are valid."""
        options = [reloading] if reloading == "--noreload" else []
        command = ["-m", "django", "runserver", f"127.0.0.1:{port}", "--settings=shop_django"]
        service = start(*command, *options, when=when)
        assert [200, 404, 500] == service.ask(port, "/orders/1", "/nowhere", "/orders/fail")
        service.await_lines("django.server", 3)
        service.stop(signal.SIGINT)
        lines = assert_each_once(service)

        assert ["1", "fail"] == [line["payload"]["number"] for line in lines if line["message"] == "order placed"]
        assert 3 == sum(line.get("logger") == "django.server" for line in lines)
        failed = [line for line in lines if line.get("logger") == "django.request" and "error" in line]
        assert ["ValueError"] == [line["error"]["type"] for line in failed]
