"""Asking for detection runs, carrying them out, repeating them, and taking in outside scores."""

from detection.services.carrying_out import run_detection
from detection.services.digests import result_digest
from detection.services.inputs import build_inputs, trivial_system_hashes
from detection.services.outside_scores import OutsideScoreRow, receive_outside_scores
from detection.services.requests import look_is_due, newest_file, newest_pull, repeat_run, request_run, score_new_pulls

__all__ = [
    "OutsideScoreRow",
    "build_inputs",
    "look_is_due",
    "newest_file",
    "newest_pull",
    "receive_outside_scores",
    "repeat_run",
    "request_run",
    "result_digest",
    "run_detection",
    "score_new_pulls",
    "trivial_system_hashes",
]
