"""Checks that are made outside of the tests themselves explain themselves as well as those within."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.never_raises.recorder")
