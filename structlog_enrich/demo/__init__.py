"""Two services that log as services should, and a crowd of shoppers: `python -m structlog_enrich.demo`.

The services are real: processes of their own, which know of each other only what HTTP tells them.

- `gateway`: takes what shoppers want.
- `inventory`: knows what is on the shelves; the gateway asks it.
- `serving`: how each of the two runs.

The rest stands outside and has nothing but what it sent, what it got back and the lines that were written.

- `services`: starts the processes and collects their lines.
- `visit`, `visits`, `hostile`: what the shoppers send, the same on every run.
- `shoppers`: sends it, many at a time.
- `verdict`, `proofs`: tell whether the promises hold that need nothing but lines.
- `witness`, `testimony`, `canaries`: tell whether the others do, from the lines and from what the shoppers saw.
- `tree`, `sample`, `table`, `report`: show it to a person.
- `terminal`: where that person reads it.
- `performance`: all of it, from the start of the services to the last proof.
"""

from __future__ import annotations

__all__: list[str] = []
