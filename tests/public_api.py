"""Print the public face of the package: `make api` writes it into `public_api.txt`.

Of each public module it shows what `__all__` names, described where it first comes up. Names that come from structlog
are listed without their signature, which is structlog's to change; the models of the wire with their fields only,
because `line-1.0.schema.json` says the rest.
"""

from __future__ import annotations

import enum
import importlib
import inspect
from typing import TYPE_CHECKING, Any, is_typeddict

import structlog_enrich

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MODULES = (
    "structlog_enrich",
    "structlog_enrich.delivery",
    "structlog_enrich.exceptions",
    "structlog_enrich.explaining",
    "structlog_enrich.integrations.asgi",
    "structlog_enrich.integrations.httpx",
    "structlog_enrich.integrations.otel_metrics",
    "structlog_enrich.integrations.prometheus",
    "structlog_enrich.processors",
    "structlog_enrich.redaction",
    "structlog_enrich.resource",
    "structlog_enrich.schema",
    "structlog_enrich.schema.fields",
    "structlog_enrich.schema.models",
    "structlog_enrich.schema.validation",
    "structlog_enrich.setup.framing",
    "structlog_enrich.testing",
    "structlog_enrich.testing.plugin",
    "structlog_enrich.trace",
)
_WIDTH = 100


class _Bare:
    """Show a text without quotes."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def described() -> str:
    """Return the public face as text."""
    seen: set[int] = set()
    return "\n".join(line for name in MODULES for line in (*_module(name, seen), ""))


def _module(name: str, seen: set[int]) -> Iterator[str]:
    yield name
    module = importlib.import_module(name)
    for each in module.__all__:
        found = getattr(module, each)
        if id(found) in seen:
            yield f"    {each}"
        else:
            seen.add(id(found))
            yield from (f"    {line}" for line in _described(each, found))


def _described(name: str, found: Any) -> Iterator[str]:
    if not callable(found):
        yield f"{name}: {type(found).__name__}"
    elif not found.__module__.startswith("structlog_enrich"):
        yield f"{name} from {found.__module__}"
    elif not inspect.isclass(found):
        yield from _callable(f"def {name}", found)
    elif hasattr(found, "model_fields"):
        yield from _listed(f"class {name}", list(found.model_fields))
    elif issubclass(found, enum.Enum):
        yield from _listed(f"class {name}", [f"{each.name} = {each.value!r}" for each in found])
    elif is_typeddict(found):
        yield from _listed(f"class {name}", sorted(found.__annotations__))
    elif issubclass(found, BaseException) and found.__init__ is Exception.__init__:
        # It has the signature of its base, which Python doesn't tell.
        yield f"class {name}"
    else:
        yield from _callable(f"class {name}", found)
        yield from (f"    {line}" for line in _members(found))


def _members(kind: type) -> Iterator[str]:
    for name, found in sorted(_public_parts(kind).items()):
        if name.startswith("_") and name != "__call__":
            continue
        if inspect.isfunction(found):
            yield from _callable(f"def {name}", found)
        elif isinstance(found, classmethod | staticmethod):
            yield from _callable(f"{type(found).__name__} {name}", found.__func__)
        else:
            yield name


def _public_parts(kind: type) -> dict[str, Any]:
    # What a base has that nobody is offered is the class's own.
    bases = [each for each in kind.__mro__[1:] if each.__module__.startswith("structlog_enrich.")]
    hidden = [each for each in bases if each.__name__ not in structlog_enrich.__all__]
    return {name: found for each in (*reversed(hidden), kind) for name, found in vars(each).items()}


def _callable(head: str, found: Callable[..., Any]) -> Iterator[str]:
    signature = inspect.signature(found)
    parameters = [_without_quotes(each) for each in signature.parameters.values()]
    if parameters and parameters[0].name == "self":
        del parameters[0]
    shown = str(inspect.Signature(parameters))[1:-1]
    returned = signature.return_annotation
    tail = "" if inspect.isclass(found) or returned is inspect.Signature.empty else f" -> {returned}"
    if len(shown) < _WIDTH:
        yield f"{head}({shown}){tail}"
    else:
        yield f"{head}("
        yield from (f"    {'*, ' * _is_first_keyword(parameters, each)}{each}," for each in parameters)
        yield f"){tail}"


def _without_quotes(parameter: inspect.Parameter) -> inspect.Parameter:
    # A set shows its elements in another order on each run.
    default = _Bare("…") if isinstance(parameter.default, frozenset) and parameter.default else parameter.default
    if parameter.annotation is not inspect.Parameter.empty:
        # A named tuple keeps its annotations as references.
        annotation = getattr(parameter.annotation, "__forward_arg__", parameter.annotation)
        parameter = parameter.replace(annotation=_Bare(str(annotation)))
    return parameter.replace(default=default)


def _is_first_keyword(parameters: list[inspect.Parameter], each: inspect.Parameter) -> bool:
    return each is next((one for one in parameters if one.kind is inspect.Parameter.KEYWORD_ONLY), None)


def _listed(head: str, names: list[str]) -> Iterator[str]:
    yield f"{head}("
    yield from (f"    {name}," for name in names)
    yield ")"


if __name__ == "__main__":
    print(described(), end="")
