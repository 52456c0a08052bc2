"""What the shoppers send: seeded, so that it is the same on every run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structlog_enrich.demo.hostile import hostile
from structlog_enrich.demo.inventory import CELLAR, SOLD_OUT, UNREADABLE
from structlog_enrich.demo.visit import Names, Visit

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["visits"]

_NOWHERE: Final = "teapot-of-utah"


def visits() -> list[Visit]:
    """Return all that the shoppers send, in the order in which they send it."""
    names = Names()
    kinds: tuple[tuple[int, Callable[[Names], Visit]], ...] = (
        (66, _look),
        (12, _look_slowly),
        (12, _look_for_nothing),
        (24, _look_as_a_service),
        (80, _order),
        (16, _order_what_is_sold_out),
        (12, _order_what_fails),
        (36, _sign_in),
    )
    made = [make(names) for times, make in kinds for _ in range(times)]
    made += hostile(names)
    names.shuffle(made)
    return made


def _look(names: Names) -> Visit:
    request_id, header = names.request_id()
    token = names.secret()
    path = f"/products/{names.sku()}?token={token}"
    return Visit("look at a product", 200, path=path, headers=(header,), request_id=request_id, secrets=(token,))


def _look_slowly(names: Names) -> Visit:
    request_id, header = names.request_id()
    path = f"/products/{min(CELLAR)}"
    return Visit("look at a product in the cellar, slow", 200, path=path, headers=(header,), request_id=request_id)


def _look_for_nothing(names: Names) -> Visit:
    request_id, header = names.request_id()
    path = f"/products/{_NOWHERE}"
    return Visit("look for a product that isn't there", 404, path=path, headers=(header,), request_id=request_id)


def _look_as_a_service(names: Names) -> Visit:
    caller = names.caller()
    header = (b"traceparent", "00-{}-{}-01".format(*caller).encode())
    return Visit(
        "look, as part of a caller's trace", 200, path=f"/products/{names.sku()}", headers=(header,), caller=caller
    )


def _order(names: Names, *, what: str = "order", status: int = 201, sku: str | None = None) -> Visit:
    request_id, header = names.request_id()
    card, password, note = names.card(), names.secret(), names.secret()
    body = {
        "sku": sku or names.sku(),
        "quantity": 1,
        "customer_id": names.customer(),
        "payment": {"card_number": card},
        "account": {"newsletter": True, "password": password},
        "note": f"The door's code is {note}",
    }
    return Visit(
        what,
        status,
        method="POST",
        path="/orders",
        headers=(header,),
        body=body,
        request_id=request_id,
        secrets=(card, password, note),
        masked=("payload.payment.card_number", "payload.account.password", "payload.note"),
    )


def _order_what_is_sold_out(names: Names) -> Visit:
    return _order(names, what="order what is sold out", status=409, sku=SOLD_OUT)


def _order_what_fails(names: Names) -> Visit:
    return _order(names, what="order what the inventory fails on", status=502, sku=UNREADABLE)


def _sign_in(names: Names) -> Visit:
    request_id, header = names.request_id()
    customer, bearer, cookie = names.customer(), names.secret(), names.secret()
    authorization = (b"authorization", f"Bearer {bearer}".encode())
    return Visit(
        "sign in",
        200,
        method="PUT",
        path=f"/sessions/{customer}",
        headers=(header, authorization, (b"cookie", f"basket={cookie}".encode())),
        request_id=request_id,
        secrets=(bearer, cookie),
        masked=("context.authorization", "payload.headers.authorization", "payload.headers.cookie"),
        bound={"user_id": customer},
        through_both=False,
    )
