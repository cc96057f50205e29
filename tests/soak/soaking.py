"""A crowd comes, talks, and dies: what the worker says, holds and forgets meanwhile."""

import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import mean, quantiles
from typing import Any

from tests.e2e.servers import ROOT
from tests.soak.order import count_in_order
from tests.soak.process import files, megabytes, seconds_until, threads
from tests.soak.server import Served, served
from tests.soak.silence import Silence, keep_silent

Json = dict[str, Any]
Tick = Callable[[str], None]

MESSAGES = 10_000
SECONDS_TO_BE_GONE = 5.0
SECONDS_TO_BE_FREE = 10.0
# The never-reading ones have a socket and a stream of their own.
SILENT = 1
# What a crowd may leave behind or gain while it does the same all the time: MiB.
SLACK = 8.0
FEW = 10  # threads, or descriptors
SILENT_CLIENTS = 10
FILES_OF_A_CLIENT = 2  # descriptors, at most


@dataclass(frozen=True)
class Crowd:
    """How many come, for how long, and how often.

    Afterwards the worker is looked at until its threads end, for these seconds at most;
    they do when they have been idle for ten.
    """

    sockets: int = 500
    streams: int = 200
    seconds: int = 30
    rounds: int = 3
    seconds_after: int = 15


@dataclass
class Figures:
    """What was seen; MiB, seconds, and milliseconds for latencies."""

    crowd: Crowd
    in_order: int = 0
    before: float = 0.0
    during: list[float] = field(default_factory=list)
    threads: int = 0
    files_before: int = 0
    files: int = 0
    files_after: list[int] = field(default_factory=list)
    silence: Silence | None = None
    gone_after: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)
    present: Json = field(default_factory=dict)
    left: Json = field(default_factory=dict)
    echoes: int = 0
    events: int = 0
    latencies: list[float] = field(default_factory=list)
    probes: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    log: str = ""

    @property
    def grown(self) -> float:
        """How much more it held at the end of the last talk than at its beginning."""
        third = max(1, len(self.during) // 3)
        return mean(self.during[-third:]) - mean(self.during[:third])

    def broken(self) -> Iterator[str]:
        """Each promise that does not hold, in words."""
        yield from self.faults[:5]
        if self.in_order != MESSAGES:
            yield f"message {self.in_order} of {MESSAGES} is out of order"
        if self.present != self._expected():
            yield f"served are {self.present}, not {self._expected()}"
        if any(self.left.values()):
            yield f"{self.left} are still served {SECONDS_TO_BE_GONE} s after"
        if self.grown > SLACK:
            yield f"its memory grew by {self.grown:.1f} MiB while all did the same"
        # The allocator keeps some of what the first two needed; no crowd adds to it.
        if self.after[-1] - self.after[-2:][0] > SLACK / 2:
            yield f"a crowd more left more behind: {listed(self.after)} MiB"
        if max(self.files_after) > self.files_before + FEW:
            yield f"of {self.files_before} descriptors it has {self.files_after}"
        yield from self._broken_by_silence()
        if "Traceback" in self.log:
            yield f"the server complains: {self.log[-2000:]}"

    def _broken_by_silence(self) -> Iterator[str]:
        silence = self.silence
        if silence is None or silence.freed_after >= SECONDS_TO_BE_FREE:
            yield "who never reads is served for ever"
        elif silence.held > silence.clients + 1 or silence.left > 1:
            yield f"silent clients hold too much: {silence}"

    def _expected(self) -> Json:
        crowd = self.crowd
        return {"sockets": crowd.sockets + SILENT, "streams": crowd.streams + SILENT}

    def lines(self) -> Iterator[str]:
        """The figures to be read."""
        crowd = self.crowd
        yield (
            f"{crowd.rounds} times {crowd.sockets} sockets and {crowd.streams} streams "
            f"for {crowd.seconds} s, with a socket and a stream that never read: "
            f"{self.present} served by {self.threads} threads"
        )
        yield (
            f"descriptors: {self.files_before} before, {self.files} during, "
            f"{self.files_after} after each crowd"
        )
        if self.silence is not None:
            yield (
                f"{self.silence.clients} clients that live and never read: the app was "
                f"rid of them {self.silence.freed_after:.1f} s later, the server held "
                f"{self.silence.held} descriptors until they died, then "
                f"{self.silence.left}"
            )
        yield f"in order: {self.in_order:,} of {MESSAGES:,} messages"
        yield f"echoes: {self.echoes:,}, {told(self.latencies)}"
        yield f"events: {self.events:,}"
        yield f"plain requests meanwhile: {len(self.probes):,}, {told(self.probes)}"
        yield (
            f"memory in MiB: {self.before:.1f} before, {min(self.during):.1f} to "
            f"{max(self.during):.1f} during ({self.grown:+.1f} from the first third "
            f"to the last), {listed(self.after)} after each crowd"
        )
        yield (
            f"all gone {listed(self.gone_after)} s after the clients' death: "
            f"{self.left} left"
        )


def listed(numbers: Sequence[float]) -> str:
    """`[1.0, 0.25] -> "1.0, 0.2"`."""
    return ", ".join(f"{each:.1f}" for each in numbers)


def told(seconds: Sequence[float]) -> str:
    """`p50 1.9 ms, p99 12.0 ms, at most 31.4 ms`."""
    if len(seconds) < 2:
        return "too few to tell"
    parts = quantiles(seconds, n=100, method="inclusive")
    half, most, worst = (1000 * each for each in (parts[49], parts[98], max(seconds)))
    return f"p50 {half:.1f} ms, p99 {most:.1f} ms, at most {worst:.1f} ms"


def soak(crowd: Crowd, tick: Tick) -> Figures:
    """Let the crowd come to a new server; one step each second, and some."""
    allow_files(FILES_OF_A_CLIENT * (crowd.sockets + crowd.streams) + 500)
    figures = Figures(crowd)
    with served() as server:
        tick(f"{MESSAGES} messages in order")
        figures.in_order = count_in_order(server.url, MESSAGES)
        figures.before, figures.files_before = megabytes(server.pid), files(server.pid)
        for _ in range(crowd.rounds):
            figures.during.clear()
            with clients(server, crowd) as lines:
                watch(figures, server, lines, tick)
            forget(figures, server, tick)
        figures.log = server.log()
    tick("some never read, and live")
    figures.silence = keep_silent(SILENT_CLIENTS)
    return figures


def watch(figures: Figures, server: Served, lines: Iterator[Json], tick: Tick) -> None:
    """Read what the clients say until their time is over."""
    for line in lines:
        tick(f"{line['sockets']} sockets, {line['streams']} streams")
        figures.latencies += line["latencies"]
        figures.probes += line["probes"]
        if line["echoes"]:
            look(figures, server)
        if line["is_over"]:
            figures.echoes += line["echoes"]
            figures.events += line["events"]
            figures.faults += line["faults"]
            return
    figures.faults.append("the clients failed: see above")


def look(figures: Figures, server: Served) -> None:
    """What the worker holds; at first, whom it serves: who never reads is cut later."""
    if not figures.during:
        figures.threads, figures.present = threads(server.pid), server.present()
        figures.files = files(server.pid)
    figures.during.append(megabytes(server.pid))


def forget(figures: Figures, server: Served, tick: Tick) -> None:
    """The clients are dead: how long are they served, and what stays of them."""
    tick("the clients are dead")
    gone_after = seconds_until(
        lambda: not any(server.present().values()), SECONDS_TO_BE_GONE
    )
    figures.gone_after.append(gone_after)
    figures.left = server.present()
    figures.files_after.append(files(server.pid))
    tick("its threads end")
    seconds_until(lambda: threads(server.pid) < FEW, figures.crowd.seconds_after)
    figures.after.append(megabytes(server.pid))


@contextmanager
def clients(server: Served, crowd: Crowd) -> Iterator[Iterator[Json]]:
    """The crowd in a process of its own, and what it says; killed at the end."""
    numbers = [str(each) for each in (crowd.sockets, crowd.streams, crowd.seconds)]
    command = [sys.executable, "-m", "tests.soak.clients", server.url, *numbers]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield map(json.loads, process.stdout)
        finally:
            process.kill()


def allow_files(count: int) -> None:
    """Let this process, and those that it starts, open so many files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(count, hard), hard))
