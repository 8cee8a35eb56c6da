"""Secrets that the tests type, set and keep, so that any log that repeats one is caught."""

# Typed at sign-in by the whole suite. With spaces: nothing that hides tokens would hide it.
PASSWORD = "un long mot de passe 42"
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
OIDC_SECRET = "un secret de test"
DATABASE_PASSWORD = "canari-de-la-base"
DEMARCHE_TOKEN = "canari-de-la-demarche"

FIXED = {
    PASSWORD: "a password",
    TOTP_SECRET: "a TOTP secret",
    OIDC_SECRET: "the OpenID client secret",
    DATABASE_PASSWORD: "the password of the database",
    DEMARCHE_TOKEN: "the token of a démarche",
}
