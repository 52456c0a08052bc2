"""What nobody should send, and somebody always does: each of it twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from structlog_enrich.demo.visit import Visit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from structlog_enrich.demo.visit import Names

__all__ = ["MARK", "hostile"]

MARK: Final = "forged"
"""Stands in every text that was made up to be taken for something else."""

_LINE: Final = '%0D%0A{"level":"critical","message":"forged"}'
_FORM: Final = "00-{}-{}-01"


def hostile(names: Names) -> list[Visit]:
    """Return the visits whose headers, paths and bodies mean harm."""
    return [
        each for _ in range(2) for make in (_no_traces, _odd_states, _no_request_ids, _no_texts) for each in make(names)
    ]


def _no_traces(names: Names) -> Iterator[Visit]:
    what = "hostile: a traceparent that isn't one"
    malformed = ("00-{}-{}-01-more", "ff-{}-{}-01", "00-{}-{}", "00-{}-{}-01\x1b[31mforged", "00-{}x{}-01")
    for form in malformed:
        trace, span = names.caller()
        yield _look(names, what, (b"traceparent", form.format(trace, span).encode()), refused=(trace, span))
    trace, span = names.caller()
    upper = _FORM.format(trace, span).upper().encode()
    yield _look(names, what, (b"traceparent", upper), refused=(trace.upper(), span.upper(), trace, span))
    trace, span = names.caller()
    yield _look(names, what, (b"traceparent", _FORM.format("0" * 32, span).encode()), refused=(span,))
    yield _look(names, what, (b"traceparent", _FORM.format(trace, "0" * 16).encode()), refused=(trace,))
    one, other = names.caller(), names.caller()
    both = [(b"traceparent", _FORM.format(*each).encode()) for each in (one, other)]
    yield _look(names, "hostile: two traceparents", *both, refused=(*one, *other))


def _odd_states(names: Names) -> Iterator[Visit]:
    members = ",".join(f"vendor{number}=forged" for number in range(40))
    for state in (members, "forged=\x07,=,,", f"forged={'x' * 5_000}"):
        caller = names.caller()
        headers = (b"traceparent", _FORM.format(*caller).encode()), (b"tracestate", state.encode())
        yield _look(names, "hostile: a tracestate that isn't one", *headers, caller=caller)


def _no_request_ids(names: Names) -> Iterator[Visit]:
    ids = (
        b"forged\x1b[2J\x07",
        b"forged" * 834,
        b'forged","level":"critical',
        b"forged%0d%0ax-forged: 1",
        b"forged\xff\x85",
    )
    for request_id in ids:
        path = f"/products/{names.sku()}"
        yield Visit("hostile: a request id that isn't one", 200, path=path, headers=((b"x-request-id", request_id),))


def _no_texts(names: Names) -> Iterator[Visit]:
    yield _look(
        names,
        "hostile: a line in the user-agent",
        (b"user-agent", b'\x85{"level":"critical","message":"forged"}\x9b2J'),
    )
    request_id, header = names.request_id()
    path = f"/products/tea{_LINE}"
    yield Visit("hostile: a line in the path", 404, path=path, headers=(header,), request_id=request_id)
    request_id, header = names.request_id()
    what = "hostile: a method that isn't one"
    path = f"/products/{names.sku()}"
    yield Visit(what, 405, method="FORGED", path=path, headers=(header,), request_id=request_id, through_both=False)
    request_id, header = names.request_id()
    card = names.card()
    yield Visit(
        "hostile: an order that names fields of the header",
        201,
        method="POST",
        path="/orders",
        headers=(header,),
        body={**_forged(names), "payment": {"card_number": card}},
        request_id=request_id,
        secrets=(card,),
        masked=("payload.payment.card_number",),
    )


def _look(names: Names, what: str, *headers: tuple[bytes, bytes], **expected: Any) -> Visit:
    request_id, header = names.request_id()
    path = f"/products/{names.sku()}"
    return Visit(what, 200, path=path, headers=(header, *headers), request_id=request_id, **expected)


def _forged(names: Names) -> dict[str, Any]:
    return {
        "sku": names.sku(),
        "quantity": 1,
        "customer_id": 'c-0001\n{"level":"critical","message":"forged"}',
        "event": "forged",
        "level": "forged",
        "service": "forged",
        "trace_id": "forged",
        "seq": -1,
        "span": {"name": "forged"},
        "error": "forged\x1b[2J\u2028",
    }
