"""Secrets under names that a list of names doesn't know."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, Final

from benchmarks.judge.bypass.planting import Case

if TYPE_CHECKING:
    from benchmarks.judge.bypass.planting import Planting

__all__ = ["KEYS"]


class _Column(enum.Enum):
    PASSWORD = "password"  # noqa: S105 (a name)


class _Field(enum.StrEnum):
    PASSWORD = "password"  # noqa: S105 (a name)


class _Name:
    def __str__(self) -> str:
        return "password"


class _Text(str):
    __slots__ = ()


def _under(key: Any) -> Any:
    """Return what logs a secret under a key within a dict."""

    def log(planting: Planting) -> None:
        planting.info(form={key: planting.secret})

    return log


def _named(key: str) -> Any:
    """Return what logs a secret under a keyword."""

    def log(planting: Planting) -> None:
        planting.info(**{key: planting.secret})

    return log


def _provider_token(planting: Planting) -> str:
    return "gh" + "p_" + planting.made(36)


KEYS: Final = (
    Case("capitals", _named("PASSWORD")),
    Case("capitals at odd places", _named("PassWord")),
    Case("camel case", _named("dbPassword")),
    Case("camel case with an acronym", _named("APIKey")),
    Case("kebab within the word", _named("pass-word")),
    Case("kebab", _named("db-password")),
    Case("dotted", _named("database.credentials.password")),
    Case("with spaces", _under("Pass Word")),
    Case("PASSWORD_HASH", _named("PASSWORD_HASH")),
    Case("db_password", _named("db_password")),
    Case("dbpassword", _named("dbpassword")),
    Case("password2", _named("password2")),
    Case("passphrase", _named("passphrase")),
    Case("pwd", _named("pwd")),
    Case("X-Api-Key", _under("X-Api-Key")),
    Case("access_token", _named("access_token")),
    Case("client_secret", _named("clientSecret")),
    Case("bytes", _under(b"password")),
    Case("bytes that are no UTF-8", _under(b"\xffpassword")),
    Case("an enum's member", _under(_Column.PASSWORD)),
    Case("a text enum's member", _under(_Field.PASSWORD)),
    Case("a tuple", _under(("user", "password"))),
    Case("an object that says so", _under(_Name())),
    Case("a text of a subclass", _under(_Text("password"))),
    Case("homoglyph", _under("p\u0430ssword")),
    Case("several homoglyphs", _under("\u0440\u0430ssw\u043erd")),
    Case("full-width", _under("\uff50\uff41\uff53\uff53\uff57\uff4f\uff52\uff44")),
    Case("zero-width joiner", _under("pass\u200dword")),
    Case("zero-width space", _under("pass\u200bword")),
    Case("soft hyphen", _under("pass\u00adword")),
    Case("right-to-left marks", _under("\u200fpassword\u202e")),
    Case("accents", _under("p\u00e4ssw\u00f6rd")),
    Case("combining accents", _under("pa\u0301ssword")),
    Case("underscores around", _under("__password__")),
    Case("a lone surrogate around", _under("password\ud800")),
    Case("NUL within", _under("pass\x00word")),
    Case("line break behind", _under("password\n")),
    Case("very long, at its end", _under("a_" * 5_000 + "password")),
    Case("very long, at its start", _under("password" + "_a" * 5_000)),
    Case("taken twice", lambda p: p.info(form={"password": p.secret, b"password": p.secret})),
    Case("a key that holds a token", lambda p: p.info(sessions={_provider_token(p): 1})),
    Case("a key that holds an assignment", lambda p: p.info(seen={f"password={p.secret}": 1})),
    Case("a key that is a URL", lambda p: p.info(calls={f"postgres://app:{p.secret}@db/shop": 3})),
    Case("a secret key above a token as key", lambda p: p.info(tokens={_provider_token(p): 1})),
    Case("a bound name", lambda p: p.through(p.logger().bind(api_key=p.secret).info, "x")),
    Case("cvv is a number", lambda p: p.info(cvv=int.from_bytes(p.made(12).encode()) % 10**17), lines=1),
    Case("a list under it", lambda p: p.info(passwords=[p.secret, p.made(30)])),
    Case("a set under it", lambda p: p.info(api_keys={p.secret})),
    Case("a tuple under it", lambda p: p.info(secret=(1, p.secret))),
    Case("bytes under it", lambda p: p.info(password=p.secret.encode())),
    Case("no UTF-8 under it", lambda p: p.info(password=b"\xff" + p.secret.encode())),
    Case("a bytearray under it", lambda p: p.info(password=bytearray(p.secret.encode()))),
    Case("a view of bytes under it", lambda p: p.info(password=memoryview(p.secret.encode()))),
    Case("a dict under it", lambda p: p.info(credentials={"login": {"ada": p.secret}})),
    Case("an object under it", lambda p: p.info(password=_Text(p.secret))),
    Case("an exception under it", lambda p: p.info(password=ValueError(p.secret))),
    Case("nothing and yes and no beside it", lambda p: p.info(password=p.secret, token=None, secret=True)),
)
