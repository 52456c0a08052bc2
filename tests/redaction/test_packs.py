"""The packs for personal data."""

from __future__ import annotations

import pytest
import structlog

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.preset import preset
from structlog_enrich.redaction.applying import redact
from structlog_enrich.redaction.packs import PII, pack
from structlog_enrich.redaction.policy import DEFAULT_POLICY, NOTHING, RedactionPolicy
from structlog_enrich.testing import captured_lines

FOUND = {
    "email": "alice@example.com",
    "ip": "192.168.0.1",
    "card": "4111 1111 1111 1111",
    "iban": "GB82 WEST 1234 5698 7654 32",
    "phone": "+44 20 7946 0958",
    "national_id": "219-09-9999",
}


class TestPacks:
    """`PII`, off until asked for."""

    @pytest.mark.parametrize("name", FOUND)
    def test_finds_its_own(self, name: str) -> None:
        """A pack adds what it is for and nothing else; the default finds none of it."""
        text = f"for {FOUND[name]} today"
        assert text == DEFAULT_POLICY.scan(text)[0]
        masked = f"for [REDACTED:{name.replace('_', '-')}] today"
        assert masked == pack(name).scan(text)[0] == (DEFAULT_POLICY | PII.all).scan(text)[0]
        assert "password=hunter2" == (NOTHING | pack(name)).scan("password=hunter2")[0]

    @pytest.mark.parametrize("name", FOUND)
    def test_alone(self, name: str) -> None:
        """A pack alone stands beside the built-in rules: nobody who asks for more means to mask no password."""
        text, policy = f"{FOUND[name]} with password=hunter2", pack(name)
        masked = f"[REDACTED:{name.replace('_', '-')}] with password=[REDACTED:password]"
        assert masked == redact({"a": text}, policy)["a"] == policy.scan(text)[0]
        structlog.configure(processors=preset(service="shop", redaction=policy))
        with captured_lines() as lines:
            structlog.get_logger().info("sent", a=text)
        assert {"a": masked} == lines.line()["payload"]

    def test_alone_without_the_rest(self) -> None:
        """Whoever says so has nothing but the pack."""
        policy = RedactionPolicy(defaults=False) | PII.email
        assert {"password": "hunter2", "to": "[REDACTED:email]"} == redact(
            {"password": "hunter2", "to": FOUND["email"]}, policy
        )

    def test_text(self) -> None:
        """A pack is shown as what it is."""
        assert "Pack(keys=['iban'], values=['iban'])" == repr(PII.iban)

    @pytest.mark.parametrize(
        ("name", "key"),
        [
            ("email", "emailAddress"),
            ("ip", "X-Forwarded-For"),
            ("phone", "Phone"),
            ("iban", "IBAN"),
            ("national_id", "tax_id"),
        ],
    )
    def test_keys(self, name: str, key: str) -> None:
        """What stands under such a key is masked however it is written."""
        assert None is not pack(name).compiled.judge(key, "not in any known form")

    @pytest.mark.parametrize("text", ["219-00-9999", "000-12-3456", "12345678A", "2026-11-22", "4111 1111 1111 1112"])
    def test_checksums(self, text: str) -> None:
        """What fails its checksum or range stays."""
        assert text == (PII.national_id | PII.card).scan(text)[0]

    def test_another_country(self) -> None:
        """A Spanish number is known by its letter."""
        assert "[REDACTED:national-id]" == PII.national_id.scan("12345678Z")[0]

    @pytest.mark.parametrize("name", ["mail", "", "__class__", None, []])
    def test_unknown(self, name: object) -> None:
        """Any other name is refused."""
        with pytest.raises(ConfigurationError, match=r"^packs must be of email, ip, "):
            pack(name)
