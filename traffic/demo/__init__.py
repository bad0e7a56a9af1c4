"""A seeded demo log: honest customers of every kind, and campaigns of published shape planted among them."""

from traffic.demo.generate import CAMPAIGNS, EVERYONE, HARD, HARD_CAMPAIGNS, HARD_HONEST, HONEST, Log, generate
from traffic.demo.tables import generate_tables

__all__ = [
    "CAMPAIGNS",
    "EVERYONE",
    "HARD",
    "HARD_CAMPAIGNS",
    "HARD_HONEST",
    "HONEST",
    "Log",
    "generate",
    "generate_tables",
]
