"""The scanner: what it finds, what it leaves alone, both engines alike, and in linear time."""

from __future__ import annotations

import importlib
import importlib.util
import itertools
import re
import sys
import time
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structlog_enrich.redaction import DEFAULT_POLICY, RedactionPolicy
from structlog_enrich.redaction.markers import marker
from structlog_enrich.redaction.patterns import check_pattern
from structlog_enrich.redaction.values import DEFAULT_RULES, Rule, Scanner
from structlog_enrich.redaction.values.pii import PII_RULES
from structlog_enrich.redaction.values.rule import filler
from structlog_enrich.redaction.values.scanner import BUDGET_RULE

EVERY_RULE = (*DEFAULT_RULES, *itertools.chain(*PII_RULES.values()))
ENGINES = ("re", "re2") if importlib.util.find_spec("re2") else ("re",)
WORDS = {
    "password": "password",
    "db_password": "password",
    "api_key": "api-key",
    "api-key": "api-key",
    "token": "token",
    "authorization": "authorization",
    "cookie": "cookie",
    "set-cookie": "cookie",
}


def classify(key: str) -> str | None:
    """Stand in for the classifier of keys."""
    return WORDS.get(key.lower())


SCANNERS = {engine: Scanner(DEFAULT_RULES, classify, engine) for engine in ENGINES}
WITH_PII = {engine: Scanner(EVERY_RULE, classify, engine) for engine in ENGINES}


def _calls(scanner: Scanner, text: str) -> int:
    counted = itertools.count()
    before = sys.getprofile()
    sys.setprofile(lambda *_: next(counted) and None)
    try:
        scanner.spans(text)
    finally:
        sys.setprofile(before)
    return next(counted)


@pytest.fixture(params=ENGINES)
def scanner(request: pytest.FixtureRequest) -> Scanner:
    """Return the scanner of each engine that is installed."""
    return SCANNERS[request.param]


@pytest.mark.parametrize("rule", [pytest.param(rule, id=f"{n}-{rule.id}") for n, rule in enumerate(DEFAULT_RULES)])
class TestRules:
    """Each rule of the table, as data."""

    def test_its_example_is_masked_and_names_it(self, rule: Rule) -> None:
        """The example of a rule is found, whatever stands around it."""
        text = f"before {''.join(rule.example)} after"
        for scanner in SCANNERS.values():
            redacted, found = scanner.redact(text)
            assert [True, True] == [redacted.startswith("before "), redacted.endswith(" after")]
            assert rule.id in found

    def test_it_is_in_the_syntax_both_engines_share(self, rule: Rule) -> None:
        """There is no look-around, no backreference and no repeat above a thousand, and google-re2 compiles it."""
        assert None is re.search(r"\(\?<?[=!]|\\[1-9]|\(\?P=|\\Z|\\d|\\w", rule.pattern)
        assert all(int(each) <= 1_000 for each in re.findall(r"\{(\d+)", rule.pattern))
        assert rule.pattern.isascii()
        if "re2" in ENGINES:
            re2 = importlib.import_module("re2")

            options = re2.Options()
            options.log_errors = False
            assert re2.compile(rule.pattern.encode(), options)

    def test_its_literals_are_in_its_example(self, rule: Rule) -> None:
        """One of the literals is in the example, with capitals where case counts."""
        text = "".join(rule.example)
        assert any(each in (text if each != each.lower() else text.lower()) for each in rule.literals)


class TestPatterns:
    """The patterns of the table."""

    @pytest.mark.parametrize("rule", [pytest.param(rule, id=f"{n}-{rule.id}") for n, rule in enumerate(EVERY_RULE)])
    def test_it_takes_linear_time_as_a_teams_own_must(self, rule: Rule) -> None:
        """No rule of ours asks for what is refused to others, in its pattern and in what follows its literals."""
        check_pattern(rule.pattern, anchored=bool(rule.literals))
        if rule.after:
            check_pattern(rule.after, anchored=True)


class TestRedact:
    """What a text looks like afterwards."""

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("login user=alice password=hunter2 ok", "login user=alice password=[REDACTED:password] ok"),
            ('{"password": "a b\\"c", "n": 1}', '{"password": "[REDACTED:password]", "n": 1}'),
            ("{'db_password': 'hunter2'}", "{'db_password': '[REDACTED:password]'}"),
            (r"{\"password\": \"hunter2\"}", r"{\"password\": \"[REDACTED:password]\"}"),
            ("run --password hunter2 --verbose", "run --password [REDACTED:password] --verbose"),
            ("run --password=hunter2", "run --password=[REDACTED:password]"),
            ("java -Dpassword=hunter2 -jar x", "java -Dpassword=[REDACTED:password] -jar x"),
            ("GET /a?api_key=abc123&b=1", "GET /a?api_key=[REDACTED:api-key]&b=1"),
            ("Server=x;Password=hunter2;Database=y", "Server=x;Password=[REDACTED:password];Database=y"),
            ("<password>hunter2</password>", "<password>[REDACTED:password]</password>"),
            ("postgres://alice:hunter2@db/x", "postgres://alice:[REDACTED:url-userinfo]@db/x"),
            ("http://alice:p@ss@db:80/x", "http://alice:[REDACTED:url-userinfo]@db:80/x"),
            ("Authorization: Bearer abc.def123456", "Authorization: Bearer [REDACTED:authorization]"),
            ("('authorization', 'Bearer abc123def')", "('authorization', 'Bearer [REDACTED:authorization]')"),
            ("Cookie: sid=abc; theme=dark", "Cookie: sid=[REDACTED:cookie]; theme=[REDACTED:cookie]"),
            ("Set-Cookie: sid=abc; Path=/; HttpOnly", "Set-Cookie: sid=[REDACTED:cookie]; Path=/; HttpOnly"),
            ('{"name": "password", "value": "hunter2"}', '{"name": "password", "value": "[REDACTED:password]"}'),
            ("naïve password=pä€ss😀x end", "naïve password=[REDACTED:password] end"),
            ("password=\ud800x", "password=[REDACTED:password]"),
        ],
    )
    def test_the_secret_goes_and_the_sentence_stays(self, scanner: Scanner, text: str, expected: str) -> None:
        """Only the value is replaced, up to its delimiter."""
        assert expected == scanner.redact(text)[0]

    @pytest.mark.parametrize(
        "text",
        [
            "session opened for user root",
            "invalid token: mismatch",
            "password=${DB_PASSWORD}",
            "password: <password>",
            "password=****",
            "password=",
            "arn:aws:secretsmanager:us-east-1:123456789012:token:name-abc",
            "Skipping AppWindowToken{df0798e token=Token{78af589 ActivityRecord{3b0}}}",
            "commit 4bf92f3577b34da6a3ce929d0e0e473612345678",
            "https://example.com:8080/path@x",
            "Asia/Tokyo",
            "task-1 desk-lamp risk-averse",
            "-----BEGIN PUBLIC KEY-----",
            "",
        ],
    )
    def test_what_is_no_secret_comes_back_as_it_is(self, scanner: Scanner, text: str) -> None:
        """Placeholders, prose, ids and digests stay, and the text is the same object."""
        assert text is scanner.redact(text)[0]
        assert scanner.clean(text)

    def test_a_private_key_goes_with_its_body_only(self, scanner: Scanner) -> None:
        """The markers of PEM stay, a body cut short goes to the end."""
        head, body = "-----BEGIN RSA PRIVATE " + "KEY-----", "\nMIIEpQIBAAKCAQEAn6/O8li+SX4m98LLYt\n"
        foot = "-----END RSA PRIVATE " + "KEY-----"
        assert f"{head}[REDACTED:private-key]{foot}" == scanner.redact(head + body + foot)[0]
        assert f"{head}[REDACTED:private-key]" == scanner.redact(head + body)[0]

    def test_a_web_token_is_told_by_its_header(self, scanner: Scanner) -> None:
        """Three parts and a header that is JSON with an algorithm make one."""
        token = ".".join(("eyJhbGciOiJIUzI1NiJ9", "bm90anNvbg", "c2lnbmF0dXJl"))
        assert ("got [REDACTED:jwt]", ("jwt",)) == scanner.redact(f"got {token}")
        assert scanner.clean("got eyJub3RoaW5nIjoxfQ.bm90anNvbg.c2lnbmF0dXJl")

    def test_a_judge_has_the_last_word(self) -> None:
        """What the judge doesn't name stays."""
        scanner = Scanner([], classify, "re", judge=lambda key, value: None if value == "0815" else key)
        assert "token=0815 password=[REDACTED:password]" == scanner.redact("token=0815 password=4711a")[0]


class TestEngines:
    """Two engines, one answer."""

    def test_an_unknown_engine_is_refused(self) -> None:
        """The error names what was received."""
        with pytest.raises(ValueError, match="'pcre'"):
            Scanner([], classify, "pcre")

    def test_auto_takes_google_re2_if_it_is_there(self) -> None:
        """The attribute says which engine scans."""
        assert ENGINES[-1] == Scanner(DEFAULT_RULES, classify).engine

    fragments = st.sampled_from(
        [
            *("".join(rule.example) for rule in DEFAULT_RULES),
            *(literal for rule in DEFAULT_RULES for literal in rule.literals),
            *WORDS, "=", ": ", '"', "'", "\\", "://", "@", "a:b", " ", "\n", ";", "&",
            "[REDACTED:token]", "Bearer ", "4111111111111111", "192.168.0.1", "::1", "é", "\u017f", "\u212a",
            "{", "}", "[", "]", "(", ")", ",", "--", "-----BEGIN PRIVATE KEY-----", "eyJhbGciOiJIUzI1NiJ9", ".",
            "x" * 40, "hunter2",
        ]
    )  # fmt: skip
    texts = st.one_of(st.text(max_size=200), st.lists(fragments, max_size=8).map("".join))

    @pytest.mark.parametrize("many", [2, 5, 9])
    def test_tokens_against_each_other_leave_nothing_for_a_second_scan(self, scanner: Scanner, many: int) -> None:
        """However many stand in a row, each hidden by the one before it, none is left."""
        token = "amzn." + "mws.4ea38b7b-f563-7709-4bae-7392c85d4fb6"
        once = scanner.redact(f"a {token * many}-x {token} b")[0]
        assert (once, ()) == scanner.redact(once)
        assert [True, True, False] == [once.startswith("a ["), once.endswith("] b"), "amzn" in once]

    names = st.one_of(
        st.from_regex(r"[^\[\]\s\x00-\x1f\ud800-\udfff]{1,40}", fullmatch=True),
        st.lists(fragments, min_size=1, max_size=4).map(
            lambda each: re.sub(r"[\[\]\s]", "", "".join(each))[:60] or "x"
        ),
    )

    @given(names, texts, texts)
    @settings(max_examples=200, deadline=None)
    def test_no_marker_is_looked_into_or_touched(self, rule: str, before: str, after: str) -> None:
        """A marker may name a key or a path of a team's own; nothing begins or ends in it, and a second scan
        changes nothing.
        """
        written = marker(rule)
        for scanner in (*SCANNERS.values(), *WITH_PII.values()):
            assert (written, ()) == scanner.redact(written)
            once = scanner.redact(f"{before}{written}{after}")[0]
            assert once == scanner.redact(once)[0]
            text = f"{before} {written} {after}"
            inside = range(len(before) + 2, len(before) + 1 + len(written))
            assert not {place for start, end, _ in scanner.spans(text) for place in (start, end)} & set(inside)

    @given(texts)
    @settings(max_examples=300, deadline=None)
    def test_both_find_the_same_in_arbitrary_text(self, text: str) -> None:
        """Spans agree, are in order and inside, `clean` says the same, and a second scan changes nothing."""
        personal = [scanner.spans(text) for scanner in WITH_PII.values()]
        assert all(each == personal[0] for each in personal)
        spans = [scanner.spans(text) for scanner in SCANNERS.values()]
        assert all(each == spans[0] for each in spans)
        assert all(0 <= start < end <= len(text) for start, end, _ in spans[0])
        assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans[0]))
        for scanner in SCANNERS.values():
            assert scanner.clean(text) is (not spans[0])
            once = scanner.redact(text)[0]
            assert once == scanner.redact(once)[0]


class TestTime:
    """The time grows with the length, whatever the text holds."""

    HOSTILE = (
        "lorem ipsum dolor sit amet ", "a", "k", "_", "p_", "key=", "token", "password=", "password=x ",
        "password='a\"", "secret ",
        ".", '"', "eyJ", "eyJhbGciOi.", "sk-", "xoxb-", "ghp_" + "a" * 36, "://", "://a:b", "a@", "--", " -u",
        "-----BEGIN PRIVATE KEY-----",
        "Cookie: a=b; ", '{"password": "', "kind: Secret\ndata:\n a: b\n", "aaa1Q~",
        "1234567890123456|", "é", "[REDACTED:x]", '{"password": {"token": ["secret", {"key": ', "secret" + " " * 40,
        "Authorization: Bearer a=", "MIIEpQIBAAKCAQEAn6/O8li+SX4m98LLYt1a",
    )  # fmt: skip

    @pytest.mark.parametrize("piece", HOSTILE, ids=lambda piece: repr(piece)[1:24])
    def test_a_hostile_text_takes_no_longer_than_its_length_allows(self, scanner: Scanner, piece: str) -> None:
        """Half a megabyte takes less than a second, on a busy machine too: no pattern backtracks."""
        text = (piece * (500_000 // len(piece) + 1))[:500_000]
        start = time.process_time()
        scanner.redact(text)
        assert 1.0 > time.process_time() - start

    @pytest.mark.parametrize("piece", HOSTILE, ids=lambda piece: repr(piece)[1:24])
    def test_double_the_text_is_double_the_work(self, scanner: Scanner, piece: str) -> None:
        """Counted in calls, so that a busy machine says the same; what a pattern does in one is bounded by itself."""
        scanner.spans(piece * 2)
        once, twice = (_calls(scanner, (piece * (size // len(piece) + 1))[:size]) for size in (12_000, 24_000))
        assert twice <= 2.2 * once + 200

    def test_behind_the_budget_the_rest_is_masked(self, scanner: Scanner) -> None:
        """A text of nothing but secrets, and one that is too long, end with a marker of their own."""
        many = scanner.redact("password=hunter2 " * 5_000)
        assert BUDGET_RULE in many[1]
        assert "hunter2" not in many[0]
        assert "a" * 131_072 + f"[REDACTED:{BUDGET_RULE}]" == scanner.redact("a" * 200_000)[0]

    @pytest.mark.parametrize("place", [131_055, 131_060, 131_071, 131_072])
    @pytest.mark.parametrize("blanks", [1, 5_000])
    def test_no_marker_hides_what_is_behind_it(self, scanner: Scanner, place: int, blanks: int) -> None:
        """Where what is looked at ends in or before a marker, the rest is masked all the same, and once."""
        text = f"{'a' * (place - 1)} [REDACTED:token]{' ' * blanks}password=hunter2"
        once, rules = scanner.redact(text)
        assert [False, True] == ["hunter2" in once, BUDGET_RULE in rules]
        assert once == scanner.redact(once)[0]
        quoted = f'password="[REDACTED:token]{" " * blanks}hunter2"'
        assert "hunter2" not in scanner.redact(quoted)[0]

    def test_a_cut_never_goes_through_a_character(self, scanner: Scanner) -> None:
        """Where what is looked at ends inside a character of UTF-8, the whole of it is masked."""
        text = "password=" + "é" * 200_000
        assert f"password=[REDACTED:password][REDACTED:{BUDGET_RULE}]" == scanner.redact(text)[0]
        assert "x" + "é" * 65_535 + f"[REDACTED:{BUDGET_RULE}]" == scanner.redact("x" + "é" * 200_000)[0]


class TestWhole:
    """A text beyond what is looked at in one go."""

    LONGER: ClassVar = {engine: Scanner(DEFAULT_RULES, classify, engine, longest=1 << 24) for engine in ENGINES}
    LONG_ONES = (
        "password='" + "a b" * 3_000 + "'",
        "token=" + "aB3" * 40_000,
        "-----BEGIN RSA PRIVATE " + "KEY-----\n" + "MIIEpQIBAAKCAQEA\n" * 2_500 + "-----END RSA PRIVATE " + "KEY-----",
        "Cookie: sid=abc; theme=dark",
        "postgres://alice:hunter2@db/x",
    )  # fmt: skip
    # Around each place where one window ends, or answers for no more.
    NEAR = tuple(edge + off for edge in (61_440, 131_072) for off in (-40, -1, 0))

    @pytest.mark.parametrize("place", NEAR)
    def test_a_secret_is_found_wherever_a_window_ends(self, scanner: Scanner, place: int) -> None:
        """It is what a scanner finds that looks at all in one go."""
        for secret in (*self.LONG_ONES, *("".join(rule.example) for rule in DEFAULT_RULES[::40])):
            text = f"{'lorem ipsum ' * (place // 12)}{'x' * (place % 12)} {secret} é user=alice password=hunter2 end "
            text += "dolor " * ((190_000 - len(text)) // 6)
            assert self.LONGER[scanner.engine].redact(text) == scanner.redact(text, whole=True)

    def test_nothing_is_lost_and_nothing_changed_in_a_clean_one(self, scanner: Scanner) -> None:
        """A megabyte without a secret comes back as the same object."""
        text = "lorem ipsum dolor sit amet, é " * 40_000
        assert text is scanner.redact(text, whole=True)[0]
        assert BUDGET_RULE in scanner.redact(text)[1]

    def test_a_window_of_nothing_but_secrets_shows_none(self, scanner: Scanner) -> None:
        """Behind the budget of a window the rest of it is masked, and the next one is looked at again."""
        once, rules = scanner.redact("password=hunter2 " * 20_000 + "user=alice ", whole=True)
        assert [False, True] == ["hunter2" in once, BUDGET_RULE in rules]


class TestPersonalData:
    """The packs that a policy switches on."""

    SCANNER = Scanner([rule for pack in PII_RULES.values() for rule in pack], classify, "re")

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("mail alice@example.com now", "mail [REDACTED:email] now"),
            ("card 4111 1111 1111 1111.", "card [REDACTED:card]."),
            ("card 4111 1111 1111 1112.", "card 4111 1111 1111 1112."),
            ("iban GB82 WEST 1234 5698 7654 32", "iban [REDACTED:iban]"),
            ("iban GB82 WEST 1234 5698 7654 33", "iban GB82 WEST 1234 5698 7654 33"),
            ("from 192.168.0.1:80", "from [REDACTED:ip]:80"),
            ("version 1.2.3", "version 1.2.3"),
            ("from 2001:db8::1 to", "from [REDACTED:ip] to"),
            ("at 12:30:45", "at 12:30:45"),
            ("call +44 20 7946 0958 today", "call [REDACTED:phone] today"),
        ],
    )
    def test_only_what_passes_its_check_is_masked(self, text: str, expected: str) -> None:
        """Digits without a checksum, times and versions stay."""
        assert expected == self.SCANNER.redact(text)[0]

    def test_none_of_them_is_on_by_default(self) -> None:
        """The defaults leave personal data alone."""
        assert SCANNERS["re"].clean("alice@example.com 4111 1111 1111 1111 192.168.0.1")


class TestOneLoop:
    """However secrets are replaced, the same are found."""

    @pytest.mark.parametrize(
        "text",
        [
            "Cookie: a=b sk_live_" + filler(24) + "=1",
            "password=hunter2ghp_" + filler(36) + " token=" + filler(20),
            "https://me:" + "hunter2@x.com/?token=" + filler(24),
        ],
        ids=range(3),
    )
    def test_an_unrelated_strategy_changes_nothing(self, text: str) -> None:
        """What is done for one rule has no say in what others find; and what was left is left again."""
        left, rules = DEFAULT_POLICY.scan(text)
        assert (left, rules) == RedactionPolicy(strategies={"mnemonic": "drop"}).scan(text)
        assert (left, ()) == DEFAULT_POLICY.scan(left)
