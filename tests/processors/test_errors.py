"""Every exception becomes a structured error, whatever it is made of."""

from __future__ import annotations

import gc
import traceback
import weakref
from typing import TYPE_CHECKING, Any

import orjson
import pytest
import structlog
from structlog.exceptions import DropEvent

from structlog_enrich import preset
from structlog_enrich.processors import ErrorDetails
from structlog_enrich.processors.description import describe_error, type_name
from structlog_enrich.processors.inflight import PRIVATE
from structlog_enrich.said import SAID

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = __name__


class Shop(Exception):
    """An exception of an application."""


def raised(error: BaseException, **chained: Any) -> BaseException:
    """Return *error* as it is once it was raised and caught."""
    try:
        if "cause" in chained:
            raise error from chained["cause"]
        raise error
    except BaseException as caught:
        return caught


def details(**keywords: Any) -> dict[str, Any]:
    """Return what the stage alone makes of an event."""
    event = ErrorDetails(key="error")(None, "error", {"event": "declined", **keywords})
    error: dict[str, Any] = event["error"]
    return error


def line_of(validator: Any, method: str = "error", **keywords: Any) -> dict[str, Any]:
    """Return the line of one event through `preset()`, valid."""
    flat: Any = {"event": "declined", **keywords}
    for stage in preset():
        flat = stage(None, method, flat)
    line: dict[str, Any] = orjson.loads(flat)
    validator.validate(line)
    return line


class TestWhereItComesFrom:
    """What the stage takes for the event's exception."""

    def test_exc_info_true(self) -> None:
        """The one that is being handled, with its traceback."""
        try:
            raise Shop("no funds")
        except Shop:
            error = details(exc_info=True)

        assert (f"{HERE}.Shop", "no funds") == (error["type"], error["message"])
        assert error["stack"].startswith("Traceback (most recent call last):\n")
        assert error["stack"].endswith(".Shop: no funds")

    def test_exc_info_an_exception(self) -> None:
        """An exception stands for itself, raised or not."""
        assert ("no", False) == (details(exc_info=Shop("no"))["message"], "stack" in details(exc_info=Shop("no")))
        assert "stack" in details(exc_info=raised(Shop("no")))

    def test_exc_info_a_tuple(self) -> None:
        """The tuple of `sys.exc_info()`."""
        error = raised(Shop("no"))

        assert details(exc_info=error) == details(exc_info=(type(error), error, error.__traceback__))

    def test_a_traceback_only_in_the_tuple(self) -> None:
        """A record that was carried along keeps its traceback when the exception has lost its own."""
        error = raised(Shop("no"))
        stack = error.__traceback__
        error.__traceback__ = None

        assert "in raised" in details(exc_info=(type(error), error, stack))["stack"]
        assert "stack" not in details(exc_info=(type(error), error, None))

    def test_a_tuple_without_traceback(self) -> None:
        """Without one in the tuple the exception's own is taken, for junk in its place too."""
        error = raised(Shop("no"))

        assert details(exc_info=error) == details(exc_info=(Shop, error, None)) == details(exc_info=(1, error, "x"))

    @pytest.mark.parametrize("nothing", [None, False, 0, "", (), (None, None, None)], ids=repr)
    def test_nothing(self, nothing: Any) -> None:
        """What says "none" leaves no error and no payload, even while one is being handled."""
        try:
            raise Shop
        except Shop:
            assert {"event": "x"} == ErrorDetails()(None, "error", {"event": "x", "exc_info": nothing})

    def test_true_outside_any_handler(self) -> None:
        """`exc_info=True` with nothing to report reports nothing."""
        assert {"event": "x"} == ErrorDetails()(None, "error", {"event": "x", "exc_info": True})

    @pytest.mark.parametrize("junk", ["yes", 1, ValueError, (1, 2), ("a", "b", "c"), [0], 1.5], ids=repr)
    def test_junk(self, junk: Any) -> None:
        """What isn't an exception is kept as payload when none is being handled, else asks for that one."""
        assert {"event": "x", "exc_info": junk} == ErrorDetails()(None, "error", {"event": "x", "exc_info": junk})
        try:
            raise Shop("active")
        except Shop:
            assert "active" == details(exc_info=junk)["message"]

    @pytest.mark.parametrize("name", ["exception", "exc"])
    def test_other_names(self, name: str) -> None:
        """`exception=` and `exc=` count when their value is an exception, and are payload otherwise."""
        assert "no" == details(**{name: Shop("no")})["message"]
        assert {"event": "x", name: "text"} == ErrorDetails()(None, "error", {"event": "x", name: "text"})
        assert {"event": "x", name: Shop} == ErrorDetails()(None, "error", {"event": "x", name: Shop})

    def test_the_order_of_names(self, validator: Any) -> None:
        """`exc_info` comes before `exception` and that before `exc`; the others stay payload."""
        line = line_of(validator, exc_info=Shop("1"), exception=Shop("2"), exc=Shop("3"))
        without = line_of(validator, exc_info=None, exception=Shop("2"), exc=Shop("3"))

        assert ("1", {"exception": f"{HERE}.Shop: 2", "exc": f"{HERE}.Shop: 3"}) == (
            line["error"]["message"],
            line["payload"],
        )
        assert ("2", {"exc": f"{HERE}.Shop: 3"}) == (without["error"]["message"], without["payload"])

    def test_error_is_the_callers(self, validator: Any) -> None:
        """`error=` is payload, beside an exception and without one, whatever it holds."""
        line = line_of(validator, error="theirs", exc_info=Shop("ours"))

        assert ("ours", {"error": "theirs"}) == (line["error"]["message"], line["payload"])
        assert {"error": f"{HERE}.Shop: theirs"} == line_of(validator, error=Shop("theirs"))["payload"]

    def test_an_event_without_any(self) -> None:
        """Other events pass untouched."""
        event = {"event": "paid", "error": "none"}

        assert event is ErrorDetails()(None, "info", event)
        assert {"event": "paid", "error": "none"} == event

    @pytest.mark.parametrize("name", ["exc_info", "exception", "exc"])
    def test_an_object_that_lies(self, name: str, validator: Any) -> None:
        """A `__class__` that says exception, or fails, isn't believed."""

        class Liar:
            @property
            def __class__(self) -> Any:
                return Shop

        class Failing:
            @property
            def __class__(self) -> Any:
                raise RuntimeError

        for value in (Liar(), Failing()):
            assert "error" not in line_of(validator, **{name: value})

    @pytest.mark.parametrize("where", [lambda value: value, lambda value: (value, value, value)], ids=["bare", "tuple"])
    def test_an_object_without_truth(self, where: Callable[[Any], Any], validator: Any) -> None:
        """A value that has no truth, as an array, or no equality, is kept and asked no more."""

        class Array:
            def __bool__(self) -> bool:
                raise ValueError

            def __eq__(self, other: object) -> bool:
                raise ValueError

            def __hash__(self) -> int:
                raise ValueError

        assert "exc_info" in line_of(validator, exc_info=where(Array()))["payload"]


class TestStackInfo:
    """`stack_info`, as in structlog."""

    def test_true(self, validator: Any) -> None:
        """The caller's stack is written as `stack`, without our own frames."""
        log = structlog.wrap_logger(structlog.ReturnLogger(), preset())
        line = orjson.loads(log.info("here", stack_info=True))

        validator.validate(line)
        assert line["payload"]["stack"].rstrip().endswith('line = orjson.loads(log.info("here", stack_info=True))')
        assert {"stack"} == line["payload"].keys()

    @pytest.mark.parametrize("nothing", [None, False])
    def test_none(self, nothing: Any, validator: Any) -> None:
        """What says "none" leaves nothing."""
        assert "payload" not in line_of(validator, stack_info=nothing)

    def test_text(self, validator: Any) -> None:
        """A stack that is text already, as in a logging record, is data."""
        assert {"stack_info": "Stack …"} == line_of(validator, stack_info="Stack …")["payload"]

    def test_beside_an_exception(self, validator: Any) -> None:
        """Both are written, each in its place."""
        line = line_of(validator, stack_info=True, exc_info=raised(Shop("no")))

        assert "Stack (most recent call last)" in line["payload"]["stack"]
        assert "Traceback" in line["error"]["stack"]

    def test_a_loader_that_breaks(self, validator: Any) -> None:
        """Reading source lines runs a module's loader; when that fails, the line says so and stands."""

        class Loader:
            def get_source(self, _name: str) -> str:
                raise RuntimeError("hunter2")

        module = {"__name__": "odd", "__loader__": Loader(), "line_of": line_of, "validator": validator, "Shop": Shop}
        program = "try:\n    raise Shop\nexcept Shop:\n    line = line_of(validator, stack_info=True, exc_info=True)\n"
        exec(compile(program, "no such file.py", "exec"), module)

        line: Any = module["line"]
        assert ["ErrorDetails:RuntimeError"] * 2 == line["faults"][:2]
        assert f"{HERE}.Shop" == line["error"]["type"]
        assert "hunter2" not in str(line)


class TestDescription:
    """What is written of an exception."""

    def test_order(self, validator: Any) -> None:
        """The parts stand in the order of the contract."""
        inner = raised(KeyError("order"))
        error = ExceptionGroup("several", [Shop("a")])
        error.add_note("a note")

        line = line_of(validator, exc_info=raised(error, cause=inner))
        assert ["type", "message", "stack", "notes", "causes", "exceptions", "fingerprint"] == list(line["error"])

    def test_builtins_go_without_module(self) -> None:
        """A builtin has its plain name, others theirs with the module."""
        assert "KeyError" == details(exc=KeyError("order"))["type"]
        assert f"{HERE}.Shop" == details(exc=Shop())["type"]

    @pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit, DropEvent])
    def test_what_is_no_exception(self, kind: type[BaseException], validator: Any) -> None:
        """What isn't an `Exception` is described as well."""
        assert "stop" == line_of(validator, exc_info=raised(kind("stop")))["error"]["message"]

    def test_a_syntax_error(self, validator: Any) -> None:
        """Its stack shows the place in the text, over several lines."""
        try:
            compile("def broken(:\n", "shop.py", "exec")
        except SyntaxError as error:
            line = line_of(validator, exc_info=error)

        assert "SyntaxError" == line["error"]["type"]
        assert "def broken(:" in line["error"]["stack"]

    def test_notes(self, validator: Any) -> None:
        """Notes are written in their order, on causes and members too."""
        cause, member, error = KeyError("k"), ValueError("v"), ExceptionGroup("g", [Shop()])
        member.add_note("of the member")
        cause.add_note("of the cause")
        error = ExceptionGroup("g", [member])
        error.add_note("one")
        error.add_note("two")

        written = line_of(validator, exc_info=raised(error, cause=cause))["error"]
        assert ["one", "two"] == written["notes"]
        assert ["of the cause"] == written["causes"][0]["notes"]
        assert ["of the member"] == written["exceptions"][0]["notes"]

    @pytest.mark.parametrize(
        ("given", "notes"),
        [(None, None), ([], None), (5, None), ("text", None), ([1, 2], None), ([1, "x"], ["x"]), ({"a": 1}, None)],
        ids=repr,
    )
    def test_hostile_notes(self, given: Any, notes: Any, validator: Any) -> None:
        """`__notes__` can be assigned anything; only texts are written, and never an empty list."""
        error = Shop("no")
        error.__notes__ = given

        assert notes == line_of(validator, exc_info=raised(error))["error"].get("notes")

    def test_failing_notes(self, validator: Any) -> None:
        """A property in place of the notes may fail; the error still has its type and the line its faults."""

        class Odd(Exception):
            @property
            def __notes__(self) -> Any:
                raise RuntimeError("hunter2")

        line = line_of(validator, exc_info=raised(Odd("no")))
        assert line["error"]["type"].endswith(".Odd")
        assert {"ErrorDetails:RuntimeError"} == set(line["faults"])
        assert "hunter2" not in str(line["faults"])

    def test_endless_notes(self, validator: Any) -> None:
        """Of a million notes the first sixteen are written."""
        error = Shop("no")
        error.__notes__ = [f"n{number}" for number in range(1_000_000)]

        assert [f"n{number}" for number in range(16)] == line_of(validator, exc_info=error)["error"]["notes"]

    def test_local_variables_are_never_written(self, validator: Any) -> None:
        """What a frame held stays there."""

        def pay() -> None:
            password = "".join(["hunt", "er2"])
            raise Shop(len(password))

        try:
            pay()
        except Shop:
            assert "hunter2" not in str(line_of(validator, exc_info=True))

    def test_the_exception_is_not_changed(self) -> None:
        """Describing leaves the exception as it was."""
        error = raised(Shop("no"), cause=KeyError("k"))
        before = (error.__cause__, error.__context__, error.__traceback__, error.args, dict(vars(error)))
        describe_error(error, error.__traceback__)

        assert before == (error.__cause__, error.__context__, error.__traceback__, error.args, dict(vars(error)))


class TestCauses:
    """The chain behind an exception."""

    def test_cause_and_context(self, validator: Any) -> None:
        """`from` makes a cause, a handler a context; nearest first, without their stacks."""
        try:
            try:
                try:
                    raise KeyError("order")
                except KeyError as first:
                    raise ValueError("bad") from first
            except ValueError:
                raise Shop("declined")  # noqa: B904 (the context is the point)
        except Shop:
            error = line_of(validator, exc_info=True)["error"]

        assert [
            {"type": "ValueError", "message": "bad", "relation": "context"},
            {"type": "KeyError", "message": "'order'", "relation": "cause"},
        ] == error["causes"]

    def test_a_suppressed_context(self) -> None:
        """`from None` hides it."""
        try:
            try:
                raise KeyError
            except KeyError:
                raise Shop from None
        except Shop:
            assert "causes" not in details(exc_info=True)

    @pytest.mark.parametrize("length", [1, 2, 3])
    def test_a_cycle(self, length: int, validator: Any) -> None:
        """A chain that runs in a circle is written once."""
        ring = [Shop(str(number)) for number in range(length)]
        for number, each in enumerate(ring):
            each.__cause__ = ring[(number + 1) % length]

        error = line_of(validator, exc_info=raised(ring[0]))["error"]
        assert [str(number) for number in range(1, length)] == [each["message"] for each in error.get("causes", [])]

    def test_a_cycle_behind_the_first(self, validator: Any) -> None:
        """Neither does one further back."""
        outer, first, second = Shop("0"), Shop("1"), Shop("2")
        outer.__cause__, first.__context__, second.__context__ = first, second, first

        assert ["1", "2"] == [each["message"] for each in line_of(validator, exc_info=outer)["error"]["causes"]]

    def test_a_chain_of_ten_thousand(self, validator: Any) -> None:
        """A long chain is bounded, and neither recurses nor renders it all."""
        error: BaseException = Shop("first")
        for number in range(10_000):
            error = raised(Shop(str(number)), cause=error)

        written = line_of(validator, exc_info=error)["error"]
        assert ("9999", "9998", 16) == (written["message"], written["causes"][0]["message"], len(written["causes"]))
        assert "in raised" in written["stack"]
        assert len(details(exc_info=error)["stack"]) < 10_000

    def test_a_chain_that_is_whole(self) -> None:
        """An ordinary chain is in the stack as the standard library writes it."""
        error = raised(Shop("outer"), cause=raised(KeyError("inner")))

        assert "".join(traceback.format_exception(error)).rstrip("\n") == details(exc_info=error)["stack"]


class TestGroups:
    """Exception groups."""

    def test_members(self, validator: Any) -> None:
        """Members are written in their order, with no stack of their own."""
        group = ExceptionGroup("two", [ValueError("v"), Shop("s")])

        error = line_of(validator, exc_info=raised(group))["error"]
        assert "two (2 sub-exceptions)" == error["message"]
        assert [{"type": "ValueError", "message": "v"}, {"type": f"{HERE}.Shop", "message": "s"}] == error["exceptions"]

    def test_a_wide_group(self, validator: Any) -> None:
        """Sixteen members are enough; the stack doesn't hold the others either."""
        group = raised(ExceptionGroup("wide", [ValueError(str(number)) for number in range(100_000)]))

        error = line_of(validator, exc_info=group)["error"]
        assert [str(number) for number in range(16)] == [each["message"] for each in error["exceptions"]]
        assert len(error["stack"]) < 10_000

    @pytest.mark.parametrize("depth", [2, 4, 5, 100, 5_000])
    def test_a_deep_group(self, depth: int, validator: Any) -> None:
        """Four groups deep is enough, and the deepest is no reason to recurse without end."""
        error: Exception = ValueError("inside")
        for number in range(depth):
            error = ExceptionGroup(str(number), [error])

        written, levels = line_of(validator, exc_info=raised(error))["error"], 0
        while "exceptions" in written:
            (written,), levels = written["exceptions"], levels + 1
        assert min(depth, 4) == levels

    def test_a_group_of_base_exceptions(self, validator: Any) -> None:
        """A group may hold what isn't an `Exception`."""
        error = line_of(validator, exc_info=BaseExceptionGroup("b", [KeyboardInterrupt(), Shop()]))["error"]

        assert ["KeyboardInterrupt", f"{HERE}.Shop"] == [each["type"] for each in error["exceptions"]]

    def test_a_group_as_a_cause(self, validator: Any) -> None:
        """A cause that is a group has its members."""
        error = line_of(validator, exc_info=raised(Shop(), cause=ExceptionGroup("g", [ValueError("v")])))["error"]

        assert [{"type": "ValueError", "message": "v"}] == error["causes"][0]["exceptions"]


class TestHostile:
    """Exceptions that fight back."""

    @pytest.mark.parametrize("failure", [ValueError, RecursionError, MemoryError, DropEvent])
    @pytest.mark.parametrize("method", ["__str__", "__repr__"])
    def test_failing_text(self, method: str, failure: type[BaseException], validator: Any) -> None:
        """Neither a `__str__` nor a `__repr__` that fails costs the error; no message of the failure shows."""

        def fail(_self: Any) -> str:
            raise failure("hunter2")

        odd = type("Odd", (Exception,), {method: fail})
        line = line_of(validator, exc_info=raised(odd("no")))

        assert f"{HERE}.Odd" == line["error"]["type"]
        assert ("no" if method == "__repr__" else f"<{HERE}.Odd>") == line["error"]["message"]
        assert "hunter2" not in str(line)
        assert (method == "__str__") == ("faults" in line)

    def test_text_that_is_no_text(self, validator: Any) -> None:
        """A `__str__` that returns something else is one that fails."""
        odd = type("Odd", (Exception,), {"__str__": lambda _self: 5})

        assert f"<{HERE}.Odd>" == line_of(validator, exc_info=odd())["error"]["message"]

    def test_a_subclass_of_text(self, validator: Any) -> None:
        """A `__str__` may return a subclass of str with a life of its own."""

        class Text(str):
            __slots__ = ()

            def __str__(self) -> str:
                raise ValueError

            def __len__(self) -> int:
                raise ValueError

        odd = type("Odd", (Exception,), {"__str__": lambda _self: Text("mine")})

        assert "mine" == line_of(validator, exc_info=odd())["error"]["message"]

    @pytest.mark.parametrize("attribute", ["__module__", "__qualname__", "__name__"])
    def test_a_metaclass_that_fails(self, attribute: str, validator: Any) -> None:
        """A metaclass may break the very name of a type."""

        class Meta(type):
            def __getattribute__(cls, name: str) -> Any:
                if name == attribute:
                    raise RuntimeError("hunter2")
                return super().__getattribute__(name)

        odd: Any = Meta("Odd", (Exception,), {})
        line = line_of(validator, exc_info=raised(odd("no")))

        assert "no" == line["error"]["message"]
        assert "hunter2" not in str(line)
        assert ("object" if attribute != "__name__" else f"{HERE}.Odd") == line["error"]["type"]

    @pytest.mark.parametrize("module", [5, None, b"shop"], ids=repr)
    def test_a_module_that_is_no_text(self, module: Any) -> None:
        """A class may say it comes from anywhere."""
        assert "object" == type_name(type("Odd", (Exception,), {"__module__": module}))

    def test_a_class_without_a_name(self, validator: Any) -> None:
        """The type is never empty."""
        odd = type("Odd", (Exception,), {"__module__": "builtins", "__qualname__": ""})

        assert "object" == line_of(validator, exc_info=odd())["error"]["type"]

    @pytest.mark.parametrize(
        "attribute", ["__cause__", "__context__", "__suppress_context__", "__traceback__", "__notes__"]
    )
    @pytest.mark.parametrize("junk", [5, "text", object()], ids=["int", "str", "object"])
    def test_attributes_redefined(self, attribute: str, junk: Any, validator: Any) -> None:
        """A class may redefine what exceptions are made of, with nonsense or with what fails."""

        def fail(_self: Any) -> Any:
            raise RuntimeError("hunter2")

        for value in (property(fail), property(lambda _self: junk)):
            odd = type("Odd", (Exception,), {attribute: value})
            line = line_of(validator, exc_info=odd("no"))

            assert f"{HERE}.Odd" == line["error"]["type"]
            assert "hunter2" not in str(line)

    def test_a_group_redefined(self, validator: Any) -> None:
        """So may a group its members."""

        class Odd(ExceptionGroup[Exception]):
            @property
            def exceptions(self) -> Any:
                raise RuntimeError("hunter2")

        line = line_of(validator, exc_info=raised(Odd("g", [Shop()])))
        assert line["error"]["type"].endswith("Odd")
        assert "hunter2" not in str(line)

    def test_what_could_not_be_described_has_a_fingerprint(self) -> None:
        """The least of an error is its type, said twice, and a fingerprint of it."""
        odd = type("Odd", (Exception,), {"__cause__": property(lambda _self: 5)})
        first, second = details(exc=odd("1")), details(exc=odd("2"))

        assert {"type": f"{HERE}.Odd", "message": f"<{HERE}.Odd>", "fingerprint": first["fingerprint"]} == second

    def test_a_deep_stack(self, validator: Any) -> None:
        """A runaway recursion has a short stack, as the standard library writes it."""

        def fall() -> None:
            fall()

        try:
            fall()
        except RecursionError:
            line = line_of(validator, exc_info=True)

        assert "RecursionError" == line["error"]["type"]
        assert "Previous line repeated" in line["error"]["stack"]

    def test_no_fault_without_cause(self) -> None:
        """An ordinary exception leaves none."""
        details(exc_info=raised(Shop("no")))

        assert SAID.get() is None


class TestFingerprint:
    """Equal for errors of one kind."""

    PROGRAM = "def pay(kind, message):\n    raise kind(message)\n"

    def _of(self, program: str, kind: type[Exception] = ValueError, message: str = "m", name: str = "shop") -> str:
        module: dict[str, Any] = {"__name__": name}
        exec(program, module)
        try:
            next(value for key, value in module.items() if callable(value))(kind, message)
        except kind as error:
            fingerprint: str = describe_error(error, error.__traceback__)["fingerprint"]
            return fingerprint
        raise AssertionError

    def test_its_form(self) -> None:
        """Twelve lower hex."""
        assert 12 == len(bytes.fromhex(self._of(self.PROGRAM))) * 2

    def test_it_survives_lines_and_messages(self) -> None:
        """Neither a longer file nor another id in the message makes another bug."""
        assert self._of(self.PROGRAM) == self._of("\n\n\n" + self.PROGRAM) == self._of(self.PROGRAM, message="other")

    def test_it_tells_types_functions_and_modules(self) -> None:
        """Another type, function or module does."""
        prints = {
            self._of(self.PROGRAM),
            self._of(self.PROGRAM, kind=KeyError),
            self._of(self.PROGRAM.replace("pay", "refund")),
            self._of(self.PROGRAM, name="warehouse"),
        }

        assert 4 == len(prints)

    def test_it_sees_causes(self) -> None:
        """What caused it is part of what it is."""
        plain, caused = Shop(), Shop()
        caused.__cause__ = KeyError()

        assert details(exc=plain)["fingerprint"] != details(exc=caused)["fingerprint"]

    def test_it_sees_members(self) -> None:
        """So are the members of a group, in any order and number: which task failed first is chance."""

        def of(*members: Exception) -> Any:
            return details(exc=ExceptionGroup("g", members))["fingerprint"]

        assert of(ValueError(), KeyError()) == of(KeyError(), ValueError(), KeyError("k"))
        assert of(ValueError()) != of(KeyError())

    def test_with_the_traceback_of_a_record(self) -> None:
        """The stack that came in the tuple counts as the exception's own does."""
        error = raised(Shop())
        stack, before = error.__traceback__, details(exc_info=error)["fingerprint"]
        error.__traceback__ = None

        assert before == details(exc_info=(Shop, error, stack))["fingerprint"]

    def test_names_that_are_not_unicode(self) -> None:
        """A name with half a character doesn't stop it."""
        odd = type("Odd", (Exception,), {"__qualname__": "E\ud800"})

        assert 12 == len(details(exc=odd())["fingerprint"])


class TestAlone:
    """The stage without the others."""

    def test_with_a_key(self) -> None:
        """It writes under its key, in place of what is there."""
        event = ErrorDetails(key="failure")(None, "error", {"event": "x", "failure": "old", "exc": Shop("new")})

        assert "new" == event["failure"]["message"]
        assert PRIVATE not in event

    def test_without(self) -> None:
        """It hands over under the one private key."""
        assert {"event", PRIVATE} == ErrorDetails()(None, "error", {"event": "x", "exc": Shop("new")}).keys()

    def test_repr(self) -> None:
        """The repr says how it was made."""
        assert ("ErrorDetails()", "ErrorDetails(key='e')") == (repr(ErrorDetails()), repr(ErrorDetails(key="e")))

    def test_a_hundred_stages(self) -> None:
        """Faults stay bounded where no envelope ever takes them."""
        odd = type("Odd", (Exception,), {"__str__": lambda _self: 5})
        for _ in range(100):
            details(exc=odd())

        assert 16 == len(SAID.get().faults)

    def test_tracebacks_are_let_go(self) -> None:
        """Nothing of the exception is kept once the event is made."""
        stage, error = ErrorDetails(), raised(Shop("no"))
        reference = weakref.ref(error)
        stage(None, "error", {"event": "x", "exc_info": error})
        del error
        gc.collect()

        assert None is reference()
