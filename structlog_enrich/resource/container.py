"""Which container this is, by strict rules: no id is better than one of something else.

Taking the first hexadecimal word for an id makes containers of `session-c2.scope` (`c2`) and `foo-dead.service`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from structlog_enrich.resource.files import MAX_BYTES, exists, read
from structlog_enrich.resource.findings import Candidate

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["container"]

_HEX: Final = "0123456789abcdef"
_DIGITS: Final = "0123456789"
_PREFIXES: Final = ("docker-", "cri-containerd-", "crio-", "libpod-")
_UUID: Final = ([8, 4, 4, 4, 12], [8, 4, 4, 4, 4])  # Garden ends its own kind after four
_LENGTH: Final = 64
_SHORT: Final = 12
_MOUNTED: Final = ("/etc/hostname", "/etc/hosts", "/etc/resolv.conf")
_SIGNS: Final = ("/.dockerenv", "/run/.containerenv")
_MACHINES: Final = frozenset({"lxc", "systemd-nspawn"})
# Where these are set, everything runs in a container, though none of its files say so.
_PLATFORMS: Final = (
    "AWS_LAMBDA_FUNCTION_NAME",
    "CLOUD_RUN_JOB",
    "CONTAINER_APP_NAME",
    "DYNO",
    "ECS_CONTAINER_METADATA_URI",
    "ECS_CONTAINER_METADATA_URI_V4",
    "K_SERVICE",
    "RAILWAY_SERVICE_NAME",
    "RENDER",
)


def container(root: str, variable: Callable[[str], str], *, in_pod: bool) -> tuple[Candidate | None, bool]:
    """Return the id of the container this process runs in, where it can be told, and whether it runs in one at all.

    1. The control group's path names it, where the container sees the host's paths.
    2. Elsewhere the files that a container manager mounts at `/etc/hostname` and its like come from a folder of that
       name. In a Kubernetes pod they belong to the sandbox that all its containers share, so they name none of them.
    3. Then the same for process 1.
    4. ECS has it in the address of its metadata.
    5. Docker and Podman name a host by the first 12 digits.

    Args:
        root: Where the files are.
        variable: What an environment variable holds, or nothing.
        in_pod: The environment says that this is a Kubernetes pod.
    """
    for line in read(root, "/proc/self/cgroup").splitlines():
        if found := _of_cgroup(line.partition(":")[2].partition(":")[2]):
            return Candidate(found, "/proc/self/cgroup"), True
    contained = in_pod
    for path in () if in_pod else ("/proc/self/mountinfo", "/proc/1/mountinfo"):
        found, mounts, in_pod = _of_mounts(read(root, path, 4 * MAX_BYTES))
        contained = contained or mounts
        if found:
            return Candidate(found, path), True
        if in_pod:
            break
    task = variable("ECS_CONTAINER_METADATA_URI_V4").rstrip("/").rpartition("/")[2]
    if _is_id(task) or _is_task(task):
        return Candidate(task, "ECS_CONTAINER_METADATA_URI_V4"), True
    host = variable("HOSTNAME")
    contained = contained or _has_sign(root, variable)
    if len(host) == _SHORT and not host.strip(_HEX) and not in_pod and contained:
        return Candidate(host, "HOSTNAME (short id)"), True
    return None, contained or any(map(variable, _PLATFORMS))


def _has_sign(root: str, variable: Callable[[str], str]) -> bool:
    # Those of systemd and LXC are machines of their own, with an id of their own.
    manager = variable("container")
    return bool(manager and manager not in _MACHINES) or any(exists(root, each) for each in _SIGNS)


def _of_cgroup(path: str) -> str | None:
    *_, above, last = ["", *path.split("/")]
    # crun puts the process into a group `container` below the container's own.
    group = above if last == "container" else last
    name = group.removesuffix(".scope")
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return name if _is_id(name) or _is_task(name) or _is_uuid(group) else None


def _of_mounts(text: str) -> tuple[str | None, bool, bool]:
    """Return the container's id, whether a container manager mounted anything, and whether that was Kubernetes."""
    found: dict[str, str | None] = {}
    for line in text.splitlines():
        # 1245 1095 0:127 /docker/containers/<id>/hostname /etc/hostname rw,relatime - ext4 /dev/vda1 rw
        parts = line.split(" ", 5)
        if len(parts) <= 4:  # noqa: PLR2004 (the root and the mount point are the fourth and fifth)
            continue
        source, mounted = parts[3].split("/"), parts[4]
        if "pods" in source and any(above == "pods" and _is_uuid(each) for above, each in pairwise(source)):
            return None, True, True
        if mounted in _MOUNTED:
            found[mounted] = None if "sandboxes" in source else _named(source)
    # Containers that share a network share these files; the host's name is the last to be shared.
    return next((named for each in _MOUNTED if (named := found.get(each))), None), bool(found), False


def _named(source: list[str]) -> str | None:
    # …/containers/<id>/…, …/overlay-containers/<id>/…, and nerdctl's …/containers/<namespace>/<id>/…
    for at, each in enumerate(source):
        if each in {"containers", "overlay-containers"}:
            return next((name for name in source[at + 1 : at + 3] if _is_id(name)), None) or _named(source[at + 1 :])
    return None


def _is_id(name: str) -> bool:
    return len(name) == _LENGTH and not name.strip(_HEX)


def _is_task(name: str) -> bool:
    # Fargate: the task's id and a number.
    task, dash, number = name.partition("-")
    return len(task) == _LENGTH // 2 and not task.strip(_HEX) and bool(dash and number) and not number.strip(_DIGITS)


def _is_uuid(name: str) -> bool:
    parts = name.split("-")
    return [len(each) for each in parts] in _UUID and not any(each.strip(_HEX) for each in parts)
