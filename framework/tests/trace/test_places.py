import linecache
import sys
from pathlib import Path

import pytest
import roob.framework
from roob.trace.places import Places, source_of

from framework.tests.trace import shop
from framework.tests.trace.seeing import HERE


def test_a_file_is_named_as_a_reader_would_write_it(tmp_path):
    places = Places(HERE.parent)
    assert places.shown(roob.framework.__file__) == "roob/framework.py"
    assert places.file_of(shop.hello.__code__) == "trace/shop.py"
    assert places.shown(f"{tmp_path}/site-packages/a/b.py") == "a/b.py"
    assert places.shown("/usr/lib/python3/json.py") == "json.py"


def test_the_framework_is_named_first_where_it_is_below_the_apps_folder():
    package = Path(roob.framework.__file__).parent
    places = Places(package.parents[1])
    assert places.shown(str(package / "framework.py")) == "roob/framework.py"


def test_the_lines_of_a_function_are_its_own():
    source = source_of(shop.helper.__code__)
    assert source.lines == ["def helper(number):", "    return number + 1"]
    assert source.first == shop.helper.__code__.co_firstlineno


def test_a_decorator_is_a_part_of_the_function():
    source = source_of(shop.decorated.__wrapped__.__code__)
    assert source.lines[0] == "@logged"


def test_what_has_no_file_has_no_lines():
    code = compile("def f():\n    pass\n", "<made by hand>", "exec")
    assert source_of(code) is None
    assert "<made by hand>" not in linecache.cache


def test_a_very_long_function_is_cut(tmp_path):
    file = tmp_path / "long.py"
    file.write_text("def f():\n" + "    pass\n" * 500)
    made = {}
    exec(compile(file.read_text(), str(file), "exec"), made)
    assert len(source_of(made["f"].__code__).lines) == 200
    assert sys.getrecursionlimit()


def test_an_error_was_raised_at_the_innermost_line():
    with pytest.raises(ZeroDivisionError) as caught:
        shop.logged(shop.crash)(None)
    line = shop.crash.__code__.co_firstlineno + 1
    assert Places(HERE).raised(caught.value) == f"shop.py:{line}"


def test_an_error_that_was_never_raised_has_no_place():
    assert Places(HERE).raised(ValueError("no")) == ""
