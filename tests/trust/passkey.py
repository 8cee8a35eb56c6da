"""What a passkey's registration leaves in an account, for pages that show it."""

from __future__ import annotations

from typing import Any

from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData


def registration() -> dict[str, Any]:
    """A registration without attestation; its key is on no curve, so it opens nothing."""
    public = {1: 2, 3: -7, -1: 1, -2: b"x" * 32, -3: b"y" * 32}
    credential = AttestedCredentialData.create(b"\0" * 16, b"cle-d-essai", public)
    seen_and_verified = 0x45
    held = AuthenticatorData.create(b"\0" * 32, seen_and_verified, 0, credential)
    return {
        "id": websafe_encode(b"cle-d-essai"),
        "rawId": websafe_encode(b"cle-d-essai"),
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(
                b'{"type":"webauthn.create","challenge":"","origin":""}'
            ),
            "attestationObject": websafe_encode(AttestationObject.create("none", held, {})),
        },
        "clientExtensionResults": {"credProps": {"rk": True}},
    }
