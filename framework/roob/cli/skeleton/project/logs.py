"""The log: a line for each request, warning and error, for whoever runs the project."""

import logging
import os
from logging.handlers import WatchedFileHandler
from pathlib import Path


def configure_logging(usual: Path) -> None:
    """Write records to standard error, and to ``$LOG_FILE``, else to the usual file.

    Where the file cannot be written, or ``LOG_FILE`` is empty, standard error is the
    log; so it is in a container.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    name = os.environ.get("LOG_FILE", str(usual))
    if name and can_be_written(Path(name)):
        # Several processes write to it, so none of them may rename it: logrotate or
        # the like keeps it short, and each then opens the new one. The first is
        # opened when there is something to say.
        handlers.append(WatchedFileHandler(name, encoding="utf-8", delay=True))
    line = "%(asctime)s %(levelname)s %(name)s %(message)s"
    logging.basicConfig(level=logging.INFO, format=line, handlers=handlers)


def can_be_written(file: Path) -> bool:
    """Whether the file can be, or be made where it is missing."""
    return os.access(file if file.exists() else file.parent, os.W_OK)
