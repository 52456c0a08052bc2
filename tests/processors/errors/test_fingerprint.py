"""What makes errors of one kind equal, and the stage without the others."""

from __future__ import annotations

import gc
import weakref
from typing import Any

from structlog_enrich.processors import ErrorDetails
from structlog_enrich.processors.description import describe_error
from structlog_enrich.processors.inflight import PRIVATE
from structlog_enrich.said import SAID
from tests.processors.errors.raising import Shop, details, raised


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
