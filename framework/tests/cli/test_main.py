import subprocess
import sys
from importlib.metadata import version

import pytest
from roob.cli.main import COMMANDS


def test_the_table_lists_every_command_with_its_first_sentence(roob):
    shown = roob("--help").output
    assert [name for name in COMMANDS if f"\n  {name} " in shown] == [*COMMANDS]
    assert "Show a request's path" in shown


@pytest.mark.parametrize("command", [*COMMANDS])
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_command_explains_itself(roob, command, option):
    result = roob(command, option)
    assert result.exit_code == 0
    assert f"{command} [OPTIONS]" in result.output


def test_an_unknown_command_is_refused(roob):
    result = roob("paint")
    assert result.exit_code == 2
    assert "No such command 'paint'" in result.output


def test_the_version_is_the_distributions(roob):
    assert roob("--version").output.strip() == f"roob, version {version('roob')}"


def test_the_table_is_shown_without_importing_any_commands_room():
    code = (
        "import sys\n"
        "from roob.cli.main import main\n"
        "try: main(['--version'])\n"
        "except SystemExit: pass\n"
        "print([n for n in sys.modules if n.startswith('roob.trace') or n == 'rich'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_python_runs_the_same_command(folder):
    done = subprocess.run(
        [sys.executable, "-m", "roob", "--version"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert version("roob") in done.stdout
