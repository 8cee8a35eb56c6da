"""The product's settings, with one application more."""

from ensemblier.web.settings import *  # noqa: F403
from ensemblier.web.settings import INSTALLED_APPS as TODAY

INSTALLED_APPS = [*TODAY, "tests.trust.next_release"]
