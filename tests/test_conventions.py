"""What holds for every module of the package alike."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import os
import pkgutil
import runpy
import textwrap
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from structlog.contextvars import STRUCTLOG_KEY_PREFIX

import structlog_enrich
from structlog_enrich import preset, processors

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from types import ModuleType

_SIGNATURE = ("logger", "method_name", "event_dict")
_LONGEST_FILE = 400
_LOUD = ("structlog_enrich.cli", "structlog_enrich.demo", "structlog_enrich.export.__main__")
_HEAVY = ("annotated_types", "attrs", "celery", "django", "fastapi", "flask", "jsonschema", "pydantic", "starlette")


def _names() -> Iterator[str]:
    yield "structlog_enrich"
    for each in pkgutil.walk_packages(structlog_enrich.__path__, "structlog_enrich."):
        yield each.name


_MODULES = tuple(_names())


@pytest.fixture(params=_MODULES)
def module(request: pytest.FixtureRequest) -> ModuleType:
    """Return each module of the package in turn."""
    return importlib.import_module(request.param)


@pytest.fixture
def tree(module: ModuleType) -> ast.Module:
    """Return the source of each module in turn, parsed."""
    return ast.parse(inspect.getsource(module))


class TestModules:
    """A module says what it is for, names what it offers, and is short."""

    def test_docstring(self, module: ModuleType) -> None:
        """Every module begins with a docstring."""
        assert (module.__doc__ or "").strip()

    def test_all(self, module: ModuleType) -> None:
        """Every module names what it offers: sorted as ruff sorts, nothing twice, nothing that isn't there."""
        if module.__name__.endswith("._version"):
            assert ["__version__"] == [name for name in vars(module) if name.startswith("__v")]
            return
        names = module.__all__

        assert sorted(set(names), key=_constants_first) == list(names)
        assert [] == [name for name in names if not hasattr(module, name)]

    def test_public_names_are_named(self, module: ModuleType, tree: ast.Module) -> None:
        """Every public class of a module is in its `__all__`."""
        classes = {each.name for each in tree.body if isinstance(each, ast.ClassDef) and not each.name.startswith("_")}

        assert set() == classes - set(getattr(module, "__all__", ()))

    def test_annotations_are_lazy(self, tree: ast.Module) -> None:
        """Every module that is more than a docstring evaluates no annotation at import."""
        imported = [each.module for each in tree.body if isinstance(each, ast.ImportFrom)]

        assert "__future__" in imported or len(tree.body) == 2

    def test_length(self, module: ModuleType) -> None:
        """A file past 400 lines has two jobs."""
        assert len(inspect.getsource(module).splitlines()) <= _LONGEST_FILE

    def test_silence(self, module: ModuleType, tree: ast.Module) -> None:
        """Only commands print."""
        prints = [each.lineno for each in ast.walk(tree) if isinstance(each, ast.Name) and each.id == "print"]

        assert [] == prints or module.__name__.startswith(_LOUD)

    def test_context_variables(self, module: ModuleType) -> None:
        """No variable of ours has a name that structlog would take for bound context."""
        ours = [each.name for each in vars(module).values() if isinstance(each, ContextVar)]

        assert [] == [name for name in ours if name.startswith(STRUCTLOG_KEY_PREFIX)]

    def test_no_assert(self, tree: ast.Module) -> None:
        """No module relies on `assert`, which `python -O` removes."""
        assert [] == [each.lineno for each in ast.walk(tree) if isinstance(each, ast.Assert)]


class TestImport:
    """Nothing happens at import."""

    def test_nothing_is_registered(self, run_python: Any) -> None:
        """No thread, no hook, no handler, no configuration, no word, whichever of our modules is imported."""
        program = """
            import atexit, gc, importlib, logging, os, pkgutil, signal, sys, threading, warnings
            # What others register when they are imported is their own affair.
            import click, httpx, orjson, pydantic, rich, starlette.applications, structlog, uvicorn
            import opentelemetry.trace, opentelemetry.context

            def registered():
                hooks = sys.excepthook, sys.unraisablehook, threading.excepthook, sys.displayhook, warnings.showwarning
                signals = [signal.getsignal(each) for each in signal.valid_signals()]
                loggers = (
                    logging.root.handlers[:], logging.getLogRecordFactory(), logging.getLoggerClass(),
                    logging.Logger.callHandlers, logging.Handler.handle, type(structlog.get_logger()).__getattr__,
                )
                return (
                    atexit._ncallbacks(), gc.callbacks[:], hooks, signals, loggers, threading.active_count(),
                    structlog.is_configured(), dict(os.environ), sys.path[:], warnings.filters[:],
                )

            before = registered()
            import structlog_enrich
            for each in pkgutil.walk_packages(structlog_enrich.__path__, "structlog_enrich."):
                if not each.name.endswith("__main__"):
                    importlib.import_module(each.name)
            after = registered()
            sys.exit([number for number, (one, two) in enumerate(zip(before, after)) if one != two] or 0)
        """
        # A plugin of pydantic's, which only needs to be installed, would do things of its own.
        ran = run_python(textwrap.dedent(program), env={**os.environ, "PYDANTIC_DISABLE_PLUGINS": "__all__"})

        assert ("", "") == (ran.stdout, ran.stderr)


class TestProcessors:
    """Every processor is spelled alike."""

    def test_signature(self, tree: ast.Module) -> None:
        """Whatever takes three arguments as a processor does, spells them as every processor does."""
        functions = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)]
        taken = [[arg for arg in each.args.args if arg.arg != "self"] for each in functions]
        names = [tuple(arg.arg for arg in args) for args in taken if len(args) == 3 and _is_processor(args)]

        assert [] == [each for each in names if each != _SIGNATURE]

    @pytest.mark.parametrize(
        "name", [name for name in processors.__all__ if inspect.isclass(getattr(processors, name))]
    )
    def test_slotted_class(self, name: str) -> None:
        """Every stage is a slotted class with a repr of its own and an executed example."""
        stage = getattr(processors, name)

        assert "__slots__" in vars(stage)
        assert object.__repr__ is not stage.__repr__
        assert ">>> " in stage.__doc__

    def test_preset(self) -> None:
        """The chain is made of exactly these, whatever is configured."""
        for stage in preset(renderer="json"):
            assert type(stage).__name__ in processors.__all__


class TestPublicFace:
    """What users import is documented, approved and light."""

    @pytest.mark.parametrize("name", structlog_enrich.__all__)
    def test_documented(self, name: str) -> None:
        """Every public class and function has a docstring."""
        found = getattr(structlog_enrich, name)

        assert not callable(found) or (found.__doc__ or "").strip()

    def test_approved(self) -> None:
        """No signature changes unseen: `make api` renews the list, and its difference is read."""
        here = Path(__file__).parent
        described = runpy.run_path(str(here / "public_api.py"))["described"]

        assert (here / "public_api.txt").read_text(encoding="utf-8") == described()

    def test_import_is_light(self, run_python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        """The import loads neither pydantic nor a framework, starts no thread, registers nothing and prints nothing."""
        program = f"""
import json, logging, sys, threading, warnings
handlers, hook, shown = list(logging.root.handlers), sys.excepthook, warnings.showwarning
import structlog, orjson
import structlog_enrich
assert not structlog.is_configured()
assert (handlers, hook, shown) == (logging.root.handlers, sys.excepthook, warnings.showwarning)
print(json.dumps([threading.active_count(), sorted(set({_HEAVY!r}) & set(sys.modules))]))
"""
        done = run_python(program)

        assert [1, []] == json.loads(done.stdout)
        assert "" == done.stderr

    def test_chain_is_light(self, run_python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
        """Neither does making a chain and logging through it."""
        program = f"""
import sys, threading
import structlog
from structlog_enrich import bound_logger, preset
structlog.configure(processors=preset(renderer="json"), wrapper_class=bound_logger())
structlog.get_logger().error("declined", exc_info=ValueError("no funds"), amount=9.9, at={{"a": b"b"}})
assert threading.active_count() == 1
assert not set({_HEAVY!r}) & set(sys.modules)
"""
        done = run_python(program)

        assert "declined" == json.loads(done.stdout)["message"]
        assert "" == done.stderr

    def test_typed(self) -> None:
        """The package tells type checkers that it is typed."""
        assert all(Path(folder, "py.typed").is_file() for folder in structlog_enrich.__path__)


def _is_processor(args: list[ast.arg]) -> bool:
    annotation = args[2].annotation
    return "method_name" in {arg.arg for arg in args} or (
        annotation is not None and "EventDict" in ast.unparse(annotation)
    )


def _constants_first(name: str) -> tuple[int, Any]:
    # As ruff sorts `__all__`: CONSTANTS, Classes, then the others.
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2), name
