"""Where a function stands: its file as a reader would write it, and its lines."""

import linecache
from functools import lru_cache
from inspect import getblock
from pathlib import Path
from traceback import walk_tb
from types import CodeType

from roob.trace.steps import Source

_PACKAGE = Path(__file__).resolve().parents[1]
_MOST_LINES = 200


class Places:
    """``Places(root).file_of(code) -> "demo_app/core/products.py"``."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._known: dict[str, str] = {}

    def file_of(self, code: CodeType) -> str:
        """Relative to the framework's folder, the app's, or where libraries are."""
        return self.shown(code.co_filename)

    def shown(self, file: str) -> str:
        """The same for a file's name."""
        if file not in self._known:
            self._known[file] = self._relative(Path(file))
        return self._known[file]

    def _relative(self, path: Path) -> str:
        # The framework first: it may itself lie below the app's folder.
        for folder, root in ((_PACKAGE, _PACKAGE.parent), (self._root, self._root)):
            if path.is_relative_to(folder):
                return path.relative_to(root).as_posix()
        _, libraries, inner = path.as_posix().partition("/site-packages/")
        return inner if libraries else path.name

    def raised(self, error: BaseException) -> str:
        """Where an exception was raised: ``"demo_app/core/faults.py:9"``."""
        *_, last = [None, *walk_tb(error.__traceback__)]
        if last is None:
            return ""
        frame, line = last
        return f"{self.shown(frame.f_code.co_filename)}:{line}"


def source_of(code: CodeType) -> Source | None:
    """The lines of a function; None where its file is not there."""
    return _source(code.co_filename, code.co_firstlineno)


@lru_cache(maxsize=4096)
def _source(file: str, first: int) -> Source | None:
    lines = linecache.getlines(file)[first - 1 :]
    if not lines:
        return None
    block = getblock(lines)[:_MOST_LINES]
    return Source(first, [line.rstrip("\n") for line in block])
