"""Texts that don't repeat: five thousand clean events of each kind, made of values that a service has."""

from __future__ import annotations

import random
import uuid
from typing import Any, Final

__all__ = ["SIZE", "flat", "messages", "nested", "reference", "web"]

SIZE: Final = 5_000
"""How many events a pool holds: more than any cache of values remembers."""

_SEED: Final = 20_261_122
_NAMES: Final = (
    "Ada Brunner", "Béla Horvath", "Chiara Rossi", "Dmitri Orlov", "Elif Demir", "Femke de Vries", "Grace Okafor",
    "Hana Novakova", "Isabel Carvalho", "Jonas Lindqvist", "Keiko Tanaka", "Liam Murphy", "Mila Petrova", "Noor Haddad",
)  # fmt: skip
_STREETS: Final = ("Lindenstrasse", "Rue du Lac", "Via Roma", "Kerkstraat", "Mill Lane", "Storgatan", "Avenida Central")
_CITIES: Final = ("Bern", "Lausanne", "Bologna", "Utrecht", "Galway", "Uppsala", "Sevilla", "Graz", "Porto")
_GOODS: Final = ("kettle", "desk lamp", "rain jacket", "coffee beans", "bike pump", "notebook", "wool blanket")
_CURRENCIES: Final = ("EUR", "USD", "GBP", "CHF", "SEK")
_METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
_STATUSES: Final = (200, 201, 204, 301, 400, 404, 409, 500)
_BROWSERS: Final = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.{}.{} Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{}.{}) Gecko/20100101 Firefox/{}.0",
    "okhttp/{}.{}.{}",
    "python-httpx/{}.{}.{}",
)
_NOTES: Final = (
    "left at the door, ref {:08d}", "call {} before delivery", "weighs {} g, fragile", "shelf {} is empty",
    "replaces order o-{}", "customer asked twice about parcel {}", "second attempt, courier {}",
)  # fmt: skip
_MESSAGES: Final = (
    "payment for order o-{} captured", "order o-{} shipped to warehouse {}", "{} items reserved for basket b-{}",
    "invoice {}-{} sent", "retrying shipment s-{} after {} ms", "cache for product {} refreshed in {} ms",
    "customer u-{} opened ticket {}", "stock of sku-{} is down to {}",
)  # fmt: skip


def messages(size: int = SIZE) -> list[str]:
    """Return messages with numbers in them, as an f-string makes them."""
    rng = random.Random(_SEED)  # noqa: S311 (the same pool each time)
    return [rng.choice(_MESSAGES).format(rng.randrange(10**6), rng.randrange(10**4)) for _ in range(size)]


def reference(size: int = SIZE) -> list[dict[str, Any]]:
    """Return the reference event: an id, a float, a currency, an int, a masked card, a note."""
    rng = random.Random(_SEED + 1)  # noqa: S311 (likewise)
    return [_order(rng) for _ in range(size)]


def web(size: int = SIZE) -> list[dict[str, Any]]:
    """Return the web event: a UUID, a path with its query, a user agent, a peer, a status, a `k=v` note."""
    rng = random.Random(_SEED + 2)  # noqa: S311 (likewise)
    return [
        {
            "delivery": _uuid(rng),
            "path": _path(rng),
            "user_agent": _browser(rng),
            "peer": f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(256)}:{rng.randrange(1_024, 65_536)}",
            "status": rng.choice(_STATUSES),
            "note": f"cache={rng.choice(('hit', 'miss'))} shard={rng.randrange(64)} took={rng.randrange(5_000)}ms",
        }
        for _ in range(size)
    ]


def flat(size: int = SIZE) -> list[dict[str, Any]]:
    """Return twelve keys, the message among them: eight texts, two integers, two floats."""
    rng = random.Random(_SEED + 3)  # noqa: S311 (likewise)
    return [
        {
            "event": message,
            "delivery": _uuid(rng),
            "method": rng.choice(_METHODS),
            "path": _path(rng),
            "status": rng.choice(_STATUSES),
            "duration_ms": rng.randrange(10**6) / 1_000,
            "user_agent": _browser(rng),
            "customer": f"u-{rng.randrange(10**6)}",
            "amount": rng.randrange(10**6) / 100,
            "currency": rng.choice(_CURRENCIES),
            "items": rng.randrange(1, 40),
            "note": rng.choice(_NOTES).format(rng.randrange(10**8)),
        }
        for message in messages(size)
    ]


def nested(size: int = SIZE) -> list[dict[str, Any]]:
    """Return the message and one order, 25 leaves in all, up to four objects deep."""
    rng = random.Random(_SEED + 4)  # noqa: S311 (likewise)
    return [
        {
            "event": message,
            "order": {
                **_order(rng),
                "customer": {
                    "id": f"u-{rng.randrange(10**6)}",
                    "name": rng.choice(_NAMES),
                    "address": {
                        "street": f"{rng.choice(_STREETS)} {rng.randrange(1, 300)}",
                        "city": rng.choice(_CITIES),
                        "zip": f"{rng.randrange(1_000, 99_999)}",
                    },
                },
                "lines": [
                    {
                        "sku": f"sku-{rng.randrange(10**5)}",
                        "title": rng.choice(_GOODS),
                        "count": rng.randrange(1, 9),
                        "price": rng.randrange(10**5) / 100,
                    }
                    for _ in range(3)
                ],
                "tax": rng.randrange(10**4) / 100,
            },
        }
        for message in messages(size)
    ]


def _order(rng: random.Random) -> dict[str, Any]:
    return {
        "order_id": f"o-{rng.randrange(10**6)}",
        "amount": rng.randrange(10**6) / 100,
        "currency": rng.choice(_CURRENCIES),
        "items": rng.randrange(1, 40),
        "card": f"**** **** **** {rng.randrange(10**4):04d}",
        "note": rng.choice(_NOTES).format(rng.randrange(10**8)),
    }


def _uuid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def _path(rng: random.Random) -> str:
    return f"/api/v1/orders/{rng.randrange(10**6)}?page={rng.randrange(40)}&sort=created&filter=open"


def _browser(rng: random.Random) -> str:
    return rng.choice(_BROWSERS).format(rng.randrange(60, 150), rng.randrange(9_000), rng.randrange(300))
