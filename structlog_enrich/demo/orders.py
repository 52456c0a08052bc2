"""Orders as the shop's web site writes them, one JSON object a line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["BrokenOrderError", "Item", "Order", "decoded", "nameless", "order_lines"]


class BrokenOrderError(ValueError):
    """Say what is wrong with an order, without repeating what the customer wrote."""


@dataclass(frozen=True, slots=True)
class Item:
    """Hold one position of an order; *price* is for one piece, in the order's currency."""

    sku: str
    quantity: int
    price: Decimal


@dataclass(frozen=True, slots=True)
class Order:
    """Hold an order that has everything the shop needs."""

    order_id: str
    customer_id: str
    currency: str
    items: tuple[Item, ...]
    payment: dict[str, str]

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> Order:
        """Make an order of what a line held.

        Args:
            fields: What `decoded` returned.

        Raises:
            BrokenOrderError: Something is missing, is no number, or is below zero.

        >>> Order.from_fields({"order_id": "o-000001", "currency": "EUR"})
        Traceback (most recent call last):
        structlog_enrich.demo.orders.BrokenOrderError: customer_id is missing
        """
        for name in ("order_id", "customer_id", "currency", "items", "payment"):
            if not fields.get(name):
                msg = f"{name} is {'empty' if name in fields else 'missing'}"
                raise BrokenOrderError(msg)
        items = tuple(map(_item, fields["items"]))
        return cls(fields["order_id"], fields["customer_id"], fields["currency"], items, fields["payment"])

    def total(self) -> Decimal:
        """Return what the customer owes, in the order's currency."""
        return sum((each.price * each.quantity for each in self.items), start=Decimal(0))


def decoded(line: str) -> dict[str, Any]:
    """Return the fields of one line of the file.

    Args:
        line: One JSON object.

    Raises:
        BrokenOrderError: The line is no JSON object.
    """
    try:
        fields = json.loads(line)
    except json.JSONDecodeError as error:
        msg = "the line is not JSON"
        raise BrokenOrderError(msg) from error
    if not isinstance(fields, dict):
        msg = "the line is not an object"
        raise BrokenOrderError(msg)
    return fields


def nameless(lines: Iterable[str]) -> int:
    """Return how many orders nobody can name, because their id can't be read.

    >>> nameless(['{"order_id": "o-000001"}', '{"order_id": "o-0000', "{}"])
    2
    """
    return sum(not _has_id(line) for line in lines)


def order_lines() -> list[str]:
    """Return the lines of the file that comes with the demo."""
    return files("structlog_enrich.demo").joinpath("orders.jsonl").read_text(encoding="utf-8").splitlines()


def _has_id(line: str) -> bool:
    try:
        return "order_id" in decoded(line)
    except BrokenOrderError:
        return False


def _item(fields: dict[str, Any]) -> Item:
    try:
        price = Decimal(fields["price"])
    except InvalidOperation as error:
        msg = "a price is not a number"
        raise BrokenOrderError(msg) from error
    if fields["quantity"] <= 0 or price < 0:
        msg = "a quantity or a price is below zero"
        raise BrokenOrderError(msg)
    return Item(fields["sku"], fields["quantity"], price)
