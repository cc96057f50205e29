"""Any WSGI app of the suite for a server that speaks ASGI: ``BRIDGED_APP`` names it."""

import os
from pkgutil import resolve_name

from roob.bridge import WsgiToAsgi

app = WsgiToAsgi(resolve_name(os.environ["BRIDGED_APP"]), requests=4)
