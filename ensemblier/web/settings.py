"""Django settings, read from the environment only (see deploy/ensemblier.env.example)."""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from ensemblier.web import logs
from ensemblier.web.databases import CACHE_TABLE, with_safe_options

ROOT = Path(__file__).resolve().parents[2]
env = environ.Env()

# production | demo | development. Production refuses unsafe settings (web/checks.py).
MODE = env("ENSEMBLIER_MODE", default="development")
if MODE not in ("production", "demo", "development"):
    raise ImproperlyConfigured("ENSEMBLIER_MODE vaut « production », « demo » ou « development ».")
DEFAULT_KEY = "for-development-only-never-in-production"
SECRET_KEY = env("SECRET_KEY", default=DEFAULT_KEY)
# Former keys, newest first: they still open what they sealed, until `ensemblier reseal`.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("DEBUG", default=False)
LOCAL_HOSTS = [] if MODE == "production" else ["localhost", "127.0.0.1", "testserver"]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=LOCAL_HOSTS)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
VAR = Path(env("ENSEMBLIER_VAR", default=str(ROOT / "var")))
VAR.mkdir(parents=True, exist_ok=True)

DATABASES = with_safe_options(
    env.db("DATABASE_URL", default=f"sqlite:///{VAR / 'ensemblier.sqlite3'}"),
    test_suffix=env("TEST_DB_SUFFIX", default=""),
)
# Sessions and the access journal write through a connection of their own, so that a GET may be
# proved read-only on the main one.
DATABASE_ROUTERS = ["ensemblier.web.databases.SideRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "ensemblier.base.people",  # before allauth: its pages wear our templates
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "ensemblier.base.pages",
    "ensemblier.base.journal",
    "ensemblier.base.files",
    "ensemblier.base.notices",
    "ensemblier.base.territory",
    "ensemblier.base.chains",
    "ensemblier.base.ledger",
    "ensemblier.fund.programme",
    "ensemblier.fund.calls",
    "ensemblier.fund.orientation",
    "ensemblier.fund.applications",
    "ensemblier.fund.printing",
    "ensemblier.fund.intake",
    "ensemblier.fund.review",
    "ensemblier.fund.jury",
    "ensemblier.fund.allocation",
    "ensemblier.fund.decisions",
    "ensemblier.fund.agreements",
    "ensemblier.fund.monitoring",
    "ensemblier.fund.payments",
    "ensemblier.fund.frameworks",
    "ensemblier.fund.publication",
    "ensemblier.fund.boards",
    "ensemblier.chain.catalogue",
    "ensemblier.chain.commitments",
    "ensemblier.chain.activities",
    "ensemblier.chain.stock",
    "ensemblier.chain.distribution",
    "ensemblier.chain.cofinancing",
    "ensemblier.chain.billing",
    "ensemblier.chain.insertion",
    "ensemblier.reports",
    "ensemblier.atelier",
    "ensemblier.web.gallery",
    "ensemblier.library",
    "ensemblier.web.home",
    "ensemblier.web.operations",
    "ensemblier.web.tour",
    "ensemblier.web.dashboard",
    "ensemblier.web.books",
    "ensemblier.web.preferences",
    "ensemblier.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ensemblier.web.readonly.ReadOnlyGet",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "ensemblier.web.nul.NoNul",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "ensemblier.base.people.sessions.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "ensemblier.web.urls"
WSGI_APPLICATION = "ensemblier.web.wsgi.application"
FORM_RENDERER = "ensemblier.base.pages.forms.Renderer"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "ensemblier.web.context.site",
            ],
        },
    },
]

SESSION_ENGINE = "ensemblier.base.people.kept_sessions"
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/tableau-de-bord/"

# Accounts: by e-mail and password, a second factor, and ProConnect when it is configured.
ACCOUNT_ADAPTER = "ensemblier.base.people.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "ensemblier.base.people.forms.SignupName"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if MODE == "production" else "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if MODE == "production" else "http"
ACCOUNT_EMAIL_NOTIFICATIONS = True
# At most 10 wrong tries on an account in 15 minutes; a browser that has signed in to it before has
# a count of its own, so that nobody locks its owner out (see people/adapters.py).
ACCOUNT_RATE_LIMITS = {
    "login": "60/5m/ip",
    "login_failed": "30/5m/ip,10/15m/key",
    "signup": "20/5m/ip",
    "reset_password": "20/5m/ip,5/15m/key",
    "reset_password_from_key": "20/5m/ip",
}
ACCOUNT_FORMS = {
    "login": "ensemblier.base.people.account_forms.LoginForm",
    "signup": "ensemblier.base.people.account_forms.SignupForm",
    "reset_password": "ensemblier.base.people.account_forms.ResetPasswordForm",
    "reset_password_from_key": "ensemblier.base.people.account_forms.ResetPasswordKeyForm",
    "change_password": "ensemblier.base.people.account_forms.ChangePasswordForm",
    "reauthenticate": "ensemblier.base.people.account_forms.ReauthenticateForm",
}
MFA_FORMS = {
    "authenticate": "ensemblier.base.people.account_forms.AuthenticateForm",
    "reauthenticate": "ensemblier.base.people.account_forms.ReauthenticateCodeForm",
    "activate_totp": "ensemblier.base.people.account_forms.ActivateTOTPForm",
    "authenticate_webauthn": "ensemblier.base.people.account_forms.UseKeyForm",
    "reauthenticate_webauthn": "ensemblier.base.people.account_forms.ConfirmKeyForm",
    "add_webauthn": "ensemblier.base.people.account_forms.AddKeyForm",
    "edit_webauthn": "ensemblier.base.people.account_forms.EditKeyForm",
}
MFA_ADAPTER = "ensemblier.base.people.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Ensemblier"
MFA_ALLOW_UNVERIFIED_EMAIL = MODE != "production"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = MODE != "production"  # http://localhost
SOCIALACCOUNT_ADAPTER = "ensemblier.base.people.adapters.ProConnectAdapter"
# The way out is a link that changes only the session; accounts change at the POST on the way back.
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False
# ProConnect: off until its address is given.
PROCONNECT_ADDRESS = env("PROCONNECT_ADDRESS", default="")
PROCONNECT_CLIENT_ID = env("PROCONNECT_CLIENT_ID", default="")
PROCONNECT_CLIENT_SECRET = env("PROCONNECT_CLIENT_SECRET", default="")
# How many of our own proxies stand in front: what an address limit may believe.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=1 if MODE == "production" else 0)

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": CACHE_TABLE,
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français")]
TIME_ZONE = "Europe/Paris"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
MEDIA_ROOT = VAR / "files"
# An antivirus command that takes a path: exit code 0 clean, 1 refused (e.g. `clamdscan --fdpass`).
SCAN_COMMAND = env("SCAN_COMMAND", default="")
# The only sites that imports ask (fund/intake/wire.py); files of a démarche come from the second.
DEMARCHE_HOSTS = env.list(
    "DEMARCHE_HOSTS", default=["demarche.numerique.gouv.fr", "www.demarches-simplifiees.fr"]
)
DEMARCHE_FILE_HOSTS = env.list("DEMARCHE_FILE_HOSTS", default=["static.demarches-simplifiees.fr"])
DEMARCHE_LOCAL = False  # tests only: HTTP, and this machine
FILE_UPLOAD_HANDLERS = ["ensemblier.base.files.uploads.LimitedUploadHandler"]
# One line per sealed block of the books: keep it, or a copy, on another machine.
SEALS_FILE = Path(env("SEALS_FILE", default=str(VAR / "seals.txt")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if MODE == "development"
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = MODE == "development"
WHITENOISE_AUTOREFRESH = MODE == "development"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "ensemblier.web.failures.csrf_failure"
if MODE == "production":
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]

EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Ensemblier <ne-pas-repondre@localhost>")
# The address that e-mails lead to.
SITE_URL = env("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
# Who runs this installation: shown in the legal notice, and whom to write to about one's data.
OPERATOR = {
    name: env(f"OPERATOR_{name.upper()}", default="")
    for name in ("name", "address", "director", "host", "contact")
}

LOGGING = logs.configuration(env("LOG_LEVEL", default="INFO"))
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
DEMO = MODE == "demo"
