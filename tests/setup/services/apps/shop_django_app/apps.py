"""What runs when Django has configured `logging` and is ready."""

from __future__ import annotations

from django.apps import AppConfig
from witness import is_ours, testify

from structlog_enrich import configure


class ShopConfig(AppConfig):
    """Configure at the last moment that Django offers."""

    name = "shop_django_app"

    def ready(self) -> None:
        """Configure, where nobody has done so before."""
        if is_ours("after"):
            testify()
            configure(service="shop", renderer="json")
