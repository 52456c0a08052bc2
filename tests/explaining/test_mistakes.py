"""Nothing is found where nothing is wrong, and the page names whatever is found."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.stdlib import ProcessorFormatter

from structlog_enrich import configure, preset
from structlog_enrich.explaining import enveloped, explain, flat, presence, surroundings
from structlog_enrich.explaining.mistakes import RULE_IDS
from structlog_enrich.processors import HEADER, Envelope, ErrorDetails, Redact, SchemaVersion
from tests.explaining.chains import add_shard, drops, fails

_WRAPS = ProcessorFormatter.wrap_for_formatter


def _from_record(logger: Any, method_name: str, event_dict: Any) -> Any:
    event_dict["thread_name"] = event_dict["_record"].threadName
    return event_dict


def _censors(logger: Any, method_name: str, event_dict: Any) -> Any:
    if event_dict.get("password"):
        event_dict["password"] = "*CENSORED*"
    return event_dict


STRUCTLOGS: list[list[Any]] = [
    [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.StackInfoRenderer(),
        structlog.dev.set_exc_info,
        structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False),
    ],
    [
        structlog.stdlib.filter_by_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        structlog.processors.UnicodeDecoder(),
        structlog.processors.CallsiteParameterAdder(),
    ],
    [
        structlog.contextvars.merge_contextvars,
        structlog.processors.dict_tracebacks,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ],
    [_censors, structlog.stdlib.ExtraAdder(), structlog.processors.EventRenamer("msg")],
]


class TestGoodChains:
    """Nothing is found where nothing is wrong."""

    @pytest.mark.parametrize(
        "options",
        [
            {},
            {"renderer": "json"},
            {"renderer": "console"},
            {"stream": "audit"},
            {"redaction": None},
            {"ids": "otel"},
            {"extra": [add_shard, structlog.stdlib.PositionalArgumentsFormatter()]},
            {"extra": [structlog.processors.UnicodeDecoder(), structlog.dev.set_exc_info]},
            {"extra": [structlog.processors.CallsiteParameterAdder(), structlog.processors.StackInfoRenderer()]},
            {"extra": [drops, fails]},
        ],
    )
    @pytest.mark.parametrize("probe", [{"event": "a probe"}, None], ids=["probed", "unprobed"])
    def test_preset(self, options: dict[str, Any], probe: dict[str, str] | None) -> None:
        """Whatever `preset()` returns has no mistake, run or not."""
        assert () == explain(preset(**options), probe=probe).mistakes

    def test_by_hand(self) -> None:
        """Neither has a chain made by hand, with structlog's merger and its renderer; nor a note."""
        chain = [
            structlog.contextvars.merge_contextvars,
            ErrorDetails(),
            Envelope(),
            Redact(trusted=HEADER),
            SchemaVersion(),
            structlog.processors.JSONRenderer(),
        ]

        assert ((), ()) == explain(chain)[1:]

    @pytest.mark.parametrize("ready", [False, True], ids=["no handle", "handle"])
    def test_configured(self, *, ready: bool) -> None:
        """Nor has what `configure()` sets up, by its handle, by its list, or by nothing at all."""
        with configure(service="tests", framed=False) as handle:
            reports = [explain(handle), explain(handle.processors)] if ready else [explain()]

        assert {((), ())} == {each[1:] for each in reports}
        assert "MergeContext" == reports[0].stages[0].name

    @pytest.mark.parametrize("last", [structlog.processors.JSONRenderer(), structlog.dev.ConsoleRenderer(), _WRAPS])
    @pytest.mark.parametrize("first", STRUCTLOGS, ids=["development", "standard library", "performance", "own"])
    def test_structlogs_own(self, first: list[Any], last: Any) -> None:
        """Nor have the chains of structlog's documentation, whatever finishes them."""
        assert () == explain([*first, last]).mistakes

    def test_structlogs_formatter(self) -> None:
        """Nor what structlog's documentation gives its formatter, by the formatter or by the list."""
        stages = [_from_record, ProcessorFormatter.remove_processors_meta, structlog.dev.ConsoleRenderer()]

        assert () == explain(ProcessorFormatter(processors=stages)).mistakes == explain(stages).mistakes

    def test_structlogs_defaults(self) -> None:
        """Nor have structlog's defaults, of which it is noted what they don't promise."""
        report = explain()

        assert report.ok
        assert ["without Envelope", "without Redact"] == [" ".join(each.split()[:2]) for each in report.notes]
        assert "\n\nNo mistake was found.\n\nNote: without Envelope no line says who wrote it, " in str(report)


class TestPage:
    """The documentation names what is found."""

    def test_has_every_rule(self) -> None:
        """Its table is the list of rules."""
        page = Path(__file__).resolve().parents[2] / "docs" / "explain.md"
        source = "".join(map(inspect.getsource, (presence, flat, enveloped, surroundings)))

        assert set(re.findall(r"""(?:about|Mistake)\("([a-z-]+)\"""", source)) == RULE_IDS
        assert set(re.findall(r"^\| `([a-z-]+)` \|", page.read_text("utf-8"), re.MULTILINE)) == RULE_IDS
