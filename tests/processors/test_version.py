"""Which version of the contract a line says it obeys."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from structlog_enrich import ConfigurationError
from structlog_enrich.processors import SchemaVersion
from structlog_enrich.schema.fields import SCHEMA_VERSION, SCHEMA_VERSIONS


class TestSchemaVersion:
    """`SchemaVersion`, in the slot or in front."""

    def test_it_fills_the_slot(self) -> None:
        """The place that was reserved is kept."""
        line = {"a": 1, "schema_version": "", "b": 2}
        written = SchemaVersion()(None, "info", line)

        assert line is written
        assert [("a", 1), ("schema_version", "1.0"), ("b", 2)] == list(written.items())

    def test_alone_it_comes_first(self) -> None:
        """Without a slot it stands in front."""
        assert ["schema_version", "event"] == list(SchemaVersion()(None, "info", {"event": "paid"}))

    def test_a_forged_one_is_overwritten(self) -> None:
        """What the event says about itself doesn't count."""
        assert {"schema_version": "1.0"} == SchemaVersion()(None, "info", {"schema_version": "9.9"})

    @pytest.mark.parametrize("version", SCHEMA_VERSIONS)
    def test_every_version(self, version: str) -> None:
        """Each that can be written is."""
        assert {"schema_version": version} == SchemaVersion(version)(None, "info", {})

    @pytest.mark.parametrize("version", ["", "1", "1.1", "0.9", "1.0\n", 1.0, None, ["1.0"]], ids=repr)
    def test_any_other_is_refused(self, version: Any) -> None:
        """The message names parameter, rule and value."""
        with pytest.raises(ConfigurationError, match=r"^schema must be one of 1\.0, not ") as caught:
            SchemaVersion(version)

        assert (
            "schema",
            "must be one of 1.0",
            repr(version),
        ) == (caught.value.parameter, caught.value.rule, caught.value.received)

    def test_repr_pickle_and_copy(self) -> None:
        """It shows its version and travels."""
        for stage in (SchemaVersion(), pickle.loads(pickle.dumps(SchemaVersion())), copy.deepcopy(SchemaVersion())):
            assert f"SchemaVersion({SCHEMA_VERSION!r})" == repr(stage)
