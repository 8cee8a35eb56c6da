"""Addresses of accounts, organisations, invitations and claims."""

from django.urls import path

from ensemblier.base.people import desk_views, organisation_views, views

app_name = "people"
urlpatterns = [
    path("mon-compte/", views.account, name="account"),
    path("mon-compte/nom/", views.rename, name="rename"),
    path("mon-compte/second-facteur/", views.second_factor, name="second_factor"),
    path("invitations/<str:token>/", views.invitation, name="invitation"),
    path("organisations/nouvelle/", organisation_views.create, name="organisation_create"),
    path("organisations/rejoindre/", organisation_views.find, name="organisation_find"),
    path("organisations/<int:pk>/", organisation_views.show, name="organisation"),
    path("organisations/<int:pk>/modifier/", organisation_views.edit, name="organisation_edit"),
    path("organisations/<int:pk>/inviter/", organisation_views.invite, name="invite"),
    path(
        "organisations/invitations/<int:pk>/annuler/",
        organisation_views.withdraw,
        name="invitation_withdraw",
    ),
    path("organisations/mandats/<int:pk>/fin/", organisation_views.end, name="mandate_end"),
    path("organisations/<int:pk>/iae/", organisation_views.add_iae, name="iae_add"),
    path("organisations/<int:pk>/habilitation/", organisation_views.add_aid, name="aid_add"),
    path("organisations/<int:pk>/rattachement/", organisation_views.claim, name="claim"),
    path("rattachements/", desk_views.claims, name="claims"),
    path("rattachements/<int:pk>/", desk_views.check, name="claim_check"),
    path("rattachements/<int:pk>/accepter/", desk_views.confirm, name="claim_confirm"),
    path("rattachements/<int:pk>/refuser/", desk_views.refuse, name="claim_refuse"),
]
