"""Containers and objects under a secret's key, as `repr` and JSON write them."""

from __future__ import annotations

import pytest

from structlog_enrich.redaction import redact_text
from structlog_enrich.redaction.values.containers import container_end

SECRET = "a8Kx92lQ" + "q7Zk3RxV"
SHOWN = (
    *("deque(['@'])", "<Kind.A: '@'>", "frozenset({'@'})", "bytearray(b'@')", "mappingproxy({'a': '@'})", "{'@'}"),
    *("ValueError('@')", "('@', 1)", "{'@': 1}", "{'a': {'of': '@'}}", "_Model(before=1, value='@', behind=2)"),
    *("shop.Login(value=['@'])", "<Kind.A: ('@', 1)>", "defaultdict(<class 'list'>, {'a': '@'})", "dict_values(['@'])"),
)


class TestReprs:
    """A whole object is masked, and nothing behind it."""

    @pytest.mark.parametrize("shown", SHOWN)
    @pytest.mark.parametrize(
        ("before", "behind"),
        [
            ("{'pwd': ", ", 'n': 1}"),
            ("{b'client_secret': ", ", 'n': 1}"),
            ("Login(secret=", ", n=1)"),
            ("Login(access_token=", ", n=1)"),
            ("[('api_key', ", "), ('n', 1)]"),
            ("[(b'api_key', ", "), ('n', 1)]"),
            ("[{'name': 'pwd', 'value': ", ", 'n': 1}]"),
        ],
    )
    def test_are_masked_to_their_end(self, before: str, shown: str, behind: str) -> None:
        """Under a quoted key, as a field, as the second of a pair; another look finds no more."""
        text = f"{before}{shown.replace('@', SECRET)}{behind}"
        found = redact_text(text)
        assert found.startswith(before)
        assert found.endswith(behind)
        assert SECRET not in found
        assert found == redact_text(found)

    @pytest.mark.parametrize("rounds", [1, 2])
    @pytest.mark.parametrize("shown", SHOWN)
    def test_within_other_texts(self, shown: str, rounds: int) -> None:
        """Escaped again and again, brackets are matched by the quotes of their own depth."""
        text = f"{{'pwd': {shown.replace('@', SECRET + ')}]')}, \"n\": 1}}"
        for _ in range(rounds):
            text = repr([text])
        assert SECRET not in redact_text(text)

    @pytest.mark.parametrize(
        "text",
        [
            "'clientSecret': [deque([]), '@'], 'n': 1",
            "clientSecret=[[], '@'], n=1",
            '{"secret": [{"a": [1]}, "@"], "n": 1}',
        ],
    )
    def test_lists_in_lists(self, text: str) -> None:
        """The first bracket that closes needn't be the list's."""
        found = redact_text(text.replace("@", SECRET))
        assert SECRET not in found
        assert "n" in found.rpartition("]")[2]

    @pytest.mark.parametrize("slashes", [1, 3, 7, 15])
    def test_quotes_escaped_again_and_again(self, slashes: int) -> None:
        """JSON in JSON in JSON, and a `repr` of it."""
        quote = "\\" * slashes + '"'
        for value in (
            f"{quote}{SECRET}{quote}",
            f"[{quote}{SECRET}{quote}]",
            f"{{{quote}a{quote}: {quote}{SECRET}{quote}}}",
        ):
            assert SECRET not in redact_text(f"{{{quote}pwd{quote}: {value}}}")

    @pytest.mark.parametrize(
        "text",
        [
            'password = getpass.getpass("Password: ")',
            "secret = settings.get('SECRET_NAME')",
            "token = request.headers.get('X-Token')",
            "login(token=get('current'))",
            "('password', ['too short'])",
            "{'type': ['a'], 'required': ['password', 'token']}",
            "{'api_key': SecretStr('**********')}",
            "{'token': <Kind.A: 1>, 'password': <object at 0x7f12>}",
        ],
    )
    def test_code_and_reports_are_kept(self, text: str) -> None:
        """Calls, messages under a field's name, and what was masked before."""
        assert text == redact_text(text)

    def test_a_text_behind_it_says_nothing_of_it(self) -> None:
        """Only what is within counts."""
        assert 0 == container_end(f"f(1), '{SECRET}'".encode(), 0, sure=True)
