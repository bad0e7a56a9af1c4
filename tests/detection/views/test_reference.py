"""Pages of the reference: labels, deliveries, audit samples, links, public wording, corpora."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.judgements import judge_link
from accounts.models import LinkJudgement
from detection.labels import samples
from detection.labels.reading import read_items
from detection.labels.services import import_labels, preview_labels
from detection.models import Corpus, Label, LabelBatch, PublicListing
from detection.public_text.listings import list_wording
from staff.enums import Role
from staff.permissions import Worker
from tests.factories import (
    AccountScoreFactory,
    ApiAccountFactory,
    CampaignFactory,
    CampaignMemberFactory,
    LabelFactory,
    TemplateFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
HOSTILE = "<script>alert(1)</script>\u202e"
PAGES = ("labels", "samples", "links", "public", "corpora")
OPENING = "one two three four five six seven eight nine"


def past(n: int = 1, **values: str) -> LabelBatch:
    rows = [{"account_id": f"past-{i}", "outcome": "banned", **values} for i in range(n)]
    return import_labels(delivery=read_items(rows, source="desk"), name="f", source="desk", actor=Worker("w"))[0]


@pytest.fixture
def lead(client: Client) -> Any:
    user = UserFactory(lead=True)
    client.force_login(user)
    return user


@pytest.mark.parametrize("role", Role)
def test_every_role_that_sees_evidence_reads_and_sees_no_button_it_may_not_press(client: Client, role: Role) -> None:
    assert client.get("/detection/labels/").status_code == 302
    client.force_login(UserFactory(role=role))
    texts = {}
    for page in PAGES:
        answer = client.get(f"/detection/{page}/")
        assert answer.status_code == 200
        texts[page] = answer.content.decode()
    manages, reviews = role in (Role.LEAD, Role.ADMIN), role in (Role.LEAD, Role.INVESTIGATOR)
    assert ("Read the file" in texts["labels"]) is manages and ("Draw from" in texts["samples"]) is manages
    assert ("Paste wording" in texts["public"]) is manages and ("Import a corpus" in texts["corpora"]) is manages
    assert ("Give the label" in texts["labels"]) is reviews and ("Judge two" in texts["links"]) is reviews


def test_empty_pages_say_what_to_do(client: Client, lead: Any) -> None:
    says = {
        "labels": "manage.py import_labels FILE",
        "samples": "Nothing was drawn yet",
        "links": "Nobody judged a link yet",
        "public": "No wording is listed",
        "corpora": "manage.py import_corpus FILE",
    }
    for page, words in says.items():
        assert words in client.get(f"/detection/{page}/").content.decode()


@pytest.mark.parametrize("path", ["labels/deliveries/9/", "samples/9/", "links/9/", "links/campaigns/C-9999/"])
def test_unknown_things_are_not_found(client: Client, lead: Any, path: str) -> None:
    assert client.get(f"/detection/{path}").status_code == 404


def test_a_file_is_read_looked_at_and_taken_over(client: Client, lead: Any) -> None:
    text = b"account_id,outcome,reason\na,banned,card ring\nb,cleared,\nc,guilty,\n"
    file = SimpleUploadedFile("past.csv", text)
    answer = client.post("/detection/labels/read/", {"file": file, "source": "abuse desk"}, follow=True)
    page = answer.content.decode()
    assert "1 ban and 1 clearance can be taken over" in page and "Nothing is saved as a label yet" in page
    assert "outcome: &#x27;guilty&#x27; is not allowed" in page and not Label.objects.exists()
    address = answer.redirect_chain[-1][0]
    page = client.post(f"{address}take-over/", follow=True).content.decode()
    assert "2 new labels, 0 known already." in page and Label.objects.count() == 2
    assert "past.csv" in client.get("/detection/labels/").content.decode()


def test_a_read_file_can_be_dropped(client: Client, lead: Any) -> None:
    delivery = read_items([{"account_id": "a", "outcome": "banned"}], source="s")
    batch = preview_labels(delivery=delivery, name="f", source="s", actor=lead)
    assert client.post(f"/detection/labels/deliveries/{batch.pk}/drop/").status_code == 302
    assert not LabelBatch.objects.exists()


def test_what_is_wrong_with_a_file_is_said(client: Client, lead: Any) -> None:
    for content, source in ((b"", "desk"), (b"account_id\na\n", "desk"), (b"account_id,outcome\na,banned\n", "")):
        file = SimpleUploadedFile("past.csv", content)
        answer = client.post("/detection/labels/read/", {"file": file, "source": source})
        assert answer.status_code == 422 and "is not allowed" in answer.content.decode()
    assert not LabelBatch.objects.exists()


def test_a_label_is_given_narrowed_and_withdrawn(client: Client, lead: Any) -> None:
    ApiAccountFactory(account_id="a")
    past()
    client.post("/detection/labels/give/", {"account_id": "a", "kind": "cleared", "reason": "Spoke to them"})
    label = Label.objects.get(basis="clearance")
    assert client.get("/detection/labels/?account_id=a").context["page"].items == [label]
    assert client.get("/detection/labels/?kind=cleared&standing=yes").context["page"].items == [label]
    client.post(f"/detection/labels/{label.pk}/withdraw/", {"reason": "Forged invoice"})
    assert client.get("/detection/labels/?standing=no").context["page"].items == [label]
    assert "Forged invoice" in client.get("/detection/labels/").content.decode()
    assert client.get("/detection/labels/?kind=guilty").status_code == 422
    assert client.post(f"/detection/labels/{label.pk}/withdraw/", {"reason": ""}).status_code == 422


def test_labels_that_differ_stand_at_the_top(client: Client, lead: Any) -> None:
    label = LabelFactory(basis="verdict")
    LabelFactory(account=label.account, kind="confirmed", basis="verdict on C-0001")
    page = client.get("/detection/labels/").content.decode()
    assert 'id="disputed"' in page and "contradicted" in page and "verdict on C-0001" in page


def test_a_sample_is_drawn_and_answered_on_its_page(client: Client, lead: Any) -> None:
    AccountScoreFactory.create_batch(3, flagged=False, run=AccountScoreFactory().run)
    address = client.post("/detection/samples/draw/", {"n": "2", "seed": "3"}, follow=True).redirect_chain[-1][0]
    page = client.get(address)
    drawn = page.context["page"].items
    assert len(drawn) == 2 and "with seed 3" in page.content.decode()
    assert f"/accounts/{drawn[0].account.account_id}/" in page.content.decode()
    client.post(f"/detection/samples/drawn/{drawn[0].pk}/answer/", {"answer": "honest", "reason": "Read it"})
    assert client.get(f"{address}?show=answered").context["page"].items == [drawn[0]]
    assert client.get(f"{address}?show=open").context["page"].items == [drawn[1]]
    assert client.get(f"{address}?show=all").status_code == 422
    assert Label.objects.get().basis == "audit sample"
    stale = {"answer": "harvesting", "reason": "No", "expected": ""}
    assert (
        client.post(f"/detection/samples/drawn/{drawn[0].pk}/answer/", {**stale, "expected": "harvesting"}).status_code
        == 409
    )
    assert client.post("/detection/samples/draw/", {"n": "0"}).status_code == 422


def test_a_link_is_judged_from_the_campaigns_ties(client: Client, lead: Any) -> None:
    a, b = ApiAccountFactory(), ApiAccountFactory()
    tie = {"a": b.account_id, "b": a.account_id, "field": "payment_fp", "shared_by": 2, "bits": 8.0}
    campaign = CampaignFactory(facts={"ties": [tie, {**tie, "field": "device_fp", "bits": 3.5}]})
    page = client.get(f"/detection/links/campaigns/{campaign.code}/")
    (line,) = page.context["ties"].lines
    assert line.bits == 11.5 and line.judgement is None and "not judged" in page.content.decode()
    word = {"account_id": line.a, "other_id": line.b, "judgement": "not_same", "reason": "Two firms, one card"}
    answer = client.post("/detection/links/judge/", {**word, "expected": "0", "campaign": campaign.code})
    assert answer.url == f"/campaigns/{campaign.code}/"
    assert "not the same" in client.get(f"/detection/links/campaigns/{campaign.code}/").content.decode()
    assert client.post("/detection/links/judge/", {**word, "expected": "0"}).status_code == 409
    history = client.get(f"/detection/links/{LinkJudgement.objects.get().pk}/").content.decode()
    assert "Two firms, one card" in history
    standing = LinkJudgement.objects.get().pk
    anew = {"judgement": "undecided", "reason": "The card was stolen", "expected": str(standing)}
    address = client.post(f"/detection/links/{standing}/judge/", anew).url
    assert "Undecided, says" in client.get(address).content.decode()
    assert client.post(f"/detection/links/{standing}/judge/", anew).status_code == 409
    assert (
        f'hx-get="/detection/links/campaigns/{campaign.code}/"'
        in client.get(f"/campaigns/{campaign.code}/").content.decode()
    )


def test_the_graph_is_narrowed_by_kind_and_holds_judgements_without_a_tie(client: Client, lead: Any) -> None:
    a, b, c = (ApiAccountFactory() for _ in range(3))
    ties = [
        {"a": a.account_id, "b": b.account_id, "field": "payment_fp", "shared_by": 2, "bits": 7.0},
        {"a": b.account_id, "b": c.account_id, "field": "ip24", "shared_by": 9, "bits": 4.0},
    ]
    campaign = CampaignFactory(facts={"ties": ties})
    for account in (a, b, c):
        CampaignMemberFactory(campaign=campaign, account=account)
    judge_link(account_id=a.account_id, other_id=c.account_id, judgement="undecided", reason="Seen once", actor=lead)
    address = f"/detection/links/campaigns/{campaign.code}/"
    ties_of = client.get(address).context["ties"]
    assert {(kind.name, kind.n_pairs) for kind in ties_of.kinds} == {("payment_fp", 1), ("ip24", 1), ("judgement", 1)}
    assert len(ties_of.graph.nodes) == len(ties_of.graph.edges) == 3
    again = client.get(address).context["ties"].graph
    assert again == ties_of.graph, "the same graph is drawn the same way"
    assert [line.kinds for line in client.get(f"{address}?kind=ip24").context["ties"].lines] == [("ip24",)]
    assert client.get(f"{address}?kind=astrology").status_code == 422


def test_judgements_that_cannot_all_be_true_are_named(client: Client, lead: Any) -> None:
    for name in "abc":
        ApiAccountFactory(account_id=name)
    for one, other, word in (("a", "b", "same_operator"), ("b", "c", "same_operator"), ("a", "c", "not_same")):
        judge_link(account_id=one, other_id=other, judgement=word, reason="r", actor=lead)
    page = client.get("/detection/links/")
    assert "a and c were judged not the same, yet judged one operator by a with b, b with c" in page.content.decode()
    assert len(client.get("/detection/links/?judgement=not_same").context["page"].items) == 1


def test_a_template_is_listed_from_its_page_and_wording_from_the_list(client: Client, lead: Any) -> None:
    template = TemplateFactory()
    client.post(f"/templates/{template.pk}/list/", {"reason": "A tutorial"})
    page = client.get(f"/templates/{template.pk}/").content.decode()
    assert "A tutorial" in page and "Take off the public list" in page
    client.post(f"/detection/public/{PublicListing.objects.get().pk}/unlist/", {"reason": "Not public"})
    assert "List as public" in client.get(f"/templates/{template.pk}/").content.decode()
    client.post("/detection/public/list/", {"text": OPENING, "part": "opening", "reason": "A textbook"})
    assert "A textbook" in client.get("/detection/public/").content.decode()
    assert "Not public" in client.get("/detection/public/?standing=no").content.decode()
    short = client.post("/detection/public/list/", {"text": "Too short", "part": "opening", "reason": "r"})
    assert short.status_code == 422 and "at least 8 words" in short.content.decode()


def test_a_corpus_is_imported_and_retired(client: Client, lead: Any) -> None:
    file = SimpleUploadedFile("bench.csv", b"prompt\nHow many legs?\n")
    client.post("/detection/corpora/import/", {"name": "legs", "licence": "MIT", "file": file})
    corpus = Corpus.objects.get()
    assert corpus.n_items == 1 and "legs" in client.get("/detection/corpora/").content.decode()
    client.post(f"/detection/corpora/{corpus.pk}/retire/", {"reason": "New edition"})
    assert "New edition" in client.get("/detection/corpora/").content.decode()


def test_hostile_words_are_inert_on_every_page(client: Client, lead: Any) -> None:
    ApiAccountFactory(account_id=HOSTILE)
    ApiAccountFactory(account_id="b")
    past(reason=HOSTILE, source=HOSTILE)
    LabelFactory(reason=HOSTILE, basis="clearance")
    judge_link(account_id=HOSTILE, other_id="b", judgement="not_same", reason=HOSTILE, actor=lead)
    list_wording(text=f"{OPENING} {HOSTILE}", part="whole", reason=HOSTILE, actor=lead)
    Corpus.objects.create(name=HOSTILE, licence=HOSTILE, n_items=1, imported_by=HOSTILE, imported_at=lead.date_joined)
    addresses = [f"{page}/" for page in PAGES] + [
        f"labels/deliveries/{LabelBatch.objects.get().pk}/",
        f"links/{LinkJudgement.objects.get().pk}/",
    ]
    for address in addresses:
        page = client.get(f"/detection/{address}").content.decode()
        assert "<script>alert" not in page and "\u202e" not in page, address


@pytest.mark.parametrize("n", [1, 3])
def test_query_counts_do_not_grow(client: Client, lead: Any, n: int, django_assert_num_queries: Any) -> None:
    past(n)
    run = AccountScoreFactory().run
    AccountScoreFactory.create_batch(2 * n, flagged=False, run=run)
    sample = samples.draw_audit_sample(n=n, actor=lead)
    samples.draw_audit_sample(n=n, actor=lead)
    for i in range(n):
        a, b = ApiAccountFactory(), ApiAccountFactory()
        judge_link(account_id=a.account_id, other_id=b.account_id, judgement="not_same", reason="r", actor=lead)
        list_wording(text=f"{OPENING} {'x' * (i + 1)}", part="whole", reason="r", actor=lead)
        Corpus.objects.create(name=str(i), licence="l", n_items=1, imported_by="x", imported_at=lead.date_joined)
    client.get("/search/")
    counts = {"labels/": 9, "samples/": 3, f"samples/{sample.pk}/": 6, "links/": 4, "public/": 4, "corpora/": 3}
    for address, queries in counts.items():
        with django_assert_num_queries(queries):
            assert client.get(f"/detection/{address}").status_code == 200
