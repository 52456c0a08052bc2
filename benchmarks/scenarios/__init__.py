"""What is measured: one scenario a file, each with `run(effort)` and `table(result)`.

`run` returns what JSON can carry, because each scenario runs in an interpreter of its own: what one teaches the
specialising interpreter, or leaves in a cache, colours no other.
"""

from __future__ import annotations

from typing import Final

from benchmarks.contenders import documented, floor, handmade, preset_ours, preset_structlog

__all__ = ["CONTENDERS"]

CONTENDERS: Final = (floor, preset_ours, preset_structlog, documented, handmade)
"""Who takes part in every comparison of written lines, in the order of the tables."""
