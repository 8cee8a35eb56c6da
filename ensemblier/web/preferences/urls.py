"""Address of the e-mails that an account wants."""

from django.urls import path

from ensemblier.web.preferences import views

app_name = "preferences"
urlpatterns = [path("compte/courriels/", views.choose, name="choose")]
