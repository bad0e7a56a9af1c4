"""Them: API accounts, organisations, identifiers as fingerprints, and the history of each account's status."""
