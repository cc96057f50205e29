"""The client's side: httpx, which no other module of the suite imports."""

from httpx import Client, Response, TransportError

__all__ = ["Client", "Response", "is_up", "open_client"]

SECONDS_TO_ANSWER = 10


def open_client(base_url: str) -> Client:
    # The server is on this machine: no proxy of the environment is on the way.
    return Client(base_url=base_url, timeout=SECONDS_TO_ANSWER, trust_env=False)


def is_up(base_url: str, path: str) -> bool:
    with open_client(base_url) as client:
        try:
            return client.get(path).status_code == 200
        except TransportError:
            return False
