"""A fresh interpreter: import a contestant's packages, build its app, answer once.

`python -m benchmarks.first_request roob` prints the seconds of the import and the
process's resident memory after the first request, as JSON.
"""

import json
import sys
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

# Imported before the clock starts, so that no contestant pays for it.
import_module("benchmarks.peers")

ROUTES = 50


def main(peer: str) -> None:
    """Measure one contestant and print what was found."""
    start = time.perf_counter()
    contestant = import_module(f"benchmarks.peers.{peer}")
    seconds = time.perf_counter() - start
    _become_a_worker()
    _answer_once(contestant.make(ROUTES))
    print(json.dumps({"import_seconds": seconds, "resident_kib": _resident_kib()}))


def _become_a_worker() -> None:
    """Load what a gunicorn worker has loaded, where gunicorn is installed."""
    if find_spec("gunicorn"):
        import_module("gunicorn.app.wsgiapp")
        import_module("gunicorn.workers.gthread")


def _answer_once(app: object) -> None:
    clock, cases = import_module("benchmarks.clock"), import_module("benchmarks.cases")
    clock.check_case(app, cases.case_of("json", ROUTES))


def _resident_kib() -> int:
    """Read VmRSS, see proc(5)."""
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1])


if __name__ == "__main__":
    main(sys.argv[1])
