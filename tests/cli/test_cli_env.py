"""`structlog-enrich env`, as a person and as a program start it."""

from __future__ import annotations

import json
import os
import re
import select
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

needs_terminals = pytest.mark.skipif(not hasattr(os, "openpty"), reason="this system has no pseudo-terminals")

_COMMAND = [sys.executable, "-m", "structlog_enrich.cli", "env"]
_ENVIRON = {
    "STRUCTLOG_ENRICH_SERVICE": "checkout",
    "DD_SERVICE": "shop",
    "DD_ENV": "staging [bold]:smile:[/bold]",
    "APP_VERSION": "1.4.2",
    "SERVICE_NAME": "a\x1b[2Jb",
    "GIT_COMMIT": "https://me:" + "hunter2" + "@git.example.com/shop",
    "OTEL_RESOURCE_ATTRIBUTES": "host.name=node-7,container.id=c-1,host.id=h-1",
    "STRUCTLOG_ENRICH_TAGS": "team=orders,password=hunter2,oops",
    "STRUCTLOG_ENRICH_FLAGS": "=x",
    "DD_TAGS": "service:café",
}
_PATHS = ("COVERAGE_PROCESS_CONFIG", "COVERAGE_PROCESS_START", "PATH", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV")


@pytest.fixture(autouse=True)
def _unmeasured_children() -> None:
    """Let coverage follow them here: the table is drawn in a process of its own alone."""


@pytest.fixture
def environ() -> dict[str, str]:
    """Return an environment in which nothing but the test says who is logging."""
    return {**{name: os.environ[name] for name in _PATHS if name in os.environ}, **_ENVIRON}


@pytest.fixture
def run(environ: dict[str, str], tmp_path: Path) -> Callable[..., str]:
    """Return a function that runs the command far from any project and returns what it prints."""

    def start(*arguments: str, **more: str) -> str:
        done = subprocess.run(
            [*_COMMAND, *arguments], cwd=_far(tmp_path), env={**environ, **more}, capture_output=True, check=True
        )
        assert b"" == done.stderr
        return done.stdout.decode("utf-8", "replace")

    return start


@pytest.fixture
def ask(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, invoke: Callable[..., Any]
) -> Callable[..., str]:
    """Return a function that does the same within this process, for what depends on the values alone."""

    def start(*arguments: str, **more: str) -> str:
        monkeypatch.chdir(_far(tmp_path))
        with mock.patch.dict(os.environ, {**environ, **more}, clear=True):
            done = invoke("env", *arguments)
        assert (0, "") == (done.code, done.err)
        return str(done.out)

    return start


@pytest.fixture
def show(environ: dict[str, str], tmp_path: Path) -> Callable[..., str]:
    """Return a function that runs the command on a terminal and returns what it shows."""

    def start(*, columns: int, **more: str) -> str:
        ours, theirs = os.openpty()
        told = {**environ, "TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": "60", **more}
        with subprocess.Popen(
            _COMMAND, cwd=_far(tmp_path), env=told, stdin=theirs, stdout=theirs, stderr=theirs
        ) as child:
            os.close(theirs)
            shown = b"".join(iter(lambda: _read(ours), b""))
            os.close(ours)
        assert 0 == child.returncode, shown
        return shown.decode().replace("\r\n", "\n")

    return start


def _far(folder: Path) -> Path:
    far = folder / "no" / "project" / "is" / "here"
    far.mkdir(parents=True, exist_ok=True)
    return far


def _read(file: int) -> bytes:
    ready, _, _ = select.select([file], [], [], 60)
    try:
        return os.read(file, 65_536) if ready else b""
    except OSError:
        # How Linux ends a terminal whose other side was closed.
        return b""


class TestText:
    """Into a pipe or a file: aligned text."""

    def test_lines(self, run: Callable[..., str]) -> None:
        """Each value is told with its source, what it beat and what was refused, in columns."""
        lines = [re.split(r" {2,}", line.strip()) for line in run().splitlines()]

        assert [
            ["service", "checkout", "STRUCTLOG_ENRICH_SERVICE"],
            ["beat", "shop", "DD_SERVICE"],
            ["beat", "café", "DD_TAGS service"],
            ["refused", "'a\\x1b[2Jb'", "SERVICE_NAME: holds what can't be printed"],
            ["version", "1.4.2", "APP_VERSION"],
            ["refused", "'https://***@git.example.com/shop'", "GIT_COMMIT: holds a URL's credentials"],
            ["environment", "staging [bold]:smile:[/bold]", "DD_ENV"],
            ["host", "node-7", "OTEL_RESOURCE_ATTRIBUTES host.name"],
        ] == lines[:8]
        assert ["commit", "nobody"] in lines
        assert ["tags.team", "orders", "STRUCTLOG_ENRICH_TAGS"] in lines
        assert ["tags.password", "[REDACTED:password]", "STRUCTLOG_ENRICH_TAGS"] in lines
        assert ["feature_flags", "nobody"] in lines
        assert (
            "named by nobody: instance_id, service_namespace, k8s_namespace, k8s_pod, region, release_channel"
            == (lines[-1][0])
        )

    def test_columns(self, run: Callable[..., str]) -> None:
        """Every source begins in the same column, and no line is cut or coloured."""
        lines = run(COLUMNS="20", FORCE_COLOR="1").splitlines()

        begins = {
            line.index(source) for line in lines for source in ("DD_", "SERVICE_NAME:", "GIT_COMMIT:") if source in line
        }
        assert 1 == len(begins)
        assert all(line.isprintable() for line in lines)

    def test_no_secret(self, run: Callable[..., str]) -> None:
        """Neither form shows a secret or a control character."""
        shown = run() + run("--json")

        assert "hunter2" not in shown
        assert "\x1b" not in shown

    @pytest.mark.parametrize(
        "more",
        [
            {"DD_TAGS": "service:checkout password:hunter2,env:db_password=hunter2 x"},
            {"OTEL_RESOURCE_ATTRIBUTES": "service.name=shop;password=hunter2,host.name=h token: hunter2,k=hunter2"},
            {"OTEL_RESOURCE_ATTRIBUTES": "service.name=hunter2,%zz=hunter2", "VCAP_APPLICATION": "{hunter2"},
            {"DD_SERVICE": "https://" + "hunter2" * 2_000 + "@x.com", "DD_ENV": "a\tpassword=hunter2"},
            {"STRUCTLOG_ENRICH_COMMIT": "https://me:" + "hunter2/x@x.com", "DD_VERSION": "a://me:hunter2#@x.com"},
            {"STRUCTLOG_ENRICH_SERVICE": '{"dbPassword": "x hunter2"}', "DD_ENV": "Authorization: Bearer hunter2"},
            {"STRUCTLOG_ENRICH_VERSION": "x" * 300 + "hunter2", "STRUCTLOG_ENRICH_HOST": "DB_PASSWORD = hunter2"},
            {"STRUCTLOG_ENRICH_TAGS": "DB_PASSWORD=hunter2,dbPassword=hunter2,note=api_key:hunter2,a b=hunter2"},
            {"STRUCTLOG_ENRICH_FLAGS": "https://me:hunter2@x.com/?a=b,my secret: hunter2=c,a=https://u:hunter2@x.com"},
            {
                "DD_SERVICE": "root:hunter2@tcp(db:3306)/shop",
                "DD_VERSION": "https://me:12/hunter2@git",
                "DD_ENV": ":hunter2@h",
            },
            {
                "DD_SERVICE": "bearer hunter2",
                "DD_VERSION": "x Basic  hunter2=",
                "DD_ENV": "BEARER hunter2\t.",
                "ENV": "me:p@hunter2@h",
            },
            {
                "DD_SERVICE": "Bearer hunter2" * 30,
                "DD_VERSION": "my-hunter2" + "x" * 300,
                "DD_ENV": "x" * 8 + "hunter2" * 40,
            },
            {"STRUCTLOG_ENRICH_TAGS": "a=me:hunter2@h,b=Bearer hunter2,c=me:hunter2@h/app:1@sha256:0a"},
        ],
        ids=range(13),
    )
    def test_no_secret_that_has_a_sign(self, more: dict[str, str], ask: Callable[..., str]) -> None:
        """What is named like a secret, or stands where a URL has its credentials, is shown in no form."""
        shown = ask(**more) + ask("--json", **more)

        assert "hunter2" not in shown
        assert any(each in shown for each in more)

    def test_secret_in_a_value(self, run: Callable[..., str]) -> None:
        """A value is shown up to the pair that is named like a secret, and what isn't named so is shown whole."""
        shown = run(DD_SERVICE="shop; DB_PASSWORD=hunter2", DD_VERSION="tier=2:https://x.com")

        assert "shop; DB_PASSWORD=[REDACTED:password]" in shown
        assert "tier=2:https://x.com" in shown

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("password: hunter2", "password: [REDACTED:password]"),
            ("DB_PASSWORD = hunter2", "DB_PASSWORD = [REDACTED:password]"),
            ('{"dbPassword":"hunter2"}', '{"dbPassword":"[REDACTED:password]"}'),
            ("root:hunter2@tcp(db:3306)/shop", "***@tcp(db:3306)/shop"),
            ("https://me:12/34@git", "https://***@git"),
            ("Bearer hunter2, for now", "Bearer [REDACTED:authorization] for now"),
            ("basic  aHVudGVyMg==", "basic  [REDACTED:authorization]"),
            ("registry.example.com:5000/shop:1.4.2@sha256:0a1b", "registry.example.com:5000/shop:1.4.2@sha256:0a1b"),
            ("shop@1.4.2", "shop@1.4.2"),
        ],
    )
    def test_what_is_left(self, value: str, expected: str, ask: Callable[..., str]) -> None:
        """All around a secret stays as it was written."""
        shown = ask(STRUCTLOG_ENRICH_SERVICE=value).splitlines()[0]

        assert ["service", expected, "STRUCTLOG_ENRICH_SERVICE"] == re.split(r" {2,}(?!\[)", shown)

    def test_discarded(self, run: Callable[..., str]) -> None:
        """A variable that can't be understood is told, and not what it holds."""
        line = next(each for each in run(OTEL_RESOURCE_ATTRIBUTES="a=b,secret").splitlines() if "discarded" in each)

        assert ["discarded", "10 characters", "OTEL_RESOURCE_ATTRIBUTES: isn't a list of `key=value`"] == (
            re.split(r" {2,}", line)
        )

    def test_not_utf_8(self, run: Callable[..., str]) -> None:
        """Where letters can't be written, escapes are."""
        assert "  \\u5b57  " in run(PYTHONIOENCODING="cp437", DD_SERVICE="字")

    def test_all_named(self, run: Callable[..., str]) -> None:
        """Where everything is named, nothing is said of the rest."""
        names = ("INSTANCE_ID", "SERVICE_NAMESPACE", "K8S_NAMESPACE", "K8S_POD", "REGION", "RELEASE_CHANNEL")

        assert "named by nobody" not in run(**{f"STRUCTLOG_ENRICH_{name}": "x" for name in names})


class TestJson:
    """For programs."""

    def test_object(self, run: Callable[..., str]) -> None:
        """One object holds the same, with names that don't change."""
        found: dict[str, Any] = json.loads(run("--json"))

        assert ["resource", "feature_flags", "tags", "discarded"] == list(found)
        assert {
            "value": "checkout",
            "source": "STRUCTLOG_ENRICH_SERVICE",
            "beaten": [{"value": "shop", "source": "DD_SERVICE"}, {"value": "café", "source": "DD_TAGS service"}],
            "refused": [
                {"value": "'a\\x1b[2Jb'", "source": "SERVICE_NAME", "reason": "holds what can't be printed"},
            ],
        } == found["resource"]["service"]
        assert {"value": None, "source": None, "beaten": [], "refused": []} == found["resource"]["region"]
        assert {"team": "orders", "password": "[REDACTED:password]"} == found["tags"]["values"]
        assert ["isn't `name=value`"] == [each["reason"] for each in found["tags"]["refused"]]


@needs_terminals
class TestTable:
    """On a terminal."""

    def test_wide(self, show: Callable[..., str]) -> None:
        """It is a table with colour, in which nothing is taken for markup."""
        shown = show(columns=120)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)

        assert shown != plain
        assert ["field", "value", "said by"] == [
            each.strip() for each in re.split(r" {2,}", plain.splitlines()[0].rstrip())
        ]
        assert "staging [bold]:smile:[/bold]" in plain
        assert "\x1b" not in plain
        assert "hunter2" not in plain

    def test_no_color(self, show: Callable[..., str]) -> None:
        """NO_COLOR takes the colours away."""
        assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", show(columns=120, NO_COLOR="1"))

    @pytest.mark.parametrize("columns", [20, 40, 60])
    def test_narrow(self, columns: int, show: Callable[..., str]) -> None:
        """On a narrow terminal lines are folded, and no letter is lost."""
        plain = re.sub(r"\x1b\[[0-9;]*m", "", show(columns=columns))

        assert all(len(line) <= columns for line in plain.splitlines())
        assert "…" not in plain

    def test_dumb(self, show: Callable[..., str]) -> None:
        """A terminal that can do nothing gets plain letters."""
        assert "\x1b" not in show(columns=100, TERM="dumb")
