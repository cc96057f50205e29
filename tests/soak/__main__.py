"""Hundreds of live connections on one worker: `python -m tests.soak`.

It prints what was seen, and ends with 1 where a promise is broken.
"""

import argparse
import sys

from benchmarks.progress import progress
from tests.soak.soaking import Crowd, soak

SECONDS_TO_COME = 5  # steps of the progress, and a guess


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=int, default=Crowd.seconds)
    parser.add_argument("--sockets", type=int, default=Crowd.sockets)
    parser.add_argument("--streams", type=int, default=Crowd.streams)
    parser.add_argument("--rounds", type=int, default=Crowd.rounds)
    crowd = Crowd(**vars(parser.parse_args()))
    steps = 1 + crowd.rounds * (crowd.seconds + SECONDS_TO_COME)
    with progress(steps) as tick:
        figures = soak(crowd, tick)
    print(*figures.lines(), sep="\n")
    broken = [*figures.broken()]
    print(*(f"BROKEN: {each}" for each in broken), sep="\n") if broken else None
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
