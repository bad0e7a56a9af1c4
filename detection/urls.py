from django.urls import path

from detection.views import runs, templates

app_name = "detection"
urlpatterns = [
    path("detection/", runs.runs, name="runs"),
    path("detection/start/", runs.start_run, name="start_run"),
    path("detection/<int:run_id>/", runs.run, name="run"),
    path("templates/", templates.template_list, name="templates"),
    path("templates/<int:template_id>/", templates.template_page, name="template"),
]
