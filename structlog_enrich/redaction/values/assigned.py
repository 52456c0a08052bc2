"""Secrets named by a key inside free text: `key=value`, JSON, a dict's repr, headers, options, XML, prose."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.redaction.values.complaints import are_complaints
from structlog_enrich.redaction.values.containers import container_end, list_end
from structlog_enrich.redaction.values.cookies import cookie_values
from structlog_enrich.redaction.values.enclosed import value_beside
from structlog_enrich.redaction.values.expressions import is_expression
from structlog_enrich.redaction.values.quoting import closing, closing_bracket, opening
from structlog_enrich.redaction.values.shapes import ends_escape, entropy, is_opaque, is_placeholder, matched_to
from structlog_enrich.redaction.values.statements import is_column
from structlog_enrich.redaction.values.words import DESCRIBING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Assignments"]

_REST = re.compile(rb"[A-Za-z0-9_.\-\x80-\xff]{0,64}")
_KEY: Final = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-" + bytes(range(128, 256))
_SPACE: Final = frozenset({b" ", b"\t", b"\n", b"\r"})
_COLOUR: Final = rb"(?:\x1b\[[0-9;]{0,16}m){0,4}"
_COLOURS_BEHIND = re.compile(rb"(?:\x1b\[[0-9;]{0,16}m)+\Z")
_COLOURS = re.compile(rb"\x1b\[[0-9;]{0,16}m")
# What else may stand within a quoted key: `"api key"`.
_WORDS_BEFORE = re.compile(rb"[\"']((?:[A-Za-z0-9_-]{1,32}[ ]){0,3})\Z")
_WORDS_BEHIND = re.compile(rb"(?:[ ][A-Za-z0-9_-]{1,32}){0,3}(?=\\{0,15}[\"'][ \t]{0,8}[:=])")
# A percent-encoded letter, encoded again and again, and what is assigned by such a sign.
_ESCAPED = re.compile(rb"%(?:25){0,3}[0-9A-Fa-f]{2}")
_ENCODED_VALUE = re.compile(rb"(?:[^\s,;&\"'<>`%]|%(?!(?:25){0,3}(?:2[36CcBb]|3[Bb]|0[ADad]))){1,1024}")
# A letter of a key as a URL or JSON may spell it.
_ESCAPE = re.compile(rb"%([2-7][0-9A-Fa-f])|\\{1,4}u00([2-7][0-9A-Fa-f])")
_BYTE = re.compile(rb"\\{1,15}x[0-9A-Fa-f]{2}")
_MANY_BYTES: Final = 8
_ESCAPED_LETTER = re.compile(rb"(?:%|\\u00)(?:[46][1-9A-Fa-f]|[57][0-9Aa])")
_SPELLED = re.compile(rb"(?:[A-Za-z0-9_.-]|%[2-7][0-9A-Fa-f]|\\{1,4}u00[2-7][0-9A-Fa-f]){0,96}")
# `name: DB_PASSWORD` before `value: …`.
_NAMING = re.compile(rb"(?i:name|key)[\"']?[ \t]{0,8}[=:][ \t]{0,8}[\"']?\Z")
# After a sign with no blank before it, the next assignment: the value is empty.
_EMPTY = re.compile(rb"=[ \t]+[A-Za-z_][A-Za-z0-9_.-]{0,63}=[^=\s]")
_ENDS_CODE = re.compile(rb"[\"'`]\s{0,8}(?:[),;\]}+.]|\Z)")
_MNEMONIC = re.compile(rb"(?:[a-z]{3,8}[ ,]{1,2}){11,23}[a-z]{3,8}")
_OPERATOR = re.compile(
    _COLOUR + rb"(?P<close>\\{0,15}[\"'`])?[\])}]{0,2}"
    rb"(?:(?P<pair>[ \t]{0,8},?\s{0,32}\\?[\"']?(?i:value)\\?[\"']?[ \t]{0,8}[=:][ \t]{0,8})"
    rb"|(?P<encoded>%(?:25){0,3}3[Dd])"
    rb"|[ \t]{0,32}" + _COLOUR + rb"(?P<sign>[:=!?|]{0,3}[=:]>?|->|\|\|)" + _COLOUR + rb"[ \t]{0,64}"
    rb"|(?P<tag>>)"
    rb"|[ \t]{0,8}(?P<comma>,)\s{0,64}"
    rb"|(?P<call>\()[ \t]{0,8}"
    rb"|[ \t]{1,32}(?:(?P<prose>is|for (?:the )?(?:user )?[\"'][^\"']{1,64}[\"'] is)[ \t]{1,8})?"
    rb")"
)
_NEXT_LINE = re.compile(rb"(?P<block>[|>][+-]?[ \t]{0,8})?\r?\n[ \t]{0,64}(?P<item>-[ \t]{1,8})?")
_OPTION = re.compile(rb"--?([A-Za-z][A-Za-z0-9_.-]{0,63})(?:=|[ \t]{1,8})")
_SCHEME = re.compile(
    rb"(?i:bearer|basic|digest|(?:api-?)?token|apikey|api-key|key|ssws|negotiate|ntlm|hawk|oauth|aws4-hmac-sha256|dpop)"
    rb"[ \t]{1,8}"
)
_PARAMETERS = re.compile(rb"(?:[A-Za-z_-]{1,32}=(?:\"[^\"]{0,1000}\"|[^\s,\"']{0,1000}),?[ \t]{0,4}){2,32}")
_BARE = re.compile(rb"[^\s,;&\"'<>`]{1,1024}")
_REMAINDER = re.compile(rb"[^\s,;&\"'<>`]*")
_LINE = re.compile(rb"[^\r\n]{0,4096}")
# What stands under a service's name is masked from here on, in bits a byte.
_LEAST_ENTROPY: Final = 2.9
_LITTLE_A: Final = 97
_SHORT_NUMBER = re.compile(rb"[1-9][0-9]{0,3}")
_STRONG = re.compile(rb"(?i)pass|pwd|secret|authorization|cookie|private|mnemonic")
_SPOKEN = re.compile(rb"([A-Za-z]{2,24})[ ]\Z")
_PLAIN = re.compile(rb"[a-z_]+(?:\.[a-z_]+)+|/[\w./-]*|\.{1,2}/.*|[a-z_.]+\(.*", re.DOTALL | re.IGNORECASE)
# An object that Java or Python wrote: its class, then what is in it or where it is.
_OBJECT = re.compile(rb"(?:[a-z0-9_]+\.)*[A-Z][A-Za-z0-9_.$]*(?:[{(]|@[0-9a-f]{4,16})|[a-z]+(?:-[a-z]+)+\Z")
# What a sentence goes on with behind a word, and code behind a colon.
_SENTENCE: Final = frozenset(
    b"a an and are as at can cannot contains does doesn't field for from has have if in is isn't may must no not of or"
    b" pass please raise return should that the this to too value was were will with yield".split()
)
_RANDOM = re.compile(rb"[A-Za-z0-9_=+/.-]{16,}")
_PATH = re.compile(rb"[/\\{|]")
# What stands around a value without being of it: breaks as a `repr` or JSON writes them, and what can't be printed.
_BREAK: Final = rb"(?:\\{1,15}(?:[abfnrtv]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})|[\x00-\x20\x7f])"
_BREAKS_BEFORE = re.compile(rb"(?:\\{1,15}[nrt]|[\x00-\x20\x7f]){1,8}")
_BREAKS_BEHIND = re.compile(rb"%b{1,8}\Z" % _BREAK)
_UP_TO_BREAK = re.compile(rb"([A-Za-z0-9_=+/.-]{16,}+)%b" % _BREAK)


class Assignments:
    """Find what is assigned to a key that *classify* names.

    Args:
        classify: Returns the id of the rule that masks what stands under a key, or None when nothing does.
        providers: Lower-case names of services. What is assigned to a key with one is masked when it looks random.
        judge: Has the last word where *classify* named a rule; see `Scanner`.
        allows: Tells whether a key is one of those that are never masked; see `Scanner`.
    """

    __slots__ = ("_allows", "_cache", "_classify", "_judge", "_providers")

    def __init__(
        self,
        classify: Callable[[str], str | None],
        providers: Iterable[str],
        judge: Callable[[str, Any], str | None] | None = None,
        allows: Callable[[str], bool] | None = None,
    ) -> None:
        self._classify = classify
        self._judge = judge
        self._allows = allows
        self._providers = re.compile("|".join(map(re.escape, providers)).encode() or rb"[^\x00-\xff]")
        self._cache: dict[bytes, str | None] = {}

    def find(self, data: bytes, at: int) -> list[tuple[int, int, str]]:
        """Return what is assigned to the key around *at*."""
        start, end = self._place(data, at)
        # `-Dkey=value` defines a property for a Java process.
        return self._assigned(data, data[start + 2 * data.startswith(b"-D", start) : end].strip(b".-"), start, end)

    def find_escaped(self, data: bytes, at: int) -> list[tuple[int, int, str]]:
        """Return what is assigned to the key around *at* that is spelled with escapes: of a URL, of JSON."""
        window = data[max(0, at - 192) : at]
        start = at - len(window) + len(window.rstrip(_KEY + b"%\\"))
        # The first letter of a key that is escaped leads to all of it.
        if _ESCAPED_LETTER.search(data, start, at):
            return []
        end = matched_to(_SPELLED, data, start)
        key = _ESCAPE.sub(lambda found: bytes((int(found[1] or found[2], 16),)), data[start:end])
        return self._assigned(data, key, start, end)

    def _assigned(self, data: bytes, key: bytes, start: int, end: int) -> list[tuple[int, int, str]]:
        operator = _OPERATOR.match(data, end)
        # `Key (a, b)=(1, 2)`: a report that names its columns first.
        if operator is None or data.startswith(b")=(", end) or b"-----" in key or _EMPTY.match(data, end):
            return []
        rule, must_be_opaque = self._rule_of(key), False
        escaped = start and data.startswith(b"\\", start - 1) and ends_escape(data, start + 1)
        if escaped and (rule is None or self._rule_of(key[1:]) == ""):
            # `\\npassword=`: the letter of a break stands against the key.
            key = key[1:]
            rule = self._rule_of(key)
        if rule != "" and key == b"key" and data[start - 1 : start] in {b"?", b"&"}:
            rule, must_be_opaque = "query-key", True
        if rule is None and (spoken := _SPOKEN.search(data, max(0, start - 26), start)):
            rule = self._rule_of(spoken[1] + b"_" + key)
            key = spoken[1] + b"_" + key if rule else key
        if rule is None:
            rule, must_be_opaque = self._unnamed(key, data, start), True
        if not rule:
            return []
        # In a path, an ARN or a selector a word is a step, not a key.
        if (
            data[start - 1 : start] in {b":", b"/"}
            and data.startswith(b":", end)
            and data[end + 1 : end + 2] not in _SPACE
        ):
            return []
        if start and data.startswith(b"/", start - 1) and data.startswith(b":", end):
            return []
        at = operator.end()
        kind = operator.lastgroup
        if kind == "tag":
            if not data.startswith(b"<", start - 1) or not start:
                return []
            stop = data.find(b"<", at, at + 2_048)
            value = data[at:stop] if stop > at else b""
            return [(at, stop, rule)] if value.strip() and not is_placeholder(value.strip()) else []
        if kind == "sign" and (line := _NEXT_LINE.match(data, at)):
            if not (line["block"] or line["item"] or data[line.end() : line.end() + 1] in {b'"', b"'"}):
                return []
            at = line.end()
        quote = opening(data, at)
        if quote:
            if kind == "comma" and (operator["close"] is None or is_column(data, start, end)):
                return []
            stop = closing(data, at + len(quote), quote)
            if quote == b"`" and b" " in data[at:stop]:
                return []
            if not operator["close"] and data[start - 1 : start] == quote and _ENDS_CODE.match(data, at):
                # `"password: ")`: the quote ends what began before the key.
                return []
            loose = kind not in {"sign", "pair"}
            return self._judged(key, rule, data, at + len(quote), stop, loose=loose, opaque=must_be_opaque)
        if kind == "encoded":
            stop = matched_to(_ENCODED_VALUE, data, at)
            return self._judged(key, rule, data, at, stop, loose=False, opaque=must_be_opaque, bare=True)
        if kind == "pair" and not _NAMING.search(data, max(0, start - 24), start):
            return []
        if kind in {"prose", "sign", "pair"} and is_expression(key, data, start, at):
            return []
        if not must_be_opaque and (span := self._contained(key, data, at, operator)):
            return [(*span, rule)]
        if kind not in {"sign", "prose", "pair"}:
            beside = value_beside(key, data, start, end)
            return [(*beside, rule)] if beside and not must_be_opaque else []
        if operator["close"] and kind == "sign" and data.startswith((b"{", b"[{", b"[["), at):
            if must_be_opaque or not self._holds_secrets(key):
                return []
            return [(at, closing_bracket(data, at, len(operator["close"]) - 1), rule)]
        if data.startswith(b"[", at):
            end = list_end(data, at)
            inner = data[at:end].strip(b"[] \t\"'")
            if not inner or inner.startswith(b"REDACTED:") or must_be_opaque or is_placeholder(inner):
                return []
            if are_complaints(data[at:end]):
                return []
            return [(at + 1, end - data.endswith(b"]", at, end), rule)]
        if data.startswith((b"{", b"("), at) and not _STRONG.search(key):
            return []
        if "cookie" in rule and (span := _in_form(data, start, at)):
            return [(*span, rule)]
        stop = self._bare_end(data, at, rule)
        sign = operator["sign"] or b""
        loose = kind == "prose" or b":" in sign or sign in {b"==", b"!="}
        return self._judged(key, rule, data, at, stop, loose=loose, opaque=must_be_opaque or kind == "prose", bare=True)

    def _contained(self, key: bytes, data: bytes, at: int, operator: re.Match[bytes]) -> tuple[int, int] | None:
        """Return where the container or object at *at* stands that holds a secret, as its `repr` shows it."""
        kind = operator.lastgroup
        if kind not in {"sign", "pair", "comma"} or (kind == "comma" and operator["close"] is None):
            return None
        if kind != "comma" and data.startswith(b"[", at):
            return None
        # A `repr` has a quoted key, or no blank around its sign; code may have any.
        shown = operator["close"] is not None or operator[0] == b"="
        end = container_end(data, at, sure=shown and kind != "comma")
        return (at, end) if end > at and self._holds_secrets(key) else None

    def _holds_secrets(self, key: bytes) -> bool:
        # What a whole object is under is judged like the object itself: as no text.
        return self._judge is None or self._judge(key.decode("utf-8", "replace"), {}) is not None

    def find_option(self, data: bytes, at: int) -> list[tuple[int, int, str]]:
        """Return the value of the command line option that begins at *at*."""
        if at and data[at - 1] not in b" \t\n\"'`([":
            return []
        found = _OPTION.match(data, at)
        if found is None:
            return []
        rule = self._rule_of(found[1])
        start = found.end()
        if not rule or data.startswith(b"-", start):
            return []
        quote = opening(data, start)
        stop = closing(data, start + len(quote), quote) if quote else self._bare_end(data, start, rule, option=True)
        return self._judged(found[1], rule, data, start + len(quote), stop, loose=False, opaque=False, bare=not quote)

    def find_short_option(self, data: bytes, at: int) -> list[tuple[int, int, str]]:
        """Return the value of the option with one dash whose blank stands at *at*."""
        return self.find_option(data, at + 1)

    def _place(self, data: bytes, at: int) -> tuple[int, int]:
        """Return where the key around *at* begins and ends."""
        window = data[max(0, at - 64) : at]
        start = at - len(window) + len(window.rstrip(_KEY))
        if b"\x1b" in window:
            start = max((start, *(each.end() for each in _COLOURS.finditer(data, max(0, start - 20), at))))
        if start and data.startswith(b"%", start - 1):
            start = matched_to(_ESCAPED, data, start - 1)
        end = matched_to(_REST, data, at)
        before = _WORDS_BEFORE.search(data, max(0, start - 100), start)
        behind = _WORDS_BEHIND.match(data, end) if before else None
        if before and behind and self._rule_of(data[before.start(1) : behind.end()]) is not None:
            return before.start(1), behind.end()
        return start, end

    def _bare_end(self, data: bytes, at: int, rule: str, *, option: bool = False) -> int:
        scheme = _SCHEME.match(data, at)
        if scheme is not None:
            parameters = _PARAMETERS.match(data, scheme.end())
            if parameters is not None:
                return parameters.end()
            at = scheme.end()
        if "cookie" in rule and not option:
            return matched_to(_LINE, data, at)
        if rule == "mnemonic" and (words := _MNEMONIC.match(data, at)):
            return words.end()
        found = _BARE.match(data, at)
        if found is None:
            return at
        end = at + len(found[0].rstrip(b")]}.,\\"))
        colours = _COLOURS_BEHIND.search(data, max(at, end - 64), end)
        return colours.start() if colours else end

    def _judged(
        self, key: bytes, rule: str, data: bytes, start: int, end: int, *, loose: bool, opaque: bool, bare: bool = False
    ) -> list[tuple[int, int, str]]:
        if "cookie" in rule:
            return [(start + a, start + b, rule) for a, b in cookie_values(data[start:end])]
        scheme = _SCHEME.match(data, start, end)
        if scheme is not None:
            start = scheme.end()
        value = _without_breaks(data[start:end].strip())
        if bare and (ended := _UP_TO_BREAK.match(value)) and (opaque or not is_placeholder(ended[1])):
            value = ended[1]
        if not value or is_placeholder(value):
            return []
        value = value[:512]
        if b"\\x" in value:
            # Of bytes in a `repr` what is no text hides how random the rest looks, and much of it is random itself.
            value, hidden = _BYTE.subn(b"", value)
            loose = loose and hidden < _MANY_BYTES
        if opaque and not (_RANDOM.fullmatch(value) and entropy(value) > _LEAST_ENTROPY and is_opaque(value)):
            return []
        if loose and bare and value.lower() in _SENTENCE:
            return []
        if loose and not _STRONG.search(key):
            if (
                _PLAIN.fullmatch(value)
                or _OBJECT.match(value)
                or not ((is_opaque(value) and not _PATH.search(value)) or _is_random(value))
            ):
                return []
        elif (bare and not _STRONG.search(key) and _OBJECT.match(value)) or (
            bare and _PLAIN.fullmatch(value) and not is_opaque(value)
        ):
            return []
        if (loose or key.lower() in _PAIRED) and not bare and _named_like_a_key(value) and self._rule_of(value):
            return []
        if not opaque and self._judge is not None:
            # A short number is one; a longer one may be a secret that happens to have only digits.
            given = int(value) if bare and _SHORT_NUMBER.fullmatch(value) else value.decode("utf-8", "replace")
            if self._judge(key.decode("utf-8", "replace"), given) is None:
                return []
        if bare and end - start > 1_000:  # noqa: PLR2004 - nearly what is looked at
            end = matched_to(_REMAINDER, data, end)
        return [(start, end, rule)]

    def _rule_of(self, key: bytes) -> str | None:
        """Return the rule of a key, "" of one that is allowed: that is settled, whatever word stands before it."""
        try:
            return self._cache[key]
        except KeyError:
            pass
        name = key.decode("utf-8", "replace")
        allowed = self._allows is not None and self._allows(name)
        rule = "" if allowed else self._classify(name) if key else None
        if len(self._cache) >= 4_096:  # noqa: PLR2004 - a bound, as good as any
            self._cache.clear()
        self._cache[key] = rule
        return rule

    def _unnamed(self, key: bytes, data: bytes, start: int) -> str | None:
        lowered = key.lower()
        named = self._providers.search(lowered)
        # `etsy` isn't in `SetSysctl`: a word begins the key, follows what is no letter, or begins with a capital.
        if (
            named
            and (not key[: named.start()][-1:].isalpha() or key[named.start()] < _LITTLE_A)
            and not lowered.endswith(DESCRIBING)
        ):
            return "provider-key"
        return None


def _in_form(data: bytes, start: int, at: int) -> tuple[int, int] | None:
    """Return where the value of a form's or a query's field stands at *at*; None where it is in neither."""
    end = matched_to(_REMAINDER, data, at)
    fields = data[start - 1 : start] in {b"?", b"&"} or data.startswith(b"&", end)
    return (at, end) if fields and end > at and not data.startswith(b"[REDACTED:", at) else None


def _without_breaks(value: bytes) -> bytes:
    if b"\\" not in value and value.isascii() and value[:1] > b" " < value[-1:]:
        return value
    value = value[matched_to(_BREAKS_BEFORE, value, 0) :]
    behind = _BREAKS_BEHIND.search(value, max(0, len(value) - 64))
    return value[: behind.start()] if behind else value


def _is_random(value: bytes) -> bool:
    return _RANDOM.fullmatch(value) is not None and value.lower() != value.upper()


def _named_like_a_key(value: bytes) -> bool:
    return value.replace(b"_", b"").replace(b"-", b"").isalpha()


_PAIRED: Final = (b"key", b"secretkey")
