"""Personal data, in packs that a policy switches on: off by default, since a log is full of what looks like it."""

from __future__ import annotations

from ipaddress import IPv6Address
from typing import Final

from structlog_enrich.redaction.values.rule import Rule

__all__ = ["PII_RULES"]

# First digits and lengths of the issuers of payment cards.
_ISSUERS: Final = (
    (range(4, 5), 1, {13, 16, 19}),
    (range(51, 56), 2, {16}),
    (range(2221, 2721), 4, {16}),
    (range(34, 35), 2, {15}),
    (range(37, 38), 2, {15}),
    (range(6011, 6012), 4, {16, 19}),
    (range(644, 650), 3, {16, 19}),
    (range(65, 66), 2, {16, 19}),
    (range(3528, 3590), 4, {16, 17, 18, 19}),
    (range(300, 306), 3, {14, 16}),
    (range(36, 37), 2, {14}),
    (range(38, 40), 2, {14, 16}),
    (range(62, 63), 2, {16, 17, 18, 19}),
    (range(50, 51), 2, {16, 18, 19}),
)


def _is_card(text: bytes) -> bool:
    digits = [each - 48 for each in text if 48 <= each <= 57]  # noqa: PLR2004 - the digits of ASCII
    number = "".join(map(str, digits))
    if not any(len(number) in sizes and int(number[:n]) in first for first, n, sizes in _ISSUERS):
        return False
    doubled = (each * 2 - 9 * (each > 4) for each in digits[-2::-2])  # noqa: PLR2004 - Luhn's sum of two digits
    return len(set(digits)) > 1 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_iban(text: bytes) -> bool:
    plain = text.translate(None, b" -").decode("ascii")
    return 15 <= len(plain) <= 34 and int("".join(str(int(each, 36)) for each in plain[4:] + plain[:4])) % 97 == 1  # noqa: PLR2004


def _is_ipv6(text: bytes) -> bool:
    try:
        IPv6Address(text.decode("ascii"))
    except ValueError:
        return False
    return text.count(b":") > 2 or b"::" in text.strip(b":")  # noqa: PLR2004 - a time has two


# Each way begins with a digit of its own, so that only one can match.
_OCTET: Final = r"(?:0|1[0-9]{0,2}|2(?:[0-4][0-9]?|5[0-5]?|[6-9])?|[3-9][0-9]?)"

PII_RULES: Final = {
    "email": (
        Rule(
            "email",
            r"\b[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b",
            ("alice", "@example.com"),
            "https://www.rfc-editor.org/rfc/rfc5322#section-3.4.1",
            ("@",),
            after="[a-z0-9]",
            before=64,
        ),
    ),
    "card": (
        Rule(
            "card",
            r"\b[2-6][0-9]{3}[ -]?[0-9]{4,6}[ -]?[0-9]{4,5}(?:[ -]?[0-9]{1,7})?\b",
            ("4111 1111", " 1111 1111"),
            "https://www.iso.org/standard/70484.html",
            check=_is_card,
        ),
    ),
    "iban": (
        Rule(
            "iban",
            r"\b[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?\b",
            ("GB82 WEST", " 1234 5698 7654 32"),
            "https://www.iso.org/standard/81090.html",
            check=_is_iban,
        ),
    ),
    "ip": (
        Rule(
            "ip",
            rf"\b{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}\b",
            ("192.168.", "0.1"),
            "https://www.rfc-editor.org/rfc/rfc791",
        ),
        Rule(
            "ip",
            r"\b[0-9A-Fa-f]{1,4}:[0-9A-Fa-f:]{1,34}[0-9A-Fa-f](?:\.[0-9]{1,3}){0,3}\b",
            ("2001:db8:", ":1"),
            "https://www.rfc-editor.org/rfc/rfc4291",
            check=_is_ipv6,
        ),
    ),
    "phone": (
        Rule(
            "phone",
            r"\+[1-9](?:[ .()-]{0,2}[0-9]){6,14}\b",
            ("+44 20", " 7946 0958"),
            "https://www.itu.int/rec/T-REC-E.164",
        ),
    ),
}
"""The rules of each pack by its name."""
