"""Addresses of selections, decisions and the protected list."""

from django.urls import path

from investigations.views import appeals, decisions, rules, selections, statements

patterns = [
    path("selections/", selections.make, name="make_selection"),
    path("selections/<uuid:key>/", selections.preview, name="selection"),
    path("selections/<uuid:key>/exclude/", selections.exclude, name="exclude_accounts"),
    path("selections/<uuid:key>/exclude-group/", selections.exclude_group, name="exclude_group"),
    path("selections/<uuid:key>/include/", selections.include, name="include_again"),
    path("selections/<uuid:key>/override/", selections.override, name="override_protection"),
    path("decisions/protected/", rules.protected_list, name="protected"),
    path("decisions/protected/add/", rules.protect, name="protect"),
    path("decisions/protected/<int:number>/end/", rules.unprotect, name="unprotect"),
    path("cases/<str:code>/propose/", decisions.propose, name="propose"),
    path("decisions/", decisions.decision_list, name="decisions"),
    path("decisions/templates/", statements.templates, name="statement_templates"),
    path("decisions/appeals/", appeals.appeal_list, name="appeals"),
    path("decisions/appeals/<int:number>/", appeals.appeal_page, name="appeal"),
    path("decisions/appeals/<int:number>/judge/", appeals.judge, name="judge_appeal"),
    path("decisions/deliveries/", decisions.deliveries, name="all_deliveries"),
    path("decisions/<str:code>/", decisions.decision_page, name="decision"),
    path("decisions/<str:code>/progress/", decisions.decision_progress, name="decision_progress"),
    path("decisions/<str:code>/approve/", decisions.approve, name="approve"),
    path("decisions/<str:code>/refuse/", decisions.refuse, name="refuse"),
    path("decisions/<str:code>/withdraw/", decisions.withdraw, name="withdraw"),
    path("decisions/<str:code>/wording/", statements.wording, name="wording"),
    path("decisions/<str:code>/accounts/<int:number>/statement/", statements.statement_page, name="statement"),
    path(
        "decisions/<str:code>/accounts/<int:number>/statement/edit/", statements.edit_statement, name="edit_statement"
    ),
    path("decisions/<str:code>/accounts/<int:number>/appeal/", appeals.record, name="record_appeal"),
    path("decisions/<str:code>/cancel/", decisions.cancel, name="cancel"),
    path("decisions/<str:code>/enforce/", decisions.enforce, name="enforce"),
    path("decisions/<str:code>/deliveries/", decisions.deliveries, name="deliveries"),
    path("decisions/<str:code>/reverse/", decisions.reverse, name="reverse"),
    path("decisions/<str:code>/retry/", decisions.retry_failed, name="retry_failed"),
]
