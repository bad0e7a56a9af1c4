"""Addresses of the desk."""

from django.urls import path

from investigations.urls.cases import case_patterns
from investigations.urls.decisions import patterns as decision_patterns
from investigations.urls.holds import patterns as hold_patterns
from investigations.urls.legal import patterns as legal_patterns
from investigations.urls.queue import patterns as queue_patterns
from investigations.views import accounts, campaigns, cases, charts, queue, search, sessions

app_name = "investigations"
urlpatterns = [
    *case_patterns,
    path("", queue.queue, name="queue"),
    path("rail/", queue.rail, name="rail"),
    *queue_patterns,
    path("search/", search.search, name="search"),
    path("campaigns/", campaigns.campaign_list, name="campaigns"),
    path("campaigns/<str:code>/", campaigns.campaign_page, name="campaign"),
    path("campaigns/<str:code>/claim/", campaigns.claim, name="claim_campaign"),
    path("campaigns/<str:code>/release/", campaigns.release, name="release_campaign"),
    path("campaigns/<str:code>/verdict/", campaigns.verdict, name="verdict_campaign"),
    path("campaigns/<str:code>/open-case/", campaigns.open_case, name="open_campaign_case"),
    path("campaigns/<str:code>/harvest/", campaigns.harvest, name="campaign_harvest"),
    path("campaigns/<str:code>/failover/", campaigns.failover, name="campaign_failover"),
    path("campaigns/<str:code>/charts/<str:name>.json", charts.campaign_chart, name="campaign_chart"),
    path("charts/accounts/<path:account_id>.json", charts.account_chart, name="account_chart"),
    path("charts/templates/<int:template_id>.json", charts.template_chart, name="template_chart"),
    path("sessions/", sessions.session_list, name="sessions"),
    path("sessions/next/", sessions.next_one, name="next_session"),
    path("sessions/<int:number>/", sessions.session_page, name="session"),
    path("sessions/<int:number>/claim/", sessions.claim, name="claim_session"),
    path("sessions/<int:number>/release/", sessions.release, name="release_session"),
    path("sessions/<int:number>/verdict/", sessions.verdict, name="verdict_session"),
    path("sessions/<int:number>/open-case/", sessions.open_case, name="open_session_case"),
    path("sessions/<int:number>/read/", sessions.read_exchange, name="read_session_exchange"),
    path("samples/<int:pk>/reveal/", sessions.reveal, name="reveal_sample"),
    path("accounts/", accounts.account_list, name="accounts"),
    path("account/population/<path:account_id>/", accounts.account_population, name="account_population"),
    path("account/exchanges/<path:account_id>/", accounts.account_exchanges, name="account_exchanges"),
    path("account/read/<path:account_id>/", accounts.read_exchange, name="read_account_exchange"),
    path("accounts/<path:account_id>/", accounts.account_page, name="account"),
    path("cases/", cases.case_list, name="cases"),
    path("cases/open/", cases.open_case, name="open_case"),
    path("cases/<str:code>/", cases.case_page, name="case"),
    path("cases/<str:code>/note/", cases.add_note, name="add_note"),
    path("cases/<str:code>/pin/", cases.pin_exhibit, name="pin_exhibit"),
    path("cases/<str:code>/close/", cases.close_case, name="close_case"),
    path("cases/<str:code>/reopen/", cases.reopen_case, name="reopen_case"),
    path("cases/<str:code>/exports/", cases.exports, name="exports"),
    path("cases/<str:code>/exports/request/", cases.request_export, name="request_export"),
    path("cases/<str:code>/exports/<int:number>/", cases.download_export, name="download_export"),
    *decision_patterns,
    *hold_patterns,
    *legal_patterns,
]
