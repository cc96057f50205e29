"""Before the first request: where the log records of the app and of Roob go."""

import logging.config


def configure_logging() -> None:
    """Write them to standard error, a line each, whatever server runs the app.

    ``2026-11-20 10:00:00,000 INFO roob.requests GET /api/products 200 312 bytes ...``.
    So do the warnings of PostgreSQL's pool.  Other packages' loggers stay as the server
    has set them.
    """
    ours = {"level": "INFO", "handlers": ["stderr"], "propagate": False}
    theirs = {**ours, "level": "WARNING"}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
            },
            "handlers": {
                "stderr": {"class": "logging.StreamHandler", "formatter": "line"}
            },
            "loggers": {"roob": ours, "demo_app": ours, "psycopg": theirs},
        }
    )
