"""Forms of the queue, campaign and session pages."""

from __future__ import annotations

from django import forms

from investigations.enums import Verdict


class VerdictForm(forms.Form):
    """A person's word on a flag, with the reason."""

    verdict = forms.ChoiceField(choices=Verdict, widget=forms.RadioSelect)
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}), max_length=4_000)


class RevealForm(forms.Form):
    """Why masked text is read; the trail keeps it."""

    reason = forms.CharField(max_length=400)


class OpenFromCampaignForm(forms.Form):
    """A case on a campaign, or on the members that were ticked."""

    title = forms.CharField(max_length=200)
    accounts = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def clean_accounts(self) -> list[int]:
        """Ids of accounts; the view asks only for members of the campaign."""
        return [int(value) for value in self.cleaned_data["accounts"]]

    def __init__(self, *args: object, members: list[int], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["accounts"].choices = [(pk, str(pk)) for pk in members]  # type: ignore[attr-defined]
