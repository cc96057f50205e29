"""What a request reaches beside the copies of its databases: files, sockets, processes.

The interpreter's audit events tell (PEP 578). What writes through a library of C, or to
a file that was open before, is not told, so drivers of servers are known by name.
"""

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

# They speak to a server by themselves, in C.
DRIVERS: Mapping[str, str] = MappingProxyType(
    {
        "psycopg": "PostgreSQL",
        "psycopg2": "PostgreSQL",
        "asyncpg": "PostgreSQL",
        "MySQLdb": "MySQL",
        "pyodbc": "ODBC",
        "oracledb": "Oracle",
    }
)
CONNECTED = "connected"
_COMPILED = "__pycache__"  # the interpreter's own
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_TRUNC
_NOWHERE = ("/dev/", tempfile.gettempdir() + os.sep)


def servers() -> list[str]:
    """The databases of servers that this process may write to: ``["PostgreSQL"]``."""
    return sorted({DRIVERS[name] for name in DRIVERS if name in sys.modules})


# An audit hook stays for as long as the process does, so there is one for all.
_listening: list[list[str]] = []
_hooks: list[Callable[[str, tuple[Any, ...]], None]] = []


@contextmanager
def watched() -> Iterator[list[str]]:
    """``with watched() as reached:`` a request; then ``["connected to mail:25"]``."""
    reached: list[str] = []
    if not _hooks:
        _hooks.append(_on_event)
        sys.addaudithook(_on_event)
    _listening.append(reached)
    try:
        yield reached
    finally:
        # Not remove(): two that have reached nothing are equal.
        _listening[:] = [one for one in _listening if one is not reached]


def _on_event(event: str, arguments: tuple[Any, ...]) -> None:
    tell = _TELLING.get(event) if _listening else None
    words = tell(*arguments) if tell else ""
    for reached in _listening if words else ():
        if words not in reached:
            reached.append(words)


def _named(file: object, folder: int = -1) -> str:
    """The file's name as text; nothing for what is temporary, or goes by a number."""
    if not isinstance(file, str | bytes | os.PathLike):
        return ""
    name = os.fsdecode(file)
    if folder >= 0:  # as `shutil.rmtree` does it; only Linux says which one that is
        with suppress(OSError):
            name = str(Path(f"/proc/self/fd/{folder}").readlink() / name)
    is_nothing = f"{name}/".startswith(_NOWHERE) or _COMPILED in name
    return "" if is_nothing else name


def _opened(file: object, mode: object, flags: int) -> str:
    writes = flags & _WRITING or (isinstance(mode, str) and set(mode) & set("wax+"))
    name = _named(file) if writes else ""
    return f"wrote to {name}" if name else ""


def _connected(_socket: object, address: object) -> str:
    if isinstance(address, tuple) and len(address) > 1:
        return f"{CONNECTED} to {address[0]}:{address[1]}"
    return f"{CONNECTED} to {address}" if isinstance(address, str) else CONNECTED


def _sent(_socket: object, address: object) -> str:
    """Without an address it goes where the socket was connected to."""
    return "" if address is None else _connected(_socket, address)


def _database(file: object) -> str:
    text = os.fsdecode(file) if isinstance(file, str | bytes | os.PathLike) else ""
    in_memory = any(word in text for word in (":memory:", "memdb", "mode=memory"))
    is_read = text.startswith("file:") and "mode=ro" in text  # to make a copy of it
    is_copy = text.removeprefix("file://").startswith(_NOWHERE)
    is_nothing = not text or in_memory or is_read or is_copy
    return "" if is_nothing else f"opened {text} and no copy of it"


def _started(program: object, *_: object) -> str:
    name = program if isinstance(program, str | bytes | os.PathLike) else ""
    return f"started {os.fsdecode(name) or 'a process'}"


def _forked() -> str:
    return "started a process"


def _changed(path: object, folder: int = -1) -> str:
    name = _named(path, folder)
    return f"changed {name}" if name else ""


def _made(path: object, _mode: int, folder: int) -> str:
    name = _named(path, folder)
    return f"changed {name}" if name and not Path(name).is_dir() else ""


def _moved(old: object, new: object, before: int, after: int) -> str:
    return _changed(new, after) or _changed(old, before)


def _linked(_old: object, new: object, *folders: int) -> str:
    return _changed(new, folders[-1])


def _cut(path: object, _length: int) -> str:
    return _changed(path)


_TELLING: Mapping[str, Callable[..., str]] = MappingProxyType(
    {
        "open": _opened,
        "socket.connect": _connected,
        "socket.sendto": _sent,
        "socket.sendmsg": _sent,
        "sqlite3.connect": _database,
        "subprocess.Popen": _started,
        "os.system": _started,
        "os.posix_spawn": _started,
        "os.fork": _forked,
        "os.remove": _changed,
        "os.rmdir": _changed,
        "os.mkdir": _made,
        "os.rename": _moved,
        "os.link": _linked,
        "os.symlink": _linked,
        "os.truncate": _cut,
    }
)
