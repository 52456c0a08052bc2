"""The demo's shop: each kind of order ends on the line that says so."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import orjson

from structlog_enrich.demo import shop
from structlog_enrich.demo.loyalty import loyalty_tier


def _order(number: int = 1, **changed: Any) -> str:
    order = {
        "order_id": f"o-10000{number}",
        "customer_id": "c-0001",
        "currency": "USD",
        "items": [{"sku": "tea-assam", "quantity": 2, "price": "5.20"}],
        "payment": {"card_number": "4000001234567899", "cvv": "123"},
    }
    return json.dumps(order | changed)


def _lines(*orders: str) -> dict[str, dict[str, Any]]:
    sink = io.BytesIO()
    shop.configure(sink)
    asyncio.run(shop.process(orders))
    return {line["message"]: line for line in map(orjson.loads, sink.getvalue().splitlines())}


class TestProcess:
    """Every order is accepted, kept waiting, refused or found broken."""

    def test_accepted(self) -> None:
        """A good order gets an invoice and its total in euros; how it was paid is masked."""
        lines = _lines(_order())

        expected = ["shop opened", "order received", "invoice written", "order accepted", "shop closed"]
        assert expected == list(lines)
        assert "8.94" == lines["order accepted"]["payload"]["total_eur"]
        masked = {"card_number": "[REDACTED:card_number]", "cvv": "[REDACTED:cvv]"}
        assert masked == lines["order accepted"]["payload"]["payment"]

    def test_context(self) -> None:
        """What the day bound, what the order's task bound and what a processor changed stand in the context."""
        context = _lines(_order())["invoice written"]["context"]

        assert {"batch": "2026-11-22", "line_number": 1, "order_id": "o-100001"}.items() <= context.items()
        assert context["customer_id"].startswith("c#")

    def test_invoice_in_a_thread(self) -> None:
        """The invoice is written in another thread, whose lines are still the order's."""
        lines = _lines(_order())

        assert lines["order received"]["thread_id"] != lines["invoice written"]["thread_id"]
        assert lines["order received"]["context"] == lines["invoice written"]["context"]

    def test_out_of_stock(self) -> None:
        """An order for more than there is waits, and takes nothing."""
        tea, grinders = ("tea-assam", 1), ("grinder-hand", 99)
        items = [{"sku": sku, "quantity": quantity, "price": "5"} for sku, quantity in (tea, grinders)]
        lines = _lines(_order(items=items))

        assert "grinder-hand" == lines["order waits for stock"]["payload"]["sku"]
        assert sum(shop.STOCK.values()) == lines["shop closed"]["payload"]["pieces_left"]

    def test_stock_runs_low(self) -> None:
        """The warehouse warns from its own task, so its line is of the day and of no order."""
        line = _lines(_order(items=[{"sku": "kettle-gooseneck", "quantity": 12, "price": "58"}]))["stock runs low"]

        assert {"batch": "2026-11-22"} == line["context"]
        assert {"sku": "kettle-gooseneck", "left": 2} == line["payload"]

    def test_unknown_currency(self) -> None:
        """An order in a currency without a rate is refused with the exception."""
        line = _lines(_order(currency="XAU"))["order refused"]

        assert "structlog_enrich.demo.shop.UnknownCurrencyError" == line["error"]["type"]
        assert "no rate for XAU" == line["error"]["message"]

    def test_unknown_product(self) -> None:
        """An exception of the warehouse's task arrives at the order that caused it."""
        line = _lines(_order(items=[{"sku": "teapot-of-utah", "quantity": 1, "price": "1"}]))["order refused"]

        assert "KeyError" == line["error"]["type"]
        assert "o-100001" == line["context"]["order_id"]

    def test_broken(self) -> None:
        """A line that is no JSON is named by its number, with the cause of the trouble."""
        line = _lines(_order(), "{")["order can't be read"]

        assert {"batch": "2026-11-22", "line_number": 2} == line["context"]
        assert ["json.decoder.JSONDecodeError"] == [cause["type"] for cause in line["error"]["causes"]]

    def test_account(self) -> None:
        """A new account is logged without its password."""
        line = _lines(_order(account={"newsletter": True, "password": "amber-otter-1234"}))["account opened"]

        assert {"newsletter": True, "password": "[REDACTED:password]"} == line["payload"]["account"]

    def test_note(self) -> None:
        """A customer's note is masked whole."""
        line = _lines(_order(note="my password is amber-otter-1234"))["order received"]

        assert "[REDACTED:note]" == line["payload"]["note"]


class TestLoyaltyTier:
    """Someone else's processor helps where it can, and where it fails it costs only its own contribution."""

    def test_member(self) -> None:
        """A member's tier is on the line."""
        assert "gold" == loyalty_tier(None, "info", {"customer_id": "c-0001"})["tier"]

    def test_no_customer(self) -> None:
        """An event without a customer is left as it is."""
        assert {"event": "x"} == loyalty_tier(None, "info", {"event": "x"})

    def test_stranger(self) -> None:
        """For a customer it doesn't know it fails, and the line says so and has all else."""
        line = _lines(_order(customer_id="c-0059"))["order accepted"]

        assert ["structlog_enrich.demo.loyalty.loyalty_tier:KeyError"] == line["faults"]
        assert "tier" not in line["payload"]
        assert line["context"]["customer_id"].startswith("c#")
