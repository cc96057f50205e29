"""Between WSGI and ASGI: any app of the one kind on a server of the other.

::

    application = WsgiToAsgi(app)     # gunicorn -k asgi module:application
    app = AsgiToWsgi(application)     # gunicorn module:app
"""

from roob.bridge.asgi_to_wsgi import AsgiToWsgi
from roob.bridge.client import ClientDisconnected
from roob.bridge.wsgi_to_asgi import WsgiToAsgi

__all__ = ["AsgiToWsgi", "ClientDisconnected", "WsgiToAsgi"]
