"""The WSGI door, served by granian; closed in production while settings are unsafe."""

import os

from django.core.wsgi import get_wsgi_application

from ensemblier.web.checks import refuse_if_unsafe

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ensemblier.web.settings")
application = get_wsgi_application()

from django.conf import settings  # noqa: E402

refuse_if_unsafe(settings)
