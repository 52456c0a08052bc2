"""Finding out who is logging, once at start-up."""

from __future__ import annotations

import json
import os
import pickle
import socket
import sys
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from structlog_enrich import ConfigurationError, Limits, Resource, preset
from structlog_enrich.resource import Candidate, Finding, Program, detect
from structlog_enrich.resource.environment import CONFIGURABLE, SPEAKERS
from structlog_enrich.resource.findings import fault

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

_FILES = (
    "proc/self/cgroup",
    "proc/self/mountinfo",
    "proc/1/mountinfo",
    "etc/hosts",
    "etc/machine-id",
    "var/lib/cloud/data/instance-id",
    "var/lib/dbus/machine-id",
    "var/run/secrets/kubernetes.io/serviceaccount/namespace",
)
_VARIABLES = sorted(
    {
        part
        for who in SPEAKERS
        for each in who.sources.values()
        for name in each
        for part in name.split(" ")[0].split("/")
    }
    | {name for who in SPEAKERS for sign in who.signs for name in sign}
    | {"STRUCTLOG_ENRICH_FLAGS", "STRUCTLOG_ENRICH_TAGS", "container"}
)
_TEXT = st.text(st.characters(), max_size=40) | st.sampled_from(
    ["a=b,c", "%ff", "service.name=%0a", '{"application_name":"x"}', "[" * 5_000, "x" * 300, '"' * 256, "é" * 256]
)


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "no" / "project" / "is" / "here"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)


class TestGiven:
    """What the caller says."""

    def test_wins(self, tmp_path: Path) -> None:
        """An argument beats every variable, and what it beat is told in order."""
        environ = {"STRUCTLOG_ENRICH_SERVICE": "own", "DD_SERVICE": "datadog"}
        found = detect({"service": "checkout"}, environ=environ, root=str(tmp_path))

        beaten = (Candidate("own", "STRUCTLOG_ENRICH_SERVICE"), Candidate("datadog", "DD_SERVICE"))
        assert Finding("checkout", "argument", beaten) == found.findings["service"]
        assert "checkout" == found.resource.service

    @pytest.mark.parametrize("field", [*CONFIGURABLE, "runtime"])
    def test_each_field(self, field: str, tmp_path: Path) -> None:
        """Every field can be given."""
        found = detect({field: "x"}, environ={}, root=str(tmp_path))

        assert ("x", "argument") == found.findings[field][:2]
        assert "x" == getattr(found.resource, field)

    def test_none(self, tmp_path: Path) -> None:
        """None is the same as leaving it out."""
        assert "b" == detect({"service": None}, environ={"DD_SERVICE": "b"}, root=str(tmp_path)).resource.service

    @pytest.mark.parametrize("value", ["", "a\nb", "x" * 257, 5, "\ud800"], ids=ascii)
    def test_breaks_the_rule(self, value: Any) -> None:
        """What the code says wrongly is an error, unlike what the environment says."""
        with pytest.raises(ConfigurationError, match=r"^version must "):
            detect({"version": value}, environ={})

    def test_no_field(self) -> None:
        """A name that is no field is an error that lists the fields."""
        with pytest.raises(ConfigurationError, match=r"^given must name fields .*service, version.*, not 'team'$"):
            detect({"team": "x"}, environ={})


class TestSystem:
    """What stands where nobody says anything."""

    def test_defaults(self, tmp_path: Path) -> None:
        """The system is asked, and what it doesn't know is unknown or left out."""
        found = detect(environ={}, root=str(tmp_path))

        sources = {field: each.source for field, each in found.findings.items() if each.source}
        assert Resource() == found.resource
        assert {
            "service": "default",
            "version": "default",
            "environment": "default",
            "host": "hostname",
            "runtime": "interpreter",
        } == sources
        assert (None, None, (), ()) == found.findings["commit"]

    @pytest.mark.parametrize(("name", "host", "refused"), [("", "unknown", 0), ("a\x00b", "unknown", 1)])
    def test_a_host_without_a_proper_name(
        self, name: str, host: str, refused: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """It is unknown, and stops nothing."""
        monkeypatch.setattr(socket, "gethostname", lambda: name)
        found = detect(environ={}, root=str(tmp_path)).findings["host"]

        assert (host, "default", refused) == (found.value, found.source, len(found.refused))

    @pytest.mark.parametrize("path", ["/usr/bin/" + "p" * 255, "/usr/bin/py\x07"])
    def test_an_executable_without_a_proper_name(
        self, path: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """The service is still unknown by a name that can be written."""
        monkeypatch.setattr(sys, "executable", path)

        assert "unknown_service:python" == detect(environ={}, root=str(tmp_path)).resource.service

    def test_the_process_environment_is_the_default(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Without an environment it is the process's own."""
        monkeypatch.setenv("STRUCTLOG_ENRICH_SERVICE", "checkout")

        assert "checkout" == detect(root=str(tmp_path)).resource.service

    def test_a_deleted_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A process whose folder is gone starts all the same."""
        gone = tmp_path / "gone"
        gone.mkdir()
        monkeypatch.chdir(gone)
        gone.rmdir()

        assert "default" == detect(environ={}, root=str(tmp_path)).findings["version"].source

    def test_project(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """In a checkout its own file is asked last, and only for what is still open."""
        (tmp_path / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "2.0"\n')
        monkeypatch.chdir(tmp_path)
        named = detect({"service": "checkout"}, environ={}, root=str(tmp_path)).findings
        both = detect({"service": "checkout", "version": "1"}, environ={}, root=str(tmp_path)).findings

        assert ("2.0", "pyproject.toml") == named["version"][:2]
        assert (Candidate("shop", "pyproject.toml"),) == named["service"].beaten
        assert () == both["service"].beaten

    def test_a_strange_project(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What isn't text there is refused."""
        (tmp_path / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = [1]\n')
        monkeypatch.chdir(tmp_path)
        found = detect(environ={}, root=str(tmp_path)).findings

        assert ("unknown", ["isn't text"]) == (found["version"].value, [no.reason for no in found["version"].refused])


class TestValue:
    """The result is a value."""

    def test_frozen(self) -> None:
        """It isn't changed."""
        found = detect(environ={})
        for changed in (found, found.findings["host"], found.tags):
            with pytest.raises(AttributeError):
                changed.values = 1
            assert not hasattr(changed, "__dict__")

    def test_pickles(self) -> None:
        """It is copied and compared by what it says."""
        found = detect(environ={"STRUCTLOG_ENRICH_TAGS": "a=b,c"})

        assert found == pickle.loads(pickle.dumps(found))


class TestRefused:
    """All that can't be written, in one place."""

    def test_each_once(self, tmp_path: Path) -> None:
        """Values, labels and whole variables are told in this order, and what two fields refuse once."""
        environ = {
            "DD_SERVICE": "a\nb",
            "GIT_SHA": "c\nd",
            "STRUCTLOG_ENRICH_TAGS": "oops",
            "STRUCTLOG_ENRICH_FLAGS": "e",
            "OTEL_RESOURCE_ATTRIBUTES": "f",
        }
        found = detect(environ=environ, root=str(tmp_path))

        assert [
            "DD_SERVICE",
            "GIT_SHA",
            "STRUCTLOG_ENRICH_FLAGS",
            "STRUCTLOG_ENRICH_TAGS",
            "OTEL_RESOURCE_ATTRIBUTES",
        ] == [each.source for each in found.refused]

    def test_nothing(self, tmp_path: Path) -> None:
        """Of an environment that says nothing wrong it is empty."""
        assert () == detect(environ={"DD_SERVICE": "a"}, root=str(tmp_path)).refused


class TestPreset:
    """What `preset()` takes of it."""

    ENVIRON: ClassVar = {
        "STRUCTLOG_ENRICH_SERVICE": "shop",
        "STRUCTLOG_ENRICH_REGION": "eu",
        "STRUCTLOG_ENRICH_TAGS": "team=orders,password=hunter2",
        "STRUCTLOG_ENRICH_FLAGS": "fast-cart=on",
    }

    def _line(self, collect: Callable[..., Any], **given: Any) -> dict[str, Any]:
        sink = collect(preset(**given))
        sink.log.info("x")
        line: dict[str, Any] = sink.line()
        return {name: line.get(name) for name in ("service", "version", "region", "tags", "feature_flags", "redacted")}

    def test_all_of_it(self, collect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
        """Given what was detected, its lines are those that it would have made itself, labels included."""
        for name, value in self.ENVIRON.items():
            monkeypatch.setenv(name, value)
        line = self._line(collect, resource=detect())

        assert self._line(collect) == line
        assert {"team": "orders", "password": "[REDACTED:password]"} == line["tags"]
        assert ["tags.password:password"] == line["redacted"]

    def test_what_is_passed_wins(self, collect: Callable[..., Any], tmp_path: Path) -> None:
        """Names and labels that are passed win over what was detected."""
        found = detect(environ=self.ENVIRON, root=str(tmp_path))
        line = self._line(collect, resource=found, service="checkout", tags={"team": "pay", "tier": 1})

        assert ("checkout", "eu") == (line["service"], line["region"])
        assert {"team": "pay", "tier": 1, "password": "[REDACTED:password]"} == line["tags"]

    def test_a_resource_alone(self, collect: Callable[..., Any], tmp_path: Path) -> None:
        """A `Resource` is all there is: without labels."""
        found = detect(environ=self.ENVIRON, root=str(tmp_path))

        assert (None, None) == tuple(
            self._line(collect, resource=found.resource)[name] for name in ("tags", "feature_flags")
        )

    def test_no_room(self, collect: Callable[..., Any], tmp_path: Path) -> None:
        """What was detected gives way to what was passed to either of them."""
        greedy = {f"STRUCTLOG_ENRICH_{field.upper()}": "x" * 150 for field in CONFIGURABLE}
        given = {"region": "r" * 256, "service": "s" * 256}
        found = detect(given, environ=greedy, root=str(tmp_path))
        line = self._line(collect, resource=found, version="v" * 250, limits=Limits(max_line=8_192))

        assert ("s" * 256, "v" * 250, "r" * 256) == (line["service"], line["version"], line["region"])

    def test_an_empty_name(self, tmp_path: Path) -> None:
        """An empty name is an error, as everywhere."""
        with pytest.raises(ConfigurationError, match=r"^version must not be empty"):
            preset(resource=detect(environ={}, root=str(tmp_path)), version="")


class TestProgram:
    """Whose files are read."""

    def test_given(self, tmp_path: Path) -> None:
        """A program that is given counts instead of the running one."""
        (tmp_path / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "2.0"\n')
        found = detect(environ={}, root=str(tmp_path), program=Program(folder=str(tmp_path)))

        assert ("shop", "2.0") == (found.resource.service, found.resource.version)

    def test_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """One without anything has no distribution and no project."""
        (tmp_path / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "2.0"\n')
        monkeypatch.chdir(tmp_path)

        assert "default" == detect(environ={}, root=str(tmp_path), program=Program()).findings["service"].source


class TestBounds:
    """How much is read."""

    def test_mounts(self, tmp_path: Path) -> None:
        """Of the mounts 262,144 bytes."""
        line = f"1 2 0:1 /docker/containers/{'0' * 64}/hostname /etc/hostname rw - ext4 x rw\n"
        (tmp_path / "proc" / "self").mkdir(parents=True)
        for before, found in ((262_144 - len(line), True), (262_144, False)):
            (tmp_path / "proc" / "self" / "mountinfo").write_text("x" * (before - 1) + "\n" + line)

            assert found == (detect(environ={}, root=str(tmp_path)).resource.container_id is not None)


class TestNeverRaises:
    """No environment and no file stops a service from starting."""

    @given(
        environ=st.dictionaries(st.sampled_from(_VARIABLES), _TEXT, max_size=12),
        files=st.dictionaries(st.sampled_from(_FILES), st.binary(max_size=200), max_size=4),
    )
    def test_anything(self, environ: dict[str, str], files: dict[str, bytes]) -> None:
        """Whatever stands there, the identity is one that a line can carry."""
        with TemporaryDirectory() as root:
            for path, content in files.items():
                os.makedirs(os.path.dirname(f"{root}/{path}"), exist_ok=True)  # noqa: PTH103, PTH120 (a path's text)
                with open(f"{root}/{path}", "wb") as file:  # noqa: PTH123
                    file.write(content)
            found = detect(environ=environ, root=root)

        assert Resource(**found.resource.header()) == found.resource
        assert all(fault(value) is None for value in found.resource.header().values())
        json.dumps([found.findings, found.tags, found.feature_flags, found.discarded]).encode()

    @pytest.mark.parametrize("value", [5, None, b"x", ["x"]], ids=repr)
    def test_an_environment_that_is_none(self, value: Any, tmp_path: Path) -> None:
        """A value that isn't text is refused."""
        environ = dict.fromkeys(["DD_SERVICE", "DD_TAGS", "STRUCTLOG_ENRICH_TAGS", "KUBERNETES_SERVICE_HOST"], value)
        found = detect(environ=environ, root=str(tmp_path))

        assert "default" == found.findings["service"].source
        assert value is None or ["isn't text"] == [each.reason for each in found.findings["service"].refused]

    def test_the_header_stays_small(self, tmp_path: Path) -> None:
        """However much the environment says, what is on every line stays below 12,288 bytes."""
        greedy = {f"STRUCTLOG_ENRICH_{field.upper()}": '"' * 256 for field in CONFIGURABLE}
        long, wide = "\\" * 256, "é" * 128
        labels = ",".join(f"label-{n}={long}" if n % 2 else f"l{n}={wide}" for n in range(64))
        environ = {**greedy, "STRUCTLOG_ENRICH_TAGS": labels, "STRUCTLOG_ENRICH_FLAGS": labels}
        found = detect(environ=environ, root=str(tmp_path))

        header = {**found.resource.header(), "tags": found.tags.values, "feature_flags": found.feature_flags.values}
        assert '"' * 256 == found.resource.commit
        assert found.tags.values
        assert len(json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()) <= 12_288


class TestCost:
    """What finding out costs a service's start, as counts that don't depend on the machine."""

    PROGRAM = """
import json, os, sys
import structlog, structlog_enrich
from structlog_enrich.resource import Resource
sys.modules.pop("structlog_enrich.resource.detection", None)
seen = []
def hook(event, arguments):
    if counting: seen.append((event, str(arguments[0]) if arguments else ""))
counting = False
sys.addaudithook(hook)
before, counting = set(sys.modules), True
from structlog_enrich.resource.detection import detect
detect(environ={"OTEL_RESOURCE_ATTRIBUTES": "service.namespace=shop"})
counting = False
print(json.dumps([seen, sorted(set(sys.modules) - before)]))
"""

    @pytest.fixture
    def work(self, run_python: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> Any:
        """Return the audit events and the modules of the first detection in a fresh interpreter."""
        (tmp_path / "pyproject.toml").write_text('[project]\nname = "shop"\nversion = "1"\n')
        return json.loads(run_python(self.PROGRAM, cwd=tmp_path).stdout)

    def test_imports(self, work: Any) -> None:
        """It imports a few small modules of its own and no others."""
        assert {
            "structlog_enrich.resource.detection",
            "structlog_enrich.resource.distribution",
            "structlog_enrich.resource.parts",
            "structlog_enrich.resource.project",
        } == set(work[1])

    @pytest.mark.parametrize("environ", [{}, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}])
    def test_each_file_once(self, environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """No file is read twice, whoever asks for what it says."""
        opened: list[str] = []
        real = os.open
        monkeypatch.setattr(os, "open", lambda path, *flags: opened.append(path) or real(path, *flags))
        for name in _FILES:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text("0::/\n")
        detect(environ=environ, root=str(tmp_path), program=Program())

        assert f"{tmp_path}/proc/self/cgroup" in opened
        assert sorted(set(opened)) == sorted(opened)

    def test_files(self, work: Any) -> None:
        """It opens a dozen small files at most and starts, connects to and runs nothing."""
        opened = [name for event, name in work[0] if event == "open" and not name.endswith((".py", ".pyc"))]
        others = {event for event, _ in work[0]} - {"open", "os.listdir", "import", "compile", "exec", "marshal.loads"}

        assert len(opened) <= 12
        assert set() == others - {"socket.gethostname", "os.putenv", "sys._getframe", "marshal.load"}
