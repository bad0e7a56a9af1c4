"""The settings that mypy's Django plugin reads: it needs names and types, never a database."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-type-checking")
os.environ.setdefault("DATABASE_URL", "postgresql://nobody@localhost/none")

from config.settings import *
