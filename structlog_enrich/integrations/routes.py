"""Which route of its application a request took, as its framework says in the ASGI scope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["route_of"]


def route_of(scope: Mapping[str, Any], *, at_end: bool = False) -> str | None:
    """Return the template of the route, such as `/orders/{id}`, or None while there is none to see.

    What the application is mounted under is part of it. Values of parameters never are: there must not be as many
    routes as there are requests.

    Args:
        scope: The ASGI scope as the framework has changed it: Starlette and FastAPI put `route` into it, Litestar
            `path_template`.
        at_end: Take a mounted application for the route, too. Before the end it may still have routes of its own.

    Source: OpenTelemetry semantic conventions, `http.route`.

    >>> route_of({"path_template": "/orders/{id:int}"})
    '/orders/{id:int}'
    """
    try:
        template = scope.get("path_template")
        if isinstance(template, str) and template:
            return template
        route = _selected(scope)
        if route is None or hasattr(route, "routes"):
            # FastAPI doesn't say which mount it took, only that it took one.
            return (_prefix(scope, "") or "/") if at_end and "app_root_path" in scope else None
        path = getattr(route, "path_format", None)
        if not isinstance(path, str):
            path = getattr(route, "path", None)
        return (_prefix(scope, path) + path) or "/" if isinstance(path, str) else None
    except Exception:  # noqa: BLE001 (a framework's objects; without a route the line is still whole)
        return None


def _selected(scope: Mapping[str, Any]) -> Any:
    route = scope.get("route")
    if (fastapi := scope.get("fastapi")) and (effective := fastapi.get("effective_route_context")) is not None:
        # The route of a router that was included knows nothing of the prefix; this does.
        if route is None:
            return effective.starlette_route or effective.original_route
        if route is effective.original_route:
            return effective
    return route


def _prefix(scope: Mapping[str, Any], path: str) -> str:
    # Whatever mounts an application adds it to `root_path`, with the values of parameters.
    whole: str | None = scope.get("root_path")
    if not whole:
        return ""
    outside: str = scope.get("app_root_path", whole)
    mounted, parameters = whole.removeprefix(outside), scope.get("path_params")
    if mounted and parameters:
        routes = getattr(scope.get("router"), "routes", ())
        mounted = _template(routes, mounted) or _without_values(mounted, parameters, path)
    return outside.rstrip("/") + mounted.rstrip("/")


def _template(routes: Iterable[Any], mounted: str) -> str | None:
    # A mount keeps its own part of the template only, so the way through them is looked for once more.
    for mount in routes:
        pattern = getattr(mount, "path_regex", None) if hasattr(mount, "routes") else None
        found = None if pattern is None else pattern.match(f"{mounted}/")
        if found is not None:
            inner = "" if not found["path"] else _template(mount.routes, f"/{found['path'].rstrip('/')}")
            if inner is not None:
                return f"{mount.path_format.removesuffix('/{path}')}{inner}"
    return None


def _without_values(mounted: str, parameters: Mapping[str, Any], path: str) -> str:
    names = {str(value): f"{{{name}}}" for name, value in parameters.items() if f"{{{name}}}" not in path}
    return "/".join(names.get(segment, segment) for segment in mounted.split("/"))
