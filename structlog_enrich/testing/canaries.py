"""Plant secrets in a whole chain, in every way there is, and see whether one comes out."""

from __future__ import annotations

import hashlib
import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import structlog

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.testing.absence import Needle
from structlog_enrich.testing.capturing import captured_lines
from structlog_enrich.testing.ways import LOGGER, MAY_BE_CLOSED, NAMED, UNNAMED, WAYS, Planted, go

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from structlog.typing import Processor

__all__ = ["assert_no_secret"]

_NAMES: Final = ("password",)


def assert_no_secret(
    *names: str,
    secret: str | None = None,
    ways: Collection[str] = (*NAMED, *UNNAMED),
    chain: list[Processor] | None = None,
) -> tuple[str, ...]:
    """Assert that what is logged under *names* doesn't come out of the chain, by planting canaries and looking.

    For each name and each way one line is logged and captured, at `critical`; none reaches the sink. The secret is
    looked for as `assert_nowhere` looks: in keys and values, encoded and halved.

    Args:
        *names: What your services call their secrets; default `password`. For a name that a call can't carry, as
            `extra=` can't `message`, that way is left out.
        secret: The secret to plant, for what is recognised by its form, such as a card's number, or by both name and
            form, as under `session`; default a canary of 32 hexadecimal digits for each name and way, of which only the
            name tells. On the ways of `UNNAMED` it stands by itself in a text, and a canary as `password=<canary>`.
        ways: Which ways to go, of `NAMED` and `UNNAMED`; default all, for a policy's names count in texts, too. A
            *secret* that has no form to be recognised by, such as `hunter2`, can only be kept on those of `NAMED`.
        chain: The chain; default the one structlog is configured with. Where it isn't, that is `preset()`: then nothing
            is said of your service, so configure it before.

    Returns:
        The ways that were gone: all but those that the configuration doesn't open, such as `record` where the standard
        library's records aren't bridged.

    Raises:
        AssertionError: A secret came out, with the way it took and where it stands; or of a way nothing came out at
            all, so that nothing is proved.
        ConfigurationError: A way that is none, no way, or a name or a secret that is empty or no text.

    >>> ways = assert_no_secret("password", "api_key")
    >>> ways = assert_no_secret("github", secret="ghp_" + "q7Zk3RxV9mBtW2nHc8JpL5sYdG4fTb6KvXgM")
    >>> assert_no_secret("iban", ways=["keyword"])
    Traceback (most recent call last):
        ...
    AssertionError: secrets came out, by 1 of 1 ways:
      keyword: iban stands in payload.iban
    """
    __tracebackhide__ = True
    chosen = _chosen(ways)
    names = _named(names)
    # A text that is empty is refused before anything is logged.
    given = None if secret is None else Needle(secret)
    leaks: dict[str, list[str]] = {}
    gone, silent = [], []
    for way in chosen:
        came_out = []
        for name in names:
            planted = _planted(way, name, secret)
            needle = Needle(planted.secret) if given is None else given
            with captured_lines(chain) as lines, _no_last_resort():
                carried = go(way, structlog.get_logger(), planted)
            if not carried:
                continue
            came_out.append(bool(lines))
            if not lines:
                continue
            leaks.setdefault(way, []).extend(
                f"{name} stands in {', '.join(places)}" for line in lines if (places := list(needle.places(line)))
            )
        if came_out and all(came_out):
            gone.append(way)
        elif came_out and way not in MAY_BE_CLOSED:
            silent.append(way)
    found = [f"  {way}: {'; '.join(told)}" for way, told in leaks.items() if told]
    if found:
        msg = f"secrets came out, by {len(found)} of {len(leaks)} ways:\n" + "\n".join(found)
        raise AssertionError(msg)
    if silent or not gone:
        msg = f"no line came out, so nothing is proved, by: {', '.join(silent or chosen)}"
        raise AssertionError(msg)
    return tuple(gone)


def _chosen(ways: Collection[str]) -> tuple[str, ...]:
    if isinstance(ways, str):
        raise ConfigurationError("ways", "must be several", received=f"the one text {ways!r:.80}")
    chosen = tuple(dict.fromkeys(ways))
    unknown = [way for way in chosen if way not in WAYS]
    if unknown or not chosen:
        received = ", ".join(f"{way!r:.40}" for way in unknown) or "none"
        raise ConfigurationError("ways", f"must be of {', '.join(WAYS)}", received=received)
    return chosen


def _named(names: tuple[Any, ...]) -> tuple[str, ...]:
    for name in names:
        if not isinstance(name, str):
            received = type(name).__name__
        elif not name.strip() or not name.isprintable():
            received = ascii(name)
        else:
            continue
        raise ConfigurationError("names", "must be texts that can be printed", received=received)
    return names or _NAMES


def _planted(way: str, name: str, secret: str | None) -> Planted:
    if secret is not None:
        return Planted(name, secret, secret)
    # The same on every run, so that a failure can be repeated; another for each way, so that none answers for another.
    canary = hashlib.sha256(f"{way}/{name}".encode()).hexdigest()[:32]
    return Planted(name, canary, f"{name}={canary}")


@contextmanager
def _no_last_resort() -> Iterator[None]:
    # Where records aren't bridged, the standard library would say those of the canaries on standard error.
    logger: Any = logging.getLogger(LOGGER)
    quiet = logging.NullHandler()
    logger.addHandler(quiet)
    try:
        yield
    finally:
        logger.removeHandler(quiet)
