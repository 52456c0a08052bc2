"""A stream of bytes, scrubbed as it comes: cut into lines, each of JSON or of text, in bounded memory."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final, Literal

from structlog_enrich.cli.jsonmasking import Hit, JSONMasker
from structlog_enrich.cli.textmasking import TOO_LONG, WINDOW, LongLine, decoded, mask_text
from structlog_enrich.redaction.markers import marker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from structlog_enrich.redaction import RedactionPolicy

__all__ = ["MAX_LINE", "NOT_JSON", "Form", "Scrubber"]

Form = Literal["auto", "json", "text"]
"""What lines are: `auto` asks each line."""

MAX_LINE: Final = 1_048_576
"""The most bytes of a line of JSON, which has to be read as a whole."""
NOT_JSON: Final = "not-json"
"""The rule that masks a line that should have been JSON."""

_BOM: Final = b"\xef\xbb\xbf"
_MARGIN: Final = b" \t\r\n"
_OBJECT: Final = re.compile(rb"(?:\xef\xbb\xbf)?[ \t]*[\[ \t]*\{[ \t\r]*(?:[\"}]|\Z)")
_RUN: Final = 16_384
_LONGEST_KEY: Final = 32_768
# What goes on with a document that a person wrote: an indented line, and better not a name of YAML either.
_INDENTED: Final = re.compile(rb"[ \t\-]")
_CONTINUES: Final = re.compile(rb"[ \t\-]|[A-Za-z0-9_.-]+:[ \t\r\n]")
_KEY_BEGINS: Final = re.compile(rb"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?!.*-----END )")
_DIGIT: Final = re.compile(rb"\d")
_KEY_GOES_ON: Final = re.compile(rb"[\s>|]*(?:[A-Za-z0-9+/=]*|(?:Proc-Type|DEK-Info|Version|Comment): .*)\s*")


class Scrubber:
    """Mask what a policy finds in a stream, and count it.

    A line that is an object or array of JSON is masked by its keys, its paths and its texts, and is left byte for byte
    when nothing is found. Any other is text, of which nothing but what is found is changed, in whatever encoding that
    has ASCII in it. Lines of text are looked at together, so that keys and manifests of several lines are found.

    Args:
        policy: What is a secret, and what stands in its place.
        form: `json` masks a line whole that isn't JSON; `text` reads none as JSON; `auto` asks each line.
        max_line: Bytes of the longest line of JSON; a longer one is masked whole.
        found: Told of each finding: the number of the line, from 1, and what it is.

    >>> from structlog_enrich.redaction import DEFAULT_POLICY
    >>> scrubber = Scrubber(DEFAULT_POLICY)
    >>> scrubber.feed(b'{"password": "hunter2", "n": 1}\\npassword=hunt') + scrubber.feed(b"er2") + scrubber.end()
    b'{"password":"[REDACTED:password]","n":1}\\npassword=[REDACTED:password]'
    >>> scrubber.lines, scrubber.masked
    (2, Counter({'password': 2}))
    """

    __slots__ = (
        "_form", "_found", "_is_skipping", "_json", "_key", "_key_prefix", "_line", "_long", "_max_line", "_policy",
        "_rest", "_run", "_size", "lines", "masked", "torn",
    )  # fmt: skip

    def __init__(
        self,
        policy: RedactionPolicy,
        form: Form = "auto",
        *,
        max_line: int = MAX_LINE,
        found: Callable[[int, Hit], None] = lambda _line, _hit: None,
    ) -> None:
        self._policy: Final = policy
        self._form: Final = form
        self._max_line: Final = max_line
        self._found: Final = found
        self._json: Final = JSONMasker(policy)
        self.lines = 0
        self.masked: Final[Counter[str]] = Counter()
        # Lines that begin as an object does and are none.
        self.torn = 0
        self._line = 0
        self._rest = b""
        self._run: list[bytes] = []
        self._size = 0
        self._key: list[bytes] = []
        self._key_prefix = 0
        self._long: LongLine | None = None
        self._is_skipping = False

    def feed(self, data: bytes) -> bytes:
        """Take what comes next, and return what is done by then."""
        return b"".join(self._fed(data))

    def flush(self) -> bytes:
        """Return the lines that are held back, but for a private key that isn't ended."""
        return b"".join(self._end_run())

    def end(self) -> bytes:
        """Return all that is held back: the stream has ended. The next line is the first of another."""
        done = b"".join(self._ended())
        self._line = 0
        return done

    def _fed(self, data: bytes) -> Iterator[bytes]:
        if self._is_skipping or self._long is not None:
            begun, newline, data = data.partition(b"\n")
            if self._long is not None:
                yield from self._long.push(begun)
            if not newline:
                return
            yield from self._end_long()
            yield newline
        *lines, self._rest = (self._rest + data).split(b"\n") if data else (self._rest,)
        for line in lines:
            yield from self._whole(line + b"\n")
        if len(self._rest) > WINDOW:
            yield from self._begin_long()

    def _ended(self) -> Iterator[bytes]:
        rest, self._rest = self._rest, b""
        if rest:
            yield from self._whole(rest)
        yield from self._end_run()
        yield from self._end_key()
        yield from self._end_long()

    def _begin_long(self) -> Iterator[bytes]:
        is_json = self._form == "json" or (self._form == "auto" and _OBJECT.match(self._rest))
        if is_json and len(self._rest) <= self._max_line:
            return
        yield from self._end_run()
        yield from self._end_key()
        begun, self._rest = self._rest, b""
        self._count_line()
        if is_json:
            self._is_skipping = True
            left, hits = _whole_line(TOO_LONG)
            self._hit(self._line, *hits)
            yield left
        else:
            self._long = LongLine(self._policy)
            yield from self._long.push(begun)

    def _end_long(self) -> Iterator[bytes]:
        self._is_skipping = False
        if self._long is not None:
            yield self._long.end()
            for hit in self._long.hits:
                self._hit(self._line, hit)
            self._long = None

    def _whole(self, line: bytes) -> Iterator[bytes]:
        """Mask a line that is known to its end."""
        if (masked := self._as_json(line)) is not None:
            yield from self._end_run()
            yield from self._end_key()
            self._count_line()
            for hit in masked[1]:
                self._hit(self._line, hit)
            yield masked[0]
        elif self._key and self._goes_on(line):
            self._count_line()
            self._key.append(line)
            if b"-----END " in line:
                yield from self._end_key()
        else:
            yield from self._end_key()
            yield from self._as_text(line)

    def _as_text(self, line: bytes) -> Iterator[bytes]:
        key = _KEY_BEGINS.search(line)
        size = self._size + len(line)
        if key or size > WINDOW or (size > _RUN and not (_INDENTED if size > 2 * _RUN else _CONTINUES).match(line)):
            yield from self._end_run()
        self._count_line()
        if len(line) > WINDOW:
            body = line.removesuffix(b"\n")
            self._long = LongLine(self._policy)
            yield from self._long.push(body)
            yield from self._end_long()
            yield line[len(body) :]
        elif key:
            self._key_prefix = key.start()
            self._key.append(line)
        else:
            self._run.append(line)
            self._size += len(line)

    def _as_json(self, line: bytes) -> tuple[bytes, list[Hit]] | None:
        """Return a line of JSON without its secrets; None for one that is to be read as text."""
        body = line.strip(_MARGIN).removeprefix(_BOM).lstrip(_MARGIN)
        if self._form == "text" or not body or (self._form == "auto" and body[:1] not in {b"{", b"["}):
            return None
        too_long = len(body) > self._max_line
        masked = None if too_long else self._json.mask(text := decoded(body))
        if masked is None:
            if self._form == "auto" and not (too_long and _OBJECT.match(body)):
                self.torn += body.startswith(b"{")
                return None
            left, hits = _whole_line(TOO_LONG if too_long else NOT_JSON)
        elif masked.text is text:
            return line, masked.hits
        else:
            left, hits = masked.text.encode("utf-8", "surrogateescape"), masked.hits
        start = line.index(body)
        return line[:start] + left + line[start + len(body) :], hits

    def _goes_on(self, line: bytes) -> bool:
        if b"-----BEGIN " in line or b"[REDACTED:" in self._key[-1]:
            return False
        if sum(map(len, self._key)) + len(line) > _LONGEST_KEY:
            return False
        # Each line may have the same before it but for digits, such as a time or the name of a container.
        before, first = line[: self._key_prefix], self._key[0][: self._key_prefix]
        behind = line[len(before) :] if _DIGIT.sub(b"0", before) == _DIGIT.sub(b"0", first) else line
        return b"-----END " in line or any(map(_KEY_GOES_ON.fullmatch, (line, behind)))

    def _end_key(self) -> Iterator[bytes]:
        lines, self._key = self._key, []
        yield from self._masked(lines)

    def _end_run(self) -> Iterator[bytes]:
        lines, self._run, self._size = self._run, [], 0
        yield from self._masked(lines)

    def _masked(self, lines: list[bytes]) -> Iterator[bytes]:
        if lines:
            # What is masked to the end of the text must not take the next line's beginning.
            text = b"".join(lines)
            body = text.rstrip(b"\r\n")
            left, found = mask_text(self._policy, body)
            first = self._line - len(lines) + 1
            for at, hit in found:
                self._hit(first + at, hit)
            yield left + text[len(body) :]

    def _count_line(self) -> None:
        self._line += 1
        self.lines += 1

    def _hit(self, line: int, hit: Hit) -> None:
        self.masked[hit.rule] += 1
        self._found(line, hit)


def _whole_line(rule: str) -> tuple[bytes, list[Hit]]:
    # Whoever reads lines of JSON finds one.
    return f'"{marker(rule)}"'.encode(), [Hit(rule)]
