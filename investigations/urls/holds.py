"""Addresses of the Holds page."""

from django.urls import path

from investigations.views import holds

patterns = [
    path("holds/", holds.hold_list, name="holds"),
    path("holds/request/", holds.request_hold, name="request_hold"),
    path("holds/erasure/", holds.answer_erasure, name="answer_erasure"),
    path("holds/<str:code>/<str:step>/", holds.hold_step, name="hold_step"),
]
