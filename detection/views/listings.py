"""Public wording and known corpora: the lists that administrators keep."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from core.http import cleaned
from core.paging import keyset_page
from core.text import one_line
from detection.forms.reference import CorpusForm, ReasonForm, WordingForm
from detection.public_text import corpora, listings
from detection.public_text.uploads import upload_path
from detection.queries.templates import get_template
from staff.enums import Action
from staff.permissions import check
from staff.requests import StaffRequest


@require_safe
def public_list(request: StaffRequest) -> HttpResponse:
    """Listed wordings, newest first, with the form to paste one."""
    check(request.user, Action.VIEW_EVIDENCE)
    standing = request.GET.get("standing", "yes")
    page = keyset_page(listings.listings(standing=standing), key="-id", after=request.GET.get("after"))
    context = {"page": page, "standing": standing, "form": WordingForm()}
    found = listings.templates_of(page.items)
    return render(
        request, "detection/public.html", context | {"rows": [(row, found.get(row.key)) for row in page.items]}
    )


@require_POST
def list_wording(request: StaffRequest) -> HttpResponse:
    """List a pasted wording."""
    listing = listings.list_wording(actor=request.user, **cleaned(WordingForm(request.POST)))
    messages.success(request, f"{listing.key} is listed as public; the next run reads it.")
    return redirect("detection:public")


@require_POST
def list_template(request: StaffRequest, template_id: int) -> HttpResponse:
    """List a template that a run found."""
    template = get_template(template_id)
    listings.list_template(template=template, actor=request.user, **cleaned(ReasonForm(request.POST)))
    messages.success(request, f"{template} is listed as public; the next run reads it.")
    return redirect("detection:template", template_id)


@require_POST
def unlist(request: StaffRequest, number: int) -> HttpResponse:
    """Take a wording off the list."""
    listing = listings.unlist(
        listing=listings.get_listing(number), actor=request.user, **cleaned(ReasonForm(request.POST))
    )
    messages.success(request, f"{listing.key} is off the list; the next run judges it by its users.")
    return redirect("detection:public")


@require_safe
def corpus_list(request: StaffRequest) -> HttpResponse:
    """Known corpora, newest first, with the form to add one."""
    check(request.user, Action.VIEW_EVIDENCE)
    page = keyset_page(corpora.corpora(), key="-id", after=request.GET.get("after"))
    return render(request, "detection/corpora.html", {"page": page, "form": CorpusForm()})


@require_POST
def import_corpus(request: StaffRequest) -> HttpResponse:
    """Take in a file of public prompts as hashes."""
    check(request.user, Action.MANAGE_REFERENCE)
    data = cleaned(CorpusForm(request.POST, request.FILES))
    file = data.pop("file")
    with upload_path(file) as path:
        corpus, new = corpora.import_corpus(
            path=path, filename=file.name, most=corpora.PAGE_ITEMS, actor=request.user, **data
        )
    messages.success(request, f"{one_line(corpus.name)}: {corpus.n_items:,} prompts{'' if new else ', known already'}.")
    return redirect("detection:corpora")


@require_POST
def retire_corpus(request: StaffRequest, number: int) -> HttpResponse:
    """Let no later run read a corpus."""
    corpus = corpora.retire_corpus(
        corpus=corpora.get_corpus(number), actor=request.user, **cleaned(ReasonForm(request.POST))
    )
    messages.success(request, f"{one_line(corpus.name)} is retired; no later run reads it.")
    return redirect("detection:corpora")
