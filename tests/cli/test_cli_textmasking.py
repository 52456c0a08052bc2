"""A policy applied to text, and to lines that have no end in sight."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from structlog_enrich.cli.jsonmasking import Hit
from structlog_enrich.cli.textmasking import TOO_LONG, WINDOW, LongLine, decoded, mask_text
from structlog_enrich.redaction import DEFAULT_POLICY, Fixed, RedactionPolicy

SECRET = b"hunter" + b"2x"
PAIR = b"password=" + SECRET
LEFT = b"password=[REDACTED:password]"
BODY = b"MIIEpAIBAAKCAQEA7v3Q9x2LkR8mN4pT6wYzB1cD5fGhJkLmNpQrStUvWxYz012a"


def pushed(*chunks: bytes, policy: RedactionPolicy = DEFAULT_POLICY) -> tuple[bytes, list[Hit]]:
    """Return what is left of a line that comes in *chunks*, and what was found in it."""
    line = LongLine(policy)
    done = b"".join(part for chunk in chunks for part in line.push(chunk))
    return done + line.end(), line.hits


class TestDecoded:
    """`decoded`."""

    @given(data=st.binary(max_size=200))
    def test_any_bytes(self, data: bytes) -> None:
        """They come back as they were, UTF-8 or not."""
        assert data == decoded(data).encode("utf-8", "surrogateescape")


class TestMaskText:
    """`mask_text`."""

    @pytest.mark.parametrize("data", [b"", b"clean\n", b"\xff\xfe\n", b"\r\n\r\n", "gr\u00fc\u00df".encode()])
    def test_clean(self, data: bytes) -> None:
        """What holds nothing is the same object."""
        left, hits = mask_text(DEFAULT_POLICY, data)
        assert left is data
        assert [] == hits

    def test_places(self) -> None:
        """Each hit says behind how many newlines it stood."""
        data = b"a\n" + PAIR + b"\n\nb " + PAIR + b"\n"
        assert (data.replace(PAIR, LEFT), [(1, Hit("password")), (3, Hit("password"))]) == mask_text(
            DEFAULT_POLICY, data
        )

    def test_other_bytes(self) -> None:
        """Bytes that are no UTF-8 stay beside a marker."""
        assert b"\xff " + LEFT + b" \xfe" == mask_text(DEFAULT_POLICY, b"\xff " + PAIR + b" \xfe")[0]

    def test_strategies(self) -> None:
        """What stands there is the policy's to say; in a dry run it is what stood there."""
        fixed = RedactionPolicy(strategies={"password": Fixed("***")})
        assert (b"password=*** x", [(0, Hit("password"))]) == mask_text(fixed, PAIR + b" x")
        assert (PAIR, [(0, Hit("password"))]) == mask_text(RedactionPolicy(dry_run=True), PAIR)


class TestLongLine:
    """`LongLine`."""

    @pytest.mark.parametrize("size", [0, 1, 100, WINDOW - 1, WINDOW, WINDOW + 1, 3 * WINDOW])
    def test_clean(self, size: int) -> None:
        """Nothing is changed, whatever the length."""
        assert (b"x " * (size // 2), []) == pushed(b"x " * (size // 2))

    @pytest.mark.parametrize("at", [0, 32_700, 32_768, 40_900, 40_960, 41_000, 90_000])
    def test_a_secret(self, at: int) -> None:
        """It is found wherever a window ends, and its neighbours stay."""
        before, after = (b"x" * 9 + b" ") * (at // 10), b" yz" * 20_000
        assert (before + LEFT + after, [Hit("password")]) == pushed(before + PAIR + after)

    @settings(max_examples=20)
    @given(cuts=st.lists(st.integers(0, 54_000), max_size=6))
    def test_in_any_chunks(self, cuts: list[int]) -> None:
        """How the line comes makes no difference."""
        data = (b"x " * 9_000).join([b"", PAIR + b" ", PAIR + b" ", b""])
        places = [0, *sorted(cuts), len(data)]
        chunks = [data[start:end] for start, end in pairwise(places)]
        assert (data.replace(PAIR, LEFT), [Hit("password")] * 2) == pushed(*chunks)

    def test_bounded(self) -> None:
        """What isn't done yet is never more than was pushed last and a window."""
        line = LongLine(DEFAULT_POLICY)
        written = 0
        for number in range(1, 40):
            written += sum(map(len, line.push(b"x " * 5_000)))
            assert WINDOW >= number * 10_000 - written
        assert 390_000 == written + len(line.end())

    def test_a_secret_without_an_end(self) -> None:
        """Where a window can't end the rest is masked, by a rule of its own, and nothing of it comes out."""
        begins = b"a -----BEGIN RSA " + b"PRIVATE KEY----- "
        left, hits = pushed(begins, BODY * 2_000, b" and more")
        assert begins.rstrip() + b"[REDACTED:" + TOO_LONG.encode() + b"]" == left
        assert [Hit(TOO_LONG)] == hits

    def test_no_utf8(self) -> None:
        """Neither a broken character at the end of a window nor any other byte is lost."""
        data = b"\xff\xc3" * 30_000
        assert (data, []) == pushed(data)
        wide = "\u20ac ".encode() * 20_000
        assert (wide, []) == pushed(wide[:40_961], wide[40_961:])
