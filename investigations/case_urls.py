"""Addresses of what people do around a case."""

from django.urls import path

from investigations.views import access

case_patterns = [
    path("cases/access/", access.access_page, name="access"),
    path("cases/<str:code>/restrict/", access.restrict, name="restrict_case"),
    path("cases/<str:code>/unrestrict/", access.lift, name="lift_restriction"),
    path("cases/<str:code>/people/name/", access.name, name="name_person"),
    path("cases/<str:code>/people/unname/", access.unname, name="unname_person"),
]
