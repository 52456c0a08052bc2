"""Which keys hold secrets, and under which values they don't."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.classifier import DEFAULT_CLASSIFIER, KeyClassifier
from structlog_enrich.redaction.phrases import PHRASES, SPEAKS
from structlog_enrich.redaction.words import RULES

SECRETS = {
    "password": (
        "password Password PASSWORD PassWord pass-word pass_word passwd pwd db_password dbpassword dbPass MYSQLPASS "
        "PGPASSWORD user.password password.0 password2 new_password password_confirmation PASSWORD_HASH my_pw userpw "
        "passphrase passcode PSWD Passwort has_password_value passwords hash_of_password _password "
        "contrase\u00f1a \u043f\u0430\u0440\u043e\u043b\u044c"
    ),
    "secret": "secret Secret clientSecret client_secret app-secret token_secret clientsecret otp_secret csrf_secret",
    "api-key": "api_key apiKey APIKEY api.key X-Api-Key x-partner-key app_key stripe_key rapidapikey API_KEY_PROD",
    "access-key": "access_key aws_secret_access_key AccountKey",
    "private-key": "private_key privateKey pkey ssh_key privatekey private_key_pem",
    "secret-key": "secret_key SECRET_KEY secretKey",
    "encryption-key": "encryption_key signingKey aeskey hmac-key",
    "token": "token access_token refreshToken authtoken id_token NPM_TOKEN DemoToken tp_token_value access_tokens",
    "authorization": "Authorization proxy-authorization HTTP_AUTHORIZATION authorization_code",
    "cookie": "cookie Set-Cookie cookies session_cookie",
    "session": "sessionid PHPSESSID JSESSIONID connect.sid session_key ASP.NET_SessionId",
    "csrf": "csrf _xsrf csrf_token XSRF-TOKEN csrftoken csrfmiddlewaretoken HTTP_X_CSRFTOKEN",
    "credential": "credential credentials awsCredentials X-Amz-Credential",
    "auth": "x-auth X-Stratum-Auth",
    "jwt": "jwt user_jwt",
    "otp": "otp totp otp_code verification_code",
    "cvv": "cvv CVC cvv2 card_cvv",
    "pin": "pin_code cardPin",
    "card": "credit_card cardNumber card_number cc_number",
    "ssn": "ssn SSN social_security_number",
}
HARMLESS = (
    "session_id sessionId user_id account_id access_key_id kid request_id order_id author authority auth_method "
    "auth_id token_count token_type token_id max_tokens maxTokens input_tokens number_of_tokens eos_token "
    "nextPageToken next_token primary_key foreign_key public_key publicKeyToken cache_key routing_key X-Cache-Key "
    "Idempotency-Key X-Idempotency-Key secret_name type_of_secret keyboard monkey compass passenger bypass residence "
    "message.key feature_flag.key pass_rate first_pass boarding_pass password_hash_rounds password_policy "
    "password_changed_at password_reset_url secret.arn secrets.backend credentials.username cookie_domain "
    "private_key_path auth_token_file_path authorization.policy tokenizer secretary passwordless pw_gid "
    "gpio_pin oauth mapping "
    "connection_string keys username password_count passwordCount"
)
MASKED: tuple[tuple[str, Any], ...] = (
    ("password", "hunter2"),
    ("password", ""),
    ("password", b"hunter2"),
    ("password", 123456),
    ("password", {"a": 1}),
    ("cvv", 123),
    ("otp", 123456),
    ("pin", 4711),
    ("pin", "4711"),
    ("token", "12"),
    ("has_password", "hunter2"),
    ("auth", "secret-a"),
    ("session", "s3cr3t-value-42"),
    ("key", "AIhq5Xyb1Gga9Q0z"),
    ("credentials", ["a", "b"]),
    ("X-Stratum-Auth", "abc123def456"),
    ("azure_devops_pat", "s3cr3t-value-42"),
    ("githubPat", "s3cr3t-value-42"),
)
KEPT: tuple[tuple[str, Any], ...] = (
    ("password", None),
    ("password", True),
    ("token", 12),
    ("tokens", 12),
    ("passwords", 3),
    ("secret_refresh_scatter", 60),
    ("has_password", "yes"),
    ("has_password", 1),
    ("Access-Control-Allow-Credentials", "true"),
    ("pass", 12),
    ("pin", 13),
    ("auth", "basic"),
    ("auth", {"user": "bob"}),
    ("session", "opened"),
    ("session", "0b9c8f5a-3f0e-4f0b-9a59-3c1d5c3f2b11"),
    ("session", object()),
    ("key", "user:1234"),
    ("tokens", ["the", "cat"]),
    ("order_id", "s3cr3t-value-42"),
    ("X-Stratum-Auth", "basic"),
    ("X-Stratum-Auth", 17),
    ("file_pat", "*.txt"),
    ("pat", "Pat"),
    ("spat", "s3cr3t-value-42"),
)
LOOK_ALIKES = str.maketrans(
    "aeopcxyAEOPCXTH",
    "\u0430\u0435\u043e\u0440\u0441\u0445\u0443\u0410\u0415\u041e\u0420\u0421\u0425\u0422\u041d",
)


class TestClassify:
    """`KeyClassifier.classify`, the answer by the key alone."""

    @pytest.mark.parametrize("rule", SECRETS)
    def test_secrets(self, rule: str) -> None:
        """Every spelling of a secret's name has its rule."""
        assert dict.fromkeys(SECRETS[rule].split(), rule) == {
            key: DEFAULT_CLASSIFIER.classify(key) for key in SECRETS[rule].split()
        }

    def test_harmless(self) -> None:
        """Names that only look like it have none: they correlate lines, count things or tell about a secret."""
        assert {} == {key: rule for key in HARMLESS.split() if (rule := DEFAULT_CLASSIFIER.classify(key))}

    @pytest.mark.parametrize("key", ["password for master", "token in text", "Your password", "social security"])
    def test_prose(self, key: str) -> None:
        """A key may be several words of prose."""
        assert DEFAULT_CLASSIFIER.classify(key) in RULES

    @given(
        st.sampled_from(sorted(key for keys in SECRETS.values() for key in keys.split() if key.isascii())),
        st.sampled_from(["\u200b", "\u202e", "\u00ad", "\u0301", "\ufeff"]),
        st.data(),
    )
    def test_respelled(self, key: str, unseen: str, data: st.DataObject) -> None:
        """A key that reads the same has the same rule: full width, look-alikes, and what can't be seen."""
        at = data.draw(st.integers(1, len(key)))
        wide = "".join(chr(ord(each) + 0xFEE0) if each.isalnum() else each for each in key)
        alike = key.translate(LOOK_ALIKES)
        rule = DEFAULT_CLASSIFIER.classify(key)
        for other in (key[:at] + unseen + key[at:], wide, alike, f"_{key}_"):
            assert rule == DEFAULT_CLASSIFIER.classify(other), other

    @given(st.sampled_from(sorted(key for keys in SECRETS.values() for key in keys.split() if "_" in key[1:])))
    def test_separators(self, key: str) -> None:
        """Which separator it is doesn't count."""
        rule = DEFAULT_CLASSIFIER.classify(key)
        assert [rule] * 3 == [DEFAULT_CLASSIFIER.classify(key.replace("_", each)) for each in ("-", " ", "__")]

    @given(st.text(max_size=600), st.one_of(st.none(), st.text(), st.binary(), st.integers(), st.floats()))
    def test_any_key(self, key: str, value: Any) -> None:
        """Whatever key and value are, an answer comes, it is the same each time, and the value only takes back."""
        classifier = KeyClassifier()
        rule = classifier.classify(key)
        assert rule is None or rule in RULES
        assert rule == classifier.classify(key)
        assert classifier.judge(key, value) in {None, rule}

    def test_the_gate_is_open_for_every_phrase(self) -> None:
        """What most names are sorted out by lets every phrase of the tables through, in each way it is spelled."""
        phrases = [phrase for several in PHRASES.values() for phrase in several]
        assert [] == [
            phrase for phrase in phrases for between in ("", "_") if not SPEAKS.search(between.join(phrase.words))
        ]

    def test_rules_are_described(self) -> None:
        """Every rule a phrase has is in `RULES`, and none there is without a phrase."""
        assert set(RULES) == {phrase.rule for several in PHRASES.values() for phrase in several}

    def test_many_keys(self) -> None:
        """More keys than are remembered change no answer."""
        classifier = KeyClassifier(keys={"iban"})
        for number in range(10_000):
            assert None is classifier.classify(f"key{number}x")
        assert ["iban", None] == [classifier.classify("iban"), classifier.classify("x" * 1_000_000)]

    @pytest.mark.parametrize(
        "part", ["mysql", "pop3", "key", "password", "pa", "secret", "token.", "token_of_", "Pa", "*"]
    )
    def test_hostile_keys(self, part: str) -> None:
        """A key made to be read in many ways is answered all the same, in time that doesn't grow with those ways."""
        for end in ("pwx", "passx", "keyx", "xtoken1", ""):
            rule = DEFAULT_CLASSIFIER.classify(part * (250 // len(part)) + end)
            assert rule is None or rule in RULES

    def test_long_keys(self) -> None:
        """A secret's name at the end of a long key is seen."""
        assert "password" == DEFAULT_CLASSIFIER.classify("x" * 100_000 + "_password")


class TestJudge:
    """`KeyClassifier.judge`, the answer by key and value."""

    def test_masked(self) -> None:
        """A secret's value is masked whatever it is made of, and a doubtful one when it looks like it."""
        assert [] == [(key, value) for key, value in MASKED if DEFAULT_CLASSIFIER.judge(key, value) is None]

    def test_kept(self) -> None:
        """Yes, no, nothing, counts and ids are kept, and so is what hangs on its own keys."""
        assert [] == [(key, value) for key, value in KEPT if DEFAULT_CLASSIFIER.judge(key, value) is not None]


class TestMarkers:
    """Names that held a secret."""

    @pytest.mark.parametrize(
        ("key", "expected"),
        [("note=[REDACTED:password]", None), ("[REDACTED:token]", None), ("db password [REDACTED:email]", "password")],
    )
    def test_say_what_else_they_say(self, key: str, expected: str | None) -> None:
        """A marker's own words are no name's."""
        assert expected == DEFAULT_CLASSIFIER.classify(key)


class TestKeyClassifier:
    """`KeyClassifier` as a value: what it is told, what it refuses, how it travels."""

    def test_more_keys(self) -> None:
        """A team's own names are compared like all others, masked whatever they hold, and are their rules' ids."""
        classifier = KeyClassifier(keys={"Iban-Number"})
        assert ["Iban-Number"] * 3 == [classifier.classify(key) for key in ("ibanNumber", "IBAN_NUMBER", "iban number")]
        assert ["Iban-Number"] * 3 == [classifier.judge("iban_number", value) for value in (None, True, 5)]
        assert None is classifier.classify("iban_numbers")

    def test_allowed(self) -> None:
        """What is allowed is kept in every spelling, against the rules and against the team's own names."""
        classifier = KeyClassifier(keys={"iban"}, allow={"csrf_token", "IBAN"})
        assert [None] * 4 == [classifier.classify(key) for key in ("csrf_token", "csrfToken", "CSRF-Token", "iban")]
        assert "csrf" == classifier.classify("x_csrf_token")

    def test_without(self) -> None:
        """A rule that doesn't count leaves the others."""
        classifier = KeyClassifier(without={"session", "key"})
        assert [None, None, "password"] == [classifier.classify(key) for key in ("sessionid", "key", "password")]
        assert "cookie" == classifier.classify("session_cookie")

    @pytest.mark.parametrize("parameter", ["keys", "allow", "without"])
    @pytest.mark.parametrize("given", ["password", b"secret", 5, None, [["a"]], [5], [""], ["-_"], ["a:b"], ["a\nb"]])
    def test_refused(self, parameter: str, given: Any) -> None:
        """What isn't names is refused, by the parameter's name."""
        with pytest.raises(ConfigurationError, match=rf"^{parameter} must "):
            KeyClassifier(**{parameter: given})

    def test_refused_in_short(self) -> None:
        """An unknown rule and a long name are refused, and the message stays short."""
        with pytest.raises(ConfigurationError, match=r"^without must hold ids of rules, not 'passwort'\. They are "):
            KeyClassifier(without={"passwort"})
        with pytest.raises(ConfigurationError, match=r"^keys must hold printable names") as caught:
            KeyClassifier(keys={"a" * 100_000})
        assert 250 > len(str(caught.value))

    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
    def test_copies(self, copied: Any) -> None:
        """A copy is equal and decides alike; the keys that were seen stay with the original."""
        classifier = KeyClassifier(keys={"iban"}, allow={"token"}, without={"pin"})
        classifier.classify("hunter2")
        other = copied(classifier)
        assert (classifier, hash(classifier), classifier.describe()) == (other, hash(other), other.describe())
        assert "iban" == other.classify("iban")
        assert b"hunter2" not in pickle.dumps(classifier)
        assert other != KeyClassifier()
        assert other != "classifier"

    def test_repr(self) -> None:
        """The `repr` shows what it was told and never what it has seen."""
        assert "KeyClassifier()" == repr(DEFAULT_CLASSIFIER)
        assert "KeyClassifier(keys=['bic', 'iban'], allow=['token'])" == repr(
            KeyClassifier(keys=["iban", "bic"], allow={"token"})
        )
