"""The cases live beside the script that counts them; nothing but the repository's root makes them importable."""

from __future__ import annotations

import sys
from pathlib import Path

# At the end: where the package is installed from its wheel, the work tree must not come before it.
sys.path.append(str(Path(__file__).parents[3]))
