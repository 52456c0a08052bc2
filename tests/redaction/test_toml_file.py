"""Policies in files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction import toml_file
from structlog_enrich.redaction.hashing import Hash
from structlog_enrich.redaction.packs import PII
from structlog_enrich.redaction.policy import RedactionPolicy
from structlog_enrich.redaction.strategies import Fixed, Partial, Truncate
from structlog_enrich.redaction.values import Rule
from structlog_enrich.redaction.values.rule import filler

if TYPE_CHECKING:
    from pathlib import Path

KEYS = {"2": filler(40), "1": filler(32)[::-1]}
TEXT = (toml_file.__doc__ or "").partition("```toml\n")[2].partition("```")[0]


class TestFromTOML:
    """`RedactionPolicy.from_toml`."""

    def test_everything(self, tmp_path: Path) -> None:
        """The file that the documentation shows is the policy it says, from a file and as text."""
        voucher = Rule("voucher", "VCH-[A-Z0-9]{12}", ("VCH-7K2M9Q4R8T1W",), "", ("VCH-",), entropy=3.0)
        hashing = Hash(KEYS["2"], key_id="2", previous={"1": KEYS["1"]})
        packs = PII.email | PII.card
        expected = RedactionPolicy(
            keys={"iban", *packs.keys},
            paths=["payload.user.*"],
            values=[voucher, *packs.values],
            types={"internal", "shop.models.Card"},
            allow={"csrf_token", "payload.note", "rule:jwt"},
            strategies={
                "email": hashing,
                "hash": hashing,
                "iban": Partial(4),
                "payload.user.*": Fixed("***"),
                "voucher": Truncate(4),
            },
        )
        file = tmp_path / "redaction.toml"
        file.write_text(TEXT, encoding="utf-8")
        for source in (TEXT, file, str(file)):
            assert expected == RedactionPolicy.from_toml(source, hash_keys=KEYS)

    def test_nothing(self) -> None:
        """An empty text is the default."""
        assert RedactionPolicy() == RedactionPolicy.from_toml("")

    @pytest.mark.parametrize(
        ("message", "text"),
        [
            (r"^policy must be TOML, not 'keys = \[': ", "keys = ["),
            (r"^policy must hold .*, not 'kyes'", "kyes = []"),
            (r"^keys must be a list of texts, not 'iban'", "keys = 'iban'"),
            (r"^keys must be a list of texts, not \[5\]", "keys = [5]"),
            (r"^paths needs a name at 2, not 'a\.\.b'", "paths = ['a..b']"),
            (r"^packs must be of email, .* not 'mail'", "packs = ['mail']"),
            (r"^dry_run must be a bool, not 'yes'", "dry_run = 'yes'"),
            (r"^strategies must be a table, not 'drop'", "strategies = 'drop'"),
            (r"^strategies\['token'\] must be \"mask\".* not \{'shown': 4\}", "strategies.token = {shown = 4}"),
            (r'^strategies.* "mask", "drop", "partial", "hash", .* not \'erase\'', "strategies.token = 'erase'"),
            (r"^strategies.* \{ truncate = 12 \} .* not \'truncate\'", "strategies.token = 'truncate'"),
            (r"^most must be 1 to 4 characters, not 9", "strategies.token = {partial = 9}"),
            (r"^hash_keys must be given for `hash`", "strategies.token = 'hash'"),
            (r"^values must be tables", "values = 5"),
            (r"^values must be tables", "values = [5]"),
            (
                r"^values\['x'\] must have id, pattern, example, not one without example",
                "values = [{id='x', pattern='x'}]",
            ),
            (r"^values\['x'\] must hold id, .* not 'regex'", "values = [{id='x', regex='x'}]"),
            (r"^values\['x'\]\.pattern must be a str, not 5", "values = [{id='x', pattern=5}]"),
            (r"^values\['x'\]\.pattern must be a regular", "values = [{id='x', pattern='(', example='x'}]"),
            (r"^values\['x'\]\.pattern must have an end", "values = [{id='x', pattern='x+', example='x'}]"),
            (r"^values\['x'\]\.literals must", "values = [{id='x', pattern='x', example='x', literals=[5]}]"),
        ],
        ids=range(21),
    )
    def test_refused(self, message: str, text: str) -> None:
        """Each mistake is named with the text that is wrong."""
        with pytest.raises(ConfigurationError, match=message):
            RedactionPolicy.from_toml(text)

    def test_the_remedy_is_for_texts(self, tmp_path: Path) -> None:
        """Of a file it isn't said how a text is told from a path."""
        (tmp_path / "bad.toml").write_text("keys = [", encoding="utf-8")
        for source, told in (("keys = [", True), (tmp_path / "bad.toml", False), (str(tmp_path / "bad.toml"), False)):
            with pytest.raises(ConfigurationError, match=r"^policy must be TOML") as caught:
                RedactionPolicy.from_toml(source)
            assert told == ("pass any other as a Path" in caught.value.remedy)

    @pytest.mark.parametrize("source", [5, None, b"keys = []"])
    def test_no_source(self, source: Any) -> None:
        """What is neither a path nor a text is refused."""
        with pytest.raises(ConfigurationError, match=r"^source must be a path or a text"):
            RedactionPolicy.from_toml(source)

    def test_no_file(self, tmp_path: Path) -> None:
        """A file that isn't there, or isn't text, is named."""
        (tmp_path / "raw.toml").write_bytes(b"\xff")
        for name in ("absent.toml", "raw.toml"):
            with pytest.raises(ConfigurationError, match=rf"^policy must be a file .*{name}"):
                RedactionPolicy.from_toml(tmp_path / name)

    def test_named_settings(self) -> None:
        """Settings given under the name of a strategy are what that name stands for."""
        policy = RedactionPolicy.from_toml("strategies = {fixed = {fixed = '***'}, token = 'fixed'}")
        assert "token=***" == policy.scan("token=a8Kx92lQ")[0]

    @pytest.mark.parametrize("keys", ["abc", [KEYS["1"]], 5])
    def test_no_keys(self, keys: Any) -> None:
        """What maps no id to a key is refused, and not shown."""
        with pytest.raises(ConfigurationError, match=r"^hash_keys must map ids to keys, not a value of type") as caught:
            RedactionPolicy.from_toml("strategies.token = 'hash'", hash_keys=keys)
        assert KEYS["1"] not in str(caught.value)

    def test_weak_keys(self) -> None:
        """The keys of a hash are checked as anywhere."""
        with pytest.raises(ConfigurationError, match=r"^key must have at least 16 bytes"):
            RedactionPolicy.from_toml("strategies.token = 'hash'", hash_keys={"1": "short"})
