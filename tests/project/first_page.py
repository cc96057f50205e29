"""How long it takes from ``roob createproject`` to the first page in a browser.

python -m tests.project.first_page
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.e2e.client import open_client
from tests.project.projects import create_with_employees

# createproject, cd, addmodelview, createdb, run.
COMMANDS = 5


def main() -> None:
    """Type the commands, ask for the page, print the seconds."""
    with TemporaryDirectory() as folder:
        started = time.perf_counter()
        with create_with_employees(Path(folder)).served() as url:
            with open_client(url) as browser:
                browser.get("/employees/").raise_for_status()
            seconds = time.perf_counter() - started
    print(f"createproject to the first page: {seconds:.1f} s, {COMMANDS} commands")


if __name__ == "__main__":
    main()
