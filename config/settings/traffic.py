"""Pulling, scoring and searching exchanges."""

from __future__ import annotations

from config.settings.environment import VAR_DIR, env, within

LAKE_DIR = VAR_DIR / "lake"
PULL_STALE_AFTER_S = env.float("PULL_STALE_AFTER_S", default=30.0)  # a pull silent for so long is taken over
PULL_BATCH_ROWS = env.int("PULL_BATCH_ROWS", default=32_768)  # exchanges that a pull stores at one step
PULL_ID_CHECK_DAYS = env.int("PULL_ID_CHECK_DAYS", default=1)  # an id is looked for so many days around its exchange
# A live run reads so many days up to the newest exchange; one each so many days is a look, which alone certifies.
DETECTION_WINDOW_DAYS = env.int("DETECTION_WINDOW_DAYS", default=30)
DETECTION_LOOK_DAYS = env.int("DETECTION_LOOK_DAYS", default=7)
within("DETECTION_WINDOW_DAYS", DETECTION_WINDOW_DAYS, 1, 3_660, " days")
within("DETECTION_LOOK_DAYS", DETECTION_LOOK_DAYS, 1, 3_660, " days")
# Exchanges sampled into Postgres for each flagged session.
SAMPLE_SIZE = env.int("SAMPLE_SIZE", default=5)
# A search of texts keeps at most so many hits, and its engine takes at most so much memory.
SEARCH_MAX_HITS = env.int("SEARCH_MAX_HITS", default=20_000)
SEARCH_MEMORY = env.str("SEARCH_MEMORY", default="512MB")
