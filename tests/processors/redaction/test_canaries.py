"""What finds a secret that came out: a judge that sees nothing would let everything pass."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from benchmarks.judge.bypass.canaries import Canary
from benchmarks.judge.bypass.planting import Case, judged

if TYPE_CHECKING:
    from collections.abc import Callable

CANARY = Canary("tests")
SECRET = CANARY.made(24)


class TestCanary:
    """`Canary`."""

    @pytest.mark.parametrize(
        "shown",
        [
            lambda text: text,
            lambda text: text[:8],
            lambda text: text[-8:],
            lambda text: text[5:13].upper(),
            lambda text: "".join(f"%{ord(each):02x}" for each in text),
            lambda text: quote(f"é{text}"),
            lambda text: text.encode().hex(),
            lambda text: b64encode(text.encode()).decode(),
            lambda text: b64encode(b"u" + text.encode()).decode(),
            lambda text: urlsafe_b64encode(b"us" + text.encode()).decode(),
            lambda text: json.dumps({"a": json.dumps([text])}),
            lambda text: "".join(f"\\u{ord(each):04x}" for each in text).join(('["', '"]')),
        ],
        ids=[
            *("whole", "start", "end", "middle in capitals", "percent", "quoted", "hex", "base64", "base64 behind one"),
            *("base64 behind two", "JSON in JSON", "escaped JSON"),
        ],
    )
    def test_is_found_in_every_form(self, shown: Callable[[str], str]) -> None:
        """As it is, in part, encoded, and in JSON within a text."""
        assert ["a[0]"] == CANARY.places(json.dumps({"a": [shown(SECRET)]}).encode())

    def test_is_found_in_keys(self) -> None:
        """A key that holds it isn't shown."""
        assert ["a[…]"] == CANARY.places(json.dumps({"a": {SECRET: 1}}).encode())

    def test_is_found_in_what_is_no_json(self) -> None:
        """Neither a broken line nor a name that stands twice hides it."""
        assert ["as it was written"] == CANARY.places(f'{{"a": "{SECRET}'.encode())
        assert ["as it was written"] == CANARY.places(f'{{"a": "{SECRET}", "a": 1}}'.encode())

    @pytest.mark.parametrize(
        "text", ["", SECRET[:7], "password=[REDACTED:password]", "4bf92f3577b34da6a3ce929d0e0e4736"]
    )
    def test_is_not_found_elsewhere(self, text: str) -> None:
        """Seven characters of it may be chance."""
        assert [] == CANARY.places(json.dumps({"a": text}).encode())

    def test_is_the_same_on_every_run(self) -> None:
        """The same name makes the same secret, another name another, of letters and digits or of words."""
        assert Canary("tests").made(100) == CANARY.made(100)
        assert Canary("others").made(24) != SECRET
        assert Canary("tests", words=True).made(24).isalpha()
        assert not SECRET.isalpha()

    def test_has_an_end(self) -> None:
        """No secret is longer than what is looked for."""
        with pytest.raises(ValueError, match="at most 192"):
            CANARY.made(193)


class TestJudged:
    """`judged`: each of its checks can fail."""

    def test_a_leak(self) -> None:
        """Without a policy the secret comes out, and the verdict says where."""
        case = Case("x", lambda p: p.logger(redaction=None).info("x", password=p.secret))
        assert ("payload.password",) == judged(case).leaks

    @pytest.mark.parametrize(
        ("case", "fault"),
        [
            (Case("raises", lambda _: 1 / 0, says=False, lines=0), "raised ZeroDivisionError"),
            (Case("is silent", lambda _: None, says=False), "0 lines, not 1"),
            (Case("masks nothing", lambda p: p.info(n=1)), "says nothing in `redacted`"),
            (Case("springs a trap", lambda p: p.info(password=p.trap("a trap")())), "evaluated a trap"),
            (
                Case("changes", lambda p: (form := {}, p.through(lambda _, f: f.update(a=1), "x", form))[0], lines=0),
                "changed the caller's dict",
            ),
        ],
        ids=lambda each: each.name if isinstance(each, Case) else "",
    )
    def test_a_fault(self, case: Case, fault: str) -> None:
        """What else goes wrong is named."""
        assert any(each.startswith(fault) for each in judged(case).faults)

    def test_a_library_that_is_missing(self) -> None:
        """It is told, and doesn't count."""
        assert "no_such_library is not installed" == Case("x", lambda _: None, needs="no_such_library").left_out
        assert Case("x", lambda _: None, needs="pydantic").left_out is None
