"""Secrets among the arguments of a command, where an option before them says what they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["named_arguments"]

_OPTION: Final = re.compile(r"-[A-Za-z]|--[A-Za-z][A-Za-z-]*(?:=.*)?", re.DOTALL)
_PASSWORD: Final = "password"  # noqa: S105 (a name)


def _by_command(options: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {command: tuple(given.split()) for commands, given in options.items() for command in commands.split()}


# Which short options take a password as the next argument, and which have it glued to them.
_NEXT: Final = _by_command(
    {
        "curl": "-u -U -b --user --proxy-user --cookie",
        "docker helm oc podman": "-p",
        "cqlsh mongo mongodump mongorestore mongosh psexec rabbitmqadmin sshpass": "-p",
        "ldapadd ldapdelete ldapmodify ldappasswd ldapsearch": "-w",
        "bcp ipmitool sqlcmd unzip zip": "-P",
        "redis-cli": "-a",
    }
)
_GLUED: Final = _by_command({"7z 7za mariadb mysql mysqladmin mysqldump sshpass": "-p", "sqlcmd unzip": "-P"})
# Else the option means a port.
_ONLY_AT_LOGIN: Final = frozenset({"docker", "helm", "oc", "podman"})
# Else the user is named alone, and the password is asked for; or the cookies are in a file.
_PAIRS: Final = {"curl": frozenset(":=")}
# Behind `sudo`, `env` and what is set for it.
_COMMAND_WITHIN: Final = 8


def named_arguments(arguments: Sequence[str | None], options: Sequence[int]) -> dict[int, str]:
    """Return under which names arguments stand: what follows `--option`, and the passwords of well-known commands.

    Args:
        arguments: The texts of a list; None for what is none, or is too long for an option.
        options: Where those stand that begin with a dash.

    >>> named_arguments(["psql", "--password", "hunter2"], [1]), named_arguments(["mysql", "-phunter2"], [1])
    ({2: 'password'}, {1: 'password'})
    """
    named: dict[int, str] = {}
    for at in options:
        option = arguments[at]
        if option is None or at + 1 == len(arguments) or "=" in option or at in named:
            continue
        following = arguments[at + 1]
        # An option without a value stands before another one; a password with a dash in front is seldom a word too.
        if following is None or not _OPTION.fullmatch(following):
            named[at + 1] = option.lstrip("-")
    return {**named, **dict.fromkeys(_passwords(arguments, options), _PASSWORD)}


def _passwords(arguments: Sequence[str | None], options: Sequence[int]) -> Iterator[int]:
    names = ((each or "").rpartition("/")[2] for each in arguments[:_COMMAND_WITHIN])
    begins, command = next(((at, name) for at, name in enumerate(names) if name in _NEXT or name in _GLUED), (0, ""))
    if not command or (command in _ONLY_AT_LOGIN and "login" not in arguments):
        return
    following, glued = _NEXT.get(command, ()), _GLUED.get(command, ())
    for at in options:
        if at < begins:
            continue
        option = arguments[at] or ""
        if option in following:
            value = arguments[at + 1] if at + 1 < len(arguments) else None
            if value is not None and (command not in _PAIRS or not _PAIRS[command].isdisjoint(value)):
                yield at + 1
        elif option not in glued and option.startswith(glued):
            yield at
