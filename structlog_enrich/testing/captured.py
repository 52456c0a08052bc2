"""The lines that came out of a chain, as they were written and decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, overload

import orjson

from structlog_enrich.exceptions import ConfigurationError

__all__ = ["Captured", "decoded"]


_KINDS: Final = {
    list: "an array",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


class Captured(Sequence[dict[str, Any]]):
    """Hold finished lines: a sequence of what they say, decoded anew at each look, so that it is yours to change.

    Lines are added by whoever logs, in any thread or task, in the order in which they came out.

    Args:
        why_nothing: Says, for the message that there is no line, why that may be; default nothing.

    >>> lines = Captured()
    >>> lines.add(b'{"message": "paid"}')
    >>> lines[0]["message"], len(lines)
    ('paid', 1)
    """

    def __init__(self, why_nothing: Callable[[], str] | None = None) -> None:
        self._written: list[bytes] = []
        self._why_nothing = why_nothing
        self._stage = ""
        self._unfinished: str | None = None

    def __repr__(self) -> str:
        return f"<Captured({len(self._written)} lines)>"

    def __len__(self) -> int:
        self._insist()
        return len(self._written)

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...

    @overload
    def __getitem__(self, index: slice) -> list[dict[str, Any]]: ...

    def __getitem__(self, index: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        __tracebackhide__ = True
        return self.lines[index]

    def __iter__(self) -> Iterator[dict[str, Any]]:
        __tracebackhide__ = True
        # Once for all, and not anew for each.
        return iter(self.lines)

    @property
    def raw(self) -> bytes:
        """What a sink would hold: the very bytes, each line ended by a newline."""
        self._insist()
        return self.written

    @property
    def written(self) -> bytes:
        """The same, whatever else came out that is no line."""
        return b"".join(line + b"\n" for line in self._written.copy())

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines decoded, in a list of its own.

        Raises:
            ValueError: A line that is no JSON object, by its number and the stage that wrote it.
        """
        __tracebackhide__ = True
        written = self.raw
        try:
            return decoded(written)
        except ValueError as error:
            msg = f"{error}; {self._stage} wrote it"
            raise ValueError(msg) from None

    def line(self, message: str | None = None) -> dict[str, Any]:
        """Return the one line there is, or the one with this *message*.

        Raises:
            AssertionError: There is none or several; it names the messages there are.
        """
        __tracebackhide__ = True
        lines = self.lines
        found = [line for line in lines if message is None or line.get("message") == message]
        if len(found) != 1:
            wanted = "one line" if message is None else f"one line {message!r:.200}"
            said = ", ".join(f"{line.get('message')!r:.80}" for line in lines) or "nothing"
            why = "" if lines or self._why_nothing is None else self._why_nothing()
            msg = f"expected {wanted}, found {len(found)}; logged: {said}{why}"
            raise AssertionError(msg)
        return found[0]

    def clear(self) -> None:
        """Forget the lines so far."""
        self._written.clear()

    def add(self, rendered: Any, stage: str = "the last stage") -> None:
        """Take what *stage*, the last of a chain, made of an event.

        Args:
            rendered: Bytes, text, or what a `logging.Logger` is called with: `((line,), {…})`.
            stage: What to call the stage where that is none of these.
        """
        line = rendered[0][0] if _is_call(rendered) else rendered
        if isinstance(line, str):
            line = line.encode(errors="replace")
        if isinstance(line, bytes | bytearray | memoryview):
            # One atomic step: threads add at the same time.
            self._written.append(bytes(line).removesuffix(b"\n"))
            self._stage = stage
        else:
            self._unfinished = stage

    def _insist(self) -> None:
        __tracebackhide__ = True
        if self._unfinished is not None:
            raise ConfigurationError(
                "chain",
                "must end with a stage that writes the line",
                received=self._unfinished,
                remedy="Where a handler's formatter writes it, read what that wrote with decoded()",
            )


def decoded(written: bytes | str) -> list[dict[str, Any]]:
    """Return the lines that were *written*, to a file or by another process, decoded.

    Args:
        written: One JSON object a line.

    Raises:
        ValueError: A line that is no JSON object, by its number. What it says isn't told: nobody masked it.

    >>> decoded('{"seq": 0}\\n{"seq": 1}\\n')
    [{'seq': 0}, {'seq': 1}]
    """
    __tracebackhide__ = True
    text = written.encode(errors="replace") if isinstance(written, str) else bytes(written)
    # Not `splitlines`, which also parts at a carriage return: what a splitter of lines must not find is not hidden.
    lines = text.removesuffix(b"\n").split(b"\n") if text else []
    return [_object(number, line) for number, line in enumerate(lines, 1)]


def _object(number: int, line: bytes) -> dict[str, Any]:
    __tracebackhide__ = True
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        msg = f"line {number} isn't JSON ({error}), of {len(line):,} bytes"
        raise ValueError(msg) from None
    if not isinstance(found, dict):
        msg = f"line {number} is {_KINDS[type(found)]} and no JSON object"
        raise ValueError(msg)  # noqa: TRY004 (the text is wrong, not its type)
    return found


def _is_call(rendered: Any) -> bool:
    # What structlog lets a renderer return for a logger that takes more than text.
    return (
        isinstance(rendered, tuple)
        and len(rendered) == 2  # noqa: PLR2004 (arguments and keywords)
        and isinstance(rendered[0], tuple)
        and len(rendered[0]) == 1
    )
