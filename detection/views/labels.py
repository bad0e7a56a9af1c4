"""The reference: labels with where they come from, deliveries of past bans and clearances, disputed accounts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.http import cleaned
from core.paging import keyset_page
from core.text import one_line, storable
from detection.forms.reference import DeliveryForm, LabelForm, ReasonForm
from detection.labels import reference, services
from detection.labels.reading import read_label_file
from detection.labels.survey import survey
from detection.public_text.uploads import upload_path
from staff.blind import owed_second_review
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


@require_safe
def label_page(request: StaffRequest) -> HttpResponse:
    """Who counts as honest or harvesting, and by whose word; disputed accounts first."""
    check(request.user, Action.VIEW_EVIDENCE)
    asked = {name: storable(request.GET.get(name, "").strip()) for name in ("account_id", "kind", "standing")}
    owed = owed_second_review(request.user)
    page = keyset_page(reference.labels(owed=owed, **asked), key="-id", after=request.GET.get("after"))
    found: dict[str, Any] = {
        "counts": reference.reference_counts(),
        "disputed": reference.disputed_accounts(owed),
        "page": page,
    }
    disputed = [label for one in found["disputed"] for label in one.labels]
    services.note_labels_read(labels=[*page.items, *disputed], reader=request.user)
    forms = {"delivery_form": DeliveryForm(), "label_form": LabelForm(initial={"account_id": asked["account_id"]})}
    return render(request, "detection/labels.html", found | forms | asked | {"batches": reference.batches()})


@require_POST
def read_delivery(request: StaffRequest) -> HttpResponse:
    """Read an uploaded file and show what it would do; nothing is taken over yet."""
    check(request.user, Action.MANAGE_REFERENCE)
    data = cleaned(DeliveryForm(request.POST, request.FILES))
    with upload_path(data["file"]) as path:
        delivery = read_label_file(path, name=data["file"].name, source=data["source"])
    batch = services.preview_labels(
        delivery=delivery, name=data["file"].name, source=data["source"], actor=request.user
    )
    return redirect("detection:delivery", batch.pk)


@require_safe
def delivery_page(request: StaffRequest, number: int) -> HttpResponse:
    """A delivery: what it would change, or what it changed; refused rows with their reasons."""
    check(request.user, Action.VIEW_EVIDENCE)
    batch = reference.get_batch(number)
    seen = survey(batch, request.user)
    services.note_labels_read(labels=[clash.label for clash in seen.clashes], reader=request.user)
    return render(request, "detection/labels_delivery.html", {"batch": batch, "survey": seen})


@require_POST
def take_over(request: StaffRequest, number: int) -> HttpResponse:
    """Make a delivery into labels."""
    batch = services.take_over_batch(batch=reference.get_batch(number), actor=request.user)
    messages.success(request, f"{batch.n_new:,} new labels, {batch.n_known:,} known already.")
    return redirect("detection:delivery", batch.pk)


@require_POST
def drop_delivery(request: StaffRequest, number: int) -> HttpResponse:
    """Forget a delivery that was read."""
    services.drop_batch(batch=reference.get_batch(number), actor=request.user)
    messages.success(request, "The file was dropped; nothing of it is kept.")
    return redirect("detection:labels")


@require_POST
def give_label(request: StaffRequest) -> HttpResponse:
    """Say what an account is."""
    data = cleaned(LabelForm(request.POST))
    label = services.give_label(actor=request.user, **data)
    messages.success(request, f"{one_line(str(label.account))} is {label.get_kind_display()} by your word.")
    return redirect("detection:labels")


@require_POST
def withdraw_label(request: StaffRequest, number: int) -> HttpResponse:
    """Take a label back."""
    label = services.withdraw_label(
        label=reference.get_label(number), actor=request.user, **cleaned(ReasonForm(request.POST))
    )
    messages.success(request, f"The label on {one_line(str(label.account))} is withdrawn; it stays in the history.")
    return redirect("detection:labels")
