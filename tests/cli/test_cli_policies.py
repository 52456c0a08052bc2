"""The policy that a person asks for on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from structlog_enrich.cli.policies import hash_keys_of, policy_of
from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction import DEFAULT_POLICY, PII

if TYPE_CHECKING:
    from pathlib import Path

_KEY = "q7Zk3RxV9mBt" + "W2nHc5Yp8LdF"


class TestPolicyOf:
    """What is given, put together."""

    def test_nothing(self) -> None:
        """It is the default one."""
        assert DEFAULT_POLICY is policy_of()

    def test_packs(self) -> None:
        """It finds what the packs find, too, each once."""
        assert DEFAULT_POLICY | PII.email | PII.ip == policy_of(packs=["email", "ip", "email"])

    def test_allow(self, tmp_path: Path) -> None:
        """What is allowed may be a rule of the file's, of a pack's, or a built-in one."""
        (tmp_path / "policy.toml").write_text('keys = ["iban"]\nallow = ["pin"]\n', encoding="utf-8")
        allow = ["rule:iban", "rule:email", "rule:password", "payload.note"]
        policy = policy_of(str(tmp_path / "policy.toml"), packs=["email"], allow=allow)

        assert {"pin", *allow} == policy.allow
        assert policy.compiled.clean("iban=a8Kx92lQ alice@example.com password=hunter2")

    def test_a_name_without_toml(self, tmp_path: Path) -> None:
        """A file may have any name."""
        (tmp_path / "policy").write_text('keys = ["iban"]', encoding="utf-8")

        assert frozenset({"iban"}) == policy_of(str(tmp_path / "policy")).keys

    @pytest.mark.parametrize("allow", ["rule:nope", "a..b", "payload[", ""])
    def test_nothing_allows(self, allow: str) -> None:
        """What is no rule and no path is refused."""
        with pytest.raises(ConfigurationError, match="allow"):
            policy_of(allow=[allow])

    def test_keys_without_a_policy(self, tmp_path: Path) -> None:
        """Nothing would hash by them."""
        with pytest.raises(ConfigurationError, match="without --policy"):
            policy_of(hash_keys=str(tmp_path / "keys"))


class TestWhere:
    """What is wrong is said with the file it stands in."""

    @pytest.mark.parametrize(
        ("said", "policy", "keys"),
        [
            (
                r"^--hash-keys must be given .* `hash` in '.*policy.toml', not none. Add --hash-keys FILE",
                "strategies.token = 'hash'",
                None,
            ),
            (r"policy.toml: strategies\['token'\] must be .* not 'hsh'", "strategies.token = 'hsh'", None),
            (r"policy.toml: paths needs .* not 'a/b'", "paths = ['a/b']", None),
            (r"policy.toml: policy must be TOML, not 'keys=\['[^.]*$", "keys=[", None),
            (r"^--policy must be a file .* not '.*policy.toml': No such file", None, None),
            (r"hash.keys: key must have at least 16 bytes", "strategies.token = 'hash'", "1=short"),
            (r"hash.keys: previous must hold one key", "strategies.token = 'hash'", f"3={_KEY}\n2={_KEY}\n1={_KEY}"),
        ],
        ids=range(7),
    )
    def test_refused(self, said: str, policy: str | None, keys: str | None, tmp_path: Path) -> None:
        """The file of the policy, that of the keys, or the option that is missing."""
        file, hashes = tmp_path / "policy.toml", tmp_path / "hash.keys"
        if policy is not None:
            file.write_text(policy, encoding="utf-8")
        if keys is not None:
            hashes.write_text(keys, encoding="utf-8")
        with pytest.raises(ConfigurationError, match=said) as caught:
            policy_of(str(file), hash_keys=None if keys is None else str(hashes))
        assert _KEY not in str(caught.value)


class TestHashKeysOf:
    """The file with the keys."""

    def test_keys(self, tmp_path: Path) -> None:
        """They stand one a line, in their order; a key may hold any sign but a space around it."""
        (tmp_path / "keys").write_text(f"# newest first\n2 = {_KEY}==\n\n1={_KEY}\n", encoding="utf-8")

        assert [("2", f"{_KEY}=="), ("1", _KEY)] == list(hash_keys_of(str(tmp_path / "keys")).items())

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            pytest.param(f"{_KEY}\n".encode(), "not line 1", id="no id"),
            pytest.param(f"1={_KEY}\n1={_KEY}\n".encode(), "not line 2", id="twice"),
            pytest.param(b"\n# none\n", "not none", id="empty"),
            pytest.param(b"1=\xff\xfe", "it isn't UTF-8", id="binary"),
        ],
    )
    def test_refused(self, content: bytes, said: str, tmp_path: Path) -> None:
        """What is wrong is said without a letter of what the file holds."""
        (tmp_path / "keys").write_bytes(content)
        with pytest.raises(ConfigurationError, match=said) as caught:
            hash_keys_of(str(tmp_path / "keys"))

        assert _KEY not in str(caught.value)

    def test_missing(self, tmp_path: Path) -> None:
        """A file that isn't there is named."""
        with pytest.raises(ConfigurationError, match=r"keys': No such file or directory"):
            hash_keys_of(str(tmp_path / "keys"))
