"""Tokens of payment services and shops."""

from __future__ import annotations

from structlog_enrich.redaction.values.rule import Rule, filler
from structlog_enrich.redaction.values.shapes import has_some_digits

__all__ = ["PAYMENTS"]

_HEX = "0123456789abcdef"

PAYMENTS = (
    Rule(
        "stripe-key",
        r"\b[sr]k_(?:test|live|prod)_[A-Za-z0-9]{10,}",
        ("sk_", "live_", filler(24)),
        "https://docs.stripe.com/keys",
        ("sk_test_", "sk_live_", "sk_prod_", "rk_test_", "rk_live_", "rk_prod_"),
    ),
    Rule(
        "stripe-webhook-secret",
        r"\bwhsec_[A-Za-z0-9+/]{24,}={0,2}",
        ("whsec_", filler(32)),
        "https://docs.stripe.com/webhooks",
        ("whsec_",),
    ),
    Rule(
        "square-token",
        r"\bsq0(?:atp|csp|idp)-[A-Za-z0-9_-]{20,}|\bEAAA[A-Za-z0-9_-]{56,60}\b",
        ("sq0", "atp-", filler(22)),
        "https://developer.squareup.com/docs/build-basics/access-tokens",
        ("sq0atp-", "sq0csp-", "sq0idp-", "EAAA"),
        entropy=2.8,
    ),
    Rule(
        "paypal-token",
        r"\baccess_token\$(?:production|sandbox)\$[0-9a-z]{16}\$[0-9a-f]{32}",
        ("access_token$", "production$", filler(16, _HEX), "$", filler(32, _HEX)),
        "https://developer.paypal.com/braintree/docs",
        ("access_token$",),
    ),
    Rule(
        "easypost-key",
        r"\bEZ[AT]K[A-Za-z0-9]{54}\b",
        ("EZ", "AK", filler(54)),
        "https://docs.easypost.com/docs/authentication",
        ("EZAK", "EZTK"),
        entropy=3.0,
        after=r"[a-z0-9]{8}",
    ),
    Rule(
        "flutterwave-key",
        r"\bFLW(?:SECK|PUBK)(?:_TEST)?-[A-Za-z0-9]{12,}(?:-X)?",
        ("FLW", "SECK_TEST-", filler(32, _HEX), "-X"),
        "https://developer.flutterwave.com/docs/authentication",
        ("FLWSECK", "FLWPUBK"),
    ),
    Rule(
        "shopify-token",
        r"\bshp(?:at|ca|pa|ss|tka)_[A-Za-z0-9]{30,}",
        ("shp", "at_", filler(32, _HEX)),
        "https://shopify.dev/docs/apps/build/authentication-authorization",
        ("shpat_", "shpca_", "shppa_", "shpss_", "shptka_"),
        entropy=2.0,
    ),
    Rule(
        "shippo-token",
        r"\bshippo_(?:live|test)_[a-fA-F0-9]{40}\b",
        ("shippo_", "live_", filler(40, _HEX)),
        "https://docs.goshippo.com/docs/guides_general/authentication/",
        ("shippo_live_", "shippo_test_"),
    ),
    Rule(
        "duffel-token",
        r"\bduffel_(?:test|live)_[A-Za-z0-9_=-]{40,}",
        ("duffel_", "live_", filler(43)),
        "https://duffel.com/docs/api/overview/authentication",
        ("duffel_test_", "duffel_live_"),
    ),
    Rule(
        "plaid-token",
        r"\b(?:access|link|public)-(?:sandbox|development|production)-[0-9a-f-]{36}",
        ("access-", "production-", "4ea38b7b", "-f563-7709-4bae-", filler(12, _HEX)),
        "https://plaid.com/docs/api/",
        ("-sandbox-", "-development-", "-production-"),
        before=6,
    ),
    Rule(
        "mollie-key",
        r"\b(?:live|test)_[A-Za-z0-9]{30}\b|\b(?:live|test)_[a-f0-9]{35}\b",
        ("live_", filler(30)),
        "https://docs.mollie.com/reference/authentication",
        ("live_", "test_"),
        entropy=3.3,
        check=has_some_digits,
        after=r"[a-z0-9]{20}",
    ),
    Rule(
        "paddle-key",
        r"\bpdl_(?:live|sdbx)_apikey_[a-z0-9]{26}_[A-Za-z0-9]{22}_[A-Za-z0-9]{3}\b",
        ("pdl_live_", "apikey_", filler(26, _HEX), "_", filler(22), "_", filler(3)),
        "https://developer.paddle.com/api-reference/about/authentication",
        ("pdl_live_apikey_", "pdl_sdbx_apikey_"),
    ),
    Rule(
        "paypal-token",
        r"\bA21AA[A-Za-z0-9_-]{80,}",
        ("A21AA", filler(92)),
        "https://developer.paypal.com/api/rest/authentication/",
        ("A21AA",),
        entropy=4.0,
    ),
    Rule(
        "woocommerce-secret",
        r"\bc[ks]_[a-f0-9]{40}\b",
        ("cs_", filler(40, _HEX)),
        "https://woocommerce.github.io/woocommerce-rest-api-docs/#authentication",
        ("ck_", "cs_"),
        entropy=3.0,
        after=r"[a-f0-9]{8}",
    ),
)
"""Self-identifying tokens of payments and shops."""
