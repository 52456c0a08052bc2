"""What is assigned to a key inside a text, and that what stands elsewhere in the text doesn't matter."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich.redaction import DEFAULT_POLICY, Fixed, RedactionPolicy, redact, redact_text

SECRET = "a8Kx92lQ" + "q7Zk3RxV"
PIECES = st.sampled_from(
    [
        *(f"password={SECRET}", f"Set-Cookie: sid={SECRET}; Path=/", f'{{"api_key": "{SECRET}"}}', "paid o-1"),
        *(f"<token>{SECRET}</token>", f"--client-secret {SECRET}", "https://x.com/", "<b>", "a/b", "{", '"', ""),
        *(f"https://me:{SECRET}@x.com/?a=1", f"Authorization: Bearer {SECRET}", "user: ada", "key", "x" * 300),
    ]
)


class TestTheEnd:
    """Texts whose last character has a meaning where something begins."""

    @pytest.mark.parametrize("end", ["/", "<", ":", '"', "'", "?", "&", "=", "-", "\\"])
    @pytest.mark.parametrize("key", ["password", "token", "Set-Cookie", "api_key"])
    def test_doesn_t_touch_the_beginning(self, key: str, end: str) -> None:
        """The first key of a text has nothing before it."""
        assert SECRET not in redact_text(f"{key}: sid={SECRET}; see {end}")
        assert SECRET not in redact_text(f"{key}: sid={SECRET}; see https://x.com{end}")


class TestLines:
    """Texts of several lines."""

    @given(st.lists(PIECES, min_size=1, max_size=5))
    def test_are_found_together_as_alone(self, pieces: list[str]) -> None:
        """A secret that is found in a line by itself is found among others: that one look is enough for all."""
        together = DEFAULT_POLICY.compiled.gate.match("\n".join(pieces).encode())
        assert together or all(DEFAULT_POLICY.compiled.clean(piece) for piece in pieces)
        assert SECRET not in redact_text("\n".join(pieces))


class TestKeys:
    """Where a key ends and how it may be spelled."""

    @pytest.mark.parametrize(
        "text",
        [
            '{"api key": "@"}',
            "{'the card number': '@', 'n': 1}",
            '{"client secret": "@"}',
            "\x1b[31mapi_key=@\x1b[0m",
            "\x1b[1;31mpassword\x1b[0m=@",
            "password%3D@",
            "GET /login?next=%2Fhome%3Ftoken%3D@%26a%3D1",
            "next=%252Fhome%253Ftoken%253D@%2526a%253D1",
            "user=ada&%70%61ssword=@",
            '{"pass\\u0077ord": "@"}',
            '{\\"pass\\\\u0077ord\\": \\"@\\"}',
            "p\u0430ssword=@",
            "env:\n  - name: DB_PASSWORD\n    value: @\n  - name: N\n    value: 7\n",
            '- name: DB_PASSWORD\r\n  value: "@"',
            "name=DB_PASSWORD, value=@",
            "user=ada&cookie=@&x=1",
            "/x?a=1&cookie=@",
            "client --cookie @ https://example.com",
            "client --cookie sid=@ https://example.com",
        ],
    )
    def test_is_found(self, text: str) -> None:
        """What is assigned goes, all else stays, and another look finds no more."""
        before, after = text.split("@")
        found = redact_text(text.replace("@", SECRET))
        assert found.startswith(f"{before}[REDACTED:")
        assert found.endswith(f"]{after}")
        assert found == redact_text(found)

    def test_of_a_team_s_own(self) -> None:
        """A name of a team's own may be several words too."""
        policy = DEFAULT_POLICY | RedactionPolicy(keys={"voucher code"})
        assert '{"voucher code": "[REDACTED:voucher-code]"}' == redact_text(f'{{"voucher code": "{SECRET}"}}', policy)

    def test_of_a_wallet(self) -> None:
        """A mnemonic is many words; that of a switch's message is none."""
        words = " ".join(["legal", "winner", "thank", "year"] * 3)
        assert '{"mnemonic": "[REDACTED:mnemonic]"}' == redact_text(f'{{"mnemonic": "{words}"}}')
        assert "wallet_mnemonic: [REDACTED:mnemonic]" == redact_text(f"wallet_mnemonic: {words}")
        assert "mnemonic: UPDOWN" == redact_text("mnemonic: UPDOWN")

    @pytest.mark.parametrize(
        "text",
        [
            "password= key=a",
            "name: retries, value: 7",
            "a%26b%3Dc",
            "-----BEGIN RSA PRIVATE KEY-----aB3=-----END RSA PRIVATE KEY-----",
        ],
    )
    def test_is_none(self, text: str) -> None:
        """An empty value, other names, and the dashes around a header are kept."""
        assert text == redact_text(text)


class TestNumbers:
    """Digits where a secret could stand."""

    @pytest.mark.parametrize("text", ["pass=3 fail=0", "token=17", "tokens: 12", '{"token": 17, "n": 1}'])
    def test_short_ones_are_kept(self, text: str) -> None:
        """They are counted, as in data."""
        assert text == redact_text(text)

    @pytest.mark.parametrize("text", ["password=17", "pin=4711", "token=482913", "token=0815", "token='17'"])
    def test_others_go(self, text: str) -> None:
        """Under a name whose secrets may be numbers, or where they are long or written as a text."""
        assert text != redact_text(text)


class TestFetch:
    """When a browser sends credentials."""

    @pytest.mark.parametrize("mode", ["include", "omit", "same-origin"])
    def test_is_kept(self, mode: str) -> None:
        """The words for it are none."""
        for text in (f"credentials={mode}", f"fetch(url, {{credentials: '{mode}'}})", f'{{"credentials": "{mode}"}}'):
            assert text == redact_text(text)
        assert {"credentials": mode} == redact({"credentials": mode})

    def test_others_go(self) -> None:
        """Any other word may be one."""
        assert "credentials=[REDACTED:credential]" == redact_text("credentials=hunter2")


class TestJson:
    """JSON inside a text."""

    @pytest.mark.parametrize(
        "body",
        [
            {"password": {"of": SECRET}, "n": 1},
            {"secrets": [SECRET, "b"], "n": 1},
            {"secrets": [["a"], SECRET]},
            {"password": 17, "n": {"otp": 482913}},
            {"password": SECRET},
        ],
    )
    @pytest.mark.parametrize("indent", [None, 2])
    def test_stays_json(self, body: dict[str, object], indent: int | None) -> None:
        """Whatever the marker stands for, and however deep it is."""
        text = json.dumps(body, indent=indent)
        found = redact_text(text)
        assert "[REDACTED:" in found
        assert json.loads(found).keys() == body.keys()
        assert found == redact_text(found)
        assert json.loads(json.loads(redact_text(json.dumps({"body": text})))["body"]).keys() == body.keys()

    def test_stays_json_by_another_strategy(self) -> None:
        """What stands there instead is quoted, too."""
        policy = DEFAULT_POLICY | RedactionPolicy(strategies={"password": Fixed("gone")})
        assert '{"password": "gone"}' == redact_text(f'{{"password": {{"a": "{SECRET}"}}}}', policy)

    def test_is_left_alone_otherwise(self) -> None:
        """A `repr` isn't JSON."""
        assert "{'password': [REDACTED:password]}" == redact_text(f"{{'password': {{'a': '{SECRET}'}}}}")


class TestCode:
    """Source code, as a stack quotes it."""

    @pytest.mark.parametrize(
        "text",
        [
            'raise ValueError(f"declined for password={password}")',
            "login(user, password=password)",
            'return {"password": password, "user": user}',
            'token = os.environ["TOKEN"]',
            "secret = settings.SECRET_KEY",
            "auth = new Auth()",
            "credentials = await load()",
            'password = getpass.getpass("Password: ")',
        ],
    )
    def test_is_kept(self, text: str) -> None:
        """The names of variables, calls and fields are no secrets."""
        assert text == redact_text(text)

    @pytest.mark.parametrize("text", ["login(password=@)", 'password = "@"', "password={@", "auth = @"])
    def test_with_a_secret_in_it(self, text: str) -> None:
        """What is written out in it is one."""
        assert SECRET not in redact_text(text.replace("@", SECRET))


class TestCommands:
    """Commands as they are typed."""

    @pytest.mark.parametrize(
        "text",
        [
            "curl -b sid=@ https://example.com",
            "curl -sS -b 'a=1; sid=@' https://example.com",
            "redis-cli -h db -a @ ping",
            "htpasswd -cb users ada @",
            "htpasswd -nbB ada @",
            r"net use x: \\host\share /user:ada @",
            'ConvertTo-SecureString -String "@" -AsPlainText -Force',
            "jdbc:oracle:thin:scott/@@db:1521:shop",
            "root:@@tcp(db:3306)/shop",
            "root:@@unix(/run/mysqld.sock)/shop",
            "next=redis%3A%2F%2Fapp%3A@%40db%2F0",
        ],
    )
    def test_are_known(self, text: str) -> None:
        """Their passwords go."""
        found = redact_text(text.replace("@", SECRET, 1))
        assert SECRET not in found
        assert found == redact_text(found)


class TestEscapedBreaks:
    """Texts in which a break or a tab is written as a backslash and a letter, as in JSON and a `repr`."""

    @pytest.mark.parametrize("escape", [r"\n", r"\t", r"\\n", r"\x00", r"\u000a", r"\x1b"])
    @pytest.mark.parametrize(
        "token", ["sk_" + "live_" + SECRET + "aB3dE5gH", "gh" + "p_" + SECRET + SECRET + "aB3d", "password=" + SECRET]
    )
    def test_end_no_word(self, escape: str, token: str) -> None:
        """What follows one begins behind it, as the same text decoded would tell."""
        assert SECRET not in redact_text(f"a{escape}{token}")
        assert SECRET not in redact_text(f'{{"a": "x{escape}{token}"}}')

    @pytest.mark.parametrize("behind", [r"\r\n'x", r"\n", r"\tx", "\x00x", "\x1b[31m", r"\\n"])
    def test_end_a_value_of_prose(self, behind: str) -> None:
        """So does a character that can't be printed."""
        assert SECRET not in redact_text(f"the password is {SECRET}{behind}")

    def test_part_a_value_from_what_is_masked(self) -> None:
        """Stars behind one are of another line."""
        assert SECRET not in redact_text(rf'"psql --private_key={SECRET}\n****"')

    @pytest.mark.parametrize("text", [r"(b'access_token', ' @\n')", r"['api_key', '\t@']", r'("auth_token", " @\r\n")'])
    def test_pad_the_value_of_a_pair(self, text: str) -> None:
        """They are of the value, and no path."""
        assert SECRET not in redact_text(text.replace("@", SECRET))

    @pytest.mark.parametrize("text", [r"C:\temp\nodes", r"\\task-list-of-all-things-to-do\run", r"password=None\n"])
    def test_alone_say_nothing(self, text: str) -> None:
        """Neither paths nor empty values are altered."""
        assert text == redact_text(text)


class TestTags:
    """XML."""

    def test_behind_a_colour(self) -> None:
        """What is switched before it isn't of its name."""
        assert "\x1b[m <token>[REDACTED:token]</token>" == redact_text(f"\x1b[m <token>{SECRET}</token>")

    @pytest.mark.parametrize("text", ['</password>", "x"', "</password>'x'", '"</token>", "of"'])
    def test_a_closing_one_has_no_value(self, text: str) -> None:
        """What follows it belongs to what is around it."""
        assert text == redact_text(text)


class TestBytes:
    """Bytes in a `repr`, of which some are no text."""

    @pytest.mark.parametrize(
        "value", [b"\xff" + SECRET.encode(), SECRET.encode() + b"\x00\xfe", bytes(range(128, 160))]
    )
    def test_in_a_pair(self, value: bytes) -> None:
        """What is no text doesn't hide what is random."""
        assert "('api_key', b'[REDACTED:api-key]')" == redact_text(repr(("api_key", value)))
