"""What people type about the reference: labels, answers, judgements, public wording, corpora."""

from __future__ import annotations

from django import forms

from accounts.enums import Judgement
from core.widgets import Textarea
from detection.enums import LabelKind, SampleAnswer
from detection.public_text.listings import PARTS


def _reason(placeholder: str) -> forms.CharField:
    return forms.CharField(max_length=4_000, strip=True, widget=Textarea(attrs={"rows": 2, "placeholder": placeholder}))


class DeliveryForm(forms.Form):
    """A file of past bans and clearances."""

    file = forms.FileField(
        help_text="CSV, JSON lines or Parquet with account_id and outcome (banned or cleared), and perhaps decided_at, reason, source"
    )
    source = forms.CharField(max_length=200, help_text="Whose bans and clearances these are, where a row does not say")


class LabelForm(forms.Form):
    """A person's own word on an account."""

    account_id = forms.CharField(label="Account", max_length=1_000, help_text="The provider's account id")
    kind = forms.ChoiceField(label="It is", choices=LabelKind)
    reason = _reason("The facts that it rests on")


class ReasonForm(forms.Form):
    """A step that takes a reason."""

    reason = _reason("Why")


class DrawForm(forms.Form):
    """A draw of the audited sample."""

    n = forms.IntegerField(label="Accounts", min_value=1, max_value=1_000, initial=50)
    seed = forms.IntegerField(
        min_value=0, max_value=2**31 - 1, required=False, help_text="Empty: a fresh one; it is kept with the draw"
    )


class AnswerForm(forms.Form):
    """What a reviewer found on a drawn account."""

    answer = forms.ChoiceField(choices=SampleAnswer)
    reason = _reason("What you looked at, what you found")
    expected = forms.ChoiceField(choices=[("", ""), *SampleAnswer.choices], required=False)


class JudgeAnewForm(forms.Form):
    """Another word on a link that was judged."""

    judgement = forms.ChoiceField(choices=Judgement)
    reason = _reason("The facts that you judge by")
    expected = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)


class JudgementForm(JudgeAnewForm):
    """A word on the link between two accounts."""

    account_id = forms.CharField(label="Account", max_length=1_000)
    other_id = forms.CharField(label="Other account", max_length=1_000)
    field_order = ("account_id", "other_id", "judgement", "reason")


class WordingForm(forms.Form):
    """Wording to list as public."""

    text = forms.CharField(
        label="Skeleton or opening",
        max_length=100_000,
        strip=False,
        widget=Textarea(attrs={"rows": 6}),
        help_text="It is masked and hashed as requests are; an opening needs at least 8 words",
    )
    part = forms.ChoiceField(label="How requests hold it", choices=list(PARTS.items()))
    reason = _reason("Where it is public: address, book, course")


class CorpusForm(forms.Form):
    """A public prompt set."""

    name = forms.CharField(max_length=120)
    licence = forms.CharField(max_length=200, help_text="As the set names it")
    file = forms.FileField(help_text="CSV, JSON lines or Parquet with a column prompt; only hashes are kept")
