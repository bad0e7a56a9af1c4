"""Addresses of the page for legal."""

from django.urls import path

from investigations.views import custody, legal, redactions

REDACTIONS = "cases/<str:code>/legal/redactions"
ONE_FILE = "cases/<str:code>/legal/files/<int:number>"
ONE_TEXT = f"{REDACTIONS}/<slug:kind>/<str:ref>/<slug:part>"

patterns = [
    path("cases/<str:code>/legal/", legal.legal_page, name="legal"),
    path("cases/<str:code>/legal/counsel/", legal.counsel_page, name="counsel"),
    path("cases/<str:code>/legal/counsel/write/", legal.write_counsel_note, name="write_counsel_note"),
    path("cases/<str:code>/legal/files/", legal.exports, name="legal_exports"),
    path(f"{ONE_FILE}/", custody.casefile_page, name="casefile"),
    path(f"{ONE_FILE}/hand-over/", custody.hand_over, name="hand_over"),
    path(f"{ONE_FILE}/check/", custody.check_state, name="export_check"),
    path(f"{ONE_FILE}/check/request/", custody.request_check, name="request_export_check"),
    path(f"{ONE_FILE}/produce/", custody.request_produced, name="request_produced"),
    path(f"{ONE_FILE}/map/", custody.download_map, name="download_map"),
    path(f"{REDACTIONS}/", redactions.redaction_page, name="redactions"),
    path(f"{REDACTIONS}/judge/", redactions.judge, name="judge_redactions"),
    path(f"{REDACTIONS}/add/", redactions.add_value, name="add_redaction"),
    path(f"{REDACTIONS}/scan/", redactions.scan_state, name="redaction_scan"),
    path(f"{REDACTIONS}/scan/request/", redactions.request_scan, name="request_redaction_scan"),
    path(f"{ONE_TEXT}/", redactions.text_page, name="redaction_text"),
    path(f"{ONE_TEXT}/add/", redactions.add_span, name="add_redaction_span"),
]
