"""Fields marked sensitive, on classes of every kind and on odd ones."""

from __future__ import annotations

import typing
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, NamedTuple, NewType, Required, TypedDict

import attrs
import pydantic
import pytest

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.fields import NO_FIELDS, fields_of
from structlog_enrich.redaction.sensitive import Sensitive, stricter

if typing.TYPE_CHECKING:
    from nowhere import Missing  # type: ignore[import-not-found]

PERSONAL = Sensitive("hash", classification="personal")
Email = Annotated[str, PERSONAL]
Number = NewType("Number", Email)  # type: ignore[valid-newtype]


@dataclass(slots=True, frozen=True)
class Data:
    """A dataclass."""

    email: Email
    plan: str
    card: str = field(default="", metadata={"logging": Sensitive("partial")})


class Typed(TypedDict, total=False):
    """A TypedDict."""

    email: Required[Annotated[str, PERSONAL]]
    plan: str


class MoreTyped(Typed):
    """A TypedDict made of another."""

    card: Annotated[str, Sensitive("partial")]


class Tuple(NamedTuple):
    """A named tuple."""

    email: Email
    plan: str


@attrs.define
class Attrs:
    """An attrs class."""

    email: Email
    plan: str
    card: str = attrs.field(default="", metadata={1: Sensitive("partial")})


class Model(pydantic.BaseModel):
    """A pydantic model."""

    email: Email
    plan: str
    card: str | None = pydantic.Field(default=None)


class Holder:
    """A plain class with everything in it."""

    union: Email | None
    listed: list[Annotated[str, Sensitive("drop")]]
    new: Number
    unknown: Annotated[Missing, Sensitive("personal")]
    unknown_union: Missing | Annotated[str, Sensitive("personal")]
    unknown_list: list[Missing[int]] | Email
    counted: ClassVar[Email] = ""
    nothing: Missing
    broken: "this isn't ( Python"  # noqa: F722 (that is the point)
    broken_and_marked: "Sensitive( or something like it"  # noqa: F722 (likewise)
    typed: Typed
    several: list[Typed | None]


class TestSensitive:
    """`Sensitive`, the mark."""

    @pytest.mark.parametrize("what", ["", "Secret", "sha", None, 5])
    def test_rejected(self, what: Any) -> None:
        """What is neither a classification nor a strategy is refused."""
        with pytest.raises(ConfigurationError, match=r"^what must be one of public, internal, personal, secret, "):
            Sensitive(what)

    @pytest.mark.parametrize(("what", "classification"), [("hash", "private"), ("personal", "secret")])
    def test_rejected_classification(self, what: str, classification: str) -> None:
        """So is a classification that is none, or a second one."""
        with pytest.raises(ConfigurationError, match=r"^classification must be one of"):
            Sensitive(what, classification=classification)

    def test_stricter(self) -> None:
        """Of two marks the more sensitive classification counts, and what shows less."""
        assert Sensitive("drop", classification="secret") == stricter(Sensitive("drop"), PERSONAL)
        assert Sensitive("personal") == stricter(Sensitive("public"), Sensitive("personal"))

    def test_repr(self) -> None:
        """It is what was written."""
        assert "Sensitive('hash', classification='personal')" == repr(PERSONAL)
        assert "Sensitive('public')" == repr(Sensitive("public"))


class TestFieldsOf:
    """`fields_of`, which reads annotations."""

    @pytest.mark.parametrize("kind", [Data, Typed, Tuple, Attrs, Model], ids=lambda kind: kind.__name__)
    def test_kinds(self, kind: type) -> None:
        """On every kind of class the marked field is found, and no other."""
        marks = fields_of(kind).marks
        assert PERSONAL == marks["email"]
        assert "plan" not in marks

    @pytest.mark.parametrize("kind", [Data, Attrs, MoreTyped], ids=lambda kind: kind.__name__)
    def test_metadata(self, kind: type) -> None:
        """A mark in a field's metadata, or in a class that adds to another, is one too."""
        assert {"email": PERSONAL, "card": Sensitive("partial")} == fields_of(kind).marks

    def test_inherited(self) -> None:
        """A mark is inherited, and goes where a class annotates the field anew."""

        class Child(Data):
            plan: Annotated[str, Sensitive("internal")]
            email: str

        assert {"plan", "card"} == set(fields_of(Child).marks)

    def test_wherever_it_stands(self) -> None:
        """In unions, lists, new types and beside names that aren't there."""
        found = fields_of(Holder)
        expected = {
            "union": PERSONAL,
            "listed": Sensitive("drop"),
            "new": PERSONAL,
            "unknown": Sensitive("personal"),
            "unknown_union": Sensitive("personal"),
            "unknown_list": PERSONAL,
            "counted": PERSONAL,
            "broken_and_marked": Sensitive(),
        }
        assert expected == found.marks
        assert {"typed": (Typed,), "several": (Typed,)} == found.within

    def test_local_names(self) -> None:
        """A name that only a function knows can't be found; what names `Sensitive` counts all the same."""
        mine = Sensitive("personal")

        class Local:
            by_name: Annotated[str, Sensitive("personal")]
            lost: Annotated[str, mine]

        assert mine.classification == fields_of(Local).marks["by_name"].classification
        assert "lost" not in fields_of(Local).marks

    @pytest.mark.parametrize("annotations", [None, 5, {5: 5}, {"a": object()}, "x", {"a": "().b"}], ids=range(6))
    def test_odd_annotations(self, annotations: Any) -> None:
        """What isn't annotations says nothing."""
        assert NO_FIELDS == fields_of(type("Odd", (), {"__annotations__": annotations}))

    def test_odd_classes(self) -> None:
        """A metaclass that raises at everything is not asked."""

        class Raising(type):
            def __getattribute__(cls, name: str) -> Any:
                raise LookupError(name)

            def __hash__(cls) -> int:
                raise LookupError

            def __eq__(cls, other: object) -> bool:
                raise LookupError

        odd = Raising("Odd", (), {"__annotations__": {"email": Email}})
        assert fields_of(odd) is NO_FIELDS or PERSONAL == fields_of(odd).marks["email"]

    @pytest.mark.parametrize("kind", [int, object, type, dict, Exception, str])
    def test_ordinary_classes(self, kind: type) -> None:
        """Most classes say nothing."""
        assert NO_FIELDS is fields_of(kind)
