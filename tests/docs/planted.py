"""Changes of the code, kept as patches, and what ``roob docs --check`` says to them.

``python -m tests.docs.planted`` tries them all and prints how many were noticed.
"""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.docs.fences import ROOT

PATCHES = Path(__file__).parent / "patches"
PLANTED = sorted((PATCHES / "planted").glob("*.patch"))
HARMLESS = sorted((PATCHES / "harmless").glob("*.patch"))


def is_noticed(patch: Path, folder: Path) -> bool:
    """Whether the documents are no longer as they run, once the patch is applied."""
    copy_project(folder)
    apply(patch, folder)
    done = check(folder)
    assert not done.stderr, done.stderr
    return done.returncode == 1


def copy_project(folder: Path) -> None:
    """What the documents' runs need of the project, compiled as it is there."""
    shutil.copytree(
        ROOT / "demo_app", folder / "demo_app", ignore=shutil.ignore_patterns("tests")
    )
    for name in ("framework/roob", "docs"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, folder)


def apply(patch: Path, folder: Path, *options: str) -> None:
    """Change the copy; git reads patches outside of a repository too."""
    command = ["git", "apply", "--whitespace=nowarn", *options, str(patch)]
    # Not the repository that the folder may lie in.
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, f"{patch.name} is of older code: {done.stderr}"


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    """``roob docs --check`` with the copy's framework and app."""
    path = os.pathsep.join([str(folder / "framework"), str(folder)])
    return subprocess.run(
        [sys.executable, "-m", "roob", "docs", "--check"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def tried(patch: Path) -> bool:
    """The same in a folder that is gone afterwards."""
    with TemporaryDirectory(prefix="roob-patch-") as folder:
        return is_noticed(patch, Path(folder))


def caught(patches: list[Path]) -> list[bool]:
    """Of each patch whether it was noticed."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return [*pool.map(tried, patches)]


def main() -> int:
    noticed, alarms = caught(PLANTED), caught(HARMLESS)
    missed = [p.stem for p, was in zip(PLANTED, noticed, strict=True) if not was]
    false = [p.stem for p, was in zip(HARMLESS, alarms, strict=True) if was]
    print(
        f"planted changes of the path: {sum(noticed)} of {len(noticed)} caught; "
        f"harmless edits: {sum(alarms)} of {len(alarms)} false alarms"
    )
    for name in missed:
        print(f"  not caught: {name}")
    for name in false:
        print(f"  a false alarm: {name}")
    return 1 if missed or false else 0


if __name__ == "__main__":
    raise SystemExit(main())
