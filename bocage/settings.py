"""Django's settings, all derived from one typed environment (``bocage.base.env``).

What an administrator may change at run time is not here: it lives in the database.
"""

from datetime import timedelta

from csp.constants import NONE, SELF

from bocage.base.cookies import prefixed
from bocage.base.env import ROOT, Environment, database, time_zone

ENV = Environment.load()
DEMO = ENV.mode == "demo"
TESTING = ENV.mode == "test"
BOCAGE_VERSION = "0.1.0"

DEBUG = False
SECRET_KEY = ENV.secret_key
ALLOWED_HOSTS = list(ENV.hosts)
ROOT_URLCONF = "bocage.urls"
WSGI_APPLICATION = "bocage.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

FOUNDATIONS = [
    "bocage.base",
    "bocage.territory",
    "bocage.identity",
    "bocage.messaging",
    "bocage.agenda",
    "bocage.cases",
    "bocage.publishing",
    "bocage.search",
    "bocage.privacy",
]
# The list of installed services is code; enabling one is a row per territory (DESIGN.md §2).
SERVICES = [
    "bocage.services.associations",
    "bocage.services.mediation",
    "bocage.services.participation",
    "bocage.services.waste",
]
BOCAGE_APPS = [*FOUNDATIONS, *SERVICES, "bocage.portal", "bocage.desk", "bocage.ui"]

INSTALLED_APPS = [
    *BOCAGE_APPS,
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",  # never beside `modelsearch`: every search would raise
    "wagtail.admin",
    "wagtail.sites",
    "wagtail",
    "modelcluster",
    "taggit",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.idp.oidc",
    "django_tasks",
    "django_tasks_db",
    "django_htmx",
    "csp",
    "template_partials",
    "rules.apps.AutodiscoverRulesConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
]

MIDDLEWARE = [
    "bocage.base.middleware.RequestMiddleware",
    "bocage.base.fences.Fences",
    "bocage.base.middleware.PlainText",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "bocage.desk.csp.DeskPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "bocage.portal.cache.AnonymousPages",  # public pages kept for a minute; the headers above are set each time
    "bocage.base.errors.ErrorPages",
    "bocage.base.middleware.KnownMethods",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "bocage.desk.access.DeskGuard",  # before Django's own, which would lead to Wagtail's sign-in
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "bocage.identity.sittings.Sittings",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "bocage.identity.acting.MandateGuard",
    "bocage.base.readonly.ReadOnlyGuard",  # innermost: only the view itself is guarded
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "bocage.portal.context.house",
            ],
            "builtins": ["bocage.ui.templatetags.ui", "django.templatetags.i18n"],
        },
    }
]

# --- Database, cache, sessions -------------------------------------------------------------------------------------
DATABASES = {"default": database(ENV.database_url)}
if TESTING and str(DATABASES["default"]["ENGINE"]).endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": None}

if ENV.redis_url:
    _shared = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": ENV.redis_url}
elif TESTING:
    _shared = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "shared"}
else:
    # Shared by the web processes of one machine; several machines need REDIS_URL (`bocage check --deploy` says so).
    _shared = {
        "BACKEND": "bocage.base.filecache.FileCache",
        "LOCATION": str(ENV.var / "cache"),
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
CACHES = {
    "default": _shared,
    "local": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "local"},
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
SESSION_COOKIE_NAME = prefixed("sessionid", https=ENV.https)
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True  # no script of ours reads them
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = prefixed("csrftoken", https=ENV.https)
MESSAGE_STORAGE = "bocage.base.cookies.Messages"

# --- Language, time ------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français")]
# The second holds our words for Wagtail's screens; it is compiled, for its sources are English (docs/developers/ui.md).
LOCALE_PATHS = [ROOT / "bocage" / "locale", ROOT / "bocage" / "locale_wagtail"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = time_zone(ROOT / "data" / "territories" / ENV.territory)  # of jobs and of instants that are told

# --- Files ---------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = ENV.var / "static"
MEDIA_URL = "/medias/"
MEDIA_ROOT = ENV.var / "medias"  # public: what editors publish
DOCUMENTS_ROOT = ENV.var / "documents"  # private: pieces of cases, never under a public address
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(DOCUMENTS_ROOT), "base_url": None, "file_permissions_mode": 0o600},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
TERRITORY_ROOT = ROOT / "data" / "territories"
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 20

# --- Identity ------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "identity.Account"
AUTHENTICATION_BACKENDS = [
    "rules.permissions.ObjectPermissionBackend",
    # Django's own is within this one; beside it, each sign-in costs two digests.
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/espace/"
LOGOUT_REDIRECT_URL = "/"
PASSWORD_HASHERS = [
    *(
        ["django.contrib.auth.hashers.MD5PasswordHasher"]
        if TESTING
        else ["bocage.identity.hashers.PasswordHasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    ),
    "bocage.identity.hashers.DrawnSecretHasher",  # never first: for the secrets that we draw for sites
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "bocage.identity.passwords.GuessablePassword"},
]

# allauth -----------------------------------------------------------------------------------------------------------
ACCOUNT_ADAPTER = "bocage.identity.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email", "username"}  # people without e-mail may have an account
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "bocage.identity.forms.NamesForm"
ACCOUNT_FORMS = {
    "login": "bocage.identity.entrance.LoginForm",
    "signup": "bocage.identity.entrance.SignupForm",
    "reauthenticate": "bocage.identity.entrance.ReauthenticateForm",
    "change_password": "bocage.identity.entrance.ChangePasswordForm",
    "set_password": "bocage.identity.entrance.SetPasswordForm",
    "reset_password": "bocage.identity.entrance.ResetPasswordForm",
    "reset_password_from_key": "bocage.identity.entrance.NewPasswordForm",
    "add_email": "bocage.identity.entrance.AddEmailForm",
    "change_email": "bocage.identity.entrance.ChangeEmailForm",
    "confirm_email_verification_code": "bocage.identity.entrance.CodeForm",
    "confirm_password_reset_code": "bocage.identity.entrance.ResetCodeForm",
}
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 30 * 60
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE = False  # offered to new addresses only, it would tell which are known
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_CHANGE_EMAIL = True  # one address, changed once the new one is verified
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = None  # asked: many sign in on a library's computer
# allauth's is the house's one limiter of sign-ins; its own rates are kept, but that of codes by e-mail: one in ten
# seconds turns away whoever presses twice, and lets anyone flood a mailbox.
ACCOUNT_RATE_LIMITS = {"confirm_email": "5/30m/key"}
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}  # said on the telephone, typed on a keypad
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if ENV.https else 0  # TLS ends at one reverse proxy, which adds X-Forwarded-For
IDP_OIDC_ADAPTER = "bocage.identity.provider.adapter.OIDCAdapter"
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = 15 * 60
IDP_OIDC_ID_TOKEN_EXPIRES_IN = 5 * 60  # short: a site that is signed out of here learns it by asking again
IDP_OIDC_AUTH_METHODS = ["client_secret_basic", "client_secret_post", "none"]
MFA_ADAPTER = "bocage.identity.adapter.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "bocage.identity.protection.SecondFactorForm",
    "reauthenticate": "bocage.identity.protection.SecondFactorAgainForm",
    "activate_totp": "bocage.identity.protection.AddApplicationForm",
    "add_webauthn": "bocage.identity.protection.AddKeyForm",
    "signup_webauthn": "bocage.identity.protection.SignUpKeyForm",
    "edit_webauthn": "bocage.identity.protection.RenameKeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # telephones' clocks drift; one step of 30 s either way
MFA_TOTP_ISSUER = "Bocage"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not ENV.https  # browsers accept it on localhost only

# --- Security ------------------------------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = ENV.https
SECURE_SSL_REDIRECT = ENV.https
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if ENV.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = ENV.https
SECURE_HSTS_PRELOAD = ENV.https
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.https else None
SECURE_REFERRER_POLICY = "same-origin"
CSRF_TRUSTED_ORIGINS = [ENV.base_url]
CSRF_FAILURE_VIEW = "bocage.cases.views.lost.csrf_failure"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        # Leaving signs out at the identity provider too: the form's answer leads there.
        "form-action": [SELF, *ENV.providers_origins],
        "frame-ancestors": [NONE],
    }
}

# --- Mail ----------------------------------------------------------------------------------------------------------
# Messaging hands mail over itself (outbox, lease, Message-ID); Django's backend serves the packages' own mails.
EMAIL_BACKEND = "bocage.messaging.backend.OutboxEmailBackend"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.email_from

# --- Jobs ----------------------------------------------------------------------------------------------------------
TASKS = {
    "default": {
        "BACKEND": "django_tasks.backends.immediate.ImmediateBackend" if TESTING else "django_tasks_db.DatabaseBackend"
    }
}

# --- Wagtail -------------------------------------------------------------------------------------------------------
WAGTAIL_SITE_NAME = "Bocage"
WAGTAILADMIN_BASE_URL = ENV.base_url
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_I18N_ENABLED = False
WAGTAIL_WORKFLOW_ENABLED = False  # editors publish what they write; nobody proofreads in Wagtail
WAGTAIL_ALLOW_UNICODE_SLUGS = False  # addresses that one can dictate by telephone
WAGTAILADMIN_LOGIN_URL = "/compte/connexion/"
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
WAGTAILDOCS_EXTENSIONS = ["pdf", "odt", "ods", "csv", "ics"]
WAGTAILDOCS_DOCUMENT_FORM_BASE = "bocage.publishing.uploads.DocumentForm"
WAGTAILIMAGES_EXTENSIONS = ["jpg", "jpeg", "png", "webp"]
WAGTAILIMAGES_IMAGE_FORM_BASE = "bocage.publishing.uploads.ImageForm"
WAGTAILIMAGES_MAX_IMAGE_PIXELS = 36_000_000
WAGTAILADMIN_PERMITTED_LANGUAGES = [("fr", "Français")]

SILENCED_SYSTEM_CHECKS: list[str] = []

# --- Logs: JSON, a request id, no personal data --------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "bocage.base.logs.JsonFormatter"}},
    "filters": {"visitors": {"()": "bocage.base.logs.VisitorsErrors"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["visitors"]}},
    "root": {"handlers": ["stderr"], "level": ENV.log_level},
    "loggers": {"django.server": {"handlers": [], "propagate": True}},
}
