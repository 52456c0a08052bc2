"""Every exception this library raises, in one tree.

```
StructlogEnrichError
└── ConfigurationError  (also a ValueError)
```

A logging call raises none of these: they come from construction, where they can be mended.
"""

from __future__ import annotations

__all__ = ["ConfigurationError", "StructlogEnrichError"]


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
