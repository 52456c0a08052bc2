"""Secrets inside texts, where no key of the event names them."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from benchmarks.judge.bypass.planting import Case

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.judge.bypass.planting import Planting

__all__ = ["TEXTS"]

_RED, _PLAIN = "\x1b[31m", "\x1b[0m"
_CUT: Final = 80
_ROW: Final = 'INSERT INTO t ("n", "password") VALUES (1, \'@@\')'


def _message(template: str) -> Callable[[Planting], None]:
    """Return what logs a message with the secret in place of `@@`."""

    def log(planting: Planting) -> None:
        planting.info(template.replace("@@", planting.secret))

    return log


def _body(make: Callable[[str], str | bytes]) -> Callable[[Planting], None]:
    """Return what logs what is made of the secret, as a value under a name that says nothing."""

    def log(planting: Planting) -> None:
        planting.info(body=make(planting.secret))

    return log


def jwt(planting: Planting) -> str:
    """Return a token whose claims hold the secret."""
    header, claims = (
        urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in ({"alg": "HS256", "typ": "JWT"}, {"sub": planting.secret, "exp": 1_700_000_000})
    )
    return f"{header}.{claims}.{planting.made(43)}"


def pem(planting: Planting) -> str:
    """Return a private key."""
    kind = "PRIVATE" + " KEY"
    body = "\n".join((planting.made(64), planting.made(128)[64:], planting.made(40)))
    return f"-----BEGIN {kind}-----\n{body}\n-----END {kind}-----\n"


def _percent(text: str) -> str:
    return "".join(f"%{ord(each):02X}" for each in text)


def _basic(secret: str) -> str:
    return b64encode(f"ada:{secret}".encode()).decode()


def _cut_by_others(make: Callable[[Planting], str], keep: int = _CUT) -> Callable[[Planting], None]:
    """Return what logs a text that a processor of the team cuts before redaction sees it."""

    def cut(_logger: Any, _name: str, event: Any) -> Any:
        return {**event, "body": event["body"][:keep]}

    def log(planting: Planting) -> None:
        planting.through(planting.logger(cut).info, "x", body=make(planting))

    return log


def _argv(*before: str) -> Callable[[Planting], None]:
    return lambda planting: planting.info(argv=[*before, planting.secret])


def _provider(planting: Planting) -> str:
    return "gh" + "p_" + planting.made(36)


TEXTS: Final = (
    Case("assignment", _message("login failed: user=ada password=@@")),
    Case("assignment with spaces", _message("login failed: user = ada, password = @@")),
    Case("assignment in quotes", _message("connecting with password='@@'")),
    Case("assignment, camel case", _message("connecting with dbPassword=@@")),
    Case("assignment in Cyrillic disguise", _message("connecting with p\u0430ssword=@@")),
    Case("assignment of what begins like a placeholder", _message("connecting with password=xxx@@")),
    Case("prose", _message("Password: @@")),
    Case("prose, in the middle", _message("The password is @@ until tomorrow")),
    Case("prose, a token", _message("got access token @@ from the cache")),
    Case("dict repr", _body(lambda s: repr({"user": "ada", "password": s}))),
    Case("dict repr of bytes", _body(lambda s: repr({b"password": s.encode()}))),
    Case("dict repr in a message", _message("payload: {'user': 'ada', 'password': '@@'}")),
    Case("dataclass repr", _message("got Login(user='ada', password='@@')")),
    Case("JSON", _body(lambda s: json.dumps({"user": "ada", "password": s}))),
    Case("JSON as bytes", _body(lambda s: json.dumps({"user": "ada", "password": s}).encode())),
    Case("JSON, indented", _body(lambda s: json.dumps({"user": "ada", "password": s}, indent=2))),
    Case("JSON with a list", _body(lambda s: json.dumps({"passwords": [s, s]}))),
    Case("JSON with an object", _body(lambda s: json.dumps({"credentials": {"ada": s}}))),
    Case("JSON with an object under a password", _body(lambda s: json.dumps({"password": {"ada": s}, "n": 1}))),
    Case("JSON with lists in a list", _body(lambda s: json.dumps({"secrets": [["a"], s]}))),
    Case("dict repr with an object", _body(lambda s: repr({"token": {"value": s}, "n": 1}))),
    Case("JSON with name and value", _body(lambda s: json.dumps([{"name": "DB_PASSWORD", "value": s}]))),
    Case("JSON with an escaped key", _body(lambda s: f'{{"pass\\u0077ord": "{s}"}}')),
    Case("JSON with an escaped value", _body(lambda s: f'{{"password": "a\\"b{s}"}}')),
    Case("JSON within JSON", _body(lambda s: json.dumps({"body": json.dumps({"password": s})}))),
    Case("JSON within JSON within JSON", _body(lambda s: json.dumps([json.dumps([json.dumps({"password": s})])]))),
    Case("JSON, cut", _body(lambda s: json.dumps({"user": "ada", "password": s})[:-2])),
    Case("JSON lines", _body(lambda s: '{"a": 1}\n' + json.dumps({"password": s}))),
    Case("form body", _body(lambda s: urlencode({"user": "ada", "password": s, "next": "/"}))),
    Case("form body as bytes", _body(lambda s: urlencode({"user": "ada", "password": s}).encode())),
    Case("form body with a percent-encoded name", _body(lambda s: f"user=ada&{_percent('password')}={s}")),
    Case(
        "multipart body", _body(lambda s: f'--x\r\nContent-Disposition: form-data; name="password"\r\n\r\n{s}\r\n--x--')
    ),
    Case("XML", _body(lambda s: f"<login><user>ada</user><password>{s}</password></login>")),
    Case("XML attribute", _body(lambda s: f'<login user="ada" password="{s}"/>')),
    Case("YAML", _body(lambda s: f"db:\n  user: ada\n  password: {s}\n")),
    Case("INI", _body(lambda s: f"[db]\nuser = ada\npassword = {s}\n")),
    Case("SQL, a row", _message("INSERT INTO users (name, password) VALUES ('ada', '@@')")),
    Case(
        "SQL, several rows",
        _message("INSERT INTO `users` (`password`, `name`) VALUES ('@@', 'ada, (x)'), ('@@', 'bob''s')"),
    ),
    Case("SQL, an update", _message("UPDATE users SET password = 'o''neil @@' WHERE id = 7")),
    Case("SQL, a condition", _message("SELECT id FROM sessions WHERE \"token\" = N'@@'")),
    Case("SQL in JSON", _body(lambda s: json.dumps({"q": _ROW.replace("@@", s)}))),
    Case(
        "SQL, arguments of Django",
        _message("(0.001) INSERT INTO t (\"password\", \"name\") VALUES (%s, %s); args=('@@', 'ada'); alias=default"),
    ),
    Case(
        "SQL, arguments of an update", _message("(0.001) UPDATE t SET \"password\" = %s WHERE id = %s; args=('@@', 7)")
    ),
    Case(
        "SQL, arguments of PostgreSQL",
        _message("INSERT INTO t (name, password) VALUES ($1, $2) with parameters: $1 = 'ada', $2 = '@@'"),
    ),
    Case("SQL, arguments beside it", _message("INSERT INTO t (n, password) VALUES (?, ?): ['ada', '@@']")),
    Case("beside it, behind a tab", _message("password\t@@")),
    Case("beside it, in brackets", _message("Password [@@]")),
    Case("beside it, in round brackets", _message("login with password (@@) refused")),
    Case("assignment, the shortest name", _message("pw=@@")),
    Case("command line", _message("running psql --user ada --password @@ --host db")),
    Case("command line with =", _message("running psql --password=@@")),
    Case("argv", _argv("psql", "--user", "ada", "--password")),
    Case("argv with =", lambda p: p.info(argv=["psql", f"--password={p.secret}"])),
    Case("argv as a tuple", lambda p: p.info(argv=("curl", "--api-key", p.secret, "https://api.example"))),
    Case("argv of a Java process", lambda p: p.info(argv=["java", f"-Ddb.password={p.secret}", "Main"])),
    Case("argv with a header", lambda p: p.info(argv=["curl", "-H", f"Authorization: Bearer {p.secret}"])),
    Case("argv with a short option", lambda p: p.info(argv=["sshpass", "-p", p.secret, "ssh", "host"])),
    Case("argv with user and password", lambda p: p.info(argv=["curl", "-u", f"ada:{p.secret}"])),
    Case("argv with a glued option", lambda p: p.info(argv=["mysql", "-u", "ada", f"-p{p.secret}"])),
    Case("argv that begins with its option", _argv("--password")),
    Case("argv that begins with its option, and more", lambda p: p.info(argv=["--password", p.secret, "--host", "db"])),
    Case("argv in bytes", lambda p: p.info(argv=[b"psql", b"--password", p.secret.encode()])),
    Case("repr of an argv", _body(lambda s: repr(["mysql", "--password", s]))),
    Case("environment pairs", lambda p: p.info(environ=["PATH=/bin", f"DB_PASSWORD={p.secret}"])),
    Case("environment in a message", _message("env: PATH=/bin DB_PASSWORD=@@ HOME=/root")),
    Case("exported", _message("export AWS_SECRET_ACCESS_KEY=@@")),
    Case("DSN of keywords", _body(lambda s: f"host=db port=5432 user=app password={s} dbname=shop")),
    Case("connection string", _body(lambda s: f"Server=db;Database=shop;User Id=app;Password={s};Encrypt=true")),
    Case("URL userinfo", _body(lambda s: f"https://ada:{s}@api.example/v1")),
    Case("URL userinfo of a database", _message("cannot reach postgres://app:@@@db:5432/shop")),
    Case("URL userinfo with +srv", _body(lambda s: f"mongodb+srv://app:{s}@cluster.example/shop")),
    Case("URL userinfo with @ within", _body(lambda s: f"amqp://app:p@ss{s}@broker/")),
    Case("URL userinfo without user", _body(lambda s: f"redis://:{s}@cache:6379/0")),
    Case("URL query", _body(lambda s: f"https://api.example/v1?user=ada&token={s}&page=2")),
    Case("URL query, api key", _message("GET /v1/orders?api_key=@@&page=2 200")),
    Case("URL query, signature", _body(lambda s: f"https://b.s3.amazonaws.com/k?X-Amz-Signature={s}")),
    Case("URL fragment", _body(lambda s: f"https://app.example/cb#access_token={s}&token_type=bearer")),
    Case("URL in bytes", _body(lambda s: f"postgres://app:{s}@db/shop".encode())),
    Case("percent-encoded userinfo", _body(lambda s: f"postgres://app:{_percent(s)}@db/shop")),
    Case("percent-encoded in a query", _body(lambda s: f"https://api.example/?password={quote('p@/ ' + s, safe='')}")),
    Case(
        "percent-encoded URL in a URL",
        _body(lambda s: "https://a.example/?next=" + quote(f"https://b.example/?token={s}", safe="")),
    ),
    Case("bearer header", _message("sent Authorization: Bearer @@")),
    Case("bearer alone", _body(lambda s: f"Bearer {s}")),
    Case("basic header", _message("sent Authorization: Basic @@")),
    Case("basic header, user and password", _body(lambda s: f"Authorization: Basic {_basic(s)}")),
    Case("basic alone, user and password", _body(lambda s: f"Basic {_basic(s)}")),
    Case("digest header", _body(lambda s: f'Authorization: Digest username="ada", nonce="x", response="{s}"')),
    Case("request as bytes", _body(lambda s: f"GET / HTTP/1.1\r\nHost: a\r\nX-Api-Key: {s}\r\n\r\n".encode())),
    Case("cookie header", _message("Cookie: theme=dark; sessionid=@@; lang=de")),
    Case("set-cookie header", _message("Set-Cookie: sessionid=@@; Path=/; HttpOnly")),
    Case("base64 of user and password", lambda p: p.info(authorization=_basic(p.secret))),
    Case("JWT", lambda p: p.info(body=jwt(p))),
    Case("JWT in a message", lambda p: p.info(f"refused {jwt(p)} of ada")),
    Case("JWT in JSON", lambda p: p.info(body=json.dumps({"data": jwt(p)}))),
    Case("PEM", lambda p: p.info(body=pem(p))),
    Case("PEM on one line", lambda p: p.info(body=pem(p).replace("\n", "\\n"))),
    Case("PEM in JSON", lambda p: p.info(body=json.dumps({"data": pem(p)}))),
    Case("PEM in bytes", lambda p: p.info(body=pem(p).encode())),
    Case("token of a provider", lambda p: p.info(f"cloning with {_provider(p)}")),
    Case("token of a provider in a list", lambda p: p.info(seen=["x", _provider(p)])),
    Case("token of a provider as the message", lambda p: p.info(_provider(p))),
    Case("assignment across a line break", lambda p: p.info(f"password={p.secret[:12]}\n{p.secret[12:]}")),
    Case(
        "token of a provider across a line break", lambda p: p.info("\n".join((_provider(p)[:20], _provider(p)[20:])))
    ),
    Case("cut by others: assignment", _cut_by_others(lambda p: "x" * 59 + f" password={p.made(40)}")),
    Case("cut by others: bearer", _cut_by_others(lambda p: "x" * 48 + f" Authorization: Bearer {p.made(40)}")),
    Case("cut by others: JSON", _cut_by_others(lambda p: "x" * 50 + json.dumps({"password": p.made(60)}))),
    Case("cut by others: userinfo", _cut_by_others(lambda p: "x" * 48 + f" postgres://app:{p.made(40)}@db/shop")),
    Case("cut by others: PEM", _cut_by_others(pem, 120)),
    Case("cut by others: JWT", _cut_by_others(jwt, 100)),
    Case("cut by others: token of a provider", _cut_by_others(_provider, 30)),
    Case("f-string", lambda p: p.info(f"{ {'password': p.secret}!r} sent")),
    Case("positional arguments", lambda p: p.info("password=%s of %s", p.secret, "ada")),
    Case("a positional argument that is a dict", lambda p: p.info("form %s", {"password": p.secret})),
    Case("a named positional argument", lambda p: p.info("password=%(password)s", {"password": p.secret})),
    Case("arguments left over", lambda p: p.info("no room", f"password={p.secret}")),
    Case("a message that is a dict", lambda p: p.info({"password": p.secret})),
    Case("a message that is a list of pairs", lambda p: p.info([("Authorization", f"Bearer {p.secret}")])),
    Case("a message that is bytes", lambda p: p.info(f"password={p.secret}".encode())),
    Case("colours around the value", _message(f"password={_RED}@@{_PLAIN}")),
    Case("colours around the key", _message(f"{_RED}password{_PLAIN}=@@")),
    Case("colours around the sign", _message(f"password{_RED}={_PLAIN}@@")),
    Case("colours around a token", lambda p: p.info(f"{_RED}{_provider(p)}{_PLAIN}")),
    Case("colours written out", _message("password=\\x1b[31m@@\\x1b[0m")),
    Case("a context variable's text", lambda p: p.through(p.logger().bind(note=f"password={p.secret}").info, "x")),
)
