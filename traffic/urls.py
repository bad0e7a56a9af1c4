from django.urls import path

from traffic import views

app_name = "traffic"
urlpatterns = [
    path("sources/", views.sources, name="sources"),
    path("sources/add/", views.add_source, name="add_source"),
    path("sources/<slug:slug>/", views.source, name="source"),
    path("sources/<slug:slug>/pull/", views.pull_now, name="pull_now"),
    path("sources/<slug:slug>/quarantine/", views.quarantine, name="quarantine"),
]
