"""Case files, signing, time stamps, checkpoints, retention."""

from __future__ import annotations

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from config.settings.environment import VAR_DIR, env, within

EXPORT_DIR = VAR_DIR / "exports"
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
within("LAKE_RETENTION_DAYS", LAKE_RETENTION_DAYS, 0, 36_600, " days")
within("RAW_RETENTION_DAYS", RAW_RETENTION_DAYS, 0, 36_600, " days")
# Hourly checkpoints of the audit trail, and the second place that takes a copy of each once and never again.
CHECKPOINT_DIR = Path(env.str("CHECKPOINT_DIR", default=str(VAR_DIR / "checkpoints")))
CHECKPOINT_COPY_DIR = env.str("CHECKPOINT_COPY_DIR", default="")
CHECKPOINT_COPY_COMMAND = env.str("CHECKPOINT_COPY_COMMAND", default="")
TRAIL_VERIFY_HOUR = env.int("TRAIL_VERIFY_HOUR", default=2)  # UTC
within("TRAIL_VERIFY_HOUR", TRAIL_VERIFY_HOUR, 0, 23, ", UTC")
TIME_STAMP_URLS = env.list("TIME_STAMP_URLS", default=[])
TIME_STAMP_CA_FILE = env.str("TIME_STAMP_CA_FILE", default="")
TIME_STAMP_TIMEOUT_S = env.float("TIME_STAMP_TIMEOUT_S", default=10.0)
TIME_STAMP_TOLERANCE_S = env.float("TIME_STAMP_TOLERANCE_S", default=300.0)
if TIME_STAMP_URLS and not TIME_STAMP_CA_FILE:
    raise ImproperlyConfigured("TIME_STAMP_URLS needs TIME_STAMP_CA_FILE: the PEM roots that stamps must lead to.")
# Case files: numbers on each page, and the load file's fields in the order that the other side asked for.
BATES_PREFIX = env.str("BATES_PREFIX", default="SW")
if not (BATES_PREFIX.isascii() and BATES_PREFIX.isalnum() and len(BATES_PREFIX) <= 12):
    raise ImproperlyConfigured(f"BATES_PREFIX: {BATES_PREFIX!r} is not allowed; use 1 to 12 ASCII letters or digits.")
LOADFILE_CUSTODIAN = env.str("LOADFILE_CUSTODIAN", default="API logs of the provider")
REPORT_FONTS_DIR = env.str("REPORT_FONTS_DIR", default="")  # further fonts for the report and the charts
LOADFILE_FIELDS = env.list("LOADFILE_FIELDS", default=[])  # empty: all that casefile/loadfile.py knows
