"""What the OpenAPI description says beyond what the serializers tell."""

from __future__ import annotations

from typing import Any

REFUSAL = {
    "type": "object",
    "required": ["title", "detail"],
    "properties": {
        "title": {"type": "string"},
        "detail": {"type": "string", "description": "Names the argument, the value and what is allowed"},
        "fields": {"type": "object", "additionalProperties": True, "description": "The complaints of each field"},
    },
    "additionalProperties": True,
}


def describe_refusals(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Every operation may refuse, always in the same shape."""
    result.setdefault("components", {}).setdefault("schemas", {})["Refusal"] = REFUSAL
    answer = {
        "description": "Refused: 401 not signed in, 403 not permitted, 404 not found, 409 changed meanwhile, 422 invalid",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}},
    }
    for path in result["paths"].values():
        for operation in path.values():
            operation["responses"]["default"] = answer
    return result
