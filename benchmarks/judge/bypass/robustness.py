"""Secrets in what is too deep, too much, too long, broken, or logged from many sides at once."""

from __future__ import annotations

import threading
from base64 import b64encode
from typing import TYPE_CHECKING, Any, Final

from benchmarks.judge.bypass.planting import Case
from structlog_enrich.processors import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.judge.bypass.planting import Planting

__all__ = ["LONG_TEXTS", "ROBUSTNESS"]

_MEGABYTE: Final = 1_000_000
_LONGEST_STRING: Final = 8_192
_LONGEST_SCAN: Final = 131_072
_WIDE: Final = Limits(max_string=2 * _LONGEST_SCAN, max_line=4 * _LONGEST_SCAN)

LONG_TEXTS: Final[dict[str, Callable[[int], str]]] = {
    "lorem": lambda size: ("lorem ipsum dolor sit amet consectetur " * (size // 39 + 1))[:size],
    "one letter": lambda size: "a" * size,
    "key=": lambda size: ("key=" * (size // 4 + 1))[:size],
    "password=": lambda size: ("password=" * (size // 9 + 1))[:size],
    "base64": lambda size: b64encode(bytes(range(256)) * (size // 300 + 1)).decode()[:size],
    "near-miss JSON": lambda size: ('{"a": {"b": [{"c": "' + "x" * 40) * (size // 60 + 1),
    "secret and spaces": lambda size: "secret" + " " * size,
    "dots": lambda size: "." * size,
    "unclosed quotes": lambda size: ('"password": "' * (size // 13 + 1))[:size],
    "opening brackets": lambda size: "[" * size,
    "backslashes": lambda size: 'password="' + "\\" * size,
    "at signs": lambda size: "://" + "a:@" * (size // 3),
    "beginnings of keys": lambda size: ("-----BEGIN PRIVATE" + " KEY-----\n") * (size // 28 + 1),
    "beginnings of tokens": lambda size: "eyJhbGciOi" * (size // 10 + 1),
    "accents": lambda size: "é" * size,
    "surrogates": lambda size: "\ud800" * size,
}
"""Texts that cost a careless scanner seconds, in any size of at least so many characters."""


def _first(make: Callable[[int], str]) -> Callable[[Planting], None]:
    """Return what logs a megabyte with the secret before it."""

    def log(planting: Planting) -> None:
        planting.info(body=f"password={planting.secret} " + make(_MEGABYTE))

    return log


def _last(make: Callable[[int], str]) -> Callable[[Planting], None]:
    """Return what logs a megabyte with the secret behind it, and a short text of the kind that isn't cut."""

    def log(planting: Planting) -> None:
        planting.info(
            body=make(_MEGABYTE) + f" password={planting.secret}", short=f"{make(60)}\npassword={planting.secret}"
        )

    return log


def _across(most: int, before: str = " password=", after: str = "", **options: Any) -> Callable[[Planting], None]:
    """Return what logs a secret across the place where its text is cut or no more of it is looked at."""

    def log(planting: Planting) -> None:
        method = planting.logger(**options).info
        for shift in (12, 20, 28, 36):
            lorem = ("lorem " * most)[: most - len(before) - shift]
            planting.through(method, "x", body=f"{lorem}{before}{planting.secret}{after}", token=planting.secret)

    return log


def _error_across(planting: Planting) -> None:
    text = "x" * (_LONGEST_STRING - 20)
    planting.raised(lambda: (_ for _ in ()).throw(ValueError(f"{text} password={planting.secret}")))


def _cycle(planting: Planting) -> None:
    form: dict[str, Any] = {"password": planting.secret}
    form["self"] = form
    forms: list[Any] = [form]
    forms.append(forms)
    planting.info(forms=forms, form=form, token=planting.secret)


def _cyclic_object(planting: Planting) -> None:
    node = type("Node", (), {"__repr__": lambda self: f"Node({self.next!r}, password={planting.secret})"})()
    node.next = [node]
    planting.info(node=node)


def _deep(wrap: Callable[[Any], Any]) -> Callable[[Planting], None]:
    def log(planting: Planting) -> None:
        form: Any = {"password": planting.secret, "note": f"password={planting.secret}"}
        for _ in range(10_000):
            form = wrap(form)
        # A picture of it would be as deep.
        planting.timed(planting.logger().info, "x", form=form, password=planting.secret)

    return log


def _deep_at_the_limit(planting: Planting) -> None:
    for depth in range(12, 20):
        form: Any = {"password": planting.secret, "note": f"password={planting.secret}"}
        for _ in range(depth):
            form = {"a": form}
        planting.info(form=form, password=planting.secret)


def _wide(planting: Planting) -> None:
    form = {f"key_{number}": f"password={planting.secret}" for number in range(100_000)}
    form["password"] = planting.secret
    planting.info(form=form)


def _many_secrets(planting: Planting) -> None:
    planting.info(forms=[{"password": planting.secret, "note": f"token={planting.secret}"} for _ in range(2_000)])


def _laughs(planting: Planting) -> None:
    found: Any = [{"password": planting.secret}, f"password={planting.secret}"]
    for _ in range(9):
        found = [found] * 10
    planting.info(found=found)


def _threads(planting: Planting) -> None:
    log = planting.logger()
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        for number in range(25):
            log.info("password=%s", planting.secret, form={f"password_{number}": planting.secret}, text=f"n={number}")

    workers = [threading.Thread(target=work) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()


def _re_entrant(planting: Planting) -> None:
    log = planting.logger()
    depth: list[int] = []

    def said(self: object) -> str:
        depth.append(1)
        if len(depth) < 5:  # noqa: PLR2004 (deep enough)
            log.info("within", inner=self, password=planting.secret)
        return f"Loud(password={planting.secret})"

    log.info("x", outer=type("Loud", (), {"__repr__": said})())


def _masked_before(planting: Planting) -> None:
    planting.info(password="[REDACTED:password]", note=f"[REDACTED:password] password={planting.secret}")  # noqa: S106
    planting.info(note="x", password=f"[REDACTED:{planting.secret}")


ROBUSTNESS: Final = (
    Case("cycle", _cycle),
    Case("cycle of an object", _cyclic_object),
    Case("10,000 dicts deep", _deep(lambda form: {"a": form})),
    Case("10,000 lists deep", _deep(lambda form: [form])),
    Case("10,000 tuples deep", _deep(lambda form: (form,))),
    Case("about as deep as is looked", _deep_at_the_limit, lines=8),
    Case("100,000 keys", _wide),
    Case("2,000 secrets", _many_secrets),
    Case("a few lists that are a billion", _laughs, says=False),
    *(Case(f"1 MB behind it: {name}", _first(make)) for name, make in LONG_TEXTS.items()),
    *(Case(f"1 MB before it: {name}", _last(make)) for name, make in LONG_TEXTS.items()),
    Case("50 MB before it", lambda p: p.info(body="lorem " * 8_000_000 + f"password={p.secret}", token=p.secret)),
    Case("50 MB of bytes before it", lambda p: p.info(body=b"lorem " * 8_000_000 + p.secret.encode(), token=p.secret)),
    Case("across the cut of a text", _across(_LONGEST_STRING), lines=4),
    Case("across the cut of a text, a URL", _across(_LONGEST_STRING, " postgres://app:", "@db/shop"), lines=4),
    Case("across the end of what is scanned", _across(_LONGEST_SCAN, limits=_WIDE), lines=4),
    Case("across the end of what is scanned, a URL", _across(_LONGEST_SCAN, " amqp://a:", "@b", limits=_WIDE), lines=4),
    Case("across the cut of an exception's text", _error_across),
    Case("a lone surrogate before it", lambda p: p.info(body=f"\ud800 password={p.secret}")),
    Case("a lone surrogate within the key", lambda p: p.info(body=f"pass\udc80word={p.secret} password={p.secret}")),
    Case("a lone surrogate within it", lambda p: p.info(body=f"password={p.secret[:12]}\ud800{p.secret[12:]}")),
    Case("NUL before it", lambda p: p.info(body=f"\x00password=\x00{p.secret}")),
    Case("NUL within it", lambda p: p.info(body=f"password={p.secret[:12]}\x00{p.secret[12:]}")),
    Case("other ends of lines before it", lambda p: p.info(body=f"x\u2028password={p.secret}\u0085token={p.secret}")),
    Case("threads", _threads, lines=100),
    Case("re-entrancy", _re_entrant, lines=None),
    Case("what looks masked already", _masked_before, lines=2),
)
