"""Every exception this library raises, in one tree.

```
StructlogEnrichError
├── ConfigurationError    (also a ValueError)
├── MissingExtraError     (also an ImportError)
└── SpanError             (also a RuntimeError)
```

A logging call raises none of these: they come from construction and from using a span twice, where they can be mended.
"""

from __future__ import annotations

__all__ = ["ConfigurationError", "MissingExtraError", "SpanError", "StructlogEnrichError"]


class StructlogEnrichError(Exception):
    """Be the base of every exception of this library."""


class ConfigurationError(StructlogEnrichError, ValueError):
    """Say which parameter broke which rule, and what to do.

    Args:
        parameter: The name of the parameter, as the caller spells it: `tags["team"]`.
        rule: What the value must be, in a few words: `must be a string, a finite number or a bool`.
        received: The value as text. A caller whose value may be a secret passes its type instead.
        remedy: One sentence on how to mend it; empty when the rule already says so.

    >>> str(ConfigurationError("max_depth", "must be between 1 and 64", received="0"))
    'max_depth must be between 1 and 64, not 0'
    """

    def __init__(self, parameter: str, rule: str, *, received: str, remedy: str = "") -> None:
        self.parameter = parameter
        self.rule = rule
        self.received = received
        self.remedy = remedy
        message = f"{parameter} {rule}, not {received}"
        super().__init__(f"{message}. {remedy}" if remedy else message)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the keyword arguments, which `BaseException` forgets."""
        return _configuration_error, (self.parameter, self.rule, self.received, self.remedy)


def _configuration_error(parameter: str, rule: str, received: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(parameter, rule, received=received, remedy=remedy)


class MissingExtraError(StructlogEnrichError, ImportError):
    """Say which extra must be installed for what was asked for.

    Args:
        feature: What needs it, as the caller spells it: `preset(ids="otel")`.
        package: The distribution that isn't there.
        extra: The extra of this project that brings it.

    >>> str(MissingExtraError('preset(ids="otel")', "opentelemetry-api", "otel"))
    'preset(ids="otel") needs opentelemetry-api: pip install \\'structlog-enrich[otel]\\''
    """

    def __init__(self, feature: str, package: str, extra: str) -> None:
        self.feature = feature
        self.package = package
        self.extra = extra
        super().__init__(f"{feature} needs {package}: pip install 'structlog-enrich[{extra}]'", name=package)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the arguments, which `ImportError` replaces by its message."""
        return MissingExtraError, (self.feature, self.package, self.extra)


class SpanError(StructlogEnrichError, RuntimeError):
    """Say which span was used as no span can be.

    Args:
        name: The span's name.
        rule: What is wrong with how it was used.
        remedy: One sentence on what to do instead.

    >>> str(SpanError("charge card", "has started already", remedy="Make a new one"))
    "span 'charge card' has started already. Make a new one"
    """

    def __init__(self, name: str, rule: str, *, remedy: str) -> None:
        self.name = name
        self.rule = rule
        self.remedy = remedy
        super().__init__(f"span {name!r} {rule}. {remedy}")

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the arguments, which `BaseException` forgets."""
        return _span_error, (self.name, self.rule, self.remedy)


def _span_error(name: str, rule: str, remedy: str) -> SpanError:
    return SpanError(name, rule, remedy=remedy)
