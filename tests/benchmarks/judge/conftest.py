"""A folder of labelled texts of our own: a few rows of each kind, with secrets that are put together here."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

# At the end: where the package is installed from its wheel, the work tree must not come before it.
sys.path.append(str(Path(__file__).parents[3]))

SECRET = "-".join(("q7Zk", "planted", "3RxV"))
TOKEN = "".join(("gh", "p_", "R4nd0mPl4nt3dT0k3nOfThirtySixChars9x"))
TEXTS = [
    {"text": f"login with password={SECRET} done", "secret": True, "secret_span": SECRET, "kind": "assigned"},
    {"text": f"a {SECRET} that nobody could know", "secret": True, "secret_span": SECRET, "kind": "bare"},
    {"text": "order 17 shipped", "secret": False, "kind": "harmless"},
    {"text": TOKEN, "secret": False, "kind": "whole"},
    {"text": 'password = "abcdefgh"', "secret": False, "advisory_negative": True, "kind": "advisory"},
]
UNNAMED = {"text": f"token={SECRET}", "secret": True, "kind": "unnamed"}


def _events() -> list[dict[str, Any]]:
    return [
        {"text": json.dumps({"user": {"password": SECRET}}), "secret": True, "secret_span": SECRET, "kind": "event"},
        {"text": json.dumps({"mode": "password"}), "secret": False, "kind": "event"},
        {"text": json.dumps({"client_ip": "203.0.113.7"}), "secret": True, "secret_span": "203.0.113.7", "pii": True}
        | {"kind": "address"},
        {"text": f"Password: {SECRET}", "secret": True, "secret_span": SECRET, "kind": "text"},
    ]


FILES: dict[str, list[dict[str, Any]]] = {
    "gitleaks": [
        *({**row, "origin": "literal"} for row in TEXTS),
        {**TEXTS[0], "origin": "gitleaks-sample-template"},
    ],
    "noseyparker": [
        *TEXTS,
        {**TEXTS[1], "identifier_only": True},
        UNNAMED,
    ],
    "secretlint": TEXTS,
    "datadog_scrubber": TEXTS,
    "detect_secrets": [*TEXTS, UNNAMED],
    "loghub": [TEXTS[2]],
    "presidio": [
        {"text": "write to ada@example.com or bob@example.com", "secret": True, "secret_span": "ada@example.com"}
        | {"spans": ["ada@example.com", "bob@example.com"], "kind": "email"},
        {"text": "who is this?", "secret": True, "kind": "name"},
        TEXTS[2],
    ],
    "serilog": [
        {"text": "write to ada@example.com", "secret": True, "kind": "email"},
        {"text": "write to ada@example.com", "secret": True, "secret_span": "ada@example.com", "kind": "email"},
        TEXTS[2],
    ],
    "keys_sensitive": [
        {"text": "db_password", "secret": True, "kind": "key"},
        {"text": "colour", "secret": True, "kind": "key", "debatable": True},
    ],
    "keys_ecs": [{"text": "url.password", "secret": True, "kind": "key"}, {"text": "url.path", "secret": False}],
    "keys_otel": [{"text": "gen_ai.usage.input_tokens", "secret": False, "kind": "key"}],
    "kv_credsweeper": [{"text": "", "key": "password", "value": SECRET, "secret": True, "kind": "kv"}],
    "kv_ecs_otel": [{"text": json.dumps({"url.path": "/orders/17"}), "secret": False, "kind": "kv"}],
    "sentry": _events(),
    "logfire": _events(),
    "pino_paths": [
        {"paths": ["a.*"], "text": '{"a":{"b":1,"c":[2]},"b":3}', "kind": "path-mask"}
        | {"expected": '{"a":{"b":"[REDACTED]","c":"[REDACTED]"},"b":3}'},
        {"paths": "a[*]", "text": '{"a":[1,2]}', "kind": "path-remove", "expected": '{"a":[null,null]}'},
        {"paths": ["a"], "text": '{"a":1}', "kind": "path-mask", "expected": "{}"},
        {"paths": ["a"], "text": '{"a":1}', "kind": "path-mask", "censor": 0, "expected": '{"a":0}'},
        {"paths": ["a"], "text": '{"a":"abc"}', "kind": "path-censor-fn", "expected": '{"a":"xxc"}'},
        {"paths": ["a"], "text": '{"a":1,"b":2}', "kind": "path-mask", "expected": '{"a":1,"b":"[REDACTED]"}'},
        {"paths": ["a.b.c"], "text": '{"a":{"b":1}}', "kind": "path-mask", "expected": '{"a":{"b":"[REDACTED]"}}'},
        {"paths": ["a"], "text": '{"b":1}', "kind": "path-mask", "expected": '{"a":"[REDACTED]","b":1}'},
        {"paths": ["a"], "text": '{"__proto__":{"a":1}}', "kind": "path-mask", "expected": "{}"},
    ],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that holds every file of labelled texts."""
    for name, rows in FILES.items():
        lines = (json.dumps({"kind": "key", **row}) for row in rows)
        tmp_path.joinpath(f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path
