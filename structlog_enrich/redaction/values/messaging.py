"""Tokens of chat, mail, telephone and social networks."""

from __future__ import annotations

from structlog_enrich.redaction.values.rule import Rule, filler
from structlog_enrich.redaction.values.shapes import has_letters_of_both_cases, has_some_digits

__all__ = ["MESSAGING"]

_HEX = "0123456789abcdef"

MESSAGING = (
    Rule(
        "slack-token",
        r"\bxox[a-z](?:\.xox[a-z])?-[A-Za-z0-9]{0,3}-?[A-Za-z0-9-]{8,}",
        ("xox", "b-", filler(12, "0123456789"), "-", filler(12, "0123456789"), "-", filler(24)),
        "https://api.slack.com/concepts/token-types",
        ("xoxa-", "xoxb-", "xoxc-", "xoxd-", "xoxe-", "xoxe.", "xoxo-", "xoxp-", "xoxr-", "xoxs-"),
        entropy=2.2,
        check=has_some_digits,
    ),
    Rule(
        "slack-token",
        r"\bxapp-[0-9A-Za-z/-]{20,}",
        ("xapp-", "1-A052FGTS2DL-", filler(13, "0123456789"), "-", filler(64, _HEX)),
        "https://api.slack.com/concepts/token-types",
        ("xapp-",),
        check=has_some_digits,
    ),
    Rule(
        "slack-webhook",
        r"hooks\.slack\.com/(?:services|workflows|triggers)/([A-Za-z0-9+/_-]{20,})",
        ("hooks.slack.com/", "services/", "T0123ABCD/B0123ABCD/", filler(24)),
        "https://api.slack.com/messaging/webhooks",
        ("hooks.slack.com/",),
    ),
    Rule(
        "teams-webhook",
        r"\.office\.com/webhook(?:b2)?/([A-Za-z0-9@%/_-]{36,})",
        ("https://a.webhook.office.com/", "webhookb2/", filler(40)),
        "https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/",
        (".office.com/webhook",),
    ),
    Rule(
        "discord-webhook",
        r"discord(?:app)?\.com/api/webhooks/[0-9]{10,25}/([A-Za-z0-9_-]{40,})",
        ("discord.com/api/", "webhooks/", filler(18, "0123456789"), "/", filler(68)),
        "https://discord.com/developers/docs/resources/webhook",
        ("/api/webhooks/",),
        before=16,
    ),
    Rule(
        "discord-token",
        r"\b[MNO][A-Za-z0-9_-]{23,26}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,38}",
        ("M", filler(23), ".", filler(6), ".", filler(27)),
        "https://discord.com/developers/docs/reference#authentication",
        (".",),
        before=27,
        after=r"[a-z0-9_-]{6}\.[a-z0-9_-]",
    ),
    Rule(
        "telegram-token",
        r"\b[0-9]{8,10}:A[A-Za-z0-9_-]{32,35}\b",
        (filler(10, "0123456789"), ":AA", filler(33)),
        "https://core.telegram.org/bots/api#authorizing-your-bot",
        (":A",),
        before=10,
        entropy=3.0,
        after=r"[a-z0-9_-]{8}",
    ),
    Rule(
        "twilio-key",
        r"\b(?:SK|AC)[0-9a-f]{32}\b",
        ("SK", filler(32, _HEX)),
        "https://www.twilio.com/docs/iam/api-keys",
        ("SK", "AC"),
        entropy=3.0,
        after=r"[0-9a-f]{8}",
    ),
    Rule(
        "twitch-stream-key",
        r"\blive_[0-9]{6,12}_[A-Za-z0-9]{30}\b",
        ("live_", filler(9, "0123456789"), "_", filler(30)),
        "https://help.twitch.tv/s/article/twitch-stream-key-faq",
        ("live_",),
    ),
    Rule(
        "facebook-token",
        r"\bEAA[A-Za-z0-9]{60,}",
        ("EAA", "CEd", filler(120)),
        "https://developers.facebook.com/docs/facebook-login/guides/access-tokens",
        ("EAA",),
        entropy=4.0,
        after=r"[a-z0-9_-]{8}",
    ),
    Rule(
        "facebook-token",
        r"\b[0-9]{13,17}\|[A-Za-z0-9_-]{24,}",
        (filler(16, "0123456789"), "|", filler(27)),
        "https://developers.facebook.com/docs/facebook-login/guides/access-tokens",
        ("|",),
        before=17,
        entropy=3.5,
        check=has_letters_of_both_cases,
        after=r"[a-z0-9_-]{8}",
    ),
    Rule(
        "sendgrid-key",
        r"\bSG\.[A-Za-z0-9_=-]{16,30}\.[A-Za-z0-9_=-]{30,}",
        ("SG.", filler(22), ".", filler(43)),
        "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys",
        ("SG.",),
        after=r"[a-z0-9_=-]{8}",
    ),
    Rule(
        "sendgrid-key",
        r"\bSG\.[A-Za-z0-9_=.-]{66}",
        ("SG.", filler(66)),
        "https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys",
        ("SG.",),
        entropy=2.0,
        after=r"[a-z0-9_=-]{8}",
    ),
    Rule(
        "mailgun-key",
        r"\bkey-[a-f0-9]{32}\b",
        ("key-", filler(32, _HEX)),
        "https://documentation.mailgun.com/docs/mailgun/api-reference/authentication/",
        ("key-",),
        entropy=2.5,
        after=r"[a-f0-9]{8}",
    ),
    Rule(
        "mailchimp-key",
        r"\b[a-f0-9]{32}-us[0-9]{1,2}\b",
        (filler(32, _HEX), "-us", "18"),
        "https://mailchimp.com/developer/marketing/guides/quick-start/",
        ("-us",),
        before=32,
        after=r"[0-9]",
    ),
    Rule(
        "brevo-key",
        r"\bxkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}\b",
        ("xkeysib-", filler(64, _HEX), "-", filler(16)),
        "https://developers.brevo.com/docs/getting-started",
        ("xkeysib-",),
    ),
    Rule(
        "resend-key",
        r"\bre_[A-Za-z0-9]{8}_[A-Za-z0-9]{24}\b",
        ("re_", filler(8), "_", filler(24)),
        "https://resend.com/docs/api-reference/introduction",
        ("re_",),
        entropy=3.5,
        after=r"[a-z0-9]{8}",
    ),
)
"""Self-identifying tokens of whoever delivers messages."""
