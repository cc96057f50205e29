"""The steps around an app; the one added last is outermost."""

from roob.middlewares.base import Middleware
from roob.middlewares.csrf import CsrfMiddleware
from roob.middlewares.error_pages import ErrorPagesMiddleware
from roob.middlewares.errors import ErrorHandlerMiddleware
from roob.middlewares.execution_time import ExecutionTimeMiddleware
from roob.middlewares.method_override import MethodOverrideMiddleware
from roob.middlewares.req_res_logging import ReqResLoggingMiddleware
from roob.middlewares.security_headers import SecurityHeadersMiddleware

__all__ = [
    "CsrfMiddleware",
    "ErrorHandlerMiddleware",
    "ErrorPagesMiddleware",
    "ExecutionTimeMiddleware",
    "MethodOverrideMiddleware",
    "Middleware",
    "ReqResLoggingMiddleware",
    "SecurityHeadersMiddleware",
]
