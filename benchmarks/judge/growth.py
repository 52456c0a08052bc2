"""Measure how the cost of a scan grows with the text, whatever it holds.

Run `python -m benchmarks.judge.growth [--engine re|re2]`. For each content it prints the CPU time of a megabyte, and
how much longer double the text takes: below the length behind which all is masked, and for a text that is looked at as
a whole.
"""

from __future__ import annotations

import argparse
import base64
import random
import time
from typing import Final

from structlog_enrich.redaction.classifier import DEFAULT_CLASSIFIER
from structlog_enrich.redaction.values import DEFAULT_RULES, Scanner

__all__ = ["CONTENTS", "cost", "filled", "main"]

CONTENTS: Final = {
    "lorem": "lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ",
    "one letter": "a",
    "one byte of a hinge": "k",
    "key=": "key=",
    "base64": base64.b64encode(random.Random(7).randbytes(60_000)).decode(),  # noqa: S311 (the same each time)
    "near-miss JSON": '{"password": {"token": ["secret", {"key": ',
    "secret and blanks": "secret" + " " * 64,
    "dots": ".",
    "unclosed quotes": "password='a\"",
    "assignments": "password=hunter2 ",
    "private keys": "-----BEGIN PRIVATE KEY-----",
    "markers": "[REDACTED:token]",
    "URLs": "://a:b",
    "coloured keys": "\x1b[31mkey\x1b[0m=",
    "calls": "secret=f('x', ",
    "escaped keys": '\\\\\\"key\\\\\\": ',
    "escaped breaks": "\\nghp_",
    "bearer": "Authorization: Bearer a=",
}
"""What is repeated to make each text."""
_MEGABYTE: Final = 1_000_000
_LOOKED_AT: Final = 131_072
_RUNS: Final = 5


def filled(piece: str, length: int) -> str:
    """Return *length* characters of *piece* after *piece*.

    >>> filled("ab", 5)
    'ababa'
    """
    return (piece * (length // len(piece) + 1))[:length]


def cost(scanner: Scanner, text: str, *, whole: bool = False) -> float:
    """Return the least CPU time of a few scans, in milliseconds."""
    best = float("inf")
    for _ in range(_RUNS):
        start = time.process_time()
        scanner.redact(text, whole=whole)
        best = min(best, time.process_time() - start)
    return best * 1e3


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", default="auto")
    scanner = Scanner(
        DEFAULT_RULES, DEFAULT_CLASSIFIER.classify, parser.parse_args().engine, judge=DEFAULT_CLASSIFIER.judge
    )
    scanner.redact("password=hunter2")
    print(f"engine {scanner.engine}, CPU time of one scan, least of {_RUNS}")
    print(f"{'content':22} {'1 MB ms':>8} {'x of double':>12} {'whole 1 MB ms':>14} {'x of double':>12}")
    for name, piece in CONTENTS.items():
        half, full = (cost(scanner, filled(piece, length)) for length in (_LOOKED_AT // 2, _LOOKED_AT))
        megabyte = cost(scanner, filled(piece, _MEGABYTE))
        whole, double = (cost(scanner, filled(piece, n * _MEGABYTE), whole=True) for n in (1, 2))
        print(f"{name:22} {megabyte:8.1f} {full / half:12.2f} {whole:14.1f} {double / whole:12.2f}")


if __name__ == "__main__":
    main()
