"""The error of a line."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from structlog_enrich.schema.error import MAX_GROUP_DEPTH, MAX_GROUP_MEMBERS, Cause, Error, GroupMember


def group(depth: int, members: int = 1) -> list[dict[str, Any]]:
    """Return the members of a group that is *depth* groups deep."""
    member: dict[str, Any] = {"type": "E", "message": ""}
    if depth > 1:
        member["exceptions"] = group(depth - 1)
    return [member] * members


class TestError:
    """`Error`, with its causes and members."""

    def test_a_whole_one(self, error: dict[str, Any]) -> None:
        """Causes and members are models of their own."""
        cause = {"type": "KeyError", "message": "'k'", "relation": "context", "notes": ["n"], "exceptions": group(1)}
        member = group(1)[0] | {"stack": "Traceback", "causes": [cause]}

        read = Error.model_validate(error | {"notes": ["n"], "causes": [cause], "exceptions": [member]})

        assert [Cause.model_validate(cause)] == read.causes
        assert [GroupMember.model_validate(member)] == read.exceptions

    @pytest.mark.parametrize("where", ["exceptions", "causes"])
    def test_as_deep_as_groups_go(self, error: dict[str, Any], where: str) -> None:
        """Groups nest four deep, counted from the error or from a cause."""
        assert Error.model_validate(error | nested(where, MAX_GROUP_DEPTH))

    @pytest.mark.parametrize("where", ["exceptions", "causes"])
    def test_no_deeper(self, error: dict[str, Any], where: str) -> None:
        """One group more is refused, and the message says how deep is allowed."""
        with pytest.raises(ValidationError, match="must not nest deeper than 4 groups"):
            Error.model_validate(error | nested(where, MAX_GROUP_DEPTH + 1))

    def test_as_wide_as_groups_go(self, error: dict[str, Any]) -> None:
        """A group lists sixteen members and no more."""
        assert Error.model_validate(error | {"exceptions": group(1, MAX_GROUP_MEMBERS)})
        with pytest.raises(ValidationError, match="at most 16 items"):
            Error.model_validate(error | {"exceptions": group(1, MAX_GROUP_MEMBERS + 1)})

    @pytest.mark.parametrize("name", ["notes", "causes", "exceptions"])
    def test_nothing_empty(self, error: dict[str, Any], name: str) -> None:
        """A list without items is left out."""
        with pytest.raises(ValidationError, match="at least 1 item"):
            Error.model_validate(error | {name: []})


def nested(where: str, depth: int) -> dict[str, Any]:
    """Return a group of that depth, of the error itself or of its cause."""
    if where == "exceptions":
        return {"exceptions": group(depth)}
    return {"causes": [{"type": "E", "message": "", "relation": "cause", "exceptions": group(depth)}]}
