"""Secrets of Kubernetes: every value under `data` of a manifest of that kind."""

from __future__ import annotations

import re

__all__ = ["find_kubernetes"]

_DATA = re.compile(rb"(?:\A|\n)([ \t]*)[\"']?(?:data|stringData)[\"']?:[ \t]*\r?\n")
_ENTRY = re.compile(
    rb"([ \t]+)[\"']?[A-Za-z0-9_.-]{1,253}[\"']?:[ \t]*(?:[|>][+-]?[ \t]*\r?\n[ \t]+)?([^\s].*)?(?:\r?\n|\Z)"
)
_AROUND = 4_096
_VALUE = re.compile(rb"[\"']?[A-Za-z0-9+/]{8,}={0,2}[\"']?\s*")


def find_kubernetes(data: bytes, at: int) -> list[tuple[int, int, str]]:
    """Return the values under `data` of the manifest whose `kind: Secret` begins at *at*."""
    found: list[tuple[int, int, str]] = []
    start = max(0, at - _AROUND)
    limit = min(len(data), at + _AROUND)
    for block in _DATA.finditer(data, start, limit):
        place, indent = block.end(), len(block[1])
        while entry := _ENTRY.match(data, place, limit):
            if len(entry[1]) <= indent:
                break
            if entry[2] and _VALUE.fullmatch(entry[2]):
                found.append((*entry.span(2), "kubernetes-secret"))
            place = entry.end()
    return found
