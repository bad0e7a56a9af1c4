"""Every setting, read from the environment with defaults that run on one machine. `.env.example` explains each."""

from __future__ import annotations

from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from psycopg.conninfo import conninfo_to_dict

from config.broker import broker_settings

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()
environ.Env.read_env(BASE_DIR / ".env")
VAR_DIR = Path(env.str("STILLWATCH_VAR", default=str(BASE_DIR / "var"))).absolute()
# script/server writes the addresses of the embedded Postgres here (mode 0600), so that `manage.py` finds it too.
environ.Env.read_env(VAR_DIR / "env")

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set; script/server makes one, a deployment sets its own.")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
LAKE_DIR = VAR_DIR / "lake"
EXPORT_DIR = VAR_DIR / "exports"
VERSION = "0.1.0"

# --- Database: the application's role; migrations run as the owner (MIGRATE_DATABASE_URL) -------------------------------


def database(url: str, *, pool: bool) -> dict[str, object]:
    """Django's settings for a libpq URL, which may name a socket folder with `?host=`."""
    parts = conninfo_to_dict(url)
    known = {"host", "port", "user", "password", "dbname"}
    options: dict[str, object] = {key: value for key, value in parts.items() if key not in known}
    if pool:
        options["pool"] = {"min_size": 1, "max_size": 8, "timeout": 10}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname", "stillwatch"),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": str(parts.get("port", "")),
        "OPTIONS": options,
        "CONN_MAX_AGE": 0,
        "ATOMIC_REQUESTS": False,
    }


DATABASE_URL = env.str("DATABASE_URL", default="")
if not DATABASE_URL:
    raise ImproperlyConfigured("DATABASE_URL is not set; script/server starts an embedded Postgres and sets it.")
DATABASES = {"default": database(DATABASE_URL, pool=env.bool("DATABASE_POOL", default=False))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Applications, bottom floor last ------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "api",
    "investigations",
    "detection",
    "traffic",
    "accounts",
    "staff",
    "audit",
    "core",
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "django_filters",
    "csp",
    "rest_framework",
    "rest_framework.authtoken",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "staff.middleware.AdminPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "staff.middleware.TimeZoneMiddleware",
    "core.http.DomainErrorMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "staff.context.shell",
            ],
            "builtins": ["core.templatetags.show"],
        },
    }
]

# --- People -------------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "staff.User"
LOGIN_URL = "staff:sign_in"
LOGIN_REDIRECT_URL = "investigations:queue"
LOGOUT_REDIRECT_URL = "staff:sign_in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# --- Static files, served by the web process itself, compressed ---------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "core.finders.PackagedFinder",
]
# Brotli of the chart library takes a minute of a core: worth it over a network, so script/server goes without.
STATIC_STORAGES = {
    "compressed": "whitenoise.storage.CompressedManifestStaticFilesStorage",
    "hashed": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage",
    "plain": "django.contrib.staticfiles.storage.StaticFilesStorage",
}
STATIC_FORM = "plain" if DEBUG else env.str("STATIC_FORM", default="compressed")
if STATIC_FORM not in STATIC_STORAGES:
    raise ImproperlyConfigured(f"STATIC_FORM: {STATIC_FORM!r} is not allowed; use one of {', '.join(STATIC_STORAGES)}.")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": STATIC_STORAGES[STATIC_FORM]},
}
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["jpg", "jpeg", "png", "gif", "webp", "zip", "gz", "br", "woff", "woff2", "map"]

# --- Mail: into files that only their owner reads, unless a server is named ------------------------------------------

DESK_URL = env.str("DESK_URL", default=f"http://127.0.0.1:{env.int('PORT', default=8000)}").rstrip("/")
EMAIL_HOST = env.str("EMAIL_HOST", default="")
EMAIL_PORT = env.int("EMAIL_PORT", default=587)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = 20
EMAIL_FROM = DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="stillwatch@localhost")
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'filebased'}.EmailBackend"
EMAIL_FILE_PATH = str(VAR_DIR / "mail")
NOTICE_MAIL_EVERY_S = env.int("NOTICE_MAIL_EVERY_S", default=300)  # what comes in between goes into one mail

# --- Safety in the browser ----------------------------------------------------------------------------------------------

HTTPS = env.bool("HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
CSRF_USE_SESSIONS = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
# The admin's Alpine evaluates strings, so its pages have a policy of their own (staff.middleware.AdminPolicyMiddleware).
ADMIN_CONTENT_SECURITY_POLICY = {
    **CONTENT_SECURITY_POLICY["DIRECTIVES"],
    "script-src": [SELF, "'unsafe-eval'", NONCE],
}

# --- Workers ------------------------------------------------------------------------------------------------------------

CELERY_BROKER_URL, CELERY_BROKER_TRANSPORT_OPTIONS = broker_settings(
    env.str("CELERY_BROKER_URL", default="pgmq://"), DATABASE_URL
)
# Celery itself reads CELERY_BROKER_URL from the environment, unparsed; these two win over it.
CELERY_BROKER_READ_URL = CELERY_BROKER_WRITE_URL = CELERY_BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 8
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")

PULL_STALE_AFTER_S = env.float("PULL_STALE_AFTER_S", default=30.0)  # a pull silent for so long is taken over
PULL_BATCH_ROWS = env.int("PULL_BATCH_ROWS", default=32_768)  # exchanges that a pull stores at one step
PULL_ID_CHECK_DAYS = env.int("PULL_ID_CHECK_DAYS", default=1)  # an id is looked for so many days around its exchange


def every(seconds: int, task: str) -> dict[str, object]:
    """A sweep that runs each `seconds` and is dropped, not piled up, when workers are busy."""
    return {"task": task, "schedule": float(seconds), "options": {"expires": seconds}}


CELERY_BEAT_SCHEDULE = {
    "watch sources": every(10, "traffic.watch_sources"),
    "resume pulls": every(15, "traffic.resume_pulls"),
    "score new pulls": every(5, "detection.score_new_pulls"),
    "shadow live runs": every(30, "detection.shadow_live_run"),
    "flag finished runs": every(5, "investigations.flag_finished_runs"),
    "resume enforcement": every(10, "investigations.resume_enforcement"),
    "resume exports": every(10, "investigations.resume_exports"),
    "hourly checkpoint": every(300, "audit.hourly_checkpoint"),
    "resume verifications": every(60, "audit.resume_verifications"),
    "resume legal work": every(10, "investigations.resume_legal_work"),
    "draw second reviews": every(3_600, "investigations.draw_second_reviews"),
    "resume searches": every(10, "investigations.resume_searches"),
    "tidy queue": every(60, "investigations.tidy_queue"),
    "tell what is due": every(900, "investigations.tell_what_is_due"),
    "send notices": every(60, "staff.send_notices"),
    "forget old notices": every(86_400, "staff.forget_old_notices"),
}

# --- Interfaces ---------------------------------------------------------------------------------------------------------

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

# --- The house's own ----------------------------------------------------------------------------------------------------

# Where decisions are enforced: the provider's own control plane. Empty means decisions are recorded, not enforced.
ENFORCEMENT_WEBHOOK_URL = env.str("ENFORCEMENT_WEBHOOK_URL", default="")
ENFORCEMENT_WEBHOOK_SECRET = env.str("ENFORCEMENT_WEBHOOK_SECRET", default="")
ENFORCEMENT_TIMEOUT_S = env.float("ENFORCEMENT_TIMEOUT_S", default=10.0)
ENFORCEMENT_MAX_ATTEMPTS = env.int("ENFORCEMENT_MAX_ATTEMPTS", default=8)
ENFORCEMENT_BACKOFF_S = env.float("ENFORCEMENT_BACKOFF_S", default=5.0)
ENFORCEMENT_SPREAD_S = env.int("ENFORCEMENT_SPREAD_S", default=900)  # calls are spread over so long, drawn for each
# An approved decision can be cancelled for so long before anything is sent. Reversals start at once.
CANCEL_WINDOW_S = env.int("CANCEL_WINDOW_S", default=600)
# From so many on, whose approval a decision needs (docs/concepts/decisions.md).
APPROVAL_LEAD_ACCOUNTS = env.int("APPROVAL_LEAD_ACCOUNTS", default=2)
APPROVAL_LEAD_CERTIFIED_ACCOUNTS = env.int("APPROVAL_LEAD_CERTIFIED_ACCOUNTS", default=25)
APPROVAL_LEAD_PAYING = env.int("APPROVAL_LEAD_PAYING", default=10)
APPROVAL_SECOND_ACCOUNTS = env.int("APPROVAL_SECOND_ACCOUNTS", default=1_000)
APPROVAL_SECOND_PAYING = env.int("APPROVAL_SECOND_PAYING", default=200)
# What a statement of reasons says of redress; {decision} is the decision's code.
APPEAL_WORDS = env.str(
    "APPEAL_WORDS",
    default="you can appeal within six months by answering this notice and quoting {decision}. A person who took no part "
    "in this decision will look at it again. You can also turn to a court or an out-of-court body that settles disputes.",
)
# Plans that nobody pays for; an account whose plan is not known counts as paying.
FREE_PLANS = env.list("FREE_PLANS", default=["free", "trial"])
# From so many accounts a bulk decision is confirmed by typing what it does; one selection holds at most so many.
TYPED_CONFIRMATION_ACCOUNTS = env.int("TYPED_CONFIRMATION_ACCOUNTS", default=100)
SELECTION_MOST_ACCOUNTS = env.int("SELECTION_MOST_ACCOUNTS", default=25_000)
# A live run reads so many days up to the newest exchange; one each so many days is a look, which alone certifies.
DETECTION_WINDOW_DAYS = env.int("DETECTION_WINDOW_DAYS", default=30)
DETECTION_LOOK_DAYS = env.int("DETECTION_LOOK_DAYS", default=7)
for name, days in (("DETECTION_WINDOW_DAYS", DETECTION_WINDOW_DAYS), ("DETECTION_LOOK_DAYS", DETECTION_LOOK_DAYS)):
    if not 1 <= days <= 3_660:
        raise ImproperlyConfigured(f"{name}: {days} is not allowed; use 1 to 3,660 days.")
# Case files and checkpoints are signed by a key in SIGNING_DIR (made on first use), or by a command that asks an HSM.
SIGNING_DIR = Path(env.str("SIGNING_DIR", default=str(VAR_DIR / "signing")))
SIGNING_COMMAND = env.str("SIGNING_COMMAND", default="")
SIGNING_PUBLIC_KEY = env.str("SIGNING_PUBLIC_KEY", default="")
SIGNING_TIMEOUT_S = env.float("SIGNING_TIMEOUT_S", default=30.0)
SIGNING_IDENTITY = env.str("SIGNING_IDENTITY", default="exports@stillwatch")
if SIGNING_COMMAND and not SIGNING_PUBLIC_KEY:
    raise ImproperlyConfigured("SIGNING_COMMAND needs SIGNING_PUBLIC_KEY: the PEM file of the public key it signs for.")
# How long the lake keeps exchanges, and records as received, after they happened; 0: until somebody sets it.
LAKE_RETENTION_DAYS = env.int("LAKE_RETENTION_DAYS", default=0)
RAW_RETENTION_DAYS = env.int("RAW_RETENTION_DAYS", default=0)
ERASURE_REVIEW_DAYS = env.int("ERASURE_REVIEW_DAYS", default=90)
for name, days in (("LAKE_RETENTION_DAYS", LAKE_RETENTION_DAYS), ("RAW_RETENTION_DAYS", RAW_RETENTION_DAYS)):
    if not 0 <= days <= 36_600:
        raise ImproperlyConfigured(f"{name}: {days} is not allowed; use 0 to 36,600 days.")
# Hourly checkpoints of the audit trail, and the second place that takes a copy of each once and never again.
CHECKPOINT_DIR = Path(env.str("CHECKPOINT_DIR", default=str(VAR_DIR / "checkpoints")))
CHECKPOINT_COPY_DIR = env.str("CHECKPOINT_COPY_DIR", default="")
CHECKPOINT_COPY_COMMAND = env.str("CHECKPOINT_COPY_COMMAND", default="")
TRAIL_VERIFY_HOUR = env.int("TRAIL_VERIFY_HOUR", default=2)  # UTC
if not 0 <= TRAIL_VERIFY_HOUR <= 23:
    raise ImproperlyConfigured(f"TRAIL_VERIFY_HOUR: {TRAIL_VERIFY_HOUR} is not allowed; use 0 to 23, UTC.")
CELERY_BEAT_SCHEDULE["erase what is due"] = {
    "task": "investigations.erase_what_is_due",
    "schedule": crontab(hour=TRAIL_VERIFY_HOUR, minute=50),
}
CELERY_BEAT_SCHEDULE["verify the trail"] = {
    "task": "audit.verify_nightly",
    "schedule": crontab(hour=TRAIL_VERIFY_HOUR, minute=20),
}
TIME_STAMP_URLS = env.list("TIME_STAMP_URLS", default=[])
TIME_STAMP_CA_FILE = env.str("TIME_STAMP_CA_FILE", default="")
TIME_STAMP_TIMEOUT_S = env.float("TIME_STAMP_TIMEOUT_S", default=10.0)
TIME_STAMP_TOLERANCE_S = env.float("TIME_STAMP_TOLERANCE_S", default=300.0)
if TIME_STAMP_URLS and not TIME_STAMP_CA_FILE:
    raise ImproperlyConfigured("TIME_STAMP_URLS needs TIME_STAMP_CA_FILE: the PEM roots that stamps must lead to.")
# Of the verdicts given, so many are drawn for a blind second review.
SECOND_REVIEW_SHARE = env.float("SECOND_REVIEW_SHARE", default=0.1)
if not 0 <= SECOND_REVIEW_SHARE <= 1:
    raise ImproperlyConfigured(f"SECOND_REVIEW_SHARE: {SECOND_REVIEW_SHARE} is not allowed; use 0 to 1.")
# A search of texts keeps at most so many hits, and its engine takes at most so much memory.
SEARCH_MAX_HITS = env.int("SEARCH_MAX_HITS", default=20_000)
SEARCH_MEMORY = env.str("SEARCH_MEMORY", default="512MB")
# Case files: numbers on each page, and the load file's fields in the order that the other side asked for.
BATES_PREFIX = env.str("BATES_PREFIX", default="SW")
if not (BATES_PREFIX.isascii() and BATES_PREFIX.isalnum() and len(BATES_PREFIX) <= 12):
    raise ImproperlyConfigured(f"BATES_PREFIX: {BATES_PREFIX!r} is not allowed; use 1 to 12 ASCII letters or digits.")
LOADFILE_CUSTODIAN = env.str("LOADFILE_CUSTODIAN", default="API logs of the provider")
LOADFILE_FIELDS = env.list(
    "LOADFILE_FIELDS",
    default=[
        "BEGBATES",
        "ENDBATES",
        "BEGATTACH",
        "ENDATTACH",
        "CUSTODIAN",
        "DATETIME_UTC",
        "DOCTYPE",
        "TITLE",
        "ACCOUNT",
        "SHA256",
        "NATIVEPATH",
        "TEXTPATH",
        "CONFIDENTIALITY",
        "REDACTED",
    ],
)
# Exchanges sampled into Postgres for each flagged session.
SAMPLE_SIZE = env.int("SAMPLE_SIZE", default=5)
# A claim in the queue runs out after so many hours; what a lead gives somebody does not.
CLAIM_HOURS = env.int("CLAIM_HOURS", default=8)
if not 1 <= CLAIM_HOURS <= 720:
    raise ImproperlyConfigured(f"CLAIM_HOURS: {CLAIM_HOURS} is not allowed; use 1 to 720 hours.")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "core.logs.LineFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    # Two lines for each sweep would bury what the parts themselves say; a failure is still told.
    "loggers": {
        "celery.worker.request": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "kombu.connection": {"level": "ERROR"},  # the queue's address is not a host name
    },
}
