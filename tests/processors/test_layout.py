"""What a person sees of a line."""

from __future__ import annotations

from typing import Any

import pytest

from structlog_enrich.processors.colours import plain
from structlog_enrich.processors.layout import Layout

LINE = {"timestamp": "2026-11-22T04:48:00.000123Z", "level": "info", "message": "paid", "service": "till"}

NARROW = """\
04:48:00.000Z info
    paid
    order_id=o-118822
    note="left at the
    door" trace=4bf92f35"""


def marked(colour: str, text: str) -> str:
    """Return *text* between marks that say its colour."""
    return f"<{colour}:{text}>" if text else ""


class TestLayout:
    """`Layout`."""

    def test_what_begins_a_process(self) -> None:
        """The list of its stages, which is for programs, fills no screen; that of anyone else's line is shown."""
        line = {"level": "info", "message": "log.start", "payload": {"level": "info", "processors": ["Envelope"]}}

        assert "info     log.start level=info" == Layout(plain)({**line, "event_name": "log.start"})
        assert 'info     log.start level=info processors=["Envelope"]' == Layout(plain)(line)

    def test_all_of_it(self) -> None:
        """Time, level, service, message, context, payload, what befell it, logger, trace; then stack and error."""
        line = LINE | {
            "logger": "shop",
            "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
            "span_id": "00f067aa0ba902b7",
            "boot_id": "9f1c2ab4d07e6613",
            "context": {"request_id": "r-1"},
            "payload": {"n": [1], "stack": "Stack (most recent call last):"},
            "error": {"type": "ValueError", "message": "no"},
            "gap": {"count": 3},
            "truncated": ["payload.note:max_string"],
            "faults": ["a:B"],
        }

        assert (
            "<2:04:48:00.000Z> <32:info>     <35:till> <1:paid> <2:request_id=>r-1 <36:n=>[1]"
            ' <33:gap=>{"count":3} <33:truncated=>["payload.note:max_string"] <33:faults=>["a:B"]'
            " <2:logger=>shop <2:trace=4bf92f35>\n"
            "<2:Stack (most recent call last):>\n<1;31:ValueError>: no"
        ) == Layout(marked, service=True)(line)

    @pytest.mark.parametrize(
        ("level", "shown"),
        [
            ("debug", "<34:debug>    paid"),
            ("warning", "<33:warning>  paid"),
            ("error", "<31:error>    paid"),
            ("critical", "<1;37;41:critical> paid"),
            ("odd", "<33:odd>      paid"),
            ("very odd indeed", "<33:very odd indeed> paid"),
        ],
    )
    def test_levels(self, level: str, shown: str) -> None:
        """Each level has its colour, and messages stand in one column."""
        line = {"level": level, "message": "paid"}

        assert shown == Layout(marked)(line).replace("<1:paid>", "paid")

    def test_outside_of_a_span(self) -> None:
        """The trace of a whole process is of no use on each of its lines."""
        outside = {"trace_id": "4bf92f35", "span_id": "9f1c2ab4d07e6613", "boot_id": "9f1c2ab4d07e6613"}

        assert "04:48:00.000Z info     paid" == Layout(plain)(LINE | outside)

    def test_services_in_a_column(self) -> None:
        """The column is as wide as the widest so far, and no wider than 20."""
        layout = Layout(plain, service=True)
        found = [
            layout({"level": "info", "message": "x", "service": each}) for each in ("till", "checkout", "a", "s" * 30)
        ]
        found.append(layout({"level": "info", "message": "x"}))

        assert [
            "info     till x",
            "info     checkout x",
            "info     a        x",
            f"info     {'s' * 30} x",
            f"info     {' ' * 20} x",
        ] == found

    @pytest.mark.parametrize(
        ("today", "shown"), [(None, "04:48"), ("2026-11-22", "04:48"), ("2026-11-23", "2026-11-22 04:48")]
    )
    def test_the_date(self, today: str | None, shown: str) -> None:
        """A line of another day says so, where somebody said what day it is."""
        assert f"{shown}:00.000Z info     paid" == Layout(plain, today=today)(LINE)

    @pytest.mark.parametrize(
        ("span", "shown"),
        [
            ({"phase": "start"}, "<2:start>"),
            ({"phase": "end", "duration_ms": 1.5, "status": "ok"}, "(<32:ok>, 1.5 ms)"),
            ({"duration_ms": 1.5, "status": "error"}, "(<1;31:error>, 1.5 ms)"),
            ({"duration_ms": 1.5, "status": "error", "outcome": "timeout"}, "(<1;31:timeout>, 1.5 ms)"),
            ({"duration_ms": 1, "attributes": {"http.response.status_code": 200}}, "(<32:200>, 1 ms)"),
            ({"duration_ms": 1, "attributes": {"http.response.status_code": 404}}, "(<33:404>, 1 ms)"),
            ({"duration_ms": 1, "attributes": {"http.response.status_code": 500}}, "(<1;31:500>, 1 ms)"),
            ({"duration_ms": 1, "attributes": {"http.response.status_code": "odd"}}, "(<32:odd>, 1 ms)"),
        ],
    )
    def test_how_a_span_went(self, span: dict[str, Any], shown: str) -> None:
        """What went wrong is seen by its colour."""
        assert f"<32:info>     <1:GET /> {shown}" == Layout(marked)({"level": "info", "message": "GET /", "span": span})

    @pytest.mark.parametrize(
        ("width", "shown"),
        [
            (90, '04:48:00.000Z info     paid order_id=o-118822 note="left at the door" trace=4bf92f35'),
            (72, '04:48:00.000Z info     paid order_id=o-118822 note="left at the door"\n{}trace=4bf92f35'),
            (50, '04:48:00.000Z info     paid order_id=o-118822\n    note="left at the door" trace=4bf92f35'),
            (24, NARROW),
            (12, '04:48:00.000\nZ info\npaid order_i\nd=o-118822\nnote="left\nat the door"\ntrace=4bf92f\n35'),
        ],
        ids=[90, 72, 50, 24, 12],
    )
    def test_of_a_width(self, width: int, shown: str) -> None:
        """What doesn't fit goes on below the message, and on a narrow terminal nearer to its edge."""
        line = LINE | {"payload": {"order_id": "o-118822", "note": "left at the door"}}
        line |= {"trace_id": "4bf92f35", "span_id": "00f067aa"}

        assert shown.format(" " * 23) == Layout(plain)(line, width)

    def test_a_stack_of_a_width(self) -> None:
        """It is laid out with the line."""
        error = {"type": "ValueError", "message": "no rate for it"}
        line = {"level": "error", "message": "no", "error": error}
        line["payload"] = {"stack": "Stack (most recent call last):"}

        assert ("error    no\nStack (most recent\n    call last):\nValueError: no rate\n    for it") == Layout(plain)(
            line, 20
        )

    def test_one_event_is_one_line(self) -> None:
        """Where nobody says how wide a row is, however many lines its texts have."""
        found = Layout(plain)(LINE | {"message": "a\nb", "payload": {"note": "c\nd", "wide": "x" * 1_000}})

        assert f'04:48:00.000Z info     a\\u000ab note="c\\nd" wide={"x" * 1_000}' == found
