"""Secrets in the objects of libraries: models, headers, queries, requests, what stands for something else."""

from __future__ import annotations

import argparse
import configparser
import email.message
import http.cookies
import sqlite3
import subprocess
import urllib.parse
import urllib.request
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, Final

from benchmarks.judge.bypass.planting import Case
from structlog_enrich.redaction import Sensitive

if TYPE_CHECKING:
    from benchmarks.judge.bypass.planting import Planting

__all__ = ["LIBRARIES"]

# Each library is imported by its own case only: where one isn't installed the others are played all the same.


def _attrs(planting: Planting) -> None:
    attrs = import_module("attrs")
    for options in ({}, {"frozen": True}, {"slots": False}):
        kind = attrs.make_class("Account", ["user", attrs.field() and "password"], **options)
        planting.info(account=kind("ada", planting.secret))


def _attrs_unseen(planting: Planting) -> None:
    attrs = import_module("attrs")
    kind = attrs.make_class("Account", {"user": attrs.field(), "password": attrs.field(repr=False)})
    planting.info(account=kind("ada", planting.secret))


def _pydantic(planting: Planting) -> None:
    kind = import_module("pydantic").create_model("Account", user=str, password=str)
    planting.info(account=kind(user="ada", password=planting.secret))


def _pydantic_nested(planting: Planting) -> None:
    create = import_module("pydantic").create_model
    inner = create("Login", password=str)
    kind = create("Account", logins=list[inner])  # type: ignore[valid-type]
    planting.info(account=kind(logins=[inner(password=planting.secret)]))


def _pydantic_extra(planting: Planting) -> None:
    pydantic = import_module("pydantic")
    kind = pydantic.create_model("Account", __config__=pydantic.ConfigDict(extra="allow"), user=str)
    planting.info(account=kind(user="ada", password=planting.secret))


def _pydantic_marked(planting: Planting) -> None:
    kind = import_module("pydantic").create_model("Account", motto=Annotated[str, Sensitive()])
    planting.info(account=kind(motto=planting.secret))


def _secret_str(planting: Planting) -> None:
    pydantic = import_module("pydantic")
    planting.info(motto=pydantic.SecretStr(planting.secret), many=[pydantic.SecretBytes(planting.secret.encode())])


def _secret_of_a_dict(planting: Planting) -> None:
    pydantic = import_module("pydantic")
    planting.info(motto=pydantic.Secret[dict]({"x": planting.secret}))  # type: ignore[type-arg]


def _pydantic_dsn(planting: Planting) -> None:
    planting.info(dsn=import_module("pydantic").PostgresDsn(f"postgresql://app:{planting.secret}@db/shop"))


def _multi_dict(planting: Planting) -> None:
    kind = import_module("werkzeug.datastructures").MultiDict
    planting.info(form=kind([("user", "ada"), ("password", planting.secret), ("password", planting.made(30))]))


def _werkzeug_headers(planting: Planting) -> None:
    kind = import_module("werkzeug.datastructures").Headers
    planting.info(headers=kind([("Authorization", f"Bearer {planting.secret}"), ("Cookie", f"sid={planting.secret}")]))


def _local_proxy(planting: Planting) -> None:
    proxy = import_module("werkzeug.local").LocalProxy(planting.trap("a werkzeug proxy"))
    planting.info(user=proxy, password=planting.secret)


def _flask_request(planting: Planting) -> None:
    flask = import_module("flask")
    app = flask.Flask(__name__)
    with app.test_request_context(f"/login?token={planting.secret}", headers={"X-Api-Key": planting.secret}):
        request = flask.request
        planting.info(request=request, args=request.args, headers=request.headers, environ=request.environ)


def _flask_own_request(planting: Planting) -> None:
    flask = import_module("flask")
    app = flask.Flask(__name__)
    with app.test_request_context(f"/login?token={planting.secret}") as context:
        planting.info(request=context.request, url=context.request.url, path=context.request.full_path)


def _django() -> Any:
    settings = import_module("django.conf").settings
    if not settings.configured:
        databases = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
        settings.configure(DATABASES=databases, INSTALLED_APPS=[], USE_TZ=True)
        import_module("django").setup()
    return import_module("django.db.models")


def _query_dict(planting: Planting) -> None:
    _django()
    kind = import_module("django.http").QueryDict
    planting.info(form=kind(f"user=ada&password={planting.secret}&password={planting.made(30)}"))


def _django_request(planting: Planting) -> None:
    _django()
    request = (
        import_module("django.test")
        .RequestFactory()
        .get(f"/login?token={planting.secret}", headers={"authorization": f"Bearer {planting.secret}"})
    )
    planting.info(request=request, meta=request.META, headers=request.headers, get=request.GET, cookies=request.COOKIES)


def _django_lazy(planting: Planting) -> None:
    functional = import_module("django.utils.functional")
    trap = planting.trap("a Django proxy")
    planting.info(
        user=functional.SimpleLazyObject(trap),
        title=functional.lazystr("x"),
        text=functional.lazy(trap, str)(),
        password=planting.secret,
    )


def _django_model(planting: Planting) -> Any:
    models = _django()
    registry = import_module("django.apps").apps
    found = registry.all_models["tests"].get("member")
    if found is not None:
        return found
    meta = type("Meta", (), {"app_label": "tests"})
    fields = {"user": models.CharField(max_length=99), "password": models.CharField(max_length=99)}
    text = {"__str__": lambda self: f"{self.user} password={self.password}"}
    return type("Member", (models.Model,), {"__module__": __name__, "Meta": meta, **fields, **text})


def _model_instance(planting: Planting) -> None:
    kind = _django_model(planting)
    planting.info(member=kind(user="ada", password=planting.secret), fields=vars(kind(password=planting.secret)))


def _query_set(planting: Planting) -> None:
    kind = _django_model(planting)
    connection = import_module("django.db").connection
    with connection.execute_wrapper(planting.trap("a query")):
        rows = kind.objects.filter(password=planting.secret)
        given = {"some": rows[:5], "values": rows.values("password"), "query": rows.query}
        planting.info(rows=rows, **given, password=planting.secret)


def _sqlalchemy(planting: Planting) -> Any:
    sqlalchemy, orm = import_module("sqlalchemy"), import_module("sqlalchemy.orm")
    registry = orm.registry()
    table = sqlalchemy.Table(
        "members",
        registry.metadata,
        sqlalchemy.Column("id", sqlalchemy.Integer, primary_key=True),
        sqlalchemy.Column("password", sqlalchemy.String),
    )
    kind = type("Member", (), {"__repr__": lambda self: f"<Member password={self.password!r}>"})
    registry.map_imperatively(kind, table)
    return sqlalchemy, orm, kind, table


def _sqlalchemy_instance(planting: Planting) -> None:
    *_, kind, _ = _sqlalchemy(planting)
    planting.info(member=kind(password=planting.secret))


def _sqlalchemy_row(planting: Planting) -> None:
    sqlalchemy, *_ = _sqlalchemy(planting)
    engine = sqlalchemy.create_engine("sqlite://", poolclass=import_module("sqlalchemy.pool").StaticPool)
    with engine.connect() as connection:
        row = connection.execute(
            sqlalchemy.text("select 'ada' as user, :given as password"), {"given": planting.secret}
        )
        found = row.one()
        planting.info(row=found, mapping=found._mapping)  # noqa: SLF001 (its public way)
    engine.dispose()


def _sqlalchemy_query(planting: Planting) -> None:
    sqlalchemy, orm, kind, _ = _sqlalchemy(planting)
    engine = sqlalchemy.create_engine("sqlite://")
    sqlalchemy.event.listen(engine, "before_cursor_execute", planting.trap("a query of SQLAlchemy"))
    session = orm.Session(engine)
    planting.info(rows=session.query(kind), chosen=sqlalchemy.select(kind), password=planting.secret)
    session.close()
    engine.dispose()


def _sqlalchemy_url(planting: Planting) -> None:
    sqlalchemy, *_ = _sqlalchemy(planting)
    url = sqlalchemy.make_url(f"postgresql://app:{planting.secret}@db/shop?sslpassword={planting.secret}")
    planting.info(url=url, shown=url.render_as_string(hide_password=False))


def _httpx(planting: Planting) -> None:
    httpx = import_module("httpx")
    url, headers = (
        f"https://ada:{planting.secret}@api.example/v1?token={planting.secret}",
        {"X-Api-Key": planting.secret},
    )
    request = httpx.Request("GET", url, headers=headers, cookies={"sessionid": planting.secret})
    response = httpx.Response(200, request=request, headers={"Set-Cookie": f"sessionid={planting.secret}; Secure"})
    planting.info(
        request=request, response=response, url=request.url, headers=request.headers, raw=request.headers.raw,
        answered=response.headers, parameters=request.url.params, asked=str(request.url),
    )  # fmt: skip


def _httpx_headers(planting: Planting) -> None:
    planting.info(
        headers=import_module("httpx").Headers({"X-Api-Key": planting.secret, "Cookie": f"a={planting.secret}"})
    )


def _starlette(planting: Planting) -> None:
    structures, requests = import_module("starlette.datastructures"), import_module("starlette.requests")
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/",
        "query_string": f"token={planting.secret}".encode(),
        "headers": [
            (b"authorization", f"Bearer {planting.secret}".encode()),
            (b"cookie", b"sid=" + planting.secret.encode()),
        ],
        "server": ("api.example", 443),
        "scheme": "https",
    }
    request = requests.Request(scope)
    planting.info(
        scope=scope, request=request, headers=request.headers, url=request.url, parameters=request.query_params,
        cookies=request.cookies, form=structures.FormData([("password", planting.secret)]),
    )  # fmt: skip


def _starlette_secret(planting: Planting) -> None:
    planting.info(motto=import_module("starlette.datastructures").Secret(planting.secret), password=planting.secret)


def _celery(planting: Planting) -> None:
    celery = import_module("celery")
    app = celery.Celery("tests", broker=f"amqp://app:{planting.secret}@broker//", set_as_current=False)
    signature = app.signature("login", args=("ada",), kwargs={"password": planting.secret})
    planting.info(signature=signature, broker=app.conf.broker_url, text=repr(signature), connection=app.connection())


def _wrapt(planting: Planting) -> None:
    wrapt = import_module("wrapt")
    planting.info(form=wrapt.ObjectProxy({"password": planting.secret}), password=planting.secret)


def _numpy(planting: Planting) -> None:
    numpy = import_module("numpy")
    planting.info(rows=numpy.array([f"password={planting.secret}"]), one=numpy.str_(f"password={planting.secret}"))


def _pandas(planting: Planting) -> None:
    pandas = import_module("pandas")
    frame = pandas.DataFrame({"user": ["ada"], "password": [planting.secret]})
    planting.info(frame=frame, column=frame["password"], row=frame.iloc[0])


def _sqlite_row(planting: Planting) -> None:
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    row = connection.execute("select 'ada' as user, ? as password", [planting.secret]).fetchone()
    planting.info(row=row, pairs=dict(row))
    connection.close()


def _email(planting: Planting) -> None:
    message = email.message.Message()
    message["Authorization"] = f"Bearer {planting.secret}"
    planting.info(headers=message, pairs=message.items(), text=message.as_string())


def _cookie(planting: Planting) -> None:
    cookie: http.cookies.SimpleCookie = http.cookies.SimpleCookie()
    cookie["sessionid"] = planting.secret
    planting.info(cookie=cookie, header=cookie.output())


def _config(planting: Planting) -> None:
    config = configparser.ConfigParser()
    config.read_dict({"db": {"user": "ada", "password": planting.secret}})
    planting.info(config=config, section=config["db"])


def _parsed_url(planting: Planting) -> None:
    url = f"https://ada:{planting.secret}@api.example/v1?token={planting.secret}"
    planting.info(parsed=urllib.parse.urlsplit(url), query=urllib.parse.parse_qs(f"token={planting.secret}"))


def _url_request(planting: Planting) -> None:
    request = urllib.request.Request("https://api.example", headers={"X-Api-Key": planting.secret})
    planting.info(request=request, headers=request.headers, pairs=request.header_items())


def _completed(planting: Planting) -> None:
    command = ["psql", "--password", planting.secret]
    planting.info(done=subprocess.CompletedProcess(command, 0, stdout=f"password={planting.secret}".encode()))


LIBRARIES: Final = (
    Case("attrs", _attrs, needs="attrs", lines=3),
    Case("attrs whose repr hides it", _attrs_unseen, needs="attrs"),
    Case("pydantic", _pydantic, needs="pydantic"),
    Case("pydantic, nested", _pydantic_nested, needs="pydantic"),
    Case("pydantic, extra fields", _pydantic_extra, needs="pydantic"),
    Case("pydantic, a marked field", _pydantic_marked, needs="pydantic"),
    Case("SecretStr", _secret_str, needs="pydantic"),
    Case("Secret of a dict", _secret_of_a_dict, needs="pydantic"),
    Case("PostgresDsn", _pydantic_dsn, needs="pydantic"),
    Case("werkzeug MultiDict", _multi_dict, needs="werkzeug"),
    Case("werkzeug Headers", _werkzeug_headers, needs="werkzeug"),
    Case("werkzeug LocalProxy", _local_proxy, needs="werkzeug"),
    Case("flask request, a proxy", _flask_request, needs="flask"),
    Case("flask request itself", _flask_own_request, needs="flask"),
    Case("django QueryDict", _query_dict, needs="django"),
    Case("django request", _django_request, needs="django"),
    Case("django lazy objects", _django_lazy, needs="django"),
    Case("django model", _model_instance, needs="django"),
    Case("django QuerySet", _query_set, needs="django"),
    Case("sqlalchemy instance", _sqlalchemy_instance, needs="sqlalchemy"),
    Case("sqlalchemy row", _sqlalchemy_row, needs="sqlalchemy"),
    Case("sqlalchemy query", _sqlalchemy_query, needs="sqlalchemy"),
    Case("sqlalchemy URL", _sqlalchemy_url, needs="sqlalchemy"),
    Case("httpx request and response", _httpx, needs="httpx"),
    Case("httpx Headers", _httpx_headers, needs="httpx"),
    Case("starlette scope and request", _starlette, needs="starlette"),
    Case("starlette Secret", _starlette_secret, needs="starlette"),
    Case("celery signature and broker", _celery, needs="celery"),
    Case("wrapt proxy", _wrapt, needs="wrapt"),
    Case("numpy array", _numpy, needs="numpy"),
    Case("pandas frame", _pandas, needs="pandas"),
    Case("sqlite3 row", _sqlite_row),
    Case("email message", _email),
    Case("simple cookie", _cookie),
    Case("config parser", _config),
    Case("argparse namespace", lambda p: p.info(options=argparse.Namespace(user="ada", password=p.secret))),
    Case("parsed URL", _parsed_url),
    Case("urllib request", _url_request),
    Case("completed process", _completed),
)
