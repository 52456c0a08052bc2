"""Whoever configures `logging`, before or after: each record is one line, and what isn't a console has it too."""

from __future__ import annotations

from typing import Any

import pytest

CONFIGURE = (
    "import structlog_enrich.setup\nstructlog_enrich.setup.configure(service='shop', renderer='json', framed=False)\n"
)

THEIRS = {
    "basicConfig": "import logging; logging.basicConfig(level='INFO')",
    "to standard output": "import logging, sys; logging.basicConfig(level='INFO', stream=sys.stdout)",
    "dictConfig, as uvicorn does": """
import logging.config, uvicorn.config
logging.config.dictConfig(uvicorn.config.LOGGING_CONFIG)
""",
    "handlers of its own, as gunicorn has": """
import logging, sys
for name in ("gunicorn.error", "gunicorn.access"):
    logging.getLogger(name).propagate = False
    logging.getLogger(name).setLevel("INFO")
    logging.getLogger(name).addHandler(logging.StreamHandler(sys.stdout))
""",
    "the root logger taken over, as Celery does": """
import logging, sys
logging.root.handlers = []
logging.root.addHandler(logging.StreamHandler(sys.__stderr__))
logging.root.setLevel("INFO")
""",
}

LOG = """
import logging
for name in ("uvicorn.error", "uvicorn.access", "gunicorn.error", "celery.worker", "shop"):
    logging.getLogger(name).warning("from " + name, *(("1.2.3.4:5", "GET", "/", "1.1", 200) if 0 else ()))
"""


class TestWhoeverAndWhenever:
    """Other people's configuration."""

    @pytest.mark.parametrize("theirs", THEIRS)
    @pytest.mark.parametrize("first", ["ours", "theirs"])
    def test_one_line_each(self, theirs: str, first: str, lines_of: Any) -> None:
        """None is lost, none is there twice, and nothing else is on standard output."""
        parts = [CONFIGURE, THEIRS[theirs]]
        lines = lines_of("\n".join([*(parts if first == "ours" else reversed(parts)), LOG]))

        assert [f"from {line['logger']}" for line in lines] == [line["message"] for line in lines]
        assert ["uvicorn.error", "uvicorn.access", "gunicorn.error", "celery.worker", "shop"] == [
            line["logger"] for line in lines
        ]

    def test_a_file(self, lines_of: Any, tmp_path: Any) -> None:
        """A handler that isn't the console's has its records as ever, at its own level."""
        kept = tmp_path / "kept.log"
        lines = lines_of(
            f"import logging, sys\nlogging.root.addHandler(logging.FileHandler({str(kept)!r}))\n"
            f"{CONFIGURE}logging.getLogger('a').info('both')\n"
            "logging.root.handlers[0].setLevel('ERROR')\nlogging.getLogger('a').info('one')\n"
        )

        assert ["both", "one"] == [line["message"] for line in lines]
        assert "both\n" == kept.read_text("utf-8")

    def test_their_levels(self, lines_of: Any) -> None:
        """What a logger is told to leave out is left out."""
        lines = lines_of(
            f"{CONFIGURE}import logging\nlogging.getLogger('noisy').setLevel('ERROR')\n"
            "logging.getLogger('noisy.child').warning('no')\nlogging.getLogger('other').warning('yes')\n"
        )

        assert ["yes"] == [line["message"] for line in lines]
