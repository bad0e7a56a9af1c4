"""One exchange as each gateway writes it: LiteLLM's StandardLoggingPayload, and a span of the GenAI conventions."""

from __future__ import annotations

from typing import Any
from zlib import crc32

import orjson

from traffic.demo.tables import ENDPOINT, ERRORS
from traffic.demo.tokens import Usage, usage
from traffic.demo.world import SECOND, Exchange

PROVIDER = "alder"
API_BASE = f"https://api.{PROVIDER}.example/v1"
CONTENT = frozenset({"gen_ai.system_instructions", "gen_ai.input.messages", "gen_ai.output.messages"})
MESSAGES = {
    400: "The request was refused by the input filter.",
    401: "Invalid API key: the key was deactivated.",
    403: "This account is closed.",
    429: "Rate limit reached for requests per minute.",
    500: "Internal error.",
    503: "The model is overloaded, try again later.",
}


def duration_s(exchange: Exchange, tokens: Usage) -> float:
    """How long the answer took: a start-up time and a pace, both a little different each time."""
    chance = crc32(exchange.exchange_id.encode()) % 1000 / 1000
    return round(0.25 + chance * 0.9 + tokens.output_tokens * (0.008 + 0.006 * chance), 6)


def litellm_payload(exchange: Exchange) -> dict[str, Any]:
    """The StandardLoggingPayload that a LiteLLM proxy's logging callback writes for this exchange."""
    tokens = usage(exchange)
    ok = exchange.status == 200
    start = exchange.ts_us / SECOND
    took = duration_s(exchange, tokens)
    model = exchange.model
    model_id = f"{crc32(model.encode()):08x}{crc32(PROVIDER.encode()):08x}"
    cost = tokens.input_usd + tokens.output_usd
    used = _usage_object(tokens) if ok else None
    return {
        "id": exchange.exchange_id,
        "trace_id": exchange.session or exchange.exchange_id,
        "call_type": "acompletion",
        "stream": exchange.stream,
        "response_cost": cost,
        "cost_breakdown": {
            "input_cost": tokens.input_usd, "output_cost": tokens.output_usd, "total_cost": cost, "tool_usage_cost": 0.0,
            "original_cost": cost, "discount_percent": 0.0, "discount_amount": 0.0,
        },
        "response_cost_failure_debug_info": None,
        "status": "success" if ok else "failure",
        "status_fields": {"llm_api_status": "success" if ok else "failure", "guardrail_status": "not_run"},
        "custom_llm_provider": PROVIDER,
        "total_tokens": tokens.input_tokens + tokens.output_tokens,
        "prompt_tokens": tokens.input_tokens,
        "completion_tokens": tokens.output_tokens,
        "startTime": start,
        "endTime": start + took,
        "completionStartTime": start + min(took, 0.3) if exchange.stream else start + took,
        "response_time": took,
        "model_map_information": {"model_map_key": model, "model_map_value": None},
        "model": model,
        "model_id": model_id,
        "model_group": model,
        "api_base": f"{API_BASE}/chat/completions",
        "metadata": _metadata(exchange, used),
        "cache_hit": None,
        "cache_key": None,
        "saved_cache_cost": 0.0,
        "request_tags": [f"User-Agent: {exchange.agent}"] if exchange.agent else [],
        "end_user": exchange.end_user or "",
        "requester_ip_address": exchange.ip,
        "messages": _messages(exchange),
        "response": _response(exchange, tokens) if ok else {},
        "error_str": None if ok else f"{ERRORS[exchange.status]}: {MESSAGES[exchange.status]}",
        "error_information": None if ok else _error(exchange.status),
        "model_parameters": _parameters(exchange),
        "hidden_params": {
            "model_id": model_id, "cache_key": None, "api_base": API_BASE, "response_cost": cost,
            "litellm_overhead_time_ms": round(took % 0.01 * 1000, 3), "additional_headers": _headers(exchange), "batch_models": None,
            "litellm_model_name": model, "usage_object": used,
        },
        "guardrail_information": None,
        "standard_built_in_tools_params": None,
    }  # fmt: skip


def _metadata(exchange: Exchange, used: dict[str, Any] | None) -> dict[str, Any]:
    account = exchange.account
    return {
        "user_api_key_hash": exchange.key, "user_api_key_alias": None, "user_api_key_org_id": account.org_ref,
        "user_api_key_team_id": None, "user_api_key_user_id": account.account_id, "user_api_key_user_email": None,
        "user_api_key_team_alias": None, "user_api_key_end_user_id": exchange.end_user,
        "user_api_key_request_route": ENDPOINT, "user_api_key_auth_metadata": {}, "spend_logs_metadata": None,
        "requester_ip_address": exchange.ip,
        "requester_metadata": {"user_agent": exchange.agent} if exchange.agent else {},
        "requester_custom_headers": {}, "prompt_management_metadata": None, "mcp_tool_call_metadata": None,
        "vector_store_request_metadata": None, "applied_guardrails": [], "usage_object": used,
        "cold_storage_object_key": None,
    }  # fmt: skip


def _usage_object(tokens: Usage) -> dict[str, Any]:
    return {
        "prompt_tokens": tokens.input_tokens, "completion_tokens": tokens.output_tokens,
        "total_tokens": tokens.input_tokens + tokens.output_tokens,
        "prompt_tokens_details": {"cached_tokens": tokens.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": tokens.reasoning_tokens},
    }  # fmt: skip


def _messages(exchange: Exchange) -> list[dict[str, str]]:
    system = [{"role": "system", "content": exchange.system_prompt}] if exchange.system_prompt else []
    before = [{"role": role, "content": text} for role, text in exchange.history]
    return [*system, *before, {"role": "user", "content": exchange.prompt}]


def _finish(exchange: Exchange, tokens: Usage) -> str:
    cut = exchange.max_tokens is not None and tokens.output_tokens - tokens.reasoning_tokens >= exchange.max_tokens
    return "length" if cut else "stop"


def _response(exchange: Exchange, tokens: Usage) -> dict[str, Any]:
    return {
        "id": exchange.exchange_id, "object": "chat.completion", "created": exchange.ts_us // SECOND, "model": exchange.model,
        "choices": [
            {"index": 0, "finish_reason": _finish(exchange, tokens), "message": {"role": "assistant", "content": exchange.response}}
        ],
        "usage": _usage_object(tokens),
    }  # fmt: skip


def _error(status: int) -> dict[str, Any]:
    return {
        "error_code": str(status), "error_class": ERRORS[status], "llm_provider": PROVIDER, "traceback": "",
        "error_message": MESSAGES[status],
    }  # fmt: skip


def _parameters(exchange: Exchange) -> dict[str, Any]:
    given = {"temperature": exchange.temperature, "max_tokens": exchange.max_tokens}
    found: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if exchange.stream:
        found["stream"] = True
    return found


def _headers(exchange: Exchange) -> dict[str, int] | None:
    if exchange.status != 200:
        return None
    left = crc32(exchange.exchange_id.encode()) % 400
    return {
        "x_ratelimit_limit_requests": 500, "x_ratelimit_limit_tokens": 200000, "x_ratelimit_remaining_requests": 99 + left,
        "x_ratelimit_remaining_tokens": 190000 - left * 100,
    }  # fmt: skip


def otel_span(exchange: Exchange) -> dict[str, Any]:
    """The client span that an OpenTelemetry instrumentation of the second gateway emits for this exchange."""
    tokens = usage(exchange)
    ok = exchange.status == 200
    start_ns = exchange.ts_us * 1000
    span = exchange.exchange_id.rpartition("-")[2]
    attributes: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": PROVIDER,
        "gen_ai.request.model": exchange.model,
        "gen_ai.response.model": exchange.model if ok else None,
        "gen_ai.response.id": exchange.exchange_id,
        "gen_ai.conversation.id": exchange.session,
        "gen_ai.request.temperature": exchange.temperature,
        "gen_ai.request.max_tokens": exchange.max_tokens,
        "gen_ai.request.stream": exchange.stream or None,
        "gen_ai.usage.input_tokens": tokens.input_tokens if ok else None,
        "gen_ai.usage.output_tokens": tokens.output_tokens if ok else None,
        "gen_ai.usage.cache_read.input_tokens": tokens.cached_tokens or None,
        "gen_ai.usage.reasoning.output_tokens": tokens.reasoning_tokens or None,
        "gen_ai.response.finish_reasons": [_finish(exchange, tokens)] if ok else None,
        "error.type": None if ok else str(exchange.status),
        "user.id": exchange.account.account_id,
        "client.address": exchange.ip,
        "user_agent.original": exchange.agent,
        "http.response.status_code": exchange.status,
        "url.path": ENDPOINT,
        "gen_ai.system_instructions": [_text(exchange.system_prompt)] if exchange.system_prompt else None,
        "gen_ai.input.messages": [
            {"role": role, "parts": [_text(text)]} for role, text in [*exchange.history, ("user", exchange.prompt)]
        ],
        "gen_ai.output.messages": [
            {"role": "assistant", "parts": [_text(exchange.response)], "finish_reason": _finish(exchange, tokens)}
        ]
        if ok
        else None,
    }
    return {
        "traceId": f"{span}{crc32(span.encode()):08x}",
        "spanId": span[:16],
        "name": f"chat {exchange.model}",
        "kind": 3,
        "startTimeUnixNano": str(start_ns),
        "endTimeUnixNano": str(start_ns + int(duration_s(exchange, tokens) * 1e9)),
        "status": {"code": 1} if ok else {"code": 2, "message": MESSAGES[exchange.status]},
        "attributes": [
            {"key": key, "value": _any(key, value)} for key, value in attributes.items() if value is not None
        ],
    }


def _text(content: str | None) -> dict[str, str]:
    return {"type": "text", "content": content or ""}


def _any(key: str, value: Any) -> dict[str, Any]:
    """An OTLP AnyValue; on spans message lists travel as JSON text."""
    if key in CONTENT:
        return {"stringValue": orjson.dumps(value).decode()}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [{"stringValue": item} for item in value]}}
    return {"stringValue": value}
