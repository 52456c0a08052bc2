"""What a class is, whatever it says of itself."""

from __future__ import annotations

import pydantic
import pytest

from structlog_enrich.redaction.kinds import bases_of, is_lazy, is_secret_type, name_of


class Lying(type):
    """Fail at whatever a class is asked."""

    def __getattribute__(cls, name: str) -> object:
        """Fail."""
        raise LookupError(name)


class TestIsSecretType:
    """`is_secret_type`, which knows pydantic's without importing it."""

    @pytest.mark.parametrize("kind", [pydantic.SecretStr, pydantic.SecretBytes, pydantic.Secret])
    def test_pydantic(self, kind: type) -> None:
        """Each is one, and whatever is made of it."""
        assert is_secret_type(kind)
        assert is_secret_type(type("Mine", (kind,), {}))

    @pytest.mark.parametrize("kind", [str, pydantic.BaseModel, type("SecretStr", (), {})])
    def test_others(self, kind: type) -> None:
        """The name alone doesn't make one."""
        assert not is_secret_type(kind)


class TestIsLazy:
    """`is_lazy`, for objects that stand for others."""

    def test_what_has_a_class_of_its_own(self) -> None:
        """An object that says it is of another class may go and fetch that."""
        proxy = type("Proxy", (), {"__class__": property(lambda _self: dict)})
        assert [True, True, False] == [is_lazy(proxy), is_lazy(type("Mine", (proxy,), {})), is_lazy(dict)]

    def test_by_name(self) -> None:
        """Django's, without importing it."""
        known = type("QuerySet", (), {"__module__": "django.db.models.query"})
        assert [True, False] == [is_lazy(known), is_lazy(type("QuerySet", (), {}))]


class TestTheClassItself:
    """`bases_of` and `name_of`."""

    def test_a_metaclass_is_not_asked(self) -> None:
        """What it makes of attributes doesn't count."""
        kind = Lying("Kind", (dict,), {})
        assert ("Kind", (kind, dict, object)) == (name_of(kind), bases_of(kind))
        assert not is_secret_type(kind)
