"""The development server: one request a thread, on the standard library.

For a look at an app on one's own machine; ``gunicorn`` serves users.
"""

from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIServer, make_server

from roob.types import WSGIApp


class ThreadingWSGIServer(ThreadingMixIn, WSGIServer):
    """wsgiref's server with a thread for each request."""

    daemon_threads = True


def run(app: WSGIApp, host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve until Ctrl-C: ``run(app, port=8080)``.

    Raises:
        OSError: the port is taken.
    """
    with make_server(host, port, app, server_class=ThreadingWSGIServer) as server:
        print(f"Serving on http://{host}:{server.server_port} (Ctrl-C stops)")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("Stopped")
