"""Secrets in objects that lie, fail, set traps or fetch what they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog

from benchmarks.judge.bypass.planting import Case

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.judge.bypass.planting import Planting

__all__ = ["OBJECTS"]


def _fail(*_arguments: object, **_given: object) -> Any:
    msg = "of its own"
    raise ValueError(msg)


def _drop(*_arguments: object, **_given: object) -> Any:
    raise structlog.DropEvent


def _made(base: type = object, **methods: Any) -> Any:
    return type("Odd", (base,), methods)


def _saying(text: str) -> dict[str, Callable[..., str]]:
    return {"__repr__": lambda _self: text, "__str__": lambda _self: text}


def _lying(planting: Planting) -> None:
    # It says that it is harmless, and is a dict.
    kind = _made(dict, __repr__=lambda _: "{}", __iter__=lambda _: iter(()), items=lambda _: (), __len__=lambda _: 0)
    planting.info(form=kind(password=planting.secret))


def _lying_class(planting: Planting) -> None:
    text = f"password={planting.secret}"
    planting.info(form=_made(__class__=property(lambda _: int), **_saying(text))())


def _getattr(planting: Planting) -> None:
    trap = planting.trap("__getattr__")
    planting.info(trap=_made(__getattr__=trap, **_saying("Trap()"))(), password=planting.secret)


def _getattribute(planting: Planting) -> None:
    def asked(self: object, name: str) -> Any:
        if not name.startswith("__"):
            planting.evaluated.append(f"the attribute {name}")
        return object.__getattribute__(self, name)

    planting.info(trap=_made(__getattribute__=asked, **_saying("Trap()"))(), password=planting.secret)


def _properties(planting: Planting) -> None:
    trap = planting.trap("a property")
    planting.info(trap=_made(user=property(trap), password=property(trap))(), password=planting.secret)


def _equal_to_all(planting: Planting) -> None:
    kind = _made(str, __eq__=lambda *_: True, __hash__=lambda _: 0)
    planting.info(form={"password": kind(planting.secret), kind("password"): planting.secret})


def _unhashable(planting: Planting) -> None:
    kind = _made(str, __eq__=_fail, __hash__=str.__hash__, __str__=_fail, __repr__=_fail)
    planting.info(form={"user": kind(f"password={planting.secret}")}, password=kind(planting.secret))


def _text_that_lies(planting: Planting) -> None:
    # What it says of itself is harmless, what it holds is written.
    kind = _made(str, **_saying("ok"), __getitem__=lambda *_: "ok", encode=lambda *_: b"ok", isascii=lambda _: True)
    planting.info(text=kind(f"password={planting.secret}"))


def _bytes_that_lie(planting: Planting) -> None:
    kind = _made(bytes, decode=lambda *_: "ok", **_saying("ok"))
    planting.info(text=kind(f"password={planting.secret}".encode()))


def _changing(planting: Planting) -> None:
    # Harmless when it is looked at first, and not when it is written.
    answers = iter(["ok", "ok"])
    planting.info(form=_made(__repr__=lambda _: next(answers, f"password={planting.secret}"))())


def _loud(planting: Planting) -> None:
    log = planting.logger()

    def said(_self: object) -> str:
        log.info("from a repr", password=planting.secret)
        return f"Loud(password={planting.secret!r})"

    planting.through(log.info, "x", loud=_made(__repr__=said)())


def _proxy(planting: Planting) -> None:
    trap = planting.trap("a lazy proxy")
    planting.info(user=_made(__class__=property(trap), __repr__=trap, __str__=trap)(), password=planting.secret)


def _dict_that_changes(planting: Planting) -> None:
    form: dict[str, Any] = {}

    def grow(_self: object) -> str:
        form[f"password={planting.secret}"] = f"password={planting.secret}"
        return "grown"

    form["first"] = _made(__repr__=grow)()
    planting.timed(planting.logger().info, "x", form=form)


OBJECTS: Final = (
    Case("repr", lambda p: p.info(client=_made(**_saying(f"Client(password={p.secret!r})"))())),
    Case("repr in a list", lambda p: p.info(clients=[_made(**_saying(f"<Client api_key={p.secret}>"))()])),
    Case("repr of a dict", lambda p: p.info(client=_made(**_saying(f"{{'password': '{p.secret}'}}"))())),
    Case("repr fails", lambda p: p.info(client=_made(__repr__=_fail, __str__=_fail)(), password=p.secret)),
    Case("repr drops the event", lambda p: p.info(client=_made(__repr__=_drop)(), password=p.secret)),
    Case("repr is no text", lambda p: p.info(client=_made(__repr__=lambda _: 5)(), password=p.secret)),
    Case(
        "repr is a text that lies", lambda p: p.info(c=_made(__repr__=lambda _: _made(str)(f"password={p.secret}"))())
    ),
    Case("repr changes", _changing, says=False),
    Case("repr that logs", _loud, lines=None),
    Case("repr that changes its dict", _dict_that_changes, says=False),
    Case("str fails as key", lambda p: p.info(form={_made(__str__=_fail)(): {"password": p.secret}})),
    Case("repr as key", lambda p: p.info(form={_made(**_saying(f"password={p.secret}"))(): 1})),
    Case("equality and hash lie", _equal_to_all),
    Case("equality and text fail", _unhashable),
    Case("text that lies", _text_that_lies),
    Case("bytes that lie", _bytes_that_lie),
    Case("dict that lies", _lying),
    Case("class that lies", _lying_class, says=False),
    Case("class that fails", lambda p: p.info(odd=_made(__class__=property(_fail))(), password=p.secret)),
    Case("__getattr__ trap", _getattr),
    Case("__getattribute__ trap", _getattribute),
    Case("properties", _properties),
    Case("lazy proxy", _proxy),
)
