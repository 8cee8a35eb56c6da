"""Addresses of accounts, organisations, invitations and claims."""

from django.urls import path

from ensemblier.base.people import (
    address_views,
    desk_views,
    network_views,
    organisation_views,
    views,
)

app_name = "people"
urlpatterns = [
    path("mon-compte/", views.account, name="account"),
    path("mon-compte/nom/", views.rename, name="rename"),
    path("mon-compte/adresse/", address_views.ask, name="email"),
    path("mon-compte/adresse/<str:token>/", address_views.confirm, name="email_confirm"),
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
    path(
        "organisations/<int:pk>/confirmer/",
        organisation_views.confirm_identity,
        name="organisation_confirm",
    ),
    path("organisations/<int:pk>/reseau/", network_views.show, name="network"),
    path("organisations/<int:pk>/reseau/demander/", network_views.ask, name="network_ask"),
    path("organisations/<int:pk>/reseau/quitter/", network_views.leave, name="network_leave"),
    path(
        "organisations/adhesions/<int:pk>/accepter/",
        network_views.accept,
        name="membership_accept",
    ),
    path(
        "organisations/adhesions/<int:pk>/refuser/",
        network_views.refuse,
        name="membership_refuse",
    ),
    path(
        "organisations/adhesions/<int:pk>/annuler/",
        network_views.withdraw,
        name="membership_withdraw",
    ),
    path(
        "organisations/habilitations/<int:pk>/membres/",
        network_views.designate,
        name="designate",
    ),
    path("rattachements/", desk_views.claims, name="claims"),
    path("rattachements/<int:pk>/", desk_views.check, name="claim_check"),
    path("rattachements/<int:pk>/accepter/", desk_views.confirm, name="claim_confirm"),
    path("rattachements/<int:pk>/refuser/", desk_views.refuse, name="claim_refuse"),
]
