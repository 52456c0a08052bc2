"""What a stranger's processor is made of and what its code names, found out without asking it anything."""

from __future__ import annotations

import dis
from contextlib import suppress
from functools import partial
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["held_by", "imported_by", "made_of", "module_of", "named_by", "names_of"]

_MOST_FUNCTIONS: Final = 32


def made_of(processor: Any) -> Iterator[Any]:
    """Yield what runs, which of a `partial` is what it calls, and its classes."""
    processor = _called(processor)
    yield processor
    yield from type(_owner(processor)).__mro__


def held_by(processor: Any) -> Iterator[Any]:
    """Yield what *processor* was given, what it holds, and what it encloses."""
    while issubclass(type(processor), partial):
        yield from (*processor.args, *processor.keywords.values())
        processor = processor.func
    with suppress(AttributeError):
        yield from object.__getattribute__(_owner(processor), "__dict__").values()
    for function in _functions(processor):
        for cell in function.__closure__ or ():
            with suppress(ValueError):
                yield cell.cell_contents


def named_by(processor: Any) -> Iterator[Any]:
    """Yield the functions that run, and what stands under each name that their code has in their module."""
    for function in _functions(_called(processor)):
        yield function
        for name in _code_names(function.__code__):
            yield function.__globals__.get(name)


def names_of(processor: Any) -> Iterator[str]:
    """Yield the names of variables, attributes and methods that the code of *processor* has."""
    processor = _called(processor)
    if type(processor) is BuiltinFunctionType:
        yield processor.__name__
    for function in _functions(processor):
        yield from _code_names(function.__code__)


def imported_by(processor: Any) -> Iterator[str]:
    """Yield the modules that the code of *processor* imports when it runs."""
    for function in _functions(_called(processor)):
        for code in _codes(function.__code__):
            yield from (each.argval for each in dis.get_instructions(code) if each.opname == "IMPORT_NAME")


def _called(processor: Any) -> Any:
    while issubclass(type(processor), partial):
        processor = processor.func
    return processor


def _owner(processor: Any) -> Any:
    return processor.__self__ if type(processor) is MethodType else processor


def _functions(processor: Any) -> list[FunctionType]:
    """Return the function that is called, and those of its class and of its own package that it names in turn."""
    first = _function(processor)
    if first is None:
        return []
    owner = _owner(processor)
    classes = type(owner).__mro__[:-1] if type(owner) is not FunctionType else ()
    package = module_of(first).partition(".")[0]
    found = [first]
    for function in found:
        for name in _code_names(function.__code__):
            methods = (vars(base).get(name) for base in classes)
            for each in (function.__globals__.get(name), *methods):
                if type(each) is not FunctionType or each in found or len(found) >= _MOST_FUNCTIONS:
                    continue
                if f"{module_of(each)}.".startswith(f"{package}."):
                    found.append(each)
    return found


def _function(processor: Any) -> FunctionType | None:
    if type(processor) is MethodType:
        processor = processor.__func__
    if type(processor) is not FunctionType:
        processor = next((vars(base)["__call__"] for base in type(processor).__mro__ if "__call__" in vars(base)), None)
    return processor if type(processor) is FunctionType else None


def _code_names(code: CodeType) -> Iterator[str]:
    for each in _codes(code):
        yield from each.co_names


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if type(constant) is CodeType:
            yield from _codes(constant)


def module_of(found: object) -> str:
    """Return the module that *found* is, or is of; empty where it says none."""
    # By its type, since what a stranger's object says of itself may be anything, or fail.
    if type(found) is ModuleType:
        return found.__name__
    is_named = issubclass(type(found), FunctionType | BuiltinFunctionType | type)
    try:
        module: Any = found.__module__ if is_named else type(found).__module__
    except Exception:  # noqa: BLE001 (a metaclass that fails when it is asked)
        return ""
    return module if type(module) is str else ""
