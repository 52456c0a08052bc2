"""The demo's orders: what is read, and what is refused."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from structlog_enrich.demo.orders import BrokenOrderError, Item, Order, decoded, order_lines


@pytest.fixture
def fields() -> dict[str, Any]:
    """Return an order that has everything, free to be broken."""
    return {
        "order_id": "o-100001",
        "customer_id": "c-0001",
        "currency": "EUR",
        "items": [{"sku": "tea-assam", "quantity": 2, "price": "5.20"}],
        "payment": {"card_number": "4000001234567899", "cvv": "123"},
    }


class TestOrder:
    """An order is read whole or refused, and a refusal repeats nothing of it."""

    def test_whole(self, fields: dict[str, Any]) -> None:
        """An order with everything keeps its values, prices as decimals."""
        order = Order.from_fields(fields)

        assert (Item("tea-assam", 2, Decimal("5.20")),) == order.items
        assert Decimal("10.40") == order.total()

    @pytest.mark.parametrize("name", ["order_id", "customer_id", "currency", "items", "payment"])
    def test_missing(self, fields: dict[str, Any], name: str) -> None:
        """A field that is missing is named."""
        del fields[name]

        with pytest.raises(BrokenOrderError, match=rf"^{name} is missing$"):
            Order.from_fields(fields)

    def test_empty(self, fields: dict[str, Any]) -> None:
        """An order of nothing is refused."""
        with pytest.raises(BrokenOrderError, match=r"^items is empty$"):
            Order.from_fields(fields | {"items": []})

    @pytest.mark.parametrize(
        ("name", "value", "message"),
        [
            ("quantity", -1, "below zero"),
            ("quantity", 0, "below zero"),
            ("price", "-5.20", "below zero"),
            ("price", "5,20", "not a number"),
            ("price", "free", "not a number"),
        ],
    )
    def test_wrong_item(self, fields: dict[str, Any], name: str, value: object, message: str) -> None:
        """An item that can't be sold makes its order one that can't be read."""
        fields["items"][0][name] = value

        with pytest.raises(BrokenOrderError, match=message) as caught:
            Order.from_fields(fields)
        assert "4000001234567899" not in str(caught.value)


class TestDecoded:
    """A line is one JSON object or refused."""

    @pytest.mark.parametrize("line", ["", '{"order_id":', "order_id=o-1", '{"password": "amber-otter-1234"'])
    def test_no_json(self, line: str) -> None:
        """The error repeats nothing of the line, which may hold a secret."""
        with pytest.raises(BrokenOrderError, match=r"^the line is not JSON$"):
            decoded(line)

    def test_no_object(self) -> None:
        """A list is JSON and no order."""
        with pytest.raises(BrokenOrderError, match=r"^the line is not an object$"):
            decoded("[]")


class TestOrderLines:
    """The file that comes with the demo has what the demo shows."""

    def test_some_are_broken(self) -> None:
        """Of 300 lines most are JSON, and some are not."""
        lines = order_lines()

        assert 300 == len(lines)
        assert 7 == sum(not _is_json(line) for line in lines)


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except json.JSONDecodeError:
        return False
    return True
