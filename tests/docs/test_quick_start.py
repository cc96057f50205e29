import shutil
import sys

import pytest

from tests.docs.fences import fences
from tests.docs.quick_start import README, assert_answers_as_printed

needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="curl is missing here")


@needs_curl
def test_the_quick_start_of_the_distribution_answers_as_its_readme_prints(tmp_path):
    assert_answers_as_printed(sys.executable, tmp_path)


def test_the_readmes_other_examples_run_after_its_quick_start(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "app"}
    for source in fences(README, "python"):
        exec(source, names)
    names["db"].close()
    assert names["cheap"] == []
