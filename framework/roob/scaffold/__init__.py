"""Collections of a table's rows: where the web tower and the ORM meet.

A request for ``/employees/`` passes ``model_collection``, which asks ``listing`` what
the URL wants of the list, ``forms`` what a client sent, and ``fields`` how each column
is written and read. ``atom`` is one more format beside pages and JSON.
"""
