"""LiteLLM: StandardLoggingPayload, one JSON line an exchange, as its callbacks and bucket exports write it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from traffic.connectors.base import INT16, RejectedRecord, flag, mapping, number, seconds_to_us, text_of, whole
from traffic.connectors.messages import REDACTED, read_turns, response_text

STATUS_IN_TEXT = re.compile(r"\b([1-5]\d\d)\b")
AGENT_TAG = "User-Agent: "


class LiteLLM:
    """`metadata.user_api_key_user_id` is the account, else the key's hash."""

    name = "litellm"
    version = 1

    def records(self, document: Any, settings: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        if type(document) is not dict:
            raise RejectedRecord("the line is not a JSON object")
        get = document.get
        metadata = mapping(get("metadata"), "metadata")
        account = text_of(metadata.get("user_api_key_user_id"), "metadata.user_api_key_user_id")
        key = text_of(metadata.get("user_api_key_hash"), "metadata.user_api_key_hash")
        if account is None and key is None:
            raise RejectedRecord("metadata: neither user_api_key_user_id nor user_api_key_hash names an account")
        record_id, trace = text_of(get("id"), "id"), text_of(get("trace_id"), "trace_id")
        parameters = mapping(get("model_parameters"), "model_parameters")
        usage = _usage(document, metadata)
        turns = read_turns(get("messages"))
        answer = response_text(get("response"))
        model, group = text_of(get("model"), "model"), text_of(get("model_group"), "model_group")
        session = text_of(get("session_id"), "session_id") or trace
        status, error = _outcome(document)
        yield {
            "ts_us": seconds_to_us(get("startTime"), "startTime"),
            "account_id": account or key,
            "key_id": key,
            "org_ref": text_of(metadata.get("user_api_key_org_id"), "metadata.user_api_key_org_id"),
            # some versions write the call's own id where the session's belongs: that is no conversation
            "session_ref": session if session != record_id else None,
            "trace_ref": trace,
            "model": model or group,
            "model_requested": group,
            "endpoint": _endpoint(document, metadata),
            "operation": text_of(get("call_type"), "call_type"),
            "n_input_tokens": whole(get("prompt_tokens"), "prompt_tokens"),
            "n_output_tokens": whole(get("completion_tokens"), "completion_tokens"),
            "cached_input_tokens": usage["cached"],
            "reasoning_tokens": usage["reasoning"],
            "max_tokens": whole(
                parameters.get("max_tokens", parameters.get("max_completion_tokens")), "model_parameters.max_tokens"
            ),
            "temperature": number(parameters.get("temperature"), "model_parameters.temperature"),
            "stream": flag(get("stream"), "stream"),
            "status": status,
            "error_class": error,
            "cost_usd": number(get("response_cost"), "response_cost"),
            "ip": text_of(get("requester_ip_address"), "requester_ip_address")
            or text_of(metadata.get("requester_ip_address"), "metadata.requester_ip_address"),
            "user_agent": _user_agent(document, metadata),
            "prompt": None if turns.prompt in REDACTED else turns.prompt,
            "response": None if answer in REDACTED else answer,
            "system_prompt": turns.system,
            "history_turns": min(turns.history, INT16),
            "content_state": _content_state(turns.prompt, answer, metadata),
            "record_id": record_id,
        }


def _content_state(prompt: str | None, answer: str | None, metadata: Mapping[str, Any]) -> str:
    """Absent when prompts are not stored (`messages` is `{}`, or redacted); fetch-later when they lie in cold storage."""
    if (prompt or answer) and prompt not in REDACTED:
        return "full"
    return "fetch-later" if metadata.get("cold_storage_object_key") else "absent"


def _usage(document: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, int | None]:
    usage = metadata.get("usage_object") or mapping(document.get("hidden_params"), "hidden_params").get("usage_object")
    usage = mapping(usage, "usage_object")
    prompt = mapping(usage.get("prompt_tokens_details"), "prompt_tokens_details")
    completion = mapping(usage.get("completion_tokens_details"), "completion_tokens_details")
    return {
        "cached": whole(usage.get("cache_read_input_tokens", prompt.get("cached_tokens")), "cached_tokens"),
        "reasoning": whole(completion.get("reasoning_tokens"), "reasoning_tokens"),
    }


def _outcome(document: Mapping[str, Any]) -> tuple[int | None, str | None]:
    """HTTP status and error class. A failure without a code has no status: it is not guessed."""
    if document.get("status") == "success":
        return 200, None
    error = mapping(document.get("error_information"), "error_information")
    code, said = error.get("error_code"), document.get("error_str")
    found = STATUS_IN_TEXT.search(str(code or "")) or STATUS_IN_TEXT.search(said[:300] if type(said) is str else "")
    kind = text_of(error.get("error_class"), "error_information.error_class")
    return (int(found[1]) if found else None), kind or (said[:200] if type(said) is str and said else None)


def _endpoint(document: Mapping[str, Any], metadata: Mapping[str, Any]) -> str | None:
    route = text_of(metadata.get("user_api_key_request_route"), "metadata.user_api_key_request_route")
    base = text_of(document.get("api_base"), "api_base")
    if route or not base:
        return route
    _, found, rest = base.partition("://")
    _, slash, path = (rest if found else base).partition("/")
    return f"/{path}" if slash else None


def _user_agent(document: Mapping[str, Any], metadata: Mapping[str, Any]) -> str | None:
    requester = mapping(metadata.get("requester_metadata"), "metadata.requester_metadata")
    agent = text_of(requester.get("user_agent"), "metadata.requester_metadata.user_agent")
    tags = document.get("request_tags")
    if agent is None and type(tags) is list:
        named = (tag[len(AGENT_TAG) :] for tag in tags if type(tag) is str and tag.startswith(AGENT_TAG))
        agent = max(named, key=len, default=None)
    return agent
