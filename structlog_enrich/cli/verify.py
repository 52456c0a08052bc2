"""`structlog-enrich verify`: which lines are missing, and why."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.cli.completeness import Proof
from structlog_enrich.cli.progress import bar, speaker, task
from structlog_enrich.cli.sources import UNREADABLE, opened, reason
from structlog_enrich.cli.usage import command_class
from structlog_enrich.processors.harmless import harmless

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import click
    from rich.progress import Progress

    from structlog_enrich.cli.completeness import Boot, Lost

__all__ = ["command"]

_HELP: Final = """\
Prove from the lines of all FILES together which are missing, each by its process and number, and why, as far as a line
about the gap says so. Give all files that a process wrote, in any order; `-` is standard input, and a name that ends in
.gz is decompressed. Of lines that were written to several places verify each place by itself.

Numbers begin at 0, so what is missing at the head is seen. At the tail it is seen up to the last log.stop; of a process
that said none, or log.start again after it, nobody can tell what it still wanted to write. What exit hooks log after
log.stop is proved up to the last line that is there, and --ended lets it pass. A worker that was forked after
configure() says neither line, however well it ended.

The exit code is 0 when nothing is missing, nothing lost and nothing there twice, 1 when something is, or when there is
no line to prove anything by, 2 when a file can't be read.
"""
_EVERY: Final = 1_024


def command() -> click.Command:
    """Return the command."""
    import click  # noqa: PLC0415 (an extra)

    @click.command("verify", cls=command_class(), help=_HELP, short_help="Prove which lines are missing, and why.")
    @click.argument("files", metavar="FILE…|-", nargs=-1, required=True)
    @click.option(
        "--ended",
        is_flag=True,
        help="Fail, too, where a process hasn't said log.stop, or said log.start after it: its tail isn't proved. "
        "For workers that were forked after configure() that is always so.",
    )
    @click.option("--json", "as_json", is_flag=True, help="One JSON object for each process.")
    def verify(*, files: Sequence[str], ended: bool, as_json: bool) -> None:
        proof, unreadable = Proof(), 0
        with bar() as progress:
            complain = speaker(progress, err=True)
            for name in files:
                try:
                    proof.add(_lines(name, progress))
                except UNREADABLE as error:
                    unreadable += 1
                    complain(f"structlog-enrich can't read {harmless(name)}: {reason(error)}")
        boots = proof.boots()
        for boot in boots:
            click.echo(_json(boot) if as_json else "\n".join(_told(boot)))
        if not as_json:
            click.echo("\n".join(_totals(boots, proof.foreign, unreadable)))
        is_faulty = not boots or any(map(_is_faulty, boots)) or (ended and any(boot.is_open for boot in boots))
        sys.exit(2 if unreadable else int(is_faulty))

    return verify


def _lines(name: str, progress: Progress | None) -> Iterator[bytes]:
    from structlog_enrich.schema.validation import read_lines  # noqa: PLC0415 (pydantic, which few commands need)

    with opened(name) as source, task(name, source, progress) as advance:
        read = 0
        for number, line in enumerate(read_lines(source.file)):
            read += len(line)
            if number % _EVERY == 0:
                advance(read)
            yield line


def _is_faulty(boot: Boot) -> bool:
    return bool(boot.twice or boot.unnamed() or _count(boot))


def _count(boot: Boot) -> int:
    return sum(lost.last - lost.first + 1 for lost in boot.lost())


def _told(boot: Boot) -> Iterator[str]:
    stream = "" if boot.stream is None else f" stream {harmless(boot.stream)}"
    yield f"{harmless(boot.boot_id)}{stream} ({harmless(boot.service)}): {_number(boot.count, 'line')}"
    for lost in boot.lost():
        count = lost.last - lost.first + 1
        yield f"  {_range(lost)}: {_number(count, 'line')} missing, {_why(lost)}"
    for why, count in boot.unnamed().items():
        yield f"  {_number(count, 'line')} more lost ({harmless(why)}), whose numbers no gap names"
    if boot.twice:
        yield f"  {_number(boot.twice, 'line')} there more than once"
    if boot.is_open:
        since = "" if boot.stopped is None else f" since log.start {boot.started}"
        yield f"  no log.stop{since}: whether lines came after {boot.last} can't be told"
    elif boot.last != boot.stopped:
        yield f"  lines came after log.stop {boot.stopped}: whether any came after {boot.last} can't be told"


def _why(lost: Lost) -> str:
    return "and no gap says why" if lost.reason is None else harmless(lost.reason)


def _range(lost: Lost) -> str:
    return str(lost.first) if lost.first == lost.last else f"{lost.first}-{lost.last}"


def _totals(boots: Sequence[Boot], foreign: int, unreadable: int) -> Iterator[str]:
    lost, untold = sum(map(_count, boots)), sum(sum(boot.unnamed().values()) for boot in boots)
    said = [f"{lost:,} missing{_reasons(boots)}"] if lost else []
    if untold:
        said.append(f"{untold:,} lost whose numbers no gap names")
    if twice := sum(boot.twice for boot in boots):
        said.append(f"{twice:,} there more than once")
    lines = _number(sum(boot.count for boot in boots), "line")
    processes = f"{len(boots):,} process{'' if len(boots) == 1 else 'es'}"
    count = sum(boot.is_open for boot in boots)
    whole = "nothing missing up to the last line that is there" if count else "nothing missing"
    found = ", ".join(said) or (whole if boots else "nothing is proved by that")
    tails = f"; no log.stop of {count:,}" if count else ""
    files = f"; {_number(unreadable, 'file')} couldn't be read" if unreadable else ""
    yield f"{lines} of {processes}: {found}{tails}{files}"
    if foreign:
        yield f"{_number(foreign, 'line')} not of this contract"


def _reasons(boots: Sequence[Boot]) -> str:
    """Return how many lines are missing for each reason, where there are several."""
    counts: Counter[str] = Counter()
    for lost in (each for boot in boots for each in boot.lost()):
        counts["unexplained" if lost.reason is None else harmless(lost.reason)] += lost.last - lost.first + 1
    return f" ({', '.join(f'{count:,} {why}' for why, count in counts.most_common())})" if len(counts) > 1 else ""


def _json(boot: Boot) -> bytes:
    import orjson  # noqa: PLC0415 (needed for this form only)

    said: dict[str, Any] = {
        "boot_id": boot.boot_id,
        "stream": boot.stream,
        "service": boot.service,
        "lines": boot.count,
        "last": boot.last,
        "missing": [lost._asdict() for lost in boot.lost()],
        "untold": boot.unnamed(),
        "twice": boot.twice,
        "started": boot.started,
        "stopped": boot.stopped,
    }
    return orjson.dumps(said)


def _number(count: int, of: str) -> str:
    return f"{count:,} {of}{'' if count == 1 else 's'}"
