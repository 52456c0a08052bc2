"""Credentials of databases, of secret stores, and of what gives access by a key of its own."""

from __future__ import annotations

from structlog_enrich.redaction.values.rule import Rule, filler
from structlog_enrich.redaction.values.shapes import is_mixed

__all__ = ["STORES"]

_HEX = "0123456789abcdef"

STORES = (
    Rule(
        "databricks-token",
        r"\bdapi[a-fA-F0-9]{32}(?:-[0-9])?\b",
        ("dapi", filler(32, _HEX)),
        "https://docs.databricks.com/aws/en/dev-tools/auth/pat",
        ("dapi",),
        entropy=3.0,
    ),
    Rule(
        "planetscale-token",
        r"\bpscale_(?:tkn|oauth|pw)_[A-Za-z0-9_=.-]{32,}",
        ("pscale_", "tkn_", filler(43)),
        "https://planetscale.com/docs/concepts/service-tokens",
        ("pscale_tkn_", "pscale_oauth_", "pscale_pw_"),
    ),
    Rule(
        "supabase-token",
        r"\bsb(?:p|_secret)_[A-Za-z0-9_]{30,}",
        ("sbp_", filler(40, _HEX)),
        "https://supabase.com/docs/guides/api/api-keys",
        ("sbp_", "sb_secret_"),
    ),
    Rule(
        "clickhouse-token",
        r"\b4b1d[A-Za-z0-9]{38}\b",
        ("4b1d", filler(38)),
        "https://clickhouse.com/docs/cloud/manage/openapi",
        ("4b1d",),
        entropy=3.0,
        after=r"[a-z0-9]{8}",
    ),
    Rule(
        "vault-token",
        r"\bhv[sbr]\.[A-Za-z0-9_-]{24,}",
        ("hvs.", filler(95)),
        "https://developer.hashicorp.com/vault/docs/concepts/tokens",
        ("hvs.", "hvb.", "hvr."),
        entropy=3.0,
    ),
    Rule(
        "terraform-token",
        r"[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,}",
        (filler(14), ".atlasv1.", filler(64)),
        "https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens",
        (".atlasv1.",),
        before=14,
        entropy=3.5,
    ),
    Rule(
        "doppler-token",
        r"\bdp\.(?:pt|ct|st|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,}",
        ("dp.", "pt.", filler(43)),
        "https://docs.doppler.com/reference/auth-token-formats",
        ("dp.pt.", "dp.ct.", "dp.st.", "dp.sa.", "dp.scim.", "dp.audit."),
    ),
    Rule(
        "1password-key",
        r"\bA3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}\b",
        ("A3-", "ASWWYB-", "798JRY-", "LJVD4-", "23DC2-", "86TVM-", "H43EB"),
        "https://support.1password.com/secret-key-security/",
        ("A3-",),
        entropy=3.6,
        after=r"[a-z0-9]{6}-",
    ),
    Rule(
        "1password-token",
        r"\bops_eyJ[A-Za-z0-9+/_-]{100,}={0,3}",
        ("ops_", "eyJ", filler(260)),
        "https://developer.1password.com/docs/service-accounts/",
        ("ops_eyJ",),
        entropy=4.0,
    ),
    Rule(
        "age-secret-key",
        r"AGE-SECRET-KEY-(?:PQ-)?1[0-9A-Z]{58,}",
        ("AGE-", "SECRET-KEY-1", filler(58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L")),
        "https://github.com/FiloSottile/age",
        ("AGE-SECRET-KEY-",),
    ),
    Rule(
        "wireguard-key",
        r"(?:PrivateKey|PresharedKey)[ \t]{0,8}=[ \t]{0,8}([A-Za-z0-9+/]{43}=)",
        ("PrivateKey = ", filler(43), "="),
        "https://www.wireguard.com/quickstart/",
        ("PrivateKey", "PresharedKey"),
    ),
    Rule(
        "maxmind-key",
        r"\b[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk\b",
        (filler(6), "_", filler(29), "_mmk"),
        "https://support.maxmind.com/hc/en-us/articles/4407111582235",
        ("_mmk",),
        before=40,
    ),
    Rule(
        "vault-token",
        r"\b[sb]\.(?:CAES[A-Za-z0-9_-]{60,}|[A-Za-z0-9]{24}\b)",
        ("s.", filler(24)),
        "https://developer.hashicorp.com/vault/docs/concepts/tokens#token-prefixes",
        ("s.", "b."),
        entropy=3.5,
        check=is_mixed,
        after=r"[a-z0-9_-]{24}",
    ),
    Rule(
        "aiven-password",
        r"\bAVNS_[A-Za-z0-9_-]{15,24}",
        ("AVNS_", filler(19)),
        "https://aiven.io/docs/platform/concepts/service_credentials",
        ("AVNS_",),
        entropy=2.8,
    ),
    Rule(
        "mongodb-atlas-secret",
        r"\bmdb_sa_sk_[A-Za-z0-9_-]{40}",
        ("mdb_", "sa_sk_", filler(40)),
        "https://www.mongodb.com/docs/atlas/api/service-accounts-overview/",
        ("mdb_sa_sk_",),
    ),
    Rule(
        "neon-key",
        r"\bnapi_[a-z0-9]{40,}",
        ("napi_", filler(64, "0123456789abcdefghijklmnopqrstuvwxyz")),
        "https://neon.com/docs/manage/api-keys",
        ("napi_",),
    ),
    Rule(
        "elastic-cloud-key",
        r"\bessu_[A-Za-z0-9+/_-]{30,}={0,2}",
        ("essu_", filler(60)),
        "https://www.elastic.co/docs/deploy-manage/api-keys/elastic-cloud-api-keys",
        ("essu_",),
        entropy=3.5,
    ),
    Rule(
        "ory-token",
        r"\bory_(?:pat|apikey|wak|at|rt|ac|st)_[A-Za-z0-9_.-]{20,}",
        ("ory_", "pat_", filler(32)),
        "https://www.ory.com/docs/concepts/personal-access-token",
        ("ory_",),
        entropy=3.0,
    ),
)
"""Self-identifying credentials of where data and secrets are kept."""
