"""A small OpenID Connect provider with ProConnect's manners, started by the tests on loopback."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm


def make_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Provider:
    """Answers discovery, keys, tokens and a userinfo that is a signed JWT. `lie` spoils one."""

    client_id, client_secret = "ensemblier", "un secret de test"

    def __init__(self) -> None:
        self.key, self.other_key = make_key(), make_key()
        self.person: dict[str, Any] = {
            "sub": "s-1",
            "email": "ana@exemple.fr",
            "given_name": "Ana",
            "usual_name": "Exemple",
            "siret": "73282932000074",
        }
        self.lie = ""
        self.codes: dict[str, dict[str, str]] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self.server.server_port}/api/v2"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def authorize(self, location: str) -> tuple[str, dict[str, str]]:
        """What the person's browser does there: comes back with a code. Gives what was asked."""
        asked = {k: v[0] for k, v in parse_qs(urlsplit(location).query).items()}
        code = token_urlsafe(16)
        self.codes[code] = asked
        return f"?code={code}&state={asked['state']}", asked

    def sign(self, claims: dict[str, Any], about: str) -> str:
        """`about` says which token this is: the lie named after it is told in it."""
        body = {"iss": self.address, "aud": self.client_id, "exp": time.time() + 60} | claims
        key: Any = self.key
        algorithm = "RS256"
        lie = self.lie.removeprefix(f"{about}:") if self.lie.startswith(f"{about}:") else ""
        if lie in ("iss", "aud", "sub", "nonce"):
            body[lie] = "quelqu'un d'autre"
        if lie == "exp":
            body["exp"] = time.time() - 60
        if lie == "key":
            key = self.other_key
        if lie == "none":
            key, algorithm = None, "none"
        if lie == "hs256":
            key, algorithm = "un secret assez long pour être accepté ici", "HS256"
        return jwt.encode(body, key, algorithm=algorithm, headers={"kid": "k1"})

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/jwks",
            "end_session_endpoint": f"{self.address}/session/end",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }

    def keys(self) -> dict[str, Any]:
        public = json.loads(RSAAlgorithm.to_jwk(self.key.public_key()))
        return {"keys": [public | {"kid": "k1", "alg": "RS256", "use": "sig"}]}

    def token(self, form: dict[str, str]) -> dict[str, Any] | None:
        """Refused without the right secret, code and PKCE verifier."""
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or challenge != asked.get("code_challenge"):
            return None
        if form.get("client_secret") != self.client_secret:
            return None
        identity = {"sub": self.person["sub"], "nonce": asked.get("nonce", "")}
        return {
            "access_token": "acces",
            "token_type": "Bearer",
            "id_token": self.sign(identity, "id_token"),
        }

    def end_session(self, location: str) -> str:
        """What it does with a browser that leaves: back to the address it was given, with the
        state; refused without an identity token of its own signing."""
        address, _, query = location.partition("?")
        assert address == f"{self.address}/session/end"
        asked = {k: v[0] for k, v in parse_qs(query).items()}
        key = self.key.public_key()
        said = jwt.decode(
            asked["id_token_hint"], key, algorithms=["RS256"], audience=self.client_id
        )
        assert said["sub"] == self.person["sub"]
        return f"{asked['post_logout_redirect_uri']}?state={asked['state']}"

    def page(self, name: str, bearer: str | None) -> tuple[str, str] | None:
        """The text and the kind of a page one reads."""
        if name == "openid-configuration":
            return json.dumps(self.discovery()), "application/json"
        if name == "jwks":
            return json.dumps(self.keys()), "application/json"
        if name == "userinfo" and bearer == "Bearer acces":
            return self.sign(self.person, "userinfo"), "application/jwt"
        return None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.rsplit("/", 1)[-1]
                self.answer(provider.page(name, self.headers["Authorization"]))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                given = provider.token({k: v[0] for k, v in parse_qs(body).items()})
                self.answer((json.dumps(given), "application/json") if given else None)

            def answer(self, page: tuple[str, str] | None) -> None:
                if page is None:
                    self.send_error(400)
                    return
                content = page[0].encode()
                self.send_response(200)
                self.send_header("Content-Type", page[1])
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: Any) -> None:
                """Nothing: the test says what matters."""

        return Handler
