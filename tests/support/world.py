"""One of everything that a page can show, and what stands for each parameter of an address."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import Error, models, transaction

from accounts.models import LinkJudgement
from audit.services import record
from core.errors import DomainError
from detection.enums import RunKind
from detection.models import AuditSample, Corpus, LabelBatch, PublicListing, SampledAccount
from investigations.models import Appeal, Protection, Statement
from investigations.services.access import restrict_case
from staff.enums import NoticeKind
from staff.models import Notice
from tests import factories as make
from tests.factories.detection import END, START
from tests.support.lake import daily, fill_lake

PERSON = {"investigator": "ines", "lead": "leo", "legal": "lena", "admin": "admin", "auditor": "otto"}
HOUSE = ("accounts", "audit", "detection", "investigations", "staff", "traffic")


@dataclass
class World:
    """`things` stand for the parameters of addresses by place; `hidden` are of a restricted case that names Ivan alone;
    `elsewhere` are of another parent than those of `things`."""

    people: SimpleNamespace
    things: dict[str, Any] = field(default_factory=dict)
    hidden: dict[str, Any] = field(default_factory=dict)
    elsewhere: dict[str, Any] = field(default_factory=dict)


def build(*, lake: bool = True) -> World:
    """Everything once, made by factories; models that have no factory get a row of their own all the same."""
    world = World(people=make.people())
    detected = _detected(account_id="acct-world")
    _reference(world, detected.account)
    _case(world, world.things, detected)
    _case(world, world.elsewhere, _detected(), code="CASE-WORLD-2")
    world.hidden = _hidden(world)
    _traffic(world)
    if lake:
        fill_lake(daily(detected.account.account_id, START, 3, pre8=77, session_ref="a"))
    Protection.objects.create(account=detected.account, ground="other", reason="A partner", added_by=world.people.admin)
    Notice.objects.create(person=world.people.leo, kind=NoticeKind.values[0], key="note:1", subject="x", path="/cases/")
    record(actor=world.people.ines, action="session.claimed", subject=f"session:{detected.flag}", reason="Mine")
    fill_the_rest(without=() if lake else ("traffic.LakeFile",))  # a file of a lake is there or not
    world.things |= _addresses(detected) | _first_rows()
    world.things["queue/<int:pk>"] = detected.account.queue_item.pk
    return world


def _detected(**named: str) -> SimpleNamespace:
    """A campaign of a run with a template, readings, a rival explanation, members, a flagged session and samples."""
    account = make.ApiAccountFactory(organisation=make.OrganisationFactory(), email_domain="example.org", **named)
    campaign = make.CampaignFactory(
        facts={
            "ties": [{"a": account.account_id, "b": "acct-other", "field": "payment_fp", "shared_by": 2, "bits": 8.0}]
        }
    )
    run = campaign.last_run
    template = make.TemplateFactory()
    unit = make.UnitFactory(run=run, campaign=campaign, template=template, selector={"columns": {"pre8": ["77"]}})
    make.SignalReadingFactory(unit=unit, signal="X2", accounts=[account.account_id])
    make.RivalExplanationFactory(unit=unit)
    make.CampaignMemberFactory(campaign=campaign, account=account)
    make.AccountScoreFactory(run=run, account=account, campaign=campaign, because="Same template as others")
    flag = make.FlaggedSessionFactory(account=account, campaign=campaign)
    sample = make.SamplePromptFactory(session=flag)
    make.RunFlaggedFactory(run=run)
    return SimpleNamespace(**locals())


def _case(world: World, things: dict[str, Any], detected: SimpleNamespace, **case_fields: Any) -> Any:
    """A case with an account, an exhibit, a note, a case file and a decision with one item and one vote."""
    who = world.people
    given = {"owner": who.ines, "campaign": detected.campaign, "summary": "What it is about"} | case_fields
    case = make.CaseFactory(**given)
    make.CaseAccountFactory(case=case, account=detected.account)
    exhibit = make.ExhibitFactory(case=case, pinned_by=who.ines, kind="campaign", ref=detected.campaign.code)
    make.NoteFactory(case=case, author=who.ines)
    number = make.CaseExportFactory(case=case, number=1 + case.pk, requested_by=who.lena).number
    decision = make.DecisionFactory(case=case, proposed_by=who.ines, n_accounts=1)
    decision.exhibits.add(exhibit)
    item = make.DecisionItemFactory(decision=decision, account=detected.account)
    Statement.objects.create(
        item=item,
        version=1,
        text="We have suspended your account",
        template_version=0,
        written_by=who.ines,
        written_at=END,
    )
    appeal = Appeal.objects.create(item=item, words="It was not I", received_at=END, recorded_by=who.ines)
    make.ApprovalFactory(decision=make.DecisionFactory(case=case, proposed_by=who.ines), by=who.leo, reason="Agreed")
    things |= {
        "cases/<str:code>": case.code,
        "cases/<str:code>/exports/<int:number>": number,
        "cases/<str:code>/legal/files/<int:number>": number,
        "decisions/<str:code>": decision.code,
        "decisions/<str:code>/accounts/<int:number>": item.pk,
        "decisions/appeals/<int:number>": appeal.pk,
        "api/v1/cases/<code>": case.code,
        "api/v1/decisions/<code>": decision.code,
    }
    return case


def _hidden(world: World) -> dict[str, Any]:
    """A case that names Ivan alone."""
    things: dict[str, Any] = {}
    case = _case(world, things, _detected(), owner=world.people.ivan)
    restrict_case(case=case, people=[], reason="A partner is named", actor=world.people.ivan)
    return things


def _reference(world: World, account: Any) -> None:
    who = world.people
    batch = LabelBatch.objects.create(name="past.csv", source="abuse desk", digest="0" * 64, n_rows=1, given_by="x")
    label = make.LabelFactory(account=account, source="abuse desk", reason="A clearance", given_by="user:0 somebody")
    run = make.DetectionRunFactory(parameters={"window_days": 28})
    sample = AuditSample.objects.create(run=run, seed=1, n_asked=1, frame_size=1, frame_digest="0" * 64, drawn_by="x")
    drawn = SampledAccount.objects.create(sample=sample, account=account, fifth=1, n_exchanges=3)
    first, second = sorted((account, make.ApiAccountFactory(account_id="acct-world-2")), key=lambda one: one.pk)
    link = LinkJudgement.objects.create(
        first=first,
        second=second,
        judgement="same_operator",
        reason="One invoice",
        given_by=str(who.ines),
        given_at=END,
    )
    listing = PublicListing.objects.create(
        key="pre8:1", wording="Answer the question:", reason="A book", listed_by="x", listed_at=END
    )
    corpus = Corpus.objects.create(name="Bench", licence="MIT", n_items=5, imported_by="x", imported_at=END)
    tried = make.DetectionRunFactory(kind=RunKind.BACK_TEST)
    world.things |= {
        "detection/labels/<int:number>": label.pk,
        "detection/labels/deliveries/<int:number>": batch.pk,
        "detection/samples/<int:number>": sample.pk,
        "detection/samples/drawn/<int:number>": drawn.pk,
        "detection/links/<int:number>": link.pk,
        "detection/public/<int:number>": listing.pk,
        "detection/corpora/<int:number>": corpus.pk,
        "detection/back-tests/<int:run_id>": tried.pk,
    }


def _traffic(world: World) -> None:
    source = make.SourceFactory()
    pull = make.PullFactory(source=source, message="2 files")
    make.QuarantinedRecordFactory(pull=pull)
    make.PulledFileFactory(source=source, message="Reading stopped early")
    make.ModelReleaseFactory(released_at=START + timedelta(days=9))
    make.ListPriceFactory()
    world.things |= {
        "sources/<slug:slug>": source.slug,
        "api/v1/sources/<slug>": source.slug,
        "api/v1/pulls/<id>": pull.pk,
    }


def _addresses(d: SimpleNamespace) -> dict[str, Any]:
    return {
        "accounts/<path:account_id>": d.account.account_id,
        "api/v1/accounts/<id>": d.account.pk,
        "api/v1/campaigns/<code>": d.campaign.code,
        "api/v1/flagged-sessions/<id>": d.flag.pk,
        "api/v1/runs/<id>": d.run.pk,
        "api/v1/samples/<id>": d.sample.pk,
        "campaigns/<str:code>": d.campaign.code,
        "account/exchanges/<path:account_id>": d.account.account_id,
        "account/population/<path:account_id>": d.account.account_id,
        "account/read/<path:account_id>": d.account.account_id,
        "charts/accounts/<path:account_id>": d.account.account_id,
        "charts/templates/<int:template_id>": d.template.pk,
        "campaigns/<str:code>/charts/<str:name>": "volume",
        "cases/<str:code>/legal/redactions/<slug:kind>": "note",
        "cases/<str:code>/legal/redactions/<slug:kind>/<str:ref>": 1,
        "cases/<str:code>/legal/redactions/<slug:kind>/<str:ref>/<slug:part>": "text",
        "queue/bar/<str:code>": d.campaign.code,
        "holds/<str:code>/<str:step>": "confirm",
        "audit/checkpoints/<int:number>/<str:ending>": "txt",
        "quality/export.<str:form>": "csv",
        "detection/<int:run_id>": d.run.pk,
        "detection/campaigns/<str:code>": d.campaign.code,
        "detection/links/campaigns/<str:code>": d.campaign.code,
        "detection/signals/<str:signal>": "X2",
        "detection/signals/<str:signal>/<int:run_id>": d.run.pk,
        "samples/<int:pk>": d.sample.pk,
        "sessions/<int:number>": d.flag.pk,
        "templates/<int:template_id>": d.template.pk,
    }


# What a parameter stands for where any row will do: the model and the field. A model that is not there yet is passed over.
FIRST = {
    "notices/<int:pk>": ("staff.Notice", "pk"),
    "selections/<uuid:key>": ("investigations.Selection", "key"),
    "decisions/protected/<int:number>": ("investigations.Protection", "pk"),
    "holds/<str:code>": ("audit.LegalHold", "code"),
    "audit/checkpoints/<int:number>": ("audit.Checkpoint", "number"),
    "queue/views/<int:pk>": ("investigations.SavedView", "pk"),
    "queue/snoozes/<int:pk>": ("investigations.Snooze", "pk"),
    "search/text/<int:number>": ("investigations.TextSearch", "pk"),
    "search/text/<int:number>/hits/<int:hit>": ("investigations.SearchHit", "pk"),
    "cases/<str:code>/tasks/<int:number>": ("investigations.CaseTask", "pk"),
    "quality/reviews/<int:number>": ("investigations.SecondReview", "pk"),
}


def _first_rows() -> dict[str, Any]:
    found = {}
    for place, (label, name) in FIRST.items():
        with contextlib.suppress(LookupError):
            row = apps.get_model(label)._default_manager.order_by("pk").first()
            if row is not None:
                found[place] = getattr(row, name)
    return found


# --- Rows of models that no factory made ----------------------------------------------------------------------------------


def house_models() -> list[type[models.Model]]:
    return [model for app in HOUSE for model in apps.get_app_config(app).get_models() if model._meta.managed]


def fill_the_rest(without: Collection[str] = ()) -> list[str]:
    """A row of each model that has none yet, of the plainest values; returns the models that would not have it."""
    left = []
    for model in house_models():
        if model._meta.label in without or model._default_manager.exists():
            continue
        try:
            with transaction.atomic():
                model._default_manager.create(**dict(_plain(model)))
        except (Error, DomainError, ValueError, TypeError) as refusal:  # a rule that plain values break: said by name
            left.append(f"{model._meta.label}: {refusal}")
    return left


NAMED = {
    "SearchHit.field": "prompt",
    "SearchHit.account_id": "acct-world",
}  # words of a closed list that the field itself does not name


def _plain(model: type[models.Model]) -> Iterator[tuple[str, Any]]:
    for one in model._meta.concrete_fields:
        if (
            isinstance(one, models.AutoField | models.BigAutoField)
            or one.has_default()
            or one.null
            or getattr(one, "auto_now_add", False)
        ):
            continue
        if (known := NAMED.get(f"{model.__name__}.{one.name}")) is not None:
            yield one.name, known
        elif one.is_relation:
            yield one.name, one.related_model._default_manager.order_by("pk").first()
        elif one.choices:
            yield one.name, one.choices[0][0]
        elif isinstance(one, models.DateTimeField):
            yield one.name, END
        elif isinstance(one, models.DateField):
            yield one.name, END.date()
        elif isinstance(one, models.BooleanField):
            yield one.name, False
        elif isinstance(one, ArrayField):
            yield one.name, []
        elif isinstance(one, models.BinaryField):
            yield one.name, b"0" * 32
        elif isinstance(one, models.JSONField):
            yield one.name, {}
        elif isinstance(one, models.CharField | models.TextField):
            yield one.name, "" if one.blank else "0" * min(one.max_length or 4, 64)
        else:
            yield one.name, 1
