"""The command: fuzz each target for so many seconds, in a process of its own, guided by coverage."""

from __future__ import annotations

import argparse
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(".cache/fuzz")
_TARGETS: Final = ("text", "value", "path", "policy", "pattern")
_SECONDS: Final = 60


def main() -> int:
    """Fuzz what the command line asks for; return 1 when something was found."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"default all: {', '.join(_TARGETS)}")
    parser.add_argument("--seconds", type=int, default=_SECONDS, help="for each target; default %(default)s")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="for what it learns and what it finds")
    parser.add_argument("--input", type=Path, help="play this one input again, such as one that was found")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if unknown := set(given.targets) - {*_TARGETS}:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    targets = given.targets or _TARGETS
    if given.input is not None:
        from benchmarks.fuzz.targets import TARGETS  # noqa: PLC0415 (else it would be imported before it is instrumented)

        TARGETS[targets[0]](given.input.read_bytes())
        return 0
    if given.here:
        _fuzz(targets[0], given.folder / targets[0], given.seconds)
    command = [
        sys.executable,
        "-m",
        "benchmarks.fuzz",
        "--here",
        f"--seconds={given.seconds}",
        f"--folder={given.folder}",
    ]
    ended = {
        name: subprocess.run([*command, name], check=False).returncode  # noqa: S603 (our own)
        for name in targets
    }
    sys.stdout.writelines(f"{name}: {'something was found' if code else 'nothing'}\n" for name, code in ended.items())
    return int(any(ended.values()))


def _fuzz(name: str, folder: Path, seconds: int) -> None:
    atheris: Any = import_module("atheris")
    with atheris.instrument_imports(include=["structlog_enrich"]):
        targets = import_module("benchmarks.fuzz.targets")
    learned, found = folder / "learned", folder / "found"
    for each in (learned, found):
        each.mkdir(parents=True, exist_ok=True)
    for at, seed in enumerate(targets.SEEDS[name]):
        (learned / f"seed-{at}").write_bytes(seed)
    words = folder / "words"
    words.write_text("".join(f'"{_escaped(each)}"\n' for each in targets.WORDS))
    options = [
        f"-max_total_time={seconds}",
        f"-dict={words}",
        f"-artifact_prefix={found}/",
        "-max_len=4096",
        "-timeout=20",
    ]
    atheris.Setup([sys.argv[0], *options, str(learned)], targets.TARGETS[name])
    # It ends the process.
    atheris.Fuzz()


def _escaped(word: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word.encode())


if __name__ == "__main__":
    sys.exit(main())
