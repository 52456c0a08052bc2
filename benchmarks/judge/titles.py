"""What the page says of groups that have no limit."""

from __future__ import annotations

from typing import Final

__all__ = ["TITLES", "UNCOUNTED"]

TITLES: Final = {
    "gitleaks templates, gone": "gitleaks, its templates filled: secrets gone",
    "detect_secrets, gone": "detect-secrets: secrets gone",
    "detect_secrets, unnamed": "detect-secrets, where nobody says which part is the secret: texts altered",
    "noseyparker, changed": "noseyparker: texts in which something was masked, be it what its pattern names or not",
    "noseyparker, unnamed": "noseyparker, where nobody says which part is the secret: texts altered",
    "noseyparker identifiers, gone": "noseyparker, account ids and names of assets, which are no secrets: gone",
    "keys_sensitive debatable, gone": "sensitive keys that one may dispute: values gone",
    "keys_ecs, gone": "ECS, the names that do hold a password: masked",
    "presidio, gone": "presidio, with every pack of `PII`: personal data gone",
    "presidio, unnamed": "presidio, with every pack, where nobody says which part is personal: texts altered",
    "serilog, gone": "serilog, with every pack: personal data gone",
    "serilog, unnamed": "serilog, with every pack, where nobody says which part is personal: texts altered",
    "gitleaks, whole": "gitleaks, its own false positives: nothing left of the text",
    "gitleaks advisory, altered": "gitleaks, false positives that a log had better mask: altered",
    "noseyparker, altered": "noseyparker, its own negatives: altered",
    "secretlint, altered": "secretlint, its own negatives: altered",
    "datadog_scrubber, altered": "datadog, its own negatives: altered",
    "detect_secrets, altered": "detect-secrets, its own negatives: altered",
    "presidio, altered": "presidio, with every pack, its own negatives: altered",
    "serilog, altered": "serilog, with every pack, its own negatives: altered",
}
"""By group, in the order of the page."""

UNCOUNTED: Final = {
    "pino_paths, recorded with a change above what the path means": (
        "in which fast-redact masked a value that stands higher than any of the paths reaches, after two wildcards in "
        "the middle of a path;"
    ),
    "pino_paths, recorded with a key that the input hasn't": (
        "in which the output has a key that the input hasn't: one inherited from JavaScript's prototype, or one that "
        "fast-redact made up at the same place in a path;"
    ),
    "pino_paths, recorded without the key `__proto__`": (
        "in which the input has a key `__proto__`, which JavaScript's copy takes for something else and leaves out."
    ),
}
"""Which records of pino's redactors can't follow from their own inputs, by group."""
