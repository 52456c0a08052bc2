"""What a test file needs when it is collected is there on every system; what only some have is needed by a test."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SOURCES = sorted(HERE.rglob("*.py")) + sorted(HERE.parent.joinpath("benchmarks").rglob("*.py"))
POSIX_MODULES = frozenset({"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"})
POSIX_NAMES = frozenset(
    [f"os.{name}" for name in ("fork", "getpgid", "getuid", "killpg", "openpty", "register_at_fork", "setsid")]
    + [f"signal.{name}" for name in ("SIGALRM", "SIGHUP", "SIGKILL", "alarm", "pause")]
)


def missed(path: Path) -> list[str]:
    """Return what the file at *path* asks for, when it is imported, that Windows hasn't."""
    found: list[str] = []
    waiting: list[ast.AST] = [ast.parse(path.read_text("utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            found += [each.name for each in node.names if each.name in POSIX_MODULES]
        elif isinstance(node, ast.ImportFrom):
            asked = {node.module} | {f"{node.module}.{each.name}" for each in node.names}
            found += sorted(each for each in asked if each in POSIX_MODULES | POSIX_NAMES)
        elif isinstance(node, ast.Attribute) and ast.unparse(node) in POSIX_NAMES:
            found.append(ast.unparse(node))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            # Its body runs later; its decorators and defaults don't.
            defaults = [*node.args.defaults, *filter(None, node.args.kw_defaults)]
            waiting += [*getattr(node, "decorator_list", []), *defaults]
        else:
            waiting += ast.iter_child_nodes(node)
    return found


class TestImports:
    """The top of a test file."""

    def test_collected_anywhere(self) -> None:
        """No file asks for a module or a function there that Windows hasn't: it couldn't even be collected."""
        assert {} == {path.relative_to(HERE.parent).as_posix(): found for path in SOURCES if (found := missed(path))}

    @pytest.mark.parametrize(
        ("source", "expected"),
        [
            ("import os, pty", ["pty"]),
            ("from termios import tcgetattr", ["termios"]),
            ("from os import fork", ["os.fork"]),
            ("class A:\n    kill = os.killpg", ["os.killpg"]),
            ("def f(signal=signal.SIGKILL): ...", ["signal.SIGKILL"]),
            ("@skip_unless(os.fork)\ndef f(): ...", ["os.fork"]),
            ("def f():\n    import pty\n    os.fork()", []),
            ('needs_fork = skipif(not hasattr(os, "fork"))', []),
        ],
    )
    def test_what_is_found(self, source: str, expected: list[str], tmp_path: Path) -> None:
        """What a file does at once is seen, what a function of it will do isn't."""
        file = tmp_path / "test_shop.py"
        file.write_text(source, "utf-8")

        assert expected == missed(file)
