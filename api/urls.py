from django.urls import include, path
from rest_framework.routers import SimpleRouter

from api.views.accounts import AccountViewSet
from api.views.cases import CaseViewSet
from api.views.decisions import DecisionViewSet
from api.views.detection import CampaignViewSet, RunViewSet, ScoreViewSet
from api.views.docs import SchemaView, docs_page
from api.views.flagged import FlaggedSessionViewSet, SampleViewSet
from api.views.labels import LabelViewSet
from api.views.traffic import PullViewSet, SourceViewSet

app_name = "api"

v1 = SimpleRouter()
v1.register("accounts", AccountViewSet, basename="account")
v1.register("campaigns", CampaignViewSet, basename="campaign")
v1.register("flagged-sessions", FlaggedSessionViewSet, basename="flagged-session")
v1.register("samples", SampleViewSet, basename="sample")
v1.register("cases", CaseViewSet, basename="case")
v1.register("decisions", DecisionViewSet, basename="decision")
v1.register("runs", RunViewSet, basename="run")
v1.register("sources", SourceViewSet, basename="source")
v1.register("pulls", PullViewSet, basename="pull")
v1.register("scores", ScoreViewSet, basename="score")
v1.register("labels", LabelViewSet, basename="label")

urlpatterns = [
    path("v1/", include(v1.urls)),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", docs_page, name="docs"),
]
