"""What a request brings along: its caller's trace, its id, and whatever a stranger may send."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from structlog_enrich import current_trace, entry, inject, preset
from structlog_enrich.integrations.asgi import TraceMiddleware

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator

log = structlog.get_logger()

VECTORS = json.loads(Path(__file__).parents[3].joinpath("docs", "w3c-vectors.json").read_text(encoding="ascii"))["rows"]
TRACE_ID, PARENT_ID = "7d3f0c92be614a58a1f4c60e2b9d8135", "c1e5a7093bd2486f"
PARENT = f"00-{TRACE_ID}-{PARENT_ID}-01".encode()
MEGABYTE = 1_000_000


async def relay(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the headers that a call made from here would have."""
    log.info("inside")
    carrier: dict[str, str] = {}
    inject(carrier)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": json.dumps(carrier).encode()})


def sent_on(exchange: Any) -> dict[str, str]:
    """Return the headers that `relay` would have sent."""
    return json.loads(exchange.sent[-1]["body"])  # type: ignore[no-any-return]


class TestTrace:
    """`traceparent` and `tracestate` of a caller."""

    @pytest.mark.parametrize("row", VECTORS, ids=lambda row: row["name"])
    def test_vectors(self, sink: Any, drive: Any, validator: Draft202012Validator, row: dict[str, Any]) -> None:
        """Every case of the published table is continued or restarted as it says, and hands on what it says."""
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in row["headers"]]
        exchange = drive(TraceMiddleware(relay), headers=headers)
        carrier, line = sent_on(exchange), sink.end()
        version, trace_id, span_id, flags = carrier["traceparent"].split("-")

        assert ("00", line["trace_id"], line["span_id"], line["trace_flags"]) == (version, trace_id, span_id, flags)
        assert row["tracestate"] == carrier.get("tracestate")
        assert carrier["traceparent"] == dict(exchange.headers)["traceresponse"]
        assert [] == list(validator.iter_errors(line))
        if row["continues"]:
            assert (row["trace_id"], row["parent_id"], row["trace_flags"]) == (trace_id, line["parent_span_id"], flags)
            assert span_id != row["parent_id"]
        else:
            assert "parent_span_id" not in line
            assert not any(trace_id.encode() in value for _, value in headers)

    @pytest.mark.parametrize("flags", ["00", "01", "02", "03"])
    def test_sampled(self, sink: Any, drive: Any, flags: str) -> None:
        """The sampled flag is handed on and never acted on: there is a line either way."""
        exchange = drive(TraceMiddleware(relay), headers=[(b"traceparent", PARENT[:-2] + flags.encode())])

        assert ["inside", "GET"] == sink.messages()
        assert flags == sink.end()["trace_flags"] == sent_on(exchange)["traceparent"][-2:]

    @pytest.mark.parametrize(
        "headers",
        [
            [
                (b"TraceParent", PARENT),
                (b"TRACESTATE", b"rojo=1"),
                (b"X-Request-Id", b"req-1"),
                (b"User-Agent", b"shop/1"),
            ]
        ],
    )
    def test_capitals(self, sink: Any, drive: Any, headers: Any) -> None:
        """A server that leaves names as they came is understood."""
        exchange = drive(TraceMiddleware(relay), headers=headers)
        line = sink.end()

        assert (TRACE_ID, PARENT_ID, "req-1") == (
            line["trace_id"],
            line["parent_span_id"],
            line["context"]["request_id"],
        )
        assert "rojo=1" == sent_on(exchange)["tracestate"]
        assert "shop/1" == line["span"]["attributes"]["user_agent.original"]

    @pytest.mark.parametrize("second", [PARENT, b"", b"nonsense"])
    @pytest.mark.parametrize("name", [b"traceparent", b"Traceparent"])
    def test_two(self, sink: Any, drive: Any, name: bytes, second: bytes) -> None:
        """Of two traceparent headers neither is believed, whatever the second says."""
        drive(TraceMiddleware(relay), headers=[(b"traceparent", PARENT), (b"a", b"b"), (name, second)])

        assert TRACE_ID != sink.end()["trace_id"]
        assert "links" not in sink.end()

    @pytest.mark.parametrize("by", ["uvicorn", "hypercorn"])
    def test_over_sockets(self, sink: Any, serve: Any, by: str) -> None:
        """A server hands repeated headers over as several, which are one list in their order."""
        headers = [("Traceparent", PARENT.decode()), ("tracestate", "rojo=1"), ("TraceState", ", congo=2")]
        with serve(TraceMiddleware(relay), by=by) as address:
            continued = httpx.get(f"http://{address}/", headers=headers).json()
            restarted = httpx.get(f"http://{address}/", headers=[*headers, ("traceparent", PARENT.decode())]).json()
            first, second = sink.ends(2)

        assert (TRACE_ID, "rojo=1,congo=2") == (first["trace_id"], continued["tracestate"])
        assert {second["trace_id"]} == {restarted["traceparent"][3:35]} != {TRACE_ID}
        assert "tracestate" not in restarted

    def test_link(self, sink: Any, drive: Any, validator: Draft202012Validator) -> None:
        """Under `link` a new trace begins, and its request line points at the caller's."""
        headers = [(b"traceparent", PARENT), (b"tracestate", b"rojo=1")]
        exchange = drive(TraceMiddleware(relay, trust="link"), headers=headers)
        inside, line = sink.lines()

        assert [{"trace_id": TRACE_ID, "span_id": PARENT_ID}] == line["links"]
        assert "links" not in inside
        assert TRACE_ID not in (inside["trace_id"], line["trace_id"], sent_on(exchange)["traceparent"][3:35])
        assert "parent_span_id" not in line
        assert "tracestate" not in sent_on(exchange)
        assert [] == list(validator.iter_errors(line))

    @pytest.mark.parametrize("value", [b"", PARENT[:-1], PARENT.replace(b"7d", b"7D")])
    def test_nothing_to_link(self, sink: Any, drive: Any, value: bytes) -> None:
        """What isn't well-formed is no trace to point at."""
        drive(TraceMiddleware(relay, trust="link"), headers=[(b"traceparent", value)])

        assert "links" not in sink.end()

    def test_inside_another_trace(self, sink: Any, drive: Any) -> None:
        """Where the server runs inside a span, which nobody asked to continue, a request begins its own trace."""
        with entry("serve") as outer:
            drive(TraceMiddleware(relay))

            assert outer.trace == current_trace()
        inside, request, _ = sink.lines()

        assert inside["trace_id"] == request["trace_id"] != outer.trace.trace_id
        assert "GET" == inside["operation"]


class TestRequestId:
    """The id that a caller may give its request."""

    @pytest.mark.parametrize("value", [b"a", b"req-8812", b"01HXYZ.ABC_def-1", b"0" * 128, b"-", b".."])
    def test_kept(self, sink: Any, drive: Any, value: bytes) -> None:
        """Letters, digits, dot, dash and underscore are kept: on every line and on the response."""
        exchange = drive(TraceMiddleware(relay), headers=[(b"x-request-id", value)])

        assert [value.decode()] * 2 == [line["context"]["request_id"] for line in sink.lines()]
        assert value.decode() == dict(exchange.headers)["x-request-id"]

    @pytest.mark.parametrize(
        "value",
        [
            b"",
            b" ",
            b"0" * 129,
            b"a b",
            b"a\n",
            b"\na",
            b"a\r\nset-cookie: a=b",
            b"a\x00",
            b"\xc3\xa9",
            b"\xb2",
            "٣".encode(),
            b"${jndi:ldap://x}",
            b"<script>",
            b"a" * MEGABYTE,
            b"a,b",
            b"a\x1b[2J",
        ],
        ids=lambda value: repr(value[:20]) + str(len(value)),
    )
    def test_replaced(self, sink: Any, drive: Any, value: bytes) -> None:
        """Anything else is replaced by a new one, and nothing of it goes anywhere."""
        exchange = drive(TraceMiddleware(relay), headers=[(b"x-request-id", value)])
        made = dict(exchange.headers)["x-request-id"]

        assert re.fullmatch("[0-9a-f]{32}", made)
        assert [made] * 2 == [line["context"]["request_id"] for line in sink.lines()]
        assert [] == [each for each in exchange.headers if value and value in each[1].encode()]

    def test_new_each_time(self, sink: Any, drive: Any) -> None:
        """Without one each request gets its own, and it isn't the trace's."""
        app = TraceMiddleware(relay)
        made = {dict(drive(app).headers)["x-request-id"] for _ in range(20)}

        assert 20 == len(made)
        assert set() == made & {line["trace_id"] for line in sink.lines()}

    @pytest.mark.parametrize("name", ["X-Correlation-ID", "x-amzn-trace-id", "traceparent-id"])
    def test_another_header(self, sink: Any, drive: Any, name: str) -> None:
        """The header's name can be chosen; the usual one then means nothing."""
        headers = [(b"x-request-id", b"theirs"), (name.lower().encode(), b"req-1")]
        exchange = drive(TraceMiddleware(relay, request_id_header=name), headers=headers)

        assert "req-1" == sink.end()["context"]["request_id"] == dict(exchange.headers)[name.lower()]
        assert "x-request-id" not in dict(exchange.headers)

    def test_reserved_header(self, sink: Any, drive: Any) -> None:
        """A name as long as the others is told apart from them."""
        headers = [(b"tracestat3", b"req-1"), (b"traceparent", PARENT), (b"tracestate", b"rojo=1")]
        exchange = drive(TraceMiddleware(relay, request_id_header="tracestat3"), headers=headers)

        assert ("req-1", TRACE_ID) == (sink.end()["context"]["request_id"], sink.end()["trace_id"])
        assert "rojo=1" == sent_on(exchange)["tracestate"]


HOSTILE = [
    (b"traceparent", PARENT * (MEGABYTE // len(PARENT))),
    (b"traceparent", b"cc-" + PARENT[3:] + b"-" * MEGABYTE),
    (b"tracestate", b"a=1," * (MEGABYTE // 4)),
    (b"tracestate", b"," * MEGABYTE),
    (b"tracestate", b" \t" * (MEGABYTE // 2)),
    (b"x-request-id", b"\xff" * MEGABYTE),
    (b"user-agent", b"Mozilla/5.0 \x1b[31m\xe2\x80\xa8" * (MEGABYTE // 20)),
    (b"a" * MEGABYTE, b"b" * MEGABYTE),
]


class TestHostile:
    """Whatever a stranger, a server or a framework hands over."""

    @pytest.mark.parametrize("header", HOSTILE, ids=lambda header: repr(header[0][:12] + header[1][:4]))
    def test_a_megabyte(
        self, sink: Any, drive: Any, validator: Draft202012Validator, header: tuple[bytes, bytes]
    ) -> None:
        """A header of a megabyte is answered, and its line is as short as any."""
        headers = [header] if header[0] == b"traceparent" else [(b"traceparent", PARENT), header]
        exchange = drive(TraceMiddleware(relay), headers=headers)
        line = sink.end()

        assert (None, 200) == (exchange.error, exchange.status)
        assert len(json.dumps(line)) < 70_000
        assert [] == list(validator.iter_errors(line))

    def test_many(self, sink: Any, drive: Any) -> None:
        """So are ten thousand headers."""
        headers = [(f"x-{number}".encode(), b"1") for number in range(10_000)]
        exchange = drive(TraceMiddleware(relay), headers=[*headers, (b"traceparent", PARENT), *headers])

        assert (200, TRACE_ID) == (exchange.status, sink.end()["trace_id"])

    def test_path(self, sink: Any, drive: Any, validator: Draft202012Validator) -> None:
        """A path that tries to end the line stays within it."""
        drive(TraceMiddleware(relay), "GET", '/a\n{"level":"critical"}\x85\u2028\x1b[2J')

        assert [] == list(validator.iter_errors(sink.end()))
        assert 2 == len(sink.lines())

    @pytest.fixture(autouse=True)
    def _validating(self, validator: Draft202012Validator) -> None:
        # Not as an argument: Hypothesis would write it out with each example.
        self.validator = validator

    _text = st.none() | st.text()
    _anything = st.none() | st.text() | st.binary() | st.integers() | st.lists(st.none() | st.text(), max_size=2)

    @given(
        headers=st.lists(
            st.tuples(
                st.sampled_from([b"traceparent", b"tracestate", b"x-request-id", b"user-agent", b"Traceparent"])
                | st.binary(),
                st.sampled_from([PARENT, b"rojo=1", b"req-1"]) | st.binary(),
            ),
            max_size=8,
        ),
        changed=st.fixed_dictionaries(
            {},
            optional={
                "path": _text | st.just("/quiet"),
                "client": st.none()
                | st.just(())
                | st.lists(_text, min_size=1, max_size=2)
                | st.tuples(_text, st.integers()),
                **dict.fromkeys(("http_version", "scheme", "root_path"), _text),
                # What a framework says, which may be anything.
                **dict.fromkeys(
                    ("path_params", "app_root_path", "path_template", "route", "router", "fastapi"), _anything
                ),
            },
        ),
        method=st.sampled_from(["GET", "POST"]) | st.text(),
        missing=st.sets(
            st.sampled_from(
                ["path", "client", "http_version", "scheme", "root_path", "method", "raw_path", "server", "asgi"]
            )
        ),
    )
    def test_any_scope(self, headers: Any, changed: Any, method: str, missing: set[str]) -> None:
        """Whatever the headers and the rest of the scope are, there is an answer and one valid line."""
        written: list[bytes] = []
        sent: list[Any] = []

        class Written:
            def write(self, data: bytes) -> None:
                written.append(data)

            def flush(self) -> None:
                pass

        async def send(message: Any) -> None:
            sent.append(message)

        structlog.configure(processors=preset(renderer="json"), logger_factory=structlog.BytesLoggerFactory(Written()))  # type: ignore[arg-type]
        scope = {
            "type": "http",
            "method": method,
            "headers": headers,
            "path": "/",
            "client": ("::1", 5),
            "scheme": "http",
            "http_version": "2",
        }
        scope = {name: value for name, value in {**scope, **changed}.items() if name not in missing}
        asyncio.run(TraceMiddleware(relay, quiet=["/quiet"])(scope, None, send))  # type: ignore[arg-type]
        lines = [json.loads(line) for line in b"".join(written).splitlines()]

        assert ["http.response.start", "http.response.body"] == [message["type"] for message in sent]
        assert 2 - (scope.get("path") == "/quiet") == len(lines)
        assert [] == [error for line in lines for error in self.validator.iter_errors(line)]
        assert [] == [line["faults"] for line in lines if "faults" in line]

    @pytest.mark.parametrize(
        "headers",
        [None, (), [[b"traceparent", PARENT]], ((b"traceparent", PARENT),)],
        ids=["none", "empty", "lists", "tuples"],
    )
    def test_headers_of_any_form(self, sink: Any, drive: Any, headers: Any) -> None:
        """Headers may be a list or a tuple of either, or missing."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            await TraceMiddleware(relay)({**scope, "headers": headers}, receive, send)

        exchange = drive(app)

        assert (None, 200) == (exchange.error, exchange.status)
        assert bool(headers) == (TRACE_ID == sink.end()["trace_id"])

    def test_client(self, sink: Any, serve: Any) -> None:
        """The client's address is the one the server saw; what a header claims is a header's claim."""
        app = Starlette(routes=[Route("/", lambda request: JSONResponse(request.client.host))])
        with serve(TraceMiddleware(app), proxy_headers=False) as address:
            httpx.get(f"http://{address}/", headers={"x-forwarded-for": "6.6.6.6", "forwarded": "for=6.6.6.6"})

            assert "127.0.0.1" == sink.end()["span"]["attributes"]["client.address"]
