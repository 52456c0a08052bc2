"""Where an event may leave."""

from __future__ import annotations

import os
import pathlib
import platform
import sqlite3
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from opentelemetry._logs import SeverityNumber

from structlog_enrich import ConfigurationError, preset
from structlog_enrich.explaining import explain
from structlog_enrich.processors import Guarded, Redact
from tests.explaining.chains import ERRORS, RENDERER, chain_with, found, in_memory, only, without

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _hook(sent: list[Any]) -> Any:
    requests = ModuleType("requests")
    requests.post = sent.append  # type: ignore[attr-defined]
    namespace: dict[str, Any] = {"__name__": "shop.hooks", "requests": requests}
    exec(
        "class Hook:\n"
        "    def _post(self, event):\n"
        "        requests.post(event)\n"
        "    def __call__(self, logger, method_name, event_dict):\n"
        "        self._post(event_dict)\n"
        "        return event_dict\n",
        namespace,
    )
    return namespace["Hook"]()


class TestExportBeforeRedaction:
    """Nothing leaves unmasked."""

    def test_before(self) -> None:
        """An export sees what isn't masked yet; it is named, and isn't run."""
        sent: list[Any] = []
        mistake = only(preset(extra=[in_memory(sent)()]))

        assert ("export-before-redaction", (2,)) == mistake[:2]
        assert "Sentry" in mistake.problem
        assert [] == sent

    @pytest.mark.parametrize(
        "make",
        [
            lambda exporter: exporter(),
            lambda exporter: exporter().__call__,
            lambda exporter: partial(exporter(), None),
            lambda exporter: type("Mine", (exporter,), {"__module__": "shop.logs"})(),
            lambda exporter: Guarded(exporter()),
        ],
        ids=["instance", "method", "partial", "subclass", "guarded"],
    )
    @pytest.mark.parametrize("probe", [{"event": "a probe"}, None], ids=["probed", "unprobed"])
    def test_in_any_dress(self, make: Callable[[Any], Any], probe: dict[str, str] | None) -> None:
        """It is known as an instance, a method, a partial, a base class and behind a guard, run or not."""
        chain = chain_with(ERRORS, make(in_memory([])))

        assert [("export-before-redaction", (2,))] == found(chain, probe=probe)

    def test_without_redaction(self) -> None:
        """Without Redact it is before redaction wherever it stands."""
        chain = [*without(Redact)]
        chain.insert(-1, in_memory([])())

        assert ("export-before-redaction", (5,)) in found(chain)

    @pytest.mark.parametrize("kept", ["event", "line"])
    def test_after(self, kept: str) -> None:
        """After Redact it sees the masked line, to which whoever hands it over gives the message back."""
        exporter = in_memory([])()

        def hand_over(logger: Any, method_name: str, event_dict: Any) -> Any:
            exporter(logger, method_name, {**event_dict, "event": event_dict["message"]})
            return event_dict

        assert [] == found(chain_with(RENDERER, hand_over if kept == "event" else in_memory([], "rollbar.logger")()))

    @pytest.mark.parametrize(
        "module",
        ["logfire.integrations.structlog", "opentelemetry.instrumentation.structlog", "structlog_sentry"],
    )
    def test_after_without_a_message(self, module: str) -> None:
        """Of processors that are known to send what stands under `event` it is said that they send nothing."""
        exporter = in_memory([], module)()

        assert [("export-without-message", (6,))] == found(chain_with(RENDERER, exporter))
        assert [("export-without-message", (6,))] == found(chain_with(RENDERER, Guarded(exporter)), probe=None)
        assert [("export-before-redaction", (2,))] == found(chain_with(ERRORS, exporter))

    @pytest.mark.parametrize(
        "code",
        [
            "if isinstance(event_dict.get('answer'), httpx.Response): event_dict['answer'] = 200",
            "if isinstance(event_dict.get('row'), sqlite3.Row): event_dict['row'] = tuple(event_dict['row'])",
            "event_dict['severity'] = SeverityNumber.INFO.value",
            "event_dict.update(newrelic.agent.get_linking_metadata())",
        ],
        ids=["httpx", "sqlite3", "opentelemetry", "newrelic"],
    )
    def test_named(self, code: str) -> None:
        """Who only names a package, to tell its objects from others or to look something up, sends nothing."""
        agent = SimpleNamespace(get_linking_metadata=lambda: {"entity.guid": "x"})
        newrelic = ModuleType("newrelic")
        newrelic.agent = agent  # type: ignore[attr-defined]
        namespace: dict[str, Any] = {"__name__": "shop.logs", "httpx": httpx, "sqlite3": sqlite3}
        namespace |= {"SeverityNumber": SeverityNumber, "newrelic": newrelic}
        exec(f"def stage(logger, method_name, event_dict):\n    {code}\n    return event_dict\n", namespace)

        assert [] == found(preset(extra=[namespace["stage"]]))

    @pytest.mark.parametrize("imports", [True, False], ids=["imported", "named"])
    def test_asking(self, *, imports: bool) -> None:
        """Who asks the network for something sends no event, and isn't run."""
        asked: list[Any] = []
        requests = ModuleType("requests")
        requests.get = asked.append  # type: ignore[attr-defined]
        namespace: dict[str, Any] = {"__name__": "shop.logs"} | ({} if imports else {"requests": requests})
        first = "import requests; " if imports else ""
        exec(
            f"def stage(logger, method_name, event_dict):\n    {first}requests.get('http://localhost:1')\n"
            "    return event_dict\n",
            namespace,
        )
        report = explain(preset(extra=[namespace["stage"]]))

        assert report.ok
        assert ("it may reach the network", []) == (report.stages[1].skipped, asked)

    def test_by_hand(self) -> None:
        """A team's own hook that posts what it gets is one, in whichever of its functions it does."""
        sent: list[Any] = []
        hook = _hook(sent)

        assert [("export-before-redaction", (2,))] == found(preset(extra=[hook]))
        assert [] == sent


class TestFiles:
    """What is written to a file or handed to a process isn't masked either, and the probe is none of that."""

    def test_open_file(self, tmp_path: Path) -> None:
        """A file that is open in the module, held or given, isn't written to."""
        path = tmp_path / "events.txt"
        with path.open("w") as file:
            namespace: dict[str, Any] = {"__name__": "shop.logs", "FILE": file}
            exec(
                "def named(logger, method_name, event_dict):\n"
                "    FILE.write(str(event_dict))\n"
                "    return event_dict\n"
                "def given(file, logger, method_name, event_dict):\n"
                "    print(event_dict, file=file)\n"
                "    return event_dict\n",
                namespace,
            )
            for stage in (namespace["named"], partial(namespace["given"], file)):
                assert [("export-before-redaction", (2,))] == found(preset(extra=[stage]))

        assert "" == path.read_text("utf-8")

    @pytest.mark.parametrize(
        "code",
        [
            "pathlib.Path('events.txt').write_text('seen')",
            "os.write(1, b'seen')",
            "open('events.txt', 'w').write('seen')",
            "os.system('touch events.txt')",
            "import subprocess; subprocess.run(['touch', 'events.txt'])",
            "from os import write; write(1, b'seen')",
        ],
        ids=["path", "descriptor", "open", "shell", "process", "imported"],
    )
    def test_by_the_systems_means(
        self, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """Neither are files, descriptors and processes."""
        monkeypatch.chdir(tmp_path)
        namespace: dict[str, Any] = {"__name__": "shop.logs", "os": os, "pathlib": pathlib}
        exec(f"def stage(logger, method_name, event_dict):\n    {code}\n    return event_dict\n", namespace)

        assert [("export-before-redaction", (2,))] == found(preset(extra=[namespace["stage"]]))
        assert ([], "") == ([*tmp_path.iterdir()], capfd.readouterr().out)

    def test_reading(self) -> None:
        """The name of a system, and a file that isn't written, are nobody's export."""
        with open(os.devnull) as file:  # noqa: PTH123 (any)

            def stage(logger: Any, method_name: str, event_dict: Any) -> Any:
                return {**event_dict, "os": platform.system(), "line": file.readline()}

            report = explain(preset(extra=[stage]))

        assert report.ok
        assert "it uses an open file" == report.stages[1].skipped


class TestAllow:
    """What a team does on purpose."""

    def test_allowed(self) -> None:
        """It is a note and no mistake."""
        chain = preset(extra=[in_memory([])()])
        report = explain(chain, allow=["export-before-redaction", "wrong-order"])

        assert report.ok
        assert [True] == [note.startswith("export-before-redaction is allowed: ") for note in report.notes]
        assert not explain(chain, allow=["wrong-order"]).ok

    @pytest.mark.parametrize(
        ("allow", "message"),
        [
            (["after"], "allow must name rules, such as `after-renderer`, not 'after'"),
            ("after-renderer", "allow must be a sequence of rules, not str. Put it in a list"),
            (3, "allow must be a sequence of rules, not int"),
            ([[]], "allow must be a sequence of rules, not list"),
        ],
        ids=["unknown", "text", "number", "unhashable"],
    )
    def test_refused(self, allow: Any, message: str) -> None:
        """What is no rule is refused."""
        with pytest.raises(ConfigurationError) as refused:
            explain([], allow=allow)

        assert message == str(refused.value)
