"""Harmless twins of the cases: what looks like a secret to whoever doesn't read, and must stay as it is."""

from __future__ import annotations

import collections
import enum
import types
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import orjson

from benchmarks.judge.bypass.canaries import Canary
from benchmarks.judge.bypass.planting import Planting

__all__ = ["HARMLESS", "Twin", "altered"]

_UUID: Final = "3f2b8c1e-9d47-4a6f-8e21-5b7c90d1e2f3"
_SHA: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_HOST: Final = "https://api.example/v1/orders"


class _Page(NamedTuple):
    next_page_token_count: int
    title: str


class _Mode(enum.Enum):
    PUBLIC_KEY = "public_key"


@dataclass
class _Reader:
    author: str
    monkey: str


class Twin(NamedTuple):
    """Describe an event without a secret.

    Attributes:
        name: What stands in the table.
        given: What is logged.
        written: What must stand in the payload; default the same.
        event: The message, which must stay too.
    """

    name: str
    given: dict[Any, Any]
    written: dict[str, Any] | None = None
    event: str = "x"


def _texts(name: str, *texts: str) -> tuple[Twin, ...]:
    # As a message and as a value: neither may change.
    return tuple(Twin(f"{name}, {number}", {"text": text}, event=text) for number, text in enumerate(texts, 1))


def altered(twin: Twin) -> list[str]:
    """Return which parts of the line aren't as they were given."""
    planting = Planting(Canary(twin.name))
    planting.info(twin.event, **twin.given)
    line = orjson.loads(planting.written())
    wanted = twin.given if twin.written is None else twin.written
    found = line.get("payload", {})
    changed = [f"payload.{name}" for name in wanted if found.get(name) != wanted[name]]
    changed += [f"payload.{name}" for name in found if name not in wanted]
    changed += ["message"] if line["message"] != twin.event else []
    return changed + line.get("redacted", []) + planting.changed


HARMLESS: Final = (
    Twin("keys: what only speaks of a password", {"password_set_at": "2026-01-01", "password_length": 12}),
    Twin("keys: yes, no and nothing", {"password": None, "has_password": True, "token_required": "yes"}),
    Twin("keys: counted tokens", {"prompt_tokens": 812, "max_tokens": 4_096, "token_count": 7}),
    Twin("keys: what a validator says", {"errors": {"password": ["This field is required."]}}),
    Twin("keys: when credentials are sent", {"credentials": "include"}),
    Twin("keys: kinds of tokens", {"token_type": "bearer", "auth_method": "saml", "grant_type": "password"}),
    Twin("keys: public keys and others", {"public_key": "ssh-ed25519 AAAA", "primary_key": 7, "cache_key": "orders:7"}),
    Twin(
        "keys: ids", {"session_id": _UUID, "access_key_id": "AKIDEXAMPLE", "request_id": "req-8812", "kid": "2026-01"}
    ),
    Twin("keys: words within words", {"monkey": "rhesus", "compass": "north", "passenger": "ada", "author": "ada"}),
    Twin(
        "keys: more words within words",
        {"keyboard": "qwertz", "bypass": "valve", "tokenizer": "bpe", "secretary": "ada"},
    ),
    Twin("keys: a name and a path", {"secret_name": "db/prod", "password_file": "/run/x", "credential_type": "oidc"}),
    Twin("keys: Cyrillic words", {"form": {"\u043f\u0430\u0440\u043e\u043c": "ferry"}}),
    Twin("keys: bytes", {"form": {b"user": "ada"}}, {"form": {"user": "ada"}}),
    Twin("keys: a tuple", {"form": {("user", "name"): 1}}, {"form": {"('user', 'name')": 1}}),
    Twin(
        "containers: nested", {"a": ([{"b": ({"user": "ada", "n": 1},)}],)}, {"a": [[{"b": [{"user": "ada", "n": 1}]}]]}
    ),
    Twin("containers: named tuple", {"page": _Page(3, "x")}, {"page": {"next_page_token_count": 3, "title": "x"}}),
    Twin("containers: dataclass", {"r": _Reader("ada", "rhesus")}, {"r": {"author": "ada", "monkey": "rhesus"}}),
    Twin("containers: enum", {"mode": _Mode.PUBLIC_KEY}, {"mode": "public_key"}),
    Twin("containers: proxy", {"form": types.MappingProxyType({"user": "ada"})}, {"form": {"user": "ada"}}),
    Twin("containers: chain map", {"form": collections.ChainMap({"user": "ada"})}, {"form": {"user": "ada"}}),
    Twin("containers: sets", {"seen": {"b", "a"}}, {"seen": ["a", "b"]}),
    Twin("containers: bytes", {"raw": b"user=ada&page=2"}, {"raw": "user=ada&page=2"}),
    Twin("containers: namespace", {"o": types.SimpleNamespace(user="ada")}, {"o": "namespace(user='ada')"}),
    Twin("containers: name and value", {"env": [{"name": "PATH", "value": "/usr/bin:/bin"}]}),
    Twin("containers: a name that is a secret's, alone", {"columns": [{"name": "password", "type": "varchar(128)"}]}),
    Twin("containers: names of secrets", {"required": ["user", "password"], "fields": ["password", "token", "n"]}),
    Twin("containers: two names of secrets", {"fields": ["password", "token"]}),
    Twin("containers: a key that is looked up", {"key": "orders:7", "value": 12}),
    Twin(
        "containers: header pairs",
        {"headers": [["Accept", "*/*"], ["X-Request-Id", _UUID], ["Content-Type", "text/html"]]},
    ),
    Twin("containers: header pairs of bytes", {"h": [(b"accept", b"*/*")]}, {"h": [["accept", "*/*"]]}),
    Twin("containers: environ", {"environ": {"HTTP_ACCEPT": "*/*", "HTTP_USER_AGENT": "curl/8.5", "HTTP_HOST": "a"}}),
    Twin("containers: argv", {"argv": ["psql", "--user", "ada", "--host", "db", "--no-password", "-f", "a.sql"]}),
    Twin("containers: a flag before another option", {"argv": ["psql", "--password", "--host", "db"]}),
    Twin(
        "containers: pairs of numbers",
        {"points": [[1, 2], [3, 4]], "span": ("from", "to")},
        {"points": [[1, 2], [3, 4]], "span": ["from", "to"]},
    ),
    *_texts(
        "texts: words of security",
        "session opened for user root by (uid=0)",
        "Failed password for invalid user admin from 10.0.0.7 port 22 ssh2",
        "authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=10.0.0.7",
        "password is required",
        "the token expired 3 minutes ago",
        "secret rotated, new version 4",
        "invalid credentials for user ada",
        "Authorization header missing",
        "no api key given",
        "password: must have at least 12 characters",
        "{'password': ['This field is required.'], 'n': 1}",
        "pass=3 fail=0",
        "token=17 of 20",
        "password (sha256)",
    ),
    *_texts(
        "texts: ids and digests",
        f"request {_UUID} took 12.5 ms",
        f"pulled sha256:{_SHA}",
        f"commit {_SHA[:40]} deployed to eu-west-1",
        'etag W/"686897696a7c876b7e"',
        "trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7",
    ),
    *_texts(
        "texts: URLs",
        f"GET {_HOST}?page=2&sort=-created&limit=50 200",
        "https://ada@git.example/shop.git",
        "see https://docs.example/auth/tokens#refresh-tokens",
        "postgres://db:5432/shop",
        "mail from ada@example.com to bob@example.com: ok",
    ),
    *_texts(
        "texts: bodies",
        '{"user": "ada", "items": [1, 2], "password": null}',
        '{"token_type": "bearer", "expires_in": 3600}',
        "{'user': 'ada', 'n': 1}",
        "user=ada&page=2&next=%2Forders",
        "<login><user>ada</user></login>",
        "password=",
        "password=None token=<unset>",
        "password=********",
    ),
    *_texts(
        "texts: code",
        "def login(user, password): return check(user, password)",
        "token = self.next_token()",
        "SELECT id, password FROM members WHERE id = ?",
        'File "auth/tokens.py", line 12, in refresh_token',
        "KeyError: 'password'",
        'SELECT "u"."password", "u"."name" FROM "u" WHERE "u"."id" = %s; args=(7,)',
        "UPDATE members SET password = :token, token = %(reset_token_1)s, pin = @p0, secret = $1 WHERE password = ?",
        "INSERT INTO members (name, password) VALUES (:name, :password)",
        "fetch('/api', {credentials: 'same-origin'})",
        "TypeError: login() missing 1 required positional argument: 'password'",
        "-----BEGIN CERTIFICATE-----",
    ),
)
"""All twins: of keys, containers and texts."""
