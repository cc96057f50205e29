"""wrk, the load generator: run it, read its report."""

import re
import shutil
import subprocess
from dataclasses import dataclass

_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
_LATENCY = re.compile(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s|m)$", re.MULTILINE)
_REQUESTS = re.compile(r"^\s+(\d+) requests in ", re.MULTILINE)
_RATE = re.compile(r"^Requests/sec:\s+([\d.]+)$", re.MULTILINE)
_SOCKET_ERRORS = re.compile(r"^\s*Socket errors: (.+)$", re.MULTILINE)
_BAD_STATUS = re.compile(r"^\s*Non-2xx or 3xx responses: (\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Load:
    """One run of wrk; latencies in seconds, errors as a number of requests."""

    requests: int
    requests_per_second: float
    p50: float
    p99: float
    errors: int


class WrkError(Exception):
    """wrk is missing, failed, or said something that cannot be read."""


def find_wrk() -> str:
    """Find wrk on the PATH.

    Raises:
        WrkError: it is not there; the message says how to install it.
    """
    path = shutil.which("wrk")
    if path is None:
        raise WrkError("wrk is not installed; on Debian: apt-get install wrk")
    return path


def drive(url: str, seconds: int, connections: int) -> Load:
    """Keep so many connections busy for a while, each one request at a time.

    Raises:
        WrkError: as `find_wrk`, or wrk failed.
    """
    command = [find_wrk(), "--latency", "-t1", f"-c{connections}", f"-d{seconds}s", url]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=seconds + 30
    )
    if done.returncode:
        raise WrkError(done.stderr.strip() or done.stdout.strip())
    return parse(done.stdout)


def parse(report: str) -> Load:
    """Read what wrk prints with `--latency`.

    Raises:
        WrkError: a figure is missing, or nothing was answered.
    """
    requests, rate = _REQUESTS.search(report), _RATE.search(report)
    latencies = {
        percentile: float(value) * _UNITS[unit]
        for percentile, value, unit in _LATENCY.findall(report)
    }
    if requests is None or rate is None or latencies.keys() != {"50", "99"}:
        raise WrkError(f"wrk's report cannot be read: {report!r}")
    if int(requests[1]) == 0:
        raise WrkError("no request was answered")
    return Load(
        int(requests[1]),
        float(rate[1]),
        latencies["50"],
        latencies["99"],
        _errors(report),
    )


def _errors(report: str) -> int:
    socket, status = _SOCKET_ERRORS.search(report), _BAD_STATUS.search(report)
    counts = re.findall(r"\d+", socket[1]) if socket else []
    return sum(map(int, counts)) + (int(status[1]) if status else 0)
