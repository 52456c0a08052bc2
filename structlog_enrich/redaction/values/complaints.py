"""What a validator says of a field, under the field's name: sentences, no values."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["are_complaints", "is_complaint"]

# Ordinary words and short numbers, from a capital to a full stop.
_SENTENCE: Final = rb"[A-Z][a-z]*(?:[ ](?:[a-z]+(?:(?:'|\xe2\x80\x99|-)[a-z]+)?|[A-Z][a-z]*|[0-9]{1,3}),?){2,40}[.!]"
_SENTENCES: Final = re.compile(rb"%b(?:[ ]%b){0,8}" % (_SENTENCE, _SENTENCE))
# What is spoken of, and what is said of it: a passphrase of ordinary words hardly has both.
_NOUN: Final = re.compile(
    rb"(?i)\b(?:fields?|values?|inputs?|data|strings?|characters?|letters?|digits?|length|passwords?|passphrases?|tokens?"
    rb"|codes?|keys?|credentials?)\b"
)
_VERDICT: Final = re.compile(
    rb"(?i)\b(?:required|valid|invalid|blank|null|empty|match|short|long|common|numeric|similar|incorrect|wrong|expired"
    rb"|weak|least|most|missing|allowed|contain|between)\b"
)
_TEXT: Final = re.compile(rb"(?P<escapes>\\{0,15})([\"'])(?P<text>[^\"\\]{1,512}?)(?P=escapes)\2")
_QUOTED: Final = rb"(?:\\{0,15}\"[^\"\\]{1,512}\\{0,15}\"|\\{0,15}'[^'\\]{1,512}\\{0,15}')"
# Django REST framework shows each with its code.
_ERROR: Final = rb"(?:ErrorDetail\(string=)?%b(?:, code=\\{0,15}'[a-z_]{1,64}\\{0,15}'\))?" % _QUOTED
_LIST: Final = re.compile(rb"\[%b(?:, ?%b){0,15}\]" % (_ERROR, _ERROR))


def are_complaints(shown: bytes) -> bool:
    """Tell whether *shown* is a list of nothing but sentences about a field, as JSON or `repr` writes it.

    >>> are_complaints(b"['This field is required.']"), are_complaints(b"['correct horse battery staple']")
    (True, False)
    """
    if not _LIST.fullmatch(shown):
        return False
    texts = [found for found in _TEXT.finditer(shown) if not shown.endswith(b"code=", 0, found.start())]
    return all(is_complaint(found["text"]) for found in texts)


def is_complaint(text: bytes) -> bool:
    """Tell whether *text* is nothing but sentences about a field.

    >>> is_complaint(b"This password is too short. It must contain at least 8 characters.")
    True
    """
    return (
        _SENTENCES.fullmatch(text) is not None and _NOUN.search(text) is not None and _VERDICT.search(text) is not None
    )
