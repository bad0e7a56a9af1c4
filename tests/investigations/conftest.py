"""A real receiver of enforcement calls, and a case that is ready to be decided on."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from investigations.models import Case, Decision

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "receiver.py"


@pytest.fixture
def staff(db: None) -> SimpleNamespace:
    from tests.factories import people

    return people()


@pytest.fixture
def receiver(settings: Any) -> Iterator[Any]:
    """The example of the documentation, on loopback."""
    spec = importlib.util.spec_from_file_location("receiver", EXAMPLE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    server = module.Receiver(("127.0.0.1", 0), "s3cret")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.ENFORCEMENT_WEBHOOK_URL = f"http://127.0.0.1:{server.server_address[1]}/"
    settings.ENFORCEMENT_WEBHOOK_SECRET = "s3cret"
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def ready_case(staff: SimpleNamespace) -> Case:
    """A case of a certified campaign with three accounts and one exhibit."""
    from investigations.services import pin_exhibit
    from tests.factories import CampaignFactory, CaseAccountFactory, CaseFactory

    case = CaseFactory(owner=staff.ines, campaign=CampaignFactory())
    CaseAccountFactory.create_batch(3, case=case)
    pin_exhibit(case=case, kind="campaign", ref=case.campaign.code, reason="The cluster itself", actor=staff.ines)
    case.refresh_from_db()
    return case


@pytest.fixture
def propose(staff: SimpleNamespace, ready_case: Case) -> Callable[..., Decision]:
    from investigations.services import propose_decision

    def make(action: str = "suspend", **changes: Any) -> Decision:
        case = changes.pop("case", ready_case)
        given = {
            "clause": "Terms 4.2",
            "reason": "Coordinated harvest",
            "benign_reading": "One customer with many keys: ruled out, seven organisations",
            "exhibits": list(case.exhibits.all()),
            "actor": staff.ines,
        }
        return propose_decision(case=case, action=action, **given | changes)

    return make
