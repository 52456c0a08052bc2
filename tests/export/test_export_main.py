"""The command `python -m structlog_enrich.export`."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

from structlog_enrich.export.__main__ import main
from structlog_enrich.export.artifacts import artifacts

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a checkout without any artifact."""
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "docs").mkdir()
    (tmp_path / "structlog_enrich" / "schema").mkdir(parents=True)
    return tmp_path


class TestMain:
    """`main()`."""

    def test_it_writes_and_says_so(self, checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Each artifact it writes is named; a second run has nothing to say."""
        assert 0 == main(["--root", str(checkout)])
        assert "".join(f"wrote {path}\n" for path in artifacts()) == capsys.readouterr().out

        assert 0 == main(["--root", str(checkout)])
        assert "" == capsys.readouterr().out

    def test_check_names_what_is_stale(self, checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Each stale artifact is named with the command that renews it, and nothing is written."""
        assert 1 == main(["--check", "--root", str(checkout)])
        said = "".join(f"{path} is stale: renew it with `python -m structlog_enrich.export`\n" for path in artifacts())
        assert ("", said) == capsys.readouterr()
        assert [] == list((checkout / "docs").iterdir())

    def test_check_is_silent_when_current(self, capsys: pytest.CaptureFixture[str]) -> None:
        """On a current checkout the check passes without a word."""
        assert 0 == main(["--check", "--root", str(ROOT)])
        assert ("", "") == capsys.readouterr()

    def test_it_needs_a_checkout(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Elsewhere it writes nothing and says why."""
        with pytest.raises(SystemExit) as caught:
            main(["--root", str(tmp_path)])

        assert 2 == caught.value.code
        assert "is not a checkout of structlog-enrich" in capsys.readouterr().err

    def test_as_a_module(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """`python -m` works in the current directory and hands back the exit code."""
        monkeypatch.chdir(ROOT)
        monkeypatch.setattr(sys, "argv", ["export", "--check"])
        monkeypatch.delitem(sys.modules, "structlog_enrich.export.__main__")

        with pytest.raises(SystemExit) as caught:
            runpy.run_module("structlog_enrich.export", run_name="__main__")

        assert 0 == caught.value.code
