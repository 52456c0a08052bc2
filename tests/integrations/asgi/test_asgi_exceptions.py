"""Exceptions that fail or lie when they are asked what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from structlog_enrich.integrations.asgi import TraceMiddleware

if TYPE_CHECKING:
    from collections.abc import Callable

    from jsonschema import Draft202012Validator


class Liar(type):
    """Say nothing true of a class, or nothing at all."""

    def __getattribute__(cls, name: str) -> Any:
        if name == "__name__":
            return "ClientDisconnect"
        if name in {"__module__", "__mro__", "__qualname__"}:
            raise RuntimeError
        return super().__getattribute__(name)


class Named(Exception, metaclass=Liar):
    """Have a class that lies."""


class Classless(Exception):
    """Fail when asked for its class."""

    @property
    def __class__(self) -> Any:
        raise RuntimeError


class Grouped(Exception):
    """Be no group, though it says so."""

    __class__ = BaseExceptionGroup  # type: ignore[assignment]


class Members(ExceptionGroup[Any]):
    """Fail when asked for its members."""

    @property
    def exceptions(self) -> Any:
        raise RuntimeError


Moduleless = type("Moduleless", (Exception,), {"__module__": 5})
Surrogate = type("Surrogate", (Exception,), {"__qualname__": "Bad\udc80"})
HOSTILE = [
    (lambda: Named("x"), f"{__name__}.Named"),
    (lambda: Classless("x"), f"{__name__}.Classless"),
    (lambda: Grouped("x"), f"{__name__}.Grouped"),
    (lambda: Members("x", [ValueError()]), f"{__name__}.Members"),
    (lambda: Moduleless("x"), "Moduleless"),
    (lambda: Surrogate("x"), f"{__name__}.Bad?"),
]


class TestExceptions:
    """An exception is judged by its type, which can't lie."""

    @pytest.mark.parametrize(("made", "name"), HOSTILE, ids=[name.rpartition(".")[2] for _, name in HOSTILE])
    @pytest.mark.parametrize("before", [[], [200, "1"], [200, b"done"], [500, b"done"]], ids=repr)
    def test_hostile(
        self,
        sink: Any,
        drive: Any,
        playing: Any,
        validator: Draft202012Validator,
        made: Callable[[], Exception],
        name: str,
        before: Any,
    ) -> None:
        """One that fails or lies when it is asked goes on as it is, and is on a line."""
        error = made()
        exchange = drive(TraceMiddleware(playing(*before, error)))
        line = sink.end()

        assert error is exchange.error
        assert [] == [problem for each in sink.lines() for problem in validator.iter_errors(each)]
        assert "error" == sink.lines()[-1]["level"]
        if before[-1:] != [b"done"]:
            assert name.replace("?", "\ufffd") == line["span"]["attributes"]["error.type"].replace("?", "\ufffd")
            assert "outcome" not in line["span"]

    def test_over_sockets(self, sink: Any, serve: Any, playing: Any, by: str) -> None:
        """It is answered with the ids."""
        with serve(
            TraceMiddleware(playing(Named("x"))), by=by, **({"lifespan": "off"} if by == "uvicorn" else {})
        ) as address:
            response = httpx.get(f"http://{address}/")

            assert f"{__name__}.Named" == sink.end()["span"]["attributes"]["error.type"]
        assert (500, True) == (response.status_code, "traceresponse" in response.headers)
