"""The inventory for ASGI servers: ``gunicorn -k asgi demo_app.core.asgi:app``.

As its server stops, the app is drained and what runs is waited for.
"""

from roob.bridge import WsgiToAsgi

from demo_app.core.main import app as inventory
from demo_app.core.settings import Settings

# A thread each; pids_limit in docker-compose.yml has room for two workers of them.
LIVE_CONNECTIONS = 1000

# As many as have a database connection; live connections are not among them.
app = WsgiToAsgi(inventory, requests=Settings().web_threads, streams=LIVE_CONNECTIONS)
