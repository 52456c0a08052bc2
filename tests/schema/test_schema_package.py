"""The package `schema` itself: cheap to import, and able to hand out the published schema."""

from __future__ import annotations

import subprocess
import sys

from structlog_enrich import schema
from structlog_enrich.export.json_schema import line_schema


class TestImport:
    """What importing the plain names costs."""

    def test_the_names_import_no_pydantic(self) -> None:
        """The hot path imports the plain names and pays for neither pydantic nor the models."""
        program = (
            "import sys, structlog_enrich.schema.fields\n"
            "print([name for name in sys.modules if name.startswith(('pydantic', 'structlog_enrich.schema.'))])"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

        assert "['structlog_enrich.schema.fields']\n" == done.stdout

    def test_the_typed_dicts_import_no_pydantic(self) -> None:
        """A reader that only checks types pays for no models."""
        program = "import sys, structlog_enrich.schema.typed; print('pydantic' in sys.modules)"
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

        assert "False\n" == done.stdout


class TestJsonSchema:
    """`json_schema()`, the published schema."""

    def test_it_is_what_the_models_say(self) -> None:
        """The package's data is the schema of the models."""
        assert line_schema() == schema.json_schema()

    def test_each_caller_gets_its_own(self) -> None:
        """A caller that changes the schema changes it for nobody else."""
        schema.json_schema().clear()

        assert line_schema() == schema.json_schema()
