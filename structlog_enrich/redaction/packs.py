"""Packs that a policy takes in by `|`: personal data, which no log can do without by default."""

from __future__ import annotations

from typing import Final

from structlog_enrich.exceptions import ConfigurationError
from structlog_enrich.redaction.policy import RedactionPolicy
from structlog_enrich.redaction.values import PII_RULES, Rule

__all__ = ["PACKS", "PII", "Pack", "pack"]

_CHECK_LETTERS: Final = "TRWAGMYFPDXBNJZSQVHLCKE"
_NIE: Final = str.maketrans("XYZ", "012")


def _is_dni(text: bytes) -> bool:
    number = text.decode("ascii").upper().translate(_NIE)
    return _CHECK_LETTERS[int(number[:8]) % 23] == text[-1:].decode().upper()


def _is_ssn(text: bytes) -> bool:
    area, group, serial = text.split(b"-")
    return area not in {b"000", b"666"} and area < b"900" and group != b"00" and serial != b"0000"


_NATIONAL_ID: Final = (
    Rule(
        "national-id",
        r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b",
        ("219-09", "-9999"),
        "https://www.ssa.gov/employer/randomization.html",
        check=_is_ssn,
    ),
    Rule(
        "national-id",
        r"\b(?:[0-9]{8}|[XYZxyz][0-9]{7})[A-HJ-NP-TV-Za-hj-np-tv-z]\b",
        ("1234", "5678Z"),
        "https://www.interior.gob.es/opencms/es/servicios-al-ciudadano/tramites-y-gestiones/dni/",
        check=_is_dni,
    ),
)


class Pack(RedactionPolicy):
    """Add keys and rules to the policy it is joined with by `|`; alone, to the built-in rules.

    Whether those count, and whether it is a dry run, the other one says: only `RedactionPolicy(defaults=False) | pack`
    masks nothing else. So nobody who asks for more gets less.

    >>> vouchers = Pack(keys={"voucher"})
    >>> vouchers.scan("password=hunter2 voucher=V-1")[1], (RedactionPolicy(defaults=False) | vouchers).keys
    (('password', 'voucher'), frozenset({'voucher'}))
    """

    __slots__ = ()

    def __or__(self, other: RedactionPolicy) -> RedactionPolicy:
        """Return a policy that masks what either does, a pack again of two packs."""
        if type(other) is Pack:
            return Pack(keys=self.keys | other.keys, values=(*self.values, *other.values))
        if type(other) is not RedactionPolicy:
            return NotImplemented
        return self._joined(other, defaults=other.defaults, dry_run=other.dry_run)

    def __ror__(self, other: RedactionPolicy) -> RedactionPolicy:
        """Return a policy that masks what either does: asked before the other, whose class this one is made of."""
        if type(other) is not RedactionPolicy:
            return NotImplemented
        return other._joined(self, defaults=other.defaults, dry_run=other.dry_run)


class PII:
    """Hold the packs for personal data.

    `email`, `ip`, `card` (Luhn and the issuers' ranges), `iban` (mod 97), `phone` (international, with a `+`) and
    `national_id` (of the United States and of Spain) look into texts, and mask what stands under such a key too. `all`
    is all of them.

    >>> from structlog_enrich.redaction.policy import DEFAULT_POLICY
    >>> (DEFAULT_POLICY | PII.email).scan("alice@example.com paid")[0], PII.email.scan("password=hunter2")[0]
    ('[REDACTED:email] paid', 'password=[REDACTED:password]')
    """

    email: Final = Pack(keys={"email", "e_mail", "email_address", "mail_address"}, values=PII_RULES["email"])
    ip: Final = Pack(
        keys={"client_ip", "ip", "ip_address", "remote_addr", "remote_ip", "x_forwarded_for", "x_real_ip"},
        values=PII_RULES["ip"],
    )
    card: Final = Pack(keys={"card_number", "credit_card", "pan"}, values=PII_RULES["card"])
    iban: Final = Pack(keys={"iban"}, values=PII_RULES["iban"])
    phone: Final = Pack(
        keys={"mobile", "mobile_number", "msisdn", "phone", "phone_number", "telephone"},
        values=PII_RULES["phone"],
    )
    national_id: Final = Pack(
        keys={"national_id", "national_insurance_number", "passport_number", "social_security_number", "tax_id"},
        values=_NATIONAL_ID,
    )
    all: Final = email | ip | card | iban | phone | national_id


PACKS: Final = ("email", "ip", "card", "iban", "phone", "national_id", "all")
"""The names of all packs."""


def pack(name: object) -> RedactionPolicy:
    """Return a pack by its name in a file.

    Raises:
        ConfigurationError: There is none of that name.

    >>> pack("email") is PII.email
    True
    """
    if name not in PACKS:
        raise ConfigurationError("packs", f"must be of {', '.join(PACKS)}", received=f"{name!r:.80}")
    found: RedactionPolicy = getattr(PII, str(name))
    return found
