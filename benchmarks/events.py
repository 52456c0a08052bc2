"""The events: a thousand value sets each, with the same keys and sizes everywhere."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

__all__ = ["SETS", "failing", "nested", "objects", "reference", "secret", "web", "wide"]

SETS: Final = 1_000
"""How many value sets an event has, so that no contender sees the same values twice in a row."""

_CURRENCIES: Final = ("EUR", "USD", "GBP", "CHF")
_LIMITS: Final[dict[str, int]] = {}
_EPOCH: Final = datetime(2026, 11, 22, tzinfo=UTC)


def _id(number: int) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"order/{number}")


def _reference(number: int) -> dict[str, Any]:
    return {
        "order_id": f"o-{118_000 + number}",
        "amount": 19.95 + number / 7,
        "currency": _CURRENCIES[number % 4],
        "items": number % 9 + 1,
        "card": f"**** **** **** {number:04d}",
        "note": f"left at the door, ref {number:08d}",
    }


def reference() -> list[dict[str, Any]]:
    """Return an id, a float, a currency, an int, a masked card and a note of 30 characters."""
    return [_reference(number) for number in range(SETS)]


def web() -> list[dict[str, Any]]:
    """Return what an access log holds: a UUID, a path with its query, a user agent, a peer, a status, a `k=v` note."""
    return [
        {
            "delivery": str(_id(number)),
            "path": f"/api/v1/orders/{118_000 + number}?page={number % 7}&sort=created&filter=open",
            "user_agent": f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/{100 + number % 40}.0.{number}.0",
            "peer": f"10.0.{number % 250}.{number % 200}:{40_000 + number}",
            "status": 200 + number % 5,
            "note": f"cache=miss shard={number % 16} took={number}ms",
        }
        for number in range(SETS)
    ]


def secret() -> list[dict[str, Any]]:
    """Return the reference event with a password among its keywords."""
    return [{**_reference(number), "password": f"hunter{number}"} for number in range(SETS)]


def nested() -> list[dict[str, Any]]:
    """Return one order of 25 leaves, up to four objects deep."""
    return [
        {
            "order": {
                **_reference(number),
                "customer": {
                    "id": f"u-{number}",
                    "since": 2_000 + number % 26,
                    "address": {"street": f"Lindenstrasse {number}", "city": "Bern", "zip": f"{3_000 + number}"},
                },
                "lines": [
                    {"sku": f"sku-{number + line}", "count": line + 1, "price": 9.5 + line, "gift": line == 1}
                    for line in range(3)
                ],
                "totals": {"net": 18.5 + number, "tax": 1.5},
            }
        }
        for number in range(SETS)
    ]


def objects() -> list[dict[str, Any]]:
    """Return the reference event with values that JSON has no type for: a UUID, a Decimal, an aware datetime."""
    return [
        {
            **_reference(number),
            "order_id": _id(number),
            "amount": Decimal(1_995 + number) / 100,
            "paid_at": _EPOCH + timedelta(seconds=number),
        }
        for number in range(SETS)
    ]


def wide(keys: int) -> list[dict[str, Any]]:
    """Return events of *keys* keywords, texts and numbers in turn."""
    names = [f"field_{index:03d}" for index in range(keys)]
    return [
        {name: f"value {number + index}" if index % 2 else number + index for index, name in enumerate(names)}
        for number in range(SETS)
    ]


class PaymentError(Exception):
    """Stand for an application's own exception."""


def failing() -> list[dict[str, Any]]:
    """Return the reference event with an exception of five frames that has a cause."""
    return [{**_reference(number), "exc_info": _caught(number)} for number in range(SETS)]


def _caught(number: int) -> PaymentError:
    try:
        _capture(number, depth=3)
    except PaymentError as error:
        return error
    raise AssertionError


def _capture(number: int, depth: int) -> None:
    if depth:
        _capture(number, depth - 1)
        return
    try:
        _LIMITS[f"card-{number}"]
    except KeyError as error:
        msg = f"card {number:04d} was declined"
        raise PaymentError(msg) from error
