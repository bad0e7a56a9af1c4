"""Flagged sessions, cases, exhibits, decisions, approvals, enforcement, charts and case files."""
