"""Django without middleware.

Django has one set of settings per process, so this app is made once per process.
"""

from types import ModuleType
from typing import Any

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, JsonResponse
from django.urls import path


def _item(request: HttpRequest, number: int) -> JsonResponse:
    return JsonResponse({"id": number})


def make() -> WSGIHandler:
    """Build the app and configure Django for this process."""
    urls: Any = ModuleType("urls")
    urls.urlpatterns = [path("items/<int:number>", _item)]
    settings.configure(
        ROOT_URLCONF=urls, ALLOWED_HOSTS=["*"], SECRET_KEY="not a secret", MIDDLEWARE=[]
    )
    django.setup()
    return WSGIHandler()
