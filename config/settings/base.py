"""Django itself: database, applications, templates, people, static files, mail."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

from config.settings.environment import BASE_DIR, VAR_DIR, env

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set; script/server makes one, a deployment sets its own.")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
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
    "staff.middleware.AuthenticationNamedMiddleware",
    "staff.middleware.TimeZoneMiddleware",
    "core.http.DomainErrorMiddleware",
]

ROOT_URLCONF = "config.urls"
CSRF_FAILURE_VIEW = "core.http.csrf_failure"
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
