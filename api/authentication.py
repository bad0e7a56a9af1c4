"""Token sign-in against the stored digest."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import TokenAuthentication

from staff.tokens import token_digest


class DigestTokenAuthentication(TokenAuthentication):
    """`Authorization: Token sw_...`; the table holds the token's digest, never the token."""

    def authenticate_credentials(self, key: str) -> Any:
        person, token = super().authenticate_credentials(token_digest(key))
        person.authentication = "token"
        return person, token


class DigestTokenScheme(OpenApiAuthenticationExtension):
    """How the schema names it."""

    target_class = DigestTokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "`Token sw_...`, made on the settings page or by `manage.py create_token`",
        }
