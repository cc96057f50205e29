import http.client
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import roob
from roob.server import run

CODE = """
import time
from roob import Roob
from roob.server import run

app = Roob()
app.add_route("/", lambda request: "ok")
app.add_route("/slow", lambda request: time.sleep(30))
app.add_route("/split", lambda request: ("x", 200, {"X-A": request.GET["v"]}))
app.add_route("/size", lambda request: [len(request.body)])
run(app, port=0)
"""


@pytest.fixture(scope="module")
def server():
    """The development server in a process of its own, on a free port."""
    environ = {**os.environ, "PYTHONPATH": str(Path(roob.__file__).parent.parent)}
    command = [sys.executable, "-u", "-c", CODE]
    with subprocess.Popen(
        command,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        said = process.stdout.readline()
        yield process, int(re.search(r"http://127\.0\.0\.1:(\d+)", said)[1])
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
        assert "Stopped" in process.stdout.read()


def ask(port, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    result = response.status, response.read(), dict(response.getheaders())
    connection.close()
    return result


def test_it_serves_until_it_is_interrupted(server):
    _, port = server
    assert ask(port, "GET", "/")[:2] == (200, b"ok")
    assert ask(port, "HEAD", "/")[:2] == (200, b"")
    assert ask(port, "GET", "/nope")[0] == 404


def test_a_slow_request_holds_up_no_other(server):
    _, port = server
    slow = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    slow.request("GET", "/slow")
    assert ask(port, "GET", "/")[0] == 200
    slow.close()


def test_no_response_is_split(server):
    _, port = server
    status, _, headers = ask(port, "GET", "/split?v=a%0D%0ASet-Cookie:%20b=1")
    assert status == 500
    assert "Set-Cookie" not in headers


def test_a_body_arrives(server):
    _, port = server
    assert ask(port, "POST", "/size", b"x" * 1000)[1] == b"[1000]"
    assert ask(port, "POST", "/size", headers={"Content-Length": "2000000"})[0] == 413


def test_a_taken_port_is_an_error_of_the_system(server):
    _, port = server
    with pytest.raises(OSError, match="in use"):
        run(roob.Roob(), port=port)
