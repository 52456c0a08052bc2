"""Secrets in exceptions: what they say, what they carry, where they were raised."""

from __future__ import annotations

import json
import linecache
import os
import subprocess
import sys
import urllib.error
from email.message import Message
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final

import structlog

from benchmarks.judge.bypass.planting import Case

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.judge.bypass.planting import Planting

__all__ = ["ERRORS"]


class _LoginError(Exception):
    """Carry what it was given."""


def _raise(error: BaseException) -> None:
    raise error


def _raised(make: Callable[[str], Exception]) -> Callable[[Planting], None]:
    """Return what logs an exception that is made of the secret, after raising it."""
    return lambda planting: planting.raised(lambda: _raise(make(planting.secret)))


def _noted(secret: str) -> Exception:
    error = ValueError("failed")
    error.add_note(f"password={secret}")
    return error


def _caused(planting: Planting) -> None:
    error = _LoginError("failed")
    error.__cause__ = ValueError(f"password={planting.secret}")
    planting.raised(lambda: _raise(error))


def _in_context(planting: Planting) -> None:
    def failing() -> None:
        try:
            _raise(ValueError(f"password={planting.secret}"))
        finally:
            _raise(_LoginError("failed"))

    planting.raised(failing)


def _caused_by_noted(planting: Planting) -> None:
    error = _LoginError("failed")
    error.__cause__ = _noted(planting.secret)
    planting.raised(lambda: _raise(error))


def _grouped(secret: str) -> Exception:
    return ExceptionGroup("two", [KeyError("x"), ValueError(f"password={secret}")])


def _grouped_twice(secret: str) -> Exception:
    return ExceptionGroup("outer", [ExceptionGroup("inner", [_noted(secret), _LoginError({"token": secret})])])


def _exc_info(planting: Planting) -> None:
    try:
        _raise(ValueError(f"password={planting.secret}"))
    except ValueError as error:
        planting.info(exc_info=sys.exc_info())
        planting.info(exc_info=error)
        planting.info(exc_info=True)
        planting.info(exception=error)


def _rendered(planting: Planting) -> None:
    processor = structlog.processors.format_exc_info
    planting.raised(lambda: _raise(ValueError(f"password={planting.secret}")), processor)


def _with_locals(planting: Planting) -> None:
    def failing() -> None:
        password, api_key, note = planting.secret, planting.secret, f"postgres://app:{planting.secret}@db"
        form = {"password": password, "api_key": api_key, "note": note}
        _raise(ValueError(f"failed: {len(form)}"))

    transformer = structlog.tracebacks.ExceptionDictTransformer(show_locals=True, suppress=())
    planting.raised(failing, structlog.processors.ExceptionRenderer(transformer))


def _from_source(planting: Planting, *, failing: bool) -> None:
    # A literal in the code stands in each rendered stack that goes through it.
    name = f"<planted {planting.secret[:4]}>"
    source = f"def connect(log, password):\n    log(password)\nconnect(log, password='{planting.secret}')\n"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    code = compile(source, name, "exec")
    try:
        if failing:
            planting.raised(lambda: exec(code, {"log": lambda _: _raise(ValueError("failed"))}))  # noqa: S102
        else:
            exec(code, {"log": lambda _: planting.info(stack_info=True)})  # noqa: S102
    finally:
        del linecache.cache[name]


def _validation(planting: Planting) -> None:
    model = import_module("pydantic").create_model("Login", password=int)
    planting.raised(lambda: model(password=planting.secret))


def _validation_of_all(planting: Planting) -> None:
    model = import_module("pydantic").create_model("Login", password=str, user=str)
    planting.raised(lambda: model.model_validate({"password": planting.secret}))


def _validation_nested(planting: Planting) -> None:
    create = import_module("pydantic").create_model
    model = create("Form", logins=list[create("Login", api_key=int)])  # type: ignore[misc]
    planting.raised(lambda: model(logins=[{"api_key": planting.secret}]))


def _validation_of_json(planting: Planting) -> None:
    model = import_module("pydantic").create_model("Login", user=str)
    planting.raised(lambda: model.model_validate_json(json.dumps({"password": planting.secret})[:-1]))


def _validation_errors(planting: Planting) -> None:
    pydantic = import_module("pydantic")
    model = pydantic.create_model("Login", password=int)
    try:
        model(password=planting.secret)
    except pydantic.ValidationError as error:
        planting.info(errors=error.errors())


def _statement(*, named: bool) -> Callable[[Planting], None]:
    def log(planting: Planting) -> None:
        sqlalchemy = import_module("sqlalchemy")
        engine = sqlalchemy.create_engine("sqlite://")

        def failing() -> None:
            with engine.connect() as connection:
                if named:
                    statement = "INSERT INTO members (user, password) VALUES (:user, :password)"
                    connection.execute(sqlalchemy.text(statement), {"user": "ada", "password": planting.secret})
                else:
                    statement = "INSERT INTO members (user, password) VALUES (?, ?)"
                    connection.exec_driver_sql(statement, ("ada", planting.secret))

        planting.raised(failing)
        engine.dispose()

    return log


def _statement_of_names(planting: Planting) -> None:
    kind = import_module("sqlalchemy.exc").IntegrityError
    given = {"user": "ada", "password": planting.secret}
    planting.raised(lambda: _raise(kind("INSERT INTO members VALUES (%(user)s, %(password)s)", given, ValueError("x"))))


def _httpx_status(planting: Planting) -> None:
    httpx = import_module("httpx")
    request = httpx.Request("GET", f"https://ada:{planting.secret}@api.example/v1?token={planting.secret}")
    planting.raised(httpx.Response(401, request=request).raise_for_status)


def _requests(planting: Planting) -> None:
    requests = import_module("requests")
    # Refused by the machine itself.
    url = f"http://127.0.0.1:1/v1?api_key={planting.secret}"
    planting.raised(lambda: requests.get(url, timeout=5, proxies={"http": "", "https": ""}))


def _urllib(planting: Planting) -> None:
    url = f"https://api.example/v1?token={planting.secret}"
    error = urllib.error.HTTPError(url, 401, f"refused token={planting.secret}", Message(), BytesIO(b""))
    planting.raised(lambda: _raise(error))
    error.close()


def _aiohttp(secret: str) -> Exception:
    # As `aiohttp.ClientResponseError` says it.
    url = f"https://api.example/v1?token={secret}"
    headers = f"<CIMultiDictProxy('Host': 'api.example', 'Authorization': 'Bearer {secret}')>"
    request = f"RequestInfo(url=URL('{url}'), method='GET', headers={headers}, real_url=URL('{url}'))"
    return _LoginError(f"401, message='Unauthorized', url='{url}', request_info={request}")


def _unique(secret: str) -> Exception:
    return _LoginError(
        f"duplicate key value\nDETAIL:  Key (email, password)=(ada@example.com, {secret}) already exists."
    )


def _failed_command(secret: str) -> Exception:
    return subprocess.CalledProcessError(1, ["mysql", "--password", secret], stderr=f"password={secret}")


def _no_such_key(planting: Planting) -> None:
    planting.raised(lambda: {}[f"password={planting.secret}"])


def _no_such_variable(planting: Planting) -> None:
    planting.raised(lambda: os.environ[f"DB_PASSWORD={planting.secret}"])


def _lying(planting: Planting) -> None:
    def said(_self: object) -> Any:
        planting.info("from an exception", password=planting.secret)
        return type("Text", (str,), {"__str__": lambda _: "ok"})(f"password={planting.secret}")

    planting.raised(lambda: _raise(type("OddError", (Exception,), {"__str__": said})()))


ERRORS: Final = (
    Case("text", _raised(lambda s: ValueError(f"cannot log in with password={s}"))),
    Case("arguments", _raised(lambda s: ValueError("failed", {"password": s}))),
    Case("an argument that is a dict", _raised(lambda s: _LoginError({"user": "ada", "api_key": s}))),
    Case("arguments of a pair", _raised(lambda s: _LoginError(("Authorization", f"Bearer {s}")))),
    Case("bytes", _raised(lambda s: _LoginError(f"password={s}".encode()))),
    Case("note", _raised(_noted)),
    Case("cause", _caused),
    Case("context", _in_context),
    Case("note of a cause", _caused_by_noted),
    Case("group", _raised(_grouped)),
    Case("group in a group", _raised(_grouped_twice)),
    Case("exc_info in all its forms", _exc_info, lines=4),
    Case("rendered by structlog", _rendered),
    Case("frames with locals", _with_locals),
    Case("source line in the traceback", lambda p: _from_source(p, failing=True)),
    Case("source line in the stack", lambda p: _from_source(p, failing=False)),
    Case(
        "text under stack", lambda p: p.info(stack=f"  File 'a.py', line 1, in f\n    connect(password={p.secret!r})")
    ),
    Case("text under exception", lambda p: p.info(exception=f"Traceback:\nValueError: password={p.secret}")),
    Case("list under exception", lambda p: p.info(exception=[{"exc_value": f"password={p.secret}", "frames": []}])),
    Case("KeyError", _no_such_key),
    Case("KeyError of an environment", _no_such_variable),
    Case("pydantic ValidationError, a field", _validation, needs="pydantic"),
    Case("pydantic ValidationError, the whole", _validation_of_all, needs="pydantic"),
    Case("pydantic ValidationError, nested", _validation_nested, needs="pydantic"),
    Case("pydantic ValidationError, JSON", _validation_of_json, needs="pydantic"),
    Case("pydantic errors()", _validation_errors, needs="pydantic"),
    Case("sqlalchemy, named parameters", _statement_of_names, needs="sqlalchemy"),
    Case("sqlalchemy, named parameters as the driver has them", _statement(named=True), needs="sqlalchemy"),
    Case("sqlalchemy, positional parameters", _statement(named=False), needs="sqlalchemy"),
    Case("detail of PostgreSQL", _raised(_unique)),
    Case("httpx status", _httpx_status, needs="httpx"),
    Case("requests connection", _requests, needs="requests"),
    Case("urllib", _urllib),
    Case("aiohttp", _raised(_aiohttp)),
    Case("failed command", _raised(_failed_command)),
    Case("exception that lies and logs", _lying, lines=None),
)
