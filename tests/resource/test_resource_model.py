"""Who is logging."""

from __future__ import annotations

import copy
import pickle
import socket
import sys
from dataclasses import FrozenInstanceError, fields
from types import SimpleNamespace
from typing import Any

import pytest

from structlog_enrich import ConfigurationError, Resource
from structlog_enrich.schema.fields import FIELDS

NAMES = [each.name for each in fields(Resource)]
OPTIONAL = [each.name for each in fields(Resource) if each.default is None]


class TestResource:
    """`Resource`, fixed for the life of the process."""

    def test_defaults(self) -> None:
        """The system is asked for what nobody named, the rest is left out."""
        resource = Resource()

        assert ("unknown", "unknown", socket.gethostname()) == (resource.version, resource.environment, resource.host)
        assert resource.service.startswith("unknown_service:python")
        assert resource.runtime.startswith("CPython 3.")
        assert {"service", "version", "environment", "host", "runtime"} == resource.header().keys()

    def test_all_of_it(self) -> None:
        """Every field is written under its own name, each a field of the wire in its order."""
        given = {name: f"its-{name}" for name in NAMES}

        assert given == Resource(**given).header()
        assert set(NAMES) <= set(FIELDS)

    @pytest.mark.parametrize("name", NAMES)
    @pytest.mark.parametrize("value", [5, "a\nb", "x" * 257, "\ud800", b"x", ["x"], "\x85"], ids=str)
    def test_refused(self, name: str, value: Any) -> None:
        """Only printable text of a bounded length, and the message names the field."""
        with pytest.raises(ConfigurationError, match=rf"^{name} must be text of 1 to 256 printable characters, not "):
            Resource(**{name: value})

    @pytest.mark.parametrize("name", ["version", "environment", *OPTIONAL])
    def test_empty(self, name: str) -> None:
        """Empty text is refused where no default stands for it."""
        with pytest.raises(ConfigurationError):
            Resource(**{name: ""})

    @pytest.mark.parametrize("name", ["service", "version", "environment", "host", "runtime"])
    def test_none(self, name: str) -> None:
        """What is always on the line can't be None."""
        with pytest.raises(ConfigurationError):
            Resource(**{name: None})

    def test_frozen(self) -> None:
        """It isn't changed."""
        with pytest.raises(FrozenInstanceError):
            Resource().service = "x"  # type: ignore[misc]

    def test_value(self) -> None:
        """It is compared, copied and pickled by what it says."""
        resource = Resource(service="checkout", region="eu")

        assert resource == pickle.loads(pickle.dumps(resource)) == copy.deepcopy(resource)
        assert hash(resource) == hash(Resource(service="checkout", region="eu"))
        assert resource != Resource(service="checkout", commit="eu")
        assert resource != resource.header()

    def test_repr(self) -> None:
        """It is shown as it is written in code, each field by its name."""
        resource = Resource(service="checkout", version="1", environment="test", host="h", runtime="r", region="eu")
        shown = repr(resource)

        assert shown.startswith("Resource(service='checkout', version='1', environment='test', host='h', runtime='r', ")
        assert resource == eval(shown, {"Resource": Resource})


class TestUnnamed:
    """What stands for what nobody says."""

    def test_without_an_executable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """An embedded interpreter has no executable."""
        for nothing in ("", None):
            monkeypatch.setattr(sys, "executable", nothing)

            assert "unknown_service:python" == Resource().service

    def test_without_a_host(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A host without a name is unknown."""
        monkeypatch.setattr(socket, "gethostname", lambda: "")

        assert "unknown" == Resource().host

    @pytest.mark.parametrize(
        ("name", "shown"), [("cpython", "CPython"), ("pypy", "PyPy"), ("graalpy", "GraalPy"), ("other", "other")]
    )
    def test_other_interpreters(self, name: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each is called as its makers do."""
        monkeypatch.setattr(sys, "implementation", SimpleNamespace(name=name))

        assert f"{shown} {'.'.join(map(str, sys.version_info[:3]))}" == Resource().runtime
