"""What a validator says of a field."""

from __future__ import annotations

import pytest

from structlog_enrich.redaction import redact, redact_text

SAID = (
    "This field is required.",
    "This password is too short. It must contain at least 8 characters.",
    "The two password fields didn\u2019t match.",
    "The password is too similar to the username.",
    "Not a valid string.",
)
PHRASES = (
    "correct horse battery staple",
    "Correct horse battery staple.",
    "My cat is not a number.",
    "Hunter2 is short.",
)


class TestComplaints:
    """Under the name of the field."""

    @pytest.mark.parametrize("said", SAID)
    def test_are_kept(self, said: str) -> None:
        """A list of sentences about it, in data and in texts."""
        for given in ({"password": [said]}, {"password": [said, SAID[0]]}, f'{{"password": ["{said}"]}}'):
            assert given == redact(given)
        assert f"got {{'password': ['{said}'], 'n': 1}}" == redact_text(f"got {{'password': ['{said}'], 'n': 1}}")

    def test_of_django_rest_framework_are_kept(self) -> None:
        """They come with a code."""
        text = "{'password': [ErrorDetail(string='This field may not be blank.', code='blank')]}"
        assert text == redact_text(text)

    @pytest.mark.parametrize("phrase", PHRASES)
    def test_a_passphrase_is_none(self, phrase: str) -> None:
        """Ordinary words alone make none, nor one among others that are."""
        for given in ({"password": [phrase]}, {"password": phrase}, {"password": [SAID[0], phrase]}):
            assert phrase not in str(redact(given))
        for text in (f"{{'password': ['{phrase}']}}", f'{{"password": ["{SAID[0]}", "{phrase}"]}}'):
            assert phrase not in redact_text(text)
