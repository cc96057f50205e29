"""The inventory with its glass box open, for a developer's own machine.

``make watch`` serves it: each request is shown at ``/__trace__``.
"""

from roob.trace.watching import watch

from demo_app.core.main import app as inventory
from demo_app.core.settings import Settings

app = watch(inventory, address=f"http://127.0.0.1:{Settings().port}")
