"""Addresses of what people do around a case."""

from django.urls import path

from investigations.views import access, case_work

case_patterns = [
    path("cases/access/", access.access_page, name="access"),
    path("cases/<str:code>/restrict/", access.restrict, name="restrict_case"),
    path("cases/<str:code>/unrestrict/", access.lift, name="lift_restriction"),
    path("cases/<str:code>/people/name/", access.name, name="name_person"),
    path("cases/<str:code>/people/unname/", access.unname, name="unname_person"),
    path("cases/<str:code>/tasks/add/", case_work.add_task, name="add_task"),
    path("cases/<str:code>/tasks/<int:number>/done/", case_work.finish_task, name="finish_task"),
    path("cases/<str:code>/tasks/<int:number>/reopen/", case_work.reopen_task, name="reopen_task"),
    path("cases/<str:code>/due/", case_work.set_due, name="set_due"),
    path("cases/<str:code>/merge/", case_work.merge, name="merge_case"),
    path("cases/<str:code>/split/", case_work.split, name="split_case"),
    path("cases/<str:code>/related/", case_work.related, name="related_cases"),
    path("cases/<str:code>/custody/", case_work.custody, name="custody"),
    path("cases/<str:code>/people.json", case_work.people, name="case_people"),
    path("pin/", case_work.pin, name="pin"),
]
