"""Django without middleware and without its log of missing pages.

Django has one set of settings per process, so this app is made once per process.
"""

import json
import logging
from collections.abc import Callable
from types import ModuleType
from typing import Any

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path


def _text(request: HttpRequest) -> HttpResponse:
    return HttpResponse("Hello, World!", content_type="text/plain")


def _message(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"message": "Hello"})


def _echo(request: HttpRequest) -> JsonResponse:
    return JsonResponse(json.loads(request.body))


def _item() -> Callable[[HttpRequest, int], JsonResponse]:
    return lambda request, number: JsonResponse({"id": number})


def _urls(n_routes: int) -> Any:
    items = [path(f"r{index}/items/<int:number>", _item()) for index in range(n_routes)]
    fixed = [path("", _text), path("json", _message), path("echo", _echo)]
    urls: Any = ModuleType("urls")
    urls.urlpatterns = fixed + items
    return urls


def make(n_routes: int = 50) -> WSGIHandler:
    """Build the app and configure Django for this process."""
    settings.configure(
        ROOT_URLCONF=_urls(n_routes),
        ALLOWED_HOSTS=["*"],
        SECRET_KEY="not a secret",
        MIDDLEWARE=[],
        LOGGING_CONFIG=None,
    )
    logging.getLogger("django").setLevel(logging.CRITICAL)
    django.setup()
    return WSGIHandler()
