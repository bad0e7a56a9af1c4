from django.urls import path

from detection.views import runs

app_name = "detection"
urlpatterns = [
    path("detection/", runs.runs, name="runs"),
    path("detection/start/", runs.start_run, name="start_run"),
    path("detection/<int:run_id>/", runs.run, name="run"),
]
