"""The views: ``/fred/`` is answered by the collection in ``fred.py``.

Every module here whose name does not begin with an underscore is served as a view.
What views share goes elsewhere, or into a module such as ``_helpers.py``.
"""
