"""Bring a line that is too long within its limit, giving up what is missed least."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.processors.encoding import ascii_only, encode
from structlog_enrich.processors.limits import MAX_NOTES, SHORTEST
from structlog_enrich.processors.texts import cut
from structlog_enrich.redaction.paths import path_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from structlog_enrich.redaction.paths import Path

    # What holds it, under which key, where that is, and the text as it was.
    _Text = tuple[Any, Any, Path, str]

__all__ = ["fit", "refit"]

_RULE: Final = "max_line"
_MARK: Final = re.compile(r"…\[\+([0-9]{1,12})\]\Z")
_LONGEST_MARK: Final = 17
_MAX_TRIES: Final = 8


def fit(line: dict[str, Any], most: int, truncated: list[str]) -> None:
    """Shorten *line* in place until it needs at most *most* bytes, newline and the *truncated* to come included.

    First goes the stack, then what attributes a span has too much, then the largest texts of the payload, then the
    context, then the payload, then what else the error, the message and the notes have too much. The header never goes.

    Args:
        line: A line whose containers no one else holds.
        most: Bytes.
        truncated: Where each cut is noted as `path:max_line`.
    """
    for shorten in _STEPS:
        if _size(line, truncated) <= most:
            return
        shorten(line, most, truncated)


def refit(line: dict[str, Any], most: int) -> None:
    """Shorten a finished *line* in place until it needs at most *most* bytes with all that isn't ASCII escaped.

    Args:
        line: A line that already fits as UTF-8.
        most: Bytes, newline included.
    """
    truncated = list(line.pop("truncated", ()))
    tail = {"truncated": truncated, "faults": line.pop("faults", [])}
    within = most
    for attempt in range(_MAX_TRIES):
        size = len(ascii_only(encode({**line, **tail}).decode())) + 1
        if size <= most:
            break
        now = min(within, _size(line, truncated))
        # The same share less of UTF-8 is about right; the last attempts take off all that is too much, which is enough.
        within = now * most // size - 1 if attempt < _MAX_TRIES // 2 else now - (size - most)
        fit(line, within, truncated)
    # A text that was cut again is named once.
    truncated[:] = list(dict.fromkeys(truncated))[:MAX_NOTES]
    line.update({name: notes for name, notes in tail.items() if notes})


def _size(line: dict[str, Any], truncated: list[str]) -> int:
    # One note more than there are: the cut that follows adds its own.
    return len(encode(line)) + 1 + len(encode({"truncated": [*truncated[:MAX_NOTES], f"payload:{_RULE}"]}))


def _drop_stack(line: dict[str, Any], _most: int, truncated: list[str]) -> None:
    error = line.get("error")
    if isinstance(error, dict) and error.pop("stack", None) is not None:
        truncated.append(f"error.stack:{_RULE}")


def _shorten_attributes(line: dict[str, Any], most: int, truncated: list[str]) -> None:
    # They are few and short; those that take a quarter of a line are what made it too long, and nobody's payload.
    span, share = line.get("span"), most // 4
    if _is_flat(line) or not isinstance(span, dict):
        return
    attributes = span.get("attributes")
    if not isinstance(attributes, dict) or len(encode(attributes)) <= share:
        return
    texts = _texts(attributes, ((None, "span"), "attributes"))
    _halve(texts, truncated, lambda notes: len(encode(attributes)) > share and _size(line, notes) > most)
    if len(encode(attributes)) > share and _size(line, truncated) > most:
        _drop(span, "attributes", truncated, "span.attributes")


def _shorten_payload(line: dict[str, Any], most: int, truncated: list[str]) -> None:
    flat = _is_flat(line)
    payload = line if flat else line.get("payload")
    texts = _texts(payload, None if flat else (None, "payload")) if isinstance(payload, dict) else []
    _halve(texts, truncated, lambda notes: _size(line, notes) > most)


def _halve(texts: list[_Text], truncated: list[str], is_too_long: Callable[[list[str]], bool]) -> None:
    # Halve the longest that a text may be until it is enough, so that the largest pay and small ones stay whole.
    longest = max((len(text) for *_, text in texts), default=0)
    notes = truncated
    while longest > SHORTEST and is_too_long(notes):
        longest = max(longest // 2, SHORTEST)
        over = [each for each in texts if len(each[-1]) > longest]
        for holder, key, _, text in over:
            holder[key] = _cut_again(text, longest)
        notes = [*truncated, *(f"{path_text(path)}:{_RULE}" for _, _, path, _ in over[:MAX_NOTES])]
    truncated[:] = notes


def _is_flat(line: dict[str, Any]) -> bool:
    # An event that saw no `Envelope` is payload altogether.
    return "schema_version" not in line


def _cut_again(text: str, most: int) -> str:
    # The characters that an earlier cut took count too.
    mark = _MARK.search(text[-_LONGEST_MARK:])
    if mark is None:
        return cut(text, most)
    text, gone = text[: -len(mark[0])], int(mark[1])
    kept = most - len(f"…[+{len(text) + gone}]")
    return f"{text[:kept]}…[+{len(text) - kept + gone}]"


def _texts(value: Any, path: Path | None) -> list[_Text]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found: list[_Text] = []
    for key, item in items:
        if isinstance(item, str):
            found.append((value, key, (path, key), item))
        elif isinstance(item, dict | list):
            found.extend(_texts(item, (path, key)))
    return found


def _drop_context(line: dict[str, Any], _most: int, truncated: list[str]) -> None:
    _drop(line, "context", truncated)


def _drop_payload(line: dict[str, Any], most: int, truncated: list[str]) -> None:
    # The largest items first, so that one monster doesn't cost the small ones beside it.
    flat = _is_flat(line)
    payload = line if flat else line.get("payload")
    if isinstance(payload, dict):
        excess = _size(line, truncated) - most
        sizes = {name: len(encode({name: item})) - len("{}") for name, item in payload.items()}
        for name in sorted(sizes, key=sizes.__getitem__, reverse=True):
            if excess <= 0:
                truncated.extend([] if flat else [f"payload:{_RULE}"])
                return
            del payload[name]
            excess -= sizes[name]
            truncated.extend([f"{path_text((None, name))}:{_RULE}"] if flat else [])
    _drop(line, "payload", truncated)


def _drop(holder: dict[str, Any], name: str, truncated: list[str], path: str | None = None) -> None:
    path = path or name
    if holder.pop(name, None) is not None:
        # One note for all that went with it.
        truncated[:] = [note for note in truncated if not note.startswith(path)]
        truncated.append(f"{path}:{_RULE}")


def _drop_details(line: dict[str, Any], _most: int, truncated: list[str]) -> None:
    error = line.get("error")
    if isinstance(error, dict):
        found = [name for name in ("notes", "causes", "exceptions") if error.pop(name, None) is not None]
        truncated.extend(f"error.{name}:{_RULE}" for name in found)


def _shorten_rest(line: dict[str, Any], most: int, truncated: list[str]) -> None:
    # What is left that a call can make long. A sixteenth for each leaves half of the line to the header.
    share = most // 16
    error, span = line.get("error"), line.get("span")
    objects = (
        (line, "links", "links"),
        (line, "baggage", "baggage"),
        (line, "extensions", "extensions"),
        (span, "attributes", "span.attributes"),
    )
    texts = (line, "message", "message"), (error, "type", "error.type"), (error, "message", "error.message")
    for holder, name, path in objects:
        if isinstance(holder, dict) and name in holder and len(encode({"": holder[name]})) > share:
            _drop(holder, name, truncated, path)
    for holder, name, path in texts:
        text = holder.get(name) if isinstance(holder, dict) else None
        if holder and isinstance(text, str) and len(encode({"": text})) > share:
            # Six bytes are the most that a character needs.
            holder[name] = _cut_again(text, max(share // 6, SHORTEST))
            truncated.append(f"{path}:{_RULE}")
    for name, notes in (("redacted", line.get("redacted", [])), ("truncated", truncated)):
        if len(encode({"": notes})) > share:
            while notes and len(encode({"": notes})) > share:
                del notes[len(notes) // 2 :]
            truncated.append(f"{name}:{_RULE}")
    if line.get("redacted") == []:
        del line["redacted"]


_STEPS: Final = (
    _drop_stack,
    _shorten_attributes,
    _shorten_payload,
    _drop_context,
    _drop_payload,
    _drop_details,
    _shorten_rest,
)
"""What is tried, one after the other until the line fits."""
