"""The scanner that goes with a policy's keys and rules."""

from __future__ import annotations

import pytest

from structlog_enrich.redaction.classifier import KeyClassifier
from structlog_enrich.redaction.scanning import scanner_for
from structlog_enrich.redaction.values import Rule

RULE = Rule("voucher", "VCH-[A-Z0-9]{12}", ("VCH-", "7K2M9Q4R8T1W"), "", ("VCH-",))
SECRET = "a8Kx92lQ"


class TestScannerFor:
    """`scanner_for`."""

    def test_shared(self) -> None:
        """What finds the same is the same scanner; a rule or a key more makes another."""
        one = scanner_for((RULE,), KeyClassifier(keys={"ticket"}))
        assert one is scanner_for((RULE,), KeyClassifier(keys={"ticket"}))
        others = [scanner_for((), KeyClassifier(keys={"ticket"})), scanner_for((RULE,), KeyClassifier(keys={"bill"}))]
        assert not any(one is other for other in others)

    @pytest.mark.parametrize(
        ("key", "text"),
        [
            ("kundenNummer", "kunden-nummer="),
            ("kundenNummer", '"KUNDEN_NUMMER": "'),
            ("kundenNummer", "kunden.nummer: "),
            ("auftrag", "auftrag="),
            ("x-y", "x_y="),
            ("id", "id="),
            ("ключ", "ключ="),
            ("stra\u00dfe", "stra\u00dfe="),
            ("n\u00famero", "n\u00famero="),
            ("n\u00famero", "numero="),
        ],
    )
    def test_a_key_of_ones_own(self, key: str, text: str) -> None:
        """It is found in texts however it is spelled there, and without it nothing is."""
        scanner = scanner_for((), KeyClassifier(keys={key}))
        assert (f"{text}[REDACTED:{key}]", (key,)) == scanner.redact(f"{text}{SECRET}")
        assert (f"{text}{SECRET}", ()) == scanner_for((), KeyClassifier()).redact(f"{text}{SECRET}")

    def test_an_allowed_key(self) -> None:
        """A name that isn't judged isn't one in texts either."""
        scanner = scanner_for((), KeyClassifier(allow={"token"}))
        text = f"token={SECRET} password="
        assert f"{text}[REDACTED:password]" == scanner.redact(f"{text}{SECRET}")[0]

    @pytest.mark.parametrize(
        ("allow", "text"),
        [
            ("token", f"the token={SECRET}"),
            ("token", f"retry with token: {SECRET}X"),
            ("token", f"one\\ntoken={SECRET}"),
            ("csrf_token", f'"csrf token": "{SECRET}"'),
            ("key", "?key=a8Kx92lQ" + "q7Zk3RxV9mBt"),
            ("key", f"my key={SECRET}"),
        ],
    )
    def test_a_word_before_an_allowed_key(self, allow: str, text: str) -> None:
        """The words before it make no other name of it; of a name that isn't allowed they do."""
        assert text == scanner_for((), KeyClassifier(allow={allow})).redact(text)[0]
        assert text != scanner_for((), KeyClassifier()).redact(text)[0] or allow == "key"
        assert (
            "access token=[REDACTED:token]"
            == scanner_for((), KeyClassifier(allow={"access"})).redact(f"access token={SECRET}")[0]
        )
