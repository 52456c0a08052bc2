"""Secrets known by the words around them: HTTP schemes, commands, SQL."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error

from structlog_enrich.redaction.values.rule import Rule, filler
from structlog_enrich.redaction.values.shapes import is_opaque, is_placeholder

__all__ = ["CONTEXTS"]


def _is_pair(secret: bytes) -> bool:
    try:
        decoded = b64decode(secret + b"=" * (-len(secret) % 4))
    except (Error, ValueError):
        return False
    return b":" in decoded and decoded.isascii()


def _is_value(secret: bytes) -> bool:
    return secret not in _SAMPLES and not secret.isdigit() and not is_placeholder(secret)


_SAMPLES = frozenset({b"pass", b"test", b"yyy"})


CONTEXTS = (
    Rule(
        "bearer-token",
        r"(?i:bearer)[ \t:=]{1,4}([A-Za-z0-9._~+/-]{8,}=*)",
        ("Bearer ", filler(32)),
        "https://www.rfc-editor.org/rfc/rfc6750#section-2.1",
        ("bearer",),
        check=is_opaque,
        after=r"[ \t:=]{1,4}[a-z0-9._~+/-]",
    ),
    Rule(
        "basic-auth",
        r"\b(?i:basic)[ \t]{1,4}([A-Za-z0-9+/]{6,}={0,2})",
        ("Basic ", "dXNlcjp", "odW50ZXIy"),
        "https://www.rfc-editor.org/rfc/rfc7617",
        ("basic",),
        check=_is_pair,
        after=r"[ \t]{1,4}[a-z0-9+/]{6}",
    ),
    Rule(
        "command-password",
        r"\s(?:-u|--user)[ =]{0,2}[\"']?[^\s:\"'$<]{0,128}[\"']?:[\"']?([^\s\"']{3,})",
        ("curl -u alice:", "hunter2", "hunter2"),
        "https://curl.se/docs/manpage.html#-u",
        ("-u", "--user"),
        before=1,
        after=r"[ =\"']",
        check=_is_value,
    ),
    Rule(
        "command-password",
        r"(?i:docker login|sshpass|psexec|mysql|mysqldump)\b[^\n\r]{0,160}?[ ]-p[ ]?[\"']?([^\s\"']{3,})",
        ("sshpass -p ", "hunter2", " ssh alice@host"),
        "https://linux.die.net/man/1/sshpass",
        ("docker login", "sshpass", "psexec", "mysql -", "mysqldump -"),
        check=_is_value,
    ),
    Rule(
        "command-password",
        r"\b(?i:redis-cli)\b[^\n\r]{0,160}?[ ]-a[ ]{1,4}[\"']?([^\s\"']{3,})",
        ("redis-cli -h db -a ", "hunter2", " ping"),
        "https://redis.io/docs/latest/develop/tools/cli/",
        ("redis-cli",),
        check=_is_value,
        after=r"[ ]",
    ),
    Rule(
        "command-password",
        r"\b(?i:htpasswd)[ ]-[A-Zac-mo-z]{0,6}b[A-Za-mo-z]{0,6}[ ][^\s-][^\s]{0,255}[ ][^\s]{1,128}[ ]([^\s]+)",
        ("htpasswd -b users ada ", "hunter2"),
        "https://httpd.apache.org/docs/current/programs/htpasswd.html",
        ("htpasswd",),
        check=_is_value,
        after=r"[ ]-[a-z]",
    ),
    Rule(
        "command-password",
        r"\b(?i:htpasswd)[ ]-[A-Za-z]{0,6}(?:n[A-Za-z]{0,6}b|b[A-Za-z]{0,6}n)[A-Za-z]{0,6}[ ][^\s]{1,128}[ ]([^\s]+)",
        ("htpasswd -nb ada ", "hunter2"),
        "https://httpd.apache.org/docs/current/programs/htpasswd.html",
        ("htpasswd",),
        check=_is_value,
        after=r"[ ]-[a-z]",
    ),
    Rule(
        "command-password",
        r"\b(?i:curl)[^\n\r]{0,160}?[ ]-b[ ]{0,2}[^\s=;\"']{1,64}=([^\s\"'\[]*)",
        ("curl -b sid=", filler(16), " https://example.com"),
        "https://curl.se/docs/manpage.html#-b",
        ("curl",),
        after=r"[ ]",
    ),
    Rule(
        "command-password",
        r"\b(?i:curl)[^\n\r]{0,160}?[ ]-b[ ]{0,2}[\"'][^\s=;\"']{1,64}=([^\n\"'\[]*)",
        ("curl -b 'sid=", filler(16), "; theme=dark' https://example.com"),
        "https://curl.se/docs/manpage.html#-b",
        ("curl",),
        after=r"[ ]",
    ),
    Rule(
        "command-password",
        r"\b(?i:net[ ]use)[ ][^\n\r]{0,160}?(?i:/user:)[^\s]{1,128}[ ]{1,4}([^\s/]{3,})",
        (r"net use x: \\host\share /user:ada ", "hunter2"),
        "https://learn.microsoft.com/previous-versions/windows/it-pro/windows-server-2012-r2-and-2012/gg651155(v=ws.11)",
        ("net use",),
        check=_is_value,
    ),
    Rule(
        "command-password",
        r"\b(?i:convertto-securestring)[ ]{1,4}(?:-(?i:string)[ ]{1,4})?[\"']([^\"'\n]{1,256})[\"']",
        ('ConvertTo-SecureString "', "hunter2", '" -AsPlainText -Force'),
        "https://learn.microsoft.com/powershell/module/microsoft.powershell.security/convertto-securestring",
        ("convertto-securestring",),
        check=_is_value,
    ),
    Rule(
        "connection-password",
        r"(?i:jdbc:oracle):[a-z0-9]{1,8}:[^\s/@\"']{1,64}/([^\s@\"']{1,128})@",
        ("jdbc:oracle:thin:scott/", "hunter2", "@db:1521:shop"),
        "https://docs.oracle.com/en/database/oracle/oracle-database/23/jjdbc/data-sources-and-URLs.html",
        ("jdbc:oracle",),
        check=_is_value,
    ),
    Rule(
        "connection-password",
        r"(?i:%3a%2f%2f)[A-Za-z0-9._~-]{0,128}(?i:%3a)((?:[A-Za-z0-9._~!*+-]|%[0-9A-Fa-f]{2}){1,256}?)(?i:%40)",
        ("next=redis%3A%2F%2Fapp%3A", "hunter2", "%40db%2F0"),
        "https://www.rfc-editor.org/rfc/rfc3986#section-2.1",
        ("%3a%2f%2f",),
        check=_is_value,
    ),
    Rule(
        "command-password",
        r"\s(?:-u|--user)[ =]{1,2}[\"']([^\s:\"'$<]{8,128}):[\"']",
        ("curl -u '", filler(16), ":'"),
        "https://curl.se/docs/manpage.html#-u",
        ("-u", "--user"),
        after=r"[ =\"']",
        before=1,
    ),
    Rule(
        "bundler-credential",
        r"BUNDLE_[A-Z0-9_]{1,80}__[A-Z_]{2,24}[\"' \t]{0,3}[=:][ \t]{0,4}[\"']?([^\s\"':/]{1,128}:[^\s\"';/]+)",
        ("BUNDLE_GEMS__CONTRIBSYS__COM=", "cafebabe", ":deadbeef"),
        "https://bundler.io/man/bundle-config.1.html#CREDENTIALS-FOR-GEM-SOURCES",
        ("BUNDLE_",),
    ),
    Rule(
        "sql-password",
        r"(?i:identified[ \t]+(?:with[ \t]+[a-z0-9_]{1,40}[ \t]+)?by(?:[ \t]+password)?)[ \t]+[\"']([^\"'\n]+)",
        ("IDENTIFIED BY '", "hunter2", "'"),
        "https://dev.mysql.com/doc/refman/8.4/en/create-user.html",
        ("identified",),
        check=_is_value,
    ),
    Rule(
        "netrc-password",
        r"(?i:login)[ \t\n]+[^\s]{1,128}[ \t\n]+(?i:password)[ \t\n]+([^\s\"']+)",
        ("machine host login alice password ", "hunter2"),
        "https://www.gnu.org/software/inetutils/manual/html_node/The-_002enetrc-file.html",
        ("login",),
        check=_is_value,
        after=r"[ \t\n]",
    ),
    Rule(
        "password-hash",
        r"\$(?:1\$[A-Za-z0-9./]{1,16}\$[A-Za-z0-9./]{22}|2[abxy]?\$[0-9]{2}\$[A-Za-z0-9./]{53}"
        r"|[56]\$(?:rounds=[0-9]{1,9}\$)?[A-Za-z0-9./]{1,16}\$[A-Za-z0-9./]{43,86}"
        r"|[89]\$[A-Za-z0-9./]{14}\$[A-Za-z0-9./]{43}"
        r"|argon2(?:id|i|d)\$v=[0-9]{1,3}\$[mtp=,0-9]{5,40}\$[A-Za-z0-9+/]{8,}\$[A-Za-z0-9+/]{16,}"
        r"|y\$[A-Za-z0-9./]{1,16}\$[A-Za-z0-9./]{1,64}\$[A-Za-z0-9./]{43})",
        ("$2b$12$", filler(53)),
        "https://man7.org/linux/man-pages/man5/crypt.5.html",
        ("$1$", "$2a$", "$2b$", "$2x$", "$2y$", "$5$", "$6$", "$8$", "$9$", "$argon2", "$y$"),
    ),
    Rule(
        "password-hash",
        r"pbkdf2_sha(?:256|1|512)\$[0-9]{1,9}\$[A-Za-z0-9+/]{1,64}\$[A-Za-z0-9+/]{20,}={0,2}",
        ("pbkdf2_sha256$600000$", filler(22), "$", filler(43), "="),
        "https://docs.djangoproject.com/en/stable/topics/auth/passwords/",
        ("pbkdf2_sha",),
    ),
    Rule(
        "password-hash",
        r"(?:[A-Za-z0-9_.-]{1,64}:[0-9]{1,10}):([a-fA-F0-9]{32}:[a-fA-F0-9]{32}):::",
        ("Administrator:500:", filler(32, "0123456789abcdef"), ":", filler(32, "0123456789abcdef"), ":::"),
        "https://learn.microsoft.com/windows-server/security/kerberos/passwords-technical-overview",
        (":::",),
        before=160,
    ),
    Rule(
        "kerberos-hash",
        r"\$krb5(?:asrep|tgs|pa)\$[0-9]{1,2}\$([^\s\"']{32,})",
        (
            "$krb5",
            "asrep$23$",
            "alice@example.com:",
            filler(32, "0123456789abcdef"),
            "$",
            filler(64, "0123456789abcdef"),
        ),
        "https://hashcat.net/wiki/doku.php?id=example_hashes",
        ("$krb5",),
    ),
    Rule(
        "vault-unseal-key",
        r"(?i:unseal(?:[ ]key)?(?:[ ][0-9]{1,2})?)[: \t]{1,4}([A-Za-z0-9+/]{43,44}={0,2})(?:[^A-Za-z0-9+/]|$)",
        ("Unseal Key 1: ", filler(44)),
        "https://developer.hashicorp.com/vault/docs/concepts/seal",
        ("unseal",),
    ),
    Rule(
        "jenkins-crumb",
        r"(?i:jenkins-crumb)[\"']?[ \t]{0,4}[:=,][ \t]{0,4}[\"']?([a-f0-9]{32,64})\b",
        ("Jenkins-Crumb:", filler(32, "0123456789abcdef")),
        "https://www.jenkins.io/doc/book/security/csrf-protection/",
        ("jenkins-crumb",),
    ),
    Rule(
        "dotnet-password",
        r"(?i:networkcredential)\([ ]{0,4}\"[^\"]{0,256}\",[ ]{0,4}\"([^\"]{1,256})\"",
        ('NetworkCredential("alice", "', "hunter2", '")'),
        "https://learn.microsoft.com/dotnet/api/system.net.networkcredential",
        ("networkcredential",),
        check=_is_value,
    ),
    Rule(
        "secret-token-uri",
        r"\b(?i:secret-token:)([A-Za-z0-9%._~!$&()*+:@/-]{8,})",
        ("secret-token:", filler(24)),
        "https://www.rfc-editor.org/rfc/rfc8959",
        ("secret-token:",),
        check=is_opaque,
    ),
    Rule(
        "okta-token",
        r"\b(?i:ssws)[ \t]{1,4}([A-Za-z0-9_-]{40,42})\b",
        ("SSWS ", "00", filler(40)),
        "https://developer.okta.com/docs/reference/core-okta-api/#authentication",
        ("ssws",),
        after=r"[ \t]{1,4}[a-z0-9_-]",
    ),
    Rule(
        "django-secret-key",
        r"\bdjango-insecure-[A-Za-z0-9!@#$%^&*()=_+-]{30,}",
        ("django-", "insecure-", filler(50)),
        "https://docs.djangoproject.com/en/stable/ref/settings/#secret-key",
        ("django-insecure-",),
    ),
    Rule(
        "extended-private-key",
        r"\b[xyzt]prv[1-9A-HJ-NP-Za-km-z]{107,108}\b",
        ("xprv", filler(107, "q7Zk3RxV9mBtW2nHc8JpL5sYdG4fTb6KvXgM1zQwNjCrPhD")),
        "https://github.com/bitcoin/bips/blob/master/bip-0032.mediawiki#serialization-format",
        ("xprv", "yprv", "zprv", "tprv"),
    ),
)
"""Secrets that nothing but their surroundings tells from other words."""
