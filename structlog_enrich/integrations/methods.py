"""The methods of HTTP by their names: those of the registry that requests are made with."""

from __future__ import annotations

from typing import Final

__all__ = ["METHODS"]

METHODS: Final = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"})
"""Any other becomes `HTTP` in a span's name and `_OTHER` in its attributes, of which there must be few.

Source: OpenTelemetry semantic conventions, `http.request.method`.
"""
