"""Thresholds and versions of signals: tried in back-tests, made live by a lead, or run as a shadow beside the live ones."""
