"""Requests made of one operation of a document, and what came back."""

from collections import Counter
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from roob.types import WSGIApp
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

FITTING, UNFITTING = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
same_each_time = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=15,
    phases=[Phase.generate],
    suppress_health_check=[*HealthCheck],
)


def operations_of(app: WSGIApp) -> dict[str, Any]:
    """``{"GET /books": ...}``, by the app's document."""
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    found = [each.ok() for each in schema.get_all_operations()]
    return {each.label: each for each in found}


def takes_something(operation: Any) -> bool:
    """Whether it takes more than the fields of its path."""
    return bool(operation.query or operation.headers or operation.body)


def answers(operation: Any, mode: GenerationMode, **fixed: Any) -> Counter[int]:
    """How often which status came; each answer is held against the document."""
    seen: Counter[int] = Counter()

    @same_each_time
    @given(case=operation.as_strategy(generation_mode=mode, **fixed))
    def ask(case: Case) -> None:
        answer = case.call()
        seen[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    ask()
    return seen
