"""Golden lines of envelope 1.0: frozen, rebuilt byte for byte, and valid.

They are never regenerated: a reader of tomorrow must read what was written today. A change that breaks one breaks the
contract of `docs/wire-format.md`. Before the release that freezes them, `regenerate()` of `building.py` writes them
anew; then `SEAL` must be set by hand, so that it can't happen unseen.
"""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
import pytest

from structlog_enrich.schema.fields import FIELDS
from structlog_enrich.schema.models import Line
from tests.golden.building import FOLDER, MANIFEST, build, manifest
from tests.golden.scenarios import LINES, SCENARIOS

SEAL = "39215c18b279c6769be35b130a61ef9d32a3b470c6cd43bceddb2f5693ba0b59"
"""SHA-256 of the manifest."""


@pytest.mark.parametrize("name", SCENARIOS)
class TestGolden:
    """Each frozen scenario."""

    def test_it_is_still_written(self, name: str) -> None:
        """The library of today writes the same bytes."""
        assert (FOLDER / f"{name}.json").read_bytes().decode() == build(name).decode()

    def test_it_is_valid(self, name: str, validator: Any) -> None:
        """Models and JSON Schema of today still take it."""
        for line in (FOLDER / f"{name}.json").read_bytes().splitlines():
            Line.model_validate_json(line)
            decoded = orjson.loads(line)
            validator.validate(decoded)
            assert [field for field in FIELDS if field in decoded] == list(decoded)

    def test_it_is_one_line(self, name: str) -> None:
        """Every splitter sees the lines that were written and no more."""
        frozen = (FOLDER / f"{name}.json").read_bytes()

        assert frozen.endswith(b"}\n")
        assert frozen.count(b"\n") == len(frozen.decode().splitlines()) == LINES.get(name, 1)

    def test_it_keeps_secrets(self, name: str) -> None:
        """None holds the password that was logged."""
        assert b"hunter2" not in (FOLDER / f"{name}.json").read_bytes()


class TestManifest:
    """The manifest of all of them."""

    def test_nothing_was_changed(self) -> None:
        """Files, manifest and seal agree: no line is regenerated unseen."""
        assert manifest() == MANIFEST.read_text()
        assert hashlib.sha256(MANIFEST.read_bytes()).hexdigest() == SEAL

    def test_nothing_is_missing(self) -> None:
        """Every scenario is frozen and every frozen file has its scenario."""
        assert sorted(f"{name}.json" for name in SCENARIOS) == sorted(each.name for each in FOLDER.glob("*.json"))


def test_the_reference_is_the_example_of_the_contract() -> None:
    """The example that the wire format shows is what the library writes."""
    example = (
        b'{"schema_version":"1.0","timestamp":"2026-11-22T04:48:00.000123Z","level":"info",'
        b'"message":"payment captured","service":"checkout","version":"1.4.2","environment":"production",'
        b'"operation":"POST /orders/{id}","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736",'
        b'"span_id":"00f067aa0ba902b7","parent_span_id":"53995c3f42cd8ad8","trace_flags":"01",'
        b'"boot_id":"9f1c2ab4d07e6613","seq":18,"host":"node-17","process_id":4121,"thread_id":140213,'
        b'"runtime":"CPython 3.13.0","region":"eu-west-1","release_channel":"stable","enrichment":"a41f09c27be3",'
        b'"context":{"request_id":"req-8812","user_id":"u-4211"},"payload":{"order_id":"o-118822","amount":129.95,'
        b'"password":"[REDACTED:password]"},"redacted":["payload.password:password"]}\n'
    )

    assert example == (FOLDER / "reference.json").read_bytes()
