"""Variables that hold several values, or one that needs reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structlog_enrich.resource.rules import is_hex

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["READERS"]


def _attributes(text: str) -> dict[str, str]:
    # OpenTelemetry: a list in the form of W3C baggage, and whoever can't decode it discards the whole of it.
    said: dict[str, str] = {}
    for member in text.split(","):
        key, equals, value = member.partition("=")
        if not member.strip():
            continue
        if not equals or not key.strip():
            msg = "isn't a list of `key=value`"
            raise ValueError(msg)
        said[f"OTEL_RESOURCE_ATTRIBUTES {_decoded(key.strip())}"] = _decoded(value.strip())
    return said


def _decoded(text: str) -> str:
    if "%" not in text:
        return text
    first, *rest = text.split("%")
    data = bytearray(first.encode("utf-8", "surrogateescape"))
    for each in rest:
        code = each[:2]
        if not is_hex(code.lower(), 2):
            msg = "has a percent sign that encodes nothing"
            raise ValueError(msg)
        data += bytes.fromhex(code) + each[2:].encode("utf-8", "surrogateescape")
    try:
        return data.decode()
    except UnicodeDecodeError:
        msg = "encodes what isn't UTF-8"
        raise ValueError(msg) from None


def _tags(text: str) -> dict[str, str]:
    # Datadog separates by commas or, where there are none, by blanks; the first of a name counts.
    said: dict[str, str] = {}
    for tag in text.split("," if "," in text else None):
        key, _, value = tag.strip().partition(":")
        said.setdefault(f"DD_TAGS {key}", value)
    return said


def _application(text: str) -> dict[str, str]:
    import orjson  # noqa: PLC0415 (needed on this platform only)

    try:
        found = orjson.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        msg = "isn't a JSON object"
        raise ValueError(msg)  # noqa: TRY004 (what is wrong is a value, whatever its type)
    return {f"VCAP_APPLICATION {key}": value for key, value in found.items() if value is not None}


def _image(text: str) -> dict[str, str]:
    # registry:5000/app:tag@sha256:digest
    _, _, tag = text.partition("@")[0].rpartition("/")[2].partition(":")
    return {"FLY_IMAGE_REF tag": tag}


def _external(text: str) -> dict[str, str]:
    # Of Datadog's admission controller: it-<init container>,cn-<container>,pu-<pod's uid>
    pairs = (each.strip().partition("-") for each in text.split(","))
    return {f"DD_EXTERNAL_ENV {name}": value for name, _, value in pairs}


def _pull_request(text: str) -> dict[str, str]:
    return {"IS_PULL_REQUEST": "preview"} if text.strip().lower() == "true" else {}


def _not_a_script(text: str) -> dict[str, str]:
    # To a POSIX shell, ENV is the script that it starts with.
    return {} if "/" in text or text.strip().startswith(("~", "$", ".")) else {"ENV": text}


READERS: Final[Mapping[str, Callable[[str], Mapping[str, str]]]] = {
    "DD_EXTERNAL_ENV": _external,
    "DD_TAGS": _tags,
    "ENV": _not_a_script,
    "FLY_IMAGE_REF": _image,
    "IS_PULL_REQUEST": _pull_request,
    "OTEL_RESOURCE_ATTRIBUTES": _attributes,
    "VCAP_APPLICATION": _application,
}
"""How a variable's text becomes what each of its sources says. A ValueError says why the variable is discarded."""
