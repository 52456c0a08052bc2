"""A stream of bytes, scrubbed as it comes."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from structlog_enrich.cli.jsonmasking import JSONMasker
from structlog_enrich.cli.scrubbing import Scrubber
from structlog_enrich.redaction import DEFAULT_POLICY, RedactionPolicy

if TYPE_CHECKING:
    from collections.abc import Iterable

GOLDEN = Path(__file__).parents[1].joinpath("golden", "1.0", "reference.json").read_bytes()
SECRET = b"hunter" + b"2x"
MASKED = b"[REDACTED:password]"
TEXT = b"login of ada failed: pass" + b"word=" + SECRET + b" from node-17\n"
BODY = [b"MIIEpAIBAAKCAQEA7v3Q9x2LkR8mN4pT6wYzB1cD5fGhJkLmNpQrStUvWxYz012a"] * 4 + [b"aB3="]
KEY = [b"-----BEGIN RSA " + b"PRIVATE KEY-----", *BODY, b"-----END RSA " + b"PRIVATE KEY-----"]

_FRAGMENTS = st.sampled_from([
    b"\n", b"\r\n", b"{", b"}", b'{"a": 1.0}', b'{"password": "' + SECRET + b'"}', TEXT, b"\xff\xfe", b"\xc3\xa9",
    b" " * 50, b"key: |\n", b"x" * 50_000, *(each + b"\n" for each in KEY), b"[REDACTED:password]", b"\xef\xbb\xbf",
    b"[1, 2]",
])  # fmt: skip

_SHAPES = [b"password=%b ", b"postgres://app:%b@db/shop ", b'"api_key": "%b", ', b"Authorization: Bearer %b then "]
_TEXTS = st.sampled_from([SECRET.decode(), "password", "--password", "ada", TEXT.decode(), "a\nb"])
_NAMES = st.sampled_from(["a", "name", "value", "password", "token_count", "data"])
_VALUES = st.recursive(
    st.none() | st.integers() | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=8,
)


def _scrubbed(*chunks: bytes, policy: RedactionPolicy = DEFAULT_POLICY, **options: Any) -> tuple[bytes, dict[str, int]]:
    scrubber = Scrubber(policy, **options)
    done = b"".join(map(scrubber.feed, chunks)) + scrubber.end()
    return done, dict(scrubber.masked)


def _each_byte(data: bytes) -> Iterable[bytes]:
    return (data[at : at + 1] for at in range(len(data)))


class TestLines:
    """What is done with a line, and what stays."""

    @pytest.mark.parametrize(
        "line",
        [
            pytest.param(b'{ "a":1.10,\t"n": 123456789012345678901234567890, "a": [ ] }\r\n', id="JSON"),
            pytest.param(b"\xff\xfeplain\x00 text \xed\xa0\x80 caf\xe9\r\n", id="no UTF-8"),
            pytest.param(b"no end", id="no end"),
            pytest.param(b"\r\n\n  \n", id="blank"),
            pytest.param(b'\xef\xbb\xbf{"a": 1}\n', id="byte order mark"),
            pytest.param(GOLDEN, id="masked by a service"),
            pytest.param(b"password=" + MASKED + b"\n", id="masked text"),
        ],
    )
    def test_clean(self, line: bytes) -> None:
        """A line in which nothing is found is passed on byte for byte."""
        assert (line, {}) == _scrubbed(line)

    @pytest.mark.parametrize(
        ("line", "left"),
        [
            pytest.param(
                b'  {"n": 1.10, "password": "@", "big": 18446744073709551616}\t\r\n',
                b'  {"n":1.10,"password":"*","big":18446744073709551616}\t\r\n',
                id="JSON",
            ),
            pytest.param(b'\xef\xbb\xbf{"password": "@"}\n', b'\xef\xbb\xbf{"password":"*"}\n', id="byte order mark"),
            pytest.param(b'[{"password": "@"}, -0]', b'[{"password":"*"},-0]', id="array"),
            pytest.param(b'{"password": "@", "password": null}', b'{"password":"*","password":null}', id="twice"),
            pytest.param(b'{"a": "caf\xe9", "password": "@"}', b'{"a":"caf\xe9","password":"*"}', id="no UTF-8"),
            pytest.param(b"\xff password=@\r\n\xfe", b"\xff password=*\r\n\xfe", id="text"),
            pytest.param(b'{"torn": 1, "password": "@', b'{"torn": 1, "password": "*', id="torn"),
        ],
    )
    def test_masked(self, line: bytes, left: bytes) -> None:
        """Of a line with a secret, nothing but the secret goes, and the spaces of JSON."""
        assert (left.replace(b"*", MASKED), {"password": 1}) == _scrubbed(line.replace(b"@", SECRET))

    def test_a_masked_value_is_not_counted(self) -> None:
        """What a service has masked already is no finding, beside one that is."""
        line = b'{"password":"' + MASKED + b'","api":{"password":"' + SECRET + b'"},"x":["' + MASKED + b'"]}'

        assert (line.replace(SECRET, MASKED), {"password": 1}) == _scrubbed(line)

    def test_marks_of_a_service(self) -> None:
        """`redacted` says what a service masked and stays; a secret put there doesn't."""
        line = json.loads(GOLDEN) | {"extra": {"password": SECRET.decode()}}
        done, masked = _scrubbed(json.dumps(line).encode())
        assert {"password": 1} == masked
        assert line["redacted"] == json.loads(done)["redacted"]

        for entry in (f"password:{SECRET.decode()}", {"password": SECRET.decode()}):
            line = json.loads(GOLDEN) | {"redacted": [entry]}
            assert SECRET not in _scrubbed(json.dumps(line).encode())[0]

    def test_paths(self) -> None:
        """Paths apply from the top of a line, whatever else it holds."""
        policy = RedactionPolicy(paths=["payload.user.*"])
        line = b'{"payload":{"user":{"name":"ada"}},"user":{"name":"bob"}}\n'
        done, masked = _scrubbed(line + b'\xef\xbb\xbf{"payload":{"user":{"name":"caf\xe9"}}}\n', policy=policy)

        assert {"path": 2} == masked
        assert line.replace(b"ada", b"[REDACTED:path]") == done[: len(line) + 12]

    def test_dry_run(self) -> None:
        """A policy that is a dry run changes nothing, and what it finds is counted."""
        data = b'{ "password": "' + SECRET + b'"}\n' + TEXT

        assert (data, {"password": 2}) == _scrubbed(data, policy=RedactionPolicy(dry_run=True))

    def test_depth(self) -> None:
        """What is nested too deep for the walk is masked, and counted."""
        done, masked = _scrubbed(b'{"a":' * 100 + b'{"password":"' + SECRET + b'"}' + b"}" * 100)

        assert {"depth": 1} == masked
        assert SECRET not in done


class TestForms:
    """What a person says that lines are."""

    def test_json(self) -> None:
        """A line that isn't JSON is masked whole, as JSON; one that holds nothing stays."""
        done = _scrubbed(b'{"a": 1}\n{"a":\n\nplain\r\n7\n"password=' + SECRET + b'"', form="json")

        assert (
            b'{"a": 1}\n"[REDACTED:not-json]"\n\n"[REDACTED:not-json]"\r\n7\n"password=' + MASKED + b'"',
            {"not-json": 2, "password": 1},
        ) == done

    def test_text(self) -> None:
        """No line is read as JSON, so its spaces stay."""
        line = b'{"a":  1, "password":  "' + SECRET + b'"}\n'

        assert (line.replace(SECRET, MASKED), {"password": 1}) == _scrubbed(line, form="text")


class TestSeveralLines:
    """Secrets that are longer than a line."""

    @pytest.mark.parametrize("before", [b"", b"    ", b"2026-11-22T04:48:00Z app-1  | "])
    @pytest.mark.parametrize("each_by_itself", [False, True])
    def test_private_key(self, before: bytes, *, each_by_itself: bool) -> None:
        """A key is found as a whole, in one piece or line by line, whatever stands before each line."""
        lines = [before + each + b"\n" for each in [b"begin", *KEY, b"end of it"]]
        done, masked = _scrubbed(*(lines if each_by_itself else [b"".join(lines)]))

        assert {"private-key": 1} == masked
        assert BODY[0] not in done
        assert BODY[-1] not in done
        assert done.startswith(before + b"begin\n" + before + b"-----BEGIN ")
        assert done.endswith(b"\n" + before + b"end of it\n")

    @pytest.mark.parametrize("follows", [b'{"n": 1}\n', b"2026-11-22 04:48:00 order placed\n"])
    def test_half_a_key(self, follows: bytes) -> None:
        """Of a key without an end what is there is masked, and what follows isn't."""
        done, masked = _scrubbed(b"".join(each + b"\n" for each in KEY[:4]) + follows)

        assert {"private-key": 1} == masked
        assert KEY[0] + b"[REDACTED:private-key]\n" + follows == done

    def test_no_key(self) -> None:
        """What is longer than any key is waited for no longer."""
        done, masked = _scrubbed(b"".join(each + b"\n" for each in [*KEY[:1], *BODY * 200, b"the end"]))

        assert {"private-key": 1} == masked
        assert done.startswith(KEY[0] + b"[REDACTED:private-key]\n")
        assert done.endswith(b"\nthe end\n")

    @pytest.mark.parametrize(
        "document",
        [
            pytest.param(b"password: |\n  " + SECRET + b"\n", id="block"),
            pytest.param(b"app:\n  password:\n    - " + SECRET + b"\n", id="list"),
        ],
    )
    def test_document(self, document: bytes) -> None:
        """The names and values of a document belong together, across the end of a run of lines too."""
        assert (document.replace(SECRET, MASKED) * 2_000, {"password": 2_000}) == _scrubbed(document * 2_000)

    def test_many_places_worth_a_look(self) -> None:
        """A run of lines that is too much for one look has each of its lines looked at."""
        line = b"a key=b token_count=3 key=c\n"
        done, masked = _scrubbed(line * 2_000 + TEXT)

        assert (line * 2_000 + TEXT.replace(SECRET, MASKED), {"password": 1}) == (done, masked)


class TestLongLines:
    """Lines that have no end in sight."""

    def test_text(self) -> None:
        """A text is looked at in windows: each secret is found wherever it stands, and all else stays."""
        # Of a length that is no divisor of a window's.
        data = (b"a user of the shop placed an order and went on " * 21 + TEXT[:-1]) * 200

        assert len(data) > 150_000
        assert (data.replace(SECRET, MASKED) + b"\nend", {"password": 200}) == _scrubbed(data + b"\nend")

    @pytest.mark.parametrize("size", [30_000, 32_700, 40_950, 41_000, 81_900])
    def test_a_secret_at_an_edge(self, size: int) -> None:
        """A secret isn't cut, nor parted from its key."""
        data = b"a " * (size // 2) + b"Authorization: Bearer " + b"Zk3RxV9m" * 40 + b" then " + b"more " * 20_000
        done, masked = _scrubbed(data)

        assert {"authorization": 1} == masked
        assert data.replace(b"Zk3RxV9m" * 40, b"[REDACTED:authorization]") == done

    @given(st.lists(st.integers(0, 3_000), min_size=30, max_size=40), st.sampled_from(_SHAPES))
    def test_secrets_all_over(self, gaps: list[int], shape: bytes) -> None:
        """However far from each other they are, each is masked and what stands between them stays."""
        between = [b"words and more w\xc3\xb6rds "[gap % 20 :] + b"or " * (gap // 3) for gap in gaps]
        data = b"".join(each + shape % SECRET for each in between) + b"words " * 8_000
        done, masked = _scrubbed(data)

        assert len(gaps) == sum(masked.values())
        assert re.sub(rb"\[REDACTED:[a-z-]+\]", SECRET, done) == data

    def test_dense(self) -> None:
        """Nor does it matter that there is no room between them."""
        data = b"password=" + SECRET + b" "

        assert (data.replace(SECRET, MASKED) * 9_000, {"password": 9_000}) == _scrubbed(data * 9_000)

    def test_a_secret_without_an_end(self) -> None:
        """The rest of its line goes, and no more."""
        data = b"password=" + SECRET * 50_000 + b" tail " + SECRET * 20_000 + b"\nnext\n"
        left = b"password=[REDACTED:line-length]\nnext\n", {"line-length": 1}

        assert left == _scrubbed(data)
        assert left == _scrubbed(*(data[at : at + 65_536] for at in range(0, len(data), 65_536)))

    def test_json(self) -> None:
        """A line of JSON that is too long to be read is masked whole; what follows isn't."""
        line = b'{"a": "' + b"x " * 50_000 + b'"}\n'
        left = b'"[REDACTED:line-length]"\n'

        assert (line, {}) == _scrubbed(line)
        for chunks in ([line + b"next"], [line[:70_000], line[70_000:] + b"next"]):
            assert (left + b"next", {"line-length": 1}) == _scrubbed(*chunks, max_line=65_536)

    def test_no_utf8(self) -> None:
        """Bytes that are no UTF-8 stay, wherever a window ends."""
        data = bytes(range(128, 256)) * 2_000

        assert (data, {}) == _scrubbed(data)


class TestFound:
    """What is told of each finding."""

    def test_places(self) -> None:
        """The line is counted from 1 in each stream; of JSON there is a path, too."""
        found: list[tuple[int, str, str]] = []
        scrubber = Scrubber(DEFAULT_POLICY, found=lambda line, hit: found.append((line, hit.rule, hit.path)))
        data = b"one\n" + TEXT + TEXT + b'{"a":{"password":"' + SECRET + b'"}}\nx\n' + TEXT + b"y " * 50_000 + TEXT
        scrubber.feed(data)
        scrubber.end()
        scrubber.feed(TEXT)
        scrubber.end()

        password = "password"
        assert [
            *((2, password, ""), (3, password, ""), (4, password, "a.password"), (6, password, "")),
            *((7, password, ""), (1, password, "")),
        ] == found


class TestChunks:
    """However the bytes come."""

    @given(st.lists(_FRAGMENTS, max_size=12), st.lists(st.integers(0, 2_000), max_size=4))
    def test_anywhere(self, fragments: list[bytes], cuts: list[int]) -> None:
        """What comes out doesn't depend on where a chunk ends."""
        data = b"".join(fragments)
        places = sorted({0, len(data), *(at for at in cuts if at < len(data))})
        chunks = [data[at:end] for at, end in pairwise(places)]

        assert _scrubbed(data) == _scrubbed(*chunks)

    def test_each_byte(self) -> None:
        """Nor does it byte by byte."""
        data = TEXT + b'{"password": "' + SECRET + b'"}\r\n' + b"\n".join(KEY) + b"\n\xff"

        assert _scrubbed(data) == _scrubbed(*_each_byte(data))

    def test_flush(self) -> None:
        """From a pipe each line is passed on as it comes; only the key that isn't ended waits."""
        scrubber = Scrubber(DEFAULT_POLICY)

        assert TEXT.replace(SECRET, MASKED) == scrubber.feed(TEXT) + scrubber.flush()
        assert b"" == scrubber.feed(KEY[0] + b"\n" + BODY[0] + b"\n") + scrubber.flush()
        assert (scrubber.feed(b"the next\nhalf") + scrubber.flush()).endswith(b"[REDACTED:private-key]\nthe next\n")
        assert b"half" == scrubber.end()

    @given(st.lists(_FRAGMENTS, max_size=12))
    @example([BODY[0], KEY[0] + b"\n", KEY[0], TEXT])
    @example([each + b"\n" for each in (KEY[0], BODY[0], KEY[0], BODY[0], KEY[-1])])
    @example([KEY[0] + b"\n", BODY[0] + b"\n", TEXT])
    def test_twice(self, fragments: list[bytes]) -> None:
        """Lines that were scrubbed once stay as they are."""
        once = _scrubbed(b"\n".join(fragments))[0]

        assert once == _scrubbed(once)[0]


class TestFirstLook:
    """The quick look that tells that a line is clean."""

    @given(_VALUES)
    def test_same(self, value: Any) -> None:
        """It says no less than the walk over the value, which a policy with a path always takes."""
        text = json.dumps(value)

        assert JSONMasker(RedactionPolicy(paths=["nowhere"])).mask(text) == JSONMasker(DEFAULT_POLICY).mask(text)

    def test_many_keys(self) -> None:
        """Keys that are known to be clean are remembered up to some thousands, and judged all the same."""
        masker = JSONMasker(DEFAULT_POLICY)
        for at in range(9_000):
            masker.mask(f'{{"k{at}x": 1}}')
        masked = masker.mask(json.dumps({"k1x": 1, "password": SECRET.decode()}))

        assert masked is not None
        assert ["password"] == [each.rule for each in masked.hits]
