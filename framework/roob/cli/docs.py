"""``roob docs``: the documents' generated blocks, filled from live runs or checked."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import click

from roob.trace.documents import (
    Block,
    BlockError,
    blocks_of,
    differences,
    in_groups,
    is_outdated,
    rewritten,
)

_SECONDS = 120
# Times are shown where documents are written, and not compared where they are checked.
_QUICKLY = {"trace": {"runs": 1}}


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(exists=True, path_type=Path))
@click.option("--write", "mode", flag_value="write", help="Fill the blocks.")
@click.option(
    "--check", "mode", flag_value="check", help="Fail where they would differ."
)
def docs(paths: Sequence[Path], mode: str | None) -> None:
    """Make documents from runs: PATHS are Markdown files or folders.

    Without them it is README.md and docs.

    --write leaves a block alone of which only the times are others.

    A fenced block whose first line is `$ roob ...`, and whose info string has app=,
    shows what that command prints. --check compares its structure, not its times.
    """
    if mode is None:
        raise click.UsageError("give --write or --check")
    documents = [*_documents(paths or _usual())]
    blocks = [block for document in documents for block in _blocks(document)]
    if not blocks:
        raise click.ClickException("there is no block with app= in its info string")
    outputs = _outputs(blocks, {} if mode == "write" else _QUICKLY)
    found = [
        difference
        for block, output in zip(blocks, outputs, strict=True)
        if (difference := differences(block, output))
    ]
    if mode == "write":
        _write(documents, blocks, outputs)
    click.echo(_summary(blocks, found, mode))
    if mode == "check" and found:
        click.echo("\n" + "\n\n".join(found))
        raise SystemExit(1)


def _usual() -> list[Path]:
    """The README and the folder of documents, as far as they are there."""
    return [path for path in (Path("README.md"), Path("docs")) if path.exists()]


def _documents(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(path.rglob("*.md")) if path.is_dir() else [path]


def _blocks(document: Path) -> list[Block]:
    try:
        return blocks_of(document)
    except BlockError as error:
        raise click.ClickException(str(error)) from error


def _outputs(blocks: Sequence[Block], defaults: Mapping[str, Any]) -> list[str]:
    """What each block's command prints, in the order of the blocks."""
    groups = in_groups(blocks)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        made = [*pool.map(lambda group: _run(group, defaults), groups)]
    by_block = {
        id(block): output
        for group, outputs in zip(groups, made, strict=True)
        for block, output in zip(group, outputs, strict=True)
    }
    return [by_block[id(block)] for block in blocks]


def _run(group: Sequence[Block], defaults: Mapping[str, Any]) -> list[str]:
    asked = {"commands": [block.command for block in group], "defaults": defaults}
    environment = {**os.environ, **group[0].environment, "ROOB_APP": group[0].app}
    done = subprocess.run(
        [sys.executable, "-m", "roob.cli.batch"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
        env=environment,
    )
    if done.returncode:
        reason = done.stderr.strip() or "it ended without a word"
        raise click.ClickException(f"{group[0].document}: {reason}")
    outputs: list[str] = json.loads(done.stdout)
    return outputs


def _write(
    documents: Sequence[Path], blocks: Sequence[Block], outputs: Sequence[str]
) -> None:
    for document in documents:
        new = {
            block.first: output
            for block, output in zip(blocks, outputs, strict=True)
            if block.document == document and is_outdated(block, output)
        }
        if new:
            document.write_text(rewritten(document, new), encoding="utf-8")


def _summary(blocks: Sequence[Block], found: Sequence[str], mode: str) -> str:
    documents = len({block.document for block in blocks})
    if mode == "write":
        return f"{len(blocks)} blocks of {documents} documents are written"
    if not found:
        return f"{len(blocks)} blocks of {documents} documents are as they run"
    return (
        f"{len(found)} of {len(blocks)} blocks are not as they run; roob docs --write"
    )
