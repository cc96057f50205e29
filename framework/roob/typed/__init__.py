"""Handlers that say by annotations what they take and give; needs ``roob[typed]``."""

from roob.typed.handler import TypedDispatcher, TypedHandler, typed
from roob.typed.sources import (
    Body,
    Cookie,
    Depends,
    File,
    Form,
    Header,
    Path,
    Query,
    UploadedFile,
)

__all__ = [
    "Body",
    "Cookie",
    "Depends",
    "File",
    "Form",
    "Header",
    "Path",
    "Query",
    "TypedDispatcher",
    "TypedHandler",
    "UploadedFile",
    "typed",
]
