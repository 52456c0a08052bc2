"""Which virtual or real machine this is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from structlog_enrich.resource.files import read
from structlog_enrich.resource.rules import is_hex

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["host_ids"]

_CLOUD: Final = "/var/lib/cloud/data/instance-id"
_MACHINE: Final = ("/etc/machine-id", "/var/lib/dbus/machine-id")
# What cloud-init writes where no cloud told it an id.
_NO_CLOUD: Final = frozenset({"iid-datasource-none", "nocloud"})
_LENGTH: Final = 32


def host_ids(root: str, *, contained: bool) -> Iterator[tuple[str, str]]:
    """Yield the ids of the machine and their sources, the strongest first.

    Args:
        root: Where the files are.
        contained: This is a container: `/etc/machine-id` is its image's, the same in each copy, and isn't read.

    Source: OpenTelemetry semantic conventions 1.44, `host.id`; machine-id(5).
    """
    cloud = read(root, _CLOUD, 1_024).strip()
    if cloud not in _NO_CLOUD:
        yield cloud, _CLOUD
    for path in () if contained else _MACHINE:
        machine = read(root, path, 1_024).strip()
        # `uninitialized` stands there while an image boots for the first time.
        if is_hex(machine, _LENGTH) and machine.strip("0"):
            yield machine, path
            return  # the other is the same by another name
