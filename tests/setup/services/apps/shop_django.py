"""A Django project in one file: its settings, its view and its route."""

from __future__ import annotations

import logging
from typing import Any

import structlog
from witness import is_ours, testify

from structlog_enrich import configure

SECRET_KEY = "of no use"
DEBUG = True
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = __name__
INSTALLED_APPS = ["shop_django_app"]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "INFO"},
}

if is_ours("before"):
    testify()
    configure(service="shop", renderer="json")


def order(_request: Any, number: str) -> Any:
    """Say so twice, by structlog and by the standard library."""
    from django.http import HttpResponse  # noqa: PLC0415 (this module is the settings, too)

    structlog.get_logger("shop").info("order placed", number=number)
    logging.getLogger("shop.stock").warning("low: %s", number, extra={"left": 1})
    if number == "fail":
        raise ValueError(number)
    return HttpResponse(number)


def __getattr__(name: str) -> Any:
    # Django asks for these when everything is set up.
    if name == "urlpatterns":
        from django.urls import path  # noqa: PLC0415

        return [path("orders/<number>", order)]
    raise AttributeError(name)
