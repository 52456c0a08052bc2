"""A small shop that logs as a service should: `python -m structlog_enrich.demo`.

- `orders.jsonl`: one day of orders; some are broken, some hold what must never be logged.
- `orders`: reads an order, and says what is wrong with it.
- `shop`: processes all of them at once, each in a task with its own bound context.
- `loyalty`: stands for someone else's library, with a processor that sometimes fails.
- `proofs`: tells from the lines alone whether the promises hold.
- `report`: shows it to a person.
"""

from __future__ import annotations

__all__: list[str] = []
