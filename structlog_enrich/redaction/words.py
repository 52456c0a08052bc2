"""The words by which a key says that a secret stands under it, and those by which it says that none does.

Data only: `classifier.py` says how they are read.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "ANYWHERE",
    "ENDINGS",
    "FLAGS",
    "HALVES",
    "JOINED_KEYS",
    "KEY_KINDS",
    "METADATA",
    "NOT_A_KEY",
    "NOT_A_PASS",
    "NOT_A_TOKEN",
    "OWNERS",
    "PREPOSITIONS",
    "RULES",
    "TAIL",
    "TRANSPARENT",
    "WHOLE",
]


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


RULES: Final = {
    "access-key": "a cloud or storage account's access key",
    "api-key": "a key that a service is called with",
    "auth": "what a client proves itself with, when it says no more",
    "authorization": "the HTTP header and what it carries",
    "bearer": "a bearer token",
    "card": "the number of a payment card",
    "cookie": "cookies",
    "credential": "credentials of any kind",
    "csrf": "a token against forged requests",
    "cvv": "the check digits of a payment card",
    "encryption-key": "a key that encrypts, signs or derives",
    "jwt": "a JSON web token",
    "key": "a key of unknown use, when its value looks made by a machine",
    "license-key": "a licence or subscription key",
    "mnemonic": "the words that restore a wallet or an account",
    "otp": "a one-time code, or what makes them",
    "password": "a password, passphrase or passcode",
    "pin": "a personal identification number",
    "private-key": "the private half of a pair of keys",
    "secret": "whatever is called secret",
    "secret-key": "a secret key",
    "session": "a session's cookie",
    "signature": "the signature of a signed request",
    "ssn": "a social security number",
    "token": "a token that grants access",
}
"""The id of each rule, and what it masks."""

# Rule and phrases: a phrase is one or more words, `-` between them.
ANYWHERE: Final = {
    "password": (
        "password passwd pwd passphrase pass-phrase passcode pass-code pass-word pass-wd pword passwort kennwort "
        "contrasena contraseña senha wachtwoord haslo motdepasse mot-de-passe пароль 密码 密碼 パスワード 비밀번호"
    ),
    "secret": "secret secrets community-string",
    "private-key": "private-key priv-key privkey",
    "secret-key": "secret-key",
    "access-key": "access-key",
    "api-key": "api-key app-key",
    "ssn": "ssn social-security",
    "card": "credit-card debit-card",
    "cvv": "cvv cvc",
    "mnemonic": "mnemonic-phrase seed-phrase recovery-phrase",
}
"""They speak of a secret wherever in a name they stand, unless the name ends in a word of `METADATA`."""

TAIL: Final = {
    "password": "passwords pass pw",
    "secret": "psk preshared",
    "authorization": "authorization authorization-code authorization-header authorisation",
    "cookie": "cookie cookies cookie-jar",
    "credential": "credential credentials creds",
    "csrf": "csrf xsrf csrf-token xsrf-token csrf-middleware-token anti-forgery-token request-verification-token",
    "jwt": "jwt jwts",
    "otp": "otp totp hotp otp-code verification-code mfa-code recovery-code recovery-codes backup-codes",
    "pin": "pin-code pin-number card-pin user-pin sim-pin account-pin atm-pin security-pin transaction-pin",
    "cvv": "cvn card-verification-value card-verification-code card-security-code",
    "card": "card-number card-no card-num cc-number cc-num card-pan credit-cards",
    "ssn": "ssns",
    "secret-key": "secret-keys",
    "token": "token tokens",
    "session": (
        "sessionid sessid connect-sid aiohttp-session laravel-session ci-session rack-session asp-net-session-id"
    ),
    "signature": "oauth-signature amz-signature goog-signature sas-signature",
}
"""They speak of a secret at the end of a name only: `token`, but not `token_type`."""

WHOLE: Final = {
    "auth": "auth",
    "key": "key",
    "pin": "pin",
    "session": "session user-session symfony",
    "token": "tokens",
}
"""Names so common that the value decides: it is masked when it looks like a secret."""

HALVES: Final = {"auth": "auth authentication", "bearer": "bearer", "mnemonic": "mnemonic", "token": "pat"}
"""Ends of names whose value decides in the same way."""

KEY_KINDS: Final = {
    "api-key": (
        "api apis app application auth authentication authorization admin partner rapidapi functions webhook "
        "integration ingest ingestion write deploy stripe sendgrid mailgun mailchimp twilio openai anthropic "
        "google github gitlab azure aws amz gcp heroku slack algolia mapbox firebase cloudflare datadog dd "
        "newrelic maps "
    ),
    "access-key": "access account",
    "private-key": "private priv rsa ssh dsa ecdsa pgp gpg pem",
    "secret-key": "secret",
    "encryption-key": (
        "encryption encrypt encrypting decryption decrypt signing sign signature aes hmac cipher crypto "
        "cryptographic symmetric shared preshared privacy tls ssl jwt master unseal recovery vault wrapping derivation"
    ),
    "license-key": "license licence subscription activation",
    "session": "session",
}
"""The word before `key` that makes it a secret one, by rule."""

METADATA: Final = _words(
    """
    action age alg algo algorithm alias arn at attempt attempts audience audit author backend bits brand by
    bytes category change changed check checked class client column command comment complete completed config
    configuration count country created date day days deleted description details digits dir directory disabled
    documentation domain done duration email enabled encoder encoding encryption endpoint engine env environment
    error errors event events exists exp expiration expired expires expiry extension failure failures field
    fields file filename fingerprint flow folder form format function generator group handler hasher hashers
    hashing help hint history host hostname hours id identifier ids index info input interval issued issuer
    iterations kid kind label language last leaked length level lifetime limit link list location locked managed
    manager mask masked max message messages metadata metadatas method methods metrics min minimum minutes
    missing mode model modified module ms name names namespace needed nonce note offset on operation optional
    options org organization origin owner page param parameter params parser path paths pattern placeholder
    plugin policies policy port position prefix present process project prompt property provider providers
    purpose quality quota rate rates reason redacted ref reference regex region repo repository request required
    requirement requirements reset resource response result results retries revoked role rotated rotation rounds
    rule rules samesite schema scheme scope scopes score screen seconds section selector sent server service
    settings size source spec stage state stats status storage store strategy strength style subject suffix
    summary support supported template term thumbprint time timeout timestamp title to topic tries ttl type
    types updated uri url urls usage used user username users uuid valid validated validation validator
    validators validity var variable verified version versions volume warning weak width
    """
)
"""A name that ends in one of these tells about a secret and doesn't hold it."""

TRANSPARENT: Final = _words(
    """
    again b64 backup base64 clear cleartext code confirm confirmation confirmed current data decoded decrypted
    default dev encoded encrypted header headers hex live local main new no num number old original pem plain
    plaintext pre prev previous primary prod production qa raw repeat retype sandbox secondary staging str
    string temp temporary test text tmp v val value values
    """
)
"""Last words that change nothing: the value of a password is the password."""

FLAGS: Final = _words(
    """
    allow allows can count disable enable forgot had has have hide is max maximum min minimum need needs no num
    number remember require requires save should show total use uses with
    """
)
"""In a name that holds a number or a yes, one of these stands before the secret."""

NOT_A_TOKEN: Final = _words(
    """
    audio average avg bos budget cache cached cancel cancellation cls completion context continuation cursor
    delimiter eos estimated expected fencing generated idempotency idempotent image input max maximum min
    minimum next num output pad page pagination paging parse parser prev previous prompt public reasoning
    remaining request resume sep skip special stop sync syntax thinking total truncated unexpected unk usage
    used vocab
    """
)
"""With one of these before it, a token is a piece of text or the place to go on from."""

NOT_A_KEY: Final = _words(
    """
    cache correlation foreign idempotency index lookup message object ordering partition primary pub public
    publishable request routing shard sort surrogate trace unique
    """
)
"""With one of these before it, a key finds something or is meant to be known."""

NOT_A_PASS: Final = _words(
    """
    a all band boarding by can did do each every final first full gate high last low multi must next nth one per
    quick render season second single test tests third through to two will
    """
)
"""With one of these before it, a pass isn't short for a password."""

OWNERS: Final = _words(
    """
    account admin app auth basic cert client db default ftp git http imap jdbc key keystore ldap login mail
    master mongo mq my mysql new old oracle pg pop pop3 postgres proxy rabbit redis root server service sftp
    smtp sql ssh store svc sys system temp trust truststore user usr web wifi
    """
)
"""What is written together with a short word for a password: `dbpass`, `userpw`."""

PREPOSITIONS: Final = _words(
    """
    for from in of with
    """
)
"""Words inside a name that divide it: the password *for* the master, a token *in* the text."""

ENDINGS: Final = {
    "password": r"[a-z]*?(?:passphrase|passcode|pa?s{1,3}w[ou]?r?d|pwd)",
    "secret": r"[a-z]+?secret",
    "sessionid": r"[a-z]*?sess(?:ion)?id|aspsessionid[a-z]{8}",
    "csrf": r"[cx]srf(?:[a-z]*token|cookie|value)",
    "credential": r"[a-z]+?credential",
    "cookie": r"[a-z]+?cookie",
    "jwt": r"[a-z]+?jwt",
    "token": r"[a-z]+?token",
}
"""Words written together, `dbpassword`, and how a password is misspelled, by the word that is meant."""

JOINED_KEYS: Final = (
    r"(?P<before>[a-z]*?)(?P<kind>access|account|api|app|auth|encryption|licen[cs]e|master|priv|private|secret|shared"
    r"|signing|subscription)keys?|(?P<short>aes|dsa|hmac|rsa|ssh|p)keys?"
)
"""Kinds of keys written together with `key`; the short ones only by themselves."""
