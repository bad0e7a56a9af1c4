"""Chat messages, in the shapes that gateways log them, as the three texts of an exchange."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from traffic.connectors.base import RejectedRecord, shown

SYSTEM_ROLES = frozenset({"system", "developer"})
REDACTED = frozenset({"redacted-by-litellm"})


@dataclass(frozen=True, slots=True)
class Turns:
    """The newest user turn, what stood above it for the whole session, and how many turns came before."""

    prompt: str | None
    system: str | None
    history: int


def read_turns(messages: Any, name: str = "messages") -> Turns:
    """Take a list of messages apart. A bare text is a prompt; an empty object or list is content that was not logged."""
    if not messages:
        return Turns(None, None, 0)
    if type(messages) is str:
        return Turns(messages, None, 0)
    if type(messages) is dict:
        messages = messages.get("messages") or [messages]
    if type(messages) is not list:
        raise RejectedRecord(f"{name}: {shown(messages)} is not a list of messages")
    system: list[str] = []
    prompt, last, turns = None, None, 0
    for message in messages:
        if type(message) is str:
            message = {"role": "user", "content": message}
        if type(message) is not dict:
            raise RejectedRecord(f"{name}: {shown(message)} is not a message")
        text = message_text(message, name)
        if message.get("role") in SYSTEM_ROLES:
            system.append(text or "")
            continue
        turns += 1
        last = text
        if message.get("role") == "user":
            prompt = text
    newest = prompt if prompt is not None else last
    return Turns(newest, "\n\n".join(system) if system else None, max(turns - 1, 0))


def message_text(message: dict[str, Any], name: str) -> str | None:
    """The words of one message: plain content, parts, tool calls; None where it has none."""
    content = message.get("content")
    if type(content) is str and not message.get("tool_calls"):
        return content
    pieces = _pieces(message.get("parts") if content is None else content, name)
    for call in message.get("tool_calls") or ():
        function = call.get("function") if type(call) is dict else None
        pieces.append(_call(function if type(function) is dict else call))
    return "\n".join(pieces) if pieces else None


def response_text(response: Any, name: str = "response") -> str | None:
    """The model's words in a logged response: chat completion, completion, response API, bare text or message list."""
    if not response:
        return None
    if type(response) is str:
        return response
    if type(response) is list:
        return _joined([_choice(item, name) for item in response])
    if type(response) is not dict:
        raise RejectedRecord(f"{name}: {shown(response)} is not a response")
    for key in ("choices", "output"):
        if type(response.get(key)) is list:
            return _joined([_choice(choice, name) for choice in response[key]])
    return _choice(response, name)


def _choice(choice: Any, name: str) -> str | None:
    if type(choice) is str:
        return choice
    if type(choice) is not dict:
        raise RejectedRecord(f"{name}: {shown(choice)} is not a choice")
    message = choice.get("message")
    if type(message) is dict:
        return message_text(message, name)
    if type(choice.get("text")) is str:
        return str(choice["text"])
    return message_text(choice, name)


def _joined(texts: list[str | None]) -> str | None:
    given = [text for text in texts if text is not None]
    return "\n\n".join(given) if given else None


def _pieces(content: Any, name: str) -> list[str]:
    if content is None:
        return []
    if type(content) is str:
        return [content]
    if type(content) is not list:
        raise RejectedRecord(f"{name}: content {shown(content)} is neither text nor a list of parts")
    return [_part(part, name) for part in content]


def _part(part: Any, name: str) -> str:
    if type(part) is str:
        return part
    if type(part) is not dict:
        raise RejectedRecord(f"{name}: part {shown(part)} is not an object")
    for key in ("text", "content", "refusal"):
        if type(part.get(key)) is str:
            return str(part[key])
    kind = part.get("type")
    if kind in ("tool_call", "tool_use", "function_call"):
        return _call(part)
    if kind in ("tool_call_response", "tool_result"):
        return f"[tool result] {_json(part.get('result', part.get('content', part.get('response'))))}"
    return f"[{kind}]" if type(kind) is str else "[part without a type]"


def _call(call: Any) -> str:
    if type(call) is not dict:
        return f"[tool call] {_json(call)}"
    return f"[tool call] {call.get('name')} {_json(call.get('arguments', call.get('input')))}"


def _json(value: Any) -> str:
    return value if type(value) is str else orjson.dumps(value).decode()
