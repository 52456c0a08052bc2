"""Which route of its application a request took, as its framework says in the ASGI scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["route_of"]


def route_of(scope: Mapping[str, Any], *, finally_: bool = False) -> str | None:
    """Return the template of the route, such as `/orders/{id}`, or None while there is none to see.

    Args:
        scope: The ASGI scope as the framework has changed it: Starlette and FastAPI put `route` into it, Litestar
            `path_template`.
        finally_: Take a mounted application for the route, too. Before the end it may still have routes of its own.

    >>> route_of({"path_template": "/orders/{id:int}"})
    '/orders/{id:int}'
    """
    template = scope.get("path_template")
    if isinstance(template, str):
        return template
    route = scope.get("route")
    if route is None:
        return None
    if hasattr(route, "routes"):
        return (_mounted(scope, route) or "/") if finally_ else None
    path = getattr(route, "path_format", None)
    if not isinstance(path, str):
        path = getattr(route, "path", None)
    return (_mounted(scope, route) + path) or "/" if isinstance(path, str) else None


def _mounted(scope: Mapping[str, Any], route: Any) -> str:
    # Where the route's application is mounted, as Starlette adds it to `root_path`: with the values of parameters, of
    # which there must not be as many names as there are requests.
    whole, outside = scope.get("root_path") or "", scope.get("app_root_path") or ""
    mounted = whole.removeprefix(outside).rstrip("/")
    parameters = scope.get("path_params") or {}
    if not mounted or not parameters:
        return mounted
    inner = "" if hasattr(route, "routes") else str(getattr(route, "path_format", ""))
    segments = mounted.split("/")
    for name, value in parameters.items():
        if f"{{{name}}}" not in inner and str(value) in segments:
            segments[segments.index(str(value))] = f"{{{name}}}"
    return "/".join(segments)
