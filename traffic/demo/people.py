"""Organisations and accounts: who signs up, from where, with which card, and how the client calls."""

from __future__ import annotations

from dataclasses import dataclass

from traffic.demo.draws import Draws
from traffic.demo.texts import names
from traffic.demo.world import DAY, HOUR, LARGE, NEXT, REASON, SMALL, Account, World

PLANS = ("free", "starter", "build", "scale")
NETS = 16384  # /24 networks of the shared address space 100.64.0.0/10, which nobody owns on the public internet


@dataclass(slots=True)
class Organisation:
    """A customer: its accounts share its name, domain, card and office network."""

    name: str
    domain: str
    country: str
    offset_h: int
    verified: bool
    payment_fp: str
    net: str
    org_ref: str
    created_us: int


def network(draws: Draws) -> str:
    """A /24 as the first three numbers of its addresses."""
    number = draws.between(0, NETS - 1)
    return f"100.{64 + number // 256}.{number % 256}"


def address(draws: Draws, net: str) -> str:
    """One address of that network."""
    return f"{net}.{draws.between(2, 253)}"


def home_address(draws: Draws) -> str:
    """A private person's address: IPv4, or IPv6 of the documentation range."""
    if draws.chance(0.2):
        return f"2001:db8:{draws.between(1, 65535):x}:{draws.between(0, 255):x}::{draws.between(2, 65535):x}"
    return address(draws, network(draws))


def fingerprint(draws: Draws) -> str:
    """A payment fingerprint: never the number, only a keyed digest of it."""
    return draws.hex(20)


def signed_up_us(world: World, draws: Draws, oldest_days: int = 500) -> int:
    """When an ordinary customer signed up: any time before the window, more of them lately, some within it."""
    if draws.chance(0.08):
        return world.start_us + int(draws.unit() * (world.days - 4) * DAY)
    age = draws.unit() ** 1.4 * oldest_days
    return world.start_us - int(age * DAY) - int(draws.unit() * DAY)


def make_organisation(world: World, draws: Draws, verified_share: float) -> Organisation:
    """An invented customer with its own domain, card and network."""
    name, domain = names.organisation(draws)
    country, offset = names.country(draws)
    return Organisation(
        name=name,
        domain=domain,
        country=country,
        offset_h=offset,
        verified=draws.chance(verified_share),
        payment_fp=fingerprint(draws),
        net=network(draws),
        org_ref=f"org_{draws.hex(10)}",
        created_us=signed_up_us(world, draws),
    )


def make_account(
    world: World,
    draws: Draws,
    organisation: Organisation | None = None,
    *,
    created_us: int | None = None,
    plan: str | None = None,
    code: bool = True,
) -> Account:
    """An account of the organisation, or of a private person, with an ordinary client; added to the world."""
    country, offset = names.country(draws) if organisation is None else (organisation.country, organisation.offset_h)
    if created_us is None:
        created_us = signed_up_us(world, draws)
        if organisation is not None:
            created_us = organisation.created_us + int(draws.unit() ** 2 * 60 * DAY)
            created_us = min(created_us, world.start_us + 9 * DAY)
    account = Account(
        account_id=f"acct_{draws.hex(12)}",
        created_us=created_us,
        organisation=organisation.name if organisation else None,
        verified=organisation.verified if organisation else (None if draws.chance(0.3) else False),
        email_domain=organisation.domain if organisation else draws.pick(names.FREE_MAIL),
        payment_fp=organisation.payment_fp if organisation else (fingerprint(draws) if draws.chance(0.8) else None),
        country=country if draws.chance(0.97) else None,
        plan=plan or (draws.pick(PLANS[1:]) if organisation else draws.pick(PLANS[:3])),
        org_ref=organisation.org_ref if organisation and draws.chance(0.8) else None,
        offset_h=offset,
    )
    account.keys = [draws.hex(64) for _ in range(1 if draws.chance(0.8) else draws.between(2, 3))]
    account.ips = [address(draws, organisation.net)] if organisation else [home_address(draws)]
    account.ips += [home_address(draws)] if draws.chance(0.35) else []
    account.agents = [draws.pick(names.AGENTS_CODE if code else names.AGENTS_DESK)]
    _set_habits(world, draws, account)
    world.accounts.append(account)
    return account


def _set_habits(world: World, draws: Draws, account: Account) -> None:
    """Fields that the client leaves out, the gateway that it calls, and when it takes up the new model."""
    if draws.chance(0.06):
        account.ips = []
    if draws.chance(0.08):
        account.agents = []
    u = draws.unit()
    account.names_session = "fresh" if u < 0.3 else "absent" if u < 0.45 else "kept"
    u = draws.unit()
    account.gateway = "south" if u < 0.05 else "both" if u < 0.08 else "north"
    account.model = draws.pick((LARGE, LARGE, LARGE, SMALL, SMALL, REASON))
    if draws.chance(0.3):
        account.pivots_us = world.release_us + int(draws.unit() * 9 * DAY) + int(draws.unit() * 20 * HOUR)


def serving_model(account: Account, ts_us: int) -> str:
    """The model that the account asks for at that time."""
    return NEXT if account.pivots_us is not None and ts_us >= account.pivots_us else account.model
