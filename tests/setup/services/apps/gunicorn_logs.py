"""What gunicorn reads where the application has a writer."""

from __future__ import annotations

import logs  # noqa: F401 (it sets up)

workers = 2
