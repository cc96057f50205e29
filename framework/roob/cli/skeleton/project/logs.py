"""The log: a line for each request, warning and error, for whoever runs the project."""

import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path


def configure_logging(file: Path) -> None:
    """Write records to standard error, and to a file where its folder takes one.

    In a container it does not: there standard error is the log.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler()]
    if os.access(file.parent, os.W_OK):
        # Five files of a megabyte; the first is opened when there is something to say.
        handlers.append(
            RotatingFileHandler(
                file, maxBytes=2**20, backupCount=4, encoding="utf-8", delay=True
            )
        )
    line = "%(asctime)s %(levelname)s %(name)s %(message)s"
    logging.basicConfig(level=logging.INFO, format=line, handlers=handlers)
