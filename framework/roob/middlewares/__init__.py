"""The steps around an app; the one added last is outermost."""

from roob.middlewares.base import Middleware
from roob.middlewares.errors import ErrorHandlerMiddleware
from roob.middlewares.execution_time import ExecutionTimeMiddleware
from roob.middlewares.req_res_logging import ReqResLoggingMiddleware

__all__ = [
    "ErrorHandlerMiddleware",
    "ExecutionTimeMiddleware",
    "Middleware",
    "ReqResLoggingMiddleware",
]
