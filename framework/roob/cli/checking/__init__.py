"""``roob check``: what an app needs, looked at without changing anything."""
