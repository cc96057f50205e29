"""Every example of the guide to gateways, with a real server to forward to."""

import json
from collections.abc import Iterable

from roob.models.requests import Request
from roob.types import StartResponse, WSGIEnvironment

from framework.tests.servers_on_sockets import served
from tests.docs.test_guides import DOCS, run


def tell(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    said = {
        "path": environ["PATH_INFO"],
        "query": environ["QUERY_STRING"],
        "host": environ["HTTP_HOST"],
        "for": environ["HTTP_X_FORWARDED_FOR"],
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(said).encode()]


def test_every_example_of_the_guide_to_gateways_answers_as_printed() -> None:
    with served(tell) as url:
        names = {"upstream": url, "context_of_a_test": Request.blank("/")}
        assert run(DOCS / "gateway.md", **names) > 10
