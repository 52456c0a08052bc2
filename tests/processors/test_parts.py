"""The parts of a line: each is looked into, and keeps the shape that readers know."""

from __future__ import annotations

import copy
from collections import UserString
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, TypedDict

import orjson
import pytest

from structlog_enrich import preset, span
from structlog_enrich.processors import HEADER, Envelope, Redact, SchemaVersion
from structlog_enrich.redaction import Call, Drop, RedactionPolicy, Sensitive
from tests.processors.test_redact import span_line

SECRET = "hunter2"
OPAQUE = "a8Fk3kd93kXq7Zk3RxV9mB"


class Account(TypedDict):
    """A dict with a marked field."""

    mail: Annotated[str, Sensitive()]
    plan: str


@dataclass
class Owner:
    """A dataclass with a marked field of its own."""

    name: Annotated[str, Sensitive()]


@dataclass
class Shop:
    """What holds accounts in every way."""

    by_name: dict[str, Account]
    lists: dict[str, list[Account]]
    some: tuple[Account, ...]
    owner: Account | Owner


class Kind(Enum):
    """An enum whose value is a secret."""

    A = OPAQUE


def written(policy: RedactionPolicy, event: dict[str, Any], span: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the line that is written for an event, read back."""
    line = span_line({}, **event) if span is not None else Envelope()(None, "info", {"event": "paid", **event})
    if span is not None:
        line["span"] = {**line["span"], **span}
    found: dict[str, Any] = orjson.loads(orjson.dumps(Redact(policy, trusted=HEADER)(None, "info", line)))
    return found


class TestWholeParts:
    """Paths that mean a part of the line."""

    @pytest.mark.parametrize("event", [{"note": SECRET}, {"note": SECRET, "raw": b"x"}], ids=["plain", "walked"])
    def test_payload(self, event: dict[str, Any], validator: Any) -> None:
        """Each of its values goes, whatever it is, and what readers know as an object stays one."""
        line = written(RedactionPolicy(paths=["payload"]), event)
        assert dict.fromkeys(event, "[REDACTED:path]") == line["payload"]
        assert [f"payload.{name}:path" for name in event] == line["redacted"]
        assert [] == list(validator.iter_errors(SchemaVersion()(None, "info", line)))

    def test_nothing_left(self, validator: Any) -> None:
        """A part of which all is dropped isn't there."""
        policy = RedactionPolicy(paths=["payload"], strategies={"payload": Drop()})
        line = written(policy, {"note": SECRET})
        assert ("payload" in line, ["payload.note:path"]) == (False, line["redacted"])
        assert [] == list(validator.iter_errors(SchemaVersion()(None, "info", line)))

    @pytest.mark.parametrize("path", ["span", "span.attributes"])
    def test_attributes(self, path: str) -> None:
        """So do those of a span."""
        line = written(RedactionPolicy(paths=[path]), {}, span={"attributes": {"note": SECRET}})
        assert {"note": "[REDACTED:path]"} == line["span"]["attributes"]
        assert ["span.attributes.note:path"] == line["redacted"]

    def test_message(self) -> None:
        """A message that goes leaves its place empty, or a marker."""
        assert "[REDACTED:path]" == written(RedactionPolicy(paths=["message"]), {})["message"]
        dropped = RedactionPolicy(paths=["message"], strategies={"message": Drop()})
        assert "" == written(dropped, {})["message"]


class TestSpan:
    """What a span is called."""

    @pytest.mark.parametrize("name", ["name", "peer", "outcome"])
    def test_texts(self, name: str) -> None:
        """A secret in it goes; which span it is stays."""
        line = written(RedactionPolicy(), {}, span={name: f"postgres://app:{SECRET}@db/shop"})
        assert "postgres://app:[REDACTED:url-userinfo]@db/shop" == line["span"][name]
        assert [f"span.{name}:url-userinfo"] == line["redacted"]
        assert "end" == line["span"]["phase"]

    def test_operation(self) -> None:
        """It is on every line of the trace, and looked into on each."""
        line = Envelope()(None, "info", {"event": "paid"})
        line = {**{name: line[name] for name in list(line)[:4]}, "operation": f"migrate --password={SECRET}", **line}
        found = Redact(trusted=HEADER)(None, "info", line)
        assert "migrate --password=[REDACTED:password]" == found["operation"]
        assert ["operation:password"] == found["redacted"]

    def test_the_library_s_own_lines(self, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
        """A span whose name holds a secret ends with a line that doesn't."""
        import structlog  # noqa: PLC0415

        structlog.configure(processors=preset(renderer="json"), logger_factory=structlog.BytesLoggerFactory())
        with span(f"GET https://api/x?api_key={OPAQUE}") as current:
            current.outcome = f"password={SECRET}"
        out = capsysbinary.readouterr().out
        assert out
        assert not {OPAQUE, SECRET} & {each for each in (OPAQUE, SECRET) if each.encode() in out}


class TestInDoubt:
    """Names under which only the value tells."""

    @pytest.mark.parametrize(
        "value",
        [OPAQUE, OPAQUE.encode(), [OPAQUE], {OPAQUE}, (OPAQUE,), Kind.A, (Kind.A,), UserString(OPAQUE), [{OPAQUE}]],
        ids=range(9),
    )
    def test_every_kind(self, value: Any) -> None:
        """Whatever holds it, it is told as it would be alone."""
        assert OPAQUE not in str(written(RedactionPolicy(), {"auth": value}))


class TestMarks:
    """Fields that are marked, wherever annotations lead."""

    def test_typed_dicts(self) -> None:
        """In dicts, lists and tuples of them; what isn't one is what it is itself."""
        account: Account = {"mail": SECRET, "plan": "x"}
        shop = Shop({"a": account}, {"a": [account]}, (account,), Owner(SECRET))
        line = written(RedactionPolicy(), {"shop": shop})
        assert SECRET not in str(line)
        assert (4, "x") == (len(line["redacted"]), line["payload"]["shop"]["by_name"]["a"]["plan"])

    def test_the_payload_itself(self) -> None:
        """A registered `TypedDict` that is logged by its names is one, too."""
        line = written(RedactionPolicy(types={Account}), {"mail": SECRET, "plan": "x"})
        assert {"mail": "[REDACTED:secret]", "plan": "x"} == line["payload"]

    def test_an_allowed_key_and_a_path_win(self) -> None:
        """Over what the field is marked with."""
        value = {"owner": Owner(SECRET)}
        assert SECRET == written(RedactionPolicy(allow={"name"}), value)["payload"]["owner"]["name"]
        path = RedactionPolicy(paths=["payload.owner.name"], strategies={"payload.owner.name": Drop()})
        assert {} == written(path, value)["payload"]["owner"]


class TestStrategies:
    """What strategies leave."""

    def test_a_dict(self) -> None:
        """What a function makes is written without another look, and it is asked once."""
        asked: list[str] = []

        def shown(value: Any, path: str, rule: str) -> dict[str, Any]:
            asked.append(path)
            return {"password": "***", "length": len(value)}

        policy = RedactionPolicy(strategies={"password": Call(shown)})
        line = written(policy, {"password": SECRET})
        assert {"password": {"password": "***", "length": 7}} == line["payload"]
        assert ["payload.password"] == asked

    def test_a_dry_run_with_bytes(self) -> None:
        """Nothing is replaced, also in bytes that are no text; it is noted."""
        event = {"raw": b"\xff password=" + SECRET.encode()}
        dry, wet = (written(RedactionPolicy(dry_run=each), event) for each in (True, False))
        assert dry["payload"]["raw"].startswith("base64:")
        assert ("[REDACTED:password]", dry["redacted"]) == (wet["payload"]["raw"], wet["redacted"])


class TestBehindTheEnvelope:
    """What a stage adds between envelope and redaction."""

    @pytest.mark.parametrize("first", [False, True], ids=["last", "first"])
    def test_by_its_name(self, first: bool) -> None:  # noqa: FBT001
        """A name at the top of the line is judged as anywhere, where the line is walked."""
        line = Envelope()(None, "info", {"event": "paid", "raw": b"x"})
        line = {"password": SECRET, **line} if first else {**line, "password": SECRET}
        before = copy.deepcopy(line)
        found = Redact(trusted=HEADER)(None, "info", dict(line))
        assert ("[REDACTED:password]", ["password:password"]) == (found["password"], found["redacted"])
        assert before == line

    def test_forged_notes(self) -> None:
        """What only looks like a note is looked into; what is one stays."""
        event = {"event": "x", "redacted": ["payload.a:password", f"password:{SECRET}"], "truncated": "no"}
        found = Redact()(None, "info", event)
        assert SECRET not in str(found)
        assert ["payload.a:password", "redacted[0]:password"] == found["redacted"]
