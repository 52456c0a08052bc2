"""A whole chain into memory, each line of which is checked, and the calls that are known to break loggers."""

from __future__ import annotations

import io
import traceback
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import structlog
from jsonschema import Draft202012Validator

from structlog_enrich import bound_logger, preset
from structlog_enrich.schema import json_schema
from structlog_enrich.schema.models import Line
from tests.never_raises.specimens import LyingClass, RaisingClass, cyclic_list, failing

if TYPE_CHECKING:
    from collections.abc import Callable


VALIDATOR = Draft202012Validator(json_schema())


class Recorder:
    """Log through a whole chain into memory, and check each call."""

    def __init__(self, wrapper_class: type[Any] | None = None, *, most: int = 131_072, **options: Any) -> None:
        self.most = most
        self.sink = io.BytesIO()
        self.log: Any = structlog.wrap_logger(
            structlog.BytesLogger(self.sink),
            preset(service="tests", **options),
            bound_logger() if wrapper_class is None else wrapper_class,
        ).bind()

    def call(self, method: Callable[..., Any], /, *args: Any, **kw: Any) -> dict[str, Any]:
        """Call *method* and return the one line it wrote, once that is proved valid."""
        self.sink.seek(0)
        self.sink.truncate()
        try:
            result = method(*args, **kw)
        except BaseException as error:
            # Reported without the object, which would break the report.
            where = "".join(traceback.format_tb(error.__traceback__)[-3:])
            pytest.fail(f"{type.__repr__(type(error))} reached the caller:\n{where}")
        assert None is result
        return valid(self.sink.getvalue(), self.most)


def valid(written: bytes, most: int = 131_072) -> dict[str, Any]:
    """Return the one line that was *written*, once it is proved to be one, to obey the contract and to be in bounds."""
    text = written.decode()
    assert text.endswith("\n")
    assert 1 == len(text.splitlines())
    assert most >= len(written)
    line: dict[str, Any] = orjson.loads(written)
    assert [] == [error.message for error in VALIDATOR.iter_errors(line)]
    Line.model_validate_json(written)
    return line


LEVELS = ("debug", "info", "warning", "error", "critical", "exception", "warn", "fatal", "msg")

NAMED: dict[str, tuple[Any, list[Callable[[], Any]], dict[str, Callable[[], Any]]]] = {
    "nothing": (None, [], {}),
    "names that Python uses": ("x", [], dict.fromkeys(("self", "event", "method_name", "level", "logger"), object)),
    "arguments that don't fit": ("%d apples", [lambda: "many"], {}),
    "arguments by name from no mapping": ("%(a)s", [lambda: LyingClass(dict)], {}),
    "argument that fails": ("%s", [RaisingClass], {}),
    "argument that fails as a truth": ("%s", [failing(ValueError, "__bool__", bases=(dict,))], {}),
    "exc_info that fails as a truth": ("x", [], {"exc_info": failing(ValueError, "__bool__")}),
    "exc_info that lies": ("x", [], {"exc_info": lambda: LyingClass(ValueError)}),
    "exc_info that fails": ("x", [], {"exc_info": RaisingClass}),
    "exc_info of parts that fail": ("x", [], {"exc_info": lambda: (1, failing(ValueError, "__bool__")())}),
    "exc_info of three that lies": ("x", [], {"exc_info": lambda: (1, LyingClass(ValueError), None)}),
    "exc_info without a traceback": ("x", [], {"exc_info": lambda: (1, ValueError("x"), "no traceback")}),
    "exception that lies": ("x", [], {"exception": lambda: LyingClass(ValueError), "exc": RaisingClass}),
    "a stack in itself": ("x", [], {"stack_info": lambda: True, "stack": cyclic_list}),
    "structlog's own names": ("x", [], {"positional_args": int, "_record": object, "_from_structlog": object}),
    "positional_args that lie": ("x", [], {"positional_args": lambda: LyingClass(tuple)}),
    "positional_args that fail": ("x", [], {"positional_args": RaisingClass}),
    "our own name": ("x", [], {"_structlog_enrich": dict}),
    "our own name, lying": ("x", [], {"_structlog_enrich": lambda: LyingClass(list)}),
    "odd names": ("x", [], {"": object, "\ud800": lambda: "\udfff", "\n": object, "a.b": object}),
}
