"""Tokens of language models and what is built on them."""

from __future__ import annotations

from structlog_enrich.redaction.values.rule import Rule, filler
from structlog_enrich.redaction.values.shapes import unlike_a_name

__all__ = ["MODELS"]

_HEX = "0123456789abcdef"

MODELS = (
    Rule(
        "openai-key",
        r"\bsk-(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,}|\bsk-[A-Za-z0-9]{10,}T3BlbkFJ[A-Za-z0-9]{10,}|\bsk-[A-Za-z0-9]{40,}",
        ("sk-", "proj-", filler(58), "T3Blbk", "FJ", filler(58)),
        "https://platform.openai.com/docs/api-reference/authentication",
        ("sk-",),
        entropy=3.5,
        after=r"[a-z0-9_-]{8}",
    ),
    Rule(
        "anthropic-key",
        r"\bsk-ant-[a-z0-9]{3,10}-[A-Za-z0-9_-]{20,}",
        ("sk-", "ant-", "api03-", filler(93), "AA"),
        "https://docs.anthropic.com/en/api/overview",
        ("sk-ant-",),
    ),
    Rule(
        "openrouter-key",
        r"\bsk-or-v1-[a-f0-9]{64}",
        ("sk-or-", "v1-", filler(64, _HEX)),
        "https://openrouter.ai/docs/api-reference/authentication",
        ("sk-or-v1-",),
    ),
    Rule(
        "groq-key",
        r"\bgsk_[A-Za-z0-9]{40,}",
        ("gsk_", filler(52)),
        "https://console.groq.com/docs/quickstart",
        ("gsk_",),
    ),
    Rule(
        "xai-key",
        r"\bxai-[A-Za-z0-9]{70,}",
        ("xai-", filler(80)),
        "https://docs.x.ai/docs/overview",
        ("xai-",),
    ),
    Rule(
        "perplexity-key",
        r"\bpplx-[A-Za-z0-9]{40,}",
        ("pplx-", filler(48)),
        "https://docs.perplexity.ai",
        ("pplx-",),
    ),
    Rule(
        "huggingface-token",
        r"\bhf_[A-Za-z0-9]{30,}\b",
        ("hf_", filler(34)),
        "https://huggingface.co/docs/hub/security-tokens",
        ("hf_",),
        check=unlike_a_name,
    ),
    Rule(
        "huggingface-token",
        r"\bapi_org_[A-Za-z0-9]{34}\b",
        ("api_", "org_", filler(34)),
        "https://huggingface.co/docs/hub/security-tokens",
        ("api_org_",),
        check=unlike_a_name,
    ),
    Rule(
        "replicate-token",
        r"\br8_[A-Za-z0-9]{37,}",
        ("r8_", filler(37)),
        "https://replicate.com/docs/topics/security/api-tokens",
        ("r8_",),
    ),
    Rule(
        "tavily-key",
        r"\btvly-[A-Za-z0-9-]{30,}",
        ("tvly-", filler(32)),
        "https://docs.tavily.com",
        ("tvly-",),
    ),
    Rule(
        "firecrawl-key",
        r"\bfc-[a-f0-9]{32}\b",
        ("fc-", filler(32, _HEX)),
        "https://docs.firecrawl.dev",
        ("fc-",),
        after=r"[a-f0-9]{8}",
    ),
    Rule(
        "langsmith-key",
        r"\blsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}\b",
        ("lsv2_", "pt_", filler(32, _HEX), "_", filler(10, _HEX)),
        "https://docs.smith.langchain.com",
        ("lsv2_pt_", "lsv2_sk_"),
    ),
    Rule(
        "jina-key",
        r"\bjina_[a-f0-9]{32}[A-Za-z0-9_-]{20,}",
        ("jina_", filler(32, _HEX), filler(28)),
        "https://jina.ai/embeddings/",
        ("jina_",),
    ),
    Rule(
        "deepseek-key",
        r"\bsk-[a-f0-9]{32}\b",
        ("sk-", filler(32, _HEX)),
        "https://api-docs.deepseek.com",
        ("sk-",),
        entropy=3.0,
        after=r"[a-f0-9]{8}",
    ),
    Rule(
        "langfuse-key",
        r"\bsk-lf-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b",
        ("sk-", "lf-4ea38b7b", "-f563-7709-4bae-", filler(12, _HEX)),
        "https://langfuse.com/docs/observability/get-started",
        ("sk-lf-",),
    ),
    Rule(
        "nvidia-key",
        r"\bnvapi-[A-Za-z0-9_-]{60,}",
        ("nvapi-", filler(64)),
        "https://docs.api.nvidia.com",
        ("nvapi-",),
    ),
    Rule(
        "cerebras-key",
        r"\bcsk-[a-z0-9]{40,}",
        ("csk-", filler(48, "0123456789abcdefghijklmnopqrstuvwxyz")),
        "https://inference-docs.cerebras.ai",
        ("csk-",),
        entropy=3.0,
    ),
    Rule(
        "pinecone-key",
        r"\bpcsk_[A-Za-z0-9]{5,6}_[A-Za-z0-9]{50,}",
        ("pcsk_", filler(6), "_", filler(63)),
        "https://docs.pinecone.io/guides/projects/manage-api-keys",
        ("pcsk_",),
    ),
    Rule(
        "llamacloud-key",
        r"\bllx-[A-Za-z0-9]{40,}",
        ("llx-", filler(48)),
        "https://docs.cloud.llamaindex.ai",
        ("llx-",),
    ),
    Rule(
        "together-key",
        r"\btgp_v1_[A-Za-z0-9_-]{40,}",
        ("tgp_v1_", filler(43)),
        "https://docs.together.ai",
        ("tgp_v1_",),
    ),
    Rule(
        "elevenlabs-key",
        r"\bsk_[a-f0-9]{48}\b",
        ("sk_", filler(48, _HEX)),
        "https://elevenlabs.io/docs/api-reference/authentication",
        ("sk_",),
        entropy=3.0,
        after=r"[a-f0-9]{8}",
    ),
)
"""Self-identifying tokens of language models."""
