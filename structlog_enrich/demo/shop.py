"""The shop: every order in a task of its own, all of them at once."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

import structlog

from structlog_enrich import DEFAULT_POLICY, RedactionPolicy, bind_contextvars, bound_logger, preset
from structlog_enrich.demo.loyalty import loyalty_tier
from structlog_enrich.demo.orders import BrokenOrderError, Order, decoded

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import BinaryIO

    from structlog.typing import EventDict, WrappedLogger

__all__ = ["SECRET_HERE", "OutOfStockError", "UnknownCurrencyError", "configure", "process", "pseudonymous"]

STOCK: Final = {
    "biscuit-ginger": 110,
    "coffee-sumatra": 120,
    "coffee-yirgacheffe": 108,
    "cup-stoneware": 72,
    "filter-paper": 100,
    "grinder-hand": 20,
    "honey-lime": 95,
    "kettle-gooseneck": 14,
    "pot-cast-iron": 30,
    "scale-kitchen": 45,
    "tea-assam": 170,
    "tea-earl-grey": 120,
}
"""Pieces at the start of the day."""

EUR_FOR: Final = {
    "CHF": Decimal("1.07"),
    "EUR": Decimal(1),
    "GBP": Decimal("1.14"),
    "JPY": Decimal("0.0061"),
    "PLN": Decimal("0.236"),
    "SEK": Decimal("0.091"),
    "USD": Decimal("0.86"),
}
"""What one unit of a currency is worth."""

SECRET_HERE: Final = frozenset({"card_number", "note"})
"""Names that the shop masks besides the default ones; what a customer writes into a note may be anything."""

_CENT: Final = Decimal("0.01")
_LOW: Final = 5

log = structlog.get_logger()


class UnknownCurrencyError(LookupError):
    """Say that the shop has no rate for a currency."""


class OutOfStockError(Exception):
    """Say that a product is gone."""


def configure(sink: BinaryIO) -> None:
    """Configure structlog as a service does, with its lines written to *sink*."""
    structlog.configure(
        processors=preset(
            service="shop",
            version="1.4.2",
            environment="demo",
            extra=[loyalty_tier, pseudonymous],
            tags={"team": "orders"},
            redaction=RedactionPolicy(keys=DEFAULT_POLICY.keys | SECRET_HERE),
        ),
        wrapper_class=bound_logger("info"),
        logger_factory=structlog.BytesLoggerFactory(sink),
    )


def pseudonymous(logger: WrappedLogger, method_name: str, event_dict: EventDict) -> EventDict:
    """Replace the customer's id by a digest; a bound name stays in `context`, with this value.

    >>> pseudonymous(None, "info", {"event": "paid", "customer_id": "c-0017"})["customer_id"]
    'c#92e5eb89'
    """
    if "customer_id" in event_dict:
        digest = blake2b(event_dict["customer_id"].encode(), digest_size=4)
        event_dict["customer_id"] = f"c#{digest.hexdigest()}"
    return event_dict


async def process(lines: Iterable[str]) -> None:
    """Process a file of orders, all at once.

    Args:
        lines: One order each; broken ones are logged and left.
    """
    bind_contextvars(batch="2026-11-22")
    log.info("shop opened", products=len(STOCK))
    warehouse = _Warehouse(STOCK)
    async with asyncio.TaskGroup() as staff:
        staff.create_task(warehouse.work())
        async with asyncio.TaskGroup() as orders:
            for number, line in enumerate(lines, start=1):
                orders.create_task(_handle(number, line, warehouse))
        await warehouse.close()
    log.info("shop closed", pieces_left=sum(warehouse.stock.values()))


async def _handle(number: int, line: str, warehouse: _Warehouse) -> None:
    # A task has its own context from the start, so what is bound here is bound for this order only.
    bind_contextvars(line_number=number)
    try:
        fields = decoded(line)
        bind_contextvars(**{name: fields[name] for name in ("order_id", "customer_id") if name in fields})
        order = Order.from_fields(fields)
    except BrokenOrderError:
        log.exception("order can't be read")
        return

    note = {"note": fields["note"]} if "note" in fields else {}
    log.info("order received", items=len(order.items), currency=order.currency, **note)
    if "account" in fields:
        log.info("account opened", account=fields["account"])
    try:
        total = _in_euro(order)
        await warehouse.reserve(order)
    except OutOfStockError as shortage:
        log.warning("order waits for stock", sku=str(shortage))
    except (UnknownCurrencyError, KeyError):
        log.exception("order refused", payment=order.payment)
    else:
        # In a thread, which asyncio gives a copy of this context.
        invoice = await asyncio.to_thread(_invoice, order, total)
        log.info("order accepted", total_eur=total, invoice=invoice, payment=order.payment)


def _in_euro(order: Order) -> Decimal:
    try:
        rate = EUR_FOR[order.currency]
    except KeyError:
        msg = f"no rate for {order.currency}"
        raise UnknownCurrencyError(msg) from None
    return (order.total() * rate).quantize(_CENT)


def _invoice(order: Order, total: Decimal) -> str:
    rows = [f"{each.sku};{each.quantity};{each.price}" for each in order.items]
    number = blake2b("\n".join([*rows, str(total)]).encode(), digest_size=5).hexdigest()
    log.info("invoice written", invoice=number, rows=len(rows))
    return number


class _Warehouse:
    """Keep the stock in one task, which takes one request after the other."""

    def __init__(self, stock: dict[str, int]) -> None:
        self.stock = dict(stock)
        self._requests: asyncio.Queue[tuple[Order, asyncio.Future[None]] | None] = asyncio.Queue(maxsize=16)

    async def reserve(self, order: Order) -> None:
        """Take all of an order from the stock, or nothing."""
        answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        await self._requests.put((order, answer))
        await answer

    async def close(self) -> None:
        await self._requests.put(None)

    async def work(self) -> None:
        while (request := await self._requests.get()) is not None:
            order, answer = request
            try:
                self._take(order)
            except (OutOfStockError, KeyError) as error:
                answer.set_exception(error)
            else:
                answer.set_result(None)

    def _take(self, order: Order) -> None:
        for each in order.items:
            if self.stock[each.sku] < each.quantity:
                raise OutOfStockError(each.sku)
        for each in order.items:
            left = self.stock[each.sku] - each.quantity
            if left < _LOW <= self.stock[each.sku]:
                log.warning("stock runs low", sku=each.sku, left=left)
            self.stock[each.sku] = left
