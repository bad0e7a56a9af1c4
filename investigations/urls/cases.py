"""Addresses of what people do around a case."""

from django.urls import path

from investigations.views import access, case_work, quality, text_search

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
    path("search/text/", text_search.searches, name="text_searches"),
    path("search/text/<int:number>/", text_search.search_page, name="text_search"),
    path("search/text/<int:number>/state/", text_search.search_state, name="text_search_state"),
    path("search/text/<int:number>/cancel/", text_search.cancel, name="cancel_text_search"),
    path("search/text/<int:number>/hits/<int:hit>/", text_search.reveal, name="reveal_hit"),
    path("search/text/<int:number>/case/", text_search.to_case, name="search_to_case"),
    path("quality/", quality.quality_page, name="quality"),
    path("quality/export.<str:form>", quality.export, name="quality_export"),
    path("quality/draw/", quality.draw, name="draw_second_reviews"),
    path("quality/next/", quality.next_second_review, name="next_second_review"),
    path("quality/reviews/<int:number>/release/", quality.release, name="release_second_review"),
]
