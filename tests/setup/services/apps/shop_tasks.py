"""A worker that sends itself its tasks, for the broker is in its memory, and ends when the last is done."""

from __future__ import annotations

import logging
import os
import signal
from typing import Any

import structlog
from celery import Celery, signals
from celery.utils.log import get_task_logger
from witness import is_ours, testify

from structlog_enrich import configure

ORDERS = ["1", "2", "fail", "3"]

app = Celery("shop", broker="memory://", backend="cache+memory://")
app.conf.update(
    broker_connection_retry_on_startup=True,
    broker_transport_options={"polling_interval": 0.01},
    task_ignore_result=True,
)

if is_ours("before"):
    testify()
    configure(service="shop", renderer="json")


@signals.after_setup_logger.connect
def after_celery(**_given: Any) -> None:
    """Configure when Celery has taken the root logger and standard output over."""
    if is_ours("after"):
        testify()
        configure(service="shop", renderer="json")


@app.task(name="order")
def order(number: str) -> None:
    """Say so in each of the ways a task may."""
    structlog.get_logger("shop").info("order placed", number=number)
    logging.getLogger("shop.stock").warning("low: %s", number, extra={"left": 1})
    get_task_logger("shop.tasks").info("task says %s", number)
    if number == "printed":
        print("printed", number)  # noqa: T201 (Celery makes a record of it)
    if number == "fail":
        raise ValueError(number)


@app.task(name="last")
def last() -> None:
    """Do nothing; when it is done the worker may go."""


@signals.worker_ready.connect
def send(**_given: Any) -> None:
    """Order something."""
    for number in [*ORDERS, "printed"]:
        order.delay(number)
    last.delay()


def stop(sender: Any = None, **_given: Any) -> None:
    """Ask the worker to go, warmly, once the last task is done."""
    if getattr(sender, "name", sender) == "last":
        os.kill(int(os.environ["WORKER"]), signal.SIGTERM)


signals.task_postrun.connect(stop, weak=False)
os.environ.setdefault("WORKER", str(os.getpid()))
