"""Note every record that a logger makes in this process, beside whatever handlers do with it."""

from __future__ import annotations

import json
import logging
import os
from typing import Any


def testify() -> None:
    """Begin: each record's logger and message go to the file that `WITNESS` names."""
    # Unbuffered, and each in one write: forked children share it.
    file = os.open(os.environ["WITNESS"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    make = logging.getLogRecordFactory()

    def noting(*args: Any, **keywords: Any) -> logging.LogRecord:
        record = make(*args, **keywords)
        os.write(file, json.dumps([record.name, record.levelno, record.getMessage()]).encode() + b"\n")
        return record

    logging.setLogRecordFactory(noting)


def is_ours(when: str) -> bool:
    """Tell whether `configure()` is to be called at this point: *when* is `before` or `after` the others."""
    return os.environ["WHEN"] == when
