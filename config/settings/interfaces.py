"""The API and the admin: how they answer and look."""

from __future__ import annotations

from django.templatetags.static import static

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "api.authentication.DigestTokenAuthentication",  # first, so that nobody in particular is answered with 401
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["api.permissions.MayRead"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "api.paging.KeysetPagination",
    "DEFAULT_FILTER_BACKENDS": ["api.filters.AllowListBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "api.errors.handle",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Stillwatch API",
    "DESCRIPTION": "Accounts, campaigns, flagged sessions, cases, decisions, samples; outside scores in.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "AccountStatus": "accounts.enums.Status",
        "PullState": "traffic.enums.PullState",
        "RunKind": "detection.enums.RunKind",
        "RunState": "detection.enums.RunState",
        "CampaignLevel": "detection.enums.Level",
        "CaseState": "investigations.enums.CaseState",
        "DecisionState": "investigations.enums.DecisionState",
        "DecisionAction": "investigations.enums.DecisionAction",
        "ItemState": "investigations.enums.ItemState",
        "Verdict": "investigations.enums.Verdict",
        "ExhibitKind": "investigations.enums.ExhibitKind",
        "SourceKind": "traffic.enums.Kind",
        "UnitKind": "detection.enums.UnitKind",
    },
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "api.schema.describe_refusals"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
UNFOLD = {
    "SITE_TITLE": "Stillwatch admin",
    "SITE_HEADER": "Stillwatch admin",
    "SITE_URL": "/",
    "SITE_SYMBOL": "policy",
    "STYLES": [lambda request: static("css/admin.css")],
    "SCRIPTS": [lambda request: static("js/admin.js")],
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("favicon.svg")}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "4px",
    "SIDEBAR": {"show_search": True, "show_all_applications": False},
    "COLORS": {
        "primary": {
            "50": "#eff5fb",
            "100": "#dbe8f5",
            "200": "#bcd5ec",
            "300": "#8fb9df",
            "400": "#5c97cd",
            "500": "#3a7ab8",
            "600": "#1d5fa8",
            "700": "#1a4f8a",
            "800": "#1a4473",
            "900": "#1b3a60",
            "950": "#122541",
        }
    },
}
