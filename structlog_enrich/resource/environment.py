"""Which variables name which field: a table of all the tools and platforms, the strongest first.

A platform's variables count only where its sign is there, since names like `APP`, `REGION_NAME` or `HOSTNAME` mean
something else, or nothing, on a laptop. A sign is one or several variables that must all be set.

A source is the name of a variable; `VARIABLE part` is a part of one that holds several values
(see `structlog_enrich.resource.parts`), and `VARIABLE/VARIABLE` joins two by a slash.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CONFIGURABLE", "PREFIX", "SPEAKERS", "Speaker"]

PREFIX: Final = "STRUCTLOG_ENRICH_"
"""What each variable of our own begins with."""

CONFIGURABLE: Final = (
    "service",
    "version",
    "environment",
    "host",
    "instance_id",
    "host_id",
    "container_id",
    "service_namespace",
    "k8s_namespace",
    "k8s_pod",
    "region",
    "release_channel",
    "commit",
)
"""The fields that a variable can name: all of the `Resource` but `runtime`."""


class Speaker(NamedTuple):
    """Say what one tool or platform calls the fields.

    Attributes:
        name: Whose variables these are.
        signs: It is there when all variables of one of these are set; none needed when empty.
        sources: Field to the sources that name it, best first.
    """

    name: str
    signs: tuple[tuple[str, ...], ...]
    sources: Mapping[str, tuple[str, ...]]


def _otel(*attributes: str) -> tuple[str, ...]:
    return tuple(f"OTEL_RESOURCE_ATTRIBUTES {each}" for each in attributes)


_POD: Final = ("POD_NAME", "K8S_POD_NAME", "MY_POD_NAME", "OTEL_RESOURCE_ATTRIBUTES_POD_NAME", "HOSTNAME")
_POD_UID: Final = ("POD_UID", "K8S_POD_UID", "MY_POD_UID", *_otel("k8s.pod.uid"), "DD_ENTITY_ID", "DD_EXTERNAL_ENV pu")
_NODE: Final = (
    "NODE_NAME",
    "K8S_NODE_NAME",
    "MY_NODE_NAME",
    "OTEL_RESOURCE_ATTRIBUTES_NODE_NAME",
    *_otel("k8s.node.name"),
)

_REVISIONS: Final = (
    "GIT_SHA",
    "GIT_COMMIT",
    "COMMIT_SHA",
    "SOURCE_COMMIT",
    "SOURCE_VERSION",
    "GITHUB_SHA",
    "CI_COMMIT_SHA",
    "CODEBUILD_RESOLVED_SOURCE_VERSION",
    "CIRCLE_SHA1",
)

SPEAKERS: Final = (
    Speaker("structlog-enrich", (), {field: (PREFIX + field.upper(),) for field in CONFIGURABLE}),
    Speaker(
        "OpenTelemetry",
        (),
        {
            "service": ("OTEL_SERVICE_NAME", *_otel("service.name")),
            "version": _otel("service.version"),
            "environment": _otel("deployment.environment.name", "deployment.environment"),
            "host": _otel("host.name"),
            "instance_id": _otel("service.instance.id"),
            "host_id": _otel("host.id"),
            "container_id": _otel("container.id"),
            "service_namespace": _otel("service.namespace"),
            "k8s_namespace": _otel("k8s.namespace.name"),
            "k8s_pod": _otel("k8s.pod.name"),
            "region": _otel("cloud.region"),
            "commit": _otel("vcs.ref.head.revision"),
        },
    ),
    Speaker(
        "Datadog",
        (),
        {
            "service": ("DD_SERVICE", "DD_TAGS service"),
            "version": ("DD_VERSION", "DD_TAGS version"),
            "environment": ("DD_ENV", "DD_TAGS env"),
            "host": ("DD_HOSTNAME",),
            "commit": ("DD_GIT_COMMIT_SHA",),
        },
    ),
    Speaker(
        "Elastic APM",
        (),
        {
            "service": ("ELASTIC_APM_SERVICE_NAME",),
            "version": ("ELASTIC_APM_SERVICE_VERSION",),
            "environment": ("ELASTIC_APM_ENVIRONMENT",),
            "instance_id": ("ELASTIC_APM_SERVICE_NODE_NAME",),
        },
    ),
    Speaker("Sentry", (), {"version": ("SENTRY_RELEASE",), "environment": ("SENTRY_ENVIRONMENT",)}),
    Speaker(
        "Logfire",
        (),
        {
            "service": ("LOGFIRE_SERVICE_NAME",),
            "version": ("LOGFIRE_SERVICE_VERSION", "OTEL_SERVICE_VERSION"),
            "environment": ("LOGFIRE_ENVIRONMENT",),
        },
    ),
    Speaker(
        "Cloud Run, Cloud Functions",
        (("K_SERVICE", "K_REVISION"), ("CLOUD_RUN_JOB",)),
        {
            "service": ("K_SERVICE", "CLOUD_RUN_JOB"),
            "version": ("K_REVISION",),
            "instance_id": ("CLOUD_RUN_EXECUTION/CLOUD_RUN_TASK_INDEX",),
            "region": ("GOOGLE_CLOUD_REGION",),
        },
    ),
    Speaker(
        "App Engine",
        (("GAE_SERVICE",),),
        {
            "service": ("GAE_SERVICE",),
            "version": ("GAE_VERSION", "GAE_DEPLOYMENT_ID"),
            "instance_id": ("GAE_INSTANCE",),
        },
    ),
    Speaker(
        "AWS Lambda",
        (("AWS_LAMBDA_FUNCTION_NAME",),),
        {
            "service": ("POWERTOOLS_SERVICE_NAME", "AWS_LAMBDA_FUNCTION_NAME"),
            "version": ("AWS_LAMBDA_FUNCTION_VERSION",),
            "instance_id": ("AWS_LAMBDA_LOG_STREAM_NAME",),
            "region": ("AWS_REGION",),
        },
    ),
    Speaker(
        "Amazon ECS",
        (("ECS_CONTAINER_METADATA_URI_V4",), ("ECS_CONTAINER_METADATA_URI",)),
        {"instance_id": ("HOSTNAME",), "region": ("AWS_REGION", "AWS_DEFAULT_REGION")},
    ),
    Speaker(
        "Amazon EKS",
        (
            ("KUBERNETES_SERVICE_HOST", "AWS_WEB_IDENTITY_TOKEN_FILE"),
            ("KUBERNETES_SERVICE_HOST", "AWS_CONTAINER_CREDENTIALS_FULL_URI"),
        ),
        {"region": ("AWS_REGION", "AWS_DEFAULT_REGION")},
    ),
    Speaker(
        "Azure App Service, Azure Functions",
        (("WEBSITE_SITE_NAME",),),
        {
            "service": ("WEBSITE_SITE_NAME",),
            "environment": ("WEBSITE_SLOT_NAME",),
            "instance_id": ("WEBSITE_INSTANCE_ID",),
            "region": ("REGION_NAME",),
        },
    ),
    Speaker(
        "Azure Container Apps",
        (("CONTAINER_APP_NAME",),),
        {
            "service": ("CONTAINER_APP_NAME",),
            "version": ("CONTAINER_APP_REVISION",),
            "instance_id": ("CONTAINER_APP_REPLICA_NAME",),
        },
    ),
    Speaker(
        "Kubernetes",
        (("KUBERNETES_SERVICE_HOST",),),
        {
            # Its own name is the pod's, which has a field; a uid is what tells pods on their node's network apart.
            "host": _NODE,
            "instance_id": (*_POD, *_POD_UID),
            "k8s_namespace": ("POD_NAMESPACE", "K8S_POD_NAMESPACE", "K8S_NAMESPACE", "MY_POD_NAMESPACE"),
            "k8s_pod": _POD,
        },
    ),
    Speaker(
        "Fly.io",
        (("FLY_APP_NAME",),),
        {
            "service": ("FLY_APP_NAME",),
            "version": ("FLY_IMAGE_REF tag", "FLY_MACHINE_VERSION"),
            "instance_id": ("FLY_MACHINE_ID", "FLY_ALLOC_ID"),
            "region": ("FLY_REGION",),
        },
    ),
    Speaker(
        "Heroku",
        (("DYNO",),),
        {
            "service": ("HEROKU_APP_NAME",),
            "version": ("HEROKU_RELEASE_VERSION", "HEROKU_BUILD_COMMIT", "HEROKU_SLUG_COMMIT"),
            "instance_id": ("HEROKU_DYNO_ID", "DYNO"),
            "commit": ("HEROKU_BUILD_COMMIT", "HEROKU_SLUG_COMMIT"),
        },
    ),
    Speaker(
        "Render",
        (("RENDER",),),
        {
            "service": ("RENDER_SERVICE_NAME",),
            "version": ("RENDER_GIT_COMMIT",),
            "environment": ("IS_PULL_REQUEST",),
            "instance_id": ("RENDER_INSTANCE_ID",),
            "commit": ("RENDER_GIT_COMMIT",),
        },
    ),
    Speaker(
        "Railway",
        (("RAILWAY_PROJECT_ID",), ("RAILWAY_SERVICE_NAME",)),
        {
            "service": ("RAILWAY_SERVICE_NAME",),
            "version": ("RAILWAY_GIT_COMMIT_SHA",),
            "environment": ("RAILWAY_ENVIRONMENT_NAME",),
            "instance_id": ("RAILWAY_REPLICA_ID",),
            "region": ("RAILWAY_REPLICA_REGION",),
            "commit": ("RAILWAY_GIT_COMMIT_SHA",),
        },
    ),
    Speaker(
        "Cloud Foundry",
        (("VCAP_APPLICATION",),),
        {
            "service": ("VCAP_APPLICATION application_name",),
            "version": ("VCAP_APPLICATION application_version",),
            "environment": ("VCAP_APPLICATION space_name",),
            "instance_id": ("CF_INSTANCE_GUID",),
        },
    ),
    Speaker(
        "Vercel",
        (("VERCEL",),),
        {
            "service": ("VERCEL_GIT_REPO_SLUG",),
            "version": ("VERCEL_GIT_COMMIT_SHA",),
            "environment": ("VERCEL_ENV",),
            "region": ("VERCEL_REGION",),
            "commit": ("VERCEL_GIT_COMMIT_SHA",),
        },
    ),
    Speaker(
        "Netlify",
        (("NETLIFY",),),
        {
            "service": ("SITE_NAME",),
            "version": ("COMMIT_REF",),
            "environment": ("CONTEXT",),
            "commit": ("COMMIT_REF",),
        },
    ),
    Speaker(
        "Scalingo",
        (("APP", "CONTAINER", "CONTAINER_VERSION"),),
        {
            "service": ("APP",),
            "version": ("CONTAINER_VERSION",),
            "instance_id": ("CONTAINER",),
            "region": ("REGION_NAME",),
        },
    ),
    Speaker(
        "image and CI",
        (),
        {
            "service": ("SERVICE_NAME", "APP_NAME"),
            # What somebody calls a version before what is only a revision, which has a field of its own.
            "version": ("BUILD_VERSION", "APP_VERSION", "VERSION", *_REVISIONS),
            "environment": ("ENVIRONMENT", "APP_ENV", "ENV", "DJANGO_ENV", "FLASK_ENV"),
            "region": ("REGION",),
            "release_channel": ("RELEASE_CHANNEL", "DEPLOY_CHANNEL"),
            "commit": _REVISIONS,
        },
    ),
)
"""All of them, the strongest first."""
