"""How a key is read: one spelling for what looks alike, and the words it is made of."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

__all__ = ["plain_spelling", "words_of"]

_END: Final = 256

# Letters of other scripts, and Latin ones that don't decompose, which a reader takes for these.
_LOOK_ALIKES: Final = str.maketrans(
    "АВЕКМНОРСТУХІЈЅԌԚԜаеорсухіјѕһԁԛԝктмнвӏΑΒΕΖΗΙΚΜΝΟΡΤΥΧαορνικυχτϲϳɑɡɩıȷłđøħŧƚƿƄꜱꜰᴀʙᴄᴅᴇɢʜɪᴊᴋʟᴍɴᴏᴘʀᴛᴜᴠᴡʏᴢօոսցհ",
    "ABEKMHOPCTYXIJSGQWaeopcyxijshdqwktmhblABEZHIKMNOPTYXaopvikuxtcjagiijldohtlpbsfabcdeghijklmnoprtuvwyzonugh",
)
# They are letters to Unicode and nothing to the eye.
_BLANKS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Me", "Mn"})
_RUNS: Final = re.compile(r"[^\W\d_]+|[0-9]+|[./:]")
_HUMPS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[./:]")
_NAMESPACES: Final = frozenset("./:")


def plain_spelling(key: str) -> str:
    """Return *key* without what tells it from another only to a machine; case and separators stay.

    Compatible forms, accents and look-alikes become the letters they look like, and what can't be seen goes. Of a
    key that is very long only the two ends are left.

    >>> plain_spelling("p\u0430ss\u200bw\u00f6rd"), plain_spelling("\uff21\uff30\uff29-Key")
    ('password', 'API-Key')
    """
    if len(key) > 2 * _END:
        key = f"{key[:_END]} {key[-_END:]}"
    if key.isascii() and key.isprintable():
        return key
    seen = (
        " " if each.isspace() else each
        for each in unicodedata.normalize("NFKD", key)
        if each.isspace() or (unicodedata.category(each) not in _UNSEEN and each not in _BLANKS)
    )
    return "".join(seen).translate(_LOOK_ALIKES)


def words_of(spelling: str, *, humps: bool = True) -> tuple[list[str], int]:
    """Return the words of a plain spelling in lower case, and how many of them only say where the last name stands.

    Words end at separators, at digits and, unless told otherwise, where a capital begins the next one. What stands
    before the last `.`, `/` or `:` is where.

    >>> words_of("X-APIKey"), words_of("aws.secretsManager.v2"), words_of("PassWord", humps=False)
    ((['x', 'api', 'key'], 0), (['aws', 'secrets', 'manager', 'v', '2'], 3), (['password'], 0))
    """
    words: list[str] = []
    place = here = 0
    for word in _parts(spelling, humps=humps):
        if word in _NAMESPACES:
            here = len(words)
            continue
        # `tokens.0` is still the one name, and an index below it.
        if not word.isdigit():
            place = here
        words.append(word)
    return words, place


def _parts(text: str, *, humps: bool) -> list[str]:
    if not humps:
        return _RUNS.findall(text.casefold())
    # One word, though its hump says two.
    text = text.replace("OAuth", "Oauth")
    if text.isascii():
        return [part.lower() for part in _HUMPS.findall(text)]
    parts: list[str] = []
    for run in _RUNS.findall(text):
        # A script without humps, or a word whose humps can't be told.
        parts += [part.lower() for part in _HUMPS.findall(run)] if run.isascii() else [run.casefold()]
    return parts
