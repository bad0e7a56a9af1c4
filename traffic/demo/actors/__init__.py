"""Everyone who acts in the demo log: honest customers and the campaigns planted among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from traffic.demo.actors import crowds, drip, failover, people, products, sharded
from traffic.demo.world import World


@dataclass(frozen=True, slots=True)
class Actor:
    """One kind of actor: its name in `include`, whether it harvests, and what it does."""

    name: str
    harvests: bool
    act: Callable[[World], None]


ACTORS: tuple[Actor, ...] = (
    Actor("teams", False, people.teams),
    Actor("individuals", False, people.individuals),
    Actor("launch_day", False, people.launch_day),
    Actor("cloud_exit", False, people.cloud_exit),
    Actor("apps", False, products.apps),
    Actor("support_bot", False, products.support_bot),
    Actor("night_jobs", False, products.night_jobs),
    Actor("tool_agents", False, products.tool_agents),
    Actor("open_kit", False, crowds.open_kit),
    Actor("agency", False, crowds.agency),
    Actor("school_class", False, crowds.school_class),
    Actor("resellers", False, crowds.resellers),
    Actor("evaluator", False, crowds.evaluator),
    Actor("drip", True, drip.drip),
    Actor("sharded", True, sharded.sharded),
    Actor("failover", True, failover.failover),
)
BY_NAME = {actor.name: actor for actor in ACTORS}
HONEST = tuple(actor.name for actor in ACTORS if not actor.harvests)
CAMPAIGNS = tuple(actor.name for actor in ACTORS if actor.harvests)
