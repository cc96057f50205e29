"""The ``roob`` command: each room a command, ``main`` the table of them."""
