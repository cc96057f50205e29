"""The views: ``/fred/`` is answered by the collection in ``fred.py``."""
