"""What each address asks of a person: one line a route. A route that is not here fails the matrix until somebody says it.

`get` and `post` name the action of `staff.permissions` that the role needs; SIGNED_IN is anybody with a role, PUBLIC
also the world; of several actions one is enough. `data` is a form in order, so that a refusal is of the person and not of the form. `own` marks what asks
more than the role (one's own proposal, another person's, one's own notice): there a role that may can still be told no.
`takes` names fields of tables that the form takes beside its `data`: optional ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from detection.tuning.thresholds import thresholds_of
from investigations.words.statement_text import SHIPPED_BODY as WORDING
from staff.enums import Action as A

SIGNED_IN, PUBLIC = "signed in", "public"
Needs = A | str | tuple[A, ...] | None


@dataclass(frozen=True)
class Rule:
    get: Needs = None
    post: Needs = None
    own: bool = False
    takes: tuple[str, ...] = ()
    data: dict[str, Any] = field(default_factory=dict)


def get(needs: Needs) -> Rule:
    return Rule(get=needs)


def post(needs: Needs, *, own: bool = False, takes: tuple[str, ...] = (), **data: Any) -> Rule:
    return Rule(post=needs, own=own, takes=takes, data=data)


# Fields that many forms share; a rule's own data wins.
COMMON = {
    "reason": "Looked at with care",
    "title": "A case",
    "text": "A note",
    "verdict": "false_positive",
    "version": 1,
    "expected": "",
}

RULES: dict[str, Rule] = {
    # People
    "staff:sign_in": Rule(get=PUBLIC, post=PUBLIC),
    "staff:sign_out": post(SIGNED_IN),
    "staff:settings": Rule(
        get=SIGNED_IN,
        post=SIGNED_IN,
        takes=("email", "blur_text", "grey_text"),
        data={"time_zone": "UTC", "theme": "dark", "density": "normal"},
    ),
    "staff:password": Rule(
        get=SIGNED_IN,
        post=SIGNED_IN,
        data={"old_password": "not it", "new_password1": "another-road-7", "new_password2": "another-road-7"},
    ),
    "staff:make_token": post(SIGNED_IN),
    "staff:revoke_token": post(SIGNED_IN),
    "staff:audit": get(A.VIEW_AUDIT),
    "staff:verify_audit": post(A.VIEW_AUDIT),
    # Sources
    "traffic:sources": get(A.VIEW_EVIDENCE),
    "traffic:add_source": Rule(
        get=A.MANAGE_SOURCES,
        post=A.MANAGE_SOURCES,
        takes=("name", "connector", "watch"),
        data={"path": "/x", "kind": "exchanges"},
    ),
    "traffic:source": get(A.VIEW_EVIDENCE),
    "traffic:pull_now": post(A.MANAGE_SOURCES),
    "traffic:quarantine": get(A.VIEW_EVIDENCE),
    # Detection
    "detection:runs": get(A.VIEW_EVIDENCE),
    "detection:start_run": post(A.RUN_DETECTION),
    "detection:compare": get(A.VIEW_EVIDENCE),
    "detection:run": get(A.VIEW_EVIDENCE),
    "detection:run_reach": get(A.VIEW_EVIDENCE),
    "detection:signals": get(A.VIEW_EVIDENCE),
    "detection:signal": get(A.VIEW_EVIDENCE),
    "detection:signal_chart": get(A.VIEW_EVIDENCE),
    "detection:back_tests": get(A.VIEW_EVIDENCE),
    "detection:start_back_test": post(A.RUN_DETECTION, days=28, **thresholds_of({})),
    "detection:stop_shadow": post(A.MANAGE_REFERENCE, expected=0),
    "detection:back_test": get(A.VIEW_EVIDENCE),
    "detection:make_live": post(A.MANAGE_REFERENCE, expected=0),
    "detection:start_shadow": post(A.MANAGE_REFERENCE, expected=0),
    "detection:labels": get(A.VIEW_EVIDENCE),
    "detection:read_delivery": post(A.MANAGE_REFERENCE),
    "detection:give_label": post(A.REVIEW, account_id="acct-world", kind="cleared"),
    "detection:withdraw_label": post((A.REVIEW, A.MANAGE_REFERENCE), own=True),
    "detection:delivery": get(A.VIEW_EVIDENCE),
    "detection:take_over": post(A.MANAGE_REFERENCE),
    "detection:drop_delivery": post(A.MANAGE_REFERENCE),
    "detection:samples": get(A.VIEW_EVIDENCE),
    "detection:draw_sample": post(A.MANAGE_REFERENCE, n=3, takes=("seed",)),
    "detection:sample": get(A.VIEW_EVIDENCE),
    "detection:answer_drawn": post(A.REVIEW, answer="honest"),
    "detection:links": get(A.VIEW_EVIDENCE),
    "detection:judge_link": post(
        A.REVIEW, takes=("campaign",), account_id="acct-world", other_id="acct-world-2", judgement="undecided"
    ),
    "detection:link": get(A.VIEW_EVIDENCE),
    "detection:judge_anew": post(A.REVIEW, judgement="undecided"),
    "detection:campaign_links": get(A.VIEW_EVIDENCE),
    "detection:campaign_history": get(A.VIEW_EVIDENCE),
    "detection:public": get(A.VIEW_EVIDENCE),
    "detection:list_wording": post(A.MANAGE_REFERENCE, part="whole"),
    "detection:unlist": post(A.MANAGE_REFERENCE),
    "detection:corpora": get(A.VIEW_EVIDENCE),
    "detection:import_corpus": post(A.MANAGE_REFERENCE),
    "detection:retire_corpus": post(A.MANAGE_REFERENCE),
    "detection:list_template": post(A.MANAGE_REFERENCE),
    "detection:templates": get(A.VIEW_EVIDENCE),
    "detection:template": get(A.VIEW_EVIDENCE),
    # The desk
    "investigations:queue": get(A.VIEW_EVIDENCE),
    "investigations:rail": get(A.VIEW_EVIDENCE),
    "investigations:search": get(A.VIEW_EVIDENCE),
    "investigations:campaigns": get(A.VIEW_EVIDENCE),
    "investigations:campaign": get(A.VIEW_EVIDENCE),
    "investigations:campaign_chart": get(A.VIEW_EVIDENCE),
    "investigations:claim_campaign": post(A.REVIEW),
    "investigations:release_campaign": post(A.REVIEW, own=True),
    "investigations:verdict_campaign": post(A.REVIEW),
    "investigations:open_campaign_case": post(A.EDIT_CASE),
    "investigations:sessions": get(A.VIEW_EVIDENCE),
    "investigations:next_session": get(A.VIEW_EVIDENCE),
    "investigations:session": get(A.VIEW_EVIDENCE),
    "investigations:claim_session": post(A.REVIEW),
    "investigations:release_session": post(A.REVIEW, own=True),
    "investigations:verdict_session": post(A.REVIEW),
    "investigations:open_session_case": post(A.EDIT_CASE),
    "investigations:reveal_sample": post(A.REVEAL_TEXT),
    "investigations:accounts": get(A.VIEW_EVIDENCE),
    "investigations:account": get(A.VIEW_EVIDENCE),
    "investigations:cases": get(A.VIEW_CASE),
    "investigations:open_case": post(A.EDIT_CASE, takes=("summary",)),
    "investigations:case": get(A.VIEW_CASE),
    "investigations:add_note": post(A.EDIT_CASE),
    "investigations:pin_exhibit": post(A.EDIT_CASE, kind="account", ref="acct-world"),
    "investigations:close_case": post(A.EDIT_CASE),
    "investigations:reopen_case": post(A.EDIT_CASE),
    "investigations:propose": Rule(get=A.PROPOSE, post=A.PROPOSE),
    "investigations:exports": get(A.VIEW_CASE),
    "investigations:request_export": post(A.EXPORT_CASE, purpose="Counsel asked for it"),
    "investigations:download_export": get(A.EXPORT_CASE),
    "investigations:decisions": get(A.VIEW_CASE),
    "investigations:decision": get(A.VIEW_CASE),
    "investigations:decision_progress": get(A.VIEW_CASE),
    "investigations:approve": post(A.APPROVE, own=True),
    "investigations:refuse": post(A.APPROVE, own=True),
    "investigations:withdraw": post(A.PROPOSE, own=True),
    "investigations:reverse": post(A.REVERSE),
    "investigations:retry_failed": post(A.PROPOSE, own=True),
    "investigations:cancel": post(A.PROPOSE, own=True),
    "investigations:enforce": post(A.APPROVE, own=True),
    "investigations:deliveries": get(A.VIEW_CASE),
    "investigations:all_deliveries": get(A.VIEW_CASE),
    "investigations:wording": Rule(get=A.VIEW_CASE, post=A.PROPOSE, own=True, data={"body": WORDING}),
    "investigations:statement": get(A.VIEW_CASE),
    "investigations:edit_statement": post(A.PROPOSE, own=True),
    "investigations:statement_templates": Rule(
        get=A.VIEW_CASE, post=A.MANAGE_POLICY, data={"action": "suspend", "body": WORDING}
    ),
    "investigations:record_appeal": Rule(
        get=A.EDIT_CASE, post=A.EDIT_CASE, data={"words": "It was I", "received_at": "2025-06-01T08:00"}
    ),
    "investigations:appeals": get(A.VIEW_CASE),
    "investigations:appeal": get(A.VIEW_CASE),
    "investigations:judge_appeal": post(A.APPROVE, own=True, overturn="no"),
    # Notices
    "staff:save_switches": post(SIGNED_IN),
    "staff:notices": get(SIGNED_IN),
    "staff:read_notices": post(SIGNED_IN),
    "staff:notice": Rule(get=SIGNED_IN, own=True),
    "staff:verification": get(A.VIEW_AUDIT),
    "staff:checkpoints": get(A.VIEW_AUDIT),
    "staff:checkpoint_file": get(A.VIEW_AUDIT),
    # The queue
    "investigations:palette": get(A.VIEW_EVIDENCE),
    "investigations:lake_lookup": get(A.VIEW_EVIDENCE),
    "investigations:queue_bar": get(A.VIEW_EVIDENCE),
    "investigations:own_work": get(A.VIEW_CASE),
    "investigations:next_item": get(A.VIEW_EVIDENCE),
    "investigations:default_view": Rule(get=A.VIEW_EVIDENCE, post=A.VIEW_EVIDENCE, takes=("view",)),
    "investigations:save_view": post(A.VIEW_EVIDENCE, name="Mine", takes=("shared", "default")),
    "investigations:delete_view": post(A.VIEW_EVIDENCE, own=True),
    "investigations:snoozes": get(A.VIEW_EVIDENCE),
    "investigations:lift_snooze": post(A.REVIEW),
    "investigations:item": get(A.VIEW_EVIDENCE),
    "investigations:claim_item": post(A.REVIEW, own=True),
    "investigations:release_item": post(A.REVIEW, own=True),
    "investigations:pass_item": post(A.REVIEW, own=True, assignee="leo"),
    "investigations:skip_item": post(A.VIEW_EVIDENCE),  # of one's own queue, which everybody has
    "investigations:unskip_item": post(A.VIEW_EVIDENCE, own=True),
    "investigations:snooze_item": post(A.REVIEW, own=True),
    "investigations:verdict_item": post(A.REVIEW, up_to=9_999_999, n=1),
    "investigations:set_item_due": post(A.REVIEW, due_on="2026-12-01"),
    "investigations:review_targets": get(A.VIEW_CASE),
    "investigations:set_target": post(A.MANAGE_POLICY, kind="account", hours=24),
    "investigations:open_item_case": post(A.EDIT_CASE),
    # Reading, charts and fragments of the campaign and account pages
    "investigations:read_session_exchange": post(
        A.REVEAL_TEXT, own=True, exchange_id="nothing-404", takes=("unmasked",)
    ),
    "investigations:read_account_exchange": post(
        A.REVEAL_TEXT, own=True, exchange_id="nothing-404", takes=("unmasked",)
    ),
    "investigations:account_chart": get(A.VIEW_EVIDENCE),
    "investigations:account_population": get(A.VIEW_EVIDENCE),
    "investigations:account_exchanges": get(A.VIEW_EVIDENCE),
    "investigations:campaign_harvest": get(A.VIEW_EVIDENCE),
    "investigations:campaign_failover": get(A.VIEW_EVIDENCE),
    "investigations:template_chart": get(A.VIEW_EVIDENCE),
    "detection:template_lens": get(A.VIEW_EVIDENCE),
    # Many accounts at once, the protected list
    "investigations:make_selection": post(
        A.PROPOSE,
        takes=(
            "account",
            "number",
            "campaign",
            "case",
            "decision",
            "session",
            "text",
            "all",
            "account_id",
            "name",
            "state",
            "status",
            "tier",
            "member",
        ),
        source="accounts",
        account="acct-world",
    ),
    "investigations:selection": Rule(
        get=A.VIEW_CASE,
        post=A.PROPOSE,
        own=True,
        takes=("case",),
        data={"action": "watch", "clause": "3.2", "benign_reading": "One customer"},
    ),
    "investigations:exclude_accounts": post(A.PROPOSE, own=True, accounts="acct-world"),
    "investigations:exclude_group": post(A.PROPOSE, own=True, facet="country", value="DE"),
    "investigations:include_again": post(A.PROPOSE, own=True, excluded="by id"),
    "investigations:override_protection": post(A.PROPOSE, own=True, account_id="acct-world"),
    "investigations:protected": get(A.VIEW_CASE),
    "investigations:protect": post(A.MANAGE_POLICY, kind="account", name="acct-world", ground="staff"),
    "investigations:unprotect": post(A.MANAGE_POLICY),
    # Around a case
    "investigations:access": get(A.MANAGE_ACCESS),
    "investigations:restrict_case": post(A.EDIT_CASE, own=True),
    "investigations:lift_restriction": post(A.EDIT_CASE, own=True),
    "investigations:name_person": post((A.EDIT_CASE, A.MANAGE_ACCESS), own=True, person="leo"),
    "investigations:unname_person": post((A.EDIT_CASE, A.MANAGE_ACCESS), own=True, person="leo"),
    "investigations:add_task": post(A.EDIT_CASE, takes=("assignee", "due_on")),
    "investigations:finish_task": post(A.EDIT_CASE),
    "investigations:reopen_task": post(A.EDIT_CASE),
    "investigations:set_due": post(A.EDIT_CASE, due_on="2026-12-01"),
    "investigations:merge_case": post(A.EDIT_CASE, into="CASE-WORLD-2"),
    "investigations:split_case": post(A.EDIT_CASE, takes=("account", "exhibits", "notes")),
    "investigations:related_cases": get(A.VIEW_CASE),
    "investigations:custody": get(A.VIEW_CASE),
    "investigations:case_people": get(A.VIEW_CASE),
    "investigations:pin": Rule(get=A.EDIT_CASE, post=A.EDIT_CASE),
    "investigations:text_searches": Rule(get=A.REVEAL_TEXT, post=A.REVEAL_TEXT),
    "investigations:text_search": Rule(get=A.REVEAL_TEXT, own=True),
    "investigations:text_search_state": Rule(get=A.REVEAL_TEXT, own=True),
    "investigations:cancel_text_search": post(A.REVEAL_TEXT, own=True),
    "investigations:reveal_hit": post(A.REVEAL_TEXT, own=True),
    "investigations:search_to_case": post(A.EDIT_CASE, own=True, takes=("case",), account="acct-world"),
    "investigations:quality": get(A.VIEW_QUALITY),
    "investigations:quality_export": get(A.VIEW_QUALITY),
    "investigations:draw_second_reviews": post(A.VIEW_QUALITY),
    "investigations:next_second_review": post(A.REVIEW),
    "investigations:release_second_review": post(A.REVIEW, own=True),
    # Legal
    "investigations:holds": get(A.VIEW_CASE),
    "investigations:request_hold": post(
        A.HOLD, takes=("review_on",), about="account", name="acct-world", basis="Art. 17(3)(e) GDPR"
    ),
    "investigations:answer_erasure": post(A.HOLD, own=True, name="acct-world", reference="A letter of May"),
    "investigations:hold_step": post(A.HOLD, own=True),
    "investigations:legal": get(A.VIEW_CASE),
    "investigations:legal_exports": get(A.VIEW_CASE),
    "investigations:casefile": get(A.VIEW_CASE),
    "investigations:export_check": get(A.VIEW_CASE),
    "investigations:request_export_check": post(A.EXPORT_CASE),
    "investigations:request_produced": post(A.REDACT, purpose="Counsel asked for it"),
    "investigations:download_map": post(A.REIDENTIFY, purpose="The court asked for names"),
    "investigations:hand_over": post(
        A.EXPORT_CASE,
        recipient="Outside counsel",
        purpose="The claim",
        channel="portal",
        handed_at="2025-06-01T08:00",
        takes=("digest_confirmed",),
    ),
    "investigations:counsel": get(A.COUNSEL),
    "investigations:write_counsel_note": post(A.COUNSEL, kind="work_product", basis="Advice on the notice"),
    "investigations:redactions": get(A.REDACT),
    "investigations:judge_redactions": post(A.REDACT, state="accepted", number="1"),
    "investigations:add_redaction": post(A.REDACT, value="somebody", reason="other", reason_text="A name"),
    "investigations:redaction_scan": get(A.REDACT),
    "investigations:request_redaction_scan": post(A.REDACT),
    "investigations:redaction_text": Rule(get=A.REDACT, own=True),
    "investigations:add_redaction_span": post(A.REDACT, own=True, start=0, end=4, reason="other", reason_text="A name"),
    # The API: what each route reads; what it writes is tried with bodies of its own in tests/api/test_writing.py
    "api:account-list": get(A.VIEW_EVIDENCE),
    "api:account-detail": get(A.VIEW_EVIDENCE),
    "api:account-status-changes": get(A.VIEW_EVIDENCE),
    "api:campaign-list": get(A.VIEW_EVIDENCE),
    "api:campaign-detail": get(A.VIEW_EVIDENCE),
    "api:campaign-members": get(A.VIEW_EVIDENCE),
    "api:campaign-readings": get(A.VIEW_EVIDENCE),
    "api:campaign-units": get(A.VIEW_EVIDENCE),
    "api:flagged-session-list": get(A.VIEW_EVIDENCE),
    "api:flagged-session-detail": get(A.VIEW_EVIDENCE),
    "api:flagged-session-claim": post(A.REVIEW),
    "api:flagged-session-release": post(A.REVIEW),
    "api:flagged-session-verdict": post(A.REVIEW),
    "api:sample-list": get(A.VIEW_EVIDENCE),
    "api:sample-detail": get(A.VIEW_EVIDENCE),
    "api:sample-reveal": post(A.REVEAL_TEXT),
    "api:case-list": Rule(get=A.VIEW_CASE, post=A.EDIT_CASE),
    "api:case-detail": get(A.VIEW_CASE),
    "api:case-accounts": get(A.VIEW_CASE),
    "api:case-exhibits": Rule(get=A.VIEW_CASE, post=A.EDIT_CASE),
    "api:case-notes": Rule(get=A.VIEW_CASE, post=A.EDIT_CASE),
    "api:decision-list": Rule(get=A.VIEW_CASE, post=A.PROPOSE),
    "api:decision-detail": get(A.VIEW_CASE),
    "api:decision-cancel": post(A.PROPOSE, own=True),
    "api:decision-approve": post(A.APPROVE, own=True),
    "api:decision-items": get(A.VIEW_CASE),
    "api:decision-refuse": post(A.APPROVE, own=True),
    "api:decision-reverse": post(A.REVERSE),
    "api:decision-withdraw": post(A.PROPOSE),
    "api:run-list": get(A.VIEW_EVIDENCE),
    "api:run-detail": get(A.VIEW_EVIDENCE),
    "api:source-list": get(A.VIEW_EVIDENCE),
    "api:source-detail": get(A.VIEW_EVIDENCE),
    "api:source-pull": post(A.MANAGE_SOURCES),
    "api:pull-list": get(A.VIEW_EVIDENCE),
    "api:pull-detail": get(A.VIEW_EVIDENCE),
    "api:score-list": Rule(get=A.VIEW_EVIDENCE, post=A.SUBMIT_SCORES),
    "api:label-list": Rule(get=A.VIEW_EVIDENCE, post=A.MANAGE_REFERENCE),
    "api:schema": get(SIGNED_IN),
    "api:docs": get(SIGNED_IN),
}
