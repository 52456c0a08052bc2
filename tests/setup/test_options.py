"""What `configure()` passes on is what `preset()` takes."""

from __future__ import annotations

import inspect

from structlog_enrich import preset
from structlog_enrich.setup.options import PresetOptions


class TestPresetOptions:
    """The typed keywords."""

    def test_all(self) -> None:
        """Each parameter of `preset()` under its type, but the renderer."""
        parameters = inspect.signature(preset).parameters
        expected = {name: each.annotation for name, each in parameters.items() if name != "renderer"}

        assert expected == {name: each.__forward_arg__ for name, each in PresetOptions.__annotations__.items()}
