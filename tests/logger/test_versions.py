"""The stage that writes the version is passed by where it would write what stands there, and nowhere else."""

from __future__ import annotations

from typing import Any

from structlog_enrich import preset
from structlog_enrich.processors import SchemaVersion


class TestVersion:
    """`SchemaVersion` under our logger."""

    def test_of_a_preset(self, collect: Any) -> None:
        """Each line has it, first of all names."""
        collected = collect()
        collected.log.info("paid")

        assert ("schema_version", "1.0") == next(iter(collected.line().items()))

    def test_a_stage_between(self, collect: Any) -> None:
        """What a stage after `Redact` made of it is put right."""

        def forge(_logger: Any, _name: str, event: dict[str, Any]) -> dict[str, Any]:
            return {**event, "schema_version": "9.9"}

        chain = preset(service="tests")
        chain.insert(-2, forge)
        collected = collect(chain)
        collected.log.info("paid")

        assert "1.0" == collected.line()["schema_version"]

    def test_alone(self, collect: Any) -> None:
        """A chain without an envelope has it, too."""
        chain = [SchemaVersion(), preset()[-1]]
        collected = collect(chain)
        collected.log.info("paid")

        assert {"schema_version": "1.0", "event": "paid"} == collected.line()
