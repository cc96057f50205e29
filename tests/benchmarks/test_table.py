"""The arithmetic of the tables, on made-up numbers."""

import pytest

from benchmarks.table import (
    Verdict,
    figure,
    markdown,
    microseconds,
    middle,
    ratio,
)


def test_the_middle_is_the_median_and_of_nothing_it_is_nothing() -> None:
    assert middle([3.0, 1.0, 100.0]) == 3.0
    assert middle([]) is None


def test_a_ratio_is_taken_within_each_round() -> None:
    # Given a machine that is ten times slower in the last round, for both
    own, base = [2.0, 2.2, 20.0], [1.0, 1.0, 10.0]
    # Then the slow round says what the others say
    assert ratio(own, base) == 2.0


def test_a_ratio_leaves_out_rounds_that_one_side_lacks() -> None:
    assert ratio([4.0], [2.0, 1.0, 1.0]) == 2.0
    assert ratio([], [1.0]) is None


@pytest.mark.parametrize(
    ("verdict", "is_met"),
    [
        (Verdict("a", 0.6, 0.6), True),
        (Verdict("a", 0.601, 0.6), False),
        (Verdict("a", 0.9, 0.9, at_least=True), True),
        (Verdict("a", 0.899, 0.9, at_least=True), False),
        (Verdict("a", None, 0.6), False),
        (Verdict("a", None, 0.9, at_least=True), False),
    ],
)
def test_a_goal_is_met_on_its_own_side_and_by_itself(
    verdict: Verdict, is_met: bool
) -> None:
    assert verdict.is_met is is_met


def test_a_verdict_says_plainly_what_was_wanted_and_what_came() -> None:
    assert str(Verdict("json", 0.5, 0.6)) == "json: 0.500 (goal: at most 0.6): met"
    assert str(Verdict("json", 0.7, 0.6)) == "json: 0.700 (goal: at most 0.6): NOT MET"
    assert (
        str(Verdict("json", None, 0.9, at_least=True))
        == "json: not measured (goal: at least 0.9): NOT MET"
    )


def test_a_figure_that_rounds_to_the_goal_still_shows_that_it_misses() -> None:
    assert "0.604" in str(Verdict("json", 0.604, 0.6))


def test_figures_are_written_shortly_and_nothing_is_a_dash() -> None:
    assert figure(1234.567, 1) == "1,234.6"
    assert figure(None) == "-"
    assert [microseconds(s) for s in (2.345e-6, 23.45e-6, 2345e-6, None)] == [
        "2.35",
        "23.4",
        "2,345",
        "-",
    ]


def test_a_table_is_markdown_and_lines_up() -> None:
    drawn = markdown(["", "text"], [["raw", "0.4"], ["falcon", "12.75"]])
    assert drawn.splitlines() == [
        "|        |  text |",
        "| :----- | ----: |",
        "| raw    |   0.4 |",
        "| falcon | 12.75 |",
    ]


def test_a_table_with_narrow_columns_keeps_markdowns_three_dashes() -> None:
    assert markdown(["", "a"], [["b", "1"]]).splitlines()[1] == "| :-- | --: |"
