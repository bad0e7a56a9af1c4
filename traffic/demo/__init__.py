"""A seeded demo log: honest customers of every kind, and campaigns of published shape planted among them."""

from traffic.demo.generate import CAMPAIGNS, EVERYONE, HONEST, Log, generate
from traffic.demo.tables import generate_tables

__all__ = ["CAMPAIGNS", "EVERYONE", "HONEST", "Log", "generate", "generate_tables"]
