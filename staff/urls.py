from django.contrib.auth import views as auth
from django.urls import path

from staff import views

app_name = "staff"
urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign_in"),
    path("sign-out/", auth.LogoutView.as_view(), name="sign_out"),
    path("settings/", views.settings_page, name="settings"),
    path("settings/password/", views.password_page, name="password"),
    path("settings/notices/", views.save_switches, name="save_switches"),
    path("settings/token/", views.make_token, name="make_token"),
    path("settings/token/revoke/", views.revoke_token, name="revoke_token"),
    path("notices/", views.notices_page, name="notices"),
    path("notices/read/", views.read_notices, name="read_notices"),
    path("notices/<int:pk>/", views.open_notice, name="notice"),
    path("audit/", views.audit_page, name="audit"),
    path("audit/verify/", views.verify_audit, name="verify_audit"),
    path("audit/verification/", views.verification, name="verification"),
    path("audit/checkpoints/", views.checkpoint_list, name="checkpoints"),
    path("audit/checkpoints/<int:number>/<str:ending>/", views.checkpoint_file, name="checkpoint_file"),
]
