"""Which container this is, by strict rules: no id is better than one of something else.

Taking the first hexadecimal word for an id makes containers of `session-c2.scope` (`c2`) and `foo-dead.service`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from structlog_enrich.resource.files import MAX_BYTES, exists, read
from structlog_enrich.resource.findings import Candidate
from structlog_enrich.resource.rules import HEX, is_hex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["container", "groups", "pod"]

_DIGITS: Final = "0123456789"
_MANAGERS: Final = ("docker", "cri-containerd", "crio", "libpod")
_UUID: Final = [8, 4, 4, 4, 12]
_GARDEN: Final = (_UUID, [8, 4, 4, 4, 4])  # it ends its own kind after four
_LENGTH: Final = 64
_SHORT: Final = 12
_MOUNTED: Final = ("/etc/hostname", "/etc/hosts", "/etc/resolv.conf")
_IN_POD: Final = frozenset({*_MOUNTED, "/dev/termination-log"})
_SIGNS: Final = ("/.dockerenv", "/run/.containerenv")
_GROUPS: Final = "/proc/self/cgroup"
_MOUNTS: Final = "/proc/self/mountinfo"
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


def groups(root: str) -> list[str]:
    """Return the paths of the control groups that this process is in."""
    # 12:memory:/docker/<id>
    return [line.partition(":")[2].partition(":")[2] for line in read(root, _GROUPS).splitlines()]


def container(
    root: str, paths: Iterable[str], variable: Callable[[str], str], *, in_pod: bool
) -> tuple[Candidate | None, bool]:
    """Return the id of the container this process runs in, where it can be told, and whether it runs in one at all.

    1. The control group's path names it, where the container sees the host's paths.
    2. Elsewhere the files that a container manager mounts at `/etc/hostname` and its like come from a folder of that
       name. In a Kubernetes pod they belong to the sandbox that all its containers share, so they name none of them.
    3. Then the same for process 1.
    4. ECS has it in the address of its metadata.
    5. Docker and Podman name a host by the first 12 digits.

    Args:
        root: Where the files are.
        paths: The control groups'.
        variable: What an environment variable holds, or nothing.
        in_pod: The environment says that this is a Kubernetes pod.
    """
    garden = bool(variable("VCAP_APPLICATION") or variable("CF_INSTANCE_GUID"))
    for path in paths:
        if found := _of_group(path, garden=garden):
            return Candidate(found, _GROUPS), True
    contained = in_pod
    for path in () if in_pod else (_MOUNTS, "/proc/1/mountinfo"):
        found, mounts, in_pod = _of_mounts(root, path)
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
    if is_hex(host, _SHORT) and not in_pod and contained:
        return Candidate(host, "HOSTNAME (short id)"), True
    return None, contained or any(map(variable, _PLATFORMS))


def pod(root: str, paths: Iterable[str]) -> Candidate | None:
    """Return the uid of the Kubernetes pod this process runs in, where its control groups or its mounts name it."""
    for path in paths:
        # …/kubepods/burstable/pod<uid>/…, or …-pod<uid, its dashes as underscores>.slice. Of pods in a pod, the inner.
        for part in reversed(path.split("/")):
            above, found, uid = part.partition(":")[0].removesuffix(".slice").rpartition("pod")
            if found and (not above or above.endswith("-")) and _is_uuid(uid := uid.replace("_", "-")):
                return Candidate(uid, _GROUPS)
    for source, _ in _mounts(root, _MOUNTS):
        if named := _pod_of(source):
            return Candidate(named, _MOUNTS)
    return None


def _mounts(root: str, path: str) -> Iterator[tuple[list[str], str]]:
    for line in read(root, path, 4 * MAX_BYTES).splitlines():
        # 1245 1095 0:127 /docker/containers/<id>/hostname /etc/hostname rw,relatime - ext4 /dev/vda1 rw
        parts = line.split(" ", 5)
        if len(parts) > 4 and parts[4] in _IN_POD:  # noqa: PLR2004 (the root and the mount point are the 4th and 5th)
            yield parts[3].split("/"), parts[4]


def _has_sign(root: str, variable: Callable[[str], str]) -> bool:
    # Those of systemd and LXC are machines of their own, with an id of their own.
    manager = variable("container")
    return bool(manager and manager not in _MACHINES) or any(exists(root, each) for each in _SIGNS)


def _of_group(path: str, *, garden: bool) -> str | None:
    *_, highest, above, last = ["", "", *path.split("/")]
    # crun puts the process into a group `container` below the container's own.
    above, group = (highest, above) if last == "container" else (above, last)
    # containerd under systemd, told no folder of its own: <slice of the pod>:cri-containerd:<id>
    manager, _, name = group.partition(":")[2].partition(":")
    if manager not in _MANAGERS:
        name = group.removesuffix(".scope")
        for each in _MANAGERS:
            name = name.removeprefix(f"{each}-")
    if _is_id(name) or _is_task(name):
        return name
    return group if (garden or above == "garden") and _is_uuid(group, _GARDEN) else None


def _of_mounts(root: str, path: str) -> tuple[str | None, bool, bool]:
    """Return the container's id, whether a container manager mounted anything, and whether that was Kubernetes."""
    found: dict[str, str | None] = {}
    for source, mounted in _mounts(root, path):
        if _pod_of(source):
            return None, True, True
        found[mounted] = None if "sandboxes" in source else _named(source)
    # Containers that share a network share these files; the host's name is the last to be shared.
    return next((named for each in _MOUNTED if (named := found.get(each))), None), bool(found), False


def _pod_of(source: list[str]) -> str | None:
    # /var/lib/kubelet/pods/<uid>/etc-hosts
    return next((each for above, each in pairwise(source) if above == "pods" and _is_uuid(each)), None)


def _named(source: list[str]) -> str | None:
    # …/containers/<id>/…, …/overlay-containers/<id>/…, and nerdctl's …/containers/<namespace>/<id>/…
    for at, each in enumerate(source):
        if each in {"containers", "overlay-containers"}:
            return next((name for name in source[at + 1 : at + 3] if _is_id(name)), None) or _named(source[at + 1 :])
    return None


def _is_id(name: str) -> bool:
    return is_hex(name, _LENGTH)


def _is_task(name: str) -> bool:
    # Fargate: the task's id and a number.
    task, dash, number = name.partition("-")
    return is_hex(task, _LENGTH // 2) and bool(dash and number) and not number.strip(_DIGITS)


def _is_uuid(name: str, forms: tuple[list[int], ...] = (_UUID,)) -> bool:
    parts = name.split("-")
    return [len(each) for each in parts] in forms and not any(each.strip(HEX) for each in parts)
