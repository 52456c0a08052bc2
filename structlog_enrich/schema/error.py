"""Why an event failed: the exception, what caused it, and the members of a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import AfterValidator, Field

from structlog_enrich.schema.base import Maybe, WireModel
from structlog_enrich.schema.classification import INTERNAL, PERSONAL, field
from structlog_enrich.schema.values import Fingerprint, Text

if TYPE_CHECKING:
    from pydantic.config import JsonDict

__all__ = ["MAX_GROUP_DEPTH", "MAX_GROUP_MEMBERS", "Cause", "Error", "GroupMember"]

MAX_GROUP_MEMBERS: Final = 16
"""How many members of one group are written."""

MAX_GROUP_DEPTH: Final = 4
"""How deep groups may stand in groups: `exceptions` within `exceptions`, counted from an error or a cause."""


def _depth(members: list[GroupMember]) -> int:
    return 1 + max((_depth(member.exceptions) for member in members if member.exceptions), default=0)


def _shallow(members: list[GroupMember]) -> list[GroupMember]:
    if _depth(members) > MAX_GROUP_DEPTH:
        msg = f"must not nest deeper than {MAX_GROUP_DEPTH} groups"
        raise ValueError(msg)
    return members


def _shallow_schema(depth: int) -> JsonDict:
    inner = _shallow_schema(depth - 1) if depth > 1 else False
    return {"items": {"properties": {"exceptions": inner}}}


_Type = Annotated[Text, field("Qualified name of the exception's class.", INTERNAL)]
_Message = Annotated[str, field("The exception as text.", PERSONAL)]
_Stack = Annotated[Maybe[str], field("The traceback as text.", PERSONAL, when="when it was raised, unless cut")]
_Notes = Annotated[
    Maybe[Annotated[list[str], Field(min_length=1)]],
    field("What `add_note` added.", PERSONAL, when="when there are any"),
]
_Causes = Annotated[
    Maybe[Annotated[list["Cause"], Field(min_length=1)]],
    field("The chain of exceptions behind this one, nearest first.", PERSONAL, when="when there is one"),
]
_Members = Annotated[list["GroupMember"], Field(min_length=1, max_length=MAX_GROUP_MEMBERS)]
_Nested = Annotated[
    Maybe[_Members],
    field("Members of the group.", PERSONAL, when="when it is a group"),
]
_Outermost = Annotated[
    Maybe[
        Annotated[
            _Members,
            AfterValidator(_shallow),
            Field(json_schema_extra={"allOf": [_shallow_schema(MAX_GROUP_DEPTH)]}),
        ]
    ],
    field(f"Members of the group, at most {MAX_GROUP_DEPTH} groups deep.", PERSONAL, when="when it is a group"),
]


class Error(WireModel):
    """Say which exception an event reports."""

    type: _Type
    message: _Message
    stack: _Stack = None
    notes: _Notes = None
    causes: _Causes = None
    exceptions: _Outermost = None
    fingerprint: Annotated[
        Fingerprint, field("Equal for errors of one kind; survives changes of line numbers.", INTERNAL)
    ]


class Cause(WireModel):
    """Say which exception stands behind another."""

    type: _Type
    message: _Message
    notes: _Notes = None
    exceptions: _Outermost = None
    relation: Annotated[
        Literal["cause", "context"],
        field("`cause` for `raise … from`, `context` for one that was being handled.", INTERNAL),
    ]


class GroupMember(WireModel):
    """Say which exception was one of a group."""

    type: _Type
    message: _Message
    stack: _Stack = None
    notes: _Notes = None
    causes: _Causes = None
    exceptions: _Nested = None


# The three refer to each other; whoever looks at the fields of one finds them resolved.
for _model in (Error, Cause, GroupMember):
    _model.model_rebuild()
