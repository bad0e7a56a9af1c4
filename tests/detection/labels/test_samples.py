"""The audited sample: the draw is random within strata and repeatable; only answers become labels."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from audit.models import AuditEvent
from core.errors import Conflict, InvalidInput, NotAllowed
from detection.labels import samples
from detection.labels.reference import reference_for_run
from detection.labels.sampling import FrameAccount, draw_sample, volume_fifths
from detection.models import AuditSample, Label, SampledAccount
from tests.factories import AccountScoreFactory, ApiAccountFactory, DetectionRunFactory, people

FRAME = [FrameAccount(f"a{i:03d}", "build" if i % 4 else "scale", i * i) for i in range(200)]


def test_the_seed_repeats_the_draw_whatever_the_order_of_the_frame() -> None:
    one, other = draw_sample(FRAME, n=40, seed=7), draw_sample(FRAME[::-1], n=40, seed=7)
    assert one == other and len({account.account_id for account, _ in one.accounts}) == 40
    assert one != draw_sample(FRAME, n=40, seed=8)


def test_every_stratum_has_its_share() -> None:
    draw = draw_sample(FRAME, n=40, seed=1)
    assert len(draw.strata) == 10 and sum(s.n_frame for s in draw.strata) == 200
    assert {s.n_drawn for s in draw.strata if s.plan == "scale"} == {2}
    assert {s.n_drawn for s in draw.strata if s.plan == "build"} == {6}
    assert Counter((a.plan, fifth) for a, fifth in draw.accounts) == {(s.plan, s.fifth): s.n_drawn for s in draw.strata}


@given(
    frame=st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 50)), max_size=60),
    n=st.integers(1, 80),
    seed=st.integers(0, 2**31 - 1),
)
def test_as_many_as_asked_none_twice_each_stratum_if_there_is_room(
    frame: list[tuple[str, int]], n: int, seed: int
) -> None:
    accounts = [FrameAccount(f"x{i}", plan, volume) for i, (plan, volume) in enumerate(frame)]
    draw = draw_sample(accounts, n=n, seed=seed)
    assert len(draw.accounts) == len({a.account_id for a, _ in draw.accounts}) == min(n, len(accounts))
    assert sum(s.n_frame for s in draw.strata) == len(accounts)
    assert all(s.n_drawn <= s.n_frame for s in draw.strata)
    if n >= len(draw.strata):
        assert all(s.n_drawn >= 1 for s in draw.strata)


def test_within_a_stratum_each_account_is_as_likely() -> None:
    """Null: an account of a stratum of 10 of which 2 are drawn is drawn with probability 0.2."""
    frame = [FrameAccount(f"a{i}", "p", 5) for i in range(10)]
    hits = Counter(a.account_id for seed in range(600) for a, _ in draw_sample(frame, n=2, seed=seed).accounts)
    assert min(binomtest(hits[f"a{i}"], 600, 0.2).pvalue for i in range(10)) > 0.001


def test_fifths_keep_equal_volumes_together() -> None:
    assert set(volume_fifths(np.full(7, 3)).tolist()) == {1}
    assert Counter(volume_fifths(np.arange(10)).tolist()) == dict.fromkeys(range(1, 6), 2)
    assert volume_fifths(np.array([], dtype=np.int64)).tolist() == []


# --- With people ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(db: None) -> SimpleNamespace:
    """A finished run with 12 unflagged accounts, one that is flagged and one that sent nothing."""
    run = DetectionRunFactory()
    for i in range(12):
        account = ApiAccountFactory(account_id=f"u{i:02d}", plan="build" if i % 2 else "scale")
        AccountScoreFactory(run=run, account=account, flagged=False, score=0.1, n_exchanges=10 * i + 1)
    AccountScoreFactory(run=run, account=ApiAccountFactory(account_id="flagged"))
    AccountScoreFactory(run=run, account=ApiAccountFactory(account_id="mute"), flagged=False, n_exchanges=0)
    return SimpleNamespace(run=run, **vars(people()))


def draw(desk: SimpleNamespace, n: int, **options: object) -> AuditSample:
    return samples.draw_audit_sample(n=n, actor=desk.leo, **options)  # type: ignore[arg-type]


def names(sample: AuditSample) -> set[str]:
    return set(sample.drawn.values_list("account__account_id", flat=True))


def test_seed_and_frame_are_kept_and_nobody_flagged_or_silent_is_drawn(desk: SimpleNamespace) -> None:
    sample = draw(desk, 100, seed=5)
    assert (sample.seed, sample.frame_size, sample.n_asked) == (5, 12, 100)
    assert names(sample) == {f"u{i:02d}" for i in range(12)}
    event = AuditEvent.objects.get(action="audit_sample.drawn")
    assert event.facts["seed"] == "5" or event.facts["seed"] == 5
    assert event.facts["accounts"] == sorted(names(sample))
    assert not Label.objects.exists()


def test_who_was_drawn_is_not_drawn_again(desk: SimpleNamespace) -> None:
    first, second = draw(desk, 5), draw(desk, 100)
    assert len(names(first)) == 5 and second.frame_size == 7 and not names(first) & names(second)
    with pytest.raises(Conflict, match="no unflagged account"):
        draw(desk, 1)


def test_only_answers_become_labels(desk: SimpleNamespace) -> None:
    sample = draw(desk, 3, seed=1)
    one, two, three = sample.drawn.order_by("pk")
    for drawn, answer in ((one, "honest"), (two, "harvesting"), (three, "cannot_tell")):
        samples.answer_drawn(drawn=drawn, answer=answer, reason="Read twelve prompts", actor=desk.ines)
    assert reference_for_run().cleared == {one.account.account_id}
    assert reference_for_run().confirmed == {two.account.account_id}
    assert set(Label.objects.values_list("basis", flat=True)) == {"audit sample"}
    found = samples.progress(sample)
    assert (found.drawn, found.answered, found.cannot_tell) == (3, 3, 1)
    assert AuditEvent.objects.filter(action="audit_sample.answered").count() == 3


def test_a_new_answer_withdraws_the_label_of_the_one_before(desk: SimpleNamespace) -> None:
    (drawn,) = draw(desk, 1).drawn.all()
    samples.answer_drawn(drawn=drawn, answer="honest", reason="Looks fine", actor=desk.ines)
    samples.answer_drawn(drawn=drawn, answer="honest", reason="Still fine", actor=desk.ines)
    assert Label.objects.count() == 1
    samples.answer_drawn(drawn=drawn, answer="harvesting", reason="Saw the templates", actor=desk.ines)
    assert reference_for_run().confirmed == {drawn.account.account_id} and not reference_for_run().contradicted
    samples.answer_drawn(drawn=drawn, answer="cannot_tell", reason="Not so sure", actor=desk.ines)
    assert reference_for_run().confirmed == frozenset() and Label.objects.filter(withdrawn_at=None).count() == 0


def test_whoever_answers_what_changed_meanwhile_is_told(desk: SimpleNamespace) -> None:
    (drawn,) = draw(desk, 1).drawn.all()
    samples.answer_drawn(drawn=drawn, answer="honest", reason="Fine", actor=desk.ivan, expected="")
    with pytest.raises(Conflict, match="meanwhile: Fine"):
        samples.answer_drawn(drawn=drawn, answer="harvesting", reason="No", actor=desk.ines, expected="")


def test_weights_undo_the_strata(desk: SimpleNamespace) -> None:
    """Two strata of 90 and 10: all of the small one harvest, so the frame's share is 0.1 whatever was drawn of each."""
    sample = draw(desk, 4)
    sample.strata = [
        {"plan": "a", "fifth": 1, "n_frame": 90, "n_drawn": 2},
        {"plan": "b", "fifth": 5, "n_frame": 10, "n_drawn": 2},
    ]
    rows = list(sample.drawn.order_by("pk"))
    for place, drawn in enumerate(rows):
        plan, fifth, answer = ("a", 1, "honest") if place < 2 else ("b", 5, "harvesting")
        SampledAccount.objects.filter(pk=drawn.pk).update(plan=plan, fifth=fifth, answer=answer)
    found = samples.frame_share(sample)
    assert found.share == pytest.approx(0.1) and found.n_covered == 100


@pytest.mark.parametrize("options", [{"n": 0}, {"n": 1_001}, {"n": 1, "seed": -1}, {"n": 1, "seed": 2**31}])
def test_what_is_out_of_range_is_refused(desk: SimpleNamespace, options: dict[str, int]) -> None:
    with pytest.raises(InvalidInput):
        samples.draw_audit_sample(actor=desk.leo, **options)


def test_who_may_draw_and_who_may_answer(desk: SimpleNamespace) -> None:
    with pytest.raises(NotAllowed):
        samples.draw_audit_sample(n=1, actor=desk.ines)
    (drawn,) = draw(desk, 1).drawn.all()
    for actor in (desk.admin, desk.lena, desk.otto):
        with pytest.raises(NotAllowed):
            samples.answer_drawn(drawn=drawn, answer="honest", reason="r", actor=actor)
    for bad in ({"answer": "maybe"}, {"reason": " "}):
        with pytest.raises(InvalidInput):
            samples.answer_drawn(**{"drawn": drawn, "answer": "honest", "reason": "r", **bad}, actor=desk.ines)


@pytest.mark.django_db
def test_without_a_finished_run_nobody_is_unflagged() -> None:
    with pytest.raises(Conflict, match="No detection run has finished"):
        samples.draw_audit_sample(n=1, actor=people().leo)
