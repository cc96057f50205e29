import shutil
import sys

import pytest

from tests.docs.quick_start import assert_answers_as_printed

needs_curl = pytest.mark.skipif(not shutil.which("curl"), reason="curl is missing here")


@needs_curl
def test_the_quick_start_of_the_distribution_answers_as_its_readme_prints(tmp_path):
    assert_answers_as_printed(sys.executable, tmp_path)
