"""Everyone who acts in the demo log: honest customers and the campaigns planted among them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from traffic.demo.actors import crowds, disguised, drip, failover, hard_cohorts, hard_crowds, people, products, sharded
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
HARD_ACTORS: tuple[Actor, ...] = (  # for tests and benchmarks alone; the demo that one looks at is ACTORS
    Actor("shared_prompt", False, hard_crowds.shared_prompt),
    Actor("agencies", False, hard_crowds.agencies),
    Actor("polyglot_resellers", False, hard_crowds.polyglot_resellers),
    Actor("leaderboard", False, hard_crowds.leaderboard),
    Actor("prompt_engineers", False, hard_crowds.prompt_engineers),
    Actor("exercise_sheet", False, hard_cohorts.exercise_sheet),
    Actor("launch_wave", False, hard_cohorts.launch_wave),
    Actor("office_nat", False, hard_cohorts.office_nat),
    Actor("one_person_batches", False, hard_cohorts.one_person_batches),
    Actor("paraphrased", True, disguised.paraphrased),
    Actor("hydra", True, disguised.hydra),
    Actor("rationale", True, disguised.rationale),
    Actor("slow_drip", True, disguised.slow_drip),
    Actor("disjoint", True, disguised.disjoint),
    Actor("untied", True, disguised.untied),
    Actor("wide", True, disguised.wide),
    Actor("ban_runner", True, disguised.ban_runner),
    Actor("noisy_single", True, disguised.noisy_single),
    Actor("proxy_twins", True, disguised.proxy_twins),
)
BY_NAME = {actor.name: actor for actor in (*ACTORS, *HARD_ACTORS)}
HONEST = tuple(actor.name for actor in ACTORS if not actor.harvests)
CAMPAIGNS = tuple(actor.name for actor in ACTORS if actor.harvests)
HARD = tuple(actor.name for actor in HARD_ACTORS)
HARD_HONEST = tuple(actor.name for actor in HARD_ACTORS if not actor.harvests)
HARD_CAMPAIGNS = tuple(actor.name for actor in HARD_ACTORS if actor.harvests)
