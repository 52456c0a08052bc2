"""The packs for personal data."""

from __future__ import annotations

import pytest

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.packs import PII, pack
from structlog_enrich.redaction.policy import DEFAULT_POLICY

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
        """A pack finds what it is for and nothing else; the default finds none of it."""
        text = f"for {FOUND[name]} today"
        assert text == DEFAULT_POLICY.scan(text)[0]
        masked = f"for [REDACTED:{name.replace('_', '-')}] today"
        assert masked == pack(name).scan(text)[0] == (DEFAULT_POLICY | PII.all).scan(text)[0]
        assert "password=hunter2" == pack(name).scan("password=hunter2")[0]

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
