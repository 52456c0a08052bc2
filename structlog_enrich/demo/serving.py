"""How each of the two services runs: its chain, its port, and when it ends."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Final

import structlog
import uvicorn

from structlog_enrich import RedactionPolicy, bound_logger, preset

if TYPE_CHECKING:
    from structlog_enrich.integrations.asgi import TraceMiddleware

__all__ = ["SECRET_HERE", "configure", "serve"]

SECRET_HERE: Final = frozenset({"card_number", "note"})
"""Names that the shop masks besides the default ones; what a customer writes into a note may be anything."""

_STDIN: Final = 0

log = structlog.get_logger()


def configure(service: str) -> None:
    """Configure structlog as a service does: one JSON object a line, on standard output.

    Args:
        service: The service's name.
    """
    structlog.configure(
        processors=preset(
            service=service,
            version="2.3.0",
            environment="demo",
            redaction=RedactionPolicy(keys=SECRET_HERE),
        ),
        wrapper_class=bound_logger("info"),
        logger_factory=structlog.BytesLoggerFactory(),
        cache_logger_on_first_use=True,
    )


def serve(app: TraceMiddleware) -> None:
    """Serve *app* on a loopback port that the system picks, until standard input ends.

    The line `service started` tells the port. Standard input ends when whoever started the service lets go of it, on
    purpose or because it is gone, so no service is left behind.

    Args:
        app: The application.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = _Server(
            # What uvicorn has to say of itself goes to standard error, away from the lines.
            uvicorn.Config(app, lifespan="on", loop="asyncio", http="h11", ws="none", log_config=None, access_log=False)
        )
        Thread(target=_end_with_input, args=(server,), daemon=True).start()
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listening])
    log.info("service stopped", requests=server.server_state.total_requests)


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        port = sockets[0].getsockname()[1] if sockets else None
        log.info("service started", port=port)


def _end_with_input(server: uvicorn.Server) -> None:
    # Not through `sys.stdin`, whose lock a thread that waits for ever would hold at the end.
    while os.read(_STDIN, 1024):
        continue
    server.should_exit = True
